"""组织机构管理: the departments of an employer as a tree, with the people in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select, update

from models import Claim, Department, Person
from models.enums import PersonState
from permissions.wall import unscoped
from services import journal, picking
from services.errors import InputError
from services.typed_text import visible
from workflow.marks import mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

NAME_LENGTH = 100
MOVES: dict[str, str] = {"up": "上移", "down": "下移", "in": "降一级", "out": "升一级"}
"""Ways to move a department; ``in`` puts it below the one before it, ``out`` beside the one above it."""


@dataclass(slots=True)
class Branch:
    """A department as the tree shows it.

    Attributes:
        key: its key.
        name: its name.
        people: people in it, registrations that wait for approval included.
        everybody: the same with all departments below it.
        moves: ways it can be moved.
        below: the departments right below it.
    """

    key: int
    name: str
    people: int = 0
    everybody: int = 0
    moves: list[str] = field(default_factory=list)
    below: list[Branch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Tree:
    """The departments of an employer, and how many people are in none."""

    top: list[Branch]
    loose: int


def tree(session: Session, organization_id: int) -> Tree:
    """Return the tree of an employer, in two statements whatever its size.

    Args:
        session: a session that sees the employer's people.
        organization_id: the employer.
    """
    counted = select(Person.department_id, func.count(Person.id).label("people")).where(
        Person.employer_id == organization_id, Person.state != PersonState.VOID
    )
    people = {
        row.department_id: row.people for row in session.execute(counted.group_by(Person.department_id))
    }
    root = Branch(0, "")
    trail = [root]
    for depth, option in picking.in_tree_order(picking.departments(session, organization_id)):
        branch = Branch(int(option.value), option.label, people=people.get(int(option.value), 0))
        del trail[depth + 1 :]
        trail[-1].below.append(branch)
        trail.append(branch)
    _sum_up(root, top=True)
    return Tree(root.below, people.get(None, 0))


def _sum_up(branch: Branch, *, top: bool) -> None:
    last = len(branch.below) - 1
    for place, child in enumerate(branch.below):
        _sum_up(child, top=False)
        possible = {"up": place > 0, "down": place < last, "in": place > 0, "out": not top}
        child.moves = [way for way in MOVES if possible[way]]
    branch.everybody = branch.people + sum(child.everybody for child in branch.below)


def hold(session: Session, organization_id: int) -> None:
    """Let nobody else change the tree of an employer until the commit: two moves at once could make a ring."""
    session.execute(
        select(Department.id)
        .where(Department.organization_id == organization_id)
        .order_by(Department.id)
        .with_for_update()
    ).all()


def parents_for(session: Session, row: Department | None, organization_id: int) -> list[picking.Option]:
    """Return the departments one may stand below: all but itself and those below it."""
    options = picking.departments(session, organization_id)
    inside = {str(row.id)} if row else set()
    while more := {option.value for option in options if option.parent in inside} - inside:
        inside |= more
    return [option for option in options if option.value not in inside]


def place(session: Session, row: Department) -> None:
    """Check name and place of a department before it is stored; the caller holds the tree.

    One that is new, or stands below another department than before, comes last there.

    Args:
        session: the employer's session.
        row: with what was typed on it, not flushed yet.

    Raises:
        InputError: ``name`` or ``parent_id``.
    """
    row.name = visible(row.name or "")
    if not row.name:
        raise InputError({"name": "请填写“部门名称”"})
    if len(row.name) > NAME_LENGTH:
        raise InputError({"name": f"“部门名称”最多 {NAME_LENGTH} 个字，请删减"})
    with session.no_autoflush:
        known = {
            one.id: one
            for one in session.execute(
                select(Department.id, Department.parent_id, Department.name, Department.position).where(
                    Department.organization_id == row.organization_id
                )
            )
        }
    if row.parent_id is not None and row.parent_id not in known:
        raise InputError({"parent_id": "请选择本单位的部门"})
    key, seen = row.parent_id, {row.id}
    while key is not None and key in known:
        if key in seen:
            raise InputError({"parent_id": "“上级部门”不能是本部门或其下级，请重新选择"})
        seen.add(key)
        key = known[key].parent_id
    siblings = [one for one in known.values() if one.parent_id == row.parent_id and one.id != row.id]
    if any(one.name == row.name for one in siblings):
        raise InputError({"name": f"同一级已有部门“{row.name}”，请换一个名称"})
    if row.id not in known or known[row.id].parent_id != row.parent_id:
        row.position = max((one.position for one in siblings), default=0) + 1


def move(session: Session, actor: Actor, row: Department, way: str, *, request_id: str | None = None) -> None:
    """Move a department one step; the caller holds the tree, and commits.

    Args:
        session: the employer's session.
        actor: who moves it.
        row: the department.
        way: one of :data:`MOVES`; where the tree has no room that way, nothing happens.
        request_id: for the journal.

    Raises:
        InputError: there is a department of that name where it would go.
    """
    siblings = _children(session, row.organization_id, row.parent_id)
    here = siblings.index(row)
    if way in {"up", "down"}:
        there = here - 1 if way == "up" else here + 1
        if not 0 <= there < len(siblings):
            return
        siblings[here], siblings[there] = siblings[there], siblings[here]
    elif way == "in" and here > 0:
        row.parent_id = siblings[here - 1].id
        place(session, row)
        siblings = []
    elif way == "out" and row.parent_id is not None:
        above = session.get_one(Department, row.parent_id)
        siblings = _children(session, row.organization_id, above.parent_id)
        siblings.insert(siblings.index(above) + 1, row)
        row.parent_id = above.parent_id
        place(session, row)
    else:
        return
    for position, one in enumerate(siblings, start=1):
        one.position = position
    session.flush()
    journal.record(session, actor, "department", row.id, "move", details={"way": way}, request_id=request_id)


def _children(session: Session, organization_id: int, parent_id: int | None) -> list[Department]:
    return list(
        session.scalars(
            select(Department)
            .where(Department.organization_id == organization_id, Department.parent_id == parent_id)
            .order_by(Department.position, Department.id)
        )
    )


def in_the_way(session: Session, row: Department) -> tuple[int, int]:
    """Return how many people and how many departments keep a department from being removed."""
    people = select(func.count(Person.id)).where(
        Person.department_id == row.id, Person.state != PersonState.VOID
    )
    departments = select(func.count(Department.id)).where(Department.parent_id == row.id)
    return session.scalar(people) or 0, session.scalar(departments) or 0


def let_go(session: Session, row: Department) -> None:
    """Free an empty department from what still names it: past claims, and registrations that came to nothing.

    They name the department above it from now on, which they belonged to all the time.
    """
    with unscoped(session, "past claims and void registrations of the employer's own department"):
        mark(session, select(literal(row.organization_id)))
        for model in (Claim, Person):
            session.execute(
                update(model.__table__)
                .where(model.__table__.c.department_id == row.id)
                .values(department_id=row.parent_id)
            )


def obstacles(people: int, departments: int) -> str:
    """Return what keeps a department from being removed as a sentence; empty where nothing does."""
    return "和".join(_named(people, departments))


def _named(people: int, departments: int) -> Iterator[str]:
    if people:
        yield f" {people} 人"
    if departments:
        yield f" {departments} 个下级部门"
