"""Uploaded pictures as they are looked at, and what tells that two of them are the same picture."""

from __future__ import annotations

import io
from itertools import pairwise

from PIL import Image, ImageOps

LONGEST_SIDE = 2_000
"""Pixels of a preview: small print can still be read."""
QUALITY = 82
GRID = 8
FLAT = 6
"""So few spots that differ from the others make a blank page, whose fingerprint would fit every other one."""
SCALABLE = frozenset({"L", "RGB", "RGBA", "LA", "CMYK"})


def preview(data: bytes) -> bytes:
    """Return a picture anew as JPEG: upright, no larger than a screen, and without anything but its pixels.

    What a camera wrote beside them (place, device, a second picture) and whatever else hides in the file stays behind.

    Args:
        data: a picture that passed ``services.attachments.sniff``.
    """
    with Image.open(io.BytesIO(data)) as picture:
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is then decoded at a fraction of its size
        upright = ImageOps.exif_transpose(picture)
        if "transparency" in upright.info:
            upright = upright.convert("RGBA")
        elif upright.mode not in SCALABLE:
            upright = upright.convert("RGB")
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        plain = Image.new("RGB", upright.size, "white")
        if upright.mode in {"RGBA", "LA"}:
            plain.paste(upright.convert("RGB"), mask=upright.getchannel("A"))
        else:
            plain.paste(upright.convert("RGB"))
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def fingerprint(data: bytes) -> int | None:
    """Return the difference hash of a picture as a signed number of 64 bits; ``None`` for a blank one.

    Each bit tells whether one of 8 × 8 spots is brighter than its right neighbour, which saving, scaling and
    brightening leave nearly alone.

    Args:
        data: a picture; a preview will do.
    """
    with Image.open(io.BytesIO(data)) as picture:
        small = picture.convert("L").resize((GRID + 1, GRID), Image.Resampling.LANCZOS)
    spots = small.tobytes()
    bits = 0
    for row in range(GRID):
        line = spots[row * (GRID + 1) : (row + 1) * (GRID + 1)]
        for left, right in pairwise(line):
            bits = bits << 1 | (left > right)
    if not FLAT <= bits.bit_count() <= GRID * GRID - FLAT:
        return None
    return bits - 2**64 if bits >= 2**63 else bits
