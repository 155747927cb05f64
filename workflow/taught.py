"""When a claim and a class somebody attended are one activity: its hours count once, whichever way they come (product §4).

The same person and the same name (whatever the width, case and punctuation it is written in): that of the class with days
in common, or that of its plan, alone or before the class's as pages write it, in the same year. Both sides ask this: a
claim is refused where the class gave hours, a grade where the claim did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, func, literal, or_, select

from models import Claim, Grade, TrainingClass, TrainingPlan
from models.enums import ClaimStatus, GradeResult, GradeStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Select

claim, grade = Claim.__table__.c, Grade.__table__.c
other = Grade.__table__.alias("other_grade").c
classes, plans = TrainingClass.__table__, TrainingPlan.__table__
attended = classes.alias("other_class").c

PASSED = (GradeResult.EXCELLENT, GradeResult.PASSED)
DECLARED = (GradeStatus.SUBMITTED, GradeStatus.APPROVED)
BETWEEN = 3
"""So many characters at most stand between the name of a plan and that of its class: pages write “：”."""


def _called_by_both() -> ColumnElement[bool]:
    title, plan, klass = (func.lower(name) for name in (claim.title, plans.c.name, classes.c.name))
    between = func.length(title) - func.length(plan) - func.length(klass)
    begins = func.substr(title, 1, func.length(plan)) == plan
    ends = func.substr(title, func.length(title) - func.length(klass) + 1) == klass
    return and_(between.between(0, BETWEEN), begins, ends)


SAME_DAYS = and_(classes.c.start_date <= claim.end_date, classes.c.end_date >= claim.start_date)
SAME_TIME = or_(classes.c.credit_year == claim.credit_year, SAME_DAYS)
OF_THE_CLASS = and_(claim.activity_key == classes.c.activity_key, SAME_DAYS)
OF_THE_PLAN = and_(claim.activity_key == plans.c.activity_key, SAME_TIME)
OF_BOTH = and_(SAME_TIME, _called_by_both())
SAME_ACTIVITY = and_(claim.activity_key != "", or_(OF_THE_CLASS, OF_THE_PLAN, OF_BOTH))
AHEAD = or_(
    other.status == GradeStatus.APPROVED,
    and_(other.status == GradeStatus.SUBMITTED, other.id < grade.id),
)
"""Grades that count before this one: those approved, and of those submitted the earlier ones, as with claims."""


def _of_grade(*conditions: ColumnElement[bool]) -> Select[int]:
    """Return ``SELECT 1`` over grades with their class and plan."""
    source = Grade.__table__.join(classes, classes.c.id == grade.class_id).join(
        plans, plans.c.id == grade.plan_id
    )
    return select(literal(1)).select_from(source).where(*conditions)


def taught(*states: GradeStatus) -> ColumnElement[bool]:
    """Return whether a claim is for a class its person has a grade of that earns hours, in one of these states."""
    return _graded(SAME_ACTIVITY, grade.result.in_(PASSED), states)


def failed() -> ColumnElement[bool]:
    """Return whether a claim is for a class its person failed."""
    return _graded(SAME_ACTIVITY, grade.result == GradeResult.FAILED, DECLARED)


def taught_then() -> ColumnElement[bool]:
    """Return whether a claim's person was in a class that gave hours on one of its days, whatever the names."""
    return _graded(SAME_DAYS, grade.result.in_(PASSED), DECLARED)


def _graded(
    same: ColumnElement[bool], result: ColumnElement[bool], states: Iterable[GradeStatus]
) -> ColumnElement[bool]:
    found = _of_grade(grade.person_id == claim.person_id, grade.status.in_(states), result, same)
    return exists(found.correlate(Claim.__table__))


def claimed() -> ColumnElement[bool]:
    """Return whether the hours of a grade's class were claimed by its person and approved."""
    source = Claim.__table__.join(classes, classes.c.id == grade.class_id).join(
        plans, plans.c.id == grade.plan_id
    )
    approved = and_(claim.person_id == grade.person_id, claim.status == ClaimStatus.APPROVED)
    same = select(literal(1)).select_from(source).where(approved, SAME_ACTIVITY)
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
