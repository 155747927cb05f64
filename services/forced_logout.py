"""Ending logins of one's scope at once, with a reason their owners can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from models import LoginSession
from models.base import now
from models.enums import SessionEnd
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from services.typed_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

AT_ONCE = 500
"""More than a careful administrator looks at."""
REASON_LENGTH = 500
login = LoginSession.__table__.c


def check_reason(typed: str) -> str:
    """Return the reason.

    Raises:
        InputError: ``reason``: none, or too long.
    """
    reason = visible(typed)
    if not reason:
        raise InputError({"reason": "请填写强制退出的原因，本人可以看到"})
    if len(reason) > REASON_LENGTH:
        raise InputError({"reason": f"原因最多 {REASON_LENGTH} 个字，请删减"})
    return reason


def force(
    session: Session, actor: Actor, keys: Sequence[int], typed: str, *, request_id: str | None = None
) -> int:
    """End sessions and write down who did it and why; the caller commits.

    One's own sessions are in nobody's scope of this verb, so that none of them is ended by mistake.

    Args:
        session: the actor's session.
        actor: who ends them.
        keys: of the sessions; those out of his scope, and those that are over by now, are passed over.
        typed: the reason as typed.
        request_id: for the journal.

    Returns:
        How many were ended.

    Raises:
        InputError: no reason, or too many sessions.
    """
    reason = check_reason(typed)
    if len(keys) > AT_ONCE:
        raise InputError({"": f"一次最多结束 {AT_ONCE} 个会话，请先缩小筛选范围"})
    with unscoped(session, "the statement carries the permission itself"):
        mine = select(login.id).where(login.id.in_(keys), permissions.rows(actor, Verb.END, LoginSession))
        ended = session.execute(
            update(LoginSession.__table__)
            .where(login.id.in_(mine), login.ended_at.is_(None))
            .values(ended_at=now(), ended_why=SessionEnd.FORCED)
            .returning(login.id, login.account_id, login.address, login.device)
        ).all()
    for row in sorted(ended):
        journal.record(
            session, actor, "account", row.account_id, "force_logout", reason=reason,
            details={"session": row.id, "address": row.address, "device": row.device}, request_id=request_id,
        )  # fmt: skip
    return len(ended)
