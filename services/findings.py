"""What the checks found about claims, and checking those that wait once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import Claim, ClaimFinding
from models.base import now
from models.enums import WAITING, CheckResult
from permissions.wall import unscoped
from workflow import checking
from workflow.checks import CHECKS, RECURRING
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from sqlalchemy.orm import Session

PORTION = 2_000
"""Claims checked in one transaction: about a second, so that nobody waits for their rows for long."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found about a claim.

    Attributes:
        sentence: what it is.
        other: the earliest other claim it is about, if that one may be seen.
        more: how many further claims it is about.
        hidden: whether it is about a claim that may not be seen.
    """

    sentence: str
    other: Claim | None
    more: int
    hidden: bool


def of_claim(session: Session, claim: Claim) -> list[Finding]:
    """Return what was found about a claim, in the order of the checks; nothing where the actor reads no findings."""
    found = {
        row.check_name: row
        for row in session.scalars(select(ClaimFinding).where(ClaimFinding.claim_id == claim.id))
    }
    others = {row.other_id for row in found.values() if row.other_id}
    seen = {row.id: row for row in session.scalars(select(Claim).where(Claim.id.in_(others)))}
    return [
        Finding(
            check.sentence,
            seen.get(row.other_id or 0),
            max(row.others - 1, 0),
            hidden=row.other_id is not None and row.other_id not in seen,
        )
        for check in CHECKS
        if (row := found.get(check.name))
    ]


def attention(session: Session, ids: Sequence[int]) -> int:
    """Return how many of these claims something was found about."""
    chosen = Claim.id.in_(keys(session, ids)), Claim.check_result == CheckResult.ATTENTION
    return session.scalar(select(func.count(Claim.id)).where(*chosen)) or 0


def check_waiting(
    open_session: Callable[[], AbstractContextManager[Session]], day: date, *, only_new: bool
) -> int:
    """Check the claims that wait, some thousand in each transaction, and return how many.

    Args:
        open_session: opens a session that sees everything and commits at its end.
        day: the calendar day in China.
        only_new: only those that were never checked.
    """
    number, last, asked = 0, 0, CHECKS if only_new else RECURRING
    while True:
        with open_session() as session, unscoped(session, "checks compare claims of everybody"):
            wanted = select(Claim.id).where(Claim.id > last, Claim.status.in_(WAITING))
            if only_new:
                wanted = wanted.where(Claim.check_result == CheckResult.UNCHECKED)
            # What somebody is deciding at this moment is left to the next time; nobody waits for the other.
            locked = wanted.order_by(Claim.id).limit(PORTION).with_for_update(skip_locked=True)
            ids = list(session.scalars(locked))
            if not ids:
                return number
            checking.run(session, keys(session, ids), asked, day=day, moment=now())
        number, last = number + len(ids), ids[-1]
