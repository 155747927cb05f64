"""Marks of employers whose figures changed: written in the transaction of the change, worked off by ``services.statistics_keeping``.

Set-based statements call :func:`mark`. What is changed object by object is marked by the events below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event, insert, inspect, literal, select

from models import Person, StatisticMark
from models.base import now
from permissions.wall import unscoped

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select
    from sqlalchemy.orm import Mapper, Session

COUNTED_BY = ("state", "employer_id", "department_id", "region_code", "authority_id", "title_level_code")
"""Attributes of a person that decide where he is counted."""


def mark(session: Session, employers: Select[Any]) -> None:
    """Mark employers; nobody waits for anybody, because marks are only inserted.

    Args:
        session: where the change is made; the caller commits.
        employers: SELECT of one column, their keys; the same one may come up often.
    """
    found = employers.distinct().subquery("marked").c
    at = literal(now(), StatisticMark.marked_at.type)
    statement = insert(StatisticMark.__table__).from_select(
        ["employer_id", "marked_at"], select(found[0], at)
    )
    with unscoped(session, "a mark says of an employer that something changed, and nothing else"):
        session.execute(statement)


@event.listens_for(Person, "after_insert")
def _came(_mapper: Mapper[Any], connection: Connection, person: Person) -> None:
    _mark_each(connection, {person.employer_id})


@event.listens_for(Person, "after_update")
def _changed(_mapper: Mapper[Any], connection: Connection, person: Person) -> None:
    attributes = inspect(person).attrs
    if any(attributes[name].history.has_changes() for name in COUNTED_BY):
        _mark_each(connection, {person.employer_id, *attributes.employer_id.history.deleted})


def _mark_each(connection: Connection, employers: set[int]) -> None:
    moment = now()
    connection.execute(
        insert(StatisticMark.__table__),
        [{"employer_id": key, "marked_at": moment} for key in sorted(employers)],
    )
