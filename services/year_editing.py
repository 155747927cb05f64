"""年度: opened with one button, its periods changed after a look at what that means (product §5).

A new year takes the periods and, as drafts, the requirements of the year before; publishing those is ``rule_drafts``'.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import Claim, CreditYear, GradeSheet, Requirement, RuleDraft, TrainingPlan
from models.base import label_of, now, today
from models.enums import ClaimStatus, DraftTarget, PlanStatus, SheetStatus
from permissions.wall import unscoped
from services import journal, requirement_editing, rule_drafts
from services.errors import InputError
from services.typed_text import LINE_LENGTH, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

DAYS = ("claims_open", "claims_close", "approvals_open", "approvals_close")
LABELS = {name: label_of(CreditYear, name) for name in (*DAYS, "note")}
AHEAD = 2
"""Years a year may be opened before it begins; nothing is claimed for one that has not begun."""
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


def changes(row: CreditYear, new: Periods) -> list[tuple[str, str, str]]:
    """Return (label, old, new) of what differs."""
    return [
        (LABELS[part.name], str(getattr(row, part.name)), str(getattr(new, part.name)))
        for part in fields(new)
        if getattr(row, part.name) != getattr(new, part.name)
    ]


def meaning(session: Session, year: int, new: Periods | CreditYear) -> list[str]:
    """Return what periods mean for a year, one sentence each: what is open today, and what waits in what is not.

    Args:
        session: any session; counted are all records, without names.
        year: the year.
        new: its periods, as stored or as typed.
    """
    day = today()
    with unscoped(session, "counts without names, for whoever opens and closes years"):
        return [*_of_claims(session, year, new, day), *_of_approvals(session, year, new, day)]


def _of_claims(session: Session, year: int, new: Periods | CreditYear, day: date) -> Iterator[str]:
    yield f"申报：{_state(new.claims_open, new.claims_close, day)}"
    counted = session.execute(
        select(Claim.status, func.count(Claim.id))
        .where(Claim.credit_year == year, Claim.status.in_(WAITING_TO_CLAIM))
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


def _of_approvals(session: Session, year: int, new: Periods | CreditYear, day: date) -> Iterator[str]:
    yield f"审批：{_state(new.approvals_open, new.approvals_close, day)}"
    waiting = [
        (
            label,
            session.scalar(
                select(func.count(model.id)).where(model.credit_year == year, model.status == status)
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


def save(
    session: Session, actor: Actor, row: CreditYear, new: Periods, *, request_id: str | None = None
) -> bool:
    """Store the periods of a year, already locked; return whether anything changed. The caller commits."""
    told = changes(row, new)
    if not told:
        return False
    for part in fields(new):
        setattr(row, part.name, getattr(new, part.name))
    row.edited_at = now()
    session.flush()
    _note(session, actor, row, "edit", {label: [old, typed] for label, old, typed in told}, request_id)
    return True


# ---------------------------------------------------------------- opening
def next_year(session: Session) -> int | None:
    """Return the year that can be opened: the one after the last, :data:`AHEAD` from today at most; ``None`` where there is none."""
    last = session.scalar(select(func.max(CreditYear.year)))
    if last is None:
        return today().year
    return last + 1 if last < today().year + AHEAD else None


def open_year(session: Session, actor: Actor, year: int, *, request_id: str | None = None) -> CreditYear:
    """Open a year with the periods of the one before, a year later, and drafts of its requirements. The caller commits.

    Raises:
        InputError: another year is next, or none.
    """
    expected = next_year(session)
    if year != expected:
        sentence = (
            f"下一个可以开设的是 {expected} 年度" if expected else "最多提前两年开设，现在没有可以开设的年度"
        )
        raise InputError({"": sentence})
    before = session.scalars(select(CreditYear).where(CreditYear.year == year - 1)).first()
    days = {
        name: _year_later(getattr(before, name)) if before else default
        for name, default in zip(DAYS, (date(year, 1, 1), date(year + 1, 3, 31), date(year, 1, 1), date(year + 1, 6, 30)), strict=True)
    }  # fmt: skip
    row = CreditYear(year=year, edited_at=now(), **days)
    session.add(row)
    session.flush()
    _note(
        session,
        actor,
        row,
        "create",
        {LABELS[name]: ["", str(day)] for name, day in days.items()},
        request_id,
    )
    draft_requirements(session, actor, row, request_id=request_id)
    return row


def _year_later(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + 1, day=28)


def draft_requirements(
    session: Session, actor: Actor, row: CreditYear, *, request_id: str | None = None
) -> list[RuleDraft]:
    """Begin a draft of every requirement of the year before that this year has not yet, and return the new ones."""
    had = {one.title_level_group for one in requirements(session, row.year)}
    drafted = {draft.target_key for draft in drafts(session, row.year)}
    new = []
    for one in requirements(session, row.year - 1):
        key = f"{row.year}:{one.title_level_group.value}"
        if one.title_level_group in had or key in drafted:
            continue
        content = (requirement_editing.stored(session, requirement_editing.key_of(one)) or {}) | {
            "year": row.year
        }
        new.append(rule_drafts.begin(session, actor, DraftTarget.REQUIREMENT, key, content, request_id))
    return new


def requirements(session: Session, year: int) -> list[Requirement]:
    """Return the published requirements of a year."""
    return list(
        session.scalars(
            select(Requirement).where(Requirement.year == year).order_by(Requirement.title_level_group)
        )
    )


def drafts(session: Session, year: int) -> list[RuleDraft]:
    """Return the open drafts of a year's requirements that the session sees."""
    found = rule_drafts.open_drafts(session, [DraftTarget.REQUIREMENT])
    return [draft for draft in found if draft.content["year"] == year]


def _note(
    session: Session,
    actor: Actor,
    row: CreditYear,
    action: str,
    told: Mapping[str, list[str]],
    request_id: str | None,
) -> None:
    journal.record(
        session, actor, "credit_year", row.id, action,
        details={"label": f"{row.year} 年度", "changes": dict(told)}, request_id=request_id,
    )  # fmt: skip
