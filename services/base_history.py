"""Who changed base data, what and when: journal rows told as label: old → new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select, true

from models import Account, JournalEntry
from permissions.wall import unscoped
from workflow.changes import Change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

MOST = 100
"""Changes a page tells at most."""


def changes_of(
    session: Session,
    object_type: str,
    keys: Sequence[int] | Select[int] | None = None,
    actions: Sequence[str] = (),
) -> list[tuple[JournalEntry, str | None]]:
    """Return the latest journal rows of base data with the real name of the administrator, newest first.

    Args:
        session: of whoever keeps it.
        object_type: as it is journaled.
        keys: of the rows, or the statement that selects them; ``None`` for all of the type.
        actions: what alone is told; everything where left out.
    """
    with unscoped(session, "who changed public base data is told to whoever keeps it"):
        rows = session.execute(
            select(JournalEntry, Account.real_name)
            .outerjoin(Account, Account.id == JournalEntry.actor_id)
            .where(_of(object_type, keys), JournalEntry.action.in_(actions) if actions else true())
            .order_by(JournalEntry.id.desc())
            .limit(MOST)
        ).all()
    return [(entry, name) for entry, name in rows]


def last_of(session: Session, object_type: str, keys: Sequence[int] | None = None) -> int:
    """Return the key of the latest journal row of base data; 0 where there is none.

    Args:
        session: of whoever keeps it.
        object_type: as it is journaled.
        keys: of the rows; ``None`` for all of the type.
    """
    with unscoped(session, "up to which change a form of public base data was made"):
        found = session.scalar(select(func.max(JournalEntry.id)).where(_of(object_type, keys)))
    return found or 0


def since(
    session: Session, object_type: str, keys: Sequence[int] | None, known: int
) -> list[tuple[JournalEntry, str | None]]:
    """Return the changes that came after the journal row ``known``, newest first, as :func:`changes_of` does."""
    return [(entry, name) for entry, name in changes_of(session, object_type, keys) if entry.id > known]


def _of(object_type: str, keys: Sequence[int] | Select[int] | None) -> ColumnElement[bool]:
    return and_(
        JournalEntry.object_type == object_type,
        true() if keys is None else JournalEntry.object_id.in_(keys),
    )


def text(value: Any) -> str:
    """Return a stored value as the journal tells it."""
    return "" if value is None else str(getattr(value, "label", value))


def differences(
    labels: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return the fields that differ as label: [old, new], which is how a change is journaled.

    Args:
        labels: label by field, of the fields that are told.
        before: the values by field.
        after: see there.
    """
    return {
        label: [text(before[name]), text(after[name])]
        for name, label in labels.items()
        if before[name] != after[name]
    }


def told(entry: JournalEntry) -> list[str]:
    """Return what a journal row says was changed, a line each; drafts tell it as a list of the three."""
    changes = entry.details.get("changes") or {}
    if isinstance(changes, dict):
        changes = [(label, *both) for label, both in changes.items()]
    return [Change(*change).line for change in changes]
