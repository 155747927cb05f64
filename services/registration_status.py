"""注册进度查询: what became of a registration, and its data once more where it came to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from models import Account, Organization, Person
from models.base import CHINA, today
from models.enums import AccountStatus, OrganizationStatus, PersonState
from permissions.actor import Actor
from permissions.wall import unscoped
from services.reading import HENAN
from services.registration_kinds import KINDS, Asked

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.enums import UserType

ENDED = (AccountStatus.REJECTED, AccountStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """What became of a registration: which office holds it and since when.

    Attributes:
        account_id: the account found.
        status: its state.
        name: whose it is.
        holder: the office that decides it.
        since: since when it is in this state.
        days: for how many days.
        reason: what was said on rejection.
        again: whether its data can be corrected and sent once more.
    """

    account_id: int
    status: AccountStatus
    name: str
    holder: str
    since: datetime
    days: int
    reason: str | None
    again: bool


def registration_state(session: Session, account_id: int) -> RegistrationState:
    """Return what became of a registration; the caller asked for its password (``services.logins``)."""
    with unscoped(session, "the password is the permission"):
        account = session.get_one(Account, account_id)
        return RegistrationState(
            account_id=account.id,
            status=account.status,
            name=account.organization.name if account.organization else account.real_name,
            holder=account.approver.name if account.approver else "系统管理员",
            since=account.status_since,
            days=(today() - account.status_since.astimezone(CHINA).date()).days,
            reason=account.reason,
            again=_came_to_nothing(account),
        )


def applicant(state: RegistrationState, user_type: UserType) -> Actor:
    """Return the actor behind a registration that is not approved yet: it may withdraw itself, nothing else."""
    return Actor(account_id=state.account_id, user_type=user_type, label=state.name)


def data_of(session: Session, account_id: int) -> tuple[str, dict[str, Any]] | None:
    """Return kind and form data of a registration that came to nothing, ``None`` for any other.

    They are sent again as a new registration (``after`` names this one): the old row stays what it was, with its
    decision and reason, and whoever registered the same code or citizen id meanwhile keeps it. The caller asked for its
    password.
    """
    with unscoped(session, "the password is the permission"):
        account = session.get(Account, account_id)
        if account is None or not _came_to_nothing(account):
            return None
        data: dict[str, Any] = {
            "after": account.id,
            "reason": account.reason or "",
            "citizen_id": account.citizen_id,
            "real_name": account.real_name,
            "mobile": account.mobile,
            "email": account.email,
        }
        if account.person is not None:
            data |= _of_person(account.person)
        elif account.organization is not None:
            data |= _of_organization(account.organization)
    return account.user_type.value, {name: value for name, value in data.items() if value is not None}


def _came_to_nothing(account: Account) -> bool:
    """Tell whether an account ended with all that was registered: not one that was only refused a second administrator."""
    person, organization = account.person, account.organization
    return account.status in ENDED and (
        (person is not None and person.state is PersonState.VOID)
        or (
            organization is not None
            and organization.status is OrganizationStatus.VOID
            and organization.kind in KINDS
        )
    )


def _of_person(person: Person) -> dict[str, Any]:
    region = person.employer.region
    alone = region is None or region.parent_code in (None, HENAN)
    return {
        "region_city": person.region_code if region is None or alone else region.parent_code,
        "region_county": person.region_code,
        "employer": str(person.employer_id),
        "department": str(person.department_id or ""),
        "sex": person.sex.value,
        "birth_date": person.birth_date.isoformat(),
        "native_place": person.native_place,
        "school": person.school,
        "ethnicity": person.ethnicity_code,
        "education": person.education_code,
        "degree": person.degree_code,
        "major": person.major_code,
        "title_series": person.title_series_code,
        "title_level": person.title_level_code,
    }


def _of_organization(organization: Organization) -> dict[str, Any]:
    asked = KINDS[organization.kind].fields
    keys = {
        field.name: str(getattr(organization, field.name) or "")
        for field in asked
        if field.how is Asked.OFFICE
    }
    return {
        "code": organization.credit_code or organization.code,
        "certificate_key": organization.certificate_key,
        "certificate_mime": organization.certificate_mime,
        **{field.name: getattr(organization, field.name) for field in asked},
        **keys,
    }
