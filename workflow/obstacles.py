"""What stands in the way of a transition of one row: all of it, where a firing stops at the first.

Every guard is the expression the firing itself would ask. What the form of a transition asks for is not typed yet: guards are
asked as if its optional fields stayed empty, and not at all where it cannot do without them (:data:`NEEDED`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import false, func, select

from models.base import now
from permissions.wall import unscoped
from workflow.core import Firing, Guard, Transition, Workflow
from workflow.tables import WORKFLOWS
from workflow.undo import BATCH

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import Labelled
    from permissions.actor import Actor
    from permissions.verbs import Verb


NEEDED = frozenset({BATCH, "left_on"})
"""Parameters without which guards have no answer: which batch is taken back, and the day somebody left."""


@dataclass(frozen=True, slots=True)
class Obstacles:
    """A transition that needs the verb asked about, and what stands in its way.

    Attributes:
        transition: the line of the workflow table.
        starts_here: whether it starts from the row's state.
        failing: the guards that do not hold, in the order their sentences are shown; empty where it does not start here.
        asked: whether the guards could be asked.
    """

    transition: Transition
    starts_here: bool
    failing: tuple[Guard, ...]
    asked: bool


def workflow_of(model: type[Base]) -> Workflow | None:
    """Return the workflow that moves rows of a table, where there is one."""
    return next((workflow for workflow in WORKFLOWS.values() if workflow.model is model), None)


def obstacles(
    session: Session,
    actor: Actor,
    verb: Verb,
    model: type[Base],
    key: int,
    state: Labelled | None,
    *,
    today: date,
) -> tuple[Obstacles, ...]:
    """Return every transition that needs ``verb``, with the guards that fail for this row.

    Args:
        session: any session.
        actor: who would fire it.
        verb: what the permission table must grant.
        model: the row's table.
        key: the row's key.
        state: the row's status.
        today: the calendar day years open and close by.
    """
    workflow = workflow_of(model)
    steps = [step for step in workflow.transitions if step.needs is verb] if workflow else []
    firing = Firing(session, actor, now(), today, ids=(key,))
    return tuple(_obstacles(firing, model, step, starts_here=state in step.sources) for step in steps)


def _obstacles(firing: Firing, model: type[Base], step: Transition, *, starts_here: bool) -> Obstacles:
    asked = starts_here and NEEDED.isdisjoint(step.parameters)
    return Obstacles(step, starts_here, _failing(firing, model, step) if asked else (), asked)


def _failing(firing: Firing, model: type[Base], step: Transition) -> tuple[Guard, ...]:
    if not step.guards:
        return ()
    table = model.__table__
    asked = [func.coalesce(guard.holds(firing), false()).label(guard.name) for guard in step.guards]
    with unscoped(firing.session, "guards are asked as a firing asks them"):
        row = firing.session.execute(select(*asked).where(table.c.id == firing.ids[0])).one_or_none()
    return tuple(guard for guard, holds in zip(step.guards, row or (), strict=bool(row)) if not holds)
