"""The tables of a decision mapped once more, without the wall and the ban on assigning a status: for rivals only."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import registry

from models import (
    Batch,
    Claim,
    Grade,
    GradeSheet,
    JournalEntry,
    LedgerEntry,
    Notice,
    Requirement,
    YearSummary,
)


class PlainClaim:
    """A claim whose status anybody may assign, as in most programs."""


class PlainGrade:
    """A grade."""


class PlainSheet:
    """A grade sheet."""


class PlainJournal:
    """A journal entry."""


class PlainEntry:
    """A ledger entry."""


class PlainSummary:
    """A year summary."""


class PlainNotice:
    """A notice."""


class PlainRequirement:
    """The requirement of a year."""


_MAPPED: dict[type, Any] = {
    PlainClaim: Claim,
    PlainGrade: Grade,
    PlainSheet: GradeSheet,
    PlainJournal: JournalEntry,
    PlainEntry: LedgerEntry,
    PlainSummary: YearSummary,
    PlainNotice: Notice,
    PlainRequirement: Requirement,
}
_registry = registry(metadata=Batch.metadata)
for _plain, _model in _MAPPED.items():
    _registry.map_imperatively(_plain, _model.__table__)


def new(kind: type, /, **values: Any) -> Any:
    """Return a new row of a plain class with these values."""
    row = kind()
    for name, value in values.items():
        setattr(row, name, value)
    return row
