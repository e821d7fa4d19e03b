"""Fields one behind the other as bytes, each behind four bytes of its length (big-endian).

So it is clear where one ends and the next begins. The leaf of an entry and the associated data of an encrypted payload
are made of these.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct

NONE = b"\x00\x00\x00\x00"
"""Where there is no field."""

SIXTEEN = b"\x00\x00\x00\x10"
"""The length of an id."""

THIRTY_TWO = b"\x00\x00\x00\x20"
"""The length of a hash."""

version_then = Struct(">IQI").pack
"""8, a version, and the length of the field behind it."""

_LENGTH = Struct(">I")


def prefixed(field: bytes) -> bytes:
    """A field behind its length."""
    return _LENGTH.pack(len(field)) + field


@lru_cache(maxsize=1024)
def texts(*some: str) -> bytes:
    """Texts in UTF-8. The same few stand in most envelopes."""
    return b"".join(map(prefixed, map(str.encode, some)))
