"""Grade sheets from their making to their last row: what they collect, what stands in their way, and what becomes of them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from factories import TODAY, YEAR, make_claim, make_person, put_status
from sqlalchemy import select, update
from stage import REASON
from training_rows import make_class, make_grade, make_plan, make_sheet, make_student

from models import (
    CreditYear,
    Enrollment,
    Grade,
    GradeSheet,
    JournalEntry,
    LedgerEntry,
    Organization,
    Person,
    TrainingClass,
)
from models.enums import GradeResult, GradeStatus, SheetStatus
from services import grade_sheets, grades
from services.errors import InputError
from services.grades import Mark, Typed
from services.reuse import activity_key
from workflow import engine
from workflow.grading import GRADE, GRADE_SHEET
from workflow.training import ENROLLMENT

INSTITUTION, OFFICE = "academy_admin", "zhengzhou_admin"
DRAFT, SUBMITTED, APPROVED, RETURNED, REVOKED = GradeStatus


class School:
    """A finished class of three people of the hospital under a plan of 30 hours, 32 for 优秀."""

    def __init__(self, stage):
        self.stage, self.system = stage, stage.system
        self.hospital = stage.row(Organization, "hospital")
        self.plan = make_plan(self.system, stage.row(Organization, "academy"), excellent_hours=Decimal(32))
        self.klass = make_class(self.system, self.plan, attendance_minimum=80)
        self.people = [make_person(self.system, name, self.hospital) for name in ("甲", "乙", "丙")]
        results = ("excellent", "passed", "failed")
        self.grades = [
            self.grade(person, result) for person, result in zip(self.people, results, strict=True)
        ]

    def grade(self, person, result="passed", *, attendance=90, **more):
        student = make_student(self.system, self.klass, person, attendance=attendance)
        return make_grade(self.system, self.klass, person, result=result, student=student, **more)

    def sheet(self, call, *args, who=INSTITUTION, **more):
        """Call a service as somebody; sheets are given by their key."""
        with self.stage.acting(who) as (session, actor):
            given = [session.get(GradeSheet, arg.id) if isinstance(arg, GradeSheet) else arg for arg in args]
            outcome = call(session, actor, *given, **more)
            return outcome.id if isinstance(outcome, GradeSheet) else outcome

    def made(self):
        return self.system.get(GradeSheet, self.sheet(grade_sheets.create, self.klass.id))

    def submitted(self):
        made = self.made()
        assert self.told("submit", made) == "done"
        return made

    def told(self, name, row, who=None, **more):
        table = GRADE if isinstance(row, Grade) else GRADE_SHEET
        who = who or (INSTITUTION if name in {"submit", "withdraw"} else OFFICE)
        return self.stage.told(who, name, row, table=table, reason=REASON, **more)

    def foretold(self, name, row, who=OFFICE, **more):
        """Return the sentence of what stands in the way."""
        table = GRADE if isinstance(row, Grade) else GRADE_SHEET
        (outcome,) = self.stage.preview(who, name, row, table=table, **more).values()
        return engine.sentence_of(table[name], outcome)

    def states(self):
        for row in self.grades:
            self.system.refresh(row)
        return [row.status for row in self.grades]

    def correct(self, number, result):
        row = self.stage.row_of(self.grades[number])
        typed = Typed(row.id, row.revision, Mark(row.result), Mark(result))
        assert self.sheet(grades.save, row.class_id, [typed]).done == [row.id]

    def posted(self):
        rows = self.system.execute(
            select(LedgerEntry.source_id, LedgerEntry.hours).where(LedgerEntry.source_type == "grade")
        )
        keys = {row.id: number for number, row in enumerate(self.grades)}
        return sorted((keys[row.source_id], row.hours) for row in rows if row.source_id in keys)


@pytest.fixture
def school(stage):
    return School(stage)


# ---------------------------------------------------------------- making a sheet
def test_a_sheet_takes_the_graded_rows_that_are_on_none_and_says_how_many_have_no_result(school):
    late = school.grade(make_person(school.system, "丁", school.hospital), None)
    gone = school.grade(make_person(school.system, "戊", school.hospital))
    put_status(school.system, gone.enrollment, "withdrawn", reason="本人申请")
    with school.stage.acting(INSTITUTION) as (session, _actor):
        (offer,) = grade_sheets.offers(session, school.klass.id)
        assert (offer.ready, offer.missing) == (3, 1)
    sheet = school.made()
    assert (sheet.number, sheet.status, sheet.approver_id) == (1, SheetStatus.DRAFT, school.plan.approver_id)
    on_it = set(school.system.scalars(select(Grade.id).where(Grade.sheet_id == sheet.id)))
    assert on_it == {row.id for row in school.grades}
    with pytest.raises(InputError, match="没有可以申报的成绩"):
        school.sheet(grade_sheets.create, school.klass.id)
    with pytest.raises(InputError, match="没有可以补入的学员"):
        school.sheet(grade_sheets.add_rows, sheet)
    late.result = "passed"
    assert school.sheet(grade_sheets.add_rows, sheet) == 1
    with school.stage.acting(INSTITUTION) as (session, _actor):
        numbers = grade_sheets.figures(session, session.get(GradeSheet, sheet.id))
        assert (numbers.rows, numbers.ready, numbers.missing) == (4, 0, 0)


@pytest.mark.parametrize("who", [INSTITUTION, OFFICE, "doctor"])
def test_a_sheet_is_made_of_ones_own_finished_class_only(school, who):
    running = make_class(school.system, school.plan, status="running")
    for key in (running.id, 0, school.klass.id) if who != INSTITUTION else (running.id, 0):
        with pytest.raises(InputError, match=r"已结业的培训班|没有制作"):
            school.sheet(grade_sheets.create, key, who=who)


def test_rows_leave_an_open_sheet_and_a_draft_is_deleted_without_losing_a_grade(school):
    sheet = school.made()
    assert school.sheet(grade_sheets.remove_rows, sheet, [school.grades[0].id, 0]) == 1
    with pytest.raises(InputError, match="勾选要移出"):
        school.sheet(grade_sheets.remove_rows, sheet, [school.grades[0].id])
    school.sheet(grade_sheets.delete, sheet)
    school.system.expire_all()
    assert [row.sheet_id for row in school.grades] == [None] * 3
    assert [row.result for row in school.grades] == ["excellent", "passed", "failed"]
    assert school.submitted().number == 1


def test_a_declared_sheet_stays_as_it_is(school):
    sheet = school.submitted()
    for call, args in (
        (grade_sheets.add_rows, ()),
        (grade_sheets.remove_rows, ([school.grades[0].id],)),
        (grade_sheets.delete, ()),
    ):
        with pytest.raises(InputError, match=r"已申报，不能再增减|只能删除没有申报"):
            school.sheet(call, sheet, *args)
    assert school.states() == [SUBMITTED] * 3


# ---------------------------------------------------------------- what stands in the way of declaring
def _running(school, _sheet):
    put_status(school.system, school.klass, "running")


def _emptied(school, sheet):
    school.system.execute(update(Grade).where(Grade.sheet_id == sheet.id).values(sheet_id=None))


def _ungraded(school, _sheet):
    school.grades[0].result = None


def _left(school, _sheet):
    put_status(
        school.system, school.system.get(Enrollment, school.grades[0].enrollment_id), "withdrawn", reason="退"
    )


def _absent(attendance):
    def happen(school, _sheet):
        school.system.get(Enrollment, school.grades[0].enrollment_id).attendance = attendance

    return happen


def _year_over(school, _sheet):
    year = school.system.get(CreditYear, YEAR) or school.system.scalar(
        select(CreditYear).where(CreditYear.year == YEAR)
    )
    year.claims_close = TODAY.replace(month=1, day=2)


def _office_closed(school, sheet):
    put_status(school.system, school.system.get(Organization, sheet.approver_id), "disabled")


@pytest.mark.parametrize(
    ("happen", "sentence"),
    [(_running, "尚未结业"), (_emptied, "没有要申报的学员"), (_ungraded, "没有成绩，请先填写"), (_left, "已退班的学员"),
     (_absent(79), "未达到最低出勤率"), (_absent(None), "未登记出勤率"), (_year_over, "不在申报期内"),
     (_office_closed, "审批机构已停用")],
    ids=["running", "empty", "ungraded", "left", "absent", "unknown attendance", "year over", "office closed"],
)  # fmt: skip
def test_what_stands_in_the_way_of_declaring_is_said(school, happen, sentence):
    sheet = school.made()
    assert school.foretold("submit", sheet, who=INSTITUTION) == "已处理"
    happen(school, sheet)
    assert sentence in school.foretold("submit", sheet, who=INSTITUTION)


def test_who_stops_a_sheet_is_named_the_first_of_many(school):
    sheet = school.made()
    place = [guard.name for _step, guard in grade_sheets.STOPPING].index("absent")
    with school.stage.acting(INSTITUTION) as (session, actor):
        assert grade_sheets.stopping(session, actor, sheet.id, place) == []
    for row in school.grades:
        school.system.get(Enrollment, row.enrollment_id).attendance = 10
    with school.stage.acting(INSTITUTION) as (session, actor):
        keys = grade_sheets.stopping(session, actor, sheet.id, place)
        assert keys == [row.id for row in school.grades[:2]], "who failed need not have attended"
        assert grade_sheets.named(session, keys) == "甲、乙"
        assert grade_sheets.named(session, keys * 4).endswith(" 等 8 人")
    with school.stage.acting("luoyang_admin") as (session, actor):
        assert grade_sheets.stopping(session, actor, sheet.id, place) == []


def test_who_failed_need_not_have_attended_and_excellence_earns_its_own_hours(school):
    school.system.get(Enrollment, school.grades[2].enrollment_id).attendance = 10
    school.submitted()
    assert school.states() == [SUBMITTED] * 3
    assert [row.hours for row in school.grades] == [32, 30, 0]


# ---------------------------------------------------------------- deciding
def test_approving_a_sheet_posts_hours_for_every_passed_row_once(school):
    sheet = school.submitted()
    assert school.told("approve", sheet) == "done"
    assert school.states() == [APPROVED] * 3
    assert school.posted() == [(0, Decimal(32)), (1, Decimal(30))]
    assert school.told("approve", sheet) == "status"
    assert school.posted() == [(0, Decimal(32)), (1, Decimal(30))]


def _claimed(school):
    claim = make_claim(school.system, school.people[1], status="approved", subject="public", title=school.klass.name,
                       start_date=school.klass.start_date, end_date=school.klass.end_date)  # fmt: skip
    claim.activity_key = activity_key(school.klass.name)


def _taught_before(school):
    other = make_class(school.system, school.plan)
    make_grade(school.system, other, school.people[1], status="approved")


def _own(school):
    admin = school.stage.actor(OFFICE)
    school.system.execute(
        update(Person.__table__)
        .where(Person.id == school.people[1].id)
        .values(citizen_id_index=admin.citizen_id_index)
    )


def _approvals_over(school):
    year = school.system.scalar(select(CreditYear).where(CreditYear.year == YEAR))
    year.approvals_close = TODAY.replace(month=1, day=2)


@pytest.mark.parametrize(
    ("happen", "sentence", "of_one"),
    [(_claimed, "同一培训申报并取得学时", True), (_taught_before, "同一计划或同名同期", True),
     (_own, "不能审批本人的成绩", True), (_approvals_over, "不在审批期内", False)],
    ids=["claimed", "taught before", "own", "approvals over"],
)  # fmt: skip
def test_one_bad_row_holds_the_sheet_and_its_sentence_is_told_while_the_others_go_on_alone(
    school, happen, sentence, of_one
):
    sheet = school.submitted()
    happen(school)
    told = school.foretold("approve", sheet)
    assert told.startswith("成绩单中有学员不能办理：")
    assert sentence in told
    assert told.endswith("（请打开成绩单逐行办理）")
    assert school.told("approve", sheet) != "done"
    assert school.states() == [SUBMITTED] * 3
    assert sentence in school.foretold("approve", school.grades[1])
    assert (school.told("approve", school.grades[0]) == "done") == of_one


def test_the_last_row_settles_the_sheet_and_a_returned_one_comes_back(school):
    sheet = school.submitted()
    school.told("approve", school.grades[0])
    assert school.told("withdraw", sheet) == "decided_in_part"
    school.told("return", school.grades[1])
    assert school.stage.status(sheet) == SheetStatus.SUBMITTED
    assert "已退回的学员" in school.foretold("approve", sheet)
    school.told("approve", school.grades[2])
    assert school.stage.status(sheet) == SheetStatus.RETURNED
    school.correct(1, GradeResult.FAILED)
    assert school.told("submit", sheet) == "done"
    assert school.states() == [APPROVED, SUBMITTED, APPROVED]
    assert school.told("approve", sheet) == "done"
    assert school.stage.status(sheet) == SheetStatus.APPROVED
    assert school.posted() == [(0, Decimal(32))]


def test_a_returned_row_that_is_taken_off_settles_the_sheet_and_goes_onto_the_next(school):
    sheet = school.submitted()
    school.told("approve", school.grades[0])
    school.told("approve", school.grades[2])
    school.told("return", school.grades[1])
    school.sheet(grade_sheets.remove_rows, sheet, [school.grades[1].id])
    assert school.stage.status(sheet) == SheetStatus.APPROVED
    assert school.stage.last_journal(sheet).action == "settle"
    second = school.made()
    assert second.number == 2
    assert school.told("submit", second) == "done"
    assert school.states() == [APPROVED, SUBMITTED, APPROVED]


def test_a_returned_sheet_keeps_one_row_at_least(school):
    sheet = school.submitted()
    school.told("return", sheet)
    with pytest.raises(InputError, match="至少保留一名学员"):
        school.sheet(grade_sheets.remove_rows, sheet, [row.id for row in school.grades])
    assert school.stage.status(sheet) == SheetStatus.RETURNED
    assert school.states() == [RETURNED] * 3


def test_a_returned_student_who_leaves_settles_the_sheet(school):
    sheet = school.submitted()
    school.told("approve", school.grades[0])
    school.told("approve", school.grades[2])
    school.told("return", school.grades[1])
    student = school.system.get(Enrollment, school.grades[1].enrollment_id)
    assert school.stage.told(INSTITUTION, "withdraw", student, table=ENROLLMENT, reason=REASON) == "done"
    assert school.stage.status(sheet) == SheetStatus.APPROVED
    assert school.states() == [APPROVED, DRAFT, APPROVED]


def test_withdrawing_gives_the_rows_back_without_hours(school):
    sheet = school.submitted()
    assert school.told("withdraw", sheet) == "done"
    assert school.states() == [DRAFT] * 3
    assert [row.hours for row in school.grades] == [None] * 3
    assert school.told("submit", sheet) == "done"


# ---------------------------------------------------------------- afterwards
def test_revoking_a_row_takes_its_hours_back_and_leaves_the_sheet_settled(school):
    sheet = school.submitted()
    school.told("approve", sheet)
    assert school.told("revoke", school.grades[1]) == "done"
    assert school.states() == [APPROVED, REVOKED, APPROVED]
    assert sum(hours for number, hours in school.posted() if number == 1) == 0
    assert school.stage.status(sheet) == SheetStatus.APPROVED
    with pytest.raises(engine.WorkflowError, match="必须填写原因"):
        school.stage.fire(OFFICE, "revoke", school.grades[0], table=GRADE)


def test_taking_back_a_whole_sheet_leaves_rows_decided_by_themselves_alone(school):
    sheet = school.submitted()
    school.told("approve", school.grades[0])
    batch = school.stage.fire(OFFICE, "approve", sheet, table=GRADE_SHEET).batch_key
    assert school.told("undo_approve", sheet, parameters={"batch": batch}) == "done"
    assert school.states() == [APPROVED, SUBMITTED, SUBMITTED]
    assert school.stage.status(sheet) == SheetStatus.SUBMITTED
    assert [hours for number, hours in school.posted() if number == 0] == [Decimal(32)]
    assert sum(hours for number, hours in school.posted() if number == 1) == 0


def test_taking_back_a_row_lets_its_settled_sheet_wait_again(school):
    sheet = school.submitted()
    batch = school.stage.fire(OFFICE, "approve", *school.grades, table=GRADE).batch_key
    assert school.stage.status(sheet) == SheetStatus.APPROVED
    assert school.told("undo_approve", school.grades[1], parameters={"batch": batch}) == "done"
    assert school.stage.status(sheet) == SheetStatus.SUBMITTED
    assert school.stage.last_journal(sheet).action == "unsettle"
    assert school.told("approve", sheet) == "done"
    assert sum(hours for number, hours in school.posted() if number == 1) == Decimal(30)


def test_what_was_revoked_since_is_not_taken_back_with_the_sheet(school):
    sheet = school.submitted()
    batch = school.stage.fire(OFFICE, "approve", sheet, table=GRADE_SHEET).batch_key
    school.told("revoke", school.grades[1])
    assert school.told("undo_approve", sheet, parameters={"batch": batch}) == "done"
    assert school.states() == [SUBMITTED, REVOKED, SUBMITTED]


def test_every_change_of_a_sheet_stands_in_the_journal(school):
    sheet = school.made()
    school.sheet(grade_sheets.remove_rows, sheet, [school.grades[0].id])
    school.sheet(grade_sheets.add_rows, sheet)
    actions = school.system.scalars(
        select(JournalEntry.action)
        .where(JournalEntry.object_type == "grade_sheet", JournalEntry.object_id == sheet.id)
        .order_by(JournalEntry.id)
    )
    assert list(actions) == ["create", "remove_rows", "add_rows"]
    assert school.system.get(TrainingClass, sheet.class_id) is school.klass


def test_a_sheet_of_another_office_is_not_there(school):
    sheet = school.submitted()
    assert make_sheet(school.system, school.klass).number == 2
    assert school.told("approve", sheet, who="luoyang_admin") == "missing"
    assert school.told("approve", sheet, who="jinshui_admin") == "missing"
    assert school.told("approve", sheet, who="health_admin") == "missing"
    assert school.told("approve", sheet, who="province_admin") == "scope"
