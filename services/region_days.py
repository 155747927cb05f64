"""The days of a year that hold in a region, in words: told to whoever finds the year closed (``workflow.periods`` decides)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import joinedload

from models import CreditYear, Grade, RegionPeriod
from models.base import today
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services.validity import region_name
from workflow import periods, selection

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from permissions.actor import Actor


class Side(NamedTuple):
    """What a year is open for: its word, and the columns of its first and last day."""

    label: str
    opens: str
    closes: str


grade = Grade.__table__.c
CLAIMS = Side("申报期", "claims_open", "claims_close")
APPROVALS = Side("审批期", "approvals_open", "approvals_close")
OF_ROWS = "row_approvals_closed"
"""The guard of a sheet that asks for the years of its rows: each student's region has its own."""
BY_OUTCOME = {
    "claims_closed": CLAIMS,
    "year_closed": CLAIMS,
    "approvals_closed": APPROVALS,
    "year_over": APPROVALS,
    OF_ROWS: APPROVALS,
}
"""What the guards of ``workflow`` that ask for an open year are about, by their names."""
MOST_YEARS = 2
"""Years a form tells of, the newest: those before are over for everybody."""


def holding(session: Session, actor: Actor, outcome: str, model: Any, ids: Sequence[int]) -> list[str]:
    """Return the days that hold for rows that found their year closed, a sentence for each year and region.

    Args:
        session: any session.
        actor: who is told; of rows he does not see nothing is said.
        outcome: what became of the rows, or would; nothing is said of any but those of :data:`BY_OUTCOME`.
        model: the table of the rows.
        ids: their keys, as many as there are.
    """
    side = BY_OUTCOME.get(outcome)
    if side is None:
        return []
    chosen = selection.keys(session, ids)
    if outcome == OF_ROWS:  # students of other regions may well be open
        is_open = periods.approvals_open(today(), grade.credit_year, grade.region_code)
        model, among = Grade, and_(grade.sheet_id.in_(chosen), ~is_open)
    else:
        among = model.id.in_(chosen)
    rows = select(model.credit_year, model.region_code).where(
        among, permissions.rows(actor, Verb.VIEW, model)
    )
    with unscoped(session, "which days hold is asked as a firing asks it, of rows the actor sees"):
        wanted = {(year, region) for year, region in session.execute(rows.distinct())}
    return sorted(set(told(session, wanted, side).values()))


def told(
    session: Session, wanted: Collection[tuple[int, str | None]], side: Side
) -> dict[tuple[int, str | None], str]:
    """Return the days that hold for years in regions, as sentences, asked for together.

    Args:
        session: any session; days are public.
        wanted: (year, code of the region); without a region the year's own days hold.
        side: what the year is open for.
    """
    years = {year for year, _code in wanted}
    own = _own(session, years, {code for _year, code in wanted if code})
    general = {row.year: row for row in session.scalars(select(CreditYear).where(CreditYear.year.in_(years)))}
    found = {}
    for year, code in wanted:
        nearest = next((own[year, above] for above in _above(code) if (year, above) in own), None)
        row = nearest or general.get(year)
        if row is not None:
            whose = f"{region_name(nearest.region)}自己的日期" if nearest else "全省统一的日期"
            found[year, code] = f"{year} 年度的{_days(row, side)}（{whose}）"
    return found


def closed_years(session: Session, day: date, region_code: str | None) -> str:
    """Return which years are closed for claims because a region has its own days, and which those are; empty for none."""
    if region_code is None:
        return ""
    years = range(day.year - MOST_YEARS + 1, day.year + 1)
    own = _own(session, years, {region_code})
    sentences = []
    for year in reversed(years):
        row = next((own[year, above] for above in _above(region_code) if (year, above) in own), None)
        if row is not None and not row.claims_open <= day <= row.claims_close:
            sentences.append(f"{year} 年度现在不开放：{region_name(row.region)}自己的{_days(row, CLAIMS)}")
    return "；".join(sentences)


def _own(session: Session, years: Iterable[int], codes: Iterable[str]) -> dict[tuple[int, str], RegionPeriod]:
    rows = session.scalars(
        select(RegionPeriod)
        .where(
            RegionPeriod.year.in_(years),
            RegionPeriod.region_code.in_({one for code in codes for one in _above(code)}),
        )
        .options(joinedload(RegionPeriod.region))
    )
    return {(row.year, row.region_code): row for row in rows}


def _above(code: str | None) -> Iterator[str]:
    """Yield a region, its city and its province (GB/T 2260: two digits a level), the nearest first."""
    if code:
        yield from dict.fromkeys((code, f"{code[:4]}00", f"{code[:2]}0000"))


def _days(row: CreditYear | RegionPeriod, side: Side) -> str:
    return f"{side.label}为 {getattr(row, side.opens)} 至 {getattr(row, side.closes)}"
