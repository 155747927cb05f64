"""Certificate numbers: 豫继教, year, region, serial and a check character; no personal data.

The check character is ISO/IEC 7064 MOD 11-2 over the sixteen digits (0 to 9 or X), the system citizens know from the
last place of their id (GB 11643): every single wrong digit and every swap of neighbours is noticed.
"""

import re
from typing import NamedTuple

from stdnum.iso7064 import mod_11_2

PREFIX = "豫继教"
LARGEST_SERIAL = 999_999

_SHAPE = re.compile(rf"(?:(?:证书)?编号:?)?(?:{PREFIX})?([0-9]{{4}})([0-9]{{6}})([0-9]{{6}})([0-9X])")
"""The label of the paper and the prefix may stand before the digits, or not."""
_TO_HALF_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)}


class NumberParts(NamedTuple):
    """What a certificate number says; `make_number(*parts)` is its normal spelling again."""

    year: int
    region_code: str
    serial: int


def make_number(year: int, region_code: str, serial: int) -> str:
    """The number of one certificate, such as 豫继教20254101000001238.

    Args:
        year: Credit year, four digits.
        region_code: Six digits (GB/T 2260) of the region that issues.
        serial: Counted within year and region, from 1 to 999999.

    Raises:
        ValueError: An argument does not fit its places; a longer number would be read as another one.
    """
    if not 1000 <= year <= 9999:  # noqa: PLR2004 - four places
        raise ValueError(f"year {year} has not four digits")
    if not re.fullmatch("[0-9]{6}", region_code):
        raise ValueError(f"region code {region_code!r} is not six digits")
    if not 1 <= serial <= LARGEST_SERIAL:
        raise ValueError(f"serial {serial} is outside 1 to {LARGEST_SERIAL}")
    digits = f"{year}{region_code}{serial:06}"
    return f"{PREFIX}{digits}{mod_11_2.calc_check_digit(digits)}"


def parse_number(text: str) -> NumberParts | None:
    """Read a number as people type it: with its label or without the prefix; spaces, full width and a small x are fine.

    Returns:
        The parts, or None when it is no number, or one with a wrong character.
    """
    compact = "".join(text.split()).translate(_TO_HALF_WIDTH).upper()
    match = _SHAPE.fullmatch(compact)
    if match is None:
        return None
    year, region_code, serial, check = match.groups()
    try:
        expected = make_number(int(year), region_code, int(serial))
    except ValueError:
        return None
    return NumberParts(int(year), region_code, int(serial)) if expected.endswith(check) else None
