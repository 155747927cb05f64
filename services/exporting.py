"""Everything that matches a list as an Excel workbook, in little memory however long the list is.

Cells are text (or numbers where they are figures), never formulas and never links: what somebody typed cannot run in the
spreadsheet of whoever opens it, and an identifier keeps all its digits.
"""

from __future__ import annotations

import re
import unicodedata
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import xlsxwriter
from sqlalchemy import select

from permissions.wall import unscoped
from services import journal
from services.listing import KEYS
from workflow import selection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from models import Base
    from permissions.actor import Actor

    Cell = str | int | Decimal | None

MAXIMUM_ROWS = 50_000
ABOUT = "说明"
"""The sheet that says what a workbook is."""
CHUNK = 1_000
MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAFE = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
"""Options of every workbook we write."""
LONGEST_CELL = 32_767  # what Excel holds
WIDEST, SAMPLED = 40, 100
NOT_IN_XML = dict.fromkeys([0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])


def keys(
    session: Session,
    model: type[Base],
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
) -> list[int]:
    """Return the keys of all rows that match, in the list's order; one more than :data:`MAXIMUM_ROWS` where there are more.

    Args:
        session: the actor's scoped session.
        model: the table.
        conditions: the list's filters.
        order: the list's sort order; the key is its last word.
    """
    statement = select(model.id).where(*conditions).order_by(*order, model.id.desc())
    return list(session.scalars(statement.limit(MAXIMUM_ROWS + 1)))


def rows(
    session: Session,
    statement: Select[Any],
    wanted: Sequence[int],
    prepare: Callable[[Sequence[Any]], None] | None = None,
) -> Iterator[Any]:
    """Yield rows in the order of their keys, a thousand at a time; those that are gone by now are left out.

    Args:
        session: the actor's scoped session.
        statement: how rows are loaded, as ``listing.by_key`` and ``narrow.by_key`` say it.
        wanted: keys of the rows.
        prepare: called with the rows of each portion before they are yielded.
    """
    for some in batched_keys(wanted):
        found = {row.id: row for row in session.scalars(statement, {KEYS: some})}
        if prepare is not None:
            prepare(list(found.values()))
        yield from (found[key] for key in some if key in found)


class Sheet(NamedTuple):
    """A further sheet of lines.

    Attributes:
        title: its name.
        header: the columns' labels.
        lines: the cells of each line.
    """

    title: str
    header: Sequence[str]
    lines: Iterable[Sequence[Cell]]


def write(
    target: IO[bytes],
    title: str,
    header: Sequence[str],
    lines: Iterable[Sequence[Cell]],
    about: Mapping[str, str],
    further: Sequence[Sheet] = (),
) -> int:
    """Write a workbook: a sheet of lines, further ones, and one that says what it is and who made it.

    Args:
        target: where to; may be a temporary file.
        title: name of the sheet.
        header: the columns' labels.
        lines: the cells of each line.
        about: what the last sheet says, by label.
        further: sheets between the two.

    Returns:
        The number of lines of the first.
    """
    book = xlsxwriter.Workbook(target, {"constant_memory": True, **SAFE})
    try:
        number = _write_lines(book, title, header, lines)
        for sheet in further:
            _write_lines(book, *sheet)
        _write_about(book, {**about, "记录数": f"{number:,}"})
    finally:
        book.close()  # whatever happened: until then lines lie in files of their own
    return number


def _write_lines(book: Any, title: str, header: Sequence[str], lines: Iterable[Sequence[Cell]]) -> int:
    text = book.add_format({"num_format": "@"})
    bold = book.add_format({"bold": True, "bg_color": "#E8EEF6", "border": 1, "text_wrap": True})
    sheet = book.add_worksheet(sheet_name(title))
    sheet.freeze_panes(1, 1)
    widths = [display_width(label) for label in header]
    for column, label in enumerate(header):
        sheet.write_string(0, column, clean(label), bold)
    number = 0
    for number, line in enumerate(lines, 1):
        for column, cell in enumerate(line):
            if isinstance(cell, str):
                sheet.write_string(number, column, clean(cell), text)
                if number <= SAMPLED:
                    widths[column] = max(widths[column], display_width(cell))
            elif cell is not None:
                sheet.write_number(number, column, cell)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, WIDEST) + 2)
    sheet.autofilter(0, 0, number, len(header) - 1)
    return number


def _write_about(book: Any, about: Mapping[str, str]) -> None:
    sheet = book.add_worksheet(ABOUT)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 80)
    for number, (label, value) in enumerate(about.items()):
        sheet.write_string(number, 0, clean(label))
        sheet.write_string(number, 1, clean(value))


def clean(text: str) -> str:
    """Return text as a cell can hold it: no longer than Excel allows, without characters XML has no place for."""
    kept = text if text.isprintable() else text.translate(NOT_IN_XML)
    return kept[:LONGEST_CELL]


def sheet_name(title: str) -> str:
    """Return a title as Excel allows it for a sheet."""
    return re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "数据"


def display_width(text: str) -> int:
    """Return how many narrow characters a text is wide; a Chinese one counts two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def record(
    session: Session,
    actor: Actor,
    grid: str,
    wanted: Sequence[int],
    *,
    conditions: str,
    request_id: str | None = None,
) -> None:
    """Journal that somebody took a list with him, identifiers masked.

    Args:
        session: the actor's session.
        actor: who.
        grid: the list's endpoint.
        wanted: keys of its rows.
        conditions: what narrowed it, in words; identifiers masked.
        request_id: for the journal.
    """
    details = {"grid": grid, "rows": len(wanted), "conditions": conditions}
    journal.record(
        session, actor, "export", actor.account_id or 0, "export", details=details, request_id=request_id
    )


def record_unmasked(
    session: Session,
    actor: Actor,
    grid: str,
    model: type[Base],
    wanted: Sequence[int],
    *,
    person_key: str,
    reason: str,
    request_id: str | None = None,
) -> None:
    """Journal for every person of a list that somebody took his full citizen id with him, and why.

    Args:
        session: the actor's session.
        actor: who.
        grid: the list's endpoint.
        model: its table.
        wanted: keys of its rows.
        person_key: the column that holds the person's key.
        reason: as typed.
        request_id: for the journal.
    """
    table = model.__table__
    details = {"grid": grid, "rows": len(wanted)}
    with unscoped(session, "the rows were chosen by the actor's own expressions"):
        people = select(table.c[person_key]).where(table.c.id.in_(selection.keys(session, wanted))).distinct()
        journal.record_many(
            session, actor, "person", people, "export_unmasked", reason=reason, details=details,
            request_id=request_id,
        )  # fmt: skip


def batched_keys(wanted: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield keys in portions of :data:`CHUNK`."""
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))
