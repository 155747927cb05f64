"""When a claim and a class somebody attended are one activity: its hours count once, whichever way they come (product §4).

The same person, the same name (whatever the width, case and punctuation it is written in) and days in common. Both sides
ask this: a claim is refused where the class gave hours, a grade where the claim did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, literal, or_, select

from models import Claim, Grade, TrainingClass, TrainingPlan
from models.enums import ClaimStatus, GradeResult, GradeStatus

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

claim, grade = Claim.__table__.c, Grade.__table__.c
other = Grade.__table__.alias("other_grade").c
classes, plans = TrainingClass.__table__, TrainingPlan.__table__
attended = classes.alias("other_class").c

PASSED = (GradeResult.EXCELLENT, GradeResult.PASSED)
SAME_NAME = and_(
    claim.activity_key != "", claim.activity_key.in_((classes.c.activity_key, plans.c.activity_key))
)
SAME_DAYS = and_(classes.c.start_date <= claim.end_date, classes.c.end_date >= claim.start_date)
AHEAD = or_(
    other.status == GradeStatus.APPROVED,
    and_(other.status == GradeStatus.SUBMITTED, other.id < grade.id),
)
"""Grades that count before this one: those approved, and of those submitted the earlier ones, as with claims."""


def _of_grade(*conditions: ColumnElement[bool]) -> Select[int]:
    """Return ``SELECT 1`` over grades with a result that earns hours, with their class and plan."""
    source = Grade.__table__.join(classes, classes.c.id == grade.class_id).join(
        plans, plans.c.id == grade.plan_id
    )
    return select(literal(1)).select_from(source).where(grade.result.in_(PASSED), *conditions)


def taught(*states: GradeStatus) -> ColumnElement[bool]:
    """Return whether a claim is for a class its person has a grade of, in one of these states."""
    same = _of_grade(grade.person_id == claim.person_id, grade.status.in_(states), SAME_NAME, SAME_DAYS)
    return exists(same.correlate(Claim.__table__))


def taught_then() -> ColumnElement[bool]:
    """Return whether a claim's person was in a class that gave hours on one of its days, whatever the names."""
    given = (GradeStatus.SUBMITTED, GradeStatus.APPROVED)
    same = _of_grade(grade.person_id == claim.person_id, grade.status.in_(given), SAME_DAYS)
    return exists(same.correlate(Claim.__table__))


def claimed() -> ColumnElement[bool]:
    """Return whether the hours of a grade's class were claimed by its person and approved."""
    source = Claim.__table__.join(classes, classes.c.id == grade.class_id).join(
        plans, plans.c.id == grade.plan_id
    )
    approved = and_(claim.person_id == grade.person_id, claim.status == ClaimStatus.APPROVED)
    same = select(literal(1)).select_from(source).where(approved, SAME_NAME, SAME_DAYS)
    return exists(same.correlate(Grade.__table__))


def attended_twice() -> ColumnElement[bool]:
    """Return whether a grade's person has another one ahead of it for the same plan, or for a class of one name and time."""
    same_class = and_(
        attended.activity_key == classes.c.activity_key,
        attended.start_date <= classes.c.end_date,
        attended.end_date >= classes.c.start_date,
    )
    source = other.id.table.join(attended.id.table, attended.id == other.class_id).join(
        classes, classes.c.id == grade.class_id
    )
    ahead = and_(other.person_id == grade.person_id, other.id != grade.id, other.result.in_(PASSED), AHEAD)
    same = (
        select(literal(1)).select_from(source).where(ahead, or_(other.plan_id == grade.plan_id, same_class))
    )
    return exists(same.correlate(Grade.__table__))
