"""Runs workflow tables: one row is a batch of one, and every statement works on the whole set.

A firing classifies the selection in one ``INSERT … SELECT`` (each row gets ``done`` or the name of the first thing
that stands in its way), then journals, updates and posts exactly the rows marked ``done``. Rows are locked in key
order first, so that two deciders queue up instead of deadlocking, and the second finds nothing left to decide.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Select,
    and_,
    case,
    cast,
    false,
    func,
    insert,
    literal,
    not_,
    select,
    update,
)

import workflow.status  # noqa: F401  (from here on nobody assigns a status)
from models import Batch, BatchItem, Claim, JournalEntry
from models.base import now
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from workflow.core import Firing, Transition, Workflow
from workflow.postings import upsert
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

DONE, MISSING, STATUS, SCOPE = "done", "missing", "status", "scope"
SENTENCES = {
    DONE: "已处理",
    MISSING: "记录不存在",
    STATUS: "当前状态不能进行此操作，可能已被他人处理",
    SCOPE: "您没有处理该记录的权限",
}
MAXIMUM_ROWS = 50_000


class WorkflowError(Exception):
    """A firing that cannot start at all; the text is a Chinese sentence for the user."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a batch did, or would do.

    Attributes:
        batch_key: the batch, for its result page.
        counts: rows per outcome name.
        repeated: whether this batch key had been fired before (a double click).
    """

    batch_key: str
    counts: Mapping[str, int]
    repeated: bool = False

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
    firing = Firing(session, actor, now(), today, parameters=parameters or {})
    with unscoped(session, "classification carries the actor's own expressions"):
        rows = session.execute(_classify(firing, workflow, transition, ids))
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
        WorkflowError: no row, too many rows, or no reason where one is required.
        KeyError: no such transition.
    """
    transition = workflow[name]
    key = batch_key or new_batch_key()
    reason = (reason or "").strip() or None
    if not ids:
        raise WorkflowError("请至少选择一条记录")
    if len(ids) > MAXIMUM_ROWS:
        raise WorkflowError(f"一次最多处理 {MAXIMUM_ROWS} 条记录，请缩小筛选范围")
    if transition.reason and not reason:
        raise WorkflowError(f"“{transition.label}”必须填写原因")
    firing = Firing(session, actor, now(), today, reason, parameters or {}, key, request_id)
    with unscoped(session, "set-based statements carry the actor's own expressions"):
        firing, repeated = _with_own_key(firing, workflow, transition)
        key = firing.batch_key
        if not repeated:
            _lock(session, workflow, ids)
            repeated = not _open_batch(firing, workflow, transition)
        if repeated:
            return Outcome(key, _counts(session, key), repeated=True)
        classified = _classify(firing, workflow, transition, ids).subquery()
        session.execute(
            insert(BatchItem).from_select(
                ["batch_key", "object_id", "outcome"],
                select(literal(key), classified.c.id, classified.c.outcome),
            )
        )
        chosen = select(BatchItem.object_id).where(BatchItem.batch_key == key, BatchItem.outcome == DONE)
        counts = _counts(session, key)
        if counts.get(DONE):
            _journal(firing, workflow, transition, chosen)
            _update(firing, workflow, transition, chosen, counts[DONE])
            for effect in transition.effects:
                effect(firing, chosen)
        outcome = Outcome(key, counts)
        session.execute(
            update(Batch)
            .where(Batch.key == key)
            .values(done_count=outcome.done, skipped_count=outcome.skipped)
        )
    session.expire_all()
    return outcome


def _lock(session: Session, workflow: Workflow, ids: Sequence[int]) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return  # SQLite's BEGIN IMMEDIATE lets one writer in at a time
    table = workflow.model.__table__
    locked = (
        select(table.c.id)
        .where(table.c.id.in_(keys(session, ids)))
        .order_by(table.c.id)
        .with_for_update()
        .subquery()
    )
    session.execute(select(func.count()).select_from(locked))


def _classify(
    firing: Firing, workflow: Workflow, transition: Transition, ids: Sequence[int]
) -> Select[int, str]:
    model = workflow.model
    table = model.__table__
    wanted = keys(firing.session, ids).subquery()
    seen = permissions.rows(firing.actor, Verb.VIEW, model)
    allowed = permissions.rows(firing.actor, transition.needs, model)
    branches: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [
        (table.c.id.is_(None), literal(MISSING)),
        (not_(_surely(seen)), literal(MISSING)),
        (table.c.status.not_in(sorted(transition.sources)), literal(STATUS)),
        (not_(_surely(allowed)), literal(SCOPE)),
    ]
    branches += [(not_(_surely(guard.holds(firing))), literal(guard.name)) for guard in transition.guards]
    key = wanted.c[wanted.c.keys()[0]]
    return select(key.label("id"), case(*branches, else_=literal(DONE)).label("outcome")).select_from(
        wanted.outerjoin(table, table.c.id == key)
    )


def _surely(expression: ColumnElement[bool]) -> ColumnElement[bool]:
    """A condition that is unknown (NULL) does not hold."""
    return func.coalesce(expression, false())


def _with_own_key(firing: Firing, workflow: Workflow, transition: Transition) -> tuple[Firing, bool]:
    """Return the firing and whether its key was fired before; a key used for anything else is no key of ours."""
    used = firing.session.execute(
        select(Batch.actor_id, Batch.workflow, Batch.transition).where(Batch.key == firing.batch_key)
    ).one_or_none()
    if used is None:
        return firing, False
    if tuple(used) == (firing.actor.account_id, workflow.name, transition.name):
        return firing, True
    return replace(firing, batch_key=new_batch_key()), False


def _open_batch(firing: Firing, workflow: Workflow, transition: Transition) -> bool:
    """Store the batch; ``False`` where the same form, sent twice at once, stored it in between."""
    statement = upsert(firing.session, Batch.__table__).values(
        key=firing.batch_key,
        workflow=workflow.name,
        transition=transition.name,
        actor_id=firing.actor.account_id,
        reason=firing.reason,
        parameters=_storable(firing.parameters),
        created_at=firing.moment,
    )
    opened = statement.on_conflict_do_nothing(index_elements=["key"]).returning(Batch.__table__.c.id)
    return firing.session.scalar(opened) is not None


def _storable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in parameters.items()}


def _counts(session: Session, key: str) -> dict[str, int]:
    rows = session.execute(
        select(BatchItem.outcome, func.count().label("rows"))
        .where(BatchItem.batch_key == key)
        .group_by(BatchItem.outcome)
    )
    return {row.outcome: row.rows for row in rows}


def _journal(firing: Firing, workflow: Workflow, transition: Transition, chosen: Select[int]) -> None:
    table: Any = workflow.model.__table__
    behalf = (
        table.c.person_id if workflow.model is Claim else literal(None, JournalEntry.on_behalf_of_id.type)
    )
    row = {
        "moment": literal(firing.moment, JournalEntry.moment.type),
        "actor_id": literal(firing.actor.account_id, BigInteger),
        "actor_organization_id": literal(firing.actor.organization_id, BigInteger),
        "on_behalf_of_id": behalf,
        "object_type": literal(workflow.name),
        "object_id": table.c.id,
        "action": literal(transition.name),
        "from_status": cast(table.c.status, JournalEntry.from_status.type),
        "to_status": literal(transition.target.value),
        "reason": literal(firing.reason, JournalEntry.reason.type),
        "details": literal(_storable(firing.parameters), JournalEntry.details.type),
        "request_id": literal(firing.request_id, JournalEntry.request_id.type),
        "batch_id": literal(firing.batch_key),
    }
    firing.session.execute(
        insert(JournalEntry).from_select(list(row), select(*row.values()).where(table.c.id.in_(chosen)))
    )


def _update(
    firing: Firing, workflow: Workflow, transition: Transition, chosen: Select[int], expected: int
) -> None:
    table: Any = workflow.model.__table__
    values: dict[str, Any] = {"status": transition.target, "status_since": firing.moment}
    if "revision" in table.c:
        values["revision"] = table.c.revision + 1
    if transition.sets is not None:
        values.update(transition.sets(firing))
    result: Any = firing.session.execute(
        update(table)
        .where(and_(table.c.id.in_(chosen), table.c.status.in_(sorted(transition.sources))))
        .values(values)
    )
    if result.rowcount != expected:
        raise WorkflowError("部分记录刚刚被他人处理，本次操作未执行，请刷新后重试")
