"""Administrative divisions as a tree: from the country to a province, its cities and their counties; abolished ones too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from models import Region
from services.validity import region_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Branch:
    """A division and how many stand right below it."""

    key: int
    name: str
    number: int


def one(session: Session, key: int | None) -> Region | None:
    """Return a division by its key."""
    return session.get(Region, key) if key else None


def path(session: Session, row: Region | None) -> list[Region]:
    """Return the divisions from the province down to one, itself included; empty for the whole country."""
    found: list[Region] = []
    while row is not None:
        found.insert(0, row)
        row = session.scalars(select(Region).where(Region.code == row.parent_code)).first()
    return found


def below(session: Session, row: Region | None) -> list[Branch]:
    """Return what stands right below a division, the provinces where it is ``None``; by code."""
    child = aliased(Region)
    number = select(func.count(child.id)).where(child.parent_code == Region.code).scalar_subquery()
    rows = session.execute(
        select(Region, number)
        .where(Region.parent_code == (row.code if row else None))
        .options(joinedload(Region.successor))
        .order_by(Region.code)
    )
    return [Branch(branch.id, region_name(branch), count) for branch, count in rows]


def merged_into(session: Session, row: Region) -> Sequence[Region]:
    """Return the divisions that were or will be merged into one, by code."""
    return session.scalars(select(Region).where(Region.merged_into == row.code).order_by(Region.code)).all()


def stands_below(key: int) -> ColumnElement[bool]:
    """Return the condition of the divisions right below one."""
    above = aliased(Region)
    return Region.parent_code == select(above.code).where(above.id == key).scalar_subquery()
