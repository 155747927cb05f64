"""Logins for people whose employer registered them: opened by its administrator, with a one-time initial password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Account, Person
from models.base import today
from models.enums import UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.passwords import initial_password, initial_until
from services.registration import OPEN, Credentials, new_account
from services.typed_text import normal_password
from workflow import engine
from workflow.account import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

AT_ONCE = 100
"""Each password is hashed slowly on purpose; so many take some ten seconds."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A login about to be opened: the initial password and its hash."""

    person_id: int
    password: str
    password_hash: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of one person, or will: the initial password, to be shown once, or why there is none."""

    person: Person
    password: str = ""
    refusal: str = ""


def foretell(session: Session, actor: Actor, keys: Sequence[int]) -> list[Opened]:
    """Return who of the chosen people would get a login, and why the others would not; nothing is stored.

    Raises:
        InputError: none, or too many.
    """
    _check_number(keys)
    people = _people(session, keys)
    return [
        Opened(people[key], refusal=_refusal(session, actor, people[key])) for key in keys if key in people
    ]


def prepare(keys: Sequence[int], *, fixed: str, hash_password: Callable[[str], str]) -> list[Opening]:
    """Return an initial password for each person; slow, and better done outside of a transaction.

    Args:
        keys: of the people, at most :data:`AT_ONCE`.
        fixed: the installation's fixed initial password; empty for random ones.
        hash_password: turns a password into its hash.

    Raises:
        InputError: none, or too many.
    """
    _check_number(keys)
    passwords = [(key, initial_password(fixed)) for key in keys]
    return [Opening(key, text, hash_password(normal_password(text))) for key, text in passwords]


def open_logins(
    session: Session, actor: Actor, openings: Sequence[Opening], *, request_id: str | None = None
) -> list[Opened]:
    """Open logins and return the initial passwords, which hold for a time and are nowhere else. The caller commits.

    Args:
        session: the employer's session.
        actor: its administrator.
        openings: from :func:`prepare`.
        request_id: for the journal.

    Raises:
        InputError: somebody opened the same at the same moment.
    """
    people = _people(session, [opening.person_id for opening in openings])
    results, accounts = [], []
    for opening in openings:
        person = people.get(opening.person_id)
        if person is None:
            continue
        refusal = _refusal(session, actor, person)
        results.append(Opened(person, "" if refusal else opening.password, refusal))
        if not refusal:
            accounts.append(_open(session, actor, person, opening, request_id))
    if accounts:
        outcome = engine.fire(
            session, actor, ACCOUNT, "approve", accounts, today=today(), request_id=request_id
        )
        if outcome.skipped:
            raise InputError({"": "账户没有开通，请刷新后重试"})
    return results


def _check_number(keys: Sequence[int]) -> None:
    if not keys:
        raise InputError({"": "请先勾选要开通账户的人员"})
    if len(keys) > AT_ONCE:
        raise InputError({"": f"一次最多为 {AT_ONCE} 人开通账户，请分批办理"})


def _people(session: Session, keys: Sequence[int]) -> dict[int, Person]:
    return {row.id: row for row in session.scalars(select(Person).where(Person.id.in_(keys)))}


def _refusal(session: Session, actor: Actor, person: Person) -> str:
    if not permissions.allows(session, actor, Verb.EDIT, person):
        return f"当前为“{person.state.label}”，不能开通账户"
    if person.citizen_id_index == actor.citizen_id_index:
        return "不能为本人开通账户，请由另一位管理员办理"
    with unscoped(session, "a citizen has one personal login, whoever opened it"):
        status = session.scalar(
            select(Account.status).where(
                Account.user_type == UserType.PERSON,
                Account.citizen_id_index == person.citizen_id_index,
                Account.status.in_(OPEN),
            )
        )
    return f"已有账户（{status.label}）" if status else ""


def _open(session: Session, actor: Actor, person: Person, opening: Opening, request_id: str | None) -> int:
    """Store a pending login with its initial password and return its key."""
    typed = Credentials(person.citizen_id, opening.password, person.name, person.mobile, person.email)
    with unscoped(session, "the permission is asked below, of what was stored"):
        account = new_account(
            session, typed, lambda _password: opening.password_hash, UserType.PERSON,
            person_id=person.id, approver_id=person.employer_id,
        )  # fmt: skip
        account.initial_password_until = initial_until(session)
        key = account.id
        journal.record(
            session, actor, "account", key, "open", on_behalf_of_id=person.id, request_id=request_id
        )
    if not permissions.allows(session, actor, Verb.CREATE, session.get_one(Account, key)):
        raise PermissionError("a login its opener may not open")
    return key
