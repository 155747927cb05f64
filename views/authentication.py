"""What the pages about logins share: where a request comes from, the password scheme, letting somebody in."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, session, url_for
from flask_login import current_user
from flask_security import hash_password, login_user, verify_password
from itsdangerous import BadData, URLSafeTimedSerializer

from services import devices, logins
from services.hashing import Hashing
from services.sessions import Limits, Source
from views.extensions import actor, db, request_id

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from services.logins import Attempt


LAPSED = "lapsed"
"""Whose login ran out in this browser: when he comes back, a form he left open may still be sent."""
TOKEN = "csrf_token"  # noqa: S105  (its name in the cookie, as Flask-WTF has it)
INSIDE = "/admin/"


class Made(NamedTuple):
    """What the token of a form says: whose login it was made in, and what the cookie of that login holds."""

    account_id: int
    token: str


def source() -> Source:
    """Return where this request comes from."""
    return Source(request.remote_addr or "", devices.name_of(request.user_agent.string), request_id())


def hashing() -> Hashing:
    """Return the scheme passwords are hashed with."""
    return Hashing(hash_password, verify_password, current_app.security.pwd_context.needs_update)


def limits() -> Limits:
    """Return how long sessions last here."""
    settings = current_app.settings
    return Limits(settings.session_idle, settings.session_longest)


def own_session_id() -> int:
    """Return the key of the session this request belongs to."""
    key: int = current_user.session_id
    return key


def password_error(typed: str) -> str:
    """Ask for one's own password once more; return why not, or nothing. Counted and locked like a login."""
    attempt = logins.begin_check(db.session(), actor(), source())
    db.session.commit()
    error = checked(attempt, typed)
    return "密码不正确" if error == logins.WRONG else error


def checked(attempt: Attempt, typed: str) -> str:
    """Compare the password of a counted attempt; return why it does not fit, or nothing. Commits."""
    right = not attempt.refused and hashing().matches(typed, attempt.stored)
    error = logins.conclude_check(db.session(), attempt, right=right)
    db.session.commit()
    return error


def let_in(account_id: int, target: str) -> ResponseReturnValue:
    """Open a session under a new key and go where its owner wanted to go.

    Args:
        account_id: whose every step of the login was right.
        target: an address of this site; anything else leads to the home page.
    """
    key = logins.let_in(db.session(), account_id, source())
    employer = logins.closed_employer(db.session(), account_id)
    db.session.commit()
    token = session.get(TOKEN) if session.get(LAPSED) == account_id else None
    session.clear()  # nothing of before the login goes on
    session[TOKEN] = token or f"{account_id}-{secrets.token_hex(20)}"
    login: Any = current_app.security.datastore.find_user(fs_uniquifier=key)
    login_user(login, remember=False, authn_via=["password"])
    if employer:
        flash(
            f"您所属的单位“{employer}”已停用：可以查看已有的记录、学时和证书；"
            "新的申报暂时没有单位审核，请先办理单位调转，或联系原单位的人社部门。",
            "warning",
        )
    return redirect(target if is_own_address(target) else url_for("admin.index"))


def token_of(signed: str) -> Made | None:
    """Return what the token of a form says, however old it is; ``None`` where we did not make it in a login."""
    reader = URLSafeTimedSerializer(
        current_app.secret_key or "", salt="wtf-csrf-token"
    )  # as Flask-WTF writes it
    try:
        token = reader.loads(signed)
    except BadData:
        return None
    account_id, dash, _random = str(token).partition("-")
    return Made(int(account_id), token) if dash and account_id.isdecimal() else None


def own_page() -> str:
    """Return the page of the workbench whose form was sent; the first one where the browser does not say."""
    referrer = urlsplit(request.referrer or "")
    page = f"{referrer.path}?{referrer.query}" if referrer.query else referrer.path
    same = referrer.netloc == request.host and page.startswith(INSIDE) and is_own_address(page)
    return page if same else url_for("admin.index")


def is_own_address(url: str) -> bool:
    r"""Tell whether an address is a path of this site.

    Browsers read a backslash as a slash and drop control characters and blanks, so that ``/\x`` and ``/<tab>/x`` lead
    to another host.
    """
    plain = url.isprintable() and not any(character.isspace() for character in url)
    return plain and url.startswith("/") and not url.startswith("//") and "\\" not in url
