"""Which columns are masked, and how they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.identifiers import mask_citizen_id
from models.types import EncryptedText

if TYPE_CHECKING:
    from models import Base


def is_masked(model: type[Base], attribute: str) -> bool:
    """Tell whether a column is shown masked everywhere: exactly the encrypted ones."""
    columns = model.__mapper__.columns
    return attribute in columns and isinstance(columns[attribute].type, EncryptedText)


def is_internal(model: type[Base], attribute: str) -> bool:
    """Tell whether a column is never shown to anybody (hashes, storage keys, blind indexes)."""
    columns = model.__mapper__.columns
    return attribute in columns and bool(columns[attribute].info.get("internal"))


def shown(model: type[Base], attribute: str, value: object) -> object:
    """Return ``value`` as a grid, page, export or log may show it.

    Raises:
        PermissionError: for a column nobody may see.
    """
    if is_internal(model, attribute):
        raise PermissionError(f"{model.__name__}.{attribute} is internal")
    if value is not None and is_masked(model, attribute):
        return mask_citizen_id(str(value))
    return value
