"""Numbers as people type them into forms: full-width digits and blanks are fine, everything else is named."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from models.types import TENTH

MOST_HOURS = Decimal(999)
_WHOLE, _HOURS = re.compile(r"\d{1,9}", re.ASCII), re.compile(r"\d{1,6}(\.\d{1,6})?", re.ASCII)


def plain(text: str) -> str:
    """Return typed text in half-width characters without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def whole(text: str, lowest: int, highest: int) -> int | None:
    """Return a whole number between two others, both included; ``None`` for what is none."""
    digits = plain(text)
    number = int(digits) if _WHOLE.fullmatch(digits) else None
    return number if number is not None and lowest <= number <= highest else None


def hours(text: str) -> Decimal | None:
    """Return a number of hours (学时) above 0, with one decimal at most and no more than 999; else ``None``."""
    digits = plain(text)
    number = Decimal(digits) if _HOURS.fullmatch(digits) else None
    if number is None or not 0 < number <= MOST_HOURS or number != number.quantize(TENTH):
        return None
    return number
