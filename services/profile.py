"""个人基本信息维护: what everybody keeps of himself: mobile, e-mail, and of a professional what his employer may change too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from models import Account, Person, RecoveryLink
from models.base import label_of, now
from models.identifiers import IdentifierError, clean_email, clean_mobile
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal, login_journal, mail, staff
from services.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.sessions import Source

CONTACT = {"mobile": clean_mobile, "email": clean_email}
OWN = (*staff.CODES, *staff.LINES)
"""What a professional may change besides; the department is his employer's to say."""


class PasswordNeededError(Exception):
    """The e-mail address would change: it is where a lost password is recovered, so its owner has to confirm."""


def own(session: Session, actor: Actor) -> tuple[Account, Person | None]:
    """Return one's own login, and the professional behind it.

    Raises:
        InputError: one may not maintain them (any more).
    """
    account = session.scalars(select(Account).where(Account.id == actor.account_id)).first()
    person = session.get(Person, actor.person_id) if actor.person_id else None
    rows = [row for row in (account, person) if row is not None]
    if account is None or not all(permissions.allows(session, actor, Verb.MAINTAIN, row) for row in rows):
        raise InputError({"": "您的信息现在不能修改，请联系所属单位或上级管理员"})
    return account, person


def save(
    session: Session, actor: Actor, typed: Mapping[str, str | None], source: Source, *, confirmed: bool
) -> bool:
    """Store what was typed and journal the difference; the caller commits.

    A new e-mail address is told to the old one, and links that were sent to the old one open nothing any more.

    Args:
        session: the actor's session.
        actor: whose data.
        typed: text by field: ``mobile``, ``email`` and, of a professional, :data:`OWN`.
        source: where it is done from.
        confirmed: whether the password was asked for.

    Returns:
        Whether anything was changed.

    Raises:
        InputError: by field.
        PasswordNeededError: a new e-mail address was not confirmed; the caller rolls back.
    """
    account, person = own(session, actor)
    contact = _clean_contact(typed)
    before = {name: getattr(account, name) for name in contact}
    changes = {
        name: [label_of(Account, name), before[name], text]
        for name, text in contact.items()
        if text != before[name]
    }
    if person is not None:
        changes |= _change_person(session, person, typed, contact)
    if "email" in changes and not confirmed:
        raise PasswordNeededError
    for name, text in contact.items():
        setattr(account, name, text)
    session.flush()
    if changes:
        about = person or account
        journal.record(
            session,
            actor,
            about.__tablename__,
            about.id,
            "edit",
            details=changes,
            request_id=source.request_id,
        )
    if "email" in changes:
        _tell_old_address(session, account, before["email"])
        login_journal.record(session, actor, login_journal.LoginEvent.EMAIL_CHANGED, account.id, source)
    return bool(changes)


def _clean_contact(typed: Mapping[str, str | None]) -> dict[str, str]:
    errors, cleaned = {}, {}
    for name, cleaner in CONTACT.items():
        text = (typed.get(name) or "").strip()
        try:
            cleaned[name] = cleaner(text)
        except IdentifierError as error:
            errors[name] = error.sentence if text else f"请填写“{label_of(Account, name)}”"
    if errors:
        raise InputError(errors)
    return cleaned


def _change_person(
    session: Session, person: Person, typed: Mapping[str, str | None], contact: Mapping[str, str]
) -> dict[str, list[str]]:
    before = {name: getattr(person, name) or "" for name in OWN}
    with session.no_autoflush:
        for name in staff.CODES:
            setattr(person, name, typed.get(name) or None)
        for name in staff.LINES:
            setattr(person, name, typed.get(name) or "")
        for name, text in contact.items():
            setattr(person, name, text)
        staff.clean(session, person)
    return {
        name: [label_of(Person, name), before[name], getattr(person, name) or ""]
        for name in OWN
        if before[name] != (getattr(person, name) or "")
    }


def _tell_old_address(session: Session, account: Account, old: str) -> None:
    with unscoped(session, "one's own links"):
        session.execute(
            update(RecoveryLink)
            .where(RecoveryLink.account_id == account.id, RecoveryLink.used_at.is_(None))
            .values(used_at=now())
        )
    if old:
        mail.send(
            session, old, "email_changed", name=account.real_name, user_type=account.user_type.label,
            address=masked(account.email),
        )  # fmt: skip


def masked(address: str) -> str:
    """Return an e-mail address as somebody else may be told it: ``z***@example.com``."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"
