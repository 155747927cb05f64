"""系统参数 as the system administrator keeps them: what holds, changed, put back to the default; every change is journaled.

What there is to be set, and within which bounds, is declared in ``services.settings``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Setting
from models.base import now
from services import journal
from services.errors import InputError
from services.settings import SETTINGS, Declared, readable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

OBJECT = "setting"
"""What a setting is called in the journal."""


@dataclass(frozen=True, slots=True)
class Line:
    """One setting as it holds now.

    Attributes:
        setting: what is declared.
        text: its value as it is stored or would be.
        changed_at: when it was changed; ``None`` where it has its default.
        unreadable: what is stored and means nothing any more, so that the default holds; else empty.
    """

    setting: Declared[Any]
    text: str
    changed_at: datetime | None
    unreadable: str

    @property
    def shown(self) -> str:
        """What it is, in words."""
        return self.setting.kind.shown(self.setting.kind.read(self.text))

    @property
    def default_shown(self) -> str:
        """What it is until somebody changes it, in words."""
        return self.setting.kind.shown(self.setting.default)


def lines(session: Session) -> list[Line]:
    """Return every declared setting, in the order of their declaration."""
    stored = {row.key: row for row in session.scalars(select(Setting))}
    return [_line(setting, stored.get(setting.key)) for setting in SETTINGS]


def _line(setting: Declared[Any], row: Setting | None) -> Line:
    default = setting.kind.written(setting.default)
    if row is None:
        return Line(setting, default, None, "")
    if not readable(setting, row.value):
        return Line(setting, default, row.edited_at, row.value)
    return Line(setting, row.value, row.edited_at, "")


def change(
    session: Session, actor: Actor, setting: Declared[Any], typed: str, *, request_id: str | None = None
) -> bool:
    """Store another value; return whether anything changed. The caller checks the permission and commits.

    Args:
        session: the actor's session.
        actor: the system administrator.
        setting: which.
        typed: its value as typed.
        request_id: for the journal.

    Raises:
        InputError: ``value``.
    """
    try:
        new = setting.kind.read(typed)
    except ValueError as error:
        raise InputError({"value": f"“{setting.label}”{error}"}) from error
    _check_order(session, setting, new, "value")
    row, text = hold(session, setting), setting.kind.written(new)
    before = _line(setting, row)
    if before.text == text and not before.unreadable:
        return False
    row = row or Setting(key=setting.key)
    row.value, row.edited_at = text, now()
    session.add(row)
    session.flush()
    _note(session, actor, row.id, "edit", before, setting.kind.shown(new), request_id)
    return True


def reset(session: Session, actor: Actor, setting: Declared[Any], *, request_id: str | None = None) -> bool:
    """Let a setting have its default again; return whether it had another value. The caller checks the permission and commits.

    Raises:
        InputError: the default does not go with another setting.
    """
    row = hold(session, setting)
    if row is None:
        return False
    _check_order(session, setting, setting.default, "")
    before, key = _line(setting, row), row.id
    session.delete(row)
    session.flush()
    _note(session, actor, key, "restore", before, f"{before.default_shown}（默认）", request_id)
    return True


def hold(session: Session, setting: Declared[Any]) -> Setting | None:
    """Return the stored row of a setting, which nobody else changes until the commit; ``None`` where it has its default."""
    return session.scalars(select(Setting).where(Setting.key == setting.key).with_for_update()).first()


def _check_order(session: Session, setting: Declared[Any], new: Any, field: str) -> None:
    """Refuse a value that would leave one setting below another it may not stay below."""
    by_key = {line.setting.key: line for line in lines(session)}
    for one in SETTINGS:
        if one.at_least is None or setting not in {one, one.at_least}:
            continue
        other = one.at_least if setting is one else one
        line = by_key[other.key]
        there = other.kind.read(line.text)
        if setting is one and new < there:
            raise InputError(
                {
                    field: f"“{setting.label}”不能少于“{other.label}”（现为 {line.shown}），请先修改“{other.label}”"
                }
            )
        if setting is other.at_least and new > there:
            raise InputError(
                {
                    field: f"“{setting.label}”不能超过“{other.label}”（现为 {line.shown}），请先修改“{other.label}”"
                }
            )


def _note(
    session: Session, actor: Actor, key: int, action: str, before: Line, new: str, request_id: str | None
) -> None:
    setting = before.setting
    old = f"{before.unreadable}（不再有效）" if before.unreadable else before.shown
    told: Mapping[str, Any] = {
        "code": setting.key, "label": setting.label, "changes": {setting.label: [old, new]},
    }  # fmt: skip
    journal.record(session, actor, OBJECT, key, action, details=dict(told), request_id=request_id)
