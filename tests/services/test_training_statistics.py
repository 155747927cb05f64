"""Every figure of 培训统计 is what a plain count over the same rows gives, for everybody who has the page."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from factories import YEAR, make_person
from sqlalchemy import func, select
from training_rows import make_class, make_grade, make_plan, make_student
from world import listed

from models import Enrollment, Grade, Organization, TrainingClass, TrainingPlan
from permissions.verbs import Verb
from services import training_statistics

READERS = (
    "academy_admin",
    "zhengzhou_admin",
    "luoyang_admin",
    "province_admin",
    "health_admin",
    "education_admin",
)


@pytest.fixture
def held(world, system):
    """Two more plans and classes of the academy with students in every state."""
    academy = system.get(Organization, world.id(Organization, "academy"))
    hospital = system.get(Organization, world.id(Organization, "hospital"))
    plan = make_plan(system, academy, name="高级研修")
    spring = make_class(system, plan, name="春季班")
    summer = make_class(system, plan, name="夏季班", end_date=dt.date(YEAR, 6, 20))
    both = make_person(system, "两期都上", hospital)
    for klass, person, result in (
        (spring, both, "failed"), (summer, both, "excellent"), (spring, make_person(system, "甲", hospital), "passed"),
    ):  # fmt: skip
        make_grade(system, klass, person, status="approved", result=result)
    make_student(system, spring, make_person(system, "退班", hospital), status="withdrawn")
    for status in ("running", "cancelled"):
        make_student(system, make_class(system, plan, name=status, status=status), both)
    make_grade(
        system, make_class(system, make_plan(system, academy, credit_year=YEAR - 1)), both, status="approved"
    )
    system.commit()
    return plan


def counted(connection, actor, *of_class):
    """Count again, each figure by itself and from the keys the permission table gives.

    ``of_class`` are conditions on the classes that count.
    """
    classes, students, grades = (
        listed(connection, actor, Verb.VIEW, model) for model in (TrainingClass, Enrollment, Grade)
    )
    klass, student, grade = TrainingClass.__table__.c, Enrollment.__table__.c, Grade.__table__.c
    this_year = set(
        connection.scalars(
            select(klass.id).where(klass.id.in_(classes), klass.credit_year == YEAR, *of_class)
        )
    )
    enrolled = (student.id.in_(students), student.class_id.in_(this_year), student.status == "enrolled")
    approved = (grade.id.in_(grades), grade.class_id.in_(this_year), grade.status == "approved",
                grade.enrollment_id.in_(select(student.id).where(*enrolled)))  # fmt: skip
    passed = (*approved, grade.result != "failed")
    one = lambda figure, *where: connection.scalar(select(figure).where(*where))  # noqa: E731
    return {
        "classes": len(this_year),
        "students": one(func.count(student.id), *enrolled),
        "people": one(func.count(student.person_id.distinct()), *enrolled),
        "decided": one(func.count(grade.id), *approved),
        "passed": one(func.count(grade.id), *passed),
        "hours": Decimal(one(func.coalesce(func.sum(grade.hours), 0), *passed)),
    }


@pytest.mark.parametrize("who", READERS)
def test_every_figure_is_a_plain_count(world, connection, open_session, held, who):
    actor = world.actors[who]
    shown = training_statistics.of_scope(open_session(actor), actor, YEAR)
    status = TrainingClass.__table__.c.status
    expected = counted(connection, actor, status != "cancelled")
    finished = counted(connection, actor, status == "finished")
    assert {name: getattr(shown.total, name) for name in expected} == expected
    for lines, total, of_lines in (
        (shown.months, shown.finished, finished),
        (shown.groups, shown.total, expected),
    ):
        for name in ("classes", "students", "decided", "passed", "hours"):
            assert sum(getattr(line, name) for line in lines) == of_lines[name], name
            assert getattr(total, name) == of_lines[name], name
    for model, states in ((TrainingPlan, shown.plans), (TrainingClass, shown.classes)):
        keys = listed(connection, actor, Verb.VIEW, model)
        table = model.__table__.c
        number = connection.scalar(select(func.count()).where(table.id.in_(keys), table.credit_year == YEAR))
        assert sum(states.values()) == number


def test_lines_are_named_and_ranked(world, open_session, held):
    academy, office = world.actors["academy_admin"], world.actors["zhengzhou_admin"]
    own = training_statistics.of_scope(open_session(academy), academy, YEAR)
    assert own.by == "培训计划"
    assert [line.students for line in own.groups] == sorted(
        (line.students for line in own.groups), reverse=True
    )
    seminar = next(line for line in own.groups if line.name == "高级研修")
    assert (seminar.classes, seminar.students, seminar.people, seminar.rate) == (3, 4, 2, "66.7%"), (
        "the running class counts, the cancelled one does not"
    )
    assert len(own.months) == 12
    assert own.months[5].students == 1, "the summer class ends in June"
    assert own.months[0].rate == "—"
    assert own.months[0].percent is None
    seen = training_statistics.of_scope(open_session(office), office, YEAR)
    assert (seen.by, [line.name for line in seen.groups]) == ("施教机构", ["郑州培训学院"])


def test_a_year_without_training_is_empty(world, open_session):
    actor = world.actors["academy_admin"]
    shown = training_statistics.of_scope(open_session(actor), actor, YEAR - 5)
    assert (shown.total.classes, shown.total.students, shown.total.hours) == (0, 0, 0)
    assert shown.groups == ()
