"""Whether the ledger of hours agrees with the claims and grades behind it and the year summaries beside it, and their rebuilding.

The ledger itself is never repaired: what stands there was decided. Year summaries are derived and can be rebuilt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, literal, or_, select, text, true, update

from models import LedgerEntry, YearSummary
from models.base import now
from models.enums import EntryKind
from models.types import HoursType, whole_tenths
from permissions.wall import unscoped
from services import ledger_sources, statistics_keeping
from workflow.postings import FIGURES, is_complete, judge, store, totals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Row, Select
    from sqlalchemy.orm import Session

MOST = 100
"""Sentences per check; whoever altered a million rows needs no million sentences."""

summary = YearSummary.__table__.c
posting, reversal = LedgerEntry.__table__.alias("posting").c, LedgerEntry.__table__.alias("reversal").c
MIRRORED = (
    "person_id", "employer_id", "region_code", "authority_id", "credit_year", "subject", "completes_specialty_year",
    "source_type", "source_id", "round",
)  # fmt: skip


class LedgerError(Exception):
    """The summaries cannot be rebuilt from this ledger; the text is a Chinese sentence."""


def verify(session: Session, most: int = MOST) -> list[str]:
    """Return what is wrong, one Chinese sentence for each row; nothing when all is well.

    Every check is one statement, which sees one moment; postings may go on meanwhile.

    Args:
        session: any session; the work runs unscoped.
        most: sentences per check before the rest is only mentioned.
    """
    with unscoped(session, "the ledger is checked as a whole"):
        return [
            sentence
            for statement, describe in _checks()
            for sentence in _sentences(session, statement, describe, most)
        ]


def rebuild(session: Session) -> int:
    """Compute all year summaries anew from the ledger; the caller commits.

    Rows of people and years that stay keep their key and the employer, region and authority they were opened with; so do
    rows of zeros, which say that nothing is credited yet. Those with hours and without an entry go.

    Returns:
        Number of summaries.

    Raises:
        LedgerError: the ledger gives a person fewer than no hours in a year.
    """
    with unscoped(session, "summaries are rebuilt as a whole"):
        if session.get_bind().dialect.name == "postgresql":
            # Nobody posts in between: a summary that appears now would be counted twice.
            session.execute(text("LOCK TABLE year_summary IN SHARE ROW EXCLUSIVE MODE"))
        sums = totals(true()).subquery()
        negative = or_(*(sums.c[name] < 0 for name in FIGURES))
        row = session.execute(select(sums.c.person_id, sums.c.credit_year).where(negative).limit(1)).first()
        if row is not None:
            raise LedgerError(
                f"人员 {row.person_id} {row.credit_year} 年度的台账合计为负数，请先用 ledger verify 查出并更正分录"
            )
        session.execute(
            delete(YearSummary).where(_without_entries(), _with_figures()),
            execution_options={"synchronize_session": False},
        )
        moment = now()
        session.execute(
            update(YearSummary).values(
                public_hours=0, specialty_hours=0, specialty_completions=0, updated_at=moment
            ),
            execution_options={"synchronize_session": False},
        )
        store(session, true(), moment, sign=1)
        judge(session, true())
        statistics_keeping.rebuild(session)
        count = session.scalar(select(func.count()).select_from(YearSummary)) or 0
    session.expire_all()
    return count


def _without_entries() -> ColumnElement[bool]:
    entry = LedgerEntry.__table__.c
    sources = select(entry.id).where(
        entry.person_id == summary.person_id, entry.credit_year == summary.credit_year
    )
    return ~sources.correlate(YearSummary.__table__).exists()


def _with_figures() -> ColumnElement[bool]:
    return or_(*(summary[name] != literal(0, HoursType) for name in FIGURES), summary.complete.is_(True))


Check = tuple["Select[Any]", "Callable[[Row[Any]], str]"]


def _checks() -> Iterator[Check]:
    yield _summaries_of_entries()
    yield _summaries_without_entries()
    yield _verdicts()
    yield from ledger_sources.checks()
    yield _reversals()
    yield _rounds()


def _sentences(
    session: Session, statement: Select[Any], describe: Callable[[Row[Any]], str], most: int
) -> Iterator[str]:
    rows = session.execute(statement.limit(most + 1)).all()
    yield from map(describe, rows[:most])
    if len(rows) > most:
        yield f"以上问题超过 {most} 处，其余未列出"


def _summaries_of_entries() -> Check:
    sums = totals(true()).subquery()
    joined = and_(summary.person_id == sums.c.person_id, summary.credit_year == sums.c.credit_year)
    wrong = or_(
        summary.id.is_(None),
        *(whole_tenths(sums.c[name]) != whole_tenths(summary[name]) for name in FIGURES[:2]),
        sums.c.specialty_completions != summary.specialty_completions,
    )
    statement = (
        select(
            sums.c.person_id,
            sums.c.credit_year,
            summary.id,
            *(sums.c[name].label(f"ledger_{name}") for name in FIGURES),
            *(summary[name] for name in FIGURES),
        )
        .select_from(sums.outerjoin(YearSummary.__table__, joined))
        .where(wrong)
        .order_by(sums.c.person_id, sums.c.credit_year)
    )

    def describe(row: Row[Any]) -> str:
        whose = f"人员 {row.person_id} {row.credit_year} 年度"
        ledger = f"公需 {row.ledger_public_hours}、专业 {row.ledger_specialty_hours} 学时"
        ledger += f"、视为完成 {row.ledger_specialty_completions} 次"
        if row.id is None:
            return f"{whose}没有年度完成情况，台账合计{ledger}"
        stored = f"公需 {row.public_hours}、专业 {row.specialty_hours} 学时"
        return f"{whose}的年度完成情况为{stored}、视为完成 {row.specialty_completions} 次，台账合计{ledger}"

    return statement, describe


def _summaries_without_entries() -> Check:
    statement = (
        select(summary.person_id, summary.credit_year)
        .where(_without_entries(), _with_figures())
        .order_by(summary.person_id, summary.credit_year)
    )
    return (
        statement,
        lambda row: f"人员 {row.person_id} {row.credit_year} 年度的年度完成情况有学时，台账中却没有分录",
    )


def _verdicts() -> Check:
    statement = (
        select(summary.person_id, summary.credit_year, summary.complete)
        .where(summary.complete != is_complete())
        .order_by(summary.person_id, summary.credit_year)
    )

    def describe(row: Row[Any]) -> str:
        stored, right = ("已完成", "未完成") if row.complete else ("未完成", "已完成")
        return f"人员 {row.person_id} {row.credit_year} 年度记为{stored}，按学时要求应为{right}"

    return statement, describe


def _reversals() -> Check:
    wrong = or_(
        posting.id.is_(None),
        posting.kind != EntryKind.POSTING,
        whole_tenths(reversal.hours + posting.hours) != literal(0, HoursType),
        *(reversal[name].is_distinct_from(posting[name]) for name in MIRRORED),
    )
    statement = (
        select(reversal.id, reversal.reversal_of_id)
        .select_from(reversal.id.table.outerjoin(posting.id.table, posting.id == reversal.reversal_of_id))
        .where(reversal.kind == EntryKind.REVERSAL, wrong)
        .order_by(reversal.id)
    )
    return statement, lambda row: f"台账分录 {row.id} 与它冲销的分录 {row.reversal_of_id} 不对应"


def _rounds() -> Check:
    table = LedgerEntry.__table__
    entry = table.c
    earlier = (
        func.row_number().over(partition_by=(entry.source_type, entry.source_id), order_by=entry.id) - 1
    ).label("earlier")
    counted = (
        select(entry.id, entry.source_id, entry.round, earlier)
        .where(entry.kind == EntryKind.POSTING)
        .subquery()
    )
    statement = select(counted).where(counted.c.round != counted.c.earlier).order_by(counted.c.id)
    return (
        statement,
        lambda row: f"台账分录 {row.id}（来源 {row.source_id}）的入账次数为 {row.round}，应为 {row.earlier}",
    )
