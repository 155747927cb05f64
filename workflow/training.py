"""The lives of a training plan, a class and a student in it (product §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, extract, false, func, literal, select, update

from models import Course, Enrollment, Grade, Organization, TrainingClass, TrainingPlan
from models.enums import (
    ENROLLING,
    GRADE_CHANGEABLE,
    ClassStatus,
    EnrollmentStatus,
    GradeStatus,
    OrganizationStatus,
    PlanStatus,
    Subject,
)
from models.types import whole_tenths
from permissions.verbs import Verb
from workflow import periods
from workflow.core import Firing, Guard, Transition, Workflow
from workflow.grading import settle_sheets
from workflow.news import tell_class, tell_institution
from workflow.undo import BATCH, drop_news, taking_back

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Select

plan, klass = TrainingPlan.__table__.c, TrainingClass.__table__.c
enrollment, grade, course = Enrollment.__table__.c, Grade.__table__.c, Course.__table__.c
institution, office = (Organization.__table__.alias(name).c for name in ("institution", "office"))

DRAFT, SUBMITTED, APPROVED, REJECTED, CLOSED = PlanStatus
PLANNED, PUBLISHED, RUNNING, FINISHED, CANCELLED = ClassStatus
ENROLLED, WITHDRAWN = EnrollmentStatus
OPEN_CLASSES = (PLANNED, PUBLISHED, RUNNING)


# ---------------------------------------------------------------- plans
def approver_of_plan() -> ColumnElement[int]:
    """Return whom a plan goes to: public to 同级人社部门, specialty to 行业主管部门 where the institution has one."""
    to = case(
        (plan.subject == Subject.PUBLIC, institution.bureau_id),
        else_=func.coalesce(institution.authority_id, institution.bureau_id),
    )
    found = select(to).where(institution.id == plan.organization_id)
    return found.correlate(TrainingPlan.__table__).scalar_subquery()


def _has_approver(_firing: Firing) -> ColumnElement[bool]:
    active = select(office.id).where(office.status == OrganizationStatus.ACTIVE)
    return func.coalesce(approver_of_plan().in_(active), false())


def _courses_add_up(_firing: Firing) -> ColumnElement[bool]:
    total = select(func.sum(course.hours)).where(course.plan_id == plan.id)
    return whole_tenths(total.correlate(TrainingPlan.__table__).scalar_subquery()) == plan.hours


def _in_its_year(_firing: Firing) -> ColumnElement[bool]:
    return and_(
        extract("year", plan.start_date) == plan.credit_year,
        extract("year", plan.end_date) == plan.credit_year,
    )


def _no_class(_firing: Firing) -> ColumnElement[bool]:
    return ~exists(select(literal(1)).where(klass.plan_id == plan.id).correlate(TrainingPlan.__table__))


def _no_open_class(_firing: Firing) -> ColumnElement[bool]:
    going_on = select(literal(1)).where(klass.plan_id == plan.id, klass.status.in_(OPEN_CLASSES))
    return ~exists(going_on.correlate(TrainingPlan.__table__))


PLAN_HAS_APPROVER = Guard(
    "no_approver", "机构没有可用的审批机构，请先在“施教机构信息维护”中补齐同级人社部门", _has_approver
)
COURSES_ADD_UP = Guard(
    "courses_differ", "课程学时之和须等于计划的合格学时，请核对课程表或修改学时", _courses_add_up
)
IN_ITS_YEAR = Guard("outside_year", "培训起止日期须在计划年度之内，请修改日期或年度", _in_its_year)
YEAR_NOT_OVER = Guard(
    "year_over", "该年度的审批期已结束，请改报其他年度",
    lambda firing: periods.approvals_not_over(firing.today, plan.credit_year, plan.region_code),
)  # fmt: skip
NO_CLASS_YET = Guard("has_classes", "计划下已设培训班，不能撤回审批", _no_class)
NO_OPEN_CLASS = Guard("open_classes", "还有未结业的培训班，请先结业或取消", _no_open_class)


def _submission(firing: Firing) -> dict[str, Any]:
    return {
        "submitted_by_id": firing.actor.account_id,
        "submitted_at": firing.moment,
        "approver_id": approver_of_plan(),
        "decided_by_id": None,
        "decided_at": None,
        "reason": None,
    }


def _decision(firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": firing.actor.account_id, "decided_at": firing.moment, "reason": firing.reason}


def _no_decision(_firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": None, "decided_at": None, "reason": None}


def _undo_plan(name: str, source: PlanStatus, label: str, *more: Guard) -> Transition:
    return Transition(
        f"undo_{name}", frozenset({source}), SUBMITTED, label, Verb.UNDO, "secondary", batch=True, undoes=name,
        parameters=(BATCH,), guards=(*taking_back(TrainingPlan, name), *more), sets=_no_decision,
        effects=(drop_news(TrainingPlan),),
    )  # fmt: skip


TRAINING_PLAN = Workflow(
    "training_plan",
    TrainingPlan,
    initial=DRAFT,
    transitions=(
        Transition("submit", frozenset({DRAFT, REJECTED}), SUBMITTED, "提交审批", Verb.SUBMIT, sets=_submission,
                   guards=(COURSES_ADD_UP, IN_ITS_YEAR, YEAR_NOT_OVER, PLAN_HAS_APPROVER)),
        Transition("withdraw", frozenset({SUBMITTED}), DRAFT, "撤回", Verb.WITHDRAW, "secondary"),
        Transition("approve", frozenset({SUBMITTED}), APPROVED, "通过", Verb.DECIDE, "success", batch=True, key="a",
                   guards=(YEAR_NOT_OVER,), sets=_decision,
                   effects=(tell_institution(TrainingPlan, "培训计划已通过", held=True),)),
        Transition("reject", frozenset({SUBMITTED}), REJECTED, "不通过", Verb.DECIDE, "danger", batch=True, key="r",
                   reason=True, sets=_decision,
                   effects=(tell_institution(TrainingPlan, "培训计划未通过，请修改后重新提交", held=True),)),
        Transition("close", frozenset({APPROVED}), CLOSED, "结束计划", Verb.CONDUCT, "secondary",
                   guards=(NO_OPEN_CLASS,)),
        _undo_plan("approve", APPROVED, "撤回通过", NO_CLASS_YET),
        _undo_plan("reject", REJECTED, "撤回不通过"),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- classes
def _of_plan(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    own = select(literal(1)).where(plan.id == klass.plan_id, *conditions)
    return exists(own.correlate(TrainingClass.__table__))


def _no_grade_declared(_firing: Firing) -> ColumnElement[bool]:
    declared = select(literal(1)).where(grade.class_id == klass.id, grade.sheet_id.is_not(None))
    return ~exists(declared.correlate(TrainingClass.__table__))


PLAN_APPROVED = Guard(
    "plan_not_approved",
    "培训计划未通过审批或已结束，不能办班",
    lambda _firing: _of_plan(plan.status == APPROVED),
)
WITHIN_PLAN = Guard(
    "outside_plan", "开班、结业日期须在培训计划的起止日期之内，请修改班次日期",
    lambda _firing: _of_plan(plan.start_date <= klass.start_date, plan.end_date >= klass.end_date),
)  # fmt: skip
HAS_BEGUN = Guard(
    "too_early",
    "还没有到开班日期，请到时再开班或修改开班日期",
    lambda firing: klass.start_date <= firing.today,
)
IS_OVER = Guard(
    "not_over", "还没有到结业日期，请到时再结业或修改结业日期", lambda firing: klass.end_date <= firing.today
)
NO_GRADE_DECLARED = Guard(
    "has_sheets", "该班已有成绩单，请先删除未申报的成绩单；已申报的不能再改变班次", _no_grade_declared
)


def _because(firing: Firing) -> dict[str, Any]:
    return {"reason": firing.reason}


TRAINING_CLASS = Workflow(
    "training_class",
    TrainingClass,
    initial=PLANNED,
    transitions=(
        Transition("publish", frozenset({PLANNED}), PUBLISHED, "发布", Verb.CONDUCT,
                   guards=(PLAN_APPROVED, WITHIN_PLAN)),
        Transition("start", frozenset({PUBLISHED}), RUNNING, "开班", Verb.CONDUCT,
                   guards=(PLAN_APPROVED, WITHIN_PLAN, HAS_BEGUN)),
        Transition("finish", frozenset({RUNNING}), FINISHED, "结业", Verb.CONDUCT, "success",
                   guards=(WITHIN_PLAN, IS_OVER)),
        Transition("reopen", frozenset({FINISHED}), RUNNING, "重新开班", Verb.CONDUCT, "secondary",
                   guards=(PLAN_APPROVED, NO_GRADE_DECLARED)),
        Transition("cancel", frozenset(OPEN_CLASSES), CANCELLED, "取消班次", Verb.CONDUCT, "danger", reason=True,
                   guards=(NO_GRADE_DECLARED,), sets=_because, effects=(tell_class("培训班已取消"),)),
    ),
)  # fmt: skip


# ---------------------------------------------------------------- students
def _of_class(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    own = select(literal(1)).where(klass.id == enrollment.class_id, *conditions)
    return exists(own.correlate(Enrollment.__table__))


def _grade_changeable(_firing: Firing) -> ColumnElement[bool]:
    own = select(literal(1)).where(grade.enrollment_id == enrollment.id, grade.status.in_(GRADE_CHANGEABLE))
    return exists(own.correlate(Enrollment.__table__))


def _has_room(firing: Firing) -> ColumnElement[bool]:
    there = Enrollment.__table__.alias("classmate").c
    taken = select(func.count()).where(there.class_id == klass.id, there.status == ENROLLED)
    free = klass.capacity - taken.correlate(TrainingClass.__table__).scalar_subquery()
    return _of_class(free >= len(set(firing.ids)))


GRADE_NOT_DECLARED = Guard(
    "grade_declared",
    "该学员的成绩已申报或已认定，不能退班；确有错误的请由审批机构退回或撤销",
    _grade_changeable,
)
CLASS_GOES_ON = Guard(
    "class_over",
    "培训班已取消，不能再变动学员",
    lambda _firing: _of_class(klass.status.in_((*ENROLLING, FINISHED))),
)
CLASS_TAKES_STUDENTS = Guard(
    "not_enrolling",
    "培训班未发布或已结业，不能再登记学员",
    lambda _firing: _of_class(klass.status.in_(ENROLLING)),
)
HAS_ROOM = Guard("class_full", "培训班名额已满，请先增加班级容量", _has_room)


def leave_sheet(firing: Firing, chosen: Select[int]) -> None:
    """Take the grades of students who leave off their sheets, whose other rows may be all decided then."""
    grades = Grade.__table__
    theirs = and_(grade.enrollment_id.in_(chosen), grade.sheet_id.is_not(None))
    left = firing.session.scalars(select(grade.sheet_id).where(theirs)).all()
    firing.session.execute(
        update(grades).where(theirs).values(sheet_id=None, status=GradeStatus.DRAFT, reason=None, hours=None)
    )
    settle_sheets(firing, left)


def _classes_of(chosen: Select[int]) -> Select[int]:
    held = select(enrollment.class_id).where(enrollment.id.in_(chosen)).correlate(None)
    return select(klass.id).where(klass.id.in_(held)).order_by(klass.id)


ENROLLMENT = Workflow(
    "enrollment",
    Enrollment,
    initial=ENROLLED,
    transitions=(
        Transition("withdraw", frozenset({ENROLLED}), WITHDRAWN, "退班", Verb.ENROLL, "warning", batch=True, reason=True,
                   guards=(CLASS_GOES_ON, GRADE_NOT_DECLARED), sets=_because, effects=(leave_sheet,)),
        Transition("restore", frozenset({WITHDRAWN}), ENROLLED, "恢复在册", Verb.ENROLL, batch=True,
                   guards=(CLASS_TAKES_STUDENTS, HAS_ROOM), sets=lambda _firing: {"reason": None},
                   locks=(_classes_of,)),
    ),
)  # fmt: skip
