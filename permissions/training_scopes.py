"""Scopes of plans, classes, students and grades: see :mod:`permissions.scopes`, whose rules hold here too.

An institution keeps its own rows. Offices see what was submitted: the one it went to, and those of the region. A
professional and his employer see the classes he is in, and of grades what the institution stands by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_

from models import (
    Course,
    Enrollment,
    Grade,
    GradeSheet,
    JournalEntry,
    Organization,
    Person,
    TrainingAttachment,
    TrainingClass,
    TrainingPlan,
)
from models.enums import (
    ENROLLING,
    GRADE_CHANGEABLE,
    GRADE_DECLARED,
    GRADING,
    OPEN_TO_CHANGE,
    PLAN_SUBMITTED_OR_LATER,
    SHEET_DECLARED,
    ClassStatus,
    EnrollmentStatus,
    GradeStatus,
    PlanStatus,
    SheetStatus,
)
from permissions.scopes import chosen, own_journal, tied, within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from models import Base
    from permissions.actor import Actor
    from permissions.scopes import Scope

plan, klass = TrainingPlan.__table__.c, TrainingClass.__table__.c
enrollment, grade, sheet = Enrollment.__table__.c, Grade.__table__.c, GradeSheet.__table__.c
course, attachment = Course.__table__.c, TrainingAttachment.__table__.c
person, organization, journal = Person.__table__.c, Organization.__table__.c, JournalEntry.__table__.c


def _among(column: Any, keys: Any, scope: Scope, doc: str) -> Scope:
    """Return the rows whose ``column`` is among ``keys`` of the rows of another scope."""

    def rows(actor: Actor) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = column.in_(chosen(keys, scope(actor)))
        return condition

    rows.__name__, rows.__doc__ = f"{column.table.name}_{column.name}_of_{scope.__name__}", doc
    return rows


# ---------------------------------------------------------------- plans
def plans_of_institution(actor: Actor) -> ColumnElement[bool]:
    """Plans of the institution."""
    return tied(plan.organization_id, actor.organization_id)


def changeable_plans(actor: Actor) -> ColumnElement[bool]:
    """Plans of the institution that are not submitted, or were refused."""
    return and_(plans_of_institution(actor), plan.status.in_(OPEN_TO_CHANGE))


def plans_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Plans submitted to this office."""
    return and_(tied(plan.approver_id, actor.organization_id), plan.status.in_(PLAN_SUBMITTED_OR_LATER))


def plans_in_region(actor: Actor) -> ColumnElement[bool]:
    """Plans of institutions of the office's region, from their submission on."""
    return and_(within(plan.region_code, actor.regions), plan.status.in_(PLAN_SUBMITTED_OR_LATER))


# ---------------------------------------------------------------- classes
def classes_of_institution(actor: Actor) -> ColumnElement[bool]:
    """Classes of the institution."""
    return tied(klass.organization_id, actor.organization_id)


def classes_of_approved_plans(actor: Actor) -> ColumnElement[bool]:
    """Classes of the institution under its approved plans."""
    approved = and_(plans_of_institution(actor), plan.status == PlanStatus.APPROVED)
    return and_(classes_of_institution(actor), klass.plan_id.in_(chosen(plan.id, approved)))


def classes_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Classes under plans submitted to this office."""
    return tied(klass.approver_id, actor.organization_id)


def classes_in_region(actor: Actor) -> ColumnElement[bool]:
    """Classes of institutions of the office's region."""
    return within(klass.region_code, actor.regions)


# ---------------------------------------------------------------- students
def students_of_institution(actor: Actor) -> ColumnElement[bool]:
    """Students of the institution's classes."""
    return tied(enrollment.organization_id, actor.organization_id)


def _in_classes(actor: Actor, *states: ClassStatus) -> ColumnElement[bool]:
    open_ones = and_(classes_of_institution(actor), klass.status.in_(states))
    return and_(students_of_institution(actor), enrollment.class_id.in_(chosen(klass.id, open_ones)))


def students_joining(actor: Actor) -> ColumnElement[bool]:
    """Students of the institution's classes that take students."""
    return _in_classes(actor, *ENROLLING)


def students_attending(actor: Actor) -> ColumnElement[bool]:
    """Students on the roll of the institution's classes that are held or were, whose grades are not declared."""
    undeclared = and_(grades_of_institution(actor), grade.status.in_(GRADE_CHANGEABLE))
    return and_(
        _in_classes(actor, *ENROLLING, ClassStatus.FINISHED),
        enrollment.status == EnrollmentStatus.ENROLLED,
        enrollment.id.in_(chosen(grade.enrollment_id, undeclared)),
    )


def own_enrollments(actor: Actor) -> ColumnElement[bool]:
    """Classes the professional is or was in."""
    return tied(enrollment.person_id, actor.person_id)


def students_of_employer(actor: Actor) -> ColumnElement[bool]:
    """The employer's people in classes."""
    return tied(enrollment.employer_id, actor.organization_id)


def students_of_region(actor: Actor) -> ColumnElement[bool]:
    """People of the office's region in classes."""
    return within(enrollment.region_code, actor.regions)


def students_of_authority(actor: Actor) -> ColumnElement[bool]:
    """People in classes whose employer names the authority."""
    return tied(enrollment.authority_id, actor.organization_id)


students_routed_here = _among(
    enrollment.class_id,
    klass.id,
    classes_routed_here,
    "Students of classes under plans submitted to this office.",
)

students_taught_in_region = _among(
    enrollment.class_id, klass.id, classes_in_region, "Students of institutions of the office's region."
)


# ---------------------------------------------------------------- grades and sheets
def grades_of_institution(actor: Actor) -> ColumnElement[bool]:
    """Grades of the institution's students."""
    return tied(grade.organization_id, actor.organization_id)


def gradable(actor: Actor) -> ColumnElement[bool]:
    """Grades of the institution's students in classes that are held or were, as long as they are not declared."""
    classes = and_(classes_of_institution(actor), klass.status.in_(GRADING))
    on_the_roll = and_(students_of_institution(actor), enrollment.status == EnrollmentStatus.ENROLLED)
    return and_(
        grades_of_institution(actor),
        grade.class_id.in_(chosen(klass.id, classes)),
        grade.enrollment_id.in_(chosen(enrollment.id, on_the_roll)),
    )


def grades_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Grades declared to this office, returned ones included."""
    shown = (*GRADE_DECLARED, GradeStatus.RETURNED)
    return and_(tied(grade.approver_id, actor.organization_id), grade.status.in_(shown))


def grades_taught_in_region(actor: Actor) -> ColumnElement[bool]:
    """Grades given by institutions of the office's region that were declared, returned ones included."""
    shown = (*GRADE_DECLARED, GradeStatus.RETURNED)
    return and_(grade.class_id.in_(chosen(klass.id, classes_in_region(actor))), grade.status.in_(shown))


def own_grades(actor: Actor) -> ColumnElement[bool]:
    """Grades of the professional that were declared."""
    return and_(tied(grade.person_id, actor.person_id), grade.status.in_(GRADE_DECLARED))


def grades_of_employer(actor: Actor) -> ColumnElement[bool]:
    """Grades of the employer's people that were declared."""
    return and_(tied(grade.employer_id, actor.organization_id), grade.status.in_(GRADE_DECLARED))


def grades_of_region(actor: Actor) -> ColumnElement[bool]:
    """Grades of people of the office's region that were declared."""
    return and_(within(grade.region_code, actor.regions), grade.status.in_(GRADE_DECLARED))


def grades_of_authority(actor: Actor) -> ColumnElement[bool]:
    """Grades of people whose employer names the authority that were declared."""
    return and_(tied(grade.authority_id, actor.organization_id), grade.status.in_(GRADE_DECLARED))


def sheets_of_institution(actor: Actor) -> ColumnElement[bool]:
    """Grade sheets of the institution."""
    return tied(sheet.organization_id, actor.organization_id)


def sheets_routed_here(actor: Actor) -> ColumnElement[bool]:
    """Grade sheets declared to this office."""
    return and_(tied(sheet.approver_id, actor.organization_id), sheet.status.in_(SHEET_DECLARED))


def sheets_in_region(actor: Actor) -> ColumnElement[bool]:
    """Grade sheets of institutions of the office's region, from their declaration on."""
    return and_(within(sheet.region_code, actor.regions), sheet.status.in_(SHEET_DECLARED))


def draft_sheets(actor: Actor) -> ColumnElement[bool]:
    """Grade sheets of the institution that are not declared."""
    return and_(sheets_of_institution(actor), sheet.status == SheetStatus.DRAFT)


# ---------------------------------------------------------------- what belongs to them
courses_of_institution = _among(
    course.plan_id, plan.id, plans_of_institution, "Courses of the institution's plans."
)
courses_of_changeable_plans = _among(
    course.plan_id, plan.id, changeable_plans, "Courses of plans that may be changed."
)
courses_routed_here = _among(
    course.plan_id, plan.id, plans_routed_here, "Courses of plans submitted to this office."
)
courses_in_region = _among(
    course.plan_id, plan.id, plans_in_region, "Courses of plans of the office's region."
)
files_of_institution = _among(
    attachment.plan_id, plan.id, plans_of_institution, "Files of the institution's plans."
)
files_of_changeable_plans = _among(
    attachment.plan_id, plan.id, changeable_plans, "Files of plans that may be changed."
)
files_routed_here = _among(
    attachment.plan_id, plan.id, plans_routed_here, "Files of plans submitted to this office."
)
files_in_region = _among(
    attachment.plan_id, plan.id, plans_in_region, "Files of plans of the office's region."
)

STUDENTS: dict[str, tuple[Scope, str]] = {
    "own": (own_enrollments, "the professional is or was in"),
    "employer": (students_of_employer, "with the employer's people in them"),
    "region": (students_of_region, "with people of the office's region in them"),
    "authority": (students_of_authority, "with people in them whose employer names the authority"),
}
classes_attended = {
    who: _among(klass.id, enrollment.class_id, scope, f"Classes {said}.")
    for who, (scope, said) in STUDENTS.items()
}
plans_attended = {
    who: _among(plan.id, enrollment.plan_id, scope, f"Plans of classes {said}.")
    for who, (scope, said) in STUDENTS.items()
}
courses_attended = {
    who: _among(course.plan_id, enrollment.plan_id, scope, f"Courses of classes {said}.")
    for who, (scope, said) in STUDENTS.items()
}
institutions_attended = {
    who: _among(organization.id, enrollment.organization_id, scope, f"Institutions of classes {said}.")
    for who, (scope, said) in STUDENTS.items()
}
people_taught = _among(
    person.id, enrollment.person_id, students_of_institution, "Students of the institution's classes."
)
employers_of_students = _among(
    organization.id,
    enrollment.employer_id,
    students_of_institution,
    "Employers of the institution's students.",
)
people_routed_here = _among(
    person.id,
    enrollment.person_id,
    students_routed_here,
    "Students of classes under plans submitted to this office.",
)
people_taught_in_region = _among(
    person.id,
    enrollment.person_id,
    students_taught_in_region,
    "Students of institutions of the office's region.",
)
employers_routed_here = _among(
    organization.id,
    enrollment.employer_id,
    students_routed_here,
    "Employers of the students of classes under plans submitted to this office.",
)
employers_taught_in_region = _among(
    organization.id,
    enrollment.employer_id,
    students_taught_in_region,
    "Employers of the students of institutions of the office's region.",
)


# ---------------------------------------------------------------- history
def _journal_of(name: str, *scopes: tuple[type[Base], Scope]) -> Scope:
    def rows(actor: Actor) -> ColumnElement[bool]:
        return or_(
            own_journal(actor),
            *(
                and_(
                    journal.object_type == model.__tablename__,
                    journal.object_id.in_(chosen(model.__table__.c.id, scope(actor))),
                )
                for model, scope in scopes
            ),
        )

    rows.__name__ = name
    told = "、".join(model.__label__ for model, _scope in scopes)
    rows.__doc__ = f"What one did oneself, and the history of {told} of one's scope."
    return rows


journal_of_institution = _journal_of(
    "journal_of_institution",
    (TrainingPlan, plans_of_institution), (TrainingClass, classes_of_institution),
    (Enrollment, students_of_institution), (GradeSheet, sheets_of_institution), (Grade, grades_of_institution),
)  # fmt: skip
journal_of_training_here = _journal_of(
    "journal_of_training_here",
    (TrainingPlan, plans_routed_here), (TrainingClass, classes_routed_here),
    (GradeSheet, sheets_routed_here), (Grade, grades_routed_here),
)  # fmt: skip
journal_of_own_training = _journal_of(
    "journal_of_own_training", (Enrollment, own_enrollments), (Grade, own_grades)
)
journal_of_staff_training = _journal_of(
    "journal_of_staff_training", (Enrollment, students_of_employer), (Grade, grades_of_employer)
)
