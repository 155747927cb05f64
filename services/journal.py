"""Journal rows of what is no transition: created, changed, deleted, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models import JournalEntry
from models.base import now

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor


def record(
    session: Session,
    actor: Actor,
    object_type: str,
    object_id: int,
    action: str,
    *,
    details: dict[str, Any] | None = None,
    on_behalf_of_id: int | None = None,
    request_id: str | None = None,
) -> None:
    """Write one journal row in the running transaction.

    Args:
        session: where the change itself is made.
        actor: who did it.
        object_type: name of the workflow or table.
        object_id: key of the object.
        action: what was done, an English verb.
        details: JSON that lets a reader see what changed; never a full citizen id or a password.
        on_behalf_of_id: the person it was done for.
        request_id: the request it came with.
    """
    session.add(
        JournalEntry(
            moment=now(),
            actor_id=actor.account_id,
            actor_organization_id=actor.organization_id,
            on_behalf_of_id=on_behalf_of_id,
            object_type=object_type,
            object_id=object_id,
            action=action,
            details=details or {},
            request_id=request_id,
        )
    )
    session.flush()
