"""Sealing people's data: authenticated encryption bound to its place, and keyed hashes for look-ups.

A sealed value opens only as the field, row and table it was sealed for: a value copied into another row
is refused, and so is a changed one.  The first key of `CAREHELP_KEYS` seals; every listed key opens, which is
what lets keys rotate without downtime.  `CAREHELP_CIPHER` chooses AES-256-GCM (with HMAC-SHA-256) or
SM4-GCM (with HMAC-SM3) for what is sealed from then on; both can always be opened.

Form of a sealed value: one byte cipher, one byte length of the key id, key id, 12 bytes nonce, ciphertext, tag.
"""

import os
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed

AES, SM4 = 1, 2
CIPHERS = {"aes": AES, "sm4": SM4}
NONCE, TAG = 12, 16


class CannotUnseal(ValueError):
    """The value was altered, belongs elsewhere, or its key is not among `CAREHELP_KEYS`."""


@dataclass(frozen=True)
class _Keyring:
    current: str
    keys: dict[str, bytes]


@cache
def _keyring() -> _Keyring:
    keys: dict[str, bytes] = {}
    for part in settings.CAREHELP_KEYS.split(","):
        name, separator, material = part.strip().partition(":")
        try:
            raw = bytes.fromhex(material)
        except ValueError:
            raw = b""
        if not separator or not name or len(raw) < 32:
            raise ImproperlyConfigured("CAREHELP_KEYS is a list of `key id:at least 64 hexadecimal digits`.")
        keys[name] = raw
    return _Keyring(next(iter(keys)), keys)


@cache
def _derived(material: bytes, purpose: str, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=purpose.encode()).derive(material)


@cache
def _aes(key_id: str) -> AESGCM:
    return AESGCM(_derived(_keyring().keys[key_id], "seal:aes-256-gcm", 32))


def _forget(*, setting: str, **kwargs: object) -> None:
    if setting.startswith("CAREHELP_"):
        for cached in (_keyring, _derived, _aes):
            cached.cache_clear()


setting_changed.connect(_forget)


def seal(plain: str, *, table: str, pk: UUID | str | int, field: str) -> bytes:
    """Encrypt `plain` for one field of one row."""
    return seal_bytes(plain.encode(), table=table, pk=pk, field=field)


def unseal(sealed: bytes | memoryview, *, table: str, pk: UUID | str | int, field: str) -> str:
    """The text that was sealed for this field of this row; raises `CannotUnseal`, never returns the raw value."""
    return unseal_bytes(sealed, table=table, pk=pk, field=field).decode()


def seal_bytes(plain: bytes, *, table: str, pk: UUID | str | int, field: str) -> bytes:
    """Like `seal`, for the contents of a file."""
    key_id = _keyring().current
    cipher = CIPHERS[settings.CAREHELP_CIPHER]
    head = bytes((cipher, len(key_id))) + key_id.encode()
    nonce = os.urandom(NONCE)
    place = _place(table, pk, field)
    if cipher == AES:
        return head + nonce + _aes(key_id).encrypt(nonce, plain, place)
    encryptor = Cipher(_sm4(key_id), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(place)
    return head + nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag


def unseal_bytes(sealed: bytes | memoryview, *, table: str, pk: UUID | str | int, field: str) -> bytes:
    """Like `unseal`, for the contents of a file."""
    raw = bytes(sealed)
    key_id = _key_id(raw)
    if len(raw) < 2 + len(key_id) + NONCE + TAG or key_id not in _keyring().keys:
        raise CannotUnseal(f"No key for a value of {table}.{field}.")
    body = raw[2 + len(key_id) :]
    nonce, text, place = body[:NONCE], body[NONCE:], _place(table, pk, field)
    try:
        if raw[0] == AES:
            return _aes(key_id).decrypt(nonce, text, place)
        if raw[0] == SM4:
            decryptor = Cipher(_sm4(key_id), modes.GCM(nonce, text[-TAG:])).decryptor()
            decryptor.authenticate_additional_data(place)
            return decryptor.update(text[:-TAG]) + decryptor.finalize()
    except InvalidTag:
        pass
    raise CannotUnseal(f"A value of {table}.{field} was altered or belongs to another row.")


def needs_resealing(sealed: bytes | memoryview) -> bool:
    """Whether the value was sealed with another key or cipher than the current one."""
    raw = bytes(sealed)
    return _key_id(raw) != _keyring().current or raw[0] != CIPHERS[settings.CAREHELP_CIPHER]


def lookup_hash(value: str, *, purpose: str) -> bytes:
    """Keyed hash (32 bytes) by which an exact value can be found without being readable; one key per purpose."""
    return _hmac(settings.CAREHELP_LOOKUP_KEY, f"lookup:{purpose}", value.encode())


def chain_hash(previous: bytes, content: bytes) -> bytes:
    """Keyed hash (32 bytes) of an evidence row and the hash of the row before it."""
    return _hmac(settings.CAREHELP_AUDIT_KEY, "audit-chain", previous + content)


def _hmac(material: str, purpose: str, value: bytes) -> bytes:
    digest = hashes.SM3() if settings.CAREHELP_CIPHER == "sm4" else hashes.SHA256()
    mac = hmac.HMAC(_derived(material.encode(), purpose, 32), digest)
    mac.update(value)
    return mac.finalize()


def _sm4(key_id: str) -> algorithms.SM4:
    return algorithms.SM4(_derived(_keyring().keys[key_id], "seal:sm4-gcm", 16))


def _key_id(raw: bytes) -> str:
    return raw[2 : 2 + raw[1]].decode(errors="replace") if len(raw) > 2 else ""


def _place(table: str, pk: UUID | str | int, field: str) -> bytes:
    return f"{table}:{pk}:{field}".encode()
