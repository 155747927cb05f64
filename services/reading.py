"""Small reads for forms, filters and pages; all through the session's own scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Select, String, and_, exists, literal, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from models import (
    Account,
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
from models.enums import (
    CertificateStatus,
    OrganizationKind,
    OrganizationStatus,
    PersonState,
    RegionLevel,
)
from permissions.wall import unscoped
from services.validity import has_ended, in_force, region_name
from workflow import periods

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

STAFF_LIMIT = 2_000
HENAN = "410000"
Choices = list[tuple[str, str]]
FOLDED = frozenset({"training_category", "title_level", "industry"})
"""Dictionaries by which lists are narrowed or statistics counted: there an entry takes in those merged into it."""


def kinds(session: Session) -> Sequence[ClaimKind]:
    """Return the claim kinds in order, with their versions."""
    return session.scalars(
        select(ClaimKind).order_by(ClaimKind.position, ClaimKind.id).options(selectinload(ClaimKind.versions))
    ).all()


def kinds_to_claim(session: Session) -> list[ClaimKind]:
    """Return the kinds a new claim can be of, in order: published, and not retired."""
    return [kind for kind in kinds(session) if kind.versions and not has_ended(kind.versions[0])]


def kind_state(kind: ClaimKind) -> str:
    """Return whether new claims can be of a kind, and what it was or will be merged into."""
    ended = bool(kind.versions) and has_ended(kind.versions[0])
    if kind.merged_into is not None:
        return f"{'已' if ended else '将'}并入“{kind.merged_into.name}”"
    return "已停用" if ended else "在用"


def kind_label(kind: ClaimKind) -> str:
    """Return what a kind is called; one that was retired or merged says so."""
    usual = kind.merged_into is None and not (kind.versions and has_ended(kind.versions[0]))
    return kind.name if usual else f"{kind.name}（{kind_state(kind)}）"


def kind_labels(session: Session) -> dict[int, str]:
    """Return what the claim kinds are called, by key, in order."""
    return {kind.id: kind_label(kind) for kind in kinds(session)}


def kind_choices(session: Session) -> Choices:
    """Return (key, label) of the claim kinds."""
    return [(str(key), label) for key, label in kind_labels(session).items()]


def merged_kinds(session: Session) -> dict[int, int]:
    """Return for each merged kind the key of the one that stands for it, for counting them together."""
    rows = session.execute(
        select(ClaimKind.id, ClaimKind.merged_into_id).where(ClaimKind.merged_into_id.is_not(None))
    )
    return {key: into for key, into in rows if into}


def kinds_meaning(key: int) -> Select[int]:
    """Return ``SELECT id`` of a kind and of all that were merged into it, for lists narrowed by it."""
    kind = ClaimKind.__table__.c
    return select(kind.id).where(or_(kind.id == key, kind.merged_into_id == key)).correlate(None)


def year_choices(session: Session) -> Choices:
    """Return the years, newest first."""
    years = session.scalars(select(CreditYear.year).order_by(CreditYear.year.desc()))
    return [(str(year), str(year)) for year in years]


def open_years(session: Session, day: date, region_code: str | None) -> list[int]:
    """Return the years that may be claimed for on a day, newest first; a year that has not begun is not offered.

    Args:
        session: any session.
        day: the calendar day in China.
        region_code: of the claim's region; ``None`` for the years' own days.
    """
    is_open = periods.claims_open(day, CreditYear.__table__.c.year, literal(region_code, String))
    begun = select(CreditYear.year).where(is_open, CreditYear.year <= day.year)
    return list(session.scalars(begun.order_by(CreditYear.year.desc())))


def regions_within(session: Session, span: tuple[str, str] | None) -> Choices:
    """Return (code, name) of the cities and counties in a half-open range of region codes, counties indented.

    Abolished ones too: lists are narrowed by them, and old records lie there.
    """
    if span is None:
        return []
    rows = session.scalars(
        select(Region)
        .where(
            Region.code >= span[0],
            Region.code < span[1],
            Region.level != RegionLevel.PROVINCE,
        )
        .options(joinedload(Region.successor))
        .order_by(Region.code)
    )
    return [
        (row.code, region_name(row) if row.level is RegionLevel.CITY else f"\u3000{region_name(row)}")
        for row in rows
    ]


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


FOR_APPROVAL, FOR_REFUSAL = "for_approval", "for_refusal"
"""The entries of 审核意见常用语 below which those stand that agree, and those that do not."""


def dictionary_choices(session: Session, code: str) -> Choices:
    """Return (code, label) of a dictionary's entries in force; entries below another are indented."""
    rows = session.execute(
        select(DictionaryItem.code, DictionaryItem.label, DictionaryItem.parent_code)
        .where(
            DictionaryItem.dictionary_code == code,
            in_force(DictionaryItem),
        )
        .order_by(DictionaryItem.position)
    )
    return [(row.code, f"\u3000{row.label}" if row.parent_code else row.label) for row in rows]


def phrases(session: Session, code: str, *, agreeing: bool | None = None) -> list[str]:
    """Return the 常用语 of a dictionary that fit a decision, in their order.

    Those below :data:`FOR_APPROVAL` agree, those below :data:`FOR_REFUSAL` do not; what stands below neither, such as what an
    administrator added at the top, fits both. What others stand below is a heading.

    Args:
        session: any session; dictionaries are public.
        code: of the dictionary.
        agreeing: whether the decision does; ``None`` for both.
    """
    rows = session.execute(
        select(DictionaryItem.code, DictionaryItem.label, DictionaryItem.parent_code)
        .where(DictionaryItem.dictionary_code == code, in_force(DictionaryItem))
        .order_by(DictionaryItem.position, DictionaryItem.id)
    ).all()
    headings = {FOR_APPROVAL, FOR_REFUSAL, *(row.parent_code for row in rows)}
    unfit = {True: FOR_REFUSAL, False: FOR_APPROVAL, None: ""}[agreeing]
    return [row.label for row in rows if row.code not in headings and row.parent_code != unfit]


def dictionary_labels(session: Session, code: str) -> dict[str, str]:
    """Return label by code of a dictionary's entries, retired ones included: old rows still name them.

    One that was merged says into what.
    """
    rows = session.execute(
        select(DictionaryItem.code, DictionaryItem.label, DictionaryItem.merged_into).where(
            DictionaryItem.dictionary_code == code
        )
    ).all()
    labels = {row.code: row.label for row in rows}
    return {
        row.code: f"{row.label}（已并入“{labels.get(row.merged_into, row.merged_into)}”）"
        if row.merged_into
        else row.label
        for row in rows
    }


def codes_meaning(session: Session, dictionary: str, code: str) -> list[str]:
    """Return an entry's code and those of all that were merged into it, for lists narrowed by it."""
    rows = session.execute(
        select(DictionaryItem.code, DictionaryItem.merged_into).where(
            DictionaryItem.dictionary_code == dictionary, DictionaryItem.merged_into.is_not(None)
        )
    ).all()
    found = {code}
    while more := {row.code for row in rows if row.merged_into in found} - found:
        found |= more
    return sorted(found)


def merged_codes(session: Session, dictionary: str) -> dict[str, str]:
    """Return for each merged entry the code of the one that stands for it now, for counting them together."""
    rows = session.execute(
        select(DictionaryItem.code, DictionaryItem.merged_into).where(
            DictionaryItem.dictionary_code == dictionary, DictionaryItem.merged_into.is_not(None)
        )
    )
    into = {code: target for code, target in rows if target}
    return {code: way(code, into)[-1] for code in into}


def way(code: str, into: Mapping[str, str]) -> list[str]:
    """Return a code, then what it was merged into, and what that was merged into, to the end."""
    passed = {code: None}
    while (code := into.get(code, code)) not in passed:
        passed[code] = None
    return list(passed)


def open_employer() -> ColumnElement[bool]:
    """Return the condition of the employers people can register at and move to."""
    return (Organization.kind == OrganizationKind.EMPLOYER) & (
        Organization.status == OrganizationStatus.ACTIVE
    )


def workplace_regions(session: Session, parent: str) -> Sequence[Region]:
    """Return the divisions below ``parent`` an employer is looked for in; for visitors too.

    An abolished one is among them as long as an active employer lies in it: its people must find it.
    """
    below = aliased(Region)
    lies_in = or_(
        Organization.region_code == Region.code,
        Organization.region_code.in_(
            select(below.code).where(below.parent_code == Region.code).correlate(Region)
        ),
    )
    with unscoped(session, "a visitor chooses the employer to register at"):
        return session.scalars(
            select(Region)
            .where(
                Region.parent_code == parent, or_(in_force(Region), exists().where(open_employer(), lies_in))
            )
            .options(joinedload(Region.successor))
            .order_by(Region.code)
        ).all()


def _workplace_choices(session: Session, parent: str, level: RegionLevel) -> Choices:
    return [(row.code, region_name(row)) for row in workplace_regions(session, parent) if row.level is level]


def employers_in(session: Session, region: str) -> Choices:
    """Return (key, name) of the employers people can register at in exactly this region; for visitors too."""
    with unscoped(session, "a visitor chooses the employer to register at"):
        rows = session.execute(
            select(Organization.id, Organization.name)
            .where(open_employer(), Organization.region_code == region)
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


def delegates_named(session: Session, rows: Iterable[JournalEntry]) -> dict[int, str]:
    """Return the names of those who acted in somebody's place, by account, where the reader sees in whose: what they did is told of the giver's office.

    Args:
        session: the reader's scoped session.
        rows: journal rows of his scope.
    """
    places = {(row.actor_id, row.in_place_of_id) for row in rows if row.in_place_of_id}
    if not places:
        return {}
    givers = select(Account.id).where(Account.id.in_({giver for _delegate, giver in places}))
    seen = set(session.scalars(givers))
    delegates = {delegate for delegate, giver in places if giver in seen}
    with unscoped(session, "who sees the giver sees who acted in his place"):
        named = session.execute(select(Account.id, Account.real_name).where(Account.id.in_(delegates)))
        return {key: name for key, name in named}  # noqa: C416  (rows, not pairs)


def departments_within(session: Session, key: int) -> list[int]:
    """Return the keys of a department of one's scope and of those below it, in order."""
    parents = {row.id: row.parent_id for row in session.execute(select(Department.id, Department.parent_id))}
    inside = {key} & parents.keys()
    while more := {child for child, parent in parents.items() if parent in inside} - inside:
        inside |= more
    return sorted(inside)


def people_of_department(session: Session, key: int) -> Select[int]:
    """Return ``SELECT person.id`` of a department of one's scope and of those below it."""
    return select(Person.id).where(Person.department_id.in_(departments_within(session, key)))


def organization_named(session: Session, key: int) -> str | None:
    """Return the name of an organisation of the session's scope, ``None`` where there is none."""
    return session.scalar(select(Organization.name).where(Organization.id == key))


def office_names(session: Session, keys: Collection[int]) -> dict[int, str]:
    """Return the names of organisations that rows of the session's scope name, by key; the organisations may be out of sight."""
    with unscoped(session, "who holds something, and which office one stands below, is told with the row"):
        rows = session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(keys)))
        return {row.id: row.name for row in rows}


def office_above(session: Session, key: int) -> str | None:
    """Return the name of the office an organisation stands below, ``None`` where there is none above it."""
    above = aliased(Organization)
    with unscoped(session, "everybody may know whom to ask"):
        return session.scalar(
            select(above.name)
            .join(Organization, Organization.bureau_id == above.id)
            .where(Organization.id == key)
        )


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
    """Return (code, name) of a city's counties to find an employer in, led by the city itself for units directly under it."""
    name = session.scalar(select(Region.name).where(Region.code == city))
    if name is None:
        return []
    return [(city, f"{name}（市本级）"), *_workplace_choices(session, city, RegionLevel.COUNTY)]


def cities(session: Session) -> Choices:
    """Return (code, name) of the province's cities to find an employer in."""
    return _workplace_choices(session, HENAN, RegionLevel.CITY)


def province_regions(session: Session) -> Choices:
    """Return (code, name) of the province's cities and, indented below each, its counties."""
    rows = session.execute(
        select(Region.code, Region.name, Region.level)
        .where(
            Region.code.between(HENAN, "419999"),
            Region.level != RegionLevel.PROVINCE,
            in_force(Region),
        )
        .order_by(Region.code)
    )
    return [(row.code, row.name if row.level is RegionLevel.CITY else f"\u3000{row.name}") for row in rows]
