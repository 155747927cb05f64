"""Administrative divisions kept by the system administrator: added, renamed, abolished from a day on, brought back.

An abolished one stays on every record that names it; pickers and registrations offer it no more (GB/T 2260 is revised
every year: ``source`` of a change is told as its reason).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from models import Organization, Person, Region
from models.base import label_of, now
from models.enums import OrganizationStatus, PersonState, RegionLevel
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.typed_text import LINE_LENGTH, visible
from services.validity import in_force, is_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

CODE_LENGTH = 6
FIELDS = ("code", "name", "level", "parent_code", "valid_from", "valid_to")
PARENT_LEVEL = {RegionLevel.CITY: RegionLevel.PROVINCE, RegionLevel.COUNTY: RegionLevel.CITY}


def create(
    session: Session,
    actor: Actor,
    code: str,
    name: str,
    valid_from: date | None,
    *,
    request_id: str | None = None,
) -> Region:
    """Add a city or county; level and superior follow from its code. The caller checks the permission and commits.

    Raises:
        InputError: by field.
    """
    code, name = code.strip(), visible(name)
    errors = _check_name(name)
    parent_code, level = place_of(session, code)
    if not (len(code) == CODE_LENGTH and code.isascii() and code.isdecimal()) or code.endswith("0000"):
        errors["code"] = "“区划代码”是 6 位数字（GB/T 2260），省级不在这里新增"
    elif session.scalar(select(Region.id).where(Region.code == code)) is not None:
        errors["code"] = (
            f"区划代码 {code} 已有；撤销过的代码不能给别的区划使用，原区划恢复设立的请打开它点“恢复”"
        )
    elif parent_code is None:
        errors["code"] = f"没有找到 {code} 的上级区划（{code[:4]}00），请先新增上级"
    if errors:
        raise InputError(errors)
    row = Region(
        code=code, name=name, level=level, parent_code=parent_code, valid_from=valid_from, edited_at=now()
    )
    session.add(row)
    session.flush()
    _note(session, actor, row, "create", dict.fromkeys(FIELDS), None, request_id)
    return row


def place_of(session: Session, code: str) -> tuple[str | None, RegionLevel]:
    """Return the code of the superior of a division, ``None`` where there is none in force, and its level by GB/T 2260.

    A county directly under the province (省直辖县级行政区划, third and fourth digit 90) stands below the heading of those or,
    where the files list it as a city of its own, below the province.
    """
    province, city = f"{code[:2]}0000", f"{code[:4]}00"
    level = RegionLevel.CITY if code == city else RegionLevel.COUNTY
    wanted = (province,) if level is RegionLevel.CITY else (city, province)
    known = set(session.scalars(select(Region.code).where(Region.code.in_(wanted), in_force(Region))))
    return next((one for one in wanted if one in known), None), level


def rename(
    session: Session, actor: Actor, row: Region, name: str, reason: str, *, request_id: str | None = None
) -> bool:
    """Give a division another name; records show it from now on. Return whether anything changed.

    Raises:
        InputError: ``name``.
    """
    name = visible(name)
    if errors := _check_name(name):
        raise InputError(errors)
    before = _snapshot(row)
    row.name = name
    return _note(session, actor, row, "edit", before, visible(reason) or None, request_id)


def abolish(
    session: Session, actor: Actor, row: Region, first_without: date | None, reason: str,
    *, request_id: str | None = None,
) -> bool:  # fmt: skip
    """Let nobody choose a division from a day on.

    Raises:
        InputError: ``day``, or there are divisions in force below it.
    """
    if first_without is None:
        raise InputError({"day": "请填写“自哪天起撤销”，如 2026-01-31"})
    day = first_without - timedelta(days=1)
    if row.valid_from is not None and day < row.valid_from:
        raise InputError({"day": f"撤销须晚于设立日期 {row.valid_from}"})
    if row.level is RegionLevel.PROVINCE:
        raise InputError({"": "省级区划不在这里撤销"})
    below = session.scalar(
        select(func.count(Region.id)).where(Region.parent_code == row.code, in_force(Region, first_without))
    )
    if below:
        raise InputError({"": f"“{row.name}”下还有 {below} 个区划没有撤销，请先办理下级"})
    before = _snapshot(row)
    row.valid_to = day
    return _note(session, actor, row, "retire", before, visible(reason) or None, request_id)


def restore(session: Session, actor: Actor, row: Region, *, request_id: str | None = None) -> bool:
    """Let a division be chosen again.

    Raises:
        InputError: its superior is abolished.
    """
    parent = session.scalars(select(Region).where(Region.code == (row.parent_code or ""))).first()
    if parent is not None and not is_in_force(parent):
        raise InputError({"": f"上级“{parent.name}”已撤销，请先恢复上级"})
    before = _snapshot(row)
    row.valid_to = None
    return _note(session, actor, row, "restore", before, None, request_id)


def uses(session: Session, row: Region) -> list[tuple[str, int]]:
    """Return (label, number) of what still lies in a division: organisations at work and people in service."""
    with unscoped(session, "counts without names, for whoever keeps the regions"):
        organizations = session.scalar(
            select(func.count(Organization.id)).where(
                Organization.region_code == row.code, Organization.status == OrganizationStatus.ACTIVE
            )
        )
        people = session.scalar(
            select(func.count(Person.id)).where(
                Person.region_code == row.code, Person.state == PersonState.IN_SERVICE
            )
        )
    return [(Organization.__label__, organizations or 0), (Person.__label__, people or 0)]


def _check_name(name: str) -> dict[str, str]:
    if not name:
        return {"name": "请填写“名称”"}
    return {"name": f"“名称”最多 {LINE_LENGTH} 个字，请删减"} if len(name) > LINE_LENGTH else {}


def _snapshot(row: Region) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def _text(value: Any) -> str:
    return "" if value is None else str(getattr(value, "label", value))


def _note(
    session: Session, actor: Actor, row: Region, action: str, before: Mapping[str, Any], reason: str | None,
    request_id: str | None,
) -> bool:  # fmt: skip
    told = {
        label_of(Region, name): [_text(before[name]), _text(getattr(row, name))]
        for name in FIELDS
        if before[name] != getattr(row, name)
    }
    if not told:
        return False
    row.edited_at = now()
    session.flush()
    journal.record(
        session, actor, "region", row.id, action, reason=reason,
        details={"code": row.code, "label": row.name, "changes": told}, request_id=request_id,
    )  # fmt: skip
    return True
