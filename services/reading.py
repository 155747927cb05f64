"""Small reads for forms, filters and pages; all through the session's own scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import selectinload

from models import (
    Announcement,
    Certificate,
    ClaimKind,
    CreditYear,
    Department,
    Dictionary,
    DictionaryItem,
    JournalEntry,
    Notice,
    Organization,
    Person,
    Region,
    YearSummary,
)
from models.base import today
from models.enums import (
    CertificateStatus,
    OrganizationKind,
    OrganizationStatus,
    PersonState,
    RegionLevel,
)
from permissions.wall import unscoped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

STAFF_LIMIT = 2_000
HENAN = "410000"
Choices = list[tuple[str, str]]


def kinds(session: Session) -> Sequence[ClaimKind]:
    """Return the claim kinds in order, with their versions."""
    return session.scalars(
        select(ClaimKind).order_by(ClaimKind.position).options(selectinload(ClaimKind.versions))
    ).all()


def kind_choices(session: Session) -> Choices:
    """Return (key, name) of the claim kinds."""
    return [
        (str(key), name)
        for key, name in session.execute(select(ClaimKind.id, ClaimKind.name).order_by(ClaimKind.position))
    ]


def year_choices(session: Session) -> Choices:
    """Return the years, newest first."""
    years = session.scalars(select(CreditYear.year).order_by(CreditYear.year.desc()))
    return [(str(year), str(year)) for year in years]


def open_years(session: Session, day: date) -> list[int]:
    """Return the years that may be claimed for on ``day``, newest first; a year that has not begun is not offered."""
    return list(
        session.scalars(
            select(CreditYear.year)
            .where(CreditYear.claims_open <= day, CreditYear.claims_close >= day, CreditYear.year <= day.year)
            .order_by(CreditYear.year.desc())
        )
    )


def staff_choices(session: Session) -> list[tuple[int, str]]:
    """Return (key, name) of the people in service of the session's scope, for registering on their behalf."""
    rows = session.execute(
        select(Person.id, Person.name, Department.name.label("department"))
        .outerjoin(Department, Department.id == Person.department_id)
        .where(Person.state == PersonState.IN_SERVICE)
        .order_by(Person.name_initials, Person.id)
        .limit(STAFF_LIMIT)
    )
    return [(row.id, f"{row.name}（{row.department or '未分部门'}）") for row in rows]


def department_choices(session: Session) -> Choices:
    """Return (key, name) of the departments of the session's scope."""
    rows = session.execute(
        select(Department.id, Department.name).order_by(Department.position, Department.id)
    )
    return [(str(key), name) for key, name in rows]


def dictionary_choices(session: Session, code: str) -> Choices:
    """Return (code, label) of a dictionary's entries in force; entries below another are indented."""
    rows = session.execute(
        select(DictionaryItem.code, DictionaryItem.label, DictionaryItem.parent_code)
        .where(
            DictionaryItem.dictionary_code == code,
            or_(DictionaryItem.valid_to.is_(None), DictionaryItem.valid_to >= today()),
        )
        .order_by(DictionaryItem.position)
    )
    return [(row.code, f"\u3000{row.label}" if row.parent_code else row.label) for row in rows]


def region_choices(session: Session, parent: str, level: RegionLevel) -> Choices:
    """Return (code, name) of the divisions of a level below ``parent``."""
    rows = session.execute(
        select(Region.code, Region.name)
        .where(Region.parent_code == parent, Region.level == level, Region.valid_to.is_(None))
        .order_by(Region.code)
    )
    return [(row.code, row.name) for row in rows]


def employers_in(session: Session, region: str) -> Choices:
    """Return (key, name) of the employers people can register at in exactly this region; for visitors too."""
    with unscoped(session, "a visitor chooses the employer to register at"):
        rows = session.execute(
            select(Organization.id, Organization.name)
            .where(
                Organization.kind == OrganizationKind.EMPLOYER,
                Organization.status == OrganizationStatus.ACTIVE,
                Organization.region_code == region,
            )
            .order_by(Organization.name)
        ).all()
    return [(str(row.id), row.name) for row in rows]


def departments_of(session: Session, employer_id: int) -> Choices:
    """Return (key, name) of an employer's departments; for visitors too."""
    with unscoped(session, "a visitor chooses the department to register at"):
        rows = session.execute(
            select(Department.id, Department.name)
            .where(Department.organization_id == employer_id)
            .order_by(Department.position, Department.id)
        ).all()
    return [(str(row.id), row.name) for row in rows]


def offices(session: Session, kinds_of_office: Sequence[OrganizationKind]) -> Choices:
    """Return (key, name) of active offices an organisation can name as its superior; for visitors too."""
    with unscoped(session, "a visitor names the offices above his organisation"):
        rows = session.execute(
            select(Organization.id, Organization.name)
            .where(Organization.kind.in_(kinds_of_office), Organization.status == OrganizationStatus.ACTIVE)
            .order_by(Organization.region_code, Organization.name)
        ).all()
    return [(str(row.id), row.name) for row in rows]


def announcements(session: Session) -> Sequence[Announcement]:
    """Return the announcements of the day, newest first."""
    day = today()
    return session.scalars(
        select(Announcement)
        .where(
            Announcement.valid_from <= day, or_(Announcement.valid_to.is_(None), Announcement.valid_to >= day)
        )
        .order_by(Announcement.valid_from.desc(), Announcement.id.desc())
        .limit(10)
    ).all()


def unread_notices(session: Session) -> int:
    """Return how many messages of the session's scope are unread."""
    return session.scalar(select(func.count(Notice.id)).where(Notice.read_at.is_(None))) or 0


def journal_of(session: Session, object_type: str, key: int) -> list[tuple[JournalEntry, str | None]]:
    """Return the journal rows of one thing with the office that acted, oldest first."""
    with unscoped(session, "the thing itself was checked; its history names offices, not people"):
        rows = session.execute(
            select(JournalEntry, Organization.name)
            .outerjoin(Organization, Organization.id == JournalEntry.actor_organization_id)
            .where(JournalEntry.object_type == object_type, JournalEntry.object_id == key)
            .order_by(JournalEntry.id)
        ).all()
    return [(row[0], row[1]) for row in rows]


def people_of_department(department_id: int) -> Select[int]:
    """Return ``SELECT person.id`` of a department."""
    return select(Person.id).where(Person.department_id == department_id)


def valid_certificates(session: Session, summary_ids: Sequence[int]) -> list[int]:
    """Return the keys of the valid certificates of person-years."""
    return list(
        session.scalars(
            select(Certificate.id)
            .join(
                YearSummary,
                and_(
                    YearSummary.person_id == Certificate.person_id,
                    YearSummary.credit_year == Certificate.credit_year,
                ),
            )
            .where(YearSummary.id.in_(summary_ids), Certificate.status == CertificateStatus.VALID)
        )
    )


def unread(session: Session) -> Sequence[Notice]:
    """Return the unread messages of the session's scope."""
    return session.scalars(select(Notice).where(Notice.read_at.is_(None))).all()


def dictionaries(session: Session) -> Choices:
    """Return (code, label) of the dictionaries."""
    rows = session.execute(select(Dictionary.code, Dictionary.label).order_by(Dictionary.code))
    return [(row.code, row.label) for row in rows]


def counties(session: Session, city: str) -> Choices:
    """Return (code, name) of a city's counties, led by the city itself for units directly under it."""
    name = session.scalar(select(Region.name).where(Region.code == city))
    if name is None:
        return []
    return [(city, f"{name}（市本级）"), *region_choices(session, city, RegionLevel.COUNTY)]


def cities(session: Session) -> Choices:
    """Return (code, name) of the province's cities."""
    return region_choices(session, HENAN, RegionLevel.CITY)


def province_regions(session: Session) -> Choices:
    """Return (code, name) of the province's cities and, indented below each, its counties."""
    rows = session.execute(
        select(Region.code, Region.name, Region.level)
        .where(
            Region.code.between(HENAN, "419999"),
            Region.level != RegionLevel.PROVINCE,
            Region.valid_to.is_(None),
        )
        .order_by(Region.code)
    )
    return [(row.code, row.name if row.level is RegionLevel.CITY else f"\u3000{row.name}") for row in rows]
