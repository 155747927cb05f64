"""Keeps the counts of 统计分析: from marks, portion by portion, or all of them anew.

Docs: ``docs/decisions/0028-statistics-from-maintained-counts.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, null, select, text, true

from models import (
    Claim,
    HoursCount,
    LedgerEntry,
    PeopleCount,
    Person,
    StatisticMark,
    WaitingCount,
    YearSummary,
)
from models.enums import PersonState, SourceType
from models.types import china_day, whole_tenths
from permissions.wall import unscoped
from services import year_rows
from services.statistics_waiting import STAGES
from workflow import marks  # noqa: F401  (whoever keeps counts hears of people changed one by one)
from workflow.selection import keys

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

PORTION = 100
"""Organisations brought up to date in one transaction: on SQLite nobody else writes meanwhile."""
MONTH = 7  # characters of an ISO day that are year and month

person, summary = Person.__table__.c, YearSummary.__table__.c
entry, claim = LedgerEntry.__table__.c, Claim.__table__.c
marked = StatisticMark.__table__.c
COUNTS = (PeopleCount, HoursCount, WaitingCount)
people_count, hours_count, waiting_count = (model.__table__.c for model in COUNTS)
WAITING = {stage.status: stage.office for stage in STAGES.values() if stage.model is Claim}
"""States a claim waits in, and the column of whose turn it is."""
PLACE = ("employer_id", "department_id", "region_code", "authority_id", "title_level_code")
OF_ENTRY = ("employer_id", "region_code", "authority_id", "credit_year")


def as_of(session: Session) -> datetime | None:
    """Return since when something is not counted yet; ``None`` where the counts are what the tables say now."""
    with unscoped(session, "one moment, of no organisation in particular"):
        since: datetime | None = session.scalar(select(func.min(marked.marked_at)))
    return since


def refresh(session: Session) -> int:
    """Bring the next marked organisations up to date; the caller commits, and calls again until there are none.

    Their people get the rows of open years they have not yet. Marks go first and the counting statements come after them:
    what is committed in between is counted and stays marked, so that nothing is ever missed.

    Returns:
        Number of organisations.
    """
    with unscoped(session, "counts of every organisation"):
        _alone(session)
        next_ones = select(marked.organization_id).order_by(marked.organization_id).distinct().limit(PORTION)
        organizations = list(session.scalars(next_ones))
        if organizations:
            chosen = keys(session, organizations)
            session.execute(delete(StatisticMark.__table__).where(marked.organization_id.in_(chosen)))
            year_rows.begin(session, chosen)
            _count(session, chosen)
    return len(organizations)


def rebuild(session: Session) -> int:
    """Make all counts anew; the caller commits.

    Returns:
        Number of counts.
    """
    with unscoped(session, "all counts"):
        _alone(session)
        session.execute(delete(StatisticMark.__table__))
        _count(session, None)
        return sum(session.scalar(select(func.count()).select_from(model)) or 0 for model in COUNTS)


def _alone(session: Session) -> None:
    """Let one at a time count; readers are not held up. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE people_count IN SHARE ROW EXCLUSIVE MODE"))


def _count(session: Session, organizations: Select[int] | None) -> None:
    def among(column: Any) -> ColumnElement[bool]:
        return true() if organizations is None else column.in_(organizations)

    for counted in (people_count.employer_id, hours_count.employer_id, waiting_count.office_id):
        session.execute(delete(counted.table).where(among(counted)))
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
    columns = ["office_id", "region_code", "status", "since", "claims"]
    for status, office in WAITING.items():
        grouped = [office, claim.region_code, claim.status, china_day(claim.status_since)]
        waits = (claim.status == status, office.is_not(None), among(office))
        claims = select(*grouped, func.count()).where(*waits).group_by(*grouped)
        session.execute(insert(WaitingCount.__table__).from_select(columns, claims))
