"""Merging an abolished division into the one that stands for it from then on (docs/decisions/0027).

Records keep the code they have, organisations and people their region; :mod:`services.region_standing` finds and counts
both together.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from models import Region
from models.base import today
from models.enums import RegionLevel
from services.errors import InputError
from services.picking import Option
from services.region_editing import last_day, note, snapshot
from services.typed_text import visible
from services.validity import is_in_force, region_name

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor


def merge(
    session: Session, actor: Actor, row: Region, into: str, first_without: date | None, reason: str,
    *, request_id: str | None = None,
) -> bool:  # fmt: skip
    """Abolish a division from a day on, or one that is abolished already, and say which one stands for it from then on.

    Records keep the code they have, organisations and people their region. The caller holds both (:func:`hold`).

    Raises:
        InputError: ``into``: it cannot stand for it; ``day``, or there are divisions in force below it.
    """
    day = last_day(session, row, first_without)
    wanted = select(Region).where(Region.code == into.strip())
    target = session.scalars(wanted.execution_options(populate_existing=True)).first()
    if wrong := refusal(row, target, day):
        raise InputError({"into": wrong})
    before = snapshot(row)
    row.valid_to, row.merged_into = day, into.strip()
    return note(session, actor, row, "merge", before, visible(reason) or None, request_id)


def hold(session: Session, row: Region, into: str) -> None:
    """Let nobody else change a division or the one it goes into until the commit.

    Both in one order, so that two who merge them crosswise do not wait for each other.
    """
    both = select(Region.id).where(or_(Region.id == row.id, Region.code == into.strip())).order_by(Region.id)
    session.execute(both.with_for_update(key_share=True)).all()


def refusal(row: Region, target: Region | None, last: date) -> str:
    """Return why a division cannot be merged into another after its last day; empty where it can.

    A county may go into another, or become a city or be put under one directly. A city goes into a city: its own records
    and those of all its counties cannot stand for one county. Nothing goes beyond its province, where nobody answers for both.
    """
    if target is None:
        return "没有这个区划，请从列表中选择"
    if row.code in (target.code, target.parent_code):
        return "不能并入本区划或其下级，请另选"
    if target.code[:2] != row.code[:2] or target.level is RegionLevel.PROVINCE:
        return "只能并入本省的市或区县，请另选"
    if row.level is RegionLevel.CITY and target.level is not RegionLevel.CITY:
        return "市级区划只能并入市级区划；分别划入几个区县的，请先把下级区划逐一并入"
    first = last + timedelta(days=1)
    if target.merged_into is not None or not is_in_force(target, first):
        return f"“{target.name}”在 {first} 不是现行区划（已撤销、并入别的区划或还没有启用），请另选"
    return ""


def first_day_without(row: Region) -> date:
    """Return from which day on a division is most likely merged: the one after its last, or today."""
    return today() if row.valid_to is None else row.valid_to + timedelta(days=1)


def targets(session: Session, row: Region) -> list[Option]:
    """Return the divisions one can be merged into on :func:`first_day_without`, or on another day to come."""
    last = first_day_without(row) - timedelta(days=1)
    found = session.scalars(
        select(Region)
        .where(Region.code.startswith(row.code[:2]), or_(Region.valid_to.is_(None), Region.valid_to > last))
        .order_by(Region.code)
    )
    return [
        Option(one.code, region_name(one), one.parent_code)
        for one in found
        if not refusal(row, one, max(last, (one.valid_from or last) - timedelta(days=1)))
    ]
