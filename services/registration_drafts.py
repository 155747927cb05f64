"""Registrations under way: what was typed waits here, so that a lost session or another day loses nothing.

The visitor's cookie holds a random token, the table its hash and, encrypted, what was typed. Nothing else leads to a
draft; a password is never part of one.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select

from models import Organization, RegistrationDraft
from models.base import now
from permissions.wall import unscoped
from services.sessions import hash_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

LIFETIME = timedelta(hours=24)
"""Since it was last saved: time to ask for a code or a scan, and not too long on a computer others use too."""
WHY = "a draft belongs to whoever has its token"


def load(session: Session, token: str, kind: str) -> dict[str, Any]:
    """Return what a draft holds; nothing where there is none."""
    with unscoped(session, WHY):
        draft = _find(session, token, kind)
        return dict(draft.data) if draft else {}


def save(
    session: Session, token: str, kind: str, data: Mapping[str, Any], *, files: Sequence[str] = ()
) -> str:
    """Keep what was typed; return the token it is found by. The caller commits.

    Args:
        session: any session.
        token: of the cookie; a token that leads to no draft is replaced by a new one.
        kind: the user type that registers.
        data: everything typed so far, without a password.
        files: media keys uploaded since the last time.
    """
    with unscoped(session, WHY):
        draft = _find(session, token, kind)
        if draft is None:
            token = secrets.token_urlsafe(32)
            draft = RegistrationDraft(token_hash=hash_of(token), kind=kind, files=[])
            session.add(draft)
        draft.data, draft.files = dict(data), [*draft.files, *files]
        draft.expires_at = now() + LIFETIME
        session.flush()
    return token


def finish(session: Session, token: str, kind: str) -> None:
    """Forget what was typed: it was registered, or is to be typed anew. The caller commits.

    The row itself stays until the hourly clean-up, for the files it names.
    """
    with unscoped(session, WHY):
        draft = _find(session, token, kind)
        if draft is not None:
            draft.data, draft.expires_at = {}, now()
            session.flush()


def clean_up(session: Session, moment: datetime) -> list[str]:
    """Drop drafts that expired; return the media keys of their scans that no organisation refers to."""
    gone = session.scalars(
        delete(RegistrationDraft)
        .where(RegistrationDraft.expires_at <= moment)
        .returning(RegistrationDraft.files)
    )
    files = {key for keys in gone for key in keys}
    used = session.scalars(
        select(Organization.certificate_key).where(Organization.certificate_key.in_(files))
    )
    return sorted(files - set(used))


def _find(session: Session, token: str, kind: str) -> RegistrationDraft | None:
    if not token:
        return None
    return session.scalars(
        select(RegistrationDraft).where(
            RegistrationDraft.token_hash == hash_of(token),
            RegistrationDraft.kind == kind,
            RegistrationDraft.expires_at > now(),
        )
    ).first()
