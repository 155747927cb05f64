"""What the frame around every page asks the database, in one statement: who acts, and what waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, bindparam, func, literal, select

from models import Account, Delegation, Notice, Organization
from models.base import today
from permissions import delegating
from permissions import engine as permissions
from permissions.scopes import tied
from permissions.verbs import Verb
from services import listing
from services.queues import QUEUES, among, condition

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an actor stands.

    Attributes:
        organization: the organisation administered, or a person's employer.
        person: the name of who acts.
        unread: messages not read yet.
        delegations: by how many one may decide in somebody's place today.
        waiting: rows in each queue by its endpoint, counted no further than ``listing.CAP`` + 1.
    """

    organization: str = ""
    person: str = ""
    unread: int = 0
    delegations: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)


def standing(session: Session, actor: Actor, endpoints: Iterable[str]) -> Standing:
    """Return where the actor stands, whatever the length of the menu in one statement.

    Args:
        session: the actor's scoped session.
        actor: who acts.
        endpoints: the grids of the menu; those that are no queue are passed over.
    """
    statement, queues = _question(actor, tuple(endpoints))
    organization, person, unread, delegations, *waiting = tuple(session.execute(statement).one())
    return Standing(
        organization or "", person or "", unread, delegations, dict(zip(queues, waiting, strict=True))
    )


def _to_act_by(actor: Actor) -> ColumnElement[int]:
    """Return the number of delegations by which the actor, as himself, may act today."""
    if actor.principal is not None or not permissions.may(actor, Verb.WITHDRAW, Delegation):
        return literal(0)
    # The statement is kept for the actor; the day is asked for at each execution.
    day = bindparam("day", callable_=today, type_=Date(), unique=True)
    mine = tied(Delegation.delegate_id, actor.account_id)
    return select(func.count(Delegation.id)).where(mine, delegating.going_on(day)).scalar_subquery()


@lru_cache(permissions.KNOWN_ACTORS)
def _question(actor: Actor, endpoints: tuple[str, ...]) -> tuple[Select[Any], list[str]]:
    """Return the statement, and which queues it counts; they follow from actor and menu alone, as its conditions do."""
    queues = among(actor, endpoints)
    office = tied(Organization.id, actor.organization_id or actor.employer_id)
    statement = select(
        select(Organization.name).where(office).scalar_subquery(),
        select(Account.real_name).where(tied(Account.id, actor.account_id)).scalar_subquery(),
        select(func.count(Notice.id)).where(Notice.read_at.is_(None)).scalar_subquery(),
        _to_act_by(actor),
    )
    for endpoint in queues:
        model = QUEUES[endpoint].model
        rows = [permissions.rows(actor, Verb.VIEW, model), condition(endpoint, actor)]
        statement = statement.add_columns(listing.counting(model, rows).scalar_subquery())
    return statement, queues
