"""Lists that stay fast when the table is large: keys first, capped counts, people before claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, or_, select

from models import Base, Claim, Organization, Person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

CAP = 10_000
SHORT = 2  # characters: a two-character text is nearly always a name


def page(
    session: Session,
    model: type[Base],
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    *,
    offset: int,
    limit: int,
    options: Sequence[Any] = (),
) -> list[Any]:
    """Return one page: a narrow scan for its keys, then these rows with what they show.

    Args:
        session: the actor's scoped session.
        model: the table.
        conditions: filters besides the scope.
        order: sort order; the key is added as the last word.
        offset: rows to skip.
        limit: rows to return.
        options: loader options for related values.
    """
    keys = list(
        session.scalars(
            select(model.id).where(*conditions).order_by(*order, model.id.desc()).limit(limit).offset(offset)
        )
    )
    rows = {row.id: row for row in session.scalars(select(model).where(model.id.in_(keys)).options(*options))}
    return [rows[key] for key in keys if key in rows]


def count(session: Session, model: type[Base], conditions: Sequence[ColumnElement[bool]]) -> int:
    """Return the number of rows, counted no further than :data:`CAP` + 1."""
    some = select(literal(1).label("one")).select_from(model).where(*conditions).limit(CAP + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def count_label(number: int) -> str:
    """Return the count as a page shows it."""
    return f"共 {CAP:,}+ 条" if number > CAP else f"共 {number:,} 条"


def people_matching(session: Session, term: str) -> list[int]:
    """Return the keys of people of one's scope whose name or its pinyin initials fit ``term``."""
    statement = select(Person.id).where(
        or_(
            Person.name.contains(term, autoescape=True),
            Person.name_initials.startswith(term.lower(), autoescape=True),
        )
    )
    return list(session.scalars(statement.limit(CAP + 1)))


def claims_matching(session: Session, term: str) -> ColumnElement[bool]:
    """Return the condition of claims of the people, or with the title, that fit ``term``."""
    people = Claim.person_id.in_(people_matching(session, term))
    return people if len(term) <= SHORT else or_(people, Claim.title.contains(term, autoescape=True))


def of_people_matching(session: Session, column: Any, term: str) -> ColumnElement[bool]:
    """Return the condition of rows whose person fits ``term``."""
    condition: ColumnElement[bool] = column.in_(people_matching(session, term))
    return condition


def organizations_matching(_session: Session, term: str) -> ColumnElement[bool]:
    """Return the condition of organisations whose name, initials or code fit ``term``."""
    return or_(
        Organization.name.contains(term, autoescape=True),
        Organization.name_initials.startswith(term.lower(), autoescape=True),
        Organization.code == term.upper(),
        Organization.credit_code == term.upper(),
    )
