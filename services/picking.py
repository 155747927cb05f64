"""Lines of selects with what they stand below: dictionaries, regions, offices, departments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import joinedload

from models import Department, DictionaryItem, Organization, Person, Region
from models.base import today
from models.enums import OrganizationKind, OrganizationStatus, PersonState, RegionLevel
from permissions.wall import unscoped
from services.reading import HENAN
from services.validity import begins_later, in_force, is_in_force, region_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Option:
    """A line of a select; ``parent`` is the value of the line it stands below."""

    value: str
    label: str
    parent: str | None = None


def dictionary(session: Session, code: str, kept: str | None = None) -> list[Option]:
    """Return the entries in force of a dictionary, in order.

    Args:
        session: any session; dictionaries are public.
        code: of the dictionary.
        kept: the code a record has already: it is offered though nobody else can choose it now, and so not lost unseen.
    """
    rows = session.scalars(
        select(DictionaryItem)
        .where(
            DictionaryItem.dictionary_code == code,
            or_(in_force(DictionaryItem), DictionaryItem.code == (kept or "")),
        )
        .order_by(DictionaryItem.position)
    )
    return [
        Option(
            row.code, row.label if is_in_force(row) else f"{row.label}（{_why_kept(row)}）", row.parent_code
        )
        for row in rows
    ]


def _why_kept(row: DictionaryItem) -> str:
    return "还没有启用" if begins_later(row) else "已停用"


def parents(session: Session, dictionary_codes: Collection[str]) -> dict[str, dict[str, str]]:
    """Return parent by entry of each of these dictionaries."""
    rows = session.execute(
        select(DictionaryItem.dictionary_code, DictionaryItem.code, DictionaryItem.parent_code).where(
            DictionaryItem.dictionary_code.in_(dictionary_codes), DictionaryItem.parent_code.is_not(None)
        )
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row.dictionary_code][row.code] = row.parent_code
    return found


def regions(session: Session, *, peopled: bool = False) -> list[Option]:
    """Return the province's cities and counties.

    Args:
        session: any session; regions are public.
        peopled: whether abolished ones come along in which organisations or people still are: abolishing moves nobody.
    """
    offered = or_(in_force(Region), _peopled()) if peopled else in_force(Region)
    with unscoped(session, "whether anybody is left in a region, without names"):
        rows = session.scalars(
            select(Region)
            .where(Region.code.between(HENAN, "419999"), Region.level != RegionLevel.PROVINCE, offered)
            .options(joinedload(Region.successor))
            .order_by(Region.code)
        ).all()
    return [
        Option(row.code, region_name(row), None if row.parent_code == HENAN else row.parent_code)
        for row in rows
    ]


def _peopled() -> ColumnElement[bool]:
    """Return the condition of regions that ended while organisations at work or people in service are there."""
    return and_(
        Region.valid_to < today(),
        or_(
            exists().where(
                Organization.region_code == Region.code, Organization.status == OrganizationStatus.ACTIVE
            ),
            exists().where(Person.region_code == Region.code, Person.state == PersonState.IN_SERVICE),
        ),
    )


def offices(session: Session, kinds: Sequence[OrganizationKind]) -> list[Option]:
    """Return active offices an organisation can name as its superior, below each other; for visitors too."""
    with unscoped(session, "a visitor names the offices above his organisation"):
        rows = session.execute(
            select(Organization.id, Organization.name, Organization.bureau_id)
            .where(Organization.kind.in_(kinds), Organization.status == OrganizationStatus.ACTIVE)
            .order_by(Organization.region_code, Organization.name)
        ).all()
    known = {row.id for row in rows}
    return [
        Option(str(row.id), row.name, str(row.bureau_id) if row.bureau_id in known else None) for row in rows
    ]


def departments(session: Session, employer_id: int) -> list[Option]:
    """Return an employer's departments; for visitors too."""
    with unscoped(session, "a visitor chooses the department to register at"):
        rows = session.execute(
            select(Department.id, Department.name, Department.parent_id)
            .where(Department.organization_id == employer_id)
            .order_by(Department.position, Department.id)
        ).all()
    return [Option(str(row.id), row.name, str(row.parent_id) if row.parent_id else None) for row in rows]


def in_tree_order(options: Iterable[Option]) -> list[tuple[int, Option]]:
    """Return (depth, option), each below its parent; one whose parent is not there stands at the top."""
    options = list(options)
    known = {option.value for option in options}
    below: dict[str | None, list[Option]] = defaultdict(list)
    for option in options:
        below[option.parent if option.parent in known else None].append(option)
    ordered: list[tuple[int, Option]] = []
    waiting = [(0, option) for option in reversed(below[None])]
    while waiting:  # what only stands below itself is never reached
        depth, option = waiting.pop()
        ordered.append((depth, option))
        waiting.extend((depth + 1, child) for child in reversed(below[option.value]))
    return ordered
