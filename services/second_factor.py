"""Two-step verification: codes of an authenticator app (RFC 6238), and recovery codes on paper for the day it is lost."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, func, insert, or_, select, update

from models import Account, RecoveryCode, SecondFactor
from models.base import now
from models.crypto import keyring
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import duties, journal
from services.errors import InputError
from services.login_journal import LoginEvent, record
from services.notices import tell_holder

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.sessions import Source

ISSUER = "继教通"
DIGITS, STEP = 6, 30  # digits of a code; seconds it holds: what every authenticator app takes for granted
SECRET_BYTES = 20  # 160 bits, RFC 4226 §4
DRIFT = (0, -1, 1)  # steps a telephone's clock may be off
CODES = 10
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like something else
WRONG_CODE = "验证码不正确或已经用过，请输入验证器上当前显示的 6 位数字"

factor, paper = SecondFactor.__table__.c, RecoveryCode.__table__.c


@dataclass(frozen=True, slots=True)
class State:
    """What an account has.

    Attributes:
        confirmed_at: since when the second factor is in force; ``None`` while it is not.
        waiting: a secret was made and waits for its first code.
        codes_left: recovery codes not used yet.
    """

    confirmed_at: datetime | None
    waiting: bool
    codes_left: int


def state_of(session: Session, account_id: int) -> State:
    """Return what an account has."""
    with unscoped(session, "second factors belong to no role; the account was checked"):
        row = session.execute(
            select(SecondFactor.confirmed_at).where(SecondFactor.account_id == account_id)
        ).one_or_none()
        left = session.scalar(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        )
    if row is None:
        return State(None, waiting=False, codes_left=0)
    return State(row.confirmed_at, waiting=row.confirmed_at is None, codes_left=left or 0)


def start(session: Session, account_id: int) -> None:
    """Make a secret that waits for its first code; one that waits already is replaced. The caller commits.

    Raises:
        InputError: the second factor is in force.
    """
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()
    with unscoped(session, "second factors belong to no role; the account is one's own"):
        session.execute(
            delete(SecondFactor).where(
                SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_(None)
            )
        )
        if session.scalar(select(SecondFactor.id).where(SecondFactor.account_id == account_id)) is not None:
            raise InputError({"": "两步验证已经启用"})
        session.add(SecondFactor(account_id=account_id, secret=secret))
        session.flush()


def enrolment(session: Session, account_id: int, label: str) -> tuple[str, str] | None:
    """Return key and address (``otpauth://…``) for an authenticator app, while the secret waits for its first code.

    Args:
        session: any session.
        account_id: one's own.
        label: what the app shall call the account; never the citizen id.
    """
    with unscoped(session, "second factors belong to no role; the account is one's own"):
        secret = session.scalar(
            select(SecondFactor.secret).where(
                SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_(None)
            )
        )
    if secret is None:
        return None
    grouped = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    return grouped, _totp(secret).get_provisioning_uri(label.replace(":", " "), ISSUER)


def confirm(session: Session, actor: Actor, code: str, source: Source) -> list[str]:
    """Put the waiting secret in force by a first code; return the recovery codes, which are nowhere else.

    Args:
        session: the actor's session; the caller commits.
        actor: the owner.
        code: as typed.
        source: where it is done from.

    Raises:
        InputError: the code is wrong, or nothing waits.
    """
    account_id = _id_of(actor)
    with unscoped(session, "second factors belong to no role; the account is one's own"):
        row = session.scalars(
            select(SecondFactor).where(
                SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_(None)
            )
        ).one_or_none()
        if row is None:
            raise InputError({"": "请先点“开始设置”"})
        step = _step_of(row.secret, code)
        if step is None:
            raise InputError({"code": WRONG_CODE})
        row.confirmed_at, row.last_step = now(), step
        session.flush()
        record(session, actor, LoginEvent.FACTOR_ENABLED, account_id, source)
        return _fresh_codes(session, account_id)


def accept(session: Session, account_id: int, code: str) -> str | None:
    """Use up a code; return what it was (``app`` or ``paper``), or ``None`` where it is wrong or was used before.

    Must run inside ``unscoped``. Of two requests with the same code one is accepted: the time step moves on, and the
    paper code is marked, by an UPDATE that says what it found before.
    """
    secret = session.scalar(
        select(SecondFactor.secret).where(
            SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_not(None)
        )
    )
    if secret is None:
        return None
    step = _step_of(secret, code)
    if step is not None:
        fresh = session.execute(
            update(SecondFactor.__table__)
            .where(factor.account_id == account_id, or_(factor.last_step.is_(None), factor.last_step < step))
            .values(last_step=step)
            .returning(factor.id)
        ).one_or_none()
        return "app" if fresh else None
    used = session.execute(
        update(RecoveryCode.__table__)
        .where(
            paper.account_id == account_id,
            paper.code_hash == _code_hash(account_id, code),
            paper.used_at.is_(None),
        )
        .values(used_at=now())
        .returning(paper.id)
    ).one_or_none()
    return "paper" if used else None


def new_codes(session: Session, actor: Actor, source: Source) -> list[str]:
    """Replace the recovery codes; return the new ones, which are nowhere else. The caller commits.

    Raises:
        InputError: the second factor is not in force.
    """
    account_id = _id_of(actor)
    if state_of(session, account_id).confirmed_at is None:
        raise InputError({"": "两步验证还没有启用"})
    with unscoped(session, "second factors belong to no role; the account is one's own"):
        record(session, actor, LoginEvent.CODES_MADE, account_id, source)
        return _fresh_codes(session, account_id)


def remove(session: Session, actor: Actor, source: Source) -> None:
    """Give up one's own second factor; the caller asked for the password, and commits."""
    account_id = _id_of(actor)
    drop(session, account_id)
    record(session, actor, LoginEvent.FACTOR_DISABLED, account_id, source)


def reset(session: Session, actor: Actor, account: Account, *, request_id: str | None = None) -> None:
    """Take the second factor off an account whose owner lost it; the caller commits.

    Args:
        session: the actor's session.
        actor: the superior.
        account: whose.
        request_id: for the journal.

    Raises:
        InputError: the actor may not reset this account.
    """
    if account.id == actor.account_id or not permissions.allows(session, actor, Verb.RESET, account):
        refusal = duties.why_no_reset(actor, account) or "您不能重置这个账户的两步验证，请联系它的上级"
        raise InputError({"": refusal})
    drop(session, account.id)
    with unscoped(session, "the permission was checked"):
        journal.record(session, actor, "account", account.id, "reset_factor", request_id=request_id)
        tell_holder(session, actor, account.id, "您的两步验证已被重置", "factor_reset")


def drop(session: Session, account_id: int) -> None:
    """Delete secret and recovery codes of an account."""
    with unscoped(session, "second factors belong to no role; the permission was checked"):
        session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
        session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def code_at(secret: str, moment: datetime) -> str:
    """Return the code an authenticator app shows at a moment."""
    return _totp(secret).generate(int(moment.timestamp())).decode()


def _id_of(actor: Actor) -> int:
    if actor.account_id is None:
        raise InputError({"": "请先登录"})
    return actor.account_id


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP)  # noqa: S303  (RFC 6238; apps know no other)


def _step_of(secret: str, typed: str) -> int | None:
    """Return the time step a code belongs to, or ``None`` where it belongs to none near this moment."""
    code = "".join(typed.split())
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    totp, current = _totp(secret), int(now().timestamp()) // STEP
    fitting = [
        current + drift
        for drift in DRIFT
        if secrets.compare_digest(totp.generate((current + drift) * STEP), code.encode())
    ]
    return fitting[0] if fitting else None


def _fresh_codes(session: Session, account_id: int) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(8)) for _ in range(CODES)]
    rows = [{"account_id": account_id, "code_hash": _code_hash(account_id, code)} for code in codes]
    session.execute(insert(RecoveryCode.__table__), rows)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def _code_hash(account_id: int, typed: str) -> str:
    """Return the keyed digest of a recovery code: 40 bits that cannot be searched without the system's key."""
    code = "".join(character for character in typed.upper() if character.isalnum())
    return keyring().sign("recovery-code", f"{account_id}:{code}".encode())
