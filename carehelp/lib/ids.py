"""Identifiers that are made before the row is: time-ordered, so that indexes grow at one end (RFC 9562, UUID v7)."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A new time-ordered UUID: 48 bits of Unix milliseconds, then 74 random bits."""
    return uuid7_from(time.time_ns() // 1_000_000, secrets.randbits(74))


def uuid7_from(milliseconds: int, randomness: int) -> UUID:
    """The UUID v7 of a given moment and 74 given random bits (for seeds that must be repeatable)."""
    rand_a, rand_b = (randomness >> 62) & 0xFFF, randomness & ((1 << 62) - 1)
    return UUID(int=(milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)
