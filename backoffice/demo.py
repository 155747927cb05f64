"""The demo world for the command line: building it, and the logins that open it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_security import hash_password, verify_password
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from models import Account, Organization, Person, Region
from models.enums import AccountStatus, OrganizationStatus, UserType
from permissions.wall import unscoped
from seed.base import seed_base
from seed.demo import build_demo, is_built
from seed.demo_people import codes
from seed.demo_stage import DEMO_PASSWORD, DemoError
from services import audit
from views.extensions import db, system_session

if TYPE_CHECKING:
    from flask import Flask

ORDER = (
    UserType.SYSTEM, UserType.PROVINCE, UserType.BUREAU, UserType.AUTHORITY, UserType.EMPLOYER, UserType.INSTITUTION,
    UserType.PERSON,
)  # fmt: skip


def build_world(app: Flask) -> str:
    """Build the demo world with everything it stands on; a second time changes nothing.

    Args:
        app: the application; the schema is up to date.

    Returns:
        A sentence about what was done.

    Raises:
        seed.demo_stage.DemoError: this is a production system, or the database has organisations of its own.
    """
    settings = app.settings  # type: ignore[attr-defined]
    if settings.production:
        raise DemoError("正式环境不能建立演示数据：演示账户的密码是公开的")
    with app.app_context():
        with system_session() as session:
            if session.scalar(select(Region.id).limit(1)) is None:
                seed_base(session)
        report = build_demo(db.engine, app.media, hash_password, public_url=settings.public_url)  # type: ignore[attr-defined]
        if report.built:
            with system_session() as session:
                audit.seal(session)
    size = (
        f"{report.employers} 个单位、{report.people} 名在职专业技术人员、{report.claims} 条申报、"
        f"{report.certificates} 份有效证书"
    )
    return f"已建立演示数据：{size}" if report.built else f"演示数据已存在，未作改动：{size}"


def logins(app: Flask) -> list[dict[str, Any]]:
    """Return every login of the demo world that can log in, administrators first; nothing where there is no demo world.

    Read from the database: a login that was disabled, or whose password was changed, is left out.

    Args:
        app: the application.
    """
    with (
        app.app_context(),
        system_session() as session,
        unscoped(session, "the demo world is listed as a whole"),
    ):
        if not is_built(session):
            return []
        accounts = session.scalars(
            select(Account)
            .outerjoin(Organization, Organization.id == Account.organization_id)
            .outerjoin(Person, Person.id == Account.person_id)
            .where(
                Account.status == AccountStatus.ACTIVE,
                or_(Organization.code.in_(codes()), Person.employer_id.in_(_employers())),
                or_(Organization.id.is_(None), Organization.status == OrganizationStatus.ACTIVE),
            )
            .options(joinedload(Account.organization), joinedload(Account.person).joinedload(Person.employer))
        ).all()
        right = {
            stored: verify_password(DEMO_PASSWORD, stored) for stored in {row.password for row in accounts}
        }
        accounts = sorted(accounts, key=lambda row: (ORDER.index(row.user_type), row.id))
        return [_login(row) for row in accounts if right[row.password]]


def _employers() -> Any:
    return select(Organization.id).where(Organization.code.in_(codes()))


def _login(account: Account) -> dict[str, Any]:
    office = account.organization or (account.person.employer if account.person else None)
    return {
        "user_type": account.user_type.value,
        "organization_code": account.organization.code if account.organization else "",
        "citizen_id": account.citizen_id,
        "password": DEMO_PASSWORD,
        "role": account.user_type.label,
        "organization_name": office.name if office else "",
    }
