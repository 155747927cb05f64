"""Runs workflow tables: one row is a batch of one, and every statement works on the whole set.

A firing classifies the selection in one ``INSERT … SELECT`` (each row gets ``done`` or the name of the first thing
that stands in its way), then journals, updates and posts exactly the rows marked ``done``. Rows are locked in key
order first, so that two deciders queue up instead of deadlocking, and the second finds nothing left to decide.
Large selections are fired portion by portion: :mod:`workflow.portions`.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, literal, select, update

import workflow.status  # noqa: F401  (from here on nobody assigns a status)
from models import Batch, BatchItem
from models.base import now
from permissions.wall import unscoped
from workflow.core import Firing, Transition, Workflow, WorkflowError
from workflow.outcomes import CANCELLED, CONFLICT, DONE, MISSING, SCOPE, STATUS, STOPPED, WAITING
from workflow.statements import carry_out, classify, lock, open_batch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

SENTENCES = {
    DONE: "已处理",
    MISSING: "记录不存在",
    STATUS: "当前状态不能进行此操作，可能已被他人处理",
    SCOPE: "您没有处理该记录的权限",
    WAITING: "尚未办理",
    CANCELLED: "已取消，没有办理",
    STOPPED: "已中止，没有办理",
    CONFLICT: "与他人刚刚办理的记录冲突，没有办理，请再办一次",
}
MAXIMUM_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch did, or would do.

    Attributes:
        batch_key: the batch, for its result page.
        counts: rows per outcome name.
        repeated: whether this batch key had been fired before (a double click).
        running: whether the worker goes on with it.
    """

    batch_key: str
    counts: Mapping[str, int]
    repeated: bool = False
    running: bool = False

    @property
    def done(self) -> int:
        """Rows that passed."""
        return self.counts.get(DONE, 0)

    @property
    def skipped(self) -> int:
        """Rows that did not."""
        return sum(self.counts.values()) - self.done


def sentence_of(transition: Transition, outcome: str) -> str:
    """Return the Chinese sentence of an outcome name."""
    for guard in transition.guards:
        if guard.name == outcome:
            return guard.sentence
    return SENTENCES[outcome]


def new_batch_key() -> str:
    """Return a fresh batch key, to be put into the form that confirms."""
    return uuid.uuid4().hex


def preview(
    session: Session,
    actor: Actor,
    workflow: Workflow,
    name: str,
    ids: Sequence[int],
    *,
    today: date,
    parameters: Mapping[str, Any] | None = None,
) -> dict[int, str]:
    """Tell for each row what firing would do to it, without doing it.

    Args:
        session: any session.
        actor: who would decide.
        workflow: the table.
        name: the transition.
        ids: keys of the rows.
        today: the calendar day.
        parameters: as they would be given.

    Returns:
        Outcome name by key; keys the actor cannot see are ``missing``.
    """
    transition = workflow[name]
    firing = Firing(session, actor, now(), today, parameters=parameters or {}, ids=ids)
    with unscoped(session, "classification carries the actor's own expressions"):
        rows = session.execute(classify(firing, workflow, transition, ids))
        return {row.id: row.outcome for row in rows}


def fire(
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
    """Fire a transition on rows; the caller commits.

    Args:
        session: where it runs.
        actor: who decides.
        workflow: the table.
        name: the transition.
        ids: keys of the rows, in any order.
        today: the calendar day years open and close by.
        reason: required where the table says so.
        parameters: what the transition's form asked for.
        batch_key: from :func:`new_batch_key`; the same key fires once.
        request_id: the request it came with.

    Raises:
        WorkflowError: no row, too many rows, no reason where one is required, or an effect met what somebody else did
            at the same moment; the caller rolls back.
        KeyError: no such transition.
    """
    transition = workflow[name]
    key = batch_key or new_batch_key()
    reason = checked(transition, ids, reason)
    firing = Firing(session, actor, now(), today, reason, parameters or {}, key, request_id, ids)
    with unscoped(session, "set-based statements carry the actor's own expressions"):
        firing, repeated = with_own_key(firing, workflow, transition)
        key = firing.batch_key
        if not repeated:
            lock(session, workflow, transition, ids)
            repeated = not open_batch(firing, workflow, transition)
        if repeated:
            return Outcome(key, _counts(session, key), repeated=True)
        classified = classify(firing, workflow, transition, ids).subquery()
        session.execute(
            insert(BatchItem).from_select(
                ["batch_key", "object_id", "outcome"],
                select(literal(key), classified.c.id, classified.c.outcome),
            )
        )
        chosen = select(BatchItem.object_id).where(BatchItem.batch_key == key, BatchItem.outcome == DONE)
        counts = _counts(session, key)
        if counts.get(DONE):
            carry_out(firing, workflow, transition, chosen, counts[DONE])
        outcome = Outcome(key, counts)
        session.execute(
            update(Batch)
            .where(Batch.key == key)
            .values(done_count=outcome.done, skipped_count=outcome.skipped)
        )
    session.expire_all()
    return outcome


def checked(transition: Transition, ids: Sequence[int], reason: str | None) -> str | None:
    """Return the reason as it is stored.

    Raises:
        WorkflowError: no row, too many rows, or no reason where one is required.
    """
    reason = (reason or "").strip() or None
    if not ids:
        raise WorkflowError("请至少选择一条记录")
    if len(ids) > MAXIMUM_ROWS:
        raise WorkflowError(f"一次最多处理 {MAXIMUM_ROWS} 条记录，请缩小筛选范围")
    if transition.reason and not reason:
        raise WorkflowError(f"“{transition.label}”必须填写原因")
    return reason


def with_own_key(firing: Firing, workflow: Workflow, transition: Transition) -> tuple[Firing, bool]:
    """Return the firing and whether its key was fired before; a key used for anything else is no key of ours."""
    used = firing.session.execute(
        select(Batch.actor_id, Batch.workflow, Batch.transition).where(Batch.key == firing.batch_key)
    ).one_or_none()
    if used is None:
        return firing, False
    if tuple(used) == (firing.actor.account_id, workflow.name, transition.name):
        return firing, True
    return replace(firing, batch_key=new_batch_key()), False


def _counts(session: Session, key: str) -> dict[str, int]:
    rows = session.execute(
        select(BatchItem.outcome, func.count().label("rows"))
        .where(BatchItem.batch_key == key)
        .group_by(BatchItem.outcome)
    )
    return {row.outcome: row.rows for row in rows}
