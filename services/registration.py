"""What every registration shares: the account block, accounts, and whether a code or a citizen id is taken."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypinyin import Style, lazy_pinyin
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models import Account, Base, Organization
from models.crypto import blind_index
from models.enums import AccountStatus, OrganizationKind, OrganizationStatus, UserType
from models.identifiers import (
    IdentifierError,
    clean_citizen_id,
    clean_email,
    clean_mobile,
    clean_organization_code,
)
from permissions.actor import VISITOR
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.password_profile import check_password, personal
from services.typed_text import normal_password, too_long, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

TAKEN_ID = "该身份证号刚刚已提交注册，请勿重复注册；进度可用“注册进度查询”"
OPEN = (AccountStatus.PENDING, AccountStatus.ACTIVE, AccountStatus.DISABLED)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The account block of a registration, as typed."""

    citizen_id: str
    password: str
    real_name: str
    mobile: str
    email: str


def initials(text: str) -> str:
    """Return the pinyin initials of a name, for search: 张三 → zs."""
    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()[:200]


def clean_credentials(typed: Credentials) -> Credentials:
    """Return the account block in its stored form.

    Raises:
        InputError: by field.
    """
    errors: dict[str, str] = {}
    cleaned: dict[str, str] = {}
    cleaners: dict[str, Callable[[str], str]] = {
        "citizen_id": clean_citizen_id,
        "mobile": clean_mobile,
        "email": clean_email,
    }
    for name, clean in cleaners.items():
        try:
            cleaned[name] = clean(getattr(typed, name))
        except IdentifierError as error:
            errors[name] = error.sentence
    real_name, password = visible(typed.real_name), normal_password(typed.password)
    if not real_name:
        errors["real_name"] = "请填写“姓名”"
    errors |= too_long({"real_name": ("姓名", real_name)})
    known = personal(cleaned.get("citizen_id", ""), real_name, cleaned.get("mobile", ""))
    weakness = check_password(password, *known)
    if weakness:
        errors["password"] = weakness
    if errors:
        raise InputError(errors)
    return Credentials(password=password, real_name=real_name, **cleaned)


def used_code(session: Session, short: str) -> str | None:
    """Say by which state an organisation code is taken, never by whom; ``None`` where it is free."""
    with unscoped(session, "uniqueness is over everybody"):
        status = session.scalar(
            select(Organization.status).where(
                Organization.code == short, Organization.status != OrganizationStatus.VOID
            )
        )
    if status is None:
        return None
    return f"该机构代码已登记（{status.label}），请勿重复注册；忘记进度可用“注册进度查询”"


def used_region(session: Session, region_code: str) -> str | None:
    """Say by which state a region has its bureau already, never which; ``None`` where it has none."""
    with unscoped(session, "uniqueness is over everybody"):
        status = session.scalar(
            select(Organization.status).where(
                Organization.kind == OrganizationKind.BUREAU,
                Organization.region_code == region_code,
                Organization.status != OrganizationStatus.VOID,
            )
        )
    if status is None:
        return None
    return (
        f"该区域的人社局已登记（{status.label}），一个区域只有一个人社局；"
        "如是本局，请由本局管理员增加管理人员，或用“注册进度查询”查看进度"
    )


def open_account(
    session: Session,
    credentials: Credentials,
    hash_password: Callable[[str], str],
    user_type: UserType,
    approver_id: int | None,
    *,
    after: int | None = None,
    **whose: int | None,
) -> Account:
    """Store the account of a registration, which waits for its approver, and journal it; inside ``unscoped``.

    Args:
        session: where it is stored.
        credentials: as :func:`clean_credentials` returned them.
        hash_password: turns a password into its argon2 hash.
        user_type: what it logs in as.
        approver_id: the office that decides.
        after: the account whose data were corrected and sent again, where there is one.
        **whose: ``person_id`` or ``organization_id``.

    Raises:
        InputError: the citizen has such an account already.
    """
    account = new_account(session, credentials, hash_password, user_type, approver_id=approver_id, **whose)
    former = session.get(Account, after) if after else None
    # The office that gave the reason reads it beside what was corrected; another office has nothing to do with it.
    known = former is not None and former.approver_id == approver_id and former.reason
    journal.record(
        session,
        VISITOR,
        "account",
        account.id,
        "register",
        reason=f"修改后重新提交。上次未通过的原因：{former.reason}" if former and known else None,
        details={"after": former.id} if former else {},
    )
    return account


def new_account(
    session: Session,
    credentials: Credentials,
    hash_password: Callable[[str], str],
    user_type: UserType,
    **whose: int | None,
) -> Account:
    """Store a pending account; must run inside ``unscoped``.

    Args:
        session: where it is stored.
        credentials: as :func:`clean_credentials` returned them.
        hash_password: turns a password into its argon2 hash.
        user_type: what it logs in as.
        **whose: ``person_id`` or ``organization_id``, and ``approver_id`` where an office decides it.

    Raises:
        InputError: the citizen has such an account already.
    """
    account = Account(
        user_type=user_type,
        citizen_id=credentials.citizen_id,
        real_name=credentials.real_name,
        mobile=credentials.mobile,
        email=credentials.email,
        password=hash_password(credentials.password),
        fs_uniquifier=secrets.token_hex(32),
        **whose,
    )
    store(session, account, {"": ("citizen_id", TAKEN_ID)})
    return account


def store(session: Session, row: Base, taken: Mapping[str, tuple[str, str]]) -> None:
    """Store a row; somebody who registered the same at the same moment is told like one who came later.

    Args:
        session: where it is stored.
        row: the row.
        taken: field and sentence by a word of the database's own message, which names the index or its column; ``""``
            fits every message, the first that fits is told.

    Raises:
        InputError: somebody else was quicker.
    """
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        told = str(error.orig)
        raise InputError(dict([next(line for word, line in taken.items() if word in told)])) from error


def find_account(
    session: Session, user_type: UserType, organization_code: str, citizen_id: str
) -> Account | None:
    """Return the newest account of (user type, organisation, citizen id), whatever its state.

    Must run inside ``unscoped``.
    """
    try:
        index = blind_index(clean_citizen_id(citizen_id))
        code = clean_organization_code(organization_code).short if user_type is not UserType.PERSON else None
    except IdentifierError:
        return None
    statement = select(Account).where(Account.user_type == user_type, Account.citizen_id_index == index)
    if code is not None:
        statement = statement.join(Organization, Organization.id == Account.organization_id).where(
            Organization.code == code
        )
    open_first = Account.status.in_(OPEN).desc()
    return session.scalars(statement.order_by(open_first, Account.id.desc()).limit(1)).first()
