"""Flask-Security on our accounts: a thin login object around a session, so that the models know nothing of Flask."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import g
from flask_security import Security, UserMixin
from flask_security.datastore import UserDatastore

from models.base import now
from permissions.actor import VISITOR
from permissions.wall import unscoped
from services import sessions
from views.authentication import limits
from views.extensions import db

if TYPE_CHECKING:
    from flask import Flask

    from services.sessions import Found

CHEAP = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
"""Tests hash hundreds of passwords."""


class Login(UserMixin):
    """Who is logged in, as Flask-Security and the gates need it.

    Attributes:
        id: the account's key.
        session_id: key of the session's row.
        fs_uniquifier: the session's key, which Flask-Login keeps in the cookie.
        initial_password: must be changed before anything else.
        user_type: what it logged in as.
        actor: who acts.
        second_factor: whether one is in force.
    """

    fs_uniquifier = ""
    active = True  # a session that does not count is not found in the first place
    roles: tuple[Any, ...] = ()

    def __init__(self, key: str, found: Found) -> None:
        self.id = found.account_id
        self.session_id = found.session_id
        self.fs_uniquifier = key
        self.initial_password = found.initial_password
        self.user_type = found.user_type
        self.actor = found.actor or VISITOR
        self.second_factor = found.second_factor


class Logins(UserDatastore):
    """Finds who is logged in by the key in the cookie."""

    def __init__(self) -> None:
        super().__init__(Login, None)

    def find_user(self, case_insensitive: bool = False, **kwargs: Any) -> Login | None:  # noqa: ARG002, FBT001, FBT002
        """Return the login of a session that goes on; the library's other questions have no answer here.

        What the gates and the end of the request need to know is left in ``g``: ``session_over`` (why, and whose it
        was), ``session_used``.
        """
        key = kwargs.get("fs_uniquifier")
        if not key:
            return None
        session = db.session()
        with unscoped(session, "who is logged in decides the scope"):
            found = sessions.find(session, key, limits())
        if found is None or found.over is not None:
            g.session_over = (found.over, found.account_id) if found else (None, None)
            return None
        if now() - found.last_seen_at >= sessions.SEEN_EVERY:
            g.session_used = found.session_id
        return Login(key, found)

    def put(self, model: Any) -> Any:
        """Store nothing: what the library would change is changed by the services."""
        return model

    def commit(self) -> None:
        """Commit nothing: the view does."""


def init_security(app: Flask) -> Security:
    """Wire Flask-Security: who is logged in, and how passwords are hashed. Its pages are ours (``views/login.py``)."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  (the name of the scheme)
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=CHEAP if app.testing else {},
        SECURITY_PASSWORD_SINGLE_HASH=True,  # argon2 salts by itself; a changed SECRET_KEY must not end passwords
        SECURITY_PASSWORD_SALT="unused",  # noqa: S106  (asked for by the library, see the line above)
        SECURITY_FRESHNESS=timedelta(-1),  # where the password is asked again, the page does it itself
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"id": {"mapper": lambda identity: identity}}],
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_TRACKABLE=False,
        SECURITY_I18N_DIRNAME=["builtin"],
    )
    return Security(app, Logins(), register_blueprint=False)
