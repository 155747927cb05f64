"""Journal rows of what is no transition: created, changed, deleted, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, insert, literal, select

from models import JournalEntry
from models.base import now

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor


def record(
    session: Session,
    actor: Actor,
    object_type: str,
    object_id: int,
    action: str,
    *,
    reason: str | None = None,
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
        reason: why, as its actor said it.
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
            in_place_of_id=actor.in_place_of_id,
            object_type=object_type,
            object_id=object_id,
            action=action,
            reason=reason,
            details=details or {},
            request_id=request_id,
        )
    )
    session.flush()


def record_many(
    session: Session,
    actor: Actor,
    object_type: str,
    objects: Select[int],
    action: str,
    *,
    reason: str | None = None,
    details: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> None:
    """Write one journal row for each of many objects in one statement; must run inside ``unscoped``.

    Args:
        objects: ``SELECT id``, each object once.
        session: see :func:`record`, as the rest.
        actor: see there.
        object_type: see there.
        action: see there.
        reason: see there.
        details: see there.
        request_id: see there.
    """
    chosen = objects.subquery()
    row: dict[str, Any] = {
        "moment": literal(now(), JournalEntry.moment.type),
        "actor_id": literal(actor.account_id, BigInteger),
        "actor_organization_id": literal(actor.organization_id, BigInteger),
        "in_place_of_id": literal(actor.in_place_of_id, BigInteger),
        "object_type": literal(object_type),
        "object_id": chosen.c[chosen.c.keys()[0]],
        "action": literal(action),
        "reason": literal(reason, JournalEntry.reason.type),
        "details": literal(details or {}, JournalEntry.details.type),
        "request_id": literal(request_id, JournalEntry.request_id.type),
    }
    session.execute(insert(JournalEntry).from_select(list(row), select(*row.values())))


def record_each(
    session: Session,
    actor: Actor,
    object_type: str,
    rows: Iterable[tuple[int, int | None, str, dict[str, Any]]],
    *,
    request_id: str | None = None,
) -> None:
    """Write a journal row of its own for each of many objects in one statement; must run inside ``unscoped``.

    Args:
        session: see :func:`record`, as the rest.
        actor: see there.
        object_type: see there.
        rows: (key of the object, the person it was done for, action, details) of each.
        request_id: see there.
    """
    moment = now()
    values = [
        {
            "moment": moment,
            "actor_id": actor.account_id,
            "actor_organization_id": actor.organization_id,
            "on_behalf_of_id": person_id,
            "in_place_of_id": actor.in_place_of_id,
            "object_type": object_type,
            "object_id": object_id,
            "action": action,
            "details": details,
            "request_id": request_id,
        }
        for object_id, person_id, action, details in rows
    ]
    if values:
        session.execute(insert(JournalEntry.__table__), values)
