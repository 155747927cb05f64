"""Which of one's batches can be taken back, and what was taken back already (``workflow.undo``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import Batch, BatchItem, JournalEntry
from models.base import now
from models.enums import BatchState
from permissions import engine as permissions
from permissions.wall import unscoped
from workflow.outcomes import DONE
from workflow.tables import WORKFLOWS
from workflow.undo import BATCH, WINDOW

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from workflow.core import Transition


@dataclass(frozen=True, slots=True)
class Undoing:
    """How a batch can be taken back.

    Attributes:
        transition: the line of the table that does it.
        keys: the rows that were done and not taken back yet.
        until: when the time of the row done last is over; those done before it end earlier.
        parameters: what the transition is fired with.
    """

    transition: Transition
    keys: Sequence[int]
    until: datetime
    parameters: dict[str, str]

    @property
    def minutes(self) -> int:
        """How many minutes are left, counted up."""
        return max(0, -int((now() - self.until).total_seconds() // 60))


def undoing_of(session: Session, actor: Actor, batch: Batch) -> Undoing | None:
    """Return how a batch of the actor can be taken back; ``None`` where nothing of it can be any more.

    Args:
        session: the actor's scoped session.
        actor: who asks.
        batch: one of his batches.
    """
    workflow = WORKFLOWS[batch.workflow]
    transition = workflow.undoing(batch.transition)
    if transition is None or batch.state is BatchState.RUNNING:
        return None
    if not permissions.may(actor, transition.needs, workflow.model):
        return None
    with unscoped(session, "the batch is the actor's; of its journal rows only the moment is read"):
        last = session.scalar(select(func.max(JournalEntry.moment)).where(JournalEntry.batch_id == batch.key))
    if last is None or last + WINDOW <= now():
        return None
    back = taken_back(session, batch)
    done = session.scalars(
        select(BatchItem.object_id)
        .where(BatchItem.batch_key == batch.key, BatchItem.outcome == DONE)
        .order_by(BatchItem.object_id)
    )
    keys = [key for key in done if key not in back]
    return Undoing(transition, keys, last + WINDOW, {BATCH: batch.key}) if keys else None


def taken_back(session: Session, batch: Batch) -> set[int]:
    """Return the keys of the rows of a batch that were taken back."""
    transition = WORKFLOWS[batch.workflow].undoing(batch.transition)
    if transition is None:
        return set()
    statement = (
        select(BatchItem.object_id)
        .join(Batch, Batch.key == BatchItem.batch_key)
        .where(
            Batch.id > batch.id,
            Batch.actor_id == batch.actor_id,
            Batch.workflow == batch.workflow,
            Batch.transition == transition.name,
            Batch.parameters[BATCH].as_string() == batch.key,
            BatchItem.outcome == DONE,
        )
    )
    return set(session.scalars(statement))
