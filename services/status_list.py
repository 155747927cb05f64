"""Bitstring Status List v1.0 (W3C Recommendation, 15 May 2025): which certificates are revoked, one bit each."""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SIZE = 131_072
"""Entries of a list: the least the standard allows, so that asking for a list does not tell whom one asks about."""
_BITS = 8
_GZIP = 16 + zlib.MAX_WBITS


class StatusListError(ValueError):
    """An encoded list cannot be read."""


def place(key: int) -> tuple[int, int]:
    """Return the number of the list and the index in it, from the key of a certificate."""
    return divmod(key, SIZE)


def encode(indexes: Iterable[int]) -> str:
    """Return a list in which the bits of ``indexes`` are set, the first bit leftmost, compressed, as multibase base64url."""
    bits = bytearray(SIZE // _BITS)
    for index in indexes:
        bits[index // _BITS] |= 0x80 >> index % _BITS
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def is_set(encoded: str, index: int) -> bool:
    """Tell whether the bit at ``index`` is set.

    Raises:
        StatusListError: the list cannot be read, is shorter than the standard allows, or ends before ``index``.
    """
    if not encoded.startswith("u"):
        raise StatusListError("not multibase base64url")
    try:
        packed = base64.b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj(_GZIP)
        bits = unpacker.decompress(packed, 64 * SIZE // _BITS)  # no list of ours is longer; a bomb stops here
    except (binascii.Error, ValueError, zlib.error):
        raise StatusListError("not readable") from None
    if len(bits) * _BITS < SIZE or not 0 <= index < len(bits) * _BITS:
        raise StatusListError("too short")
    return bool(bits[index // _BITS] & (0x80 >> index % _BITS))
