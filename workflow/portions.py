"""A batch too large for one request: its rows are stored as waiting, then fired portion by portion.

Every portion is one firing: the same guards, asked anew, the same locks, journal and effects, under the same batch key.
What a portion did and that it did it are one transaction, so a worker killed in the middle leaves whole portions behind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, literal, select, update

from models import Batch, BatchItem
from models.base import now
from models.enums import BatchState
from permissions.wall import unscoped
from workflow.core import Firing
from workflow.engine import Outcome, checked, new_batch_key, with_own_key
from workflow.outcomes import DONE, WAITING
from workflow.selection import keys
from workflow.statements import carry_out, classify, lock, open_batch
from workflow.tables import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from workflow.core import Workflow

item = BatchItem.__table__.c


def begin(
    session: Session,
    actor: Actor,
    workflow: Workflow,
    name: str,
    ids: Sequence[int],
    *,
    today: date,
    reason: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    batch_key: str | None = None,
    request_id: str | None = None,
) -> Outcome:
    """Store a batch whose rows wait; arguments and errors are those of :func:`workflow.engine.fire`.

    The caller commits, and then has the worker fire the portions.
    """
    transition = workflow[name]
    reason = checked(transition, ids, reason)
    key = batch_key or new_batch_key()
    firing = Firing(session, actor, now(), today, reason, parameters or {}, key, request_id, ids)
    with unscoped(session, "every portion asks the actor's own expressions"):
        firing, repeated = with_own_key(firing, workflow, transition)
        key = firing.batch_key
        if repeated or not open_batch(firing, workflow, transition, BatchState.RUNNING):
            return Outcome(key, {}, repeated=True, running=True)
        wanted = keys(session, ids).subquery()
        waiting = select(literal(key), *wanted.c, literal(WAITING))
        session.execute(insert(BatchItem).from_select(["batch_key", "object_id", "outcome"], waiting))
    return Outcome(key, {WAITING: len(set(ids))}, running=True)


def next_waiting(session: Session, batch_key: str, limit: int) -> list[int]:
    """Return the keys of the next rows that wait, in key order: what was filed first comes first, as within a batch."""
    statement = select(item.object_id).where(item.batch_key == batch_key, item.outcome == WAITING)
    return list(session.scalars(statement.order_by(item.object_id).limit(limit)))


def fire_portion(session: Session, actor: Actor, batch: Batch, ids: Sequence[int], *, today: date) -> None:
    """Fire a batch on some of its waiting rows; the caller commits.

    Args:
        session: where it runs; the caller holds the batch's row, so that nobody else fires the same portion.
        actor: whose batch it is, as he is now.
        batch: a running one.
        ids: keys of rows that wait.
        today: the calendar day years open and close by.

    Raises:
        WorkflowError: an effect met what somebody else did at the same moment; the caller rolls back.
    """
    workflow = WORKFLOWS[batch.workflow]
    transition = workflow[batch.transition]
    firing = Firing(
        session, actor, now(), today, batch.reason, batch.parameters, batch.key, batch.request_id, ids
    )
    portion = keys(session, ids)
    with unscoped(session, "set-based statements carry the actor's own expressions"):
        lock(session, workflow, transition, ids)
        classified = classify(firing, workflow, transition, ids).subquery()
        session.execute(
            update(BatchItem.__table__)
            .where(item.batch_key == batch.key, item.outcome == WAITING, item.object_id == classified.c.id)
            .values(outcome=classified.c.outcome)
        )
        chosen = select(item.object_id).where(
            item.batch_key == batch.key, item.outcome == DONE, item.object_id.in_(portion)
        )
        done = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
        if done:
            carry_out(firing, workflow, transition, chosen, done)
        session.execute(
            update(Batch.__table__)
            .where(Batch.__table__.c.key == batch.key)
            .values(
                done_count=Batch.__table__.c.done_count + done,
                skipped_count=Batch.__table__.c.skipped_count + len(ids) - done,
                touched_at=firing.moment,
            )
        )
    session.expire_all()
