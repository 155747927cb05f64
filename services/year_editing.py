"""年度: opened with one button, its periods changed after a look at what that means (product §5).

A new year takes the periods and, as drafts, the requirements of the year before; publishing those is ``rule_drafts``'.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import CreditYear, Requirement, RuleDraft
from models.base import now, today
from models.enums import DraftTarget, TitleLevelGroup
from services import journal, requirement_editing, rule_drafts
from services.errors import InputError
from services.year_periods import DAYS, LABELS, changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from models import JournalEntry
    from permissions.actor import Actor
    from services.year_periods import Periods

AHEAD = 2
"""Years a year may be opened before it begins; nothing is claimed for one that has not begun."""


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
    idle = {TitleLevelGroup.ANY} if requirement_editing.is_split(session, row.year - 1) else set()
    new = []
    for one in requirements(session, row.year - 1):
        key = f"{row.year}:{one.title_level_group.value}"
        if one.title_level_group in had | idle or key in drafted:
            continue
        content = (requirement_editing.stored(session, requirement_editing.key_of(one)) or {}) | {
            "year": row.year
        }
        new.append(rule_drafts.begin(session, actor, DraftTarget.REQUIREMENT, key, content, request_id))
    return new


def may_split(session: Session, year: int) -> bool:
    """Tell whether a year that asks everybody for the same can come to ask by title level."""
    groups = {draft.content["title_level_group"] for draft in drafts(session, year)}
    groups |= {one.title_level_group.value for one in requirements(session, year)}
    content = _for_everybody(session, year)
    return (
        content is not None
        and not requirement_editing.problems(session, content)
        and not groups.issuperset(group.value for group in requirement_editing.GROUPS)
    )


def split_requirements(
    session: Session, actor: Actor, row: CreditYear, *, request_id: str | None = None
) -> None:
    """Begin a draft for each group of title levels with what the year asks of everybody. The caller commits.

    A draft for everybody that was not published yet is given up: what it says stands in the new ones.

    Raises:
        InputError: the year asks nothing of everybody, is closed, or asks by title level already.
    """
    content = _for_everybody(session, row.year)
    if content is None or not may_split(session, row.year):
        raise InputError({"": "本年度现在不能按职称级别分设：已经分设、已关闭，或还没有起草学时要求"})
    drafted = {draft.target_key: draft for draft in drafts(session, row.year)}
    for group in requirement_editing.GROUPS:
        key = f"{row.year}:{group.value}"
        if key not in drafted and requirement_editing.stored(session, key) is None:
            rule_drafts.begin(
                session, actor, DraftTarget.REQUIREMENT, key, content | {"title_level_group": group.value}, request_id
            )  # fmt: skip
    whole = drafted.get(f"{row.year}:{TitleLevelGroup.ANY.value}")
    if whole is not None:
        rule_drafts.discard(session, actor, whole, request_id=request_id)


def _for_everybody(session: Session, year: int) -> rule_drafts.Content | None:
    """Return what a year asks of everybody: as it is drafted, else as it is published."""
    key = f"{year}:{TitleLevelGroup.ANY.value}"
    draft = rule_drafts.open_draft(session, DraftTarget.REQUIREMENT, key)
    return draft.content if draft else requirement_editing.stored(session, key)


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


def is_of_year(entry: JournalEntry) -> bool:
    """Tell whether a journaled change was one of the year's own days: those of its regions stand under the year too."""
    return not set(LABELS.values()).isdisjoint(entry.details.get("changes") or ())


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
