"""How far a year has come: a person's own hours, or how many of an office's people are done, group by group."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, literal, select
from sqlalchemy.orm import aliased

from models import Claim, Department, Organization, Person, Region, Requirement, YearSummary
from models.enums import ClaimStatus, PersonState, RegionLevel, Subject, UserType
from models.types import whole_tenths
from permissions import engine as permissions
from permissions.verbs import Verb
from services import region_standing
from services.years import gaps
from workflow.postings import group_of, holds_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

    Named = tuple[Any, Any, Sequence[tuple[Any, Any]]]  # key, name, and what is joined for them
    Naming = Callable[[Any], Named]

MOST_GROUPS = 10
IN_REVIEW = (ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED, ClaimStatus.DECLARED)
NOTHING = Decimal(0)


# ---------------------------------------------------------------- one's own year
@dataclass(frozen=True, slots=True)
class Part:
    """One subject of a person's year, or their sum; all in 学时.

    Attributes:
        label: 公需, 专业 or 合计.
        credited: what was approved.
        in_review: what was handed in and is not decided yet.
        required: what the year asks for.
        missing: what is missing of the approved hours.
    """

    label: str
    credited: Decimal
    in_review: Decimal
    required: Decimal
    missing: Decimal


@dataclass(frozen=True, slots=True)
class OwnYear:
    """A person's year: its parts, the sum last, and whether it is complete."""

    year: int
    parts: tuple[Part, ...]
    complete: bool


def own_year(session: Session, year: int) -> OwnYear | None:
    """Return the year of the person whose session this is; ``None`` where nothing is required yet.

    Args:
        session: a person's scoped session.
        year: the credit year.
    """
    summary = session.scalars(select(YearSummary).where(YearSummary.credit_year == year)).first()
    if summary is None:
        group = session.scalar(select(group_of(Person.title_level_code)))
        requirement = session.scalars(
            select(Requirement).where(Requirement.year == year, holds_for(literal(group)))
        ).first()
        if requirement is None:
            return None
        summary = YearSummary(
            public_hours=NOTHING,
            specialty_hours=NOTHING,
            specialty_completions=0,
            required_public=requirement.public_hours,
            required_specialty=requirement.specialty_hours,
            required_total=requirement.total_hours,
            complete=False,
        )
    in_review = (
        select(Claim.subject, whole_tenths(func.sum(Claim.computed_hours)))
        .where(Claim.credit_year == year, Claim.status.in_(IN_REVIEW))
        .group_by(Claim.subject)
    )
    waiting = {subject: hours for subject, hours in session.execute(in_review)}  # noqa: C416  (rows, not pairs)
    missing = gaps(summary)
    public = Part(
        Subject.PUBLIC.label,
        summary.public_hours,
        waiting.get(Subject.PUBLIC, NOTHING),
        summary.required_public,
        missing.public,
    )
    specialty = Part(
        Subject.SPECIALTY.label,
        summary.specialty_hours,
        waiting.get(Subject.SPECIALTY, NOTHING),
        summary.required_specialty,
        missing.specialty,
    )
    both = Part(
        "合计",
        public.credited + specialty.credited,
        public.in_review + specialty.in_review,
        summary.required_total,
        missing.public + missing.specialty + missing.rest,
    )
    return OwnYear(year, (public, specialty, both), summary.complete)


# ---------------------------------------------------------------- an office's people
@dataclass(frozen=True, slots=True)
class Group:
    """Some of the people in service.

    Attributes:
        key: of the department, region or employer; ``None`` for people without one, or for several groups.
        name: what it is called.
        people: how many are in service.
        complete: how many of them have completed the year.
    """

    key: Any
    name: str
    people: int
    complete: int

    @property
    def missing(self) -> int:
        """Return how many have not."""
        return self.people - self.complete

    @property
    def percent(self) -> int:
        """Return the completed ones in whole percent, rounded down: 100 means all of them."""
        return self.complete * 100 // self.people if self.people else 0


@dataclass(frozen=True, slots=True)
class Completion:
    """A year in one's scope.

    Attributes:
        year: the credit year.
        by: what the groups are: 部门, 区域 or 单位.
        groups: at most ``MOST_GROUPS``, those with most people missing first.
        others: the other groups together, where there are any.
        total: everybody.
    """

    year: int
    by: str
    groups: tuple[Group, ...]
    others: Group | None
    total: Group


def of_scope(session: Session, actor: Actor, year: int) -> Completion | None:
    """Return how many of the people in service have completed a year, in one statement.

    Args:
        session: the actor's scoped session.
        actor: who looks; decides what people are grouped by.
        year: the credit year.

    Returns:
        ``None`` for who does not look after people.
    """
    overseeing = permissions.may(actor, Verb.OVERSEE, Person) and permissions.may(
        actor, Verb.VIEW, YearSummary
    )
    if actor.user_type is UserType.PERSON or not overseeing:
        return None
    by, column, naming = _grouping(session, actor)
    done = and_(
        YearSummary.person_id == Person.id,
        YearSummary.credit_year == year,
        YearSummary.complete.is_(True),
    )
    # Counted by a column of the person first: names are then looked up for hundreds of rows, not for everybody.
    counted = (
        select(
            column.label("key"),
            func.count(Person.id).label("people"),
            func.count(YearSummary.id).label("done"),
        )
        .outerjoin(YearSummary, done)
        .where(Person.state == PersonState.IN_SERVICE, permissions.rows(actor, Verb.OVERSEE, Person))
        .group_by(column)
        .subquery()
    )
    key, name, joins = naming(counted.c.key)
    people, complete = func.sum(counted.c.people), func.sum(counted.c.done)
    statement = select(
        key, name, people, complete, func.sum(people).over(), func.sum(complete).over(), func.count().over()
    ).select_from(counted)
    for target, condition in joins:
        statement = statement.outerjoin(target, condition)
    rows = session.execute(
        statement.group_by(key, name)
        .order_by((people - complete).desc(), people.desc(), key)
        .limit(MOST_GROUPS)
    ).all()
    if not rows:
        return Completion(year, by, (), None, Group(None, "合计", 0, 0))
    groups = tuple(Group(row[0], row[1] or f"未分{by}", int(row[2]), int(row[3])) for row in rows)
    total = Group(None, "合计", int(rows[0][4]), int(rows[0][5]))
    others = rows[0][6] - len(groups)
    rest = Group(
        None,
        f"其他 {others} 个{by}",
        total.people - sum(group.people for group in groups),
        total.complete - sum(group.complete for group in groups),
    )
    return Completion(year, by, groups, rest if others else None, total)


def _grouping(session: Session, actor: Actor) -> tuple[str, Any, Naming]:
    """Return what an actor's people are grouped by: its word, the column of the person, and how it is named."""
    if actor.user_type is UserType.EMPLOYER:
        return "部门", Person.department_id, _by_department

    def now(key: Any) -> Any:
        return region_standing.standing(session, actor.regions).now(key)

    if actor.user_type is UserType.PROVINCE:
        return "市", Person.region_code, lambda key: _by_city(now(key))
    county = actor.regions is not None and int(actor.regions[1]) - int(actor.regions[0]) == 1
    if actor.regions is None or county:
        return "单位", Person.employer_id, _by_employer
    return "区县", Person.region_code, lambda key: _by_region(now(key))


def _by_department(key: Any) -> Named:
    return Department.id, Department.name, [(Department, Department.id == key)]


def _by_employer(key: Any) -> Named:
    return Organization.id, Organization.name, [(Organization, Organization.id == key)]


def _by_region(key: Any) -> Named:
    return Region.code, Region.name, [(Region, Region.code == key)]


def _by_city(key: Any) -> Named:
    """Name the city of a county; a county directly under the province stands for itself."""
    own, city = aliased(Region), aliased(Region)
    of_city = and_(city.code == own.parent_code, city.level == RegionLevel.CITY)
    joins = [(own, own.code == key), (city, of_city)]
    return func.coalesce(city.code, own.code), func.coalesce(city.name, own.name), joins
