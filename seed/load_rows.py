"""The rows a bulk load writes, one function a table; what a status carries stands here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.enums import (
    DECIDED,
    DECLARED_OR_LATER,
    WAITING,
    AccountStatus,
    CheckResult,
    ClaimStatus,
    OrganizationKind,
    OrganizationStatus,
    PersonState,
    UserType,
)
from models.identifiers import make_organization_code, sex_of
from seed import load_names
from services.registration import initials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

Row = dict[str, Any]

NOBODYS_HASH = (
    "$argon2id$v=19$m=65536,t=3,p=4$hn60UWAEve1Db4TnBpp19Q$tLN0asoI1VbBlyBBlu7iMSm3iHvYtTY/ywkfHsibEvY"
)
"""A well-formed hash of random bytes: no password fits, so nobody logs in to a loaded account."""
TITLE_LEVELS = (
    "full_senior",
    "associate_senior",
    "middle",
    "middle",
    "junior",
    "junior",
    "technician_junior",
)
HOURS = tuple(Decimal(tenths) / 10 for tenths in (10, 20, 30, 40, 50, 60, 80, 100, 125, 150, 200, 300))
AWARDED = (ClaimStatus.APPROVED, ClaimStatus.REVOKED)
REFUSED = (ClaimStatus.RETURNED, ClaimStatus.REJECTED)
BEGINNING = datetime(2010, 1, 1, tzinfo=UTC)
REASON = "材料不齐"


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """The shape of a load; the defaults resemble a province after ten years.

    Attributes:
        years: credit years the claims are spread over; they must exist.
        statuses: how often each status occurs, as weights.
        people_per_employer: average size of an employer.
        counties: at most so many counties get an office and employers; ``None`` means all.
        person_accounts: whether people can be told something, that is, have a login.
    """

    years: tuple[int, ...] = tuple(range(2016, 2026))
    statuses: Mapping[ClaimStatus, int] = field(
        default_factory=lambda: {
            ClaimStatus.DECLARED: 80, ClaimStatus.APPROVED: 10, ClaimStatus.ACCEPTED: 3, ClaimStatus.SUBMITTED: 3,
            ClaimStatus.REJECTED: 1, ClaimStatus.RETURNED: 1, ClaimStatus.REVOKED: 1, ClaimStatus.DRAFT: 1,
        }
    )  # fmt: skip
    people_per_employer: int = 100
    counties: int | None = None
    person_accounts: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """An organisation of the load with what the rows below it refer to."""

    id: int
    administrator_id: int
    region_code: str
    bureau: Office | None = None
    departments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Citizen:
    """An invented citizen: id, its blind index, birth and name."""

    citizen_id: str
    index: str
    birth_date: date
    name: str


def organization(number: int, kind: OrganizationKind, name: str, region: str, bureau: Office | None) -> Row:
    """Return an active organisation; ``number`` becomes its code."""
    return {
        "kind": kind,
        "code": make_organization_code(number),
        "name": name,
        "name_initials": initials(name),
        "status": OrganizationStatus.ACTIVE,
        "region_code": region,
        "bureau_id": bureau.id if bureau else None,
        "created_at": BEGINNING,
    }


def account(user_type: UserType, citizen: Citizen, *, approver: Office | None, **tie: int) -> Row:
    """Return an active account without a usable password; ``tie`` is its person or its organisation."""
    return tie | {
        "user_type": user_type,
        "citizen_id": citizen.citizen_id,
        "citizen_id_index": citizen.index,
        "real_name": citizen.name,
        "approver_id": approver.id if approver else None,
        "password": NOBODYS_HASH,
        "fs_uniquifier": secrets.token_hex(16),
        "status": AccountStatus.ACTIVE,
        "status_since": BEGINNING,
        "decided_at": BEGINNING,
        "created_at": BEGINNING,
    }


def person(random: Random, citizen: Citizen, employer: Office) -> Row:
    """Return a professional in service."""
    return {
        "citizen_id": citizen.citizen_id,
        "citizen_id_index": citizen.index,
        "name": citizen.name,
        "name_initials": initials(citizen.name),
        "sex": sex_of(citizen.citizen_id),
        "birth_date": citizen.birth_date,
        "state": PersonState.IN_SERVICE,
        "employer_id": employer.id,
        "department_id": random.choice(employer.departments),
        "region_code": employer.region_code,
        "title_level_code": random.choice(TITLE_LEVELS),
        "created_at": BEGINNING,
    }


def claim(random: Random, plan: LoadPlan, kind: Any, owner: Row, employer: Office) -> Row:
    """Return a claim of a person, without its evidence key and its person.

    Args:
        random: source of everything that varies.
        plan: years and statuses.
        kind: row of a kind's version (``id``, ``kind_id``, ``subjects``).
        owner: the person's row.
        employer: the person's employer.
    """
    begin = date(random.choice(plan.years), 1, 1) + timedelta(days=random.randrange(180))
    filed = datetime(begin.year, begin.month, begin.day, 1, tzinfo=UTC)
    filed += timedelta(minutes=random.randrange(10 * 1440, 30 * 1440))
    status = random.choices(list(plan.statuses), weights=list(plan.statuses.values()))[0]
    hours = random.choice(HOURS)
    return {
        "employer_id": employer.id,
        "department_id": owner["department_id"],
        "region_code": employer.region_code,
        "kind_id": kind.kind_id,
        "kind_version_id": kind.id,
        "credit_year": begin.year,
        "subject": random.choice(kind.subjects),
        "title": load_names.title(random),
        "start_date": begin,
        "end_date": begin + timedelta(days=random.randrange(10)),
        "complete": True,
        "computed_hours": hours,
        "check_result": CheckResult.CLEAN if status in WAITING else CheckResult.UNCHECKED,
        "created_at": filed,
    } | _state(status, employer, filed, hours)


def _state(status: ClaimStatus, employer: Office, filed: datetime, hours: Decimal) -> Row:
    """What a claim in this status carries. The status is written, not reached: a load is a fixture of states."""
    declared, decided, revoked = (filed + timedelta(days=days) for days in (7, 21, 60))
    is_declared, is_decided = status in DECLARED_OR_LATER, status in DECIDED
    is_revoked = status == ClaimStatus.REVOKED
    bureau = employer.bureau or employer
    return {
        "status": status,
        "status_since": revoked
        if is_revoked
        else decided
        if is_decided
        else declared
        if is_declared
        else filed,
        "approver_id": bureau.id if is_declared else None,
        "declared_by_id": employer.administrator_id if is_declared else None,
        "declared_at": declared if is_declared else None,
        "decided_by_id": bureau.administrator_id if is_decided else None,
        "decided_at": decided if is_decided else None,
        "reason": REASON if status in REFUSED else None,
        "awarded_hours": hours if status in AWARDED else None,
        "revoked_by_id": bureau.administrator_id if is_revoked else None,
        "revoked_at": revoked if is_revoked else None,
        "revoked_reason": REASON if is_revoked else None,
    }
