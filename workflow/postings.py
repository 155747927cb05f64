"""Year summaries: kept in the transaction that posts to the ledger, and rebuilt from it by the same arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, event, exists, func, inspect, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from models import CreditYear, LedgerEntry, Person, Requirement, YearSummary
from models.base import today
from models.enums import EntryKind, SourceType, Subject, TitleLevelGroup
from models.types import HoursType, whole_tenths
from permissions.wall import ScopedSession
from workflow.marks import mark
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select, Table
    from sqlalchemy.orm import Session

    from workflow.core import Firing

entry, summary, requirement = LedgerEntry.__table__.c, YearSummary.__table__.c, Requirement.__table__.c
person, year = Person.__table__.c, CreditYear.__table__.c
PORTION = 1000
"""People judged by one statement where their keys are its parameters."""
REQUIRED = {
    "required_public": requirement.public_hours,
    "required_specialty": requirement.specialty_hours,
    "required_total": requirement.total_hours,
}
FIGURES = ("public_hours", "specialty_hours", "specialty_completions")
SENIOR_OR_MIDDLE = ("senior", "full_senior", "associate_senior", "middle")
"""Codes of the dictionary ``title_level`` that are 高级 or 中级; everybody else, without a title too, counts as 初级."""


def upsert(session: Session, table: Table) -> Any:
    """Return the INSERT of the session's database that knows ON CONFLICT."""
    build = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    return build(table)


def totals(condition: ColumnElement[bool]) -> Select[Any]:
    """Return hours by person and year over the ledger entries that meet ``condition``, with the key of the last."""
    sign = case((entry.kind == EntryKind.REVERSAL, -1), else_=1)
    public = func.sum(case((entry.subject == Subject.PUBLIC, entry.hours), else_=literal(0, HoursType)))
    specialty = func.sum(case((entry.subject == Subject.SPECIALTY, entry.hours), else_=literal(0, HoursType)))
    completions = func.sum(case((entry.completes_specialty_year.is_(True), sign), else_=0))
    return (
        select(
            entry.person_id,
            entry.credit_year,
            func.max(entry.id).label("last_id"),
            whole_tenths(public).label("public_hours"),
            whole_tenths(specialty).label("specialty_hours"),
            completions.label("specialty_completions"),
        )
        .where(condition)
        .group_by(entry.person_id, entry.credit_year)
    )


def add_to_summaries(firing: Firing, source: SourceType, chosen: Select[int], kind: EntryKind) -> None:
    """Add what this firing posted to the summaries of the people and years concerned.

    The addition happens on the locked summary row (``ON CONFLICT DO UPDATE``), so that two postings for the same
    person and year add up whatever their order.
    """
    posted_now = and_(
        entry.source_type == source,
        entry.source_id.in_(chosen),
        entry.kind == kind,
        entry.posted_at == firing.moment,
    )
    sign = -1 if kind is EntryKind.REVERSAL else 1
    touched = store(firing.session, posted_now, firing.moment, sign=sign)
    judge(firing.session, summary.id.in_(keys(firing.session, touched)))
    concerned = summary.id.in_(keys(firing.session, touched))
    now_with = select(person.employer_id).join(YearSummary.__table__, summary.person_id == person.id)
    mark(firing.session, now_with.where(concerned))
    mark(firing.session, select(entry.employer_id).where(posted_now))


def store(session: Session, condition: ColumnElement[bool], moment: Any, *, sign: int) -> list[int]:
    """Add the totals of the ledger entries that meet ``condition`` to their summaries, in key order.

    Args:
        session: where it runs.
        condition: which entries.
        moment: when.
        sign: -1 where the entries are reversals. Their magnitude is inserted and then subtracted, because the
            database checks the row to be inserted before it finds the one to be updated.

    Returns:
        The keys of these summaries.
    """
    sums, last = totals(condition).subquery(), LedgerEntry.__table__.alias("last_entry")
    at = literal(moment, YearSummary.updated_at.type)
    columns = [
        "person_id", "credit_year", "employer_id", "region_code", "authority_id", "public_hours", "specialty_hours",
        "specialty_completions",
    ]  # fmt: skip
    zero = literal(0, HoursType)
    chosen = (
        select(
            *(sums.c[name] for name in columns[:2]),
            *(last.c[name] for name in columns[2:5]),  # where a transfer divides a year: the later employer
            *(sums.c[name] * sign for name in columns[5:]),
            zero,
            zero,
            zero,
            literal(value=False),
            at,
        )
        .join(last, last.c.id == sums.c.last_id)
        .where(literal(value=True))
        .order_by(sums.c.person_id, sums.c.credit_year)
    )
    statement = upsert(session, YearSummary.__table__).from_select(
        [*columns, "required_public", "required_specialty", "required_total", "complete", "updated_at"],
        chosen,
    )
    new = statement.excluded
    stored = session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "credit_year"],
            set_={
                "public_hours": whole_tenths(summary.public_hours + sign * new.public_hours),
                "specialty_hours": whole_tenths(summary.specialty_hours + sign * new.specialty_hours),
                "specialty_completions": summary.specialty_completions + sign * new.specialty_completions,
                "updated_at": new.updated_at,
            },
        ).returning(summary.id)
    )
    return list(stored.scalars())


def group_of(title_level: Any) -> Any:
    """Return for whom a requirement has to be that holds for people of a title level."""
    return case(
        (title_level.in_(SENIOR_OR_MIDDLE), TitleLevelGroup.SENIOR_MIDDLE.value),
        else_=TitleLevelGroup.JUNIOR.value,
    )


def holds_for(group: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition of a year's requirement that holds for a group: its own, else the one for everybody."""
    own = Requirement.__table__.alias("own_requirement").c
    has_own = select(own.id).where(own.year == requirement.year, own.title_level_group == group)
    return or_(
        requirement.title_level_group == group,
        and_(
            requirement.title_level_group == TitleLevelGroup.ANY,
            ~exists(has_own.correlate_except(own.id.table)),
        ),
    )


def judge(session: Session | Connection, condition: ColumnElement[bool]) -> None:
    """Put the year's requirement on the summaries that meet ``condition`` and decide whether they are complete."""
    needed, required = _required(condition)
    session.execute(
        update(YearSummary.__table__)
        .where(summary.id == needed.c.id)
        .values(complete=is_complete(required), **required)
    )


@event.listens_for(ScopedSession, "after_flush", propagate=True)
def _title_levels_changed(session: ScopedSession, _context: Any) -> None:
    """Judge the open years of people whose title level changed, in the same transaction: a year may ask by it.

    Title levels are written by the ORM alone (one's own profile, the page of one's employer; an import adds people and
    changes none), so that nobody who writes one has to think of it.
    """
    people = sorted(
        row.id
        for row in session.dirty
        if isinstance(row, Person) and inspect(row).attrs.title_level_code.history.has_changes()
    )
    if people:
        judge_open_years(session.connection(), people)


def judge_open_years(connection: Connection, people: Sequence[int]) -> None:
    """Judge some people anew in the years whose requirement could still be changed; certificates stay as they do then.

    Args:
        connection: of the transaction their title levels are changed in.
        people: their keys.
    """
    still_open = select(year.year).where(year.approvals_close >= today())
    for start in range(0, len(people), PORTION):
        theirs = summary.person_id.in_(people[start : start + PORTION])
        judge(connection, and_(theirs, summary.credit_year.in_(still_open)))


def would_change(session: Session, condition: ColumnElement[bool]) -> tuple[int, int]:
    """Return how many of the summaries :func:`judge` would make complete, and how many it would make incomplete."""
    needed, required = _required(condition)
    complete = is_complete(required)
    won, lost = (
        func.count(case((and_(summary.complete.is_(before), complete.is_(not before)), summary.id)))
        for before in (False, True)
    )
    numbers = session.execute(
        select(won, lost).select_from(YearSummary.__table__.join(needed, needed.c.id == summary.id))
    ).one()
    return numbers[0], numbers[1]


def _required(condition: ColumnElement[bool]) -> tuple[Any, dict[str, ColumnElement[Any]]]:
    """Return what is asked of each summary that meets ``condition``, as a subquery and its columns."""
    table = YearSummary.__table__
    fits = and_(requirement.year == summary.credit_year, holds_for(group_of(person.title_level_code)))
    needed = (
        select(
            summary.id,
            *(func.coalesce(column, literal(0, HoursType)).label(name) for name, column in REQUIRED.items()),
        )
        .select_from(
            table.join(Person.__table__, person.id == summary.person_id).outerjoin(
                Requirement.__table__, fits
            )
        )
        .where(condition)
        .subquery("needed")
    )
    return needed, {name: needed.c[name] for name in REQUIRED}


def is_complete(
    required: Mapping[str, ColumnElement[Any]] | None = None,
    figures: Mapping[str, ColumnElement[Any]] | None = None,
) -> ColumnElement[bool]:
    """Return whether a summary meets a requirement (product §5).

    An activity that completes the specialty year counts as the full specialty requirement.

    Args:
        required: by name of :data:`REQUIRED`; what stands on the summary where not given.
        figures: by name of :data:`FIGURES`; those of the summary where not given.
    """
    public, specialty, total = ((required or summary)[name] for name in REQUIRED)
    public_hours, specialty_hours, completions = ((figures or summary)[name] for name in FIGURES)
    completed = completions > 0
    counted = case((and_(completed, specialty_hours < specialty), specialty), else_=specialty_hours)
    return and_(
        total > 0,
        public_hours >= public,
        or_(completed, specialty_hours >= specialty),
        whole_tenths(public_hours + counted) >= total,
    )


def incomplete(person_id: ColumnElement[int], year: ColumnElement[int], around: Table) -> ColumnElement[bool]:
    """Return whether a person's year is not complete (any more), for a statement on ``around``."""
    complete = select(summary.id).where(
        summary.person_id == person_id, summary.credit_year == year, summary.complete.is_(True)
    )
    return ~exists(complete.correlate(around))
