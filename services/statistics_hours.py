"""统计分析, hours: what was posted to the ledger for a year, by kind and by month, each split into the two subjects."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, false, func, literal, select

from models import Claim, HoursCount, LedgerEntry
from models.enums import SourceType, Subject
from models.types import HoursSumType, whole_tenths
from permissions import engine as permissions
from permissions.verbs import Verb
from services import reading, region_standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

TRAINING = "training"
"""What takes the place of a kind's key where hours come from a training class."""
TITLES = {"kind": "类型", "month": "入账月份"}
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Posted:
    """One line: hours posted, reversals taken off.

    Attributes:
        key: of the kind, :data:`TRAINING`, or the month as ``2026-03``; ``None`` of the sum.
        name: what it is called.
        entries: number of ledger entries, reversals among them.
        public: hours of 公需.
        specialty: hours of 专业.
    """

    key: Any
    name: str
    entries: int
    public: Decimal
    specialty: Decimal

    @property
    def total(self) -> Decimal:
        """Return both together."""
        return self.public + self.specialty


@dataclass(frozen=True, slots=True)
class HoursTable:
    """One table of hours: which, its lines and their sum."""

    code: str
    lines: tuple[Posted, ...]
    total: Posted

    @property
    def by(self) -> str:
        """What a line is."""
        return TITLES[self.code]


def table(session: Session, actor: Actor, code: str, year: int, region: str | None = None) -> HoursTable:
    """Return the hours of a credit year by kind or by month of posting.

    Args:
        session: the actor's scoped session.
        actor: whose scope; employer, region and authority are those of the time, as in the ledger.
        code: a key of :data:`TITLES`.
        year: the credit year.
        region: code of a city or county inside the scope, to look at it alone.
    """
    column: Any = HoursCount.kind_id if code == "kind" else HoursCount.month
    rows = session.execute(
        select(column, func.sum(HoursCount.entries), _of(Subject.PUBLIC), _of(Subject.SPECIALTY))
        .where(
            HoursCount.credit_year == year,
            permissions.rows(actor, Verb.VIEW, HoursCount),
            region_standing.standing(session, actor.regions, region).rows(HoursCount.region_code),
        )
        .group_by(column)
    ).all()
    found = {key: (int(entries), public, specialty) for key, entries, public, specialty in rows}
    if code == "kind":
        found = _merged(session, found)
        names: dict[Any, str] = {**reading.kind_labels(session), None: "培训班"}
    else:
        names = {month: f"{month[:4]} 年 {int(month[5:])} 月" for month in sorted(found)}
    lines = tuple(
        Posted(TRAINING if key is None else key, name, *found[key])
        for key, name in names.items()
        if key in found
    )
    total = Posted(
        None,
        "合计",
        sum(line.entries for line in lines),
        sum((line.public for line in lines), NOTHING),
        sum((line.specialty for line in lines), NOTHING),
    )
    return HoursTable(code, lines, total)


Figures = tuple[int, Decimal, Decimal]


def _merged(session: Session, found: Mapping[Any, Figures]) -> dict[Any, Figures]:
    """Count merged kinds with the one that stands for them now."""
    now, together = reading.merged_kinds(session), dict[Any, Figures]()
    for key, (entries, public, specialty) in found.items():
        so_far = together.get(now.get(key, key), (0, NOTHING, NOTHING))
        together[now.get(key, key)] = (so_far[0] + entries, so_far[1] + public, so_far[2] + specialty)
    return together


def _of(subject: Subject) -> Any:
    hours = case((HoursCount.subject == subject, HoursCount.hours), else_=literal(0, HoursSumType))
    return whole_tenths(func.sum(hours))


def activity_choices(session: Session) -> list[tuple[str, str]]:
    """Return what a ledger entry may stem from: a kind of claim, or a training class."""
    return [*reading.kind_choices(session), (TRAINING, "培训班")]


def of_activity(value: str) -> ColumnElement[bool]:
    """Return the condition of ledger entries that stem from what was chosen among :func:`activity_choices`."""
    if value == TRAINING:
        return LedgerEntry.source_type == SourceType.GRADE
    if not value.isdecimal():
        return false()
    claim = Claim.__table__.c
    claims = select(claim.id).where(claim.kind_id.in_(reading.kinds_meaning(int(value)))).correlate(None)
    return and_(LedgerEntry.source_type == SourceType.CLAIM, LedgerEntry.source_id.in_(claims))
