"""编号 of training plans: PX, year, region, and a serial counted within both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, union_all

from models import JournalEntry, Region, TrainingPlan
from permissions.wall import unscoped

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PREFIX = "PX"
DIGITS = 4
"""A serial has no fewer; the ten thousandth plan of a region and year gets five."""


def next_number(session: Session, year: int, region_code: str) -> str:
    """Return the next free number, held for this transaction: whoever asks for the same region waits until it ends.

    Numbers of deleted plans, which the journal keeps, are not given again; one that was rolled back is.

    Args:
        session: any session inside a transaction that writes.
        year: 年度 of the plan when it is first saved.
        region_code: of its institution.
    """
    start = f"{PREFIX}{year}{region_code}"
    with unscoped(session, "numbers are counted over every institution of a region"):
        # Not FOR UPDATE: rows that name the region may be stored meanwhile. SQLite has one writer anyway.
        session.execute(select(Region.id).where(Region.code == region_code).with_for_update(key_share=True))
        deleted = JournalEntry.details["before"]["number"].as_string()
        used = union_all(
            select(TrainingPlan.number.label("number")).where(TrainingPlan.number.startswith(start)),
            select(deleted).where(
                JournalEntry.object_type == TrainingPlan.__tablename__,
                JournalEntry.action == "delete",
                deleted.startswith(start),
            ),
        ).subquery()
        last = session.scalar(
            select(used.c.number).order_by(func.length(used.c.number).desc(), used.c.number.desc()).limit(1)
        )
    serial = int(last.removeprefix(start)) + 1 if last else 1
    return f"{start}{serial:0{DIGITS}}"
