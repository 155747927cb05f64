"""The journal rows of a firing, written set-based: one for each row something happens to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, cast, insert, literal, null, select

from models import Account, JournalEntry
from models.enums import Labelled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Table

    from workflow.core import Firing

JOURNAL = JournalEntry.__table__.c


def journal(
    firing: Firing,
    table: Table,
    where: ColumnElement[bool],
    action: str,
    *,
    from_status: ColumnElement[Any] | Labelled | None = None,
    to_status: Labelled | None = None,
    reason: str | None = None,
    times: ColumnElement[int | None] | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Write that ``action`` happened to every row of ``table`` that meets a condition.

    Args:
        firing: who, when, in which batch and request.
        table: whose rows; a ``person_id`` names the professional it is done for.
        where: which rows, before they are changed.
        action: of the journal.
        from_status: the state they leave: a column, or one state for all.
        to_status: the state they reach.
        reason: why.
        times: how often the action was taken back before, where that is counted.
        details: what else is to be known, the same for all.
    """
    left = literal(from_status.value) if isinstance(from_status, Labelled) else from_status
    # The professional behind an account is its holder: nothing is done in his stead.
    whose = None if table is Account.__table__ else table.c.get("person_id")
    values: dict[str, Any] = {
        "moment": literal(firing.moment, JOURNAL.moment.type),
        "actor_id": literal(firing.actor.account_id, BigInteger),
        "actor_organization_id": literal(firing.actor.organization_id, BigInteger),
        "on_behalf_of_id": cast(null(), BigInteger) if whose is None else whose,
        "in_place_of_id": literal(firing.actor.in_place_of_id, BigInteger),
        "object_type": literal(table.name),
        "object_id": table.c.id,
        "action": literal(action),
        "from_status": cast(null() if left is None else left, JOURNAL.from_status.type),
        "to_status": literal(None if to_status is None else to_status.value, JOURNAL.to_status.type),
        "reason": literal(reason, JOURNAL.reason.type),
        "round": cast(null(), JOURNAL.round.type) if times is None else times,
        "details": literal(dict(details or {}), JOURNAL.details.type),
        "request_id": literal(firing.request_id, JOURNAL.request_id.type),
        "batch_id": literal(firing.batch_key, JOURNAL.batch_id.type),
    }
    rows = select(*values.values()).where(where)
    firing.session.execute(insert(JournalEntry).from_select(list(values), rows))
