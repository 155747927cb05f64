"""What stands between a request and its page: a session that is over, an initial password, a second factor still due, work done in somebody's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app, flash, g, redirect, request, session, url_for
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from models.enums import SessionEnd
from services import sessions
from views import acting
from views.authentication import INSIDE, LAPSED, limits, own_page
from views.extensions import system_session

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

ALWAYS = {"security.logout", "static", "admin.static"}
PASSWORD, TWO_STEP = "password.index_view", "login-security.two_step_view"
ABOUT_COOKIE = ("_user_id", "_fresh", "_id")  # what Flask-Login keeps of a login
LOST = "刚才提交的内容没有保存：登录后用浏览器的“后退”可以回到填写的页面，重新提交。"


def gate() -> ResponseReturnValue | None:
    """Send whoever may not go on to where he can; runs before every view, after the actor was found."""
    if request.endpoint in ALWAYS or request.blueprint == "health":
        return None
    if "session_over" in g:
        return _over(*g.session_over)
    if not current_user.is_authenticated:
        return None
    if current_user.initial_password:
        return None if request.endpoint == PASSWORD else redirect(url_for(PASSWORD))
    required = current_user.user_type in current_app.settings.require_totp  # type: ignore[attr-defined]
    if required and not current_user.second_factor:
        return None if request.endpoint == TWO_STEP else redirect(url_for(TWO_STEP))
    return acting.turned_back() if acting.is_closed(request.endpoint or "", request.blueprint) else None


def logged_out() -> ResponseReturnValue | None:
    """Lead whoever sent a form of the workbench without being logged in to the login.

    The token of a form is checked before the gate: without this he met an error page.
    """
    if not request.path.startswith(INSIDE) or current_user.is_authenticated:
        return None
    return _over(*g.get("session_over", (None, None)))


def _over(why: SessionEnd | None, account_id: int | None) -> ResponseReturnValue | None:
    """Forget a session that is over; inside the workbench say so and lead back after the next login."""
    for name in ABOUT_COOKIE:
        session.pop(name, None)
    session[LAPSED] = account_id
    if not request.path.startswith(INSIDE):
        return None
    sending = request.method not in {"GET", "HEAD"}
    flash(sentence(why) + (LOST if sending else ""), "warning")
    page = own_page() if sending else request.full_path.removesuffix("?")
    return redirect(url_for("security.login", next=page))


def sentence(why: SessionEnd | None) -> str:
    """Return what somebody is told whose session is over; ``None`` for one nobody knows of any more."""
    lasts = limits()
    return {
        SessionEnd.IDLE: f"您已超过 {int(lasts.idle.total_seconds()) // 60} 分钟没有操作，为保护账户已自动退出，请重新登录。",
        SessionEnd.EXPIRED: f"本次登录已超过 {int(lasts.longest.total_seconds()) // 3600} 小时，请重新登录。",
        SessionEnd.FORCED: "本次登录已被管理员强制退出；原因在“登录与安全”的登录记录中，有疑问请联系管理员。",
        SessionEnd.ELSEWHERE: "本次登录已被您在其他设备上结束，请重新登录。",
        SessionEnd.PASSWORD: "您的密码已更改，请用新密码登录。",
    }.get(why or SessionEnd.LOGOUT, "登录已失效，请重新登录。")


def note_use(_error: BaseException | None = None) -> None:
    """Write down that the session is in use, at most once a minute; when the request's own transaction is over.

    A page that only reads stays a reader, and a page that writes does not hold this row meanwhile.
    """
    used = g.pop("session_used", None)
    if used is None:
        return
    try:
        with system_session() as database:
            sessions.touch(database, used)
    except SQLAlchemyError:  # somebody else is writing for long; the next request notes it
        current_app.logger.warning("use of session %s not noted", used)
