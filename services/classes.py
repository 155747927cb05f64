"""Setting up and changing training classes under an approved plan, and what stands in them in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from models import Enrollment, Grade, TrainingClass, TrainingPlan
from models.base import label_of
from models.enums import GRADE_DECLARED, ClassStatus, EnrollmentStatus, GradeStatus, PlanStatus
from services import journal, typed_numbers
from services.errors import InputError
from services.reuse import activity_key
from services.typed_text import too_long, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

LINES = "name", "place", "contact", "phone"
TIMETABLE_LENGTH, MOST_STUDENTS = 2000, 100_000


@dataclass(frozen=True, slots=True)
class ClassInput:
    """What the form of a class holds, as typed.

    Attributes:
        lines: text by column: those of :data:`LINES`, ``timetable``, ``capacity`` and ``attendance_minimum``.
        start_date: 开班日期.
        end_date: 结业日期.
    """

    lines: dict[str, str]
    start_date: date | None
    end_date: date | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands in a class, as far as the reader's scope goes.

    Attributes:
        enrolled: students on the roll.
        graded: of these, those who have a result.
        declared: grades that were declared, decided ones included.
        approved: grades that gave hours.
    """

    enrolled: int = 0
    graded: int = 0
    declared: int = 0
    approved: int = 0


def open_plans(session: Session) -> Sequence[TrainingPlan]:
    """Return the approved plans of the session's scope, the latest first."""
    approved = select(TrainingPlan).where(TrainingPlan.status == PlanStatus.APPROVED)
    return session.scalars(approved.order_by(TrainingPlan.start_date.desc(), TrainingPlan.id.desc())).all()


def held_plan(session: Session, key: int) -> TrainingPlan:
    """Return an approved plan of the session's scope, kept from being closed or taken back until the commit.

    Raises:
        InputError: it is not approved (any more).
    """
    approved = select(TrainingPlan).where(TrainingPlan.id == key, TrainingPlan.status == PlanStatus.APPROVED)
    fresh = approved.with_for_update(of=TrainingPlan).execution_options(populate_existing=True)
    plan = session.scalars(fresh).first()
    if plan is None:
        raise InputError({"": "该计划刚被结束或撤回审批，不能办班，请返回后选择其他计划"})
    return plan


def of_plan(session: Session, plan_id: int) -> Sequence[TrainingClass]:
    """Return the classes under a plan as far as the session sees them, by date."""
    under = select(TrainingClass).where(TrainingClass.plan_id == plan_id)
    return session.scalars(under.order_by(TrainingClass.start_date, TrainingClass.id)).all()


def save(
    session: Session,
    actor: Actor,
    plan: TrainingPlan,
    typed: ClassInput,
    *,
    klass: TrainingClass | None = None,
    request_id: str | None = None,
) -> TrainingClass:
    """Create or change a class. The caller checks what the actor may do, and commits.

    Args:
        session: the actor's scoped session.
        actor: an administrator of the institution.
        plan: the approved plan it is held under, locked.
        typed: the form.
        klass: the class to change, locked; ``None`` to create one.
        request_id: for the journal.

    Raises:
        InputError: by field; nothing was stored.
    """
    values, errors = _read(plan, typed)
    if klass is not None and values["capacity"] is not None:
        enrolled = figures(session, [klass.id]).get(klass.id, Figures()).enrolled
        if values["capacity"] < enrolled:
            errors["capacity"] = f"已有 {enrolled} 名学员在册，“班级容量”不能少于在册人数"
    twin = select(TrainingClass.id).where(
        TrainingClass.plan_id == plan.id,
        TrainingClass.name == values["name"],
        TrainingClass.id != (klass.id if klass else 0),
    )
    if "name" not in errors and session.scalar(twin) is not None:
        errors["name"] = "该计划下已有同名班次，请换一个名称，如“第二期”"
    if errors:
        raise InputError(errors)
    before = snapshot(klass) if klass else None
    if klass is None:
        klass = TrainingClass(
            plan_id=plan.id,
            organization_id=plan.organization_id,
            region_code=plan.region_code,
            approver_id=plan.approver_id,
            credit_year=plan.credit_year,
            subject=plan.subject,
        )
    with session.no_autoflush:
        for name, value in values.items():
            setattr(klass, name, value)
        klass.activity_key = activity_key(klass.name)
    session.add(klass)
    session.flush()
    after = snapshot(klass)
    if before != after:
        journal.record(
            session, actor, "training_class", klass.id, "edit" if before else "create",
            details={"before": before, "after": after}, request_id=request_id,
        )  # fmt: skip
    return klass


def delete(session: Session, actor: Actor, klass: TrainingClass, *, request_id: str | None = None) -> None:
    """Delete a class that was not published; the journal keeps what it said."""
    journal.record(
        session, actor, "training_class", klass.id, "delete", details={"before": snapshot(klass)}, request_id=request_id
    )  # fmt: skip
    session.delete(klass)
    session.flush()


def snapshot(klass: TrainingClass) -> dict[str, Any]:
    """Return what a version of a class said, as JSON."""
    return {
        **{name: getattr(klass, name) for name in (*LINES, "timetable", "capacity", "attendance_minimum")},
        "start_date": klass.start_date.isoformat(),
        "end_date": klass.end_date.isoformat(),
    }


def figures(session: Session, keys: Iterable[int]) -> Mapping[int, Figures]:
    """Return what stands in classes, in one statement; classes nobody is in are left out."""
    on_roll = Enrollment.status == EnrollmentStatus.ENROLLED
    declared = Grade.status.in_(GRADE_DECLARED)
    rows = session.execute(
        select(
            Enrollment.class_id,
            func.count(Enrollment.id).filter(on_roll),
            func.count(Grade.id).filter(and_(on_roll, Grade.result.is_not(None))),
            func.count(Grade.id).filter(declared),
            func.count(Grade.id).filter(Grade.status == GradeStatus.APPROVED),
        )
        .outerjoin(Grade, Grade.enrollment_id == Enrollment.id)
        .where(Enrollment.class_id.in_(tuple(keys)))
        .group_by(Enrollment.class_id)
    )
    return {key: Figures(*counts) for key, *counts in rows}


def overdue(step: str, day: date) -> ColumnElement[bool]:
    """Return the condition of classes whose day has come: to be started (``start``) or finished (``finish``)."""
    if step == "start":
        return and_(TrainingClass.status == ClassStatus.PUBLISHED, TrainingClass.start_date <= day)
    return and_(TrainingClass.status == ClassStatus.RUNNING, TrainingClass.end_date < day)


def _label(name: str) -> str:
    return label_of(TrainingClass, name)


def _read(plan: TrainingPlan, typed: ClassInput) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {name: visible(typed.lines.get(name, "")) for name in LINES}
    errors = {name: f"请填写“{_label(name)}”" for name, text in values.items() if not text}
    errors |= too_long({name: (_label(name), text) for name, text in values.items()})
    values["timetable"] = typed.lines.get("timetable", "").replace("\r\n", "\n").strip()
    if len(values["timetable"]) > TIMETABLE_LENGTH:
        errors["timetable"] = f"“{_label('timetable')}”最多 {TIMETABLE_LENGTH} 个字，请删减"
    values["capacity"] = typed_numbers.whole(typed.lines.get("capacity", ""), 1, MOST_STUDENTS)
    if values["capacity"] is None:
        errors["capacity"] = f"“{_label('capacity')}”请填 1 至 {MOST_STUDENTS} 的整数"
    percent = typed.lines.get("attendance_minimum", "").strip()
    values["attendance_minimum"] = typed_numbers.whole(percent, 1, 100) if percent else None
    if percent and values["attendance_minimum"] is None:
        errors["attendance_minimum"] = f"“{_label('attendance_minimum')}”请填 1 至 100 的整数；不考勤的留空"
    return values | {"start_date": typed.start_date, "end_date": typed.end_date}, errors | _day_errors(
        plan, typed
    )


def _day_errors(plan: TrainingPlan, typed: ClassInput) -> dict[str, str]:
    errors: dict[str, str] = {}
    for name, day in (("start_date", typed.start_date), ("end_date", typed.end_date)):
        if day is None:
            errors[name] = f"请填写有效的“{_label(name)}”，例如 2026-03-01"
        elif not plan.start_date <= day <= plan.end_date:
            span = f"{plan.start_date} 至 {plan.end_date}"
            errors[name] = f"“{_label(name)}”须在培训计划的起止日期之内（{span}）"
    if typed.start_date and typed.end_date and typed.end_date < typed.start_date:
        errors["end_date"] = f"“{_label('end_date')}”不能早于“{_label('start_date')}”"
    return errors
