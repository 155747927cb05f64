"""What the pickers' dialogs ask level by level: region → employer → department, and department → professional."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from models import Department, Organization, Person, Region
from models.enums import PersonState, RegionLevel
from permissions import fields
from permissions.wall import unscoped
from services import picking
from services.listing import organizations_matching
from services.reading import HENAN, open_employer, workplace_regions
from services.validity import region_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

MOST = 200
"""Rows one level of a tree answers at most; what lies beyond is found by its name."""
FOUND = 30
"""Rows a search answers at most."""
TERM_LENGTH = 100
"""Characters of a search word that are looked at."""
STEP = " \u203a "
NO_DEPARTMENT = "未分部门"


@dataclass(frozen=True, slots=True)
class Node:
    """A line of a tree that is asked level by level.

    Attributes:
        label: what it is called.
        key: asks for what stands below it; empty for a leaf.
        path: what stands above it, where it was found by its name.
        note: what else tells it from others of its name.
        values: what choosing it fills in: (value, text) by field. A line is chosen with all that lead to it.
    """

    label: str
    key: str = ""
    path: tuple[str, ...] = ()
    note: str = ""
    values: Mapping[str, tuple[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class Nodes:
    """Lines of a tree, and whether there are more than are answered."""

    lines: list[Node]
    more: bool = False


NOTHING = Nodes([])


def _cut(lines: list[Node], most: int) -> Nodes:
    return Nodes(lines[:most], more=len(lines) > most)


def workplaces(session: Session, kind: str, key: int | None) -> Nodes:
    """Return one level of region → employer → department; for visitors too.

    Args:
        session: any session: only names of active employers and of their departments are answered.
        kind: ``""`` (the cities), ``city``, ``region`` (employers of exactly this code), ``employer``, ``department``.
        key: region code, or key of the employer or department.
    """
    if not kind:
        return Nodes(
            [Node(region_name(row), f"city:{row.code}") for row in workplace_regions(session, HENAN)]
        )
    level = LEVELS.get(kind)
    return level(session, key) if level and key else NOTHING


def workplaces_named(session: Session, term: str) -> Nodes:
    """Return employers people can register at, found by name, initials or code; for visitors too."""
    return _employers(session, organizations_matching(session, term), FOUND)


def _counties(session: Session, key: int) -> Nodes:
    city = str(key)
    below = workplace_regions(session, city)
    if not below:  # a county directly under the province
        return _employers_in(session, key)
    own = session.scalar(select(Region).where(Region.code == city))
    with unscoped(session, "a visitor chooses the employer to register at"):
        direct = session.scalar(select(exists().where(open_employer(), Organization.region_code == city)))
    first = [Node(f"{own.name}（市本级）", f"region:{city}")] if own and direct else []
    return Nodes(first + [Node(region_name(row), f"region:{row.code}") for row in below])


def _employers_in(session: Session, key: int) -> Nodes:
    return _employers(session, Organization.region_code == str(key), MOST)


def _employers(session: Session, condition: ColumnElement[bool], most: int) -> Nodes:
    city, department = (
        aliased(Region, name="city"),
        exists().where(Department.organization_id == Organization.id),
    )
    with unscoped(session, "a visitor chooses the employer to register at"):
        rows = session.execute(
            select(
                Organization.id,
                Organization.name,
                Region,
                city,
                department.label("divided"),
            )
            .join(Region, Region.code == Organization.region_code)
            .outerjoin(city, city.code == Region.parent_code)
            .where(open_employer(), condition)
            .options(joinedload(Region.successor), joinedload(city.successor))
            .order_by(Organization.name_initials, Organization.id)
            .limit(most + 1)
        ).all()
    lines = []
    for row in rows:
        region, above = row.Region, row.city
        alone = region.level is RegionLevel.CITY or above is None or above.code == HENAN
        top, name = (region if alone else above), region_name(region)
        lines.append(
            Node(
                row.name,
                f"employer:{row.id}" if row.divided else "",
                (name,) if alone else (region_name(above), name),
                values={
                    "region_city": (top.code, region_name(top)),
                    "region_county": (region.code, f"{name}（市本级）" if alone else name),
                    "employer": (str(row.id), row.name),
                    "department": ("", ""),
                },
            )
        )
    return _cut(lines, most)


def _departments(session: Session, employer_id: int | None, above: int | None = None) -> Nodes:
    """Return the departments of an active employer below ``above``, led by the choice to go no further down."""
    with unscoped(session, "a visitor chooses the department to register at"):
        active = session.scalar(select(exists().where(open_employer(), Organization.id == employer_id)))
    if not active or employer_id is None:
        return NOTHING
    ordered = picking.in_tree_order(picking.departments(session, employer_id))
    divided = {option.parent for _, option in ordered}
    lines = [] if above else [Node("不选部门", values={"department": ("", "")})]
    trail: list[str] = []
    for depth, option in ordered:
        trail[depth:] = [option.label]
        chosen = {"department": (option.value, STEP.join(trail))}
        if above and option.value == str(above):
            lines.append(Node(f"{option.label}（本部门）", values=chosen))
        elif option.parent == str(above) if above else not depth:
            branch = f"department:{option.value}" if option.value in divided else ""
            lines.append(Node(option.label, branch, values=None if branch else chosen))
    return _cut(lines, MOST)


def _departments_below(session: Session, key: int) -> Nodes:
    with unscoped(session, "a visitor chooses the department to register at"):
        employer = session.scalar(select(Department.organization_id).where(Department.id == key))
    return _departments(session, employer, key)


LEVELS: dict[str, Callable[[Session, int], Nodes]] = {
    "city": _counties,
    "region": _employers_in,
    "employer": _departments,
    "department": _departments_below,
}


def staff(session: Session, kind: str, key: int | None) -> Nodes:
    """Return one level of department → professional in service, of the session's own scope.

    Args:
        session: the actor's scoped session.
        kind: ``""`` (the top), ``department``, or ``none`` (people of no department).
        key: the department.
    """
    if kind == "none":
        return _people(session, Person.department_id.is_(None), MOST)
    if kind not in {"", "department"} or (kind and key is None):
        return NOTHING
    below = session.execute(
        select(Department.id, Department.name)
        .where(Department.parent_id == key if key else Department.parent_id.is_(None))
        .order_by(Department.position, Department.id)
    ).all()
    lines = [Node(row.name, f"department:{row.id}") for row in below]
    if key:
        people = _people(session, Person.department_id == key, MOST)
        return Nodes(lines + people.lines, people.more)
    loose = _people(session, Person.department_id.is_(None), MOST)
    if not lines:
        return loose
    return Nodes(lines + ([Node(NO_DEPARTMENT, "none")] if loose.lines else []))


def staff_named(session: Session, term: str) -> Nodes:
    """Return professionals in service of the session's scope, found by name, its initials or department."""
    named = or_(
        Person.name.contains(term, autoescape=True),
        Person.name_initials.startswith(term.lower(), autoescape=True),
        Person.department_id.in_(
            select(Department.id).where(Department.name.contains(term, autoescape=True))
        ),
    )
    return _people(session, named, FOUND)


def _people(session: Session, condition: ColumnElement[bool], most: int) -> Nodes:
    rows = session.execute(
        select(Person.id, Person.name, Person.citizen_id, Department.name.label("department"))
        .outerjoin(Department, Department.id == Person.department_id)
        .where(Person.state == PersonState.IN_SERVICE, condition)
        .order_by(Person.name_initials, Person.id)
        .limit(most + 1)
    ).all()
    lines = [
        Node(
            row.name,
            path=(row.department or NO_DEPARTMENT,),
            note=str(fields.shown(Person, "citizen_id", row.citizen_id)),
            values={"person_id": (str(row.id), f"{row.name}（{row.department or NO_DEPARTMENT}）")},
        )
        for row in rows
    ]
    return _cut(lines, most)
