"""Work that waits for who stands in for somebody (docs/decisions/0032): what his home page counts, and whom a reminder reaches besides the office."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Account, Delegation, Organization
from models.enums import AccountStatus, OrganizationStatus
from permissions import delegating
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import listing
from services.queues import QUEUES, among, condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import Base
    from permissions.actor import Actor


@dataclass(frozen=True, slots=True)
class Left:
    """What waits by one delegation.

    Attributes:
        delegation_id: its key.
        giver: office and name of whom one stands in for.
        waiting: rows in each queue that was left, by its endpoint, counted no further than ``listing.CAP`` + 1.
    """

    delegation_id: int
    giver: str
    waiting: Mapping[str, int]


def waiting(
    session: Session, own: Actor, day: date, endpoints_of: Callable[[Actor], Iterable[str]]
) -> list[Left]:
    """Return what waits in the places of those whom somebody stands in for today; one statement for each of them.

    Args:
        session: any session; each place is asked about with the scope of who acts there.
        own: the delegate, as himself.
        day: today in China.
        endpoints_of: the grids an actor's menu leads to.
    """
    with unscoped(session, "each place carries the scope of who acts there"):
        return [_left(session, one, endpoints_of(one)) for one in delegating.in_force(session, own, day)]


def _left(session: Session, actor: Actor, endpoints: Iterable[str]) -> Left:
    queues = among(actor, endpoints)
    statement = select(Account.real_name, Organization.name).join(
        Organization, Organization.id == Account.organization_id
    )
    for endpoint in queues:
        model = QUEUES[endpoint].model
        rows = [permissions.rows(actor, Verb.VIEW, model), condition(endpoint, actor)]
        statement = statement.add_columns(listing.counting(model, rows).scalar_subquery())
    row: Any = session.execute(statement.where(Account.id == actor.in_place_of_id)).one()
    name, office, *counts = row
    principal = actor.principal
    return Left(
        principal.delegation_id if principal else 0,
        f"{office} · {name}",
        dict(zip(queues, counts, strict=True)),
    )


def reached(
    session: Session, model: type[Base], offices: ColumnElement[Any] | Any, day: date
) -> list[tuple[int, int, str, int]]:
    """Return who decides about rows of a table in the place of offices, as (delegate, office, its name, delegation); in one statement.

    Args:
        session: must run unscoped.
        model: what is decided about.
        offices: their keys, as something a column can be in.
        day: the day.
    """
    giver, delegate = Account.__table__.alias("giver"), Account.__table__.alias("delegate")
    office, other = Organization.__table__.alias("office"), Organization.__table__.alias("other")
    left = Delegation.__table__.c
    rows = session.execute(
        select(left.delegate_id, left.office_id, office.c.name, left.id, left.works)
        .select_from(
            Delegation.__table__.join(giver, giver.c.id == left.giver_id)
            .join(delegate, delegate.c.id == left.delegate_id)
            .join(office, office.c.id == left.office_id)
            .join(other, other.c.id == left.delegate_office_id)
        )
        .where(
            left.office_id.in_(offices), delegating.going_on(day),
            giver.c.organization_id == left.office_id, giver.c.status == AccountStatus.ACTIVE,
            delegate.c.organization_id == left.delegate_office_id, delegate.c.status == AccountStatus.ACTIVE,
            office.c.status == OrganizationStatus.ACTIVE, other.c.status == OrganizationStatus.ACTIVE,
        )
        .order_by(left.id)
    )  # fmt: skip
    wanted = {work.value for work, models in delegating.WORKS.items() if model in models}
    return [(who, key, name, by) for who, key, name, by, works in rows if wanted & set(works)]
