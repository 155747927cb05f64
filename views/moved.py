"""Names of professionals who went to another employer, on the records of the time before.

Who keeps such records does not see the person any more; the transfer, which he does see, knows the name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from permissions import fields
from services import transfers
from views.extensions import db

if TYPE_CHECKING:
    from collections.abc import Iterable

PATHS = {"person.name": "person_name", "person.citizen_id": "citizen_id"}
"""What a record may still say of a person, and where the transfer has it."""


def remember(rows: Iterable[Any]) -> None:
    """Look up the transfers behind rows whose person was loaded and is out of sight, in one statement."""
    keys = {row.person_id for row in rows if vars(row).get("person", row) is None}
    known = g.setdefault("moved", {})
    if missing := keys - known.keys():
        found = transfers.moved_people(db.session(), missing)
        known |= {key: found.get(key) for key in missing}


def shown(row: Any, path: str) -> object:
    """Return what may be shown of a person out of sight: the name, and the masked citizen id."""
    attribute, key = PATHS.get(path), getattr(row, "person_id", None)
    if attribute is None or key is None:
        return None
    if key not in g.setdefault("moved", {}):
        remember([row])
    found = g.moved.get(key)
    return None if found is None else fields.shown(type(found), attribute, getattr(found, attribute))
