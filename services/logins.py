"""Logging in, step by step: counted, judged, asked for a second factor, let in; and what was written down about it.

The caller commits between :func:`begin` and the slow comparison of the password, so that the count stands whatever
happens next, and nobody waits for a lock of the database while a password is being hashed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.orm import joinedload

from models import Account
from models.base import now
from models.enums import AccountStatus, OrganizationStatus, SessionEnd, UserType
from permissions.actor import VISITOR, Actor
from permissions.wall import unscoped
from services import lockout, second_factor, sessions
from services.login_journal import NOBODY, LoginEvent, record
from services.registration import find_account

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from services.sessions import Source

WRONG = "账户或密码错误"
PENDING = "此帐号还未被审核"


@dataclass(frozen=True, slots=True)
class Typed:
    """The login form as typed, without the password."""

    user_type: UserType | None
    organization_code: str
    citizen_id: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted and not judged yet.

    Attributes:
        key: what the account is counted under.
        source: where it comes from.
        account_id: the account, where there is one.
        stored: its password hash.
        epoch: changes with the password: what was read here is worth nothing once it was changed.
        refused: the sentence of a locked account: nothing is left to be judged.
        source_locked: the sentence of a locked address; only those let in who were logged in from there before.
    """

    key: str
    source: Source
    account_id: int | None = None
    stored: str | None = None
    epoch: str = ""
    refused: str = ""
    source_locked: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    Attributes:
        sentence: why not; empty where it is right.
        field: where the sentence belongs in the form; empty for none.
        account_id: who it is, once it is right.
        needs_code: the second factor is asked next.
        epoch: changes with the password; what is asked next holds only while it is the same.
    """

    sentence: str = ""
    field: str = ""
    account_id: int | None = None
    needs_code: bool = False
    epoch: str = ""


def begin(session: Session, typed: Typed, source: Source) -> Attempt:
    """Count an attempt to log in and find what its password is to be compared with. The caller commits.

    Args:
        session: any session.
        typed: as typed.
        source: where it comes from.
    """
    kind = typed.user_type
    key = lockout.account_key(kind or "", typed.organization_code, typed.citizen_id)
    with unscoped(session, "a visitor logs in"):
        attempt = _count(session, Attempt(key, source))
        if attempt.refused or kind is None:
            return attempt
        account = find_account(session, kind, typed.organization_code, typed.citizen_id)
        return _of(attempt, account) if account else attempt


def _of(attempt: Attempt, account: Account) -> Attempt:
    return replace(attempt, account_id=account.id, stored=account.password, epoch=account.fs_uniquifier)


def _count(session: Session, attempt: Attempt) -> Attempt:
    moment = now()
    until = lockout.reserve(session, attempt.key, lockout.of_account(session), moment)
    if until is not None:
        return replace(attempt, refused=lockout.sentence(until))
    until = lockout.reserve(session, lockout.source_key(attempt.source.address), lockout.SOURCE, moment)
    return replace(attempt, source_locked=lockout.sentence(until, "本网络地址")) if until else attempt


def conclude(session: Session, attempt: Attempt, *, right: bool, renewed: str | None = None) -> Outcome:
    """Judge an attempt. The caller commits, whatever comes out: failures are counted and written down.

    Args:
        session: any session.
        attempt: as :func:`begin` returned it, committed.
        right: whether the password was.
        renewed: a new hash of it, where the stored one was outdated.
    """
    if attempt.refused:
        return Outcome(attempt.refused)
    with unscoped(session, "the password is the permission"):
        account = _account(session, attempt.account_id) if right else None
        if account is None or account.fs_uniquifier != attempt.epoch:
            return _failed(session, attempt, LoginEvent.FAILED)
        refusal = _refusal(session, attempt, account)
        if refusal is not None:
            return refusal
        if renewed:
            session.execute(update(Account).where(Account.id == account.id).values(password=renewed))
        _release(session, attempt)
        needs_code = second_factor.state_of(session, account.id).confirmed_at is not None
        return Outcome(account_id=account.id, needs_code=needs_code, epoch=account.fs_uniquifier)


def judge_code(session: Session, account_id: int, epoch: str, code: str, source: Source) -> Outcome | None:
    """Judge the second step of a login, counted like the first. The caller commits, whatever comes out.

    Args:
        session: any session.
        account_id: whose password was right.
        epoch: as the first step returned it.
        code: of the app, or from paper.
        source: where it comes from.

    Returns:
        ``None`` where the first step holds no longer: the password was changed meanwhile, the account closed.
    """
    with unscoped(session, "the first step is the permission"):
        account = _account(session, account_id)
        office = account.organization.status if account and account.organization else None
        if (
            account is None
            or account.fs_uniquifier != epoch
            or not sessions.may_enter(account.status, office)
        ):
            return None
        attempt = Attempt(lockout.key_of(session, account_id), source, account_id)
        attempt = _count(session, attempt)
        if attempt.refused:
            return Outcome(attempt.refused)
        if attempt.source_locked and not sessions.is_familiar(session, account_id, source.address):
            return _refused(session, attempt, "source", Outcome(attempt.source_locked))
        kind = second_factor.accept(session, account_id, code)
        if kind is None:
            failed = _failed(session, attempt, LoginEvent.CODE_FAILED)
            return (
                replace(failed, sentence=second_factor.WRONG_CODE, field="code") if failed.field else failed
            )
        _release(session, attempt)
        return Outcome(account_id=account_id, epoch=epoch)


def let_in(session: Session, account_id: int, source: Source) -> str:
    """Open a session for an account whose every step was right; return the session's key. The caller commits."""
    with unscoped(session, "every step of the login was right"):
        lockout.clear(session, lockout.key_of(session, account_id))
        key = sessions.start(session, account_id, source)
        record(session, _self(session, account_id), LoginEvent.LOGIN, account_id, source)
    return key


def leave(session: Session, actor: Actor, session_id: int, source: Source) -> None:
    """End one's own session. The caller commits."""
    if actor.account_id is not None and sessions.end(
        session, actor.account_id, SessionEnd.LOGOUT, only=session_id
    ):
        record(session, actor, LoginEvent.LOGOUT, actor.account_id, source)


def begin_check(session: Session, actor: Actor, source: Source) -> Attempt:
    """Count an attempt to confirm one's own password once more. The caller commits, as with :func:`begin`."""
    with unscoped(session, "one's own account"):
        account = _account(session, actor.account_id)
        key = lockout.key_of(session, account.id) if account else ""
        attempt = _count(session, Attempt(key, source))
        return _of(attempt, account) if account else attempt


def conclude_check(session: Session, attempt: Attempt, *, right: bool) -> str:
    """Judge a password that was asked for without a login to follow; return why not, or nothing.

    Whatever its account may do: also a registration that was not approved has a password. The caller commits.
    """
    if attempt.refused:
        return attempt.refused
    with unscoped(session, "the password is the permission"):
        account = _account(session, attempt.account_id) if right else None
        if account is None or account.fs_uniquifier != attempt.epoch:
            return _failed(session, attempt, LoginEvent.CHECK_FAILED).sentence
        if attempt.source_locked and not sessions.is_familiar(session, account.id, attempt.source.address):
            return _refused(session, attempt, "source", Outcome(attempt.source_locked)).sentence
        _release(session, attempt)
    return ""


def closed_employer(session: Session, account_id: int) -> str | None:
    """Return the name of a professional's employer where it is disabled: he is told what that means for him."""
    with unscoped(session, "one's own employer"):
        account = _account(session, account_id)
        employer = account.person.employer if account and account.person else None
        closed = employer is not None and employer.status is OrganizationStatus.DISABLED
        return employer.name if employer and closed else None


def _account(session: Session, account_id: int | None) -> Account | None:
    if account_id is None:
        return None
    return session.get(Account, account_id, options=[joinedload(Account.organization)])


def _self(session: Session, account_id: int) -> Actor:
    account = _account(session, account_id)
    return Actor(account_id=account_id, organization_id=account.organization_id if account else None)


def _refusal(session: Session, attempt: Attempt, account: Account) -> Outcome | None:
    """Return why a right password does not let in; ``None`` where it does."""
    office = account.organization.status if account.organization else None
    if attempt.source_locked and not sessions.is_familiar(session, account.id, attempt.source.address):
        return _refused(session, attempt, "source", Outcome(attempt.source_locked))
    if account.status is AccountStatus.PENDING and office in (None, OrganizationStatus.PENDING):
        return _refused(session, attempt, "pending", Outcome(PENDING, "citizen_id"))
    if not sessions.may_enter(account.status, office):
        return _failed(session, attempt, LoginEvent.FAILED)  # a closed account is like none
    until = account.initial_password_until
    if until is not None and until <= now():
        return _refused(session, attempt, "expired", Outcome(_whom_to_ask(account)))
    return None


def _release(session: Session, attempt: Attempt) -> None:
    lockout.release(session, attempt.key)
    lockout.release(session, lockout.source_key(attempt.source.address))


def _refused(session: Session, attempt: Attempt, why: str, outcome: Outcome) -> Outcome:
    """Turn away somebody whose password was right: no failure is counted."""
    _release(session, attempt)
    record(session, VISITOR, LoginEvent.REFUSED, attempt.account_id or NOBODY, attempt.source, why=why)
    return outcome


def _failed(session: Session, attempt: Attempt, event: LoginEvent) -> Outcome:
    """Write a failure down; lock where it was the one too many. What exists and what does not are treated alike."""
    moment, about = now(), attempt.account_id or NOBODY
    record(session, VISITOR, event, about, attempt.source)
    until = lockout.fail(session, attempt.key, lockout.of_account(session), moment)
    if until is not None:
        record(session, VISITOR, LoginEvent.LOCKED, about, attempt.source)
    if lockout.fail(session, lockout.source_key(attempt.source.address), lockout.SOURCE, moment) is not None:
        record(session, VISITOR, LoginEvent.LOCKED, NOBODY, attempt.source, why="source")
    if attempt.source_locked:
        return Outcome(attempt.source_locked)
    return Outcome(lockout.sentence(until)) if until is not None else Outcome(WRONG, "password")


def _whom_to_ask(account: Account) -> str:
    """Say who gives out a new initial password; told only to somebody who has the old one."""
    if account.person is not None:
        whom = f"所属单位“{account.person.employer.name}”的管理员"
    elif superior := account.approver or (account.organization and account.organization.bureau):
        whom = f"本单位的其他管理员或“{superior.name}”"  # who was appointed was decided by no office above
    else:
        whom = "系统管理员"
    return f"初始密码已过期，请联系{whom}重新重置密码。"
