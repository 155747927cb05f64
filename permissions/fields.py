"""Which columns are masked, and how they are shown."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from models.identifiers import mask_citizen_id
from models.types import EncryptedText

if TYPE_CHECKING:
    from collections.abc import Callable

    from models import Base


@cache
def is_masked(model: type[Base], attribute: str) -> bool:
    """Tell whether a column is shown masked everywhere: exactly the encrypted ones."""
    columns = model.__mapper__.columns
    return attribute in columns and isinstance(columns[attribute].type, EncryptedText)


@cache
def is_internal(model: type[Base], attribute: str) -> bool:
    """Tell whether a column is never shown to anybody (hashes, storage keys, blind indexes)."""
    columns = model.__mapper__.columns
    return attribute in columns and bool(columns[attribute].info.get("internal"))


@cache
def way_of(model: type[Base], attribute: str) -> Callable[[object], object] | None:
    """Return how a column is shown: ``None`` for as it is. Found once a column, because a list shows hundreds of values.

    Raises:
        PermissionError: for a column nobody may see.
    """
    if is_internal(model, attribute):
        raise PermissionError(f"{model.__name__}.{attribute} is internal")
    return _masked if is_masked(model, attribute) else None


def _masked(value: object) -> object:
    return None if value is None else mask_citizen_id(str(value))


def shown(model: type[Base], attribute: str, value: object) -> object:
    """Return ``value`` as a grid, page, export or log may show it.

    Raises:
        PermissionError: for a column nobody may see.
    """
    way = way_of(model, attribute)
    return way(value) if way else value
