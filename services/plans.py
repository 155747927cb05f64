"""Filing and changing training plans; the journal keeps every version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Course, Organization, TrainingPlan
from services import journal, plan_files
from services.errors import InputError
from services.plan_numbers import next_number
from services.plan_reading import CODES, LINES, read_plan
from services.region_periods import region_of
from services.reuse import activity_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.plan_reading import PlanInput


def save(
    session: Session,
    actor: Actor,
    typed: PlanInput,
    *,
    plan: TrainingPlan | None = None,
    finished: bool,
    request_id: str | None = None,
) -> TrainingPlan:
    """Create or change a plan. The caller commits.

    Args:
        session: the actor's scoped session.
        actor: an administrator of the institution.
        typed: the form.
        plan: the plan to change, already locked and checked to be editable; ``None`` to create one.
        finished: whether it is about to be submitted: then its courses have to add up.
        request_id: for the journal.

    Raises:
        InputError: by field, and ``courses.<line>.<part>`` for a cell of the course table; nothing may be committed.
    """
    institution = session.get_one(Organization, actor.organization_id)
    read = read_plan(session, typed, institution.region_code, finished=finished)
    if plan_files.too_many(plan, typed.files, typed.removed):
        most = plan_files.MAXIMUM_FILES
        read.errors["attachments"] = f"附件最多 {most} 个文件，请合并后上传"
    if read.errors:
        raise InputError(read.errors)
    before = snapshot(plan) if plan else None
    number = (
        plan.number
        if plan
        else next_number(session, read.values["credit_year"], institution.region_code or "")
    )
    key = activity_key(read.values["name"])
    _no_twin(session, actor, key, read.values["credit_year"], plan)
    if plan is None:
        plan = TrainingPlan(number=number, organization_id=institution.id)
    with session.no_autoflush:  # a row filled in by half must not be stored on the way
        for name, value in read.values.items():
            setattr(plan, name, value)
        plan.activity_key = key
        plan.region_code, plan.authority_id = institution.region_code or "", institution.authority_id
        surplus = _put_courses(plan, read.courses)
    session.add(plan)
    for course in surplus:
        session.delete(course)
    session.flush()
    session.expire(plan, ["courses"])
    plan_files.attach(session, actor, plan, typed.files, typed.removed)
    after = snapshot(plan)
    if before != after:
        journal.record(
            session, actor, "training_plan", plan.id, "edit" if before else "create",
            details={"before": before, "after": after}, request_id=request_id,
        )  # fmt: skip
    return plan


def delete(session: Session, actor: Actor, plan: TrainingPlan, *, request_id: str | None = None) -> None:
    """Delete a plan that may be changed, with courses and files; the journal keeps what it said."""
    journal.record(
        session, actor, "training_plan", plan.id, "delete", details={"before": snapshot(plan)}, request_id=request_id
    )  # fmt: skip
    session.delete(plan)
    session.flush()


def just_saved(session: Session, actor: Actor, typed: PlanInput) -> TrainingPlan | None:
    """Return the plan a form was saved as before, word for word: a double click, or the back button."""
    read = read_plan(session, typed, region_of(session, actor), finished=False)
    if read.errors:
        return None
    twin = _twin(session, actor, activity_key(read.values["name"]), read.values["credit_year"], None)
    if twin is None:
        return None
    courses = [(course.name, course.teacher, course.hours) for course in twin.courses]
    same = all(getattr(twin, name) == value for name, value in read.values.items())
    return twin if same and courses == read.courses else None


def snapshot(plan: TrainingPlan) -> dict[str, Any]:
    """Return what a version of a plan said, as JSON."""
    return {
        "number": plan.number,
        **{
            name: getattr(plan, name) for name in (*LINES, *CODES, "credit_year", "planned_people", "content")
        },
        "subject": plan.subject.value,
        "hours": str(plan.hours),
        "excellent_hours": None if plan.excellent_hours is None else str(plan.excellent_hours),
        "start_date": plan.start_date.isoformat(),
        "end_date": plan.end_date.isoformat(),
        "courses": [f"{course.name} {course.teacher} {course.hours}" for course in plan.courses],
        "attachments": [f"{file.filename} {file.sha256}" for file in plan.attachments],
    }


def _put_courses(plan: TrainingPlan, courses: Sequence[tuple[str, str, Decimal]]) -> list[Course]:
    """Write the lines into the rows that stand there, so that no place is taken twice; return the rows left over."""
    for place, (name, teacher, hours) in enumerate(courses):
        if place < len(plan.courses):
            row = plan.courses[place]
            row.name, row.teacher, row.hours = name, teacher, hours
        else:
            plan.courses.append(Course(name=name, teacher=teacher, hours=hours, position=place + 1))
    return plan.courses[len(courses) :]


def _twin(
    session: Session, actor: Actor, key: str, year: int, plan: TrainingPlan | None
) -> TrainingPlan | None:
    """Return another plan of the institution that is called the same in the same year."""
    return session.scalars(
        select(TrainingPlan)
        .where(
            TrainingPlan.organization_id == actor.organization_id,
            TrainingPlan.credit_year == year,
            TrainingPlan.activity_key == key,
            TrainingPlan.id != (plan.id if plan else 0),
        )
        .order_by(TrainingPlan.id)
        .limit(1)
    ).first()


def _no_twin(session: Session, actor: Actor, key: str, year: int, plan: TrainingPlan | None) -> None:
    """Refuse a second plan of one name and year: its hours would count as those of the first."""
    twin = _twin(session, actor, key, year, plan)
    if twin is not None:
        raise InputError(
            {
                "name": f"本年度已有同名计划（{twin.number}，{twin.status.label}）：请打开那一份修改，或换一个能区分的名称；"
                "同一计划分期举办的，请在计划下设多个培训班"
            }
        )
