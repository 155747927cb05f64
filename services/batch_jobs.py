"""Batches in the background: more rows than one waits for are the worker's, portion by portion.

The state stands in the database (``batch``, ``batch_item``): whoever goes on with a batch whose worker was killed finds
what is left and doubles nothing. The actor is looked up anew for every portion.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from models import Batch, BatchItem
from models.base import now, today
from models.enums import BatchState
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.delegating import acting
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from workflow import engine, portions
from workflow.outcomes import CANCELLED, CONFLICT, STOPPED, WAITING
from workflow.tables import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from workflow.core import Workflow

AT_ONCE = 200
"""Rows decided while one waits; more are the worker's."""
PORTION = 500
LEFT_ALONE = timedelta(minutes=2)
STARTED = "batches_started"
"""In ``session.info``: keys of batches the worker has to take up after the commit."""
NO_LONGER = "办理人的账户已停用或不再有办理的权限，其余的没有办理"

item = BatchItem.__table__.c


def fire(
    session: Session, actor: Actor, workflow: Workflow, name: str, ids: Sequence[int], **how: Any
) -> engine.Outcome:
    """Fire a transition at once, or have the worker do it where the rows are many; the caller commits.

    Args:
        session: where it runs.
        actor: who decides.
        workflow: the table.
        name: the transition.
        ids: keys of the rows.
        **how: as :func:`workflow.engine.fire` takes it.

    Raises:
        WorkflowError: as there.
    """
    if len(ids) <= AT_ONCE:
        return engine.fire(session, actor, workflow, name, ids, **how)
    outcome = portions.begin(session, actor, workflow, name, ids, **how)
    if not outcome.repeated:
        session.info.setdefault(STARTED, []).append(outcome.batch_key)
    return outcome


def advance(session: Session, key: str, limit: int = PORTION) -> bool:
    """Fire the next portion of a batch; return whether there may be more. The caller commits after each.

    Args:
        session: any session.
        key: of the batch; one that is not running is left alone.
        limit: rows at most.

    Raises:
        WorkflowError, sqlalchemy.exc.IntegrityError: somebody else decided the same at the same moment; the caller rolls
            back.
    """
    with unscoped(session, "a batch belongs to its actor, whoever carries it out"):
        batch = _held(session, key)
        if batch is None:
            return False
        workflow = WORKFLOWS[batch.workflow]
        actor = load_actor(session, batch.actor_id)
        if actor is not None and batch.delegation_id is not None:
            actor = acting(session, actor, batch.delegation_id, today())
        if actor is None or not permissions.may(actor, workflow[batch.transition].needs, workflow.model):
            _end(session, batch, BatchState.STOPPED, STOPPED, NO_LONGER)
            return False
        ids = portions.next_waiting(session, key, limit)
        if ids:
            portions.fire_portion(session, actor, batch, ids, today=today())
        if len(ids) == limit:
            return True
        batch.state = BatchState.DONE
        session.flush()
        return False


def pass_over(session: Session, key: str) -> None:
    """Leave the next waiting row of a batch out: it clashed with what somebody else stored. The caller commits."""
    with unscoped(session, "a batch belongs to its actor, whoever carries it out"):
        batch = _held(session, key)
        if batch is not None:
            _settle(session, batch, CONFLICT, portions.next_waiting(session, key, 1))


def cancel(session: Session, actor: Actor, batch: Batch, *, request_id: str | None = None) -> None:
    """End a running batch: what is done stays, the rest is not done. The caller commits.

    Raises:
        InputError: it is not the actor's, or not running any more.
    """
    if not permissions.allows(session, actor, Verb.CANCEL, batch):
        raise InputError({"": "只能由办理人取消"})
    with unscoped(session, "the permission was checked"):
        held = _held(session, batch.key)
        if held is None:
            raise InputError({"": "这一批已经办完，不用取消；办错了的可在 30 分钟内撤回"})
        _end(session, held, BatchState.CANCELLED, CANCELLED)
        journal.record(session, actor, "batch", held.id, "cancel", request_id=request_id)


def left_alone(session: Session, moment: datetime) -> list[str]:
    """Return the keys of running batches that nobody has touched for a while: their worker is gone."""
    return list(
        session.scalars(
            select(Batch.key)
            .where(Batch.state == BatchState.RUNNING, Batch.touched_at < moment - LEFT_ALONE)
            .order_by(Batch.id)
        )
    )


def progress(session: Session, batch: Batch) -> int:
    """Return how far a batch is, in whole percent."""
    if batch.state is not BatchState.RUNNING:
        return 100
    waiting = session.scalar(
        select(func.count(BatchItem.id)).where(BatchItem.batch_key == batch.key, BatchItem.outcome == WAITING)
    )
    settled = batch.done_count + batch.skipped_count
    return 100 * settled // max(1, settled + (waiting or 0))


def _held(session: Session, key: str) -> Batch | None:
    """Return a running batch, held until the commit."""
    return session.scalars(
        select(Batch)
        .where(Batch.key == key, Batch.state == BatchState.RUNNING)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _end(session: Session, batch: Batch, state: BatchState, outcome: str, reason: str | None = None) -> None:
    _settle(session, batch, outcome)
    batch.state, batch.stop_reason = state, reason
    session.flush()


def _settle(session: Session, batch: Batch, outcome: str, ids: Sequence[int] | None = None) -> None:
    """Give waiting rows, all or some, an outcome without firing them."""
    which = [item.batch_key == batch.key, item.outcome == WAITING]
    if ids is not None:
        which.append(item.object_id.in_(ids))
    settled: Any = session.execute(update(BatchItem.__table__).where(*which).values(outcome=outcome))
    batch.skipped_count += settled.rowcount
    batch.touched_at = now()
    session.flush()
