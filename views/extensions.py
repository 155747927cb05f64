"""Extension objects the views need; ``backoffice`` puts them to work."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from flask import g, has_app_context
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf import CSRFProtect

from models import Base
from models.base import write_intent
from permissions.actor import VISITOR, Actor
from permissions.wall import ALL, ScopedSession, set_scope

if TYPE_CHECKING:
    from collections.abc import Iterator


class RequestSession(ScopedSession, FlaskSession):
    """The session of a request: walled, and bound by Flask-SQLAlchemy."""


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RequestSession}, disable_autonaming=True)
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)


def actor() -> Actor:
    """Return who is acting in this request; a visitor where nobody logged in."""
    return g.get("actor", VISITOR) if has_app_context() else VISITOR


def request_id() -> str | None:
    """Return the identifier of this request, for the journal."""
    return g.get("request_id")


@contextlib.contextmanager
def system_session() -> Iterator[ScopedSession]:
    """Open a transaction of its own that may see and write every row: captcha, sealing, jobs."""
    token = write_intent.set(True)
    try:
        with ScopedSession(db.engine) as session, session.begin():
            set_scope(session, ALL)
            yield session
    finally:
        write_intent.reset(token)
