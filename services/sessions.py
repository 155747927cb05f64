"""Logins that go on: opened, found again with each request, shown to their owner, ended.

The browser holds a random key in its signed cookie; the table holds the key's hash. A session is over when somebody
ended it, when it was not used for a while, or when it is too old (``Limits``).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, case, delete, or_, select, update

from models import Account, LoginSession, Organization, Person, SecondFactor
from models.base import now
from models.enums import AccountStatus, OrganizationStatus, SessionEnd, UserType
from permissions.actor import actor_columns, actor_of
from permissions.wall import unscoped

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

SEEN_EVERY = timedelta(minutes=1)
"""How exact “last seen” is: a page that only reads writes no more often than that."""
FAMILIAR = timedelta(days=90)
KEPT = timedelta(days=183)
"""网络安全法 第二十一条: logs of who was there are kept for at least six months."""

login = LoginSession.__table__.c


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts.

    Attributes:
        idle: without any use.
        longest: however much it is used.
    """

    idle: timedelta
    longest: timedelta


@dataclass(frozen=True, slots=True)
class Source:
    """Where a login comes from.

    Attributes:
        address: of the network, as far as the proxies in front may be believed.
        device: browser and system in short (:func:`services.devices.name_of`).
        request_id: for the journal.
    """

    address: str
    device: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The session behind a key.

    Attributes:
        session_id: key of its row.
        account_id: whose it is.
        user_type: what it logs in as.
        actor: who acts by it; ``None`` where the account may not.
        over: why it does not count any more, or ``None``.
        last_seen_at: when it was used, exact to a minute.
        initial_password: the password was given out by somebody else and must be changed.
        second_factor: whether one is in force.
    """

    session_id: int
    account_id: int
    user_type: UserType
    actor: Actor | None
    over: SessionEnd | None
    last_seen_at: datetime
    initial_password: bool
    second_factor: bool


def may_enter(status: AccountStatus, office: OrganizationStatus | None) -> bool:
    """Tell whether an account in this state, of an organisation in that state, may be logged in.

    A professional has no organisation of his own here: his records stay his when his employer is closed.
    """
    return status is AccountStatus.ACTIVE and office in (None, OrganizationStatus.ACTIVE)


def start(session: Session, account_id: int, source: Source) -> str:
    """Open a session and return its key, which is nowhere else; must run inside ``unscoped``."""
    key = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            account_id=account_id, key_hash=hash_of(key), address=source.address, device=source.device
        )
    )
    session.flush()
    return key


def hash_of(key: str) -> str:
    """Return what the table knows of a key of 256 random bits; a plain digest is enough for one that long."""
    return hashlib.sha256(key.encode()).hexdigest()


def find(session: Session, key: str, limits: Limits) -> Found | None:
    """Return the session of a key, over or not; ``None`` where there never was one. One statement.

    Args:
        session: must run inside ``unscoped``: who is logged in decides the scope.
        key: as the cookie has it.
        limits: the installation's.
    """
    row = session.execute(_of_key(), {"key_hash": hash_of(key)}).one_or_none()
    if row is None:
        return None
    over = row.ended_why or _run_out(row.created_at, row.last_seen_at, limits)
    if not over and not may_enter(row.status, row.organization_status):
        over = SessionEnd.DISABLED
    return Found(
        session_id=row.session_id,
        account_id=row.account_id,
        user_type=row.user_type,
        actor=actor_of(row),
        over=over,
        last_seen_at=row.last_seen_at,
        initial_password=row.initial_password_until is not None,
        second_factor=row.confirmed_at is not None,
    )


@cache
def _of_key() -> Select[Any]:
    """Return the statement behind :func:`find`: every request asks it, so that it is put together once."""
    return (
        select(
            LoginSession.id.label("session_id"),
            LoginSession.created_at,
            LoginSession.last_seen_at,
            LoginSession.ended_why,
            Account.initial_password_until,
            SecondFactor.confirmed_at,
            *actor_columns(),
        )
        .join(Account, Account.id == LoginSession.account_id)
        .outerjoin(Organization, Organization.id == Account.organization_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
        .where(LoginSession.key_hash == bindparam("key_hash"))
    )


def _run_out(created_at: datetime, last_seen_at: datetime, limits: Limits) -> SessionEnd | None:
    moment = now()
    if moment - created_at >= limits.longest:
        return SessionEnd.EXPIRED
    return SessionEnd.IDLE if moment - last_seen_at >= limits.idle else None


def touch(session: Session, session_id: int) -> None:
    """Write down that a session is being used; the caller commits."""
    session.execute(
        update(LoginSession.__table__)
        .where(login.id == session_id, login.ended_at.is_(None))
        .values(last_seen_at=now())
    )


def of_account(session: Session, account_id: int, limits: Limits) -> list[LoginSession]:
    """Return the sessions of an account that go on, the one used last first, as far as the actor sees them."""
    statement = select(LoginSession).where(LoginSession.account_id == account_id, going_on(limits))
    return list(session.scalars(statement.order_by(LoginSession.last_seen_at.desc(), LoginSession.id.desc())))


def end(
    session: Session,
    accounts: int | Select[int],
    why: SessionEnd,
    *,
    keep: int | None = None,
    only: int | None = None,
) -> int:
    """End sessions at once; return how many. The caller commits.

    Args:
        session: the running transaction.
        accounts: key of an account, or a SELECT of such keys.
        why: what their owners are told.
        keep: key of a session that goes on.
        only: key of the one session meant.
    """
    whose: ColumnElement[bool] = (
        login.account_id == accounts if isinstance(accounts, int) else login.account_id.in_(accounts)
    )
    with unscoped(session, "whoever ends a session was asked for the permission before"):
        ended = session.execute(
            update(LoginSession.__table__)
            .where(
                whose,
                login.ended_at.is_(None),
                *([login.id != keep] if keep else []),
                *([login.id == only] if only else []),
            )
            .values(ended_at=now(), ended_why=why)
            .returning(login.id)
        )
        return len(ended.scalars().all())


def going_on(limits: Limits) -> ColumnElement[bool]:
    """Return the condition of sessions that are not over."""
    moment = now()
    return and_(
        LoginSession.ended_at.is_(None),
        LoginSession.last_seen_at > moment - limits.idle,
        LoginSession.created_at > moment - limits.longest,
    )


def is_familiar(session: Session, account_id: int, address: str) -> bool:
    """Tell whether an account was logged in from an address of late; must run inside ``unscoped``."""
    statement = select(LoginSession.id).where(
        LoginSession.account_id == account_id,
        LoginSession.address == address,
        LoginSession.created_at > now() - FAMILIAR,
    )
    return session.scalar(statement.limit(1)) is not None


def clean_up(session: Session, limits: Limits) -> int:
    """Write the end of sessions that ran out, and drop those older than half a year; return how many were dropped.

    Args:
        session: a session that sees everything; the caller commits.
        limits: the installation's.
    """
    moment = now()
    old, idle = login.created_at <= moment - limits.longest, login.last_seen_at <= moment - limits.idle
    session.execute(
        update(LoginSession.__table__)
        .where(login.ended_at.is_(None), or_(old, idle))
        .values(ended_at=moment, ended_why=case((old, SessionEnd.EXPIRED.value), else_=SessionEnd.IDLE.value))
    )
    gone = session.execute(
        delete(LoginSession.__table__).where(login.ended_at <= moment - KEPT).returning(login.id)
    )
    return len(gone.scalars().all())
