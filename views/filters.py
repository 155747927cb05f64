"""Filters of a grid: plain GET fields, their choices computed for each request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wtforms import Form, SelectField
from wtforms.fields import SelectChoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import ColumnElement

    from models.enums import Labelled

ANY = SelectChoice("", "全部")


@dataclass(frozen=True, slots=True)
class GridFilter:
    """One drop-down above a grid.

    Attributes:
        name: the query parameter.
        label: Chinese label.
        choices: value and label of each choice, asked for on every request.
        condition: chosen value → SQL condition.
    """

    name: str
    label: str
    choices: Callable[[], Iterable[tuple[str, str]]]
    condition: Callable[[str], ColumnElement[bool]]


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


def bind(
    filters: Iterable[GridFilter], arguments: Mapping[str, str]
) -> tuple[Form, list[ColumnElement[bool]]]:
    """Return the filter form as filled in, and the conditions of the valid choices.

    A value that is no choice (an old link, a forged address) leaves its filter on 全部.
    """
    fields: dict[str, SelectField] = {}
    chosen: dict[str, str] = {}
    conditions: list[ColumnElement[bool]] = []
    for item in filters:
        choices = [SelectChoice(value, label) for value, label in item.choices()]
        fields[item.name] = SelectField(item.label, choices=[ANY, *choices])
        value = arguments.get(item.name, "")
        if value and value in {choice.value for choice in choices}:
            chosen[item.name] = value
            conditions.append(item.condition(value))
    return type("FilterForm", (Form,), fields)(data=chosen), conditions
