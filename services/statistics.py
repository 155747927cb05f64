"""统计分析, completion: how many of the people one answers for have completed a year, by year, region, industry, employer, department, title level.

Read from the maintained counts (:mod:`services.statistics_keeping`), never from the people themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select, true

from models import Department, DictionaryItem, Organization, PeopleCount, Person, Region, YearSummary
from models.enums import RegionLevel, UserType
from permissions import engine as permissions
from permissions.scopes import within
from permissions.verbs import Verb
from services import reading, region_standing
from services.completion import Group
from services.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

MOST_GROUPS = 10
YEARS_COMPARED = 5
NONE = "~"
"""Stands for people whose title level is not known, where one is chosen; no code of a dictionary is written so."""
UNNAMED = {"industry": "未填写行业", "department": "未分部门", "title": "未填写职称级别"}
TITLES = {
    "year": "年度", "region": "区域", "industry": "行业", "employer": "单位", "department": "部门", "title": "职称级别",
}  # fmt: skip
"""Tables of completion and what their lines are."""
RANKED = frozenset({"employer", "department"})
"""Tables whose lines come by how many people are missing, and of which a page shows the first."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of figures.

    Attributes:
        code: which, a key of :data:`TITLES`.
        groups: its lines.
        others: the lines beyond the first, together; ``None`` where there are none.
        total: of everybody; of a table of years nothing sensible, so ``None``.
        alone: keys that stand for themselves, not for what lies below them (a city without its counties).
    """

    code: str
    groups: tuple[Group, ...]
    others: Group | None
    total: Group | None
    alone: frozenset[Any] = frozenset()

    @property
    def by(self) -> str:
        """What a line is."""
        return TITLES[self.code]


def offered(actor: Actor) -> tuple[str, ...]:
    """Return which tables say something to an actor, in their order."""
    if actor.user_type is UserType.EMPLOYER:
        return ("year", "department", "title")
    county = actor.regions is not None and int(actor.regions[1]) - int(actor.regions[0]) == 1
    return tuple(code for code in TITLES if code != "department" and not (county and code == "region"))


def years(session: Session, last: int) -> list[int]:
    """Return the years figures can be asked for: ``last``, and before it every year hours were ever required in."""
    known = remembered(reading.year_choices, session)
    return [last, *(int(year) for year, _label in known if int(year) < last)]


def region_named(session: Session, actor: Actor, code: str) -> Region | None:
    """Return a region to look at more closely; ``None`` where the actor's own has none of that code."""
    inside = true() if actor.regions is None else within(Region.code, actor.regions)
    return session.scalars(select(Region).where(Region.code == code, inside)).first()


def table(
    session: Session, actor: Actor, code: str, year: int, region: str | None = None, most: int | None = None
) -> Table:
    """Return one table of completion.

    Args:
        session: the actor's scoped session.
        actor: whose people.
        code: which, one of :func:`offered`.
        year: the credit year; of a table of years the last one.
        region: code of a city or county inside the scope, to look at it alone.
        most: lines before the rest is put together; all where left out.
    """
    standing = region_standing.standing(session, actor.regions, region)
    here = (permissions.rows(actor, Verb.VIEW, PeopleCount), standing.rows(PeopleCount.region_code))
    if code == "year":
        return _years(session, here, years(session, year)[:YEARS_COMPARED])
    alone: frozenset[Any] = frozenset()
    counted = _counted(session, here, code, year)
    if code == "region":
        drilled = region is not None or actor.user_type is UserType.BUREAU
        counted = _rolled_up(counted, standing.of)
        counted, names, alone = _by_region(session, counted, cities=not drilled)
    elif code == "industry":
        counted, names = _by_class(session, counted)
    else:
        if code == "title":
            counted = _merged(session, counted, "title_level")
        names = NAMING[code](session, counted)
    groups = [
        Group(key, names.get(key) or ("未知" if key else UNNAMED.get(code, "未知")), people, complete)
        for key, (people, complete) in counted.items()
    ]
    if code in RANKED:
        groups.sort(key=lambda group: (-group.missing, -group.people, group.name, group.key or 0))
    else:
        order = list(names)
        groups.sort(key=lambda group: order.index(group.key) if group.key in names else len(order))
    shown = groups if most is None or code not in RANKED else groups[:most]
    rest = groups[len(shown) :]
    others = _together(f"其他 {len(rest)} 个{TITLES[code]}", rest) if rest else None
    return Table(code, tuple(shown), others, _together("合计", groups), alone)


Counted = dict[Any, tuple[int, int]]


def _counted(session: Session, here: Sequence[ColumnElement[bool]], code: str, year: int) -> Counted:
    columns: dict[str, Any] = {
        "region": PeopleCount.region_code, "industry": Organization.industry_code, "employer": PeopleCount.employer_id,
        "department": PeopleCount.department_id, "title": PeopleCount.title_level_code,
    }  # fmt: skip
    column = columns[code]
    everybody = func.sum(case((PeopleCount.credit_year.is_(None), PeopleCount.people), else_=0))
    done = func.sum(case((PeopleCount.credit_year == year, PeopleCount.people), else_=0))
    statement = select(column, everybody, done).select_from(PeopleCount)
    if code == "industry":
        statement = statement.outerjoin(Organization, Organization.id == PeopleCount.employer_id)
    of_year = or_(PeopleCount.credit_year.is_(None), PeopleCount.credit_year == year)
    rows = session.execute(statement.where(*here, of_year).group_by(column))
    return {key: (int(people), int(complete)) for key, people, complete in rows}


def _years(session: Session, here: Sequence[ColumnElement[bool]], compared: Sequence[int]) -> Table:
    rows = session.execute(
        select(PeopleCount.credit_year, func.sum(PeopleCount.people))
        .where(*here, or_(PeopleCount.credit_year.is_(None), PeopleCount.credit_year.in_(compared)))
        .group_by(PeopleCount.credit_year)
    )
    found = {key: int(people) for key, people in rows}
    everybody = found.get(None, 0)
    groups = tuple(Group(one, str(one), everybody, found.get(one, 0)) for one in compared)
    return Table("year", groups, None, None)


def _together(name: str, groups: Iterable[Group]) -> Group:
    listed = list(groups)
    return Group(None, name, sum(one.people for one in listed), sum(one.complete for one in listed))


def _rolled_up(counted: Counted, above: Callable[[Any], Any]) -> Counted:
    result: Counted = {}
    for key, (people, complete) in counted.items():
        before = result.get(above(key), (0, 0))
        result[above(key)] = (before[0] + people, before[1] + complete)
    return result


def _merged(session: Session, counted: Counted, dictionary: str) -> Counted:
    """Count merged entries of a dictionary with the one that stands for them now."""
    now = reading.merged_codes(session, dictionary)
    return _rolled_up(counted, lambda code: now.get(code, code))


def _by_region(
    session: Session, counted: Counted, *, cities: bool
) -> tuple[Counted, Mapping[Any, str], frozenset[Any]]:
    """Name regions; with ``cities`` counties go into their city, and one directly under the province stands for itself."""
    known = {
        row.code: row
        for row in session.execute(
            select(Region.code, Region.name, Region.parent_code, Region.level).where(
                or_(
                    Region.code.in_(list(counted)),
                    Region.code.in_(select(Region.parent_code).where(Region.code.in_(list(counted)))),
                )
            )
        )
    }

    def city(code: Any) -> Any:
        parent = known[code].parent_code
        return parent if parent in known and known[parent].level is RegionLevel.CITY else code

    if cities:
        counted = _rolled_up(counted, city)
    names = {code: known[code].name for code in sorted(counted)}
    alone = {code for code in counted if not cities and code.endswith("00")}
    return counted, names, frozenset(alone | {code for code in counted if code.endswith("0000")})


def industry_classes(session: Session) -> tuple[dict[str, str], dict[str, str]]:
    """Return the 门类 of each code of GB/T 4754, and the names of the 门类 in their order."""
    rows = session.execute(
        select(DictionaryItem.code, DictionaryItem.label, DictionaryItem.parent_code)
        .where(DictionaryItem.dictionary_code == "industry")
        .order_by(DictionaryItem.position)
    ).all()
    parents = {row.code: row.parent_code for row in rows}
    merged = reading.merged_codes(session, "industry")

    def top(code: str) -> str:
        code = merged.get(code, code)
        while parents.get(code):
            code = parents[code]
        return merged.get(code, code)

    return {row.code: top(row.code) for row in rows}, {
        row.code: row.label for row in rows if not row.parent_code and row.code not in merged
    }


def _by_class(session: Session, counted: Counted) -> tuple[Counted, Mapping[Any, str]]:
    classes, names = industry_classes(session)
    return _rolled_up(counted, lambda code: classes.get(code, code)), names


def _organizations(session: Session, counted: Counted) -> Mapping[Any, str]:
    known = select(Organization.id, Organization.name).where(
        Organization.id.in_(select(PeopleCount.employer_id))
    )
    return {key: name for key, name in session.execute(known) if key in counted}


def _departments(session: Session, _counted: Counted) -> Mapping[Any, str]:
    return dict(session.execute(select(Department.id, Department.name)).all())


def _title_levels(session: Session, _counted: Counted) -> dict[Any, str]:
    rows = session.execute(
        select(DictionaryItem.code, DictionaryItem.label)
        .where(DictionaryItem.dictionary_code == "title_level", DictionaryItem.merged_into.is_(None))
        .order_by(DictionaryItem.position)
    )
    return dict(rows.all())


NAMING: dict[str, Callable[[Session, Counted], Mapping[Any, str]]] = {
    "employer": _organizations,
    "department": _departments,
    "title": _title_levels,
}


def departments_with_parts(session: Session) -> set[int]:
    """Return the departments that have others below them."""
    return set(session.scalars(select(Department.parent_id).where(Department.parent_id.is_not(None))))


# ---------------------------------------------------------------- the people behind a figure
def year_choices(session: Session, current: int) -> list[tuple[str, str]]:
    """Return the answers to 年度完成 of the years the tables speak of, as ``2026-1`` (complete) and ``2026-0``."""
    return [
        (f"{year}-{answer}", f"{year} 年度{word}")
        for year in years(session, current)
        for answer, word in (("1", "已完成"), ("0", "未完成"))
    ]


def of_year_state(value: str) -> ColumnElement[bool]:
    """Return the condition of people for one of :func:`year_choices`."""
    year, _, answer = value.partition("-")
    summary = YearSummary.__table__.c
    done = select(summary.person_id).where(summary.credit_year == int(year), summary.complete.is_(True))
    complete: ColumnElement[bool] = Person.id.in_(done.correlate(None))
    return complete if answer == "1" else ~complete


def title_level_choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, label) of the title levels, and :data:`NONE` for people without one."""
    return [*_title_levels(session, {}).items(), (NONE, UNNAMED["title"])]


def of_title_level(session: Session, value: str) -> ColumnElement[bool]:
    """Return the condition of people of a title level, or of one that was merged into it."""
    if value == NONE:
        return Person.title_level_code.is_(None)
    return Person.title_level_code.in_(reading.codes_meaning(session, "title_level", value))


def industry_choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, name) of the 门类 of GB/T 4754."""
    return list(industry_classes(session)[1].items())


def of_industry(session: Session, value: str) -> ColumnElement[bool]:
    """Return the condition of people whose employer belongs to a 门类, itself or by one of its 大类."""
    codes = [code for code, top in industry_classes(session)[0].items() if top == value]
    office = Organization.__table__.c
    return Person.employer_id.in_(select(office.id).where(office.industry_code.in_(codes)).correlate(None))
