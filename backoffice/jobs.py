"""Background jobs: huey on SQLite or Redis, the same task code on both."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from huey import RedisHuey, SqliteHuey, crontab
from sqlalchemy import delete

from backoffice.app import create_app
from backoffice.config import load
from models import CaptchaChallenge, ClaimAttachment
from models.base import now
from services import audit
from views.extensions import system_session

if TYPE_CHECKING:
    from flask import Flask

ORPHAN_AGE = timedelta(days=2)
log = logging.getLogger(__name__)


def make_queue(url: str) -> SqliteHuey | RedisHuey:
    """Return the queue of a setting: ``redis://…`` or ``sqlite:///path``."""
    if url.startswith("redis://"):
        return RedisHuey("backoffice", url=url)
    return SqliteHuey("backoffice", filename=url.removeprefix("sqlite:///"))


settings = load()
settings.var.mkdir(parents=True, exist_ok=True)
queue = make_queue(settings.queue_url)
_apps: list[Flask] = []


def _app() -> Flask:
    if not _apps:
        _apps.append(create_app(settings))
    return _apps[0]


@queue.periodic_task(crontab(minute="*"))
def seal_journal() -> int:
    """Seal what the requests themselves could not seal."""
    with _app().app_context(), system_session() as session:
        return audit.seal(session)


@queue.periodic_task(crontab(minute="17"))
def clean_up() -> int:
    """Drop expired captchas, and files that were uploaded with a form nobody saved."""
    app = _app()
    with app.app_context(), system_session() as session:
        session.execute(delete(CaptchaChallenge).where(CaptchaChallenge.expires_at < now()))
        orphans = (
            session.execute(
                delete(ClaimAttachment)
                .where(ClaimAttachment.claim_id.is_(None), ClaimAttachment.uploaded_at < now() - ORPHAN_AGE)
                .returning(ClaimAttachment.media_key)
            )
            .scalars()
            .all()
        )
    for key in orphans:
        app.media.delete(key)  # type: ignore[attr-defined]
    return len(orphans)
