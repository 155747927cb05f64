"""Marks of organisations whose figures changed: written in the transaction of the change, worked off by ``services.statistics_keeping``.

Set-based statements call :func:`mark`. What is changed object by object is marked by the events below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event, insert, inspect, literal, or_, select

from models import Organization, Person, StatisticMark
from models.base import now
from permissions.wall import unscoped

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select
    from sqlalchemy.orm import Mapper, Session

COUNTED_BY = ("state", "employer_id", "department_id", "region_code", "authority_id", "title_level_code")
"""Attributes of a person that decide where he is counted."""


def mark(session: Session, organizations: Select[Any]) -> None:
    """Mark organisations; nobody waits for anybody, because marks are only inserted.

    Args:
        session: where the change is made; the caller commits.
        organizations: SELECT of one column, their keys; the same one may come up often.
    """
    found = organizations.distinct().subquery("marked").c
    at = literal(now(), StatisticMark.marked_at.type)
    statement = insert(StatisticMark.__table__).from_select(
        ["organization_id", "marked_at"], select(found[0], at)
    )
    with unscoped(session, "a mark says of an organisation that something changed, and nothing else"):
        session.execute(statement)


def mark_deciders(session: Session, employers: Select[Any]) -> None:
    """Mark the offices that claims of these employers wait for: 同级人社部门 and 行业主管部门.

    Args:
        session: where the change is made; the caller commits.
        employers: SELECT of one column, their keys.
    """
    employer, office = Organization.__table__.alias("employer").c, Organization.__table__.c
    theirs = (
        select(column).where(employer.id.in_(employers))
        for column in (employer.bureau_id, employer.authority_id)
    )
    mark(session, select(office.id).where(or_(*(office.id.in_(keys) for keys in theirs))))


@event.listens_for(Person, "after_insert")
def _came(_mapper: Mapper[Any], connection: Connection, person: Person) -> None:
    _mark_each(connection, {person.employer_id})


@event.listens_for(Person, "after_update")
def _changed(_mapper: Mapper[Any], connection: Connection, person: Person) -> None:
    attributes = inspect(person).attrs
    if any(attributes[name].history.has_changes() for name in COUNTED_BY):
        _mark_each(connection, {person.employer_id, *attributes.employer_id.history.deleted})


def _mark_each(connection: Connection, organizations: set[int]) -> None:
    moment = now()
    connection.execute(
        insert(StatisticMark.__table__),
        [{"organization_id": key, "marked_at": moment} for key in sorted(organizations)],
    )
