"""The set-based statements a firing is made of; :mod:`workflow.engine` and :mod:`workflow.portions` put them in order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Select,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    select,
    update,
)

from models import Batch, JournalEntry
from models.enums import BatchState
from permissions import engine as permissions
from permissions.verbs import Verb
from workflow.core import Firing, Transition, Workflow, WorkflowError
from workflow.journaling import journal
from workflow.outcomes import DONE, MISSING, SCOPE, STATUS
from workflow.postings import upsert
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


def lock(session: Session, workflow: Workflow, transition: Transition, ids: Sequence[int]) -> None:
    """Lock the rows in key order, so that two deciders queue up instead of deadlocking."""
    if session.get_bind().dialect.name != "postgresql":
        return  # SQLite's BEGIN IMMEDIATE lets one writer in at a time
    for belong_to in transition.locks:  # what the rows belong to comes first, as where it is decided itself
        around = belong_to(keys(session, ids)).with_for_update(key_share=True).subquery()
        session.execute(select(func.count()).select_from(around))
    table = workflow.model.__table__
    locked = (
        select(table.c.id)
        .where(table.c.id.in_(keys(session, ids)))
        .order_by(table.c.id)
        .with_for_update()
        .subquery()
    )
    session.execute(select(func.count()).select_from(locked))


def classify(
    firing: Firing, workflow: Workflow, transition: Transition, ids: Sequence[int]
) -> Select[int, str]:
    """Return ``SELECT id, outcome``: ``done``, or the name of the first thing that stands in the way of each row."""
    model = workflow.model
    table = model.__table__
    wanted = keys(firing.session, ids).subquery()
    seen = permissions.rows(firing.actor, Verb.VIEW, model)
    allowed = permissions.rows(firing.actor, transition.needs, model)
    branches: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [
        (table.c.id.is_(None), literal(MISSING)),
        (not_(_surely(seen)), literal(MISSING)),
        (workflow.status.not_in(sorted(transition.sources)), literal(STATUS)),
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


def open_batch(
    firing: Firing, workflow: Workflow, transition: Transition, state: BatchState = BatchState.DONE
) -> bool:
    """Store the batch; ``False`` where the same form, sent twice at once, stored it in between."""
    statement = upsert(firing.session, Batch.__table__).values(
        key=firing.batch_key,
        workflow=workflow.name,
        transition=transition.name,
        actor_id=firing.actor.account_id,
        delegation_id=firing.actor.principal.delegation_id if firing.actor.principal else None,
        reason=firing.reason,
        parameters=_storable(firing.parameters),
        request_id=firing.request_id,
        state=state,
        created_at=firing.moment,
        touched_at=firing.moment,
    )
    opened = statement.on_conflict_do_nothing(index_elements=["key"]).returning(Batch.__table__.c.id)
    return firing.session.scalar(opened) is not None


def _storable(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in parameters.items()}


def carry_out(
    firing: Firing, workflow: Workflow, transition: Transition, chosen: Select[int], expected: int
) -> None:
    """Journal, move and post the rows that passed.

    Args:
        firing: who, when, why.
        workflow: the table.
        transition: its line.
        chosen: keys of the rows marked ``done``.
        expected: how many these are.

    Raises:
        WorkflowError: they are no longer as many; the caller rolls back.
    """
    table = workflow.model.__table__
    journal(
        firing, table, table.c.id.in_(chosen), transition.name, from_status=workflow.status, to_status=transition.target,
        reason=firing.reason, times=_round(workflow, transition), details=_storable(firing.parameters),
    )  # fmt: skip
    _move(firing, workflow, transition, chosen, expected)
    for effect in transition.effects:
        effect(firing, chosen)


def _round(workflow: Workflow, transition: Transition) -> ColumnElement[int | None]:
    """How often the row's transition was taken back before; NULL for never, and where nobody counts."""
    undoing = workflow.undoing(transition.name)
    if undoing is None or not transition.counted:
        return literal(None, JournalEntry.round.type)
    earlier = JournalEntry.__table__.alias("earlier").c
    number = select(func.count()).where(
        earlier.object_type == workflow.name,
        earlier.object_id == workflow.model.__table__.c.id,
        earlier.action == undoing.name,
    )
    return func.nullif(number.correlate(workflow.model.__table__).scalar_subquery(), 0)


def _move(
    firing: Firing, workflow: Workflow, transition: Transition, chosen: Select[int], expected: int
) -> None:
    table: Any = workflow.model.__table__
    values: dict[str, Any] = {workflow.status.name: transition.target}
    if "status_since" in table.c:
        values["status_since"] = firing.moment
    if "revision" in table.c:
        values["revision"] = table.c.revision + 1
    if transition.sets is not None:
        values.update(transition.sets(firing))
    result: Any = firing.session.execute(
        update(table)
        .where(and_(table.c.id.in_(chosen), workflow.status.in_(sorted(transition.sources))))
        .values(values)
    )
    if result.rowcount != expected:
        raise WorkflowError("部分记录刚刚被他人处理，本次操作未执行，请刷新后重试")
