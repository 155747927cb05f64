"""What of the training side goes along when people or institutions come under somebody else: set-based statements.

Grades nobody decided yet go with the person, so that their hours are posted where he is; plans, classes and sheets that are
not done with go to the office that decides from now on. What was decided says how it was, and stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, update

from models import Enrollment, Grade, GradeSheet, TrainingClass, TrainingPlan
from models.enums import ClassStatus, GradeStatus, PlanStatus, SheetStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Table

    from workflow.core import Firing

enrollment, grade = Enrollment.__table__.c, Grade.__table__.c
UNDECIDED = (GradeStatus.DRAFT, GradeStatus.SUBMITTED, GradeStatus.RETURNED)
GRADE_UNDECIDED = grade.status.in_(UNDECIDED)
STUDENT_UNDECIDED = enrollment.id.in_(select(grade.enrollment_id).where(GRADE_UNDECIDED).correlate(None))
OF_PEOPLE: tuple[tuple[Table, ColumnElement[bool]], ...] = (
    # Students first: whether they go along depends on their grades, not the other way round.
    (Enrollment.__table__, STUDENT_UNDECIDED),
    (Grade.__table__, GRADE_UNDECIDED),
)
OF_INSTITUTIONS: tuple[tuple[Table, ColumnElement[bool]], ...] = (
    (
        TrainingPlan.__table__,
        TrainingPlan.__table__.c.status.in_((PlanStatus.SUBMITTED, PlanStatus.REJECTED, PlanStatus.APPROVED)),
    ),
    (TrainingClass.__table__, TrainingClass.__table__.c.status != ClassStatus.CANCELLED),
    (GradeSheet.__table__, GradeSheet.__table__.c.status != SheetStatus.APPROVED),
    (Grade.__table__, GRADE_UNDECIDED),
)


def hand_over(
    firing: Firing, moves: Any, decider_of: Callable[[ColumnElement[Any]], ColumnElement[Any]]
) -> None:
    """Give what of changed institutions is not done with to the office that decides from now on.

    Args:
        firing: the approval of the change.
        moves: institutions with their former offices: ``id``, ``old_bureau``, ``old_authority``.
        decider_of: the office that takes over from a row's ``approver_id``.
    """
    for table, undone in OF_INSTITUTIONS:
        approver = table.c.approver_id
        decider = decider_of(approver)
        theirs = and_(
            table.c.organization_id == moves.id,
            or_(approver == moves.old_bureau, approver == moves.old_authority),
            approver != decider,
        )
        firing.session.execute(update(table).where(theirs, undone).values(approver_id=decider))


def follow_region(firing: Firing, organization: Any, asked: Any) -> None:
    """Put the region of changed institutions on what of them is not done with."""
    for table, undone in OF_INSTITUTIONS:
        if table is not Grade.__table__:  # a grade's region is its person's
            moved = and_(table.c.organization_id == organization.id, organization.id.in_(asked))
            different = table.c.region_code != organization.region_code
            firing.session.execute(
                update(table).where(moved, different, undone).values(region_code=organization.region_code)
            )
