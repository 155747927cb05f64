"""校验 of an uploaded workbook: every bad cell is found and named; nothing is stored but what was found.

What kind of rows is imported is an :class:`Importer`; ``services.import_runs`` then stores the good rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import insert

from models import ImportRow, ImportRun
from models.enums import RowOutcome
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import spreadsheets
from services.attachments import clean_filename
from services.errors import InputError
from services.spreadsheets import letter_of, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from models import Base
    from permissions.actor import Actor

HEADER_WITHIN = 10  # rows: a title and some remarks may stand above the header
EXAMPLE = "示例"
"""A row whose first column begins so is the template's own and no data."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the template.

    Attributes:
        name: what the importer calls it.
        label: its header.
        required: whether each row must have it.
        aliases: headers that mean the same.
        dictionary: code of the dictionary its values are labels of.
        choices: what may be filled in where that is a short list.
        example: of the example row.
        help: how to fill it in.
        width: characters.
    """

    name: str
    label: str
    required: bool = False
    aliases: tuple[str, ...] = ()
    dictionary: str = ""
    choices: tuple[str, ...] = ()
    example: str = ""
    help: str = ""
    width: int = 14


@dataclass(slots=True)
class Line:
    """One row as it is checked.

    Attributes:
        number: of the row in the file.
        cells: the raw cell by column name.
        letters: the letter of each column.
        values: what was read, ready to be stored.
        errors: what is wrong, by column.
        known: whether the row is there already, so that there is nothing to do.
        meant: text of a cell that says by itself less than in its file; the row is read again without the others.
    """

    number: int
    cells: Mapping[str, Any]
    letters: Mapping[str, str]
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)
    known: bool = False
    meant: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a cell as text; empty where the file has no such column."""
        return text_of(self.cells.get(name))

    def wrong(self, column: Column, sentence: str) -> None:
        """Note what is wrong with a cell."""
        letter = self.letters.get(column.name, "")
        self.errors.append({"column": letter, "label": column.label, "sentence": sentence})

    @property
    def outcome(self) -> RowOutcome:
        """What becomes of the row."""
        if self.errors:
            return RowOutcome.BAD
        return RowOutcome.KNOWN if self.known else RowOutcome.GOOD


class Importer(Protocol):
    """What one kind of import knows.

    Attributes:
        kind: as runs are marked with.
        sheet: name of the sheet that is read.
        model: what comes of a row.
        columns: of the template.
        verbs: what the importing actor must be allowed to do to what he stored, one of them.
        class_id: the training class it is about, where it is about one.
    """

    kind: str
    sheet: str
    model: type[Base]
    columns: tuple[Column, ...]
    verbs: tuple[Verb, ...]
    class_id: int | None

    def of(self, run: ImportRun) -> Importer:
        """Return the importer that goes on with a run."""

    def check(self, session: Session, actor: Actor, lines: Sequence[Line]) -> None:
        """Read every line's values, noting errors and what is known; must run inside ``unscoped``."""

    def store(self, session: Session, actor: Actor, run: ImportRun, lines: Sequence[Line]) -> dict[int, int]:
        """Store good lines and return the key of each by its number; one that is missing was stored by somebody else.

        Must run inside ``unscoped``.
        """


def check(session: Session, actor: Actor, importer: Importer, filename: str, data: bytes) -> ImportRun:
    """Check a file and keep what was found, to be imported or not; the caller commits.

    Args:
        session: the actor's session.
        actor: who imports.
        importer: what is imported.
        filename: as uploaded.
        data: the file.

    Raises:
        InputError: ``file``: it cannot be read, has no header that fits, no row, or the actor may not import.
    """
    if not permissions.may(actor, Verb.CREATE, importer.model) or actor.organization_id is None:
        raise InputError({"file": "您没有导入的权限，请联系本单位管理员"})
    sheet = spreadsheets.read(data, filename, sheet=importer.sheet)
    rows = sheet.rows
    header, places = places_of(importer.columns, rows)
    spreadsheets.refuse_unvalued(sheet, header, places)
    letters = {name: letter_of(place) for name, place in places.items()}
    first = importer.columns[0].name
    found = [
        (number, row)
        for number, row in enumerate(rows[header + 1 :], header + 2)
        if not spreadsheets.is_empty(row) and not text_of(row[places[first]]).startswith(EXAMPLE)
    ]
    if not found:
        raise InputError({"file": "文件里没有要导入的行：表头下面一行也没有填写，请填好后再上传"})
    lines = [
        Line(number, {name: row[place] for name, place in places.items()}, letters) for number, row in found
    ]
    with unscoped(session, "whether somebody is known is asked of everybody"):
        importer.check(session, actor, lines)
        outcomes = [line.outcome for line in lines]
        run = ImportRun(
            kind=importer.kind,
            account_id=actor.account_id,
            organization_id=actor.organization_id,
            class_id=importer.class_id,
            filename=clean_filename(filename),
            columns=[[letter_of(place), text_of(cell)] for place, cell in enumerate(rows[header])],
            row_count=len(lines),
            good_count=outcomes.count(RowOutcome.GOOD),
            bad_count=outcomes.count(RowOutcome.BAD),
            known_count=outcomes.count(RowOutcome.KNOWN),
        )
        session.add(run)
        session.flush()
        kept = [
            {
                "run_id": run.id,
                "number": line.number,
                "outcome": outcome,
                "cells": _kept(row, {places[name]: text for name, text in line.meant.items()}),
                "errors": sorted(line.errors, key=lambda error: (len(error["column"]), error["column"])),
            }
            for line, outcome, (_number, row) in zip(lines, outcomes, found, strict=True)
        ]
        session.execute(insert(ImportRow), kept)
        key = run.id
    stored = session.get_one(ImportRun, key)
    if not permissions.allows(session, actor, Verb.CREATE, stored):
        raise PermissionError("an import its administrator may not make")
    return stored


def _kept(row: Sequence[Any], meant: Mapping[int, str]) -> list[str]:
    return [meant.get(place, text_of(cell)) for place, cell in enumerate(row)]


def places_of(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]]:
    """Return the row of the headers and the place of each column; what a file has besides is left alone.

    Raises:
        InputError: ``file``: a required column is missing.
    """
    required = [column for column in columns if column.required]
    best: dict[str, int] = {}
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        labels = [_plain(text_of(cell)) for cell in row]
        places = {
            column.name: labels.index(label)
            for column in columns
            for label in (column.label, *column.aliases)
            if label in labels
        }
        if all(column.name in places for column in required):
            return number, places
        best = max(best, places, key=len)
    missing = "、".join(f"“{column.label}”" for column in required if column.name not in best)
    raise InputError({"file": f"表头里没有找到{missing}列，请下载模板，按模板的表头填写后再上传"})


def _plain(label: str) -> str:
    return re.sub(r"[\s*\uff0a]|（.*?）|\(.*?\)", "", label)
