"""Results of batches, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Batch, BatchItem
from workflow.engine import DONE, MISSING, sentence_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflow.core import Workflow

SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What became of one row: its name as far as the reader may see it, and the sentence of its outcome."""

    key: int
    label: str
    linked: bool
    done: bool
    sentence: str


def number_of(session: Session, key: str) -> int | None:
    """Return the number of the batch with this key, in the session's scope."""
    return session.scalar(select(Batch.id).where(Batch.key == key))


def rows(session: Session, batch: Batch, workflow: Workflow) -> list[ResultRow]:
    """Return the rows of a batch, those that were not done first.

    Names are read through the session's scope: a row one may not see (any more) keeps its number only.
    """
    transition = workflow[batch.transition]
    items = session.execute(
        select(BatchItem.object_id, BatchItem.outcome)
        .where(BatchItem.batch_key == batch.key)
        .order_by(BatchItem.outcome == DONE, BatchItem.object_id)
        .limit(SHOWN)
    ).all()
    model = workflow.model
    seen = {
        row.id: str(row)
        for row in session.scalars(select(model).where(model.id.in_([item.object_id for item in items])))
    }
    return [
        ResultRow(
            item.object_id,
            seen.get(item.object_id, f"第 {item.object_id} 号记录"),
            item.object_id in seen and item.outcome != MISSING and workflow.name == "claim",
            item.outcome == DONE,
            sentence_of(transition, item.outcome),
        )
        for item in items
    ]
