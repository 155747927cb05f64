"""Training classes: within their plan, never smaller than what is in them, and their figures in one statement."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from training_rows import FIRST

from models import TrainingClass, TrainingPlan
from models.enums import ClassStatus
from services import classes
from services.classes import ClassInput, Figures
from services.errors import InputError

LINES = {
    "name": "夜班班",
    "place": "二楼",
    "capacity": "40",
    "contact": "吴老师",
    "phone": "1",
    "attendance_minimum": "",
}
TYPED = ClassInput(LINES, FIRST, dt.date(2026, 5, 8))


def lines(**changed):
    return replace(TYPED, lines=LINES | changed)


@pytest.fixture
def desk(world, open_session):
    """The academy's administrator: a function that sets a class up under the approved plan."""
    academy = world.actors["academy_admin"]
    session = open_session(academy)
    plan = session.get(TrainingPlan, world.id(TrainingPlan, "plan-approved"))

    def file(typed=TYPED, klass=None):
        return classes.save(session, academy, plan, typed, klass=klass)

    file.session, file.plan = session, plan
    return file


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (lines(name=""), "name", "请填写“班次名称”"),
        (lines(name="class-running"), "name", "已有同名班次"),
        (lines(place="长" * 201), "place", "最多 200 个字"),
        (lines(capacity="0"), "capacity", "的整数"),
        (lines(attendance_minimum="101"), "attendance_minimum", "1 至 100 的整数"),
        (lines(timetable="长" * 2001), "timetable", "最多 2000 个字"),
        (replace(TYPED, start_date=dt.date(2026, 5, 3)), "start_date", "（2026-05-04 至 2026-06-30）"),
        (replace(TYPED, end_date=dt.date(2026, 7, 1)), "end_date", "须在培训计划的起止日期之内"),
        (replace(TYPED, end_date=None), "end_date", "请填写有效的“结业日期”"),
        (replace(TYPED, start_date=dt.date(2026, 5, 9)), "end_date", "不能早于“开班日期”"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(desk, typed, field, sentence):
    with pytest.raises(InputError) as refused:
        desk(typed)
    assert sentence in refused.value.errors[field]
    assert list(refused.value.errors) == [field]


def test_a_class_takes_from_its_plan_what_scopes_filter_on(desk):
    klass = desk(lines(attendance_minimum="８０"))
    plan = desk.plan
    assert (klass.organization_id, klass.approver_id, klass.region_code, klass.subject, klass.credit_year) == (
        plan.organization_id, plan.approver_id, plan.region_code, plan.subject, plan.credit_year,
    )  # fmt: skip
    assert (klass.status, klass.attendance_minimum, klass.capacity) == (ClassStatus.PLANNED, 80, 40)
    assert desk(lines(capacity="41"), klass).capacity == 41


def test_a_class_does_not_become_smaller_than_what_is_in_it(desk, world):
    klass = desk.session.get(TrainingClass, world.id(TrainingClass, "class-finished"))
    assert classes.figures(desk.session, [klass.id]) == {klass.id: Figures(5, 5, 3, 1)}
    with pytest.raises(InputError) as refused:
        desk(lines(capacity="4"), klass)
    assert "已有 5 名学员在册" in refused.value.errors["capacity"]
    assert desk(lines(capacity="5"), klass).capacity == 5


def test_only_an_approved_plan_can_be_held(desk, world):
    assert classes.held_plan(desk.session, desk.plan.id) is desk.plan
    for name in ("plan-draft", "plan-closed", "plan-submitted"):
        with pytest.raises(InputError, match="不能办班"):
            classes.held_plan(desk.session, world.id(TrainingPlan, name))
    assert [plan.name for plan in classes.open_plans(desk.session)] == ["plan-nursing", "plan-approved"]


@pytest.mark.parametrize(
    ("step", "day", "found"),
    [
        ("start", dt.date(2026, 5, 3), []),
        ("start", FIRST, ["class-published"]),
        ("finish", dt.date(2026, 5, 8), []),
        ("finish", dt.date(2026, 5, 9), ["class-running"]),
    ],
)
def test_a_class_whose_day_has_come_is_found(desk, step, day, found):
    rows = desk.session.query(TrainingClass).where(classes.overdue(step, day))
    assert [row.name for row in rows] == found
