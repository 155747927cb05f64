"""Verifying the whole journal at somebody's order: done by the worker, its outcome a row of the journal itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import JournalEntry, JournalSeal
from permissions.actor import load_actor
from permissions.wall import unscoped
from services import audit, journal
from services.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

OBJECT = "journal"
"""What journal rows about the journal are about; their key is 0."""
ORDERED, VERIFIED = "order_verification", "verify"
STARTED = "chain_checks_started"
"""In ``session.info``: keys of the orders the worker has to take up after the commit."""
AT_ONCE = 20_000
"""Rows; so many take well under two seconds."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How the journal stands.

    Attributes:
        blocks: seals there are.
        sealed_at: when the last one was written.
        unsealed: rows written after it.
        verified: the outcome of the last verification, or ``None``.
        waiting: whether one was ordered that has no outcome yet.
    """

    blocks: int
    sealed_at: datetime | None
    unsealed: int
    verified: JournalEntry | None
    waiting: bool


def summary(session: Session) -> Summary:
    """Return how the journal stands."""
    with unscoped(session, "the chain covers every row"):
        blocks, last, sealed_at = session.execute(
            select(func.count(JournalSeal.id), func.max(JournalSeal.last_id), func.max(JournalSeal.sealed_at))
        ).one()
        unsealed = session.scalar(
            select(func.count()).select_from(JournalEntry).where(JournalEntry.id > (last or 0))
        )
        about = select(JournalEntry).where(JournalEntry.object_type == OBJECT, JournalEntry.object_id == 0)
        newest = about.order_by(JournalEntry.id.desc()).limit(1)
        verified = session.scalars(newest.where(JournalEntry.action == VERIFIED)).first()
        ordered = session.scalars(newest.where(JournalEntry.action == ORDERED)).first()
    waiting = ordered is not None and (verified is None or verified.id < ordered.id)
    return Summary(blocks, sealed_at, unsealed or 0, verified, waiting)


def order(session: Session, actor: Actor, *, request_id: str | None = None) -> bool:
    """Have the whole journal verified; return whether that was done at once. The caller commits.

    Args:
        session: the actor's session.
        actor: who orders it.
        request_id: for the journal.

    Raises:
        InputError: an order waits already.
    """
    if summary(session).waiting:
        raise InputError({"": "已有一次核对正在后台进行，请稍候刷新本页查看结果"})
    with unscoped(session, "the chain covers every row"):
        newest = session.scalar(select(func.max(JournalEntry.id))) or 0
    if newest <= AT_ONCE:
        verify(session, actor, request_id=request_id)
        return True
    journal.record(session, actor, OBJECT, 0, ORDERED, request_id=request_id)
    session.info.setdefault(STARTED, []).append(actor.account_id)
    return False


def verify(session: Session, actor: Actor, *, request_id: str | None = None) -> audit.AuditReport:
    """Verify the whole journal and write down what was found; the caller commits."""
    report = audit.verify(session)
    journal.record(
        session, actor, OBJECT, 0, VERIFIED,
        details={"sealed": report.sealed, "unsealed": report.unsealed, "problem": report.problem, "head": report.head},
        request_id=request_id,
    )  # fmt: skip
    return report


def left_alone(session: Session) -> list[int]:
    """Return whose order waits, for a worker that was not told or that was killed."""
    found = summary(session)
    newest = (
        select(JournalEntry.actor_id)
        .where(JournalEntry.object_type == OBJECT, JournalEntry.action == ORDERED)
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )
    key = session.scalar(newest) if found.waiting else None
    return [key] if key else []


def carry_out(session: Session, account_id: int) -> None:
    """Verify as somebody ordered it, unless that was done already.

    Args:
        session: a session that sees everything; the caller commits.
        account_id: who ordered it.
    """
    actor = load_actor(session, account_id)
    if actor is not None and summary(session).waiting:
        verify(session, actor)
