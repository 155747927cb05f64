"""A year's days for one region and everything below it: given, changed and given up by the system administrator.

The nearest region's count, see ``workflow.periods``. Changes are journaled with the year, on whose page they are told.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models import Organization, Person, Region, RegionPeriod
from models.base import label_of, now
from services import journal, picking
from services.errors import InputError
from services.year_periods import DAYS, LABELS, Periods, changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from models import CreditYear, JournalEntry
    from permissions.actor import Actor


def of_year(session: Session, year: int) -> list[RegionPeriod]:
    """Return what regions have their own days for a year, cities before their counties."""
    statement = select(RegionPeriod).where(RegionPeriod.year == year).order_by(RegionPeriod.region_code)
    return list(session.scalars(statement.options(joinedload(RegionPeriod.region))))


def one_of(session: Session, year: int, key: int | None, *, lock: bool) -> RegionPeriod | None:
    """Return one of a year's, locked until the commit where it is to be written; ``None`` where there is none of that key."""
    statement = select(RegionPeriod).where(RegionPeriod.year == year, RegionPeriod.id == key)
    return session.scalars(statement.with_for_update() if lock else statement).first()


def region_of(session: Session, actor: Actor) -> str | None:
    """Return the region whose days hold for what an actor files himself: of the professional, or of the organisation."""
    if actor.person_id is not None:
        return session.scalar(select(Person.region_code).where(Person.id == actor.person_id))
    return session.scalar(select(Organization.region_code).where(Organization.id == actor.organization_id))


def without_own(session: Session, year: CreditYear, region_code: str) -> Periods:
    """Return the days that hold in a region that has none of its own: of the nearest region above, or the year's."""
    above = {f"{region_code[:4]}00", f"{region_code[:2]}0000"} - {region_code}
    nearest = session.scalars(
        select(RegionPeriod)
        .where(RegionPeriod.year == year.year, RegionPeriod.region_code.in_(above))
        .order_by(RegionPeriod.region_code.desc())
        .limit(1)
    ).first()
    row = nearest or year
    return Periods(**{name: getattr(row, name) for name in DAYS})


def check_region(session: Session, year: int, code: str) -> None:
    """Check that a region can be given its own days for a year.

    Raises:
        InputError: ``region_code``.
    """
    label = label_of(RegionPeriod, "region_code")
    known = {option.value: option.label for option in picking.regions(session, peopled=True)}.get(code)
    if known is None:
        raise InputError({"region_code": f"请选择“{label}”：在用的市或区县，或还有单位、人员的已撤销区划"})
    if session.scalar(
        select(RegionPeriod.id).where(RegionPeriod.year == year, RegionPeriod.region_code == code)
    ):
        raise InputError({"region_code": f"“{known}”在 {year} 年度已有自己的起止日期，请在列表中点“修改”"})


def save(
    session: Session,
    actor: Actor,
    year: CreditYear,
    row: RegionPeriod | None,
    new: Periods,
    *,
    region_code: str = "",
    request_id: str | None = None,
) -> RegionPeriod:
    """Store the days of a region; the caller checks the permission and commits.

    Args:
        session: the actor's session.
        actor: the system administrator.
        year: which.
        row: what is changed, already locked; ``None`` for a region that has none yet.
        new: the days.
        region_code: of the region, where ``row`` is ``None``.
        request_id: for the journal.

    Raises:
        InputError: ``region_code``.
    """
    if row is None:
        check_region(session, year.year, region_code)
        row = RegionPeriod(year=year.year, region_code=region_code)
        told = {LABELS[part.name]: ["", str(getattr(new, part.name))] for part in fields(new)}
    else:
        told = {label: [old, typed] for label, old, typed in changes(row, new)}
    if not told:
        return row
    for part in fields(new):
        setattr(row, part.name, getattr(new, part.name))
    row.edited_at = now()
    session.add(row)
    session.flush()
    _note(session, actor, year, row, told, request_id)
    return row


def remove(
    session: Session, actor: Actor, year: CreditYear, row: RegionPeriod, *, request_id: str | None = None
) -> None:
    """Let a region follow the nearest above it again; the caller checks the permission and commits."""
    told = {LABELS[part.name]: [str(getattr(row, part.name)), ""] for part in fields(Periods)}
    _note(session, actor, year, row, told, request_id)
    session.delete(row)
    session.flush()


def name_of(session: Session, region_code: str) -> str:
    """Return what a region is called."""
    return session.scalars(select(Region.name).where(Region.code == region_code)).one()


def changes_to(row: RegionPeriod) -> Callable[[JournalEntry], bool]:
    """Return what tells whether a change of a year was one of this region's days: they are journaled with its name."""
    told = {f"{row.region.name} {label}" for label in LABELS.values()}
    return lambda entry: not told.isdisjoint(entry.details.get("changes") or ())


def _note(
    session: Session,
    actor: Actor,
    year: CreditYear,
    row: RegionPeriod,
    told: Mapping[str, list[str]],
    request_id: str | None,
) -> None:
    name = name_of(session, row.region_code)
    changed = {f"{name} {label}": pair for label, pair in told.items() if any(pair)}
    journal.record(
        session, actor, "credit_year", year.id, "edit",
        details={"label": f"{year.year} 年度", "changes": changed}, request_id=request_id,
    )  # fmt: skip
