"""Rows of a list as plain columns: what a page shows of them, without objects that SQLAlchemy keeps watch over.

A list shows fifty rows and changes none. Loaded as entities they cost more than the statement that brings them.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Bundle, aliased

from services.listing import KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import Select

    from models import Base


class NarrowRow(SimpleNamespace):
    """Some columns of a row, by their attributes; a related row by its relation, ``None`` where none is there or in sight."""


class _Narrow(Bundle[Any]):
    """Columns that arrive together as one :class:`NarrowRow`."""

    single_entity = True

    def create_row_processor(
        self, _query: Any, procs: Sequence[Callable[[Any], Any]], labels: Sequence[str]
    ) -> Callable[[Any], NarrowRow]:
        """Return the function that makes the value out of a row of the result."""
        fields = tuple(zip(labels, procs, strict=True))
        return lambda row: NarrowRow(**{label: value(row) for label, value in fields})


class _Related(_Narrow):
    """The same of a row that need not be there: its first column is the key."""

    def create_row_processor(
        self, query: Any, procs: Sequence[Callable[[Any], Any]], labels: Sequence[str]
    ) -> Callable[[Any], Any]:
        """Return the function that makes the value, or tells that there is none."""
        key, whole = procs[0], super().create_row_processor(query, procs, labels)
        return lambda row: None if key(row) is None else whole(row)


def by_key(model: type[Base], paths: Iterable[str]) -> Select[Any]:
    """Return the statement of the rows whose keys arrive as its parameter ``listing.KEYS``, each a :class:`NarrowRow`.

    The wall covers the related rows as it does entities: one out of sight is ``None``.

    Args:
        model: the table.
        paths: what is read of a row: a column, a column of a related row (``person.name``), or a relation alone, which gives
            what the related row is called by (``__named_by__``).

    Raises:
        ValueError: a path goes further than one relation, or leads to a row without a name; or paths want of a row both
            its name and its columns.
    """
    mapper = inspect(model)
    own: dict[str, Any] = {"id": mapper.attrs.id.class_attribute}
    related: dict[str, dict[str, Any]] = {}
    joins: dict[str, Any] = {}
    for path in paths:
        first, _, rest = path.partition(".")
        relation = mapper.relationships.get(first)
        if relation is None or "." in rest:
            if rest:
                raise ValueError(f"{model.__name__}.{path} is further than one relation")
            own[path] = mapper.column_attrs[path].class_attribute
            continue
        other = joins.setdefault(first, aliased(relation.mapper.class_))
        if rest:
            related.setdefault(first, {"id": other.id})[rest] = getattr(other, rest)
        elif name := relation.mapper.class_.__named_by__:
            own[first] = getattr(other, name)
        else:
            raise ValueError(f"{model.__name__}.{path} leads to a row without a name")
    if both := own.keys() & related.keys():
        raise ValueError(f"{model.__name__}: {', '.join(sorted(both))} by its name and by its columns")
    parts = [column.label(name) for name, column in own.items()]
    parts += [
        _Related(name, *(column.label(key) for key, column in columns.items()))
        for name, columns in related.items()
    ]
    statement = select(_Narrow("row", *parts)).where(model.id.in_(bindparam(KEYS, expanding=True)))
    for name, other in joins.items():
        statement = statement.outerjoin(getattr(model, name).of_type(other))
    return statement
