"""出勤率 of the students of a class that asks for one: typed a page at a time, or brought along by a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from models import Enrollment, Grade, JournalEntry
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services.errors import InputError
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

FULL = 100
NOT_A_PERCENT = "请填 0 至 100 的整数，如 95"
NOT_ANY_MORE = "该学员已退班，或成绩已申报、已认定，出勤率不能再改；成绩确有错误的请由审批机构退回"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed for one student: the percent as text, and the one that stood there when the page was shown."""

    text: str
    before: int | None


def percent_of(text: str) -> int | None:
    """Return a percent as typed, with or without its sign; nothing typed is ``None``.

    Raises:
        ValueError: it is no whole number from 0 to 100; the text is a Chinese sentence.
    """
    digits = text.strip().removesuffix("%").removesuffix("\uff05").strip()
    if not digits:
        return None
    if not digits.isascii() or not digits.isdecimal() or len(digits) > len(str(FULL)) or int(digits) > FULL:
        raise ValueError(NOT_A_PERCENT)
    return int(digits)


def record(
    session: Session,
    actor: Actor,
    class_id: int,
    typed: Mapping[int, Typed],
    *,
    request_id: str | None = None,
) -> int:
    """Store what was typed for students of a class and return how many percentages changed; the caller commits.

    Args:
        session: the institution's session.
        actor: its administrator.
        class_id: the class; other students are unknown.
        typed: by key of the student.
        request_id: the request it came with.

    Raises:
        InputError: by key of the student; nothing is stored then.
    """
    errors: dict[str, str] = {}
    wanted: dict[int, int | None] = {}
    for key, one in typed.items():
        try:
            wanted[key] = percent_of(one.text)
        except ValueError as error:
            errors[str(key)] = str(error)
    with unscoped(session, "the permission is asked of the very rows"):
        now = _locked(session, class_id, list(typed))
        changed = {key: value for key, value in wanted.items() if key not in now or value != now[key]}
        allowed = _allowed(session, actor, [key for key in changed if key in now])
        for key, value in changed.items():
            if key not in allowed:
                # Left as it was shown: the page lets others be typed in beside it.
                if value != typed[key].before:
                    errors[str(key)] = NOT_ANY_MORE
            elif now[key] != typed[key].before:
                stands = "空" if now[key] is None else f"{now[key]}%"
                errors[str(key)] = f"刚被改为{stands}，请核对后再保存"
        if errors:
            raise InputError(errors)
        changed = {key: value for key, value in changed.items() if key in allowed}
        put(session, actor, changed, now, request_id=request_id)
    return len(changed)


def _locked(session: Session, class_id: int, students: Sequence[int]) -> dict[int, int | None]:
    """Return percentages as they stand; neither student nor grade goes on meanwhile."""
    table, chosen = Enrollment, keys(session, students)
    rows = session.execute(
        select(table.id, table.attendance)
        .where(table.id.in_(chosen), table.class_id == class_id)
        .order_by(table.id)
        .with_for_update()
    ).all()
    of_these = Grade.enrollment_id.in_(keys(session, students))
    session.execute(select(Grade.id).where(of_these).order_by(Grade.id).with_for_update())
    return {row.id: row.attendance for row in rows}


def _allowed(session: Session, actor: Actor, students: Sequence[int]) -> set[int]:
    may = permissions.rows(actor, Verb.EDIT, Enrollment)
    return set(session.scalars(select(Enrollment.id).where(Enrollment.id.in_(keys(session, students)), may)))


def put(
    session: Session,
    actor: Actor,
    values: Mapping[int, int | None],
    before: Mapping[int, int | None],
    *,
    details: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> None:
    """Store percentages by student, each with its row of the journal; must run inside ``unscoped``.

    Args:
        session: any session.
        actor: who says so.
        values: percent by student.
        before: the same as it stood.
        details: what else the journal says.
        request_id: the request it came with.
    """
    if not values:
        return
    table = Enrollment.__table__
    session.execute(
        update(table).where(table.c.id == bindparam("student")).values(attendance=bindparam("percent")),
        [{"student": key, "percent": value} for key, value in values.items()],
    )
    session.execute(
        insert(JournalEntry),
        [
            {
                "actor_id": actor.account_id,
                "actor_organization_id": actor.organization_id,
                "object_type": "enrollment",
                "object_id": key,
                "action": "attendance",
                "reason": f"{_shown(before[key])} → {_shown(value)}",
                "details": {"attendance": [before[key], value], **(details or {})},
                "request_id": request_id,
            }
            for key, value in values.items()
        ],
    )


def _shown(percent: int | None) -> str:
    return "空" if percent is None else f"{percent}%"
