"""Results of batches, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import joinedload

from models import Batch, BatchItem
from services import undoing
from workflow.engine import sentence_of
from workflow.outcomes import DONE, MISSING, STATUS, WAITING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from models import Base
    from workflow.core import Workflow

SHOWN = 2_000
LINKED = frozenset({"claim", "person", "transfer", "correction", "training_plan", "grade", "grade_sheet"})
"""Workflows whose rows have a details page under the workflow's own name, written with dashes."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What became of one row: its name as far as the reader may see it, and the sentence of its outcome.

    ``open`` rows were refused for something that can be put right; firing again may do them. ``undone`` ones were done
    and taken back.
    """

    key: int
    label: str
    linked: bool
    done: bool
    undone: bool
    open: bool
    sentence: str


def number_of(session: Session, key: str) -> int | None:
    """Return the number of the batch with this key, in the session's scope."""
    return session.scalar(select(Batch.id).where(Batch.key == key))


def rows(session: Session, batch: Batch, workflow: Workflow) -> list[ResultRow]:
    """Return the rows of a batch, those that were not done first, at most :data:`SHOWN`; none that still waits.

    Names are read through the session's scope: a row one may not see (any more) keeps its number only.
    """
    transition = workflow[batch.transition]
    items = session.execute(
        select(BatchItem.object_id, BatchItem.outcome)
        .where(BatchItem.batch_key == batch.key, BatchItem.outcome != WAITING)
        .order_by(BatchItem.outcome == DONE, BatchItem.object_id)
        .limit(SHOWN)
    ).all()
    seen = _names(session, workflow.model, [item.object_id for item in items])
    back = undoing.taken_back(session, batch)
    return [
        ResultRow(
            item.object_id,
            seen.get(item.object_id, f"第 {item.object_id} 号记录"),
            item.object_id in seen and item.outcome != MISSING and workflow.name in LINKED,
            item.outcome == DONE,
            item.outcome == DONE and item.object_id in back,
            item.object_id in seen and item.outcome not in {DONE, MISSING, STATUS},
            sentence_of(transition, item.outcome),
        )
        for item in items
    ]


def _names(session: Session, model: type[Base], ids: Sequence[int]) -> dict[int, str]:
    """Return what rows are called, by key; what is named by a column alone, with whose it is."""
    chosen = select(model).where(model.id.in_(ids))
    person = inspect(model).relationships.get("person")
    if person is None or not model.__named_by__:
        return {row.id: str(row) for row in session.scalars(chosen)}
    rows: Any = session.scalars(chosen.options(joinedload(person.class_attribute)))
    return {row.id: f"{row}（{row.person.name}）" if row.person else str(row) for row in rows}


def outcomes(session: Session, batch: Batch) -> list[tuple[int, str]]:
    """Return key and outcome of every row of a batch, in key order."""
    statement = select(BatchItem.object_id, BatchItem.outcome).where(BatchItem.batch_key == batch.key)
    return [(row.object_id, row.outcome) for row in session.execute(statement.order_by(BatchItem.object_id))]
