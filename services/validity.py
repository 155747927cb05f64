"""Base data in force: between its first and its last day. What is not can be read on old records and chosen on no new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, or_

from models.base import today

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement

    from models import Announcement, ClaimKindVersion, DictionaryItem, Region


def in_force(
    model: type[Announcement | DictionaryItem | Region], day: date | None = None
) -> ColumnElement[bool]:
    """Return the condition of rows in force on a day, today by default; both ends of a period belong to it."""
    day = day or today()
    return and_(
        or_(model.valid_from.is_(None), model.valid_from <= day),
        or_(model.valid_to.is_(None), model.valid_to >= day),
    )


def is_in_force(row: Announcement | DictionaryItem | Region, day: date | None = None) -> bool:
    """Tell the same of a row at hand."""
    day = day or today()
    return (row.valid_from is None or row.valid_from <= day) and (row.valid_to is None or row.valid_to >= day)


def has_ended(
    row: Announcement | ClaimKindVersion | DictionaryItem | Region, day: date | None = None
) -> bool:
    """Tell whether the last day of a row at hand has passed; one that is still to begin has not ended."""
    return row.valid_to is not None and row.valid_to < (day or today())


def begins_later(row: Announcement | DictionaryItem | Region, day: date | None = None) -> bool:
    """Tell whether the first day of a row at hand is still to come."""
    return row.valid_from is not None and row.valid_from > (day or today())


def region_state(row: Region) -> str:
    """Return why a division cannot be chosen today, in the words used everywhere; empty where it can.

    A merged one says into which it went: whoever asks about many reads them with ``successor``.
    """
    if has_ended(row):
        return f"已并入“{row.successor.name}”" if row.successor else "已撤销"
    return "还没有启用" if begins_later(row) else ""


def region_name(row: Region) -> str:
    """Return the name of a division; one that cannot be chosen says why."""
    state = region_state(row)
    return f"{row.name}（{state}）" if state else row.name
