"""Rows of the training side for tests; as ``factories``: states are put, not reached."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from factories import MOMENT, YEAR, number, put_status
from sqlalchemy import func, select

from models import (
    Account,
    Course,
    Enrollment,
    Grade,
    GradeSheet,
    TrainingAttachment,
    TrainingClass,
    TrainingPlan,
)
from models.enums import (
    ClassStatus,
    EnrollmentStatus,
    GradeResult,
    GradeStatus,
    PlanStatus,
    SheetStatus,
)
from services.reuse import activity_key

FIRST, LAST = dt.date(YEAR, 5, 4), dt.date(YEAR, 6, 30)
"""Not the days of the claims that ``factories`` makes."""


def _somebody(session):
    return session.scalar(select(func.min(Account.id)))


def make_plan(session, institution, *, status=PlanStatus.APPROVED, approver=None, courses=(30,), **columns):
    """Make a plan of an institution in any state, with one course for each number of hours in ``courses``."""
    status, somebody = PlanStatus(status), _somebody(session)
    name = columns.pop("name", None) or f"培训计划{number()}"
    row = TrainingPlan(
        number=f"PX{number():08d}",
        organization_id=institution.id,
        region_code=institution.region_code,
        authority_id=institution.authority_id,
        name=name,
        activity_key=activity_key(name),
        approver_id=approver.id if approver else institution.bureau_id,
        **{
            "credit_year": YEAR,
            "subject": "public",
            "category_code": "rotation",
            "mode_code": "classroom",
            "hours": Decimal(30),
            "start_date": FIRST,
            "end_date": LAST,
            "audience": "专业技术人员",
            "planned_people": 100,
            "content": "公需科目",
            "leader": "周主任",
            "phone": "0371-60000000",
            **columns,
        },
    )
    session.add(row)
    session.flush()
    for position, hours in enumerate(courses, 1):
        session.add(
            Course(
                plan_id=row.id,
                name=f"课程{position}",
                teacher="李老师",
                hours=Decimal(hours),
                position=position,
            )
        )
    session.flush()
    if status is PlanStatus.DRAFT:
        return row
    state = {"submitted_by_id": somebody, "submitted_at": MOMENT}
    if status in (PlanStatus.APPROVED, PlanStatus.REJECTED, PlanStatus.CLOSED):
        state |= {"decided_by_id": somebody, "decided_at": MOMENT}
    if status is PlanStatus.REJECTED:
        state["reason"] = "课程表不全"
    return put_status(session, row, status, **state)


def make_plan_file(session, plan, account):
    """Make the notice of a plan."""
    serial = number()
    row = TrainingAttachment(
        plan_id=plan.id,
        uploaded_by_id=account.id,
        filename=f"通知{serial}.pdf",
        mime="application/pdf",
        size=1024,
        sha256=f"{serial:064x}",
        media_key=f"media-{serial}",
    )
    session.add(row)
    session.flush()
    return row


def make_class(session, plan, *, status=ClassStatus.FINISHED, **columns):
    """Make a class under a plan in any state."""
    status = ClassStatus(status)
    name = columns.pop("name", None) or f"第{number()}期"
    row = TrainingClass(
        plan_id=plan.id,
        organization_id=plan.organization_id,
        region_code=plan.region_code,
        approver_id=plan.approver_id,
        credit_year=plan.credit_year,
        subject=plan.subject,
        name=name,
        activity_key=activity_key(name),
        **{
            "start_date": plan.start_date,
            "end_date": plan.start_date + dt.timedelta(days=4),
            "place": "一号教室",
            "capacity": 100,
            "contact": "吴老师",
            "phone": "0371-60000001",
            **columns,
        },
    )
    session.add(row)
    session.flush()
    if status is ClassStatus.PLANNED:
        return row
    return put_status(session, row, status, reason="人数不足" if status is ClassStatus.CANCELLED else None)


def make_sheet(session, klass, *, status=SheetStatus.DRAFT):
    """Make a grade sheet of a class in any state, without rows."""
    status, somebody = SheetStatus(status), _somebody(session)
    last = session.scalar(select(func.max(GradeSheet.number)).where(GradeSheet.class_id == klass.id)) or 0
    row = GradeSheet(
        class_id=klass.id,
        plan_id=klass.plan_id,
        organization_id=klass.organization_id,
        region_code=klass.region_code,
        approver_id=klass.approver_id,
        credit_year=klass.credit_year,
        subject=klass.subject,
        number=last + 1,
        created_by_id=somebody,
    )
    session.add(row)
    session.flush()
    if status is SheetStatus.DRAFT:
        return row
    state = {"submitted_by_id": somebody, "submitted_at": MOMENT}
    if status is SheetStatus.APPROVED:
        state |= {"decided_by_id": somebody, "decided_at": MOMENT}
    if status is SheetStatus.RETURNED:
        state["reason"] = "缺少签到表"
    return put_status(session, row, status, **state)


def make_student(session, klass, person, *, status=EnrollmentStatus.ENROLLED, **columns):
    """Make a student of a class, without his grade."""
    row = Enrollment(
        class_id=klass.id,
        plan_id=klass.plan_id,
        organization_id=klass.organization_id,
        person_id=person.id,
        employer_id=person.employer_id,
        department_id=person.department_id,
        region_code=person.region_code,
        authority_id=person.authority_id,
        enrolled_by_id=_somebody(session),
        **columns,
    )
    session.add(row)
    session.flush()
    return row if status == "enrolled" else put_status(session, row, status, reason="本人申请")


def make_grade(
    session, klass, person, *, status=GradeStatus.DRAFT, result=GradeResult.PASSED, sheet=None, student=None
):
    """Make a student of a class with his grade in any state; ``sheet`` is made where the state asks for one."""
    status, somebody = GradeStatus(status), _somebody(session)
    student = student or make_student(session, klass, person)
    plan = session.get(TrainingPlan, klass.plan_id)
    if sheet is None and status is not GradeStatus.DRAFT:
        of_sheet = {"submitted": "submitted", "returned": "returned"}.get(status, "approved")
        sheet = make_sheet(session, klass, status=of_sheet)
    row = Grade(
        enrollment_id=student.id,
        class_id=klass.id,
        plan_id=klass.plan_id,
        sheet_id=sheet.id if sheet else None,
        organization_id=klass.organization_id,
        approver_id=klass.approver_id,
        person_id=person.id,
        employer_id=person.employer_id,
        region_code=person.region_code,
        authority_id=person.authority_id,
        credit_year=klass.credit_year,
        subject=klass.subject,
        result=result,
    )
    session.add(row)
    session.flush()
    if status is GradeStatus.DRAFT:
        return row
    state = {"hours": Decimal(0) if result == "failed" else plan.hours}
    if status in (GradeStatus.APPROVED, GradeStatus.REVOKED):
        state |= {"decided_by_id": somebody, "decided_at": MOMENT}
    if status is GradeStatus.RETURNED:
        state["reason"] = "成绩有误"
    if status is GradeStatus.REVOKED:
        state |= {"revoked_by_id": somebody, "revoked_at": MOMENT, "revoked_reason": "材料不实"}
    return put_status(session, row, status, **state)
