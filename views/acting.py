"""Acting in somebody's place (docs/decisions/0032): the switch in the cookie, what it opens, and what it closes.

The signed cookie names a delegation and no more. Whose it is, whether it goes on, and what the giver may do is asked anew with each request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, request, session, url_for

from models.base import today
from permissions import delegating
from permissions.wall import unscoped
from views import menu
from views.extensions import actor, db
from views.values import as_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from permissions.actor import Actor

switch = Blueprint("acting", __name__)
COOKIE = "delegation"
OPEN = frozenset({"admin", "acting", "help", "files", "portal"})
"""Blueprints that are no grid and may be used in somebody's place: home, help, evidence, what is public."""
OPEN_PAGES = frozenset({"security.logout", "login-security.alive_view", "static", "admin.static"})


def actor_of_request(own: Actor) -> Actor:
    """Return who acts in this request: the one logged in, or he in the place of who left work to him."""
    key = session.get(COOKIE)
    if key is None or request.endpoint == "security.logout":
        return own
    found = _acting(own, key)
    if found is None:
        session.pop(COOKIE)
        flash("代办已经结束：委托到期、被提前结束，或委托人已停用。现在以您自己的名义办理。", "warning")
    return found or own


def is_closed(endpoint: str, blueprint: str | None) -> bool:
    """Tell whether who stands in for somebody is kept out of a page: all but what was left to him."""
    if actor().principal is None or endpoint in OPEN_PAGES:
        return False
    return blueprint not in OPEN and not menu.offered(blueprint or "")


def turned_back() -> ResponseReturnValue:
    """Say how one gets to a page that is closed meanwhile."""
    if request.method not in {"GET", "HEAD"}:
        abort(403)
    flash("代办时只能办理委托给您的事项；办理您自己的事项，请先点“结束代办”。", "warning")
    return redirect(url_for("admin.index"))


@switch.post("/admin/acting/start")
def start() -> ResponseReturnValue:
    """Act by one of the delegations given to the one logged in."""
    own, key = actor(), as_key(request.form.get("id"))
    if own.account_id is None:
        return redirect(url_for("security.login"))
    if own.principal is not None or key is None:
        abort(403)
    if _acting(own, key) is None:
        abort(404)
    session[COOKIE] = key
    return redirect(url_for("admin.index"), code=303)


@switch.post("/admin/acting/stop")
def stop() -> ResponseReturnValue:
    """Act for oneself again."""
    if actor().account_id is None:
        return redirect(url_for("security.login"))
    session.pop(COOKIE, None)
    flash("已结束代办，现在以您自己的名义办理", "success")
    return redirect(url_for("admin.index"), code=303)


def _acting(own: Actor, key: int) -> Actor | None:
    with unscoped(db.session(), "who acts decides the scope"):
        return delegating.acting(db.session(), own, key, today())
