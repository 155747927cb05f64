"""The periods of a year as typed, compared with those stored, and what they mean today; the same for the year and for a region of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, not_, select

from models import Claim, CreditYear, GradeSheet, RegionPeriod, TrainingPlan
from models.base import label_of, today
from models.enums import ClaimStatus, OrganizationKind, PlanStatus, SheetStatus
from permissions.actor import region_range
from permissions.scopes import within
from permissions.wall import unscoped
from services.errors import InputError
from services.typed_text import LINE_LENGTH, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

DAYS = ("claims_open", "claims_close", "approvals_open", "approvals_close")
LABELS = {name: label_of(CreditYear, name) for name in (*DAYS, "note")}
WAITING_TO_CLAIM = {
    ClaimStatus.DRAFT: "草稿", ClaimStatus.RETURNED: "退回修改", ClaimStatus.SUBMITTED: "待单位审核", ClaimStatus.ACCEPTED: "待申报",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Periods:
    """When a year may be claimed for and approved; every day belongs to its period."""

    claims_open: date
    claims_close: date
    approvals_open: date
    approvals_close: date
    note: str = ""


def read(typed: Mapping[str, str]) -> Periods:
    """Return the periods a form describes.

    Raises:
        InputError: by field.
    """
    errors: dict[str, str] = {}
    days: dict[str, date] = {}
    for name in DAYS:
        try:
            days[name] = date.fromisoformat((typed.get(name) or "").strip())
        except ValueError:
            errors[name] = f"“{LABELS[name]}”请按 2026-01-31 的形式填写日期"
    note = visible(typed.get("note") or "")
    if len(note) > LINE_LENGTH:
        errors["note"] = f"“{LABELS['note']}”最多 {LINE_LENGTH} 个字，请删减"
    for first, last in (DAYS[:2], DAYS[2:]):
        if not errors.keys() & {first, last} and days[last] < days[first]:
            errors[last] = f"“{LABELS[last]}”不能早于“{LABELS[first]}”（{days[first]}）"
    if not errors and days["approvals_close"] < days["claims_close"]:
        errors["approvals_close"] = "“审批截止”不能早于“申报截止”，否则最后申报的没有时间审批"
    if errors:
        raise InputError(errors)
    return Periods(**days, note=note)


def changes(row: CreditYear | RegionPeriod | Periods, new: Periods) -> list[tuple[str, str, str]]:
    """Return (label, old, new) of what differs."""
    return [
        (LABELS[part.name], str(getattr(row, part.name)), str(getattr(new, part.name)))
        for part in fields(new)
        if getattr(row, part.name) != getattr(new, part.name)
    ]


def meaning(
    session: Session, year: int, new: Periods | CreditYear | RegionPeriod, region_code: str | None = None
) -> list[str]:
    """Return what periods mean for a year, one sentence each: what is open today, and what waits in what is not.

    Args:
        session: any session; counted are all records, without names.
        year: the year.
        new: its periods, as stored or as typed.
        region_code: of the region they hold for; ``None`` for the year's own. What lies in regions with a period of
            their own is not counted.
    """
    day = today()
    with unscoped(session, "counts without names, for whoever opens and closes years"):
        concerned = _Concerned(region_code, _others(session, year, region_code))
        return [
            *_of_claims(session, year, new, day, concerned),
            *_of_approvals(session, year, new, day, concerned),
        ]


@dataclass(frozen=True, slots=True)
class _Concerned:
    """The records a period holds for.

    Attributes:
        region_code: of its region; ``None`` for everywhere.
        others: regions that have a period of their own.
    """

    region_code: str | None
    others: list[str]

    def __call__(self, column: Any) -> ColumnElement[bool]:
        inside = [within(column, span(self.region_code))] if self.region_code else []
        return and_(True, *inside, *(not_(within(column, span(code))) for code in self.others))  # noqa: FBT003


def span(region_code: str) -> tuple[str, str]:
    """Return the half-open range of codes of a region and everything below it."""
    found = region_range(region_code, OrganizationKind.BUREAU)
    return found or (region_code, region_code)


def _others(session: Session, year: int, region_code: str | None) -> list[str]:
    codes = session.scalars(select(RegionPeriod.region_code).where(RegionPeriod.year == year))
    first, last = span(region_code) if region_code else ("", "~")
    return [code for code in codes if code != region_code and first <= code < last]


def _of_claims(
    session: Session, year: int, new: Periods | CreditYear | RegionPeriod, day: date, concerned: _Concerned
) -> Iterator[str]:
    yield f"申报：{_state(new.claims_open, new.claims_close, day)}"
    counted = session.execute(
        select(Claim.status, func.count(Claim.id))
        .where(Claim.credit_year == year, Claim.status.in_(WAITING_TO_CLAIM), concerned(Claim.region_code))
        .group_by(Claim.status)
    )
    numbers = {status: number for status, number in counted}  # noqa: C416  (rows, not pairs)
    if numbers:
        told = "、".join(
            f"{label} {numbers[status]:,} 条"
            for status, label in WAITING_TO_CLAIM.items()
            if status in numbers
        )
        end = (
            "现在不能提交或申报"
            if not new.claims_open <= day <= new.claims_close
            else f"{new.claims_close} 之后不能再提交或申报"
        )
        yield f"该年度还没有申报到审批机构的：{told}；{end}"


def _of_approvals(
    session: Session, year: int, new: Periods | CreditYear | RegionPeriod, day: date, concerned: _Concerned
) -> Iterator[str]:
    yield f"审批：{_state(new.approvals_open, new.approvals_close, day)}"
    waiting = [
        (
            label,
            session.scalar(
                select(func.count(model.id)).where(
                    model.credit_year == year, model.status == status, concerned(model.region_code)
                )
            ),
        )
        for model, label, status in (
            (Claim, "继续教育申报", ClaimStatus.DECLARED),
            (TrainingPlan, "培训计划", PlanStatus.SUBMITTED),
            (GradeSheet, "成绩单", SheetStatus.SUBMITTED),
        )
    ]
    told = "、".join(f"{label} {number:,} 条" for label, number in waiting if number)
    if told:
        shut = not new.approvals_open <= day <= new.approvals_close
        end = "现在不能审批，一直等到审批重新开放" if shut else f"{new.approvals_close} 之后不能再审批"
        yield f"该年度正在等待审批的：{told}；{end}"


def _state(first: date, last: date, day: date) -> str:
    if day < first:
        return f"还没有开始，{first} 开始，{last} 截止"
    if day > last:
        return f"已于 {last} 截止"
    return f"正在进行，{last} 截止（还有 {(last - day).days} 天）"
