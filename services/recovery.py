"""找回密码: a link by mail to the address an account has, single use, half an hour.

Whoever asks gets the same answer in much the same time, whatever was typed.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.orm import joinedload

from models import Account, RecoveryLink
from models.base import now
from models.enums import AccountStatus, OrganizationStatus, SessionEnd
from permissions.actor import VISITOR, Actor
from permissions.wall import unscoped
from services import lockout, mail, sessions
from services.errors import InputError
from services.lockout import Limit
from services.login_journal import NOBODY, LoginEvent, record
from services.passwords import set_password
from services.registration import find_account
from services.sessions import hash_of

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from models.enums import UserType
    from services.hashing import Hashing
    from services.sessions import Source

LIFETIME = timedelta(minutes=30)
OF_ACCOUNT = Limit(3, timedelta(hours=1))
"""Mails to one account: enough for one that was lost, too few to fill an inbox."""
OF_SOURCE = Limit(30, timedelta(hours=1))
GONE = "链接已失效：每个链接只能使用一次，30 分钟内有效。请重新申请。"


@dataclass(frozen=True, slots=True)
class Asked:
    """The recovery form as typed."""

    user_type: UserType
    organization_code: str
    citizen_id: str
    email: str


def request(session: Session, typed: Asked, source: Source) -> None:
    """Mail a link where what was typed fits an account; say nothing where it does not. The caller commits.

    Args:
        session: any session.
        typed: as typed.
        source: where it comes from.
    """
    moment = now()
    with unscoped(session, "a visitor forgot the password; the mail proves who he is"):
        counted = lockout.account_key(typed.user_type, typed.organization_code, typed.citizen_id, "recovery")
        from_here = lockout.source_key(source.address, "recovery")
        held = [
            lockout.reserve(session, counted, OF_ACCOUNT, moment),
            lockout.reserve(session, from_here, OF_SOURCE, moment),
        ]
        account = find_account(session, typed.user_type, typed.organization_code, typed.citizen_id)
        fits = account is not None and _may_recover(account) and _same(account.email, typed.email)
        about = account.id if account is not None and fits else NOBODY
        sent = fits and not any(held)
        record(session, VISITOR, LoginEvent.RECOVERY_REQUESTED, about, source, sent=sent)
        if account is None or not sent:
            return
        token = secrets.token_urlsafe(32)
        _void(session, account.id)
        session.add(
            RecoveryLink(account_id=account.id, token_hash=hash_of(token), expires_at=moment + LIFETIME)
        )
        mail.send(
            session,
            account.email,
            "password_recovery",
            name=account.real_name,
            user_type=account.user_type.label,
            organization=account.organization.name if account.organization else "",
            minutes=int(LIFETIME.total_seconds() // 60),
            path=f"/recover/{token}",
        )


def is_open(session: Session, token: str) -> bool:
    """Tell whether a link works; looking does not use it up."""
    with unscoped(session, "the link is the permission"):
        return session.scalars(_open(token)).one_or_none() is not None


def finish(session: Session, token: str, new: str, hashing: Hashing, source: Source) -> None:
    """Set a new password by a link, which is used up; every session of the account ends. The caller commits.

    Args:
        session: any session.
        token: as the link has it.
        new: the new password as typed.
        hashing: the scheme.
        source: where it is done from.

    Raises:
        InputError: the link works no longer (key ``""``), or the password is too weak; the link then still works.
    """
    with unscoped(session, "the link is the permission"):
        # On PostgreSQL two requests with one link queue up here; SQLite has one writer.
        link = session.scalars(_open(token).with_for_update()).one_or_none()
        if link is None:
            raise InputError({"": GONE})
        account = session.get_one(Account, link.account_id, options=[joinedload(Account.organization)])
        if not _may_recover(account):
            raise InputError({"": GONE})
        set_password(session, account, new, hashing, field="new_password")
        sessions.end(session, account.id, SessionEnd.PASSWORD)
        actor = Actor(account_id=account.id, organization_id=account.organization_id)
        record(session, actor, LoginEvent.RECOVERED, account.id, source)


def clean_up(session: Session) -> int:
    """Drop links that expired; return how many. The caller commits."""
    gone = session.execute(
        delete(RecoveryLink).where(RecoveryLink.expires_at <= now()).returning(RecoveryLink.id)
    )
    return len(gone.scalars().all())


def _open(token: str) -> Select[RecoveryLink]:
    return select(RecoveryLink).where(
        RecoveryLink.token_hash == hash_of(token),
        RecoveryLink.used_at.is_(None),
        RecoveryLink.expires_at > now(),
    )


def _void(session: Session, account_id: int) -> None:
    session.execute(
        update(RecoveryLink)
        .where(RecoveryLink.account_id == account_id, RecoveryLink.used_at.is_(None))
        .values(used_at=now())
    )


def _may_recover(account: Account) -> bool:
    """Tell whether the account can be used with its new password: to log in, or to ask for its registration."""
    if account.status not in (AccountStatus.ACTIVE, AccountStatus.PENDING) or not account.email:
        return False
    office = account.organization.status if account.organization else None
    return office in (None, OrganizationStatus.ACTIVE, OrganizationStatus.PENDING)


def _same(stored: str, typed: str) -> bool:
    return secrets.compare_digest(stored.strip().casefold().encode(), typed.strip().casefold().encode())
