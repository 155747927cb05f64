"""Runs the checks and stores what they found, as effects of the claim's transitions: set-based, in their transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, case, delete, insert, literal, select, union, union_all, update

from models import Claim, ClaimFinding
from models.enums import WAITING, CheckResult
from models.types import UtcDateTime
from workflow.checks import CHECKS, OF_QUEUE, RECURRING
from workflow.evidence import claim, mine, other_claim, theirs
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from workflow.checks import Check
    from workflow.core import Firing

FINDING = ClaimFinding.__table__


def run(
    session: Session, chosen: Select[int], asked: Sequence[Check], *, day: date, moment: datetime
) -> None:
    """Check claims and put the outcome on them; their rows are locked by whoever calls.

    Args:
        session: an unscoped session.
        chosen: keys of the claims.
        asked: the checks to run; what others found stays.
        day: the calendar day years open and close by.
        moment: when this is.
    """
    names = [check.name for check in asked]
    session.execute(delete(FINDING).where(FINDING.c.claim_id.in_(chosen), FINDING.c.check_name.in_(names)))
    parts = []
    for check in asked:
        found = check.finds(chosen, day).subquery()
        claim_id, other_id, others = found.c
        parts.append(select(claim_id, literal(check.name), other_id, others, literal(moment, UtcDateTime())))
    session.execute(
        insert(FINDING).from_select(
            ["claim_id", "check_name", "other_id", "others", "found_at"], union_all(*parts)
        )
    )
    found_something = select(FINDING.c.claim_id).where(FINDING.c.claim_id.in_(chosen)).correlate(None)
    result = case((claim.id.in_(found_something), CheckResult.ATTENTION), else_=CheckResult.CLEAN)
    changed = and_(claim.id.in_(chosen), claim.check_result != result)
    session.execute(update(Claim.__table__).where(changed).values(check_result=result))


def check(firing: Firing, chosen: Select[int]) -> None:
    """Check claims that came into a queue, and those waiting whose own outcome may change by it."""
    run(firing.session, chosen, CHECKS, day=firing.today, moment=firing.moment)
    _check_touched(firing, chosen, tuple(CheckResult))


def check_again(firing: Firing, chosen: Select[int]) -> None:
    """Check claims that went on to the next queue; what others do meanwhile was looked at when they did it."""
    run(firing.session, chosen, OF_QUEUE, day=firing.today, moment=firing.moment)


def check_those_left(firing: Firing, chosen: Select[int]) -> None:
    """Check claims again that may have been found fault with because of those which count no longer."""
    _check_touched(firing, chosen, (CheckResult.ATTENTION,))


def forget_checks(firing: Firing, chosen: Select[int]) -> None:
    """Drop what was found about claims that went back to whoever filed them."""
    firing.session.execute(delete(FINDING).where(FINDING.c.claim_id.in_(chosen)))
    unchecked = update(Claim.__table__).where(claim.id.in_(chosen))
    firing.session.execute(unchecked.values(check_result=CheckResult.UNCHECKED))
    check_those_left(firing, chosen)


def _check_touched(firing: Firing, chosen: Select[int], results: tuple[CheckResult, ...]) -> None:
    """Check the claims that wait and have something in common with the chosen ones: person, evidence or file.

    Rows somebody else is deciding at this moment are passed over instead of waited for; the worker comes back to them.
    """
    session = firing.session
    waiting = (
        other_claim.status.in_(WAITING),
        other_claim.check_result.in_(results),
        other_claim.id.not_in(chosen),
        claim.id.in_(chosen),
    )
    touched = union(
        select(other_claim.id).where(*waiting, other_claim.person_id == claim.person_id),
        select(other_claim.id).where(*waiting, other_claim.evidence_key == claim.evidence_key),
        select(other_claim.id).where(
            *waiting,
            mine.claim_id == claim.id,
            theirs.sha256 == mine.sha256,
            theirs.claim_id == other_claim.id,
        ),
    ).subquery()
    free = select(claim.id).where(claim.id.in_(select(touched.c.id))).order_by(claim.id)
    ids = list(session.scalars(free.with_for_update(skip_locked=True)))
    if ids:
        some = keys(session, ids)
        run(session, some, RECURRING, day=firing.today, moment=firing.moment)
