"""Administrators of organisations: appointed, listed with what a superior has to know, and found when one is locked out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import Account, Batch, BatchItem, JournalEntry, LoginSession, Organization, SecondFactor
from models.base import now, today
from models.crypto import blind_index
from models.enums import AccountStatus, UserType
from models.journal import LOGIN
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import lockout, login_journal
from services.errors import InputError
from services.login_journal import LoginEvent
from services.passwords import initial_password, initial_until
from services.registration import OPEN, Credentials, clean_credentials, new_account
from services.typed_text import normal_password
from workflow import engine, outcomes
from workflow.account import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

RECOMMENDED = 2
"""One who falls ill or leaves must not leave the organisation without any."""
STAND_IN = "Жж9!" * 4
"""A password by every profile and like nobody's name: nobody types one here, and the other fields are checked with it."""


@dataclass(frozen=True, slots=True)
class LoginFacts:
    """What a superior has to know of a login.

    Attributes:
        last_login: when it was last used to log in.
        locked_until: until when failures lock it.
        second_factor: whether one is in force.
    """

    last_login: datetime | None
    locked_until: datetime | None
    second_factor: bool


def facts_of(session: Session, account_ids: Sequence[int]) -> dict[int, LoginFacts]:
    """Return the facts of logins the caller was asked about, in a fixed number of statements."""
    with unscoped(session, "the accounts were checked; sessions, locks and factors belong to no role"):
        latest = {
            row.account_id: row.latest
            for row in session.execute(
                select(LoginSession.account_id, func.max(LoginSession.created_at).label("latest"))
                .where(LoginSession.account_id.in_(account_ids))
                .group_by(LoginSession.account_id)
            )
        }
        protected = set(
            session.scalars(
                select(SecondFactor.account_id).where(
                    SecondFactor.account_id.in_(account_ids), SecondFactor.confirmed_at.is_not(None)
                )
            )
        )
        locked = lockout.locks_of(session, account_ids, now())
    return {key: LoginFacts(latest.get(key), locked.get(key), key in protected) for key in account_ids}


def locked_accounts(session: Session) -> list[int]:
    """Return the keys of all accounts that are locked now.

    A lock is kept under a digest that leads to no account; but it is journaled as it begins, and lasts no longer than
    :data:`services.lockout.LONGEST`.
    """
    moment = now()
    with unscoped(session, "locks belong to no role; the list they narrow has the actor's scope"):
        of_late = session.scalars(
            select(JournalEntry.object_id)
            .where(
                JournalEntry.object_type == LOGIN,
                JournalEntry.object_id != login_journal.NOBODY,
                JournalEntry.action == LoginEvent.LOCKED.value,
                JournalEntry.moment > moment - lockout.LONGEST,
            )
            .distinct()
        ).all()
        return sorted(lockout.locks_of(session, of_late, moment))


def administrators_of(session: Session, organization_id: int | None) -> Sequence[Account]:
    """Return who administers an organisation or did, as far as the session's scope shows logins."""
    states = (AccountStatus.ACTIVE, AccountStatus.DISABLED)
    statement = select(Account).where(Account.organization_id == organization_id, Account.status.in_(states))
    return session.scalars(statement.order_by(Account.status, Account.id)).all()


def lonely(session: Session, actor: Actor) -> bool:
    """Tell whether the actor's organisation has fewer administrators than recommended."""
    number = session.scalar(
        select(func.count(Account.id)).where(
            Account.organization_id == actor.organization_id, Account.status == AccountStatus.ACTIVE
        )
    )
    return (number or 0) < RECOMMENDED


def refusals_of(session: Session, account_id: int) -> list[tuple[Batch, str, str | None]]:
    """Return what was tried with an account and refused: batch, outcome, and the office that tried."""
    with unscoped(session, "the account was checked; its history names offices, not people"):
        rows = session.execute(
            select(Batch, BatchItem.outcome, Organization.name)
            .join(BatchItem, BatchItem.batch_key == Batch.key)
            .join(Account, Account.id == Batch.actor_id)
            .outerjoin(Organization, Organization.id == Account.organization_id)
            .where(
                Batch.workflow == ACCOUNT.name,
                BatchItem.object_id == account_id,
                BatchItem.outcome.not_in((outcomes.DONE, outcomes.MISSING, *outcomes.NOT_JUDGED)),
            )
            .order_by(Batch.id)
        ).all()
    return [(row[0], row[1], row[2]) for row in rows]


def may_appoint(session: Session, actor: Actor, office: Organization) -> bool:
    """Tell whether the actor may give an organisation an administrator."""
    return permissions.allows(session, actor, Verb.APPOINT, office)


def appoint(
    session: Session,
    actor: Actor,
    office: Organization,
    typed: Credentials,
    *,
    fixed: str,
    hash_password: Callable[[str], str],
    request_id: str | None = None,
) -> tuple[int, str]:
    """Give an organisation an administrator; return the key of the login and its initial password, which is nowhere else.

    The password holds for a time and must be changed at the first login. The caller commits.

    Args:
        session: the actor's session.
        actor: an administrator of the same organisation, or of an office above it when it has none any more.
        office: the organisation.
        typed: citizen id, name, mobile and e-mail; nobody types a password.
        fixed: the installation's fixed initial password; empty for a random one.
        hash_password: turns a password into its hash.
        request_id: for the journal.

    Raises:
        InputError: by field; or the actor may not appoint there.
    """
    cleaned = clean_credentials(replace(typed, password=STAND_IN))
    password = initial_password(fixed)
    digest = hash_password(normal_password(password))
    if not may_appoint(session, actor, office):
        raise InputError({"": "您不能为这个机构任命管理员：机构停用，或者它仍有可以办理的管理员"})
    taken = _taken(session, office, cleaned.citizen_id)
    if taken:
        raise InputError({"citizen_id": taken})
    with unscoped(session, "the permission was checked, and is asked again of what was stored"):
        account = new_account(
            session,
            cleaned,
            lambda _password: digest,
            UserType.of(office.kind.value),
            organization_id=office.id,
        )
        account.initial_password_until = initial_until(session)
        session.flush()
        key = account.id
    outcome = engine.fire(session, actor, ACCOUNT, "appoint", [key], today=today(), request_id=request_id)
    if not outcome.done:
        (refusal,) = outcome.counts
        raise InputError({"citizen_id": engine.sentence_of(ACCOUNT["appoint"], refusal)})
    return key, password


def _taken(session: Session, office: Organization, citizen_id: str) -> str:
    with unscoped(session, "a citizen administers an organisation once, whoever sees him there"):
        status = session.scalar(
            select(Account.status).where(
                Account.organization_id == office.id,
                Account.citizen_id_index == blind_index(citizen_id),
                Account.status.in_(OPEN),
            )
        )
    if status is None:
        return ""
    way_out = "，请在列表中启用" if status is AccountStatus.DISABLED else ""
    return f"该身份证号已是本机构的管理员（{status.label}）{way_out}"
