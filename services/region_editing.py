"""Administrative divisions kept by the system administrator: added, renamed, abolished from a day on, brought back.

An abolished one stays on every record that names it; pickers and registrations offer it no more (GB/T 2260 is revised
every year: ``source`` of a change is told as its reason).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from models import Organization, Person, Region
from models.base import label_of, now
from models.enums import OrganizationStatus, PersonState, RegionLevel
from permissions.wall import unscoped
from services import base_history, journal
from services.errors import InputError
from services.typed_text import LINE_LENGTH, visible
from services.validity import in_force, is_in_force

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

CODE_LENGTH = 6
OBJECT = "region"
FIELDS = ("code", "name", "level", "parent_code", "valid_from", "valid_to", "merged_into")
LABELS = {name: label_of(Region, name) for name in FIELDS}
KEPT = ("name", "valid_from", "valid_to", "merged_into")
"""What can be changed of a stored one."""


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
    errors = check_name(name)
    # Held, so that nobody abolishes the superior or imports the same code meanwhile.
    above = select(Region.code).where(Region.code.in_(_superiors(code)), in_force(Region))
    parent_code, level = place_of(code, set(session.scalars(above.with_for_update(key_share=True))))
    if wrong := check_code(code, parent_code):
        errors["code"] = wrong
    elif session.scalar(select(Region.id).where(Region.code == code)) is not None:
        errors["code"] = (
            f"区划代码 {code} 已有；撤销过的代码不能给别的区划使用，原区划恢复设立的请打开它点“恢复”"
        )
    if errors:
        raise InputError(errors)
    row = Region(
        code=code, name=name, level=level, parent_code=parent_code, valid_from=valid_from, edited_at=now()
    )
    session.add(row)
    session.flush()
    note(session, actor, row, "create", dict.fromkeys(FIELDS), None, request_id)
    return row


def place_of(code: str, known: Collection[str]) -> tuple[str | None, RegionLevel]:
    """Return the code of the superior of a division, ``None`` where it is not ``known``, and its level by GB/T 2260.

    A county directly under the province (省直辖县级行政区划, third and fourth digit 90) stands below the heading of those or,
    where the files list it as a city of its own, below the province.
    """
    wanted = _superiors(code)
    level = RegionLevel.CITY if len(wanted) == 1 else RegionLevel.COUNTY
    return next((one for one in wanted if one in known), None), level


def _superiors(code: str) -> tuple[str, ...]:
    """Return the codes a division can stand below, the nearest first."""
    province, city = f"{code[:2]}0000", f"{code[:4]}00"
    return (province,) if code == city else (city, province)


def check_code(code: str, parent_code: str | None) -> str:
    """Return what is wrong with the code of a new division, given its superior; empty where nothing is."""
    if not (len(code) == CODE_LENGTH and code.isascii() and code.isdecimal()) or code.endswith("0000"):
        return "“区划代码”是 6 位数字（GB/T 2260），省级不在这里新增"
    return "" if parent_code else f"没有找到 {code} 的上级区划（{code[:4]}00），请先新增上级"


def rename(
    session: Session, actor: Actor, row: Region, name: str, reason: str, *, request_id: str | None = None
) -> bool:
    """Give a division another name; records show it from now on. Return whether anything changed.

    Raises:
        InputError: ``name``.
    """
    name = visible(name)
    if errors := check_name(name):
        raise InputError(errors)
    before = snapshot(row)
    row.name = name
    return note(session, actor, row, "edit", before, visible(reason) or None, request_id)


def abolish(
    session: Session, actor: Actor, row: Region, first_without: date | None, reason: str,
    *, request_id: str | None = None,
) -> bool:  # fmt: skip
    """Let nobody choose a division from a day on; it is merged into nothing.

    Raises:
        InputError: ``day``, or there are divisions in force below it.
    """
    day = last_day(session, row, first_without)
    before = snapshot(row)
    row.valid_to, row.merged_into = day, None
    return note(session, actor, row, "retire", before, visible(reason) or None, request_id)


def last_day(session: Session, row: Region, first_without: date | None) -> date:
    """Return the last day of a division that is abolished from a day on.

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
    return day


def restore(session: Session, actor: Actor, row: Region, *, request_id: str | None = None) -> bool:
    """Let a division be chosen again; it is merged into nothing any more.

    Raises:
        InputError: its superior is abolished.
    """
    parent = session.scalars(select(Region).where(Region.code == (row.parent_code or ""))).first()
    if parent is not None and not is_in_force(parent):
        raise InputError({"": f"上级“{parent.name}”已撤销，请先恢复上级"})
    before = snapshot(row)
    row.valid_to = row.merged_into = None
    return note(session, actor, row, "restore", before, None, request_id)


# ---------------------------------------------------------------- many at once
def every(session: Session, *, lock: bool = False) -> dict[str, Region]:
    """Return every division by its code, superiors first; nobody else changes one until the commit where it is ``lock``."""
    statement = select(Region).order_by(Region.code)
    # Whoever registers in a division only points to it, and does not wait.
    if lock:
        statement = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {row.code: row for row in session.scalars(statement)}


def write_many(
    session: Session,
    actor: Actor,
    known: Mapping[str, Region],
    wanted: Iterable[Region],
    *,
    request_id: str | None = None,
) -> None:
    """Store divisions, new or changed, in one set each; the caller checked them and the permission, and commits.

    Args:
        session: the actor's.
        actor: who changes them.
        known: every stored one, from :func:`every`.
        wanted: how they shall be, on objects no session knows.
        request_id: for the journal.
    """
    moment, new, changed, noted = now(), [], [], []
    rows_wanted = sorted(wanted, key=lambda row: row.code)  # superiors first
    names = {row.code: row.name for row in (*known.values(), *rows_wanted)}
    for one in rows_wanted:
        after, row = snapshot(one), known.get(one.code)
        if row is None:
            new.append(after | {"edited_at": moment})
            continue
        changed.append({name: after[name] for name in KEPT} | {"id": row.id, "edited_at": moment})
        told = _differences(snapshot(row), after, names)
        noted.append((row.id, None, "import", _details(one.code, one.name, told)))
    with unscoped(session, "public base data, written in sets by whoever may write all of it"):
        if new:  # merged afterwards: into what may come with it
            bare = [row | {"merged_into": None} for row in new]
            added = session.execute(insert(Region).returning(Region.id, Region.code), bare).all()
            rows = {row["code"]: row for row in new}
            for key, code in added:
                if rows[code]["merged_into"]:
                    changed.append(
                        {name: rows[code][name] for name in KEPT} | {"id": key, "edited_at": moment}
                    )
                told = _differences(dict.fromkeys(FIELDS), rows[code], names)
                noted.append((key, None, "create", _details(code, rows[code]["name"], told)))
        if changed:
            session.execute(update(Region), changed)
        journal.record_each(session, actor, OBJECT, noted, request_id=request_id)


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


def check_name(name: str) -> dict[str, str]:
    """Return what is wrong with a name, by field."""
    if not name:
        return {"name": "请填写“名称”"}
    return {"name": f"“名称”最多 {LINE_LENGTH} 个字，请删减"} if len(name) > LINE_LENGTH else {}


def snapshot(row: Region) -> dict[str, Any]:
    """Return the fields of a division before it is changed."""
    return {name: getattr(row, name) for name in FIELDS}


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, list[str]]:
    """Return what differs, as it is journaled: the division one is merged into by code and name."""
    told = [
        {**values, "merged_into": into and f"{into} {names.get(into, '')}".strip()}
        for values in (before, after)
        for into in (values["merged_into"],)
    ]
    return base_history.differences(LABELS, *told)


def _names_of(session: Session, codes: Iterable[str | None]) -> dict[str, str]:
    wanted = {code for code in codes if code}
    if not wanted:
        return {}
    found = session.execute(select(Region.code, Region.name).where(Region.code.in_(wanted)))
    return {code: name for code, name in found}  # noqa: C416  (rows, not pairs)


def _details(code: str, name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": code, "label": name, "changes": told}


def note(
    session: Session, actor: Actor, row: Region, action: str, before: Mapping[str, Any], reason: str | None,
    request_id: str | None,
) -> bool:  # fmt: skip
    """Journal a change of a division; return whether anything changed."""
    after = snapshot(row)
    names = _names_of(session, (before["merged_into"], after["merged_into"]))
    told = _differences(before, after, names)
    if not told:
        return False
    row.edited_at = now()
    session.flush()
    journal.record(
        session, actor, OBJECT, row.id, action, reason=reason, details=_details(row.code, row.name, told),
        request_id=request_id,
    )  # fmt: skip
    return True
