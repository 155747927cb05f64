"""Changing one's own password, and giving out an initial one for somebody who lost his."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from models import Account, RecoveryLink
from models.base import now
from models.enums import AccountStatus, SessionEnd
from permissions import engine as permissions
from permissions.actor import VISITOR
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import duties, journal, lockout, second_factor, sessions, settings
from services.errors import InputError
from services.login_journal import LoginEvent, record
from services.notices import tell_holder
from services.password_profile import check_password, personal
from services.registration import find_account
from services.typed_text import normal_password

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.enums import UserType
    from permissions.actor import Actor
    from services.hashing import Hashing
    from services.sessions import Source

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else
GROUPS, GROUP = 3, 4  # Kx7m-Qp3t-Wn9h: 69 bits, and can be read out over the telephone


def change_password(
    session: Session, actor: Actor, new: str, hashing: Hashing, source: Source, *, keep: int | None
) -> None:
    """Change one's own password and end one's other sessions; the caller asked for the old one, and commits.

    Args:
        session: the actor's session.
        actor: the owner.
        new: as typed.
        hashing: the scheme.
        source: where it is done from.
        keep: key of the session that goes on.

    Raises:
        InputError: the new password is too weak, or the old one again.
    """
    with unscoped(session, "one's own account"):
        account = session.get_one(Account, actor.account_id)
        set_password(session, account, new, hashing, field="new_password")
        sessions.end(session, account.id, SessionEnd.PASSWORD, keep=keep)
        record(session, actor, LoginEvent.PASSWORD_CHANGED, account.id, source)


def set_password(session: Session, account: Account, new: str, hashing: Hashing, *, field: str) -> None:
    """Store a password its owner chose; must run inside ``unscoped``.

    Args:
        session: the running transaction.
        account: whose.
        new: as typed.
        hashing: the scheme.
        field: of the form, for the sentence.

    Raises:
        InputError: too weak, or the same as before.
    """
    password = normal_password(new)
    weakness = check_password(password, *personal(account.citizen_id, account.real_name, account.mobile))
    if weakness:
        raise InputError({field: weakness})
    if hashing.matches(new, account.password):
        raise InputError({field: "新密码不能与原密码相同"})
    _store(session, account.id, hashing.hash(password), None)


def initial_password(fixed: str) -> str:
    """Return a password to be given out: the installation's fixed one, or a random one where there is none."""
    if fixed:
        return fixed
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def initial_until(session: Session) -> datetime:
    """Return until when an initial password given out now holds."""
    return now() + timedelta(hours=settings.value(session, settings.INITIAL_PASSWORD_HOURS))


def reset_password(
    session: Session,
    actor: Actor,
    account: Account,
    *,
    fixed: str,
    hash_password: Callable[[str], str],
    request_id: str | None = None,
) -> str:
    """Give an account an initial password; return it, to be shown once: it is nowhere else.

    It holds for a time and must be changed at the first login. Sessions, locks and recovery links of the account end. The
    caller commits.

    Args:
        session: the actor's session.
        actor: the superior, or another administrator of the same organisation.
        account: whose password.
        fixed: the installation's fixed initial password; empty for a random one.
        hash_password: turns a password into its hash.
        request_id: for the journal.

    Raises:
        InputError: the actor may not reset this account.
    """
    if account.id == actor.account_id:
        raise InputError({"": "自己的密码请在“修改密码”中更改"})
    if not permissions.allows(session, actor, Verb.RESET, account):
        raise InputError(
            {"": duties.why_no_reset(actor, account) or "您不能重置这个账户的密码，请联系它的上级"}
        )
    with unscoped(session, "the permission was checked"):
        password = give_initial(session, account.id, fixed=fixed, hash_password=hash_password)
        journal.record(session, actor, "account", account.id, "reset_password", request_id=request_id)
        tell_holder(session, actor, account.id, "您的密码已被重置", "password_reset")
    return password


def reset_by_operator(
    session: Session,
    user_type: UserType,
    organization_code: str,
    citizen_id: str,
    *,
    fixed: str,
    hash_password: Callable[[str], str],
) -> str:
    """Give an account an initial password from the command line, for the last system administrator who lost his.

    The second factor goes as well. The caller commits.

    Raises:
        InputError: there is no such account that may log in.
    """
    with unscoped(session, "whoever runs commands on the server has the database anyway"):
        account = find_account(session, user_type, organization_code, citizen_id)
        if account is None or account.status is not AccountStatus.ACTIVE:
            raise InputError({"": "没有这个账户，或账户不在正常状态：请检查用户类型、机构代码和身份证号"})
        password = give_initial(session, account.id, fixed=fixed, hash_password=hash_password)
        second_factor.drop(session, account.id)
        journal.record(session, VISITOR, "account", account.id, "reset_password")
    return password


def give_initial(
    session: Session, account_id: int, *, fixed: str, hash_password: Callable[[str], str]
) -> str:
    """Store an initial password and return it; must run inside ``unscoped``, the caller checked the permission.

    Also for a login somebody else creates: its owner comes in with this password once.
    """
    password = initial_password(fixed)
    _store(session, account_id, hash_password(normal_password(password)), initial_until(session))
    sessions.end(session, account_id, SessionEnd.PASSWORD)
    return password


def _store(session: Session, account_id: int, password_hash: str, until: datetime | None) -> None:
    """Replace the password; what was begun under the former one holds no longer."""
    session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(password=password_hash, initial_password_until=until, fs_uniquifier=secrets.token_hex(32))
    )
    session.execute(
        update(RecoveryLink)
        .where(RecoveryLink.account_id == account_id, RecoveryLink.used_at.is_(None))
        .values(used_at=now())
    )
    lockout.clear(session, lockout.key_of(session, account_id))
