"""Filters of a grid: plain fields that arrive as query parameters, each shown as a chip while it narrows the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import and_, false, true

from models.base import CHINA
from models.enums import UserType
from services import listing, reading, region_standing, statistics_waiting
from services.remembered import remembered
from views.extensions import actor, db
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import ColumnElement

    from models.enums import Labelled

ANY = ("", "全部")
FROM, TO = "_from", "_to"
OFFICE, ALL = "approver", "all"
"""Name of the parameter with the office that decides, and its value for all of them."""
ALL_OFFICES = "管理范围内的全部机构"
LARGEST = Decimal(10) ** 9
LONGEST_TEXT = 50
OFFICES = frozenset({UserType.BUREAU, UserType.AUTHORITY, UserType.PROVINCE})


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice that narrows a list.

    Attributes:
        label: what is filtered by.
        text: the value in words.
        arguments: the query parameters that say so.
        condition: the SQL expression.
    """

    label: str
    text: str
    arguments: Mapping[str, str]
    condition: ColumnElement[bool]


@dataclass(slots=True)
class FilterField:
    """One field of the search form, and what was typed into it.

    Attributes:
        name: the query parameter, and the field's id on the page.
        label: Chinese label.
        type: ``select``, or that of an HTML input.
        choices: value and label of each choice of a select.
        step: of a number.
        data: what was typed.
        error: what is wrong with it, or nothing.
    """

    name: str
    label: str
    type: str = "text"
    choices: Sequence[tuple[str, str]] = ()
    step: str = ""
    data: str = ""
    error: str = ""

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The choices as they are remembered by (``views.fragments``)."""
        return tuple(map(tuple, self.choices))  # type: ignore[arg-type]


Fields = dict[str, FilterField]


class Filter(Protocol):
    """What a list can be narrowed by."""

    name: str
    label: str
    audience: frozenset[UserType]

    def fields(self) -> list[FilterField]:
        """Return the fields it is typed into, still empty."""

    def read(self, arguments: Mapping[str, str], fields: Fields) -> Choice | None:
        """Return what was chosen; ``None`` where nothing was, or nothing valid (then the field says why)."""


@dataclass(frozen=True, slots=True)
class GridFilter:
    """A drop-down.

    Attributes:
        name: the query parameter.
        label: Chinese label.
        choices: value and label of each choice, asked for on every request.
        condition: chosen value → SQL condition.
        audience: user types it says something to; empty for all.
    """

    name: str
    label: str
    choices: Callable[[], Iterable[tuple[str, str]]]
    condition: Callable[[str], ColumnElement[bool]]
    audience: frozenset[UserType] = frozenset()

    def fields(self) -> list[FilterField]:
        """Return one select."""
        return [FilterField(self.name, self.label, "select", [ANY, *self.choices()])]

    def read(self, arguments: Mapping[str, str], fields: Fields) -> Choice | None:
        """Return the choice; a value that is none (an old link, a forged address) leaves the filter on 全部."""
        value = arguments.get(self.name, "")
        labels = dict(fields[self.name].choices)
        if not value or value not in labels:
            return None
        fields[self.name].data = value
        return Choice(self.label, str(labels[value]).strip(), {self.name: value}, self.condition(value))


@dataclass(frozen=True, slots=True)
class TextFilter:
    """A text to be typed.

    Attributes:
        name: the query parameter.
        label: Chinese label.
        condition: typed text → SQL condition.
        audience: user types it says something to; empty for all.
    """

    name: str
    label: str
    condition: Callable[[str], ColumnElement[bool]]
    audience: frozenset[UserType] = frozenset()

    def fields(self) -> list[FilterField]:
        """Return one text field."""
        return [FilterField(self.name, self.label)]

    def read(self, arguments: Mapping[str, str], fields: Fields) -> Choice | None:
        """Return the text."""
        text = arguments.get(self.name, "").strip()[:LONGEST_TEXT]
        fields[self.name].data = text
        return Choice(self.label, text, {self.name: text}, self.condition(text)) if text else None


@dataclass(frozen=True, slots=True)
class RangeFilter:
    """Two fields, from and to, both included; either may be left empty.

    Attributes:
        name: the query parameters are ``<name>_from`` and ``<name>_to``.
        label: Chinese label.
        column: what is compared.
        parse: typed text → value; raises ``ValueError``.
        upper: value of the upper field → SQL condition.
        type: of the two inputs, as HTML calls it.
        hint: what to type, for the sentence at a field that cannot be read.
    """

    name: str
    label: str
    column: Any
    parse: Callable[[str], Any]
    upper: Callable[[Any, Any], ColumnElement[bool]]
    lower: Callable[[Any, Any], ColumnElement[bool]]
    type: str
    hint: str
    step: str = ""
    audience: frozenset[UserType] = frozenset()

    def fields(self) -> list[FilterField]:
        """Return the two fields."""
        return [
            FilterField(self.name + end, f"{self.label}（{word}）", self.type, step=self.step)
            for end, word in ((FROM, "起"), (TO, "止"))
        ]

    def read(self, arguments: Mapping[str, str], fields: Fields) -> Choice | None:
        """Return the span; what cannot be read, or ends before it begins, is said at its field."""
        typed = {end: arguments.get(self.name + end, "").strip() for end in (FROM, TO)}
        values: dict[str, Any] = {}
        for end, text in typed.items():
            at = fields[self.name + end]
            at.data = text
            try:
                values |= {end: self.parse(text)} if text else {}
            except ValueError:
                at.error = f"“{at.label}”{self.hint}"
        if FROM in values and TO in values and values[FROM] > values[TO]:
            fields[self.name + TO].error = f"“{self.label}”的止不能早于或小于起"
            return None
        if not values:
            return None
        parts = [
            compare(self.column, values[end])
            for end, compare in ((FROM, self.lower), (TO, self.upper))
            if end in values
        ]
        text = f"{typed[FROM] if FROM in values else ''} 至 {typed[TO] if TO in values else ''}".strip()
        return Choice(self.label, text, {self.name + end: typed[end] for end in values}, and_(*parts))


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """One row of another grid, which a link names by its key; there is no field for it, and it goes with its chip.

    Attributes:
        name: the query parameter.
        label: what the chip says.
        named: key → name of the row, ``None`` where the actor sees no such row.
        condition: key → SQL condition.
        audience: user types it says something to; empty for all.
        all: what the chip says where a link names :data:`ALL` of them; empty where that is no choice.
    """

    name: str
    label: str
    named: Callable[[int], str | None]
    condition: Callable[[int], ColumnElement[bool]]
    audience: frozenset[UserType] = frozenset()
    all: str = ""

    def fields(self) -> list[FilterField]:
        """Return one hidden field."""
        return [FilterField(self.name, self.label, "hidden")]

    def read(self, arguments: Mapping[str, str], fields: Fields) -> Choice | None:
        """Return the row; one the actor does not see is no row at all."""
        typed = arguments.get(self.name, "")
        if not typed:
            return None
        if self.all and typed == ALL:
            fields[self.name].data = ALL
            return Choice(self.label, self.all, {self.name: ALL}, true())
        key = as_key(typed)
        text = self.named(key) if key else None
        fields[self.name].data = str(key or 0)
        condition = self.condition(key) if key and text else false()
        return Choice(
            self.label, text or "没有这条记录，或不在您的管理范围内", {self.name: str(key or 0)}, condition
        )


def of_office(
    column: Any,
    audience: frozenset[UserType] = frozenset(),
    *,
    label: str = "办理机构",
    all: str = "",
) -> LinkFilter:
    """Return the filter by the office that decides, for links to what waits there.

    Args:
        column: with the key of the office.
        audience: user types it says something to; empty for all.
        label: what the chip says.
        all: what it says of all offices, where the list shows one's own alone unless a link names others.
    """
    return LinkFilter(
        OFFICE,
        label,
        lambda key: statistics_waiting.office_named(db.session(), column, key),
        lambda key: column == key,
        audience,
        all,
    )


def of_enum(name: str, label: str, column: Any, members: Iterable[Labelled]) -> GridFilter:
    """Return a filter over the members of an enum column."""
    listed = tuple(members)
    return GridFilter(
        name,
        label,
        lambda: [(member.value, member.label) for member in listed],
        lambda value: column == value,
    )


def of_boolean(name: str, label: str, column: Any, yes: str, no: str) -> GridFilter:
    """Return a filter over a truth value."""
    return GridFilter(name, label, lambda: [("1", yes), ("0", no)], lambda value: column.is_(value == "1"))


def of_number(
    name: str, label: str, column: Any, choices: Callable[[], Iterable[tuple[str, str]]]
) -> GridFilter:
    """Return a filter over a whole number, such as a year or a key."""
    return GridFilter(name, label, choices, lambda value: column == int(value))


def of_year(label: str, column: Any) -> GridFilter:
    """Return a filter over the credit year (计入年度) of a row."""
    return of_number("credit_year", label, column, lambda: remembered(reading.year_choices, db.session()))


def of_department(condition: Callable[[str], ColumnElement[bool]]) -> GridFilter:
    """Return a filter over the departments of one's own employer; an office would be offered thousands."""
    return GridFilter(
        "department",
        "部门",
        lambda: reading.department_choices(db.session()),
        condition,
        frozenset({UserType.EMPLOYER}),
    )


def of_region(column: Any) -> GridFilter:
    """Return a regional office's filter over the city (with its counties) or county of a row, or of what was merged into it."""
    return GridFilter(
        "region",
        "区域",
        lambda: remembered(reading.regions_within, db.session(), actor().regions),
        lambda code: region_standing.standing(db.session(), actor().regions, code).rows(column),
        frozenset({UserType.BUREAU, UserType.PROVINCE}),
    )


def of_employer(column: Any) -> TextFilter:
    """Return an office's filter over the name or code of the employer."""
    return TextFilter(
        "employer", "单位", lambda text: column.in_(listing.organizations_named(db.session(), text)), OFFICES
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


def of_dates(name: str, label: str, column: Any) -> RangeFilter:
    """Return a filter over calendar days of a date column."""
    return RangeFilter(
        name, label, column, date.fromisoformat, lambda c, day: c <= day, lambda c, day: c >= day,
        "date", "请填写日期，如 2026-01-31",
    )  # fmt: skip


def of_moments(name: str, label: str, column: Any) -> RangeFilter:
    """Return a filter over calendar days in China of a column of moments."""
    return RangeFilter(
        name, label, column, date.fromisoformat,
        lambda c, day: c < _midnight(day + timedelta(days=1)), lambda c, day: c >= _midnight(day),
        "date", "请填写日期，如 2026-01-31",
    )  # fmt: skip


def of_hours(name: str, label: str, column: Any) -> RangeFilter:
    """Return a filter over numbers of hours (学时), one decimal at most."""
    return RangeFilter(
        name, label, column, _hours, lambda c, value: c <= value, lambda c, value: c >= value,
        "number", "请填写数字，最多一位小数，如 7.5", "0.1",
    )  # fmt: skip


def _hours(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not value.is_finite() or not -LARGEST < value < LARGEST or value != round(value, 1):
        raise ValueError(text)
    return value


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """The fields of one filter, as the list page shows them: one, or from and to side by side."""

    label: str
    fields: list[FilterField]

    @property
    def single(self) -> bool:
        """Tell whether it is one field, narrow enough for the first row."""
        return len(self.fields) == 1

    @property
    def hidden(self) -> bool:
        """Tell whether there is nothing to fill in: what a link said."""
        return self.fields[0].type == "hidden"

    @property
    def used(self) -> bool:
        """Tell whether something is filled in, right or wrong."""
        return any(item.data or item.error for item in self.fields)


def bind(filters: Iterable[Filter], arguments: Mapping[str, str]) -> tuple[list[FilterGroup], list[Choice]]:
    """Return the filters' fields as filled in, and the valid choices."""
    groups, choices = [], []
    for item in filters:
        group = FilterGroup(item.label, item.fields())
        choice = item.read(arguments, {one.name: one for one in group.fields})
        groups.append(group)
        choices += [choice] if choice is not None else []
    return groups, choices
