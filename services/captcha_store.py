"""Captcha challenges: an answer is kept on the server, expires, and is used up by the first try.

Each form shown has a key of its own, so that two tabs of one browser do not share a challenge.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from models import CaptchaChallenge
from models.base import now
from permissions.wall import unscoped
from services.captcha import new_answer
from workflow.postings import upsert

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LIFETIME = timedelta(minutes=5)
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """Return the key of a form that is about to be shown."""
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Tell whether a text looks like such a key."""
    return TOKEN.fullmatch(text) is not None


def create(session: Session, token: str) -> str:
    """Begin the challenge of a form, or replace it by another one; return its answer."""
    answer, moment = new_answer(), now()
    statement = upsert(session, CaptchaChallenge.__table__).values(
        token=token, answer=answer, expires_at=moment + LIFETIME
    )
    with unscoped(session, "challenges belong to no account"):
        session.execute(delete(CaptchaChallenge).where(CaptchaChallenge.expires_at < moment))
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["token"],
                set_={"answer": statement.excluded.answer, "expires_at": statement.excluded.expires_at},
            )
        )
    return answer


def answer_of(session: Session, token: str) -> str | None:
    """Return the answer of a challenge still open, for its audio twin."""
    with unscoped(session, "challenges belong to no account"):
        return session.scalar(
            select(CaptchaChallenge.answer).where(
                CaptchaChallenge.token == token, CaptchaChallenge.expires_at >= now()
            )
        )


def consume(session: Session, token: str, typed: str | None) -> bool:
    """Tell whether ``typed`` answers the challenge; right or wrong, it is used up. The caller commits."""
    with unscoped(session, "challenges belong to no account"):
        answer = session.scalar(
            delete(CaptchaChallenge)
            .where(CaptchaChallenge.token == token, CaptchaChallenge.expires_at >= now())
            .returning(CaptchaChallenge.answer)
        )
    return answer is not None and hmac.compare_digest(answer.encode(), (typed or "").strip().encode())
