"""Names of organisations that rows one sees name, though they are out of sight themselves.

Who holds something, and which office somebody stands below, is shown wherever the row is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from flask import g
from sqlalchemy import inspect

from models import Organization
from services import reading
from views.extensions import db

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from models import Base


@cache
def keys_of(model: type[Base]) -> dict[str, str]:
    """Return the column with the key of each organisation a table names, by relation."""
    mapper = inspect(model)
    return {
        name: mapper.get_property_by_column(next(iter(relation.local_columns))).key
        for name, relation in mapper.relationships.items()
        if relation.mapper.class_ is Organization and not relation.uselist
    }


def read_for(model: type[Base], paths: Iterable[str]) -> list[str]:
    """Return the columns that have to be there for the names some attribute paths show."""
    columns = keys_of(model)
    return [columns[name] for name in {path.partition(".")[0]: None for path in paths} if name in columns]


def remember(model: type[Base], rows: Sequence[Any]) -> None:
    """Look up the organisations that rows were loaded with and are out of sight, in one statement."""
    keys = {
        key
        for row in rows
        for name, column in keys_of(model).items()
        if vars(row).get(name, row) is None and (key := vars(row).get(column)) is not None
    }
    known = g.setdefault("named_offices", {})
    if missing := keys - known.keys():
        known |= reading.office_names(db.session(), missing)


def shown(model: type[Base], row: Any, relation: str) -> str | None:
    """Return the name of an organisation out of sight that a row names by a relation; ``None`` where it names none."""
    key = getattr(row, keys_of(model)[relation])
    if key is None:
        return None
    if key not in g.setdefault("named_offices", {}):
        remember(model, [row])
    name: str | None = g.named_offices.get(key)
    return name
