"""通知公告: written by the province and the system administrator, shown between two days; taken down, never deleted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from models import Announcement
from models.base import label_of, today
from services import journal
from services.errors import InputError
from services.typed_text import LINE_LENGTH, visible

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

BODY_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class AnnouncementInput:
    """An announcement as typed; both days belong to its period, which is open where the last is ``None``."""

    title: str
    body: str
    valid_from: date | None
    valid_to: date | None


def save(
    session: Session,
    actor: Actor,
    row: Announcement | None,
    typed: AnnouncementInput,
    *,
    request_id: str | None = None,
) -> Announcement:
    """Store an announcement, a new one where ``row`` is ``None``; the caller checks the permission and commits.

    Raises:
        InputError: by field.
    """
    title = visible(typed.title)
    body = typed.body.replace("\r\n", "\n").strip()
    errors: dict[str, str] = {}
    for name, text, most in (("title", title, LINE_LENGTH), ("body", body, BODY_LENGTH)):
        label = label_of(Announcement, name)
        if not text:
            errors[name] = f"请填写“{label}”"
        elif len(text) > most:
            errors[name] = f"“{label}”有 {len(text):,} 个字，最多 {most:,} 个字，请删减"
    if typed.valid_from is None:
        errors["valid_from"] = f"请填写“{label_of(Announcement, 'valid_from')}”，如 2026-01-31"
    elif typed.valid_to is not None and typed.valid_to < typed.valid_from:
        errors["valid_to"] = f"“{label_of(Announcement, 'valid_to')}”不能早于发布日期 {typed.valid_from}"
    if errors:
        raise InputError(errors)
    new = {"title": title, "body": body, "valid_from": typed.valid_from, "valid_to": typed.valid_to}
    created = row is None
    row = row or Announcement()
    told = {
        label_of(Announcement, name): ["" if created else _text(getattr(row, name)), _text(value)]
        for name, value in new.items()
        if created or getattr(row, name) != value
    }
    for name, value in new.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    if told:
        journal.record(
            session, actor, "announcement", row.id, "create" if created else "edit",
            details={"label": title, "changes": told}, request_id=request_id,
        )  # fmt: skip
    return row


def take_down(session: Session, actor: Actor, row: Announcement, *, request_id: str | None = None) -> None:
    """Show an announcement no more from today on.

    Raises:
        InputError: it is not shown today.
    """
    day = today()
    if row.valid_from > day or (row.valid_to is not None and row.valid_to < day):
        raise InputError({"": "这条公告现在没有在首页显示，不用下线"})
    new = {part.name: getattr(row, part.name) for part in fields(AnnouncementInput)}
    # One of today never shows a whole day: it ends before it begins, which a period cannot say.
    new["valid_to"] = max(day - timedelta(days=1), row.valid_from)
    if row.valid_from == day:
        new["valid_from"] = new["valid_to"] = day - timedelta(days=1)
    save(session, actor, row, AnnouncementInput(**new), request_id=request_id)


def state_of(row: Announcement) -> str:
    """Return whether an announcement is shown today, in words."""
    day = today()
    if row.valid_from > day:
        return "待发布"
    return "已下线" if row.valid_to is not None and row.valid_to < day else "显示中"


def _text(value: Any) -> str:
    return "" if value is None else str(value)
