"""通知公告: written by the province and the system administrator, for everybody or an audience, shown between two days.

Taken down, never deleted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Announcement, Region
from models.base import label_of, today
from models.enums import UserType
from services import journal, picking
from services.errors import InputError
from services.typed_text import LINE_LENGTH, visible

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

BODY_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class AnnouncementInput:
    """An announcement as typed.

    Attributes:
        title: one line.
        body: plain text.
        valid_from: first day it is shown.
        valid_to: last day; ``None`` where it has none.
        everyone: whether it is for everybody, visitors too.
        audience: else the user types it is for.
        region_code: region it is for, with everything below; ``None`` for everywhere.
    """

    title: str
    body: str
    valid_from: date | None
    valid_to: date | None
    everyone: bool = True
    audience: frozenset[UserType] = frozenset()
    region_code: str | None = None


NO_REGION = "没有这个区域，或它已撤销而且没有单位和人员了，请重新选择"


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
    errors |= _audience_errors(session, row, typed)
    if errors:
        raise InputError(errors)
    new = {part.name: getattr(typed, part.name) for part in fields(typed)} | {"title": title, "body": body}
    created = row is None
    row = row or Announcement()
    told = {
        label_of(Announcement, name): [
            "" if created else _text(session, name, getattr(row, name)),
            _text(session, name, value),
        ]
        for name, value in new.items()
        if (_text(session, name, value) if created else getattr(row, name) != value)
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
    new: dict[str, Any] = {part.name: getattr(row, part.name) for part in fields(AnnouncementInput)}
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


def audience_of(row: Announcement) -> str:
    """Return whom an announcement is for, in words."""
    if row.everyone:
        return "所有人（含访客）"
    types = _types(row.audience)
    return f"{types}（{row.region.name}及以下）" if row.region else types


def _types(audience: frozenset[UserType]) -> str:
    return "、".join(kind.label for kind in UserType if kind in audience)


def _audience_errors(session: Session, row: Announcement | None, typed: AnnouncementInput) -> dict[str, str]:
    if typed.everyone and typed.audience:
        return {"audience": "面向所有人的公告不用选用户类型；只给所选类型看的，请改选“指定用户类型”"}
    if typed.everyone and typed.region_code:
        return {"region_code": "面向所有人的公告不能限于区域；请清空区域，或改选“指定用户类型”"}
    if not typed.everyone and not typed.audience:
        return {"audience": f"请选择“{label_of(Announcement, 'audience')}”，或改选“所有人”"}
    if typed.region_code is None or (row is not None and row.region_code == typed.region_code):
        return {}
    known = {option.value for option in picking.regions(session, peopled=True)}
    return {} if typed.region_code in known else {"region_code": NO_REGION}


def _text(session: Session, name: str, value: Any) -> str:
    if name == "audience":
        return _types(value)
    if name == "everyone":
        return "是" if value else "否"
    if name == "region_code" and value:
        return session.scalar(select(Region.name).where(Region.code == value)) or str(value)
    return "" if value is None else str(value)
