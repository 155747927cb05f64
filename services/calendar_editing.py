"""工作日历: holidays and the weekends worked for them, added as a span of days, changed one by one, never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import CalendarDay
from models.base import label_of, now, today
from services import journal
from services.errors import InputError
from services.typed_text import too_long, visible
from services.working_days import calendar, usually_works

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

OBJECT = "calendar_day"
LONGEST = 31
"""Days of a span at most: no holiday is longer, and a mistyped year is noticed."""
AHEAD = 2
WEEKDAYS = "一二三四五六日"
TEXTS = ("name", "legal_basis")
LABELS = {name: label_of(CalendarDay, name) for name in ("day", "working", *TEXTS)}
STATES = {True: "上班", False: "放假"}


@dataclass(frozen=True, slots=True)
class DayInput:
    """What is said of a day, as typed."""

    working: bool
    name: str
    legal_basis: str


def weekday(day: date) -> str:
    """Return the day of the week, as in ``周三``."""
    return f"周{WEEKDAYS[day.weekday()]}"


def add(
    session: Session,
    actor: Actor,
    first: date,
    last: date | None,
    typed: DayInput,
    *,
    request_id: str | None = None,
) -> list[CalendarDay]:
    """Store the days of a span that differ from Monday to Friday; the caller checks the permission and commits.

    Args:
        session: where the calendar is.
        actor: who adds them.
        first: first day of the span.
        last: its last day; the same day where it is ``None``.
        typed: what is said of them: of a holiday its days off, weekends within it being off anyway.
        request_id: the request it came with.

    Returns:
        The new days, in their order.

    Raises:
        InputError: by field.
    """
    last = last or first
    errors, texts = _errors_of(typed)
    latest = date(today().year + AHEAD, 12, 31)
    if last < first:
        errors["last"] = f"“最后一天”不能早于第一天 {first}"
    elif (last - first).days >= LONGEST:
        errors["last"] = f"一次最多登记 {LONGEST} 天，请核对年份，或分几次登记"
    if last > latest:
        errors.setdefault("last", f"最多登记到 {latest}，请核对年份")
    if errors:
        raise InputError(errors)
    days = [
        day
        for number in range((last - first).days + 1)
        if usually_works(day := first + timedelta(days=number)) is not typed.working
    ]
    if not days:
        usual = "周一至周五，本来就上班" if typed.working else "周六、周日，本来就放假"
        raise InputError({"first": f"这些天是{usual}，不用登记"})
    known = session.scalars(
        select(CalendarDay).where(CalendarDay.day.in_(days)).order_by(CalendarDay.day)
    ).all()
    if known:
        told = "、".join(f"{row.day}（{row.name}，{STATES[row.working]}）" for row in known)
        raise InputError({"first": f"{told} 已经登记过，请打开那一天修改"})
    rows = [CalendarDay(day=day, working=typed.working, edited_at=now(), **texts) for day in days]
    session.add_all(rows)
    session.flush()
    for row in rows:
        _note(session, actor, row, "create", {LABELS["working"]: ["", STATES[row.working]]}, request_id)
    return rows


def change(
    session: Session, actor: Actor, row: CalendarDay, typed: DayInput, *, request_id: str | None = None
) -> None:
    """Say something else of a day that is stored, already locked; the caller checks the permission and commits.

    A day that was entered by mistake is told to be what its weekday says: it then counts as if it were not there.

    Raises:
        InputError: by field.
    """
    errors, texts = _errors_of(typed)
    if errors:
        raise InputError(errors)
    told = {
        LABELS[name]: [getattr(row, name), text] for name, text in texts.items() if getattr(row, name) != text
    }
    if row.working is not typed.working:
        told[LABELS["working"]] = [STATES[row.working], STATES[typed.working]]
    if not told:
        return
    row.working, row.name, row.legal_basis, row.edited_at = typed.working, *texts.values(), now()
    session.flush()
    _note(session, actor, row, "edit", told, request_id)


def unknown_years(session: Session) -> list[int]:
    """Return those of this and the next year of which the calendar names no day; they go by Monday to Friday."""
    current, known = today().year, calendar(session)
    return [year for year in (current, current + 1) if not known.knows(year)]


def years(session: Session) -> list[tuple[str, str]]:
    """Return the years the calendar has days of, newest first, as choices of a filter."""
    return [
        (str(year), f"{year} 年")
        for year in sorted({day.year for day in calendar(session).differing}, reverse=True)
    ]


def _errors_of(typed: DayInput) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is wrong with the texts, by field, and the texts as they are stored."""
    texts = {name: visible(getattr(typed, name)) for name in TEXTS}
    errors = too_long({name: (LABELS[name], text) for name, text in texts.items()})
    return errors | dict(_missing(texts)), texts


def _missing(texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in texts.items():
        if not text:
            yield name, f"请填写“{LABELS[name]}”"


def _note(
    session: Session,
    actor: Actor,
    row: CalendarDay,
    action: str,
    told: dict[str, list[str]],
    request_id: str | None,
) -> None:
    journal.record(
        session, actor, OBJECT, row.id, action,
        details={"label": f"{row.day} {row.name}", "changes": told}, request_id=request_id,
    )  # fmt: skip
