"""What the journal says about logins, failures of strangers included; shown to their owner as 登录记录."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import JournalEntry
from models.enums import Labelled
from models.journal import LOGIN, LOGIN_HELP
from permissions.wall import unscoped
from services import journal

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.sessions import Source

NOBODY = 0


class LoginEvent(Labelled):
    """What the journal says about logins; values are its actions."""

    LOGIN = "login", "登录", "green"
    LOGOUT = "logout", "退出", "secondary"
    FAILED = "login_failed", "登录失败：密码错误", "orange"
    CODE_FAILED = "code_failed", "登录失败：两步验证码错误", "orange"
    CHECK_FAILED = "password_check_failed", "核对密码时输错", "orange"
    LOCKED = "login_locked", "失败次数过多，已锁定", "red"
    REFUSED = "login_refused", "密码正确，未允许登录", "orange"
    PASSWORD_CHANGED = "change_password", "修改密码", "blue"
    EMAIL_CHANGED = "change_email", "更改电子邮箱", "blue"
    SESSIONS_ENDED = "end_sessions", "结束其他会话", "blue"
    FACTOR_ENABLED = "enable_factor", "启用两步验证", "blue"
    FACTOR_DISABLED = "disable_factor", "停用两步验证", "blue"
    CODES_MADE = "make_codes", "重新生成备用码", "blue"
    RECOVERY_REQUESTED = "request_recovery", "申请找回密码", "blue"
    RECOVERED = "recover_password", "通过邮件重设密码", "blue"


LABELS = {event.value: event.label for event in LoginEvent} | LOGIN_HELP


def history(session: Session, actor: Actor, limit: int = 20) -> list[tuple[JournalEntry, str]]:
    """Return the latest rows about one's own logins, failures of strangers included, with who acted.

    Args:
        session: the actor's session.
        actor: the owner.
        limit: how many at most.
    """
    mine = (JournalEntry.object_type == LOGIN, JournalEntry.object_id == actor.account_id)
    by_others = (
        JournalEntry.object_type == "account",
        JournalEntry.object_id == actor.account_id,
        JournalEntry.action.in_(tuple(LOGIN_HELP)),
    )
    rows: list[JournalEntry] = []
    with unscoped(session, "what happened to one's own login is one's own to know"):
        for condition in (mine, by_others):
            statement = select(JournalEntry).where(*condition).order_by(JournalEntry.id.desc()).limit(limit)
            rows += session.scalars(statement.options(joinedload(JournalEntry.actor))).all()
        found = [(row, row.actor.real_name if row.actor else "") for row in rows]
    return sorted(found, key=lambda pair: pair[0].id, reverse=True)[:limit]


FAILURES = tuple(
    event.value
    for event in (LoginEvent.FAILED, LoginEvent.CODE_FAILED, LoginEvent.CHECK_FAILED, LoginEvent.REFUSED)
)


def record(
    session: Session, actor: Actor, event: LoginEvent, account_id: int, source: Source, **details: Any
) -> None:
    """Write down what happened to a login, with the address it came from."""
    journal.record(
        session,
        actor,
        LOGIN,
        account_id,
        event.value,
        details={"address": source.address, "device": source.device, **details},
        request_id=source.request_id,
    )
