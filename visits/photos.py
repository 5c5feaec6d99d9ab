"""Photos of a care action: taken in, re-made without position or camera data, sealed on disk, opened again.

What is kept never contains a byte of the uploaded file: the picture is decoded and encoded anew.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from carehelp.lib import crypto
from carehelp.lib.resealing import Resealed
from visits.models import CareAction, Photo

MOST = 6  # Photos of one action.
MOST_BYTES = 15 * 1024 * 1024  # Of one uploaded file.
# A phone's largest setting is 50 million.  A JPEG is unpacked at a fraction of that, others as they are, 4 bytes each.
MOST_PIXELS = {"JPEG": 60_000_000, "MPO": 60_000_000}
MOST_PIXELS_UNPACKED = 25_000_000
LONGEST_SIDE = 1600  # Pixels of what is kept: enough for a document held into the camera.
QUALITY = 82
READABLE = ("JPEG", "PNG", "WEBP")
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"heif", b"mif1", b"msf1", b"avif")


class PhotoRefused(ValueError):
    """The file cannot be taken; the message names it and says what to do."""


@dataclass(frozen=True)
class CleanPhoto:
    """A picture as it will be kept: JPEG bytes, size in pixels, digest."""

    content: bytes = field(repr=False)
    width: int
    height: int
    sha256: bytes


def clean(source: IO[bytes], *, name: str, size: int) -> CleanPhoto:
    """Decode an uploaded file of `size` bytes and make it anew.  Raises `PhotoRefused`."""
    if size > MOST_BYTES:
        limit = MOST_BYTES // 1024 // 1024
        raise PhotoRefused(_("“%(name)s” is larger than %(limit)s MB.") % {"name": name, "limit": limit})
    head = source.read(16)
    source.seek(0)
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        raise PhotoRefused(
            _("“%(name)s” is in the HEIC format, which cannot be read here: send it as JPEG.") % {"name": name}
        )
    try:
        with Image.open(source, formats=READABLE) as opened:
            # The size stands in the file's head: a bomb is refused before anything of it is unpacked.
            if opened.width * opened.height > MOST_PIXELS.get(opened.format or "", MOST_PIXELS_UNPACKED):
                raise Image.DecompressionBombError
            return _made_anew(opened)
    except UnidentifiedImageError:
        raise PhotoRefused(_("“%(name)s” is not a picture (JPEG, PNG or WebP).") % {"name": name}) from None
    except Image.DecompressionBombError:
        raise PhotoRefused(_("“%(name)s” has too many pixels; choose a smaller picture.") % {"name": name}) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise PhotoRefused(_("“%(name)s” is damaged and cannot be read.") % {"name": name}) from None


def _made_anew(opened: Image.Image) -> CleanPhoto:
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG only: unpacks at a fraction of the size.
    upright: Image.Image = ImageOps.exif_transpose(opened)
    if upright.mode not in ("RGB", "RGBA"):
        upright = upright.convert("RGBA")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A fresh canvas carries pixels only: no position, no camera, no comment, no embedded preview.
    canvas = Image.new("RGB", upright.size, "white")
    canvas.paste(upright, mask=upright if upright.mode == "RGBA" else None)
    out = BytesIO()
    canvas.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    content = out.getvalue()
    return CleanPhoto(content, canvas.width, canvas.height, hashlib.sha256(content).digest())


def attach(action: CareAction, cleaned: Iterable[CleanPhoto]) -> None:
    """Keep photos with an action, inside the caller's transaction; the same picture is kept once.

    The file is on disk before the row is committed.  If the process dies in between, or the transaction is
    rolled back, a sealed file without a row remains: `remove_orphans` finds it.  A row without a file cannot be.
    """
    for photo in cleaned:
        facts = {"width": photo.width, "height": photo.height, "size": len(photo.content)}
        row, is_new = Photo.objects.get_or_create(action=action, sha256=photo.sha256, defaults=facts)
        if is_new:
            _write(row.pk, crypto.seal_bytes(photo.content, **_place(row.pk)))


def content(photo: Photo) -> bytes:
    """The JPEG.  Raises `CannotUnseal` for an altered file, `FileNotFoundError` for one that is gone."""
    return crypto.unseal_bytes(path_of(photo.pk).read_bytes(), **_place(photo.pk))


def reseal(*, write: bool) -> Resealed:
    """Seal with the current key every photo that an older one sealed (only count them without `write`)."""
    result = Resealed()
    for pk in Photo.objects.order_by("pk").values_list("pk", flat=True).iterator():
        result.looked_at += 1
        try:
            sealed = path_of(pk).read_bytes()
            plain = crypto.unseal_bytes(sealed, **_place(pk))
        except (OSError, crypto.CannotUnseal) as reason:
            result.broken.append(f"photo {pk}: {reason}")
            continue
        if crypto.needs_resealing(sealed):
            result.outdated += 1
            if write:
                _write(pk, crypto.seal_bytes(plain, **_place(pk)))
    return result


def path_of(pk: UUID) -> Path:
    """Where the sealed file lies; spread over folders by the random end of the id."""
    return folder() / pk.hex[-2:] / f"{pk}.sealed"


def folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "photos"


def remove_orphans(*, older_than: datetime) -> int:
    """Remove files without a row that have lain there since before `older_than` (an upload may be under way)."""
    removed = 0
    for batch in _old_files(older_than.timestamp()):
        known = set(Photo.objects.filter(pk__in=batch).values_list("pk", flat=True))
        for pk in batch.keys() - known:
            batch[pk].unlink(missing_ok=True)
            removed += 1
    return removed


def _old_files(before: float) -> Iterator[dict[UUID, Path]]:
    for shelf in sorted(folder().glob("??")):
        batch: dict[UUID, Path] = {}
        for path in shelf.iterdir():
            try:
                pk = UUID(path.name.split(".")[0])
            except ValueError:
                continue
            if path.stat().st_mtime < before:
                batch[pk] = path
        if batch:
            yield batch


def _write(pk: UUID, sealed: bytes) -> None:
    path = path_of(pk)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    making = path.with_suffix(".making")
    with open(os.open(making, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    making.rename(path)


def _place(pk: UUID) -> dict[str, str]:
    return {"table": Photo._meta.db_table, "pk": str(pk), "field": "content"}
