"""Offices that need nobody's approval: the system's own, the province, and others an installation begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from models import Account, Organization, Region
from models.base import now
from models.enums import AccountStatus, OrganizationKind, OrganizationStatus, UserType
from models.identifiers import IdentifierError, clean_organization_code, make_organization_code
from permissions.actor import VISITOR
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.registration import (
    Credentials,
    clean_credentials,
    initials,
    new_account,
    used_code,
    used_region,
)
from services.validity import in_force

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

SYSTEM_CODE = make_organization_code(1)


def create_office(
    session: Session,
    kind: OrganizationKind,
    name: str,
    code: str,
    *,
    region_code: str | None = None,
    bureau_id: int | None = None,
    industry_code: str | None = None,
) -> Organization:
    """Create an active office, as an installation begins with it.

    Raises:
        InputError: the code is taken, or the region has its bureau already.
    """
    with unscoped(session, "an installation's first offices"):
        used = used_code(session, code)
        if used:
            raise InputError({"code": used})
        second = used_region(session, region_code or "") if kind is OrganizationKind.BUREAU else None
        if second:
            raise InputError({"region": second})
        office = Organization(
            kind=kind,
            code=code,
            name=name,
            name_initials=initials(name),
            region_code=region_code,
            bureau_id=bureau_id,
            industry_code=industry_code,
        )
        session.add(office)
        session.flush()
        # There is no office above that could approve: the installation itself does, once, and journals it.
        session.execute(
            update(Organization)
            .where(Organization.id == office.id)
            .values(status=OrganizationStatus.ACTIVE)
            .execution_options(synchronize_session=False)
        )
        session.expire(office)
        journal.record(session, VISITOR, "organization", office.id, "create")
    return office


def appoint(
    session: Session, office: Organization, credentials: Credentials, hash_password: Callable[[str], str]
) -> Account:
    """Appoint an administrator of an office nobody approves.

    Raises:
        InputError: by field.
    """
    credentials = clean_credentials(credentials)
    with unscoped(session, "an installation's first administrators"):
        kind = UserType.of(office.kind.value)
        account = new_account(session, credentials, hash_password, kind, organization_id=office.id)
        # Nor is there anybody who could approve its administrator.
        session.execute(
            update(Account)
            .where(Account.id == account.id, Account.status == AccountStatus.PENDING)
            .values(status=AccountStatus.ACTIVE, decided_at=now(), status_since=now())
            .execution_options(synchronize_session=False)
        )
        journal.record(session, VISITOR, "account", account.id, "appoint")
        session.expire(account)
    return account


@dataclass(frozen=True, slots=True)
class OfficeInput:
    """An office as an operator types it; ``superior`` is the organisation code of the office above."""

    kind: str
    name: str
    code: str
    region: str | None
    superior: str | None
    industry: str | None


def open_office(
    session: Session, typed: OfficeInput, first: Credentials, hash_password: Callable[[str], str]
) -> Organization:
    """Create an office and appoint its first administrator.

    Raises:
        InputError: by field; nothing was stored.
    """
    kind = OrganizationKind.of(typed.kind)
    errors: dict[str, str] = {}
    code = ""
    try:
        code = clean_organization_code(typed.code).short
    except IdentifierError as error:
        errors["code"] = error.sentence
    with unscoped(session, "an installation's first offices"):
        superior = session.scalars(
            select(Organization).where(Organization.code == (typed.superior or ""))
        ).first()
        if kind is not OrganizationKind.PROVINCE and superior is None:
            errors["superior"] = "请用 --superior 指明上级（同级人社部门）的机构代码"
        if kind is OrganizationKind.AUTHORITY and not typed.industry:
            errors["industry"] = "请用 --industry 指明行业代码"
        known = session.scalar(select(Region.id).where(Region.code == (typed.region or ""), in_force(Region)))
        if kind is not OrganizationKind.AUTHORITY and known is None:
            errors["region"] = "请用 --region 指明行政区划代码"
        if errors:
            raise InputError(errors)
        office = create_office(
            session, kind, typed.name, code, region_code=typed.region,
            bureau_id=superior.id if superior else None, industry_code=typed.industry,
        )  # fmt: skip
    appoint(session, office, first, hash_password)
    return office


def create_system_administrator(
    session: Session, credentials: Credentials, hash_password: Callable[[str], str]
) -> Account:
    """Create the system administrator's first login, and its office where there is none.

    Raises:
        InputError: by field, or the citizen already is one.
    """
    with unscoped(session, "an installation's first administrator"):
        office = session.scalars(
            select(Organization).where(Organization.kind == OrganizationKind.SYSTEM)
        ).first()
        if office is None:
            office = create_office(session, OrganizationKind.SYSTEM, "系统管理", SYSTEM_CODE)
    return appoint(session, office, credentials, hash_password)
