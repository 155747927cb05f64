"""People become students: once, within the capacity, whoever enrols at the same moment; and attendance is written down."""

from __future__ import annotations

import threading

import pytest
from factories import make_person
from roster_desk import Desk
from sqlalchemy import func, select
from world import build_world

from models import Enrollment, Grade, JournalEntry, Organization, Person, TrainingClass
from permissions.wall import ALL, ScopedSession, set_scope
from services import attendance, enrolling, roster
from services.attendance import Typed
from services.errors import InputError


@pytest.fixture
def desk(world, open_session):
    """The academy's administrator at its running class."""
    return Desk(world, open_session)


# ---------------------------------------------------------------- enrolling
def test_chosen_people_become_students_with_a_grade_each(desk):
    keys = desk.enrol("doctor", "teacher", phone="13800000000")
    assert len(keys) == 2
    for name in ("doctor", "teacher"):
        student, grade = desk.student(name)
        assert student.id in keys
        assert (student.phone, grade.result, grade.person_id) == ("13800000000", None, student.person_id)
        assert desk.journal(student.id) == [("enrol", {})]
    assert desk.enrol("doctor", "nurse") == [desk.student("nurse").Enrollment.id]  # he is in it already


REFUSED = (
    ("class-planned", ("doctor",), "", "请先发布"),
    ("class-finished", ("miller",), "", "不能登记学员"),
    ("class-running", (), "", "请先查找并加入学员"),
    ("class-running", ("doctor", "miller"), "miller", "恢复在册"),
    ("class-running", ("doctor", "veteran"), "veteran", "退休"),
)


@pytest.mark.parametrize(("klass", "people", "whose", "words"), REFUSED)
def test_nobody_is_enrolled_where_one_cannot_be(world, open_session, klass, people, whose, words):
    desk = Desk(world, open_session, klass)
    before = desk.facts()
    with pytest.raises(InputError) as refused:
        desk.enrol(*people)
    field = str(world.id(Person, whose)) if whose else ""
    assert words in refused.value.errors[field]
    assert desk.facts() == before


def test_a_full_class_takes_nobody_more(desk):
    desk.set_class(capacity=2)
    with pytest.raises(InputError, match="班级名额还剩 1 人，本次要登记 2 人"):
        desk.enrol("doctor", "nurse")
    assert len(desk.enrol("doctor")) == 1
    with pytest.raises(InputError, match="还剩 0 人"):
        desk.enrol("nurse")


@pytest.mark.parametrize("who", ["doctor", "hospital_admin", "zhengzhou_admin"])
def test_only_an_institution_enrols(world, open_session, who):
    with pytest.raises(InputError, match="没有登记学员的权限"):
        Desk(world, open_session, who=who).enrol("doctor")


def test_two_who_enrol_at_the_same_moment_overfill_no_class_and_double_nobody(engine):
    with ScopedSession(engine) as session:
        world = build_world(session)
        klass = session.get(TrainingClass, world.id(TrainingClass, "class-running"))
        klass.capacity = 4  # one is in it
        company = session.get(Organization, world.id(Organization, "company"))
        others = [make_person(session, f"外人{place}", company).id for place in range(4)]
        actor, class_id, both = world.actors["academy_admin"], klass.id, world.id(Person, "doctor")
        session.commit()
    begin, outcomes = threading.Barrier(2), []

    def work(people):
        begin.wait(timeout=30)
        with ScopedSession(engine) as session:
            set_scope(session, ALL)
            try:
                added = enrolling.enrol(session, actor, class_id, [enrolling.Entry(key) for key in people])
                session.commit()
                outcomes.append(len(added))
            except InputError:
                outcomes.append(0)

    threads = [
        threading.Thread(target=work, args=([both, *others[:1]],)),
        threading.Thread(target=work, args=([both, *others[1:3]],)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    # Whoever is second finds the doctor there, and then exactly as many places as are left, or one too few.
    assert sorted(outcomes) in ([0, 2], [1, 3], [0, 3])
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        there = select(func.count()).where(Enrollment.class_id == class_id, Enrollment.status == "enrolled")
        assert session.scalar(there) == 1 + sum(outcomes) <= 4
        twice = select(func.count()).where(Enrollment.class_id == class_id, Enrollment.person_id == both)
        assert session.scalar(twice) == 1
        graded = select(func.count()).where(Grade.class_id == class_id)
        assert session.scalar(graded) == session.scalar(there)  # the one who left had none


# ---------------------------------------------------------------- finding
def found(desk, **typed):
    with desk.open(desk.actor) as session:
        return [(one.name, one.employer, one.refusal) for one in roster.find(session, desk.class_id, **typed)]


def test_somebody_is_found_by_his_id_or_his_full_name_and_never_by_browsing(desk):
    number = desk.number("doctor")
    assert found(desk, citizen_id=f" {number} ") == [("doctor", "金水医院", "")]
    assert found(desk, name="doctor", employer="医院") == [("doctor", "金水医院", "")]
    assert found(desk, name="lecturer") == [("lecturer", "洛阳学校", "已在册")]
    [(_name, _employer, refusal)] = found(desk, name="veteran")
    assert "退休" in refusal
    for typed, field, words in (
        ({}, "citizen_id", "请填写完整的身份证号"),
        ({"employer": "金水医院"}, "citizen_id", "请填写完整的身份证号"),
        ({"name": "d"}, "name", "完整的姓名"),
        ({"name": "docto"}, "name", "没有查到"),
        ({"name": "doctor", "employer": "洛阳"}, "name", "没有查到"),
        ({"name": "%"}, "name", "完整的姓名"),
        ({"citizen_id": number[:10]}, "citizen_id", "18 位"),
    ):
        with pytest.raises(InputError) as refused:
            found(desk, **typed)
        assert words in refused.value.errors[field]


def test_too_many_namesakes_are_asked_for_their_employer(desk):
    with desk.watching() as session:
        school, mill = (
            session.get(Organization, desk.world.id(Organization, name)) for name in ("school", "mill")
        )
        for place in range(roster.FOUND + 1):
            make_person(session, "张伟", school if place else mill)
        session.commit()
    with pytest.raises(InputError, match="再填写单位名称"):
        found(desk, name="张伟")
    assert found(desk, name="张伟", employer="济源") == [("张伟", "济源工厂", "")]


# ---------------------------------------------------------------- attendance
def test_attendance_is_stored_in_one_go_or_not_at_all(desk):
    desk.enrol("doctor", "nurse")
    doctor, nurse = (desk.student(name).Enrollment.id for name in ("doctor", "nurse"))

    def typed(**texts):
        with desk.open(desk.actor) as session:
            entries = {
                {"doctor": doctor, "nurse": nurse}[name]: Typed(text, before)
                for name, (text, before) in texts.items()
            }
            number = attendance.record(session, desk.actor, desk.class_id, entries)
            session.commit()
            return number

    def stored():
        return [desk.student(name).Enrollment.attendance for name in ("doctor", "nurse")]

    assert typed(doctor=("95", None), nurse=("", None)) == 1
    assert typed(doctor=("95", None), nurse=("0", None)) == 1  # typed twice is once
    assert stored() == [95, 0]
    for text in ("101", "-1", "九十", "9.5", "²", "9" * 30):
        with pytest.raises(InputError) as refused:
            typed(doctor=("60", 95), nurse=(text, 0))
        assert "0 至 100" in refused.value.errors[str(nurse)]
        assert stored() == [95, 0]
    with pytest.raises(InputError) as refused:  # somebody else was faster
        typed(doctor=("60", 50))
    assert "刚被改为95%" in refused.value.errors[str(doctor)]
    assert typed(doctor=("", 95)) == 1
    assert stored() == [None, 0]
    assert [action for action, _details in desk.journal(doctor)] == ["enrol", "attendance", "attendance"]


def test_attendance_stands_still_once_the_grade_is_declared_and_in_classes_of_others(world, open_session):
    desk = Desk(world, open_session, "class-finished")
    keys = {name: desk.student(name).Enrollment.id for name in ("doctor", "nurse", "engineer")}
    other = world.id(Enrollment, "lecturer-running")

    def refused(key, text="70"):
        with desk.open(desk.actor) as session, pytest.raises(InputError) as refusal:
            attendance.record(session, desk.actor, desk.class_id, {key: Typed(text, None)})
        return refusal.value.errors[str(key)]

    assert "已申报" in refused(keys["nurse"])
    assert "已申报" in refused(keys["engineer"])
    assert "已申报" in refused(other)  # no student of this class
    with desk.open(desk.actor) as session:
        assert attendance.record(session, desk.actor, desk.class_id, {keys["doctor"]: Typed("70", None)}) == 1
        journal = select(func.count()).where(JournalEntry.action == "attendance")
        assert session.scalar(journal) == 1
