"""Keeps the counts of 统计分析: from marks, portion by portion, or all of them anew.

Docs: ``docs/decisions/0028-statistics-from-maintained-counts.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, null, select, text, true

from models import Claim, HoursCount, LedgerEntry, PeopleCount, Person, StatisticMark, YearSummary
from models.enums import PersonState, SourceType
from models.types import china_day, whole_tenths
from permissions.wall import unscoped
from workflow import marks  # noqa: F401  (whoever keeps counts hears of people changed one by one)
from workflow.selection import keys

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

PORTION = 200
"""Employers brought up to date in one transaction: on SQLite nobody else writes meanwhile."""
MONTH = 7  # characters of an ISO day that are year and month

person, summary = Person.__table__.c, YearSummary.__table__.c
entry, claim = LedgerEntry.__table__.c, Claim.__table__.c
waiting = StatisticMark.__table__.c
PLACE = ("employer_id", "department_id", "region_code", "authority_id", "title_level_code")
OF_ENTRY = ("employer_id", "region_code", "authority_id", "credit_year")


def as_of(session: Session) -> datetime | None:
    """Return since when something is not counted yet; ``None`` where the counts are what the tables say now."""
    with unscoped(session, "one moment, of no employer in particular"):
        since: datetime | None = session.scalar(select(func.min(waiting.marked_at)))
    return since


def refresh(session: Session) -> int:
    """Bring the next marked employers up to date; the caller commits, and calls again until there are none.

    Marks go first and the counting statements come after them: what is committed in between is counted and stays marked,
    so that nothing is ever missed.

    Returns:
        Number of employers.
    """
    with unscoped(session, "counts of every employer"):
        _alone(session)
        marked = select(waiting.employer_id).order_by(waiting.employer_id).distinct().limit(PORTION)
        employers = list(session.scalars(marked))
        if employers:
            chosen = keys(session, employers)
            session.execute(delete(StatisticMark.__table__).where(waiting.employer_id.in_(chosen)))
            _count(session, chosen)
    return len(employers)


def rebuild(session: Session) -> int:
    """Make all counts anew; the caller commits.

    Returns:
        Number of counts.
    """
    with unscoped(session, "all counts"):
        _alone(session)
        session.execute(delete(StatisticMark.__table__))
        _count(session, None)
        tables = (PeopleCount.__table__, HoursCount.__table__)
        return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def _alone(session: Session) -> None:
    """Let one at a time count; readers are not held up. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE people_count IN SHARE ROW EXCLUSIVE MODE"))


def _count(session: Session, employers: Select[int] | None) -> None:
    def among(column: Any) -> ColumnElement[bool]:
        return true() if employers is None else column.in_(employers)

    for table in (PeopleCount.__table__, HoursCount.__table__):
        session.execute(delete(table).where(among(table.c.employer_id)))
    here = (person.state == PersonState.IN_SERVICE, among(person.employer_id))
    place = [person[name] for name in PLACE]
    everybody = select(*place, null(), func.count()).where(*here).group_by(*place)
    done = (
        select(*place, summary.credit_year, func.count())
        .join_from(Person.__table__, YearSummary.__table__, summary.person_id == person.id)
        .where(*here, summary.complete.is_(True))
        .group_by(*place, summary.credit_year)
    )
    for people in (everybody, done):
        session.execute(insert(PeopleCount.__table__).from_select([*PLACE, "credit_year", "people"], people))
    month = func.substr(china_day(entry.posted_at), 1, MONTH)
    grouped = [*(entry[name] for name in OF_ENTRY), month, entry.subject, claim.kind_id]
    of_claim = (entry.source_type == SourceType.CLAIM) & (claim.id == entry.source_id)
    hours = (
        select(*grouped, whole_tenths(func.sum(entry.hours)), func.count())
        .select_from(LedgerEntry.__table__.outerjoin(Claim.__table__, of_claim))
        .where(among(entry.employer_id))
        .group_by(*grouped)
    )
    names = [*OF_ENTRY, "month", "subject", "kind_id", "hours", "entries"]
    session.execute(insert(HoursCount.__table__).from_select(names, hours))
