"""Numbers that identify evidence, whichever way they are written: ISBN (ISO 2108), DOI (ISO 26324), patent numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stdnum import isbn
from stdnum.exceptions import ValidationError

from services.typed_numbers import plain

if TYPE_CHECKING:
    from collections.abc import Callable

DOI = re.compile(r"10\.\d{4,9}(\.\d+)*/.+")
RESOLVER = re.compile(r"^(https?://)?((dx\.|www\.)?doi\.org/)?(doi:)?")
LETTERS_OF_PATENTS = re.compile(r"^ZL")
# Year, kind (invention, utility model, design; 8 and 9 by way of the PCT) and serial number, since October 2003 and before.
APPLICATION = re.compile(
    r"(?:CN)?(?:ZL)?((?:20(?:0[3-9]|[1-9][0-9])[12389][0-9]{7})|(?:(?:8[5-9]|9[0-9]|0[0-3])[12389][0-9]{5}))([0-9X])?"
)
CHECK_DIGITS = "0123456789X"
DASHES = re.compile(r"[^\w]|_")


def same_number(item_code: str, text: str) -> str:
    """Return the one way to write the number of an item; what cannot be read, and other items, stay as typed.

    Args:
        item_code: of the claim kind; the code says what sort of number it is.
        text: as typed.
    """
    written = WRITTEN.get(item_code)
    return (written(plain(text)) if written else None) or text


def complaint(item_code: str, text: str) -> str | None:
    """Return what is wrong with a number that has a form of its own, to be put behind the item's label."""
    if item_code in COMPLAINTS and WRITTEN[item_code](plain(text)) is None:
        return COMPLAINTS[item_code]
    return None


def _isbn(text: str) -> str | None:
    digits = DASHES.sub("", text).upper().removeprefix("ISBN")
    try:
        return str(isbn.validate(digits, convert=True))
    except ValidationError:
        return None


def _doi(text: str) -> str | None:
    number = RESOLVER.sub("", text.casefold())
    return number if DOI.fullmatch(number) else None


def _patent(text: str) -> str:
    """Return the number of the application, which a Chinese patent keeps (ZC 0006-2003), without letters and check digit.

    Certificates print ZL before it, registers CN or nothing, and many leave the check digit out. Where it does not fit, or the
    number is of another form or country, only ZL is left out: which of its figures is the wrong one, nobody knows.
    """
    written = DASHES.sub("", text).upper()
    found = APPLICATION.fullmatch(written)
    if found and found[2] in {None, _check_digit(found[1])}:
        return found[1]
    return LETTERS_OF_PATENTS.sub("", written)


def _check_digit(number: str) -> str:
    """Return the check digit of an application: its figures by 2 to 9, again and again, modulo 11."""
    return CHECK_DIGITS[sum(int(figure) * (2 + place % 8) for place, figure in enumerate(number)) % 11]


WRITTEN: dict[str, Callable[[str], str | None]] = {"isbn": _isbn, "doi": _doi, "patent_number": _patent}
COMPLAINTS = {
    "isbn": "不是有效的书号，请按版权页填写 13 位（早年为 10 位）的 ISBN",
    "doi": "不是有效的 DOI，请填写以“10.”开头的一串，没有的留空",
}
