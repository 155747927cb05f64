"""Workbooks that are compared with what is stored: opened by their headers, bad cells named, changes told before they are written.

What is confirmed are the rows that were shown, with a digest of what they were compared with (docs/decisions/0027).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import astuple, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from services import importing, spreadsheets
from services.errors import InputError
from services.spreadsheets import letter_of, text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from services.importing import Column

Places = dict[str, int]
"""The place of each column of a file by its name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell that cannot be taken over: where it is and what to do."""

    row: int
    letter: str
    label: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file as read: its number there, the code it is known by, and what it is called."""

    number: int
    code: str
    label: str


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Change(Generic[R]):
    """What a row would change: what it is called, (label, old, new) of each field, and what to think of first."""

    row: R
    kinds: tuple[str, ...]
    fields: tuple[tuple[str, str, str], ...]
    warning: str = ""


@dataclass(slots=True)
class Comparison(Generic[R]):
    """A workbook beside what is stored.

    Attributes:
        kinds: of changes, in the order they are counted.
        state: what was stored; what was compared with another state is not written.
        changes: rows that would change something.
        problems: cells that cannot be taken over.
        same: number of rows without a change.
        missing: number of stored entries the file leaves out, which stay as they are.
    """

    kinds: tuple[str, ...]
    state: str = ""
    changes: list[Change[R]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    same: int = 0
    missing: int = 0

    def wrong(self, number: int, part: Column, places: Places, sentence: str) -> None:
        """Note what is wrong with a cell."""
        self.problems.append(problem(number, part, places, sentence))

    def judge(self, row: R, change: Change[R], errors: Iterable[tuple[Column, str]], places: Places) -> None:
        """Note a row as wrong, changed or the same."""
        before = len(self.problems)
        for part, sentence in errors:
            self.wrong(row.number, part, places, sentence)
        if len(self.problems) > before:
            return
        if change.kinds:
            self.changes.append(change)
        else:
            self.same += 1

    @property
    def numbers(self) -> list[tuple[str, int]]:
        """How many rows each kind of change has, as (kind, number)."""
        counted = Counter(kind for change in self.changes for kind in change.kinds)
        return [(kind, counted[kind]) for kind in self.kinds if counted[kind]]

    @property
    def code(self) -> str:
        """The changes as a form brings them back, for :func:`decoded`."""
        rows = [astuple(change.row) for change in self.changes]
        return json.dumps(
            [self.state, rows], ensure_ascii=False, separators=(",", ":"), default=date.isoformat
        )


def opened(
    data: bytes,
    filename: str,
    columns: Sequence[Column],
    *,
    sheet: str,
    what: str,
    again: str,
    most: int | None = None,
    about: str = "",
    refuse: Callable[[spreadsheets.Sheet], None] | None = None,
) -> tuple[Places, list[tuple[int, dict[str, str]]]]:
    """Return the place of each column, and (number, cells by column) of each row that is filled.

    Args:
        data: the file.
        filename: as uploaded.
        columns: of the workbook.
        sheet: name of the sheet wanted; the first one where there is none of that name.
        what: a row is about.
        again: what to do where headers or rows are missing.
        most: rows a file may have.
        about: name of the sheet that says what the workbook is.
        refuse: raises :class:`InputError` where it is the workbook of something else.

    Raises:
        InputError: ``file``: it cannot be read, its headers are not those of the export, or it has no or too many rows.
    """
    read = spreadsheets.read(data, filename, sheet=sheet, about=about)
    rows = read.rows
    if refuse is not None:
        refuse(read)
    try:
        header, places = importing.places_of(columns, rows)
    except InputError as error:
        sentence = error.errors["file"].partition("，")[0]
        raise InputError({"file": f"{sentence}。{again}"}) from None
    spreadsheets.refuse_unvalued(read, header, places)
    filled = [
        (number, {name: text_of(row[place]) for name, place in places.items()})
        for number, row in enumerate(rows[header + 1 :], header + 2)
        if not spreadsheets.is_empty(row)
    ]
    if not filled:
        raise InputError({"file": f"文件里没有{what}：表头下面一行也没有。{again}"})
    if most is not None and len(filled) > most:
        raise InputError({"file": f"文件有 {len(filled):,} 行，一次最多 {most:,} 行，请分成几个文件"})
    return places, filled


def problem(number: int, part: Column, places: Places, sentence: str) -> Problem:
    """Return what is wrong with a cell, named by row and letter."""
    letter = letter_of(places[part.name]) if part.name in places else ""
    return Problem(number, letter, part.label, sentence)


def day_of(cells: Mapping[str, str], part: Column) -> date | None:
    """Return the day in a cell; ``None`` where it is empty.

    Raises:
        ValueError: a sentence for its cell.
    """
    text = cells.get(part.name, "")
    try:
        return date.fromisoformat(text.replace("/", "-")) if text else None
    except ValueError:
        raise ValueError(f"“{text}”不是日期，请按 2026-12-31 的形式填写") from None


def first_numbers(rows: Iterable[R]) -> dict[str, int]:
    """Return the number of the first row of each code."""
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.code, row.number)
    return first


def twice(first: int) -> str:
    """Return what is wrong with a row whose code an earlier one has."""
    return f"与第 {first} 行的代码相同，请只保留一行"


def state_of(rows: Iterable[Any], names: Sequence[str]) -> str:
    """Return a digest of stored rows: of everything an import compares with."""
    told = [[str(getattr(row, name)) for name in names] for row in rows]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def decoded(code: str, read: Callable[..., R]) -> tuple[str, list[R]]:
    """Return state and rows of what :attr:`Comparison.code` said; ``read`` makes a row of its values.

    Raises:
        ValueError: it is nothing of the kind.
    """
    try:
        state, rows = json.loads(code)
        return str(state), [read(*values) for values in rows]
    except (TypeError, ValueError) as error:
        raise ValueError(code[:100]) from error


def refuse_changed(found: Comparison[Any], state: str, what: str) -> None:
    """Refuse to write what was compared with another state, or is no longer possible.

    Args:
        found: the rows compared with what is stored now.
        state: what they were compared with when they were shown.
        what: what is written, for the sentence.

    Raises:
        InputError: it is so.
    """
    if state != found.state:
        raise InputError({"": f"核对期间{what}又被修改过，没有写入，请重新上传同一个文件核对"})
    for wrong in found.problems:
        raise InputError({"": f"第 {wrong.row} 行：{wrong.sentence}"})


def read_day(text: str | None) -> date | None:
    """Return a day as :attr:`Comparison.code` wrote it."""
    return date.fromisoformat(text) if text else None
