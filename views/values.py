"""What a grid shows of a row, and keys as they arrive in an address."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

from models.base import CHINA
from models.enums import Labelled
from permissions import fields
from services.certificate_pdf import hours_text
from views import moved, named_offices

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from models.base import Base

LARGEST_KEY = 2**63 - 1
AS_THEY_ARE = (Labelled, bool)


def as_key(text: object) -> int | None:
    """Return a key that arrived as text, or ``None`` where it cannot be one."""
    digits = str(text)
    # Only plain ASCII digits: int() takes "１", "1_0" and " 1" too, and refuses texts of thousands of digits.
    if not digits.isascii() or not digits.isdecimal() or len(digits) > len(str(LARGEST_KEY)):
        return None
    key = int(digits)
    return key if 0 < key <= LARGEST_KEY else None


def shown_text(value: Any) -> Any:
    """Return a stored value as a page shows it; enums stay themselves, for their badge."""
    if type(value) is str or value is None or isinstance(value, AS_THEY_ARE):
        return value  # most cells, hundreds a page
    if isinstance(value, datetime):
        return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return hours_text(value)
    return str(value)


@cache
def way_along(model: type[Base], path: str) -> tuple[tuple[str, ...], type[Base], str]:
    """Return the relations of an attribute path, the table at its end, and the attribute."""
    *relations, name = path.split(".")
    owner = model
    for relation in relations:
        owner = inspect(owner).relationships[relation].mapper.class_
    return tuple(relations), owner, name


@cache
def _steps(model: type[Base], path: str) -> tuple[tuple[str, ...], str, Callable[[object], object] | None]:
    """Return the relations of an attribute path, the attribute at its end, and how that is shown."""
    relations, owner, name = way_along(model, path)
    return relations, name, fields.way_of(owner, name)


@cache
def _office(model: type[Base], path: str) -> str:
    """Return the relation to the organisation an attribute path calls by its name; nothing where it shows something else."""
    first, _, rest = path.partition(".")
    return first if first in named_offices.keys_of(model) and rest in {"", "name"} else ""


class ValuesMixin:
    """Labels and values of attribute paths; nothing masked or internal leaves a grid otherwise.

    Attributes:
        model: the table of the grid.
        labels: Chinese labels of paths that are no column of the model.
    """

    model: type[Base]
    labels: Mapping[str, str] = {}

    def label_of(self, path: str) -> str:
        """Return the Chinese label of an attribute path, from the column unless declared here."""
        if path in self.labels:
            return self.labels[path]
        _relations, owner, attribute = way_along(self.model, path)
        mapper: Any = inspect(owner)
        if attribute in mapper.relationships:
            local = next(iter(mapper.relationships[attribute].local_columns))
            return str(local.info["label"])
        return str(mapper.columns[attribute].info["label"])

    def value_of(self, row: Any, path: str) -> Any:
        """Return what may be shown of an attribute path: masked where the column is."""
        relations, name, way = _steps(self.model, path)
        for relation in relations:
            related = getattr(row, relation)
            if related is None:
                return self._out_of_sight(row, path)
            row = related
        value = getattr(row, name)
        if value is None and not relations:
            return self._out_of_sight(row, path)
        return shown_text(way(value) if way else value)

    def _out_of_sight(self, row: Any, path: str) -> Any:
        """Return what may be shown of a related row one does not see: what somebody or some office is called."""
        office = _office(self.model, path)
        return named_offices.shown(self.model, row, office) if office else moved.shown(row, path)

    def get_list_value(self, model: Any, name: str) -> Any:  # type: ignore[override]
        """Return a cell."""
        return self.value_of(model, name)

    get_detail_value = get_list_value
