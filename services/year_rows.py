"""Person-years in which nothing is credited yet: a row of zeros for everybody in service and every year that takes claims.

Without it whoever lacks everything would stand in no list of years. The worker puts the rows there: within a minute for people
who were changed (their employer is marked), at night for a year that has opened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, literal, select, true

from models import CreditYear, Person, YearSummary
from models.base import now, today
from models.enums import PersonState
from models.types import HoursType
from permissions.wall import unscoped
from workflow import periods
from workflow.postings import FIGURES, REQUIRED, judge, upsert

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

person, year, summary = Person.__table__.c, CreditYear.__table__.c, YearSummary.__table__.c


def begin(session: Session, organizations: Select[Any] | None = None, *, day: date | None = None) -> int:
    """Put the missing rows there, judged like any other; the caller commits.

    Args:
        session: any session.
        organizations: SELECT of the employers whose people are looked at; everybody's where not given.
        day: the calendar day in China years are open by; today where not given.

    Returns:
        Number of new rows.
    """
    on, moment = day or today(), literal(now(), YearSummary.updated_at.type)
    nothing = literal(0, HoursType)
    there = select(summary.id).where(summary.person_id == person.id, summary.credit_year == year.year)
    values: dict[str, Any] = {
        "person_id": person.id, "credit_year": year.year, "employer_id": person.employer_id,
        "region_code": person.region_code, "authority_id": person.authority_id,
        **dict.fromkeys((*FIGURES, *REQUIRED), nothing), "complete": literal(value=False), "updated_at": moment,
    }  # fmt: skip
    missing = (
        select(*values.values())
        .select_from(Person.__table__.join(CreditYear.__table__, year.year <= on.year))
        .where(
            person.state == PersonState.IN_SERVICE,
            true() if organizations is None else person.employer_id.in_(organizations),
            periods.claims_open(on, year.year, person.region_code),
            ~there.exists(),
        )
        .order_by(person.id, year.year)  # as hours are posted
    )
    with unscoped(session, "people of every employer"):
        statement = upsert(session, YearSummary.__table__).from_select(list(values), missing)
        made: Any = session.execute(
            statement.on_conflict_do_nothing(index_elements=["person_id", "credit_year"]),
            execution_options={"preserve_rowcount": True},
        )
        number = int(made.rowcount)
        if number:
            new = and_(summary.updated_at == moment, summary.required_total == nothing)
            theirs = true() if organizations is None else summary.employer_id.in_(organizations)
            judge(session, and_(new, theirs))
    return number
