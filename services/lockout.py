"""Locking after failed logins: counted for what was typed as an account, and for the address it came from.

An attempt is counted before it is judged, so that a hundred attempts sent at once are a hundred. What does not exist is
counted like what does: a lock tells nobody whether there is such an account. Why the limits are what they are:
docs/decisions/0013-logins-in-our-own-hands.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, literal, null, or_, select, update

from models import Account, LoginThrottle, Organization
from models.base import CHINA
from models.crypto import blind_index, keyring
from models.enums import UserType
from models.identifiers import IdentifierError, clean_citizen_id, clean_organization_code
from models.types import UtcDateTime
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal, settings
from services.errors import InputError
from workflow.postings import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

LOCK = timedelta(minutes=15)
LONGEST = timedelta(minutes=settings.LONGEST_LOCK)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures within which time lock.

    Attributes:
        failures: the last of them locks.
        window: failures are counted anew that long after the first.
        lock: how long.
    """

    failures: int
    window: timedelta
    lock: timedelta = LOCK


DAY = timedelta(days=1)
SOURCE = Limit(50, timedelta(minutes=15))

throttle = LoginThrottle.__table__.c


def of_account(session: Session) -> Limit:
    """Return the limit of logins to one account, as the system administrator set it."""
    minutes = settings.value(session, settings.LOCK_MINUTES)
    return Limit(settings.value(session, settings.LOCK_FAILURES), DAY, timedelta(minutes=minutes))


def account_key(user_type: str, organization_code: str, citizen_id: str, purpose: str = "login") -> str:
    """Return what an account is counted under, from what was typed; two ways of writing it are one."""
    code = "" if user_type == UserType.PERSON else organization_code.strip().upper()
    citizen = citizen_id.strip().upper()
    try:
        code = clean_organization_code(code).short if code else ""
        citizen = blind_index(clean_citizen_id(citizen_id))
    except IdentifierError:
        pass  # nobody's login; counted as it was typed
    return _key(purpose, user_type, code, citizen)


def key_of(session: Session, account_id: int) -> str:
    """Return what a stored account is counted under; must run inside ``unscoped``."""
    row = session.execute(
        select(Account.user_type, Account.citizen_id_index, Organization.code)
        .outerjoin(Organization, Organization.id == Account.organization_id)
        .where(Account.id == account_id)
    ).one()
    return _key("login", row.user_type, row.code or "", row.citizen_id_index)


def locks_of(session: Session, account_ids: Sequence[int], moment: datetime) -> dict[int, datetime]:
    """Return until when stored accounts are locked, those that are; must run inside ``unscoped``."""
    rows = session.execute(
        select(Account.id, Account.user_type, Account.citizen_id_index, Organization.code)
        .outerjoin(Organization, Organization.id == Account.organization_id)
        .where(Account.id.in_(account_ids))
    )
    keys = {_key("login", row.user_type, row.code or "", row.citizen_id_index): row.id for row in rows}
    locked = session.execute(
        select(throttle.key, throttle.locked_until).where(
            throttle.key.in_(keys), throttle.locked_until > moment
        )
    )
    return {keys[row.key]: row.locked_until for row in locked}


def source_key(address: str, purpose: str = "login") -> str:
    """Return what an address is counted under."""
    return _key(f"{purpose} from", address)


def _key(purpose: str, *parts: str) -> str:
    """Return the keyed digest of what is counted; other purposes than logins have a count of their own."""
    return keyring().sign("login-throttle", "\n".join((purpose, *parts)).encode())


def reserve(session: Session, key: str, limit: Limit, moment: datetime) -> datetime | None:
    """Count an attempt before it is judged; return until when it is refused, or ``None``.

    Args:
        session: must run inside ``unscoped``; the caller commits before it judges.
        key: of the account or the source.
        limit: its limit.
        moment: now.
    """
    at = literal(moment, UtcDateTime())
    lapsed = or_(
        throttle.locked_until <= moment,
        and_(throttle.locked_until.is_(None), throttle.counted_since <= moment - limit.window),
    )
    statement = upsert(session, LoginThrottle.__table__).values(key=key, failures=1, counted_since=moment)
    row = session.execute(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": case(
                    (lapsed, 1),
                    (throttle.locked_until > moment, throttle.failures),
                    else_=throttle.failures + 1,
                ),
                "counted_since": case((lapsed, at), else_=throttle.counted_since),
                "locked_until": case((lapsed, null()), else_=throttle.locked_until),
            },
        ).returning(throttle.failures, throttle.locked_until)
    ).one()
    if row.locked_until is not None or row.failures <= limit.failures:
        until: datetime | None = row.locked_until
        return until
    return _lock(session, key, 0, moment + limit.lock)  # as many as may fail are being judged at this moment


def held_until(session: Session, key: str, moment: datetime) -> datetime | None:
    """Return until when a key is locked, or ``None``; counts nothing. Must run inside ``unscoped``."""
    until: datetime | None = session.scalar(
        select(throttle.locked_until).where(throttle.key == key, throttle.locked_until > moment)
    )
    return until


def fail(session: Session, key: str, limit: Limit, moment: datetime) -> datetime | None:
    """Say that a counted attempt failed; return until when the key is locked, where this was the one too many."""
    return _lock(session, key, limit.failures, moment + limit.lock)


def _lock(session: Session, key: str, failures: int, end: datetime) -> datetime | None:
    until: datetime | None = session.scalar(
        update(LoginThrottle.__table__)
        .where(throttle.key == key, throttle.failures >= failures, throttle.locked_until.is_(None))
        .values(locked_until=end)
        .returning(throttle.locked_until)
    )
    return until


def release(session: Session, key: str) -> None:
    """Take a counted attempt back: it was no failure, but no login either."""
    session.execute(
        update(LoginThrottle.__table__)
        .where(throttle.key == key, throttle.failures > 0, throttle.locked_until.is_(None))
        .values(failures=throttle.failures - 1)
    )


def clear(session: Session, key: str) -> None:
    """Forget every failure: the owner logged in, got a new password, or was unlocked."""
    session.execute(delete(LoginThrottle.__table__).where(throttle.key == key))


def locked_until(session: Session, account_id: int, moment: datetime) -> datetime | None:
    """Return until when a stored account is locked, or ``None``."""
    with unscoped(session, "locks belong to no role"):
        return held_until(session, key_of(session, account_id), moment)


def unlock(session: Session, actor: Actor, account: Account, *, request_id: str | None = None) -> None:
    """Let an account log in again before its lock ends; the caller commits.

    Args:
        session: the actor's session.
        actor: the superior.
        account: whose lock.
        request_id: for the journal.

    Raises:
        InputError: the actor may not unlock this account.
    """
    if account.id == actor.account_id or not permissions.allows(session, actor, Verb.UNLOCK, account):
        raise InputError({"": "您不能解除这个账户的锁定，请联系它的上级"})
    with unscoped(session, "locks belong to no role"):
        clear(session, key_of(session, account.id))
        journal.record(session, actor, "account", account.id, "unlock", request_id=request_id)


def sentence(until: datetime, what: str = "账户") -> str:
    """Return what somebody is told who is locked out; the same whether or not there is such an account."""
    return (
        f"登录失败次数过多，{what}已锁定，请于 {until.astimezone(CHINA):%H:%M} 之后再试。"
        "忘记密码可用“找回密码”，或请上级重置密码、解除锁定。"
    )


def clean_up(session: Session, moment: datetime) -> int:
    """Drop counts that mean nothing any more; return how many. The caller commits."""
    gone = session.execute(
        delete(LoginThrottle.__table__)
        .where(
            throttle.counted_since <= moment - DAY,
            or_(throttle.locked_until.is_(None), throttle.locked_until <= moment),
        )
        .returning(throttle.id)
    )
    return len(gone.scalars().all())
