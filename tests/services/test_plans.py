"""Training plans as their institution files them: what is refused, what is stored, numbers that are never given twice."""

from __future__ import annotations

import datetime as dt
import io
import threading
from dataclasses import replace
from decimal import Decimal

import pytest
from PIL import Image
from sqlalchemy import select, update
from world import build_world

from models import Dictionary, DictionaryItem, JournalEntry, Organization, TrainingPlan
from models.enums import Subject
from permissions import engine as permissions
from permissions.wall import ALL, ScopedSession, set_scope
from seed.demo_stage import proof
from services import plans
from services.errors import InputError
from services.media import LocalMediaStore
from services.plan_files import keep
from services.plan_reading import CourseLine, PlanInput
from services.typed_numbers import hours, whole

YEAR = 2026
LINES = {
    "name": "护理新技术培训",
    "category_code": "rotation",
    "mode_code": "classroom",
    "hours": "12.5",
    "excellent_hours": "",
    "planned_people": "80",
    "audience": "在职护士",
    "content": "一、理论\r\n二、操作",
    "leader": "周主任",
    "phone": "0371-60000000",
}
TYPED = PlanInput(
    LINES, YEAR, Subject.SPECIALTY, dt.date(YEAR, 3, 1), dt.date(YEAR, 6, 30),
    courses=[CourseLine("理论", "李老师", "8"), CourseLine(), CourseLine("操作", "王老师", "4.5")],
)  # fmt: skip


def png():
    stream = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(stream, "PNG")
    return stream.getvalue()


def lines(**changed):
    return replace(TYPED, lines=LINES | changed)


def books(session):
    """Put the two dictionaries a plan speaks of into the world, which has none."""
    for book, code in (("training_category", "rotation"), ("training_mode", "classroom")):
        session.add(Dictionary(code=book, label=book, source="测试"))
        session.flush()
        session.add(DictionaryItem(dictionary_code=book, code=code, label=code, position=1))
    session.flush()


@pytest.fixture
def desk(world, open_session):
    """The academy's administrator: a function that files a plan as him."""
    with open_session(ALL) as system:
        books(system)
        system.commit()
    academy = world.actors["academy_admin"]
    session = open_session(academy)

    def file(typed=TYPED, plan=None, *, finished=True):
        return plans.save(session, academy, typed, plan=plan, finished=finished)

    file.session, file.actor = session, academy
    return file


# ---------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        (lines(name=" \u200b"), "name", "请填写“计划名称”"),
        (lines(name="长" * 201), "name", "“计划名称”最多 200 个字"),
        (lines(content=""), "content", "请填写“培训内容”"),
        (lines(content="长" * 2001), "content", "有 2001 个字，最多 2000 个字"),
        (lines(category_code=""), "category_code", "请选择“培训类别”"),
        (lines(mode_code="nothing"), "mode_code", "请选择列表中的“培训方式”"),
        (lines(hours="0"), "hours", "“合格学时”请填大于 0"),
        (lines(hours="12.55"), "hours", "最多一位小数"),
        (lines(hours="NaN"), "hours", "“合格学时”请填"),
        (lines(excellent_hours="12"), "excellent_hours", "不能少于“合格学时”"),
        (lines(excellent_hours="很多"), "excellent_hours", "与合格学时相同的留空"),
        (lines(planned_people="1.5"), "planned_people", "的整数"),
        (lines(planned_people=""), "planned_people", "的整数"),
        (replace(TYPED, subject=None), "subject", "请选择“科目类型”"),
        (replace(TYPED, credit_year=YEAR - 1, start_date=dt.date(YEAR - 1, 3, 1), end_date=dt.date(YEAR - 1, 3, 2)), "credit_year", "审批期尚未结束的年度"),
        (replace(TYPED, credit_year=None), "credit_year", "审批期尚未结束的年度"),
        (replace(TYPED, start_date=None), "start_date", "请填写有效的“开始日期”"),
        (replace(TYPED, end_date=dt.date(YEAR, 2, 1)), "end_date", "不能早于“开始日期”"),
        (replace(TYPED, end_date=dt.date(YEAR + 1, 1, 5)), "end_date", "须在 2026 年度之内"),
        (replace(TYPED, courses=[]), "courses", "课程学时合计 0，合格学时 12.5"),
        (replace(TYPED, courses=[CourseLine("理论", "李", "8")]), "courses", "课程学时合计 8，合格学时 12.5"),
        (replace(TYPED, courses=[CourseLine("理论", "", "8")]), "courses.0.teacher", "第 1 行：请填写授课教师"),
        (replace(TYPED, courses=[CourseLine(), CourseLine("理论", "李", "x")]), "courses.1.hours", "第 2 行：学时请填大于 0"),
        (replace(TYPED, courses=[CourseLine("理" * 201, "李", "8")]), "courses.0.name", "最多 200 个字"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(desk, typed, field, sentence):
    with pytest.raises(InputError) as refused:
        desk(typed)
    assert sentence in refused.value.errors[field]
    assert len(refused.value.errors) == 1


def test_a_draft_may_have_courses_that_do_not_add_up_yet(desk):
    plan = desk(replace(TYPED, courses=[CourseLine("理论", "李老师", "8")]), finished=False)
    assert [course.hours for course in plan.courses] == [Decimal(8)]


@pytest.mark.parametrize(
    ("text", "value"),
    [("7.5", "7.5"), (" ３０ ", "30"), ("0.1", "0.1"), ("999", "999"), ("999.1", None), ("-1", None), ("1e2", None),
     ("٣", None), ("", None), ("1,5", None), ("9" * 40, None)],
)  # fmt: skip
def test_hours_are_read_as_people_type_them(text, value):
    assert hours(text) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "value"), [("１０", 10), ("0", None), ("101", None), ("5.0", None), ("9" * 40, None)]
)
def test_whole_numbers_keep_their_limits(text, value):
    assert whole(text, 1, 100) == value


# ---------------------------------------------------------------- what is stored
def test_a_plan_is_stored_with_what_its_institution_is_now(desk, world):
    now = {"authority_id": world.id(Organization, "education"), "region_code": "410105"}
    academy = Organization.__table__.c.id == world.id(Organization, "academy")
    desk.session.connection().execute(update(Organization.__table__).where(academy).values(**now))
    plan = desk()
    assert (plan.region_code, plan.authority_id) == ("410105", now["authority_id"])
    assert plan.number == "PX20264101050001"
    assert plan.content == "一、理论\n二、操作"
    assert (plan.hours, plan.excellent_hours, plan.planned_people) == (Decimal("12.5"), None, 80)
    assert [(course.position, course.name) for course in plan.courses] == [(1, "理论"), (2, "操作")]
    changed = replace(
        lines(name="护理新技术 培训", hours="6"),
        courses=[CourseLine("操作", "王老师", "6")],
    )
    key, before = plan.activity_key, plan.courses[0].id
    desk(changed, plan)
    assert [(course.id, course.name, course.hours) for course in plan.courses] == [
        (before, "操作", Decimal(6))
    ]
    assert plan.activity_key == key, "blanks make no other training of it"
    history = desk.session.scalars(
        select(JournalEntry.action).where(
            JournalEntry.object_type == "training_plan", JournalEntry.object_id == plan.id
        ).order_by(JournalEntry.id)
    ).all()  # fmt: skip
    assert history == ["create", "edit"]


def test_one_name_is_one_plan_a_year(desk):
    first = desk()
    with pytest.raises(InputError) as refused:
        desk(lines(name="护理 新技术培训。"))
    assert first.number in refused.value.errors["name"]
    assert plans.just_saved(desk.session, desk.actor, TYPED) is first, "a double click finds what it saved"
    assert plans.just_saved(desk.session, desk.actor, lines(hours="13")) is None


def test_numbers_count_on_and_leave_out_those_of_deleted_plans(desk):
    first, second = desk(), desk(lines(name="另一个"))
    assert (first.number, second.number) == ("PX20264101000001", "PX20264101000002")
    plans.delete(desk.session, desk.actor, second)
    assert desk(lines(name="第三个")).number == "PX20264101000003"


def test_the_ten_thousandth_plan_has_a_number_too(desk):
    plan = desk()
    plan.number = "PX20264101009999"
    desk.session.flush()
    assert desk(lines(name="另一个")).number == "PX202641010010000"
    assert desk(lines(name="第三个")).number == "PX202641010010001"


def test_files_are_attached_once_and_belong_to_one_plan(desk, tmp_path):
    store = LocalMediaStore(tmp_path)
    notice, picture = keep(store, "通知.pdf", proof("通知")), keep(store, "课程表.png", png())
    plan = desk(replace(TYPED, files=[notice, picture]))
    assert [(file.filename, file.preview_key is None) for file in plan.attachments] == [
        ("通知.pdf", True), ("课程表.png", False),
    ]  # fmt: skip
    desk(replace(TYPED, files=[keep(store, "通知（2）.pdf", proof("通知"))]), plan)
    assert len(plan.attachments) == 2, "the same bytes a second time"
    desk(replace(TYPED, removed=[plan.attachments[0].id]), plan)
    assert [file.filename for file in plan.attachments] == ["课程表.png"]
    with pytest.raises(InputError) as refused:
        desk(replace(lines(name="另一个"), files=[picture]))
    assert "已随另一份计划保存" in refused.value.errors["attachments"]


# ---------------------------------------------------------------- two at once
def test_two_plans_filed_at_once_get_two_numbers(engine):
    with ScopedSession(engine) as session:
        world = build_world(session)
        set_scope(session, ALL)
        books(session)
        session.commit()
    academy = world.actors["academy_admin"]
    start, numbers, failures = threading.Barrier(4), [], []

    def work(place):
        try:
            start.wait(timeout=30)
            with ScopedSession(engine) as session:
                set_scope(session, permissions.view_scope(academy))
                numbers.append(
                    plans.save(session, academy, lines(name=f"第 {place} 份"), finished=True).number
                )
                session.commit()
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(numbers) == [f"PX2026410100000{serial}" for serial in range(1, 5)]
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        assert (
            len(session.scalars(select(TrainingPlan).where(TrainingPlan.number.startswith("PX2026"))).all())
            == 4
        )
