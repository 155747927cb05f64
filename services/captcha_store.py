"""Captcha challenges: an answer is kept on the server, expires, and is used up by the first try."""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from models import CaptchaChallenge
from models.base import now
from permissions.wall import unscoped
from services.captcha import new_answer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LIFETIME = timedelta(minutes=5)


def create(session: Session, former: str | None) -> tuple[str, str]:
    """Replace the visitor's ``former`` challenge by a new one; return its token and answer."""
    token, answer, moment = secrets.token_urlsafe(32), new_answer(), now()
    with unscoped(session, "challenges belong to no account"):
        session.execute(
            delete(CaptchaChallenge).where(
                (CaptchaChallenge.expires_at < moment) | (CaptchaChallenge.token == (former or ""))
            )
        )
        session.execute(
            insert(CaptchaChallenge).values(token=token, answer=answer, expires_at=moment + LIFETIME)
        )
    return token, answer


def answer_of(session: Session, token: str | None) -> str | None:
    """Return the answer of a challenge still open, for its audio twin."""
    with unscoped(session, "challenges belong to no account"):
        return session.scalar(
            select(CaptchaChallenge.answer).where(
                CaptchaChallenge.token == (token or ""), CaptchaChallenge.expires_at >= now()
            )
        )


def consume(session: Session, token: str | None, typed: str | None) -> bool:
    """Tell whether ``typed`` answers the challenge; right or wrong, it is used up. The caller commits."""
    with unscoped(session, "challenges belong to no account"):
        answer = session.scalar(
            delete(CaptchaChallenge)
            .where(CaptchaChallenge.token == (token or ""), CaptchaChallenge.expires_at >= now())
            .returning(CaptchaChallenge.answer)
        )
    return answer is not None and hmac.compare_digest(answer.encode(), (typed or "").strip().encode())
