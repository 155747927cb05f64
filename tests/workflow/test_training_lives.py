"""Plans, classes, students and grade sheets: each guard with success and failure side by side, and what follows a decision."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from factories import YEAR, make_account, make_claim, make_person, put_status
from sqlalchemy import select
from stage import CLAIM, REASON
from training_rows import FIRST, LAST, make_class, make_grade, make_plan, make_sheet, make_student

from models import Account, LedgerEntry, Notice, Organization, Person, YearSummary
from models.enums import GradeStatus
from services.reuse import activity_key
from workflow.engine import sentence_of
from workflow.grading import GRADE, GRADE_SHEET
from workflow.training import ENROLLMENT, TRAINING_CLASS, TRAINING_PLAN
from workflow.undo import BATCH

OFFICE = "zhengzhou_admin"


@pytest.fixture
def academy(stage):
    return stage.row(Organization, "academy")


@pytest.fixture
def plan(stage, academy):
    """Return a function that makes a plan of the academy."""
    return lambda **columns: make_plan(stage.system, academy, **columns)


@pytest.fixture
def student(stage):
    """Return a function that makes somebody of the hospital who has nothing else."""
    return lambda **columns: make_person(
        stage.system, "新学员", stage.row(Organization, "hospital"), **columns
    )


@pytest.fixture
def sheet(stage, plan, student):
    """Return a function that makes a sheet of a finished class with a grade for each result, and these grades."""

    def make(*results, status="submitted", klass=None, **of_plan):
        klass = klass or make_class(stage.system, plan(**of_plan))
        row = make_sheet(stage.system, klass, status=status)
        grades = [
            make_grade(stage.system, klass, student(), status=status, result=result, sheet=row)
            for result in results
        ]
        return row, grades

    return make


def submit(stage, row, who="academy_admin"):
    return stage.told(who, "submit", row, table=GRADE_SHEET)


def decide(stage, name, row, table=GRADE_SHEET, who=OFFICE, **more):
    return stage.told(who, name, row, table=table, reason=REASON, **more)


def entries(stage, grade):
    statement = select(LedgerEntry.hours).where(
        LedgerEntry.source_type == "grade", LedgerEntry.source_id == grade.id
    )
    return list(stage.system.scalars(statement.order_by(LedgerEntry.id)))


def year_of(stage, grade):
    return stage.system.scalars(select(YearSummary).where(YearSummary.person_id == grade.person_id)).one()


# ---------------------------------------------------------------- plans
@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "done"),
        ({"courses": (10, Decimal("19.5"), Decimal("0.5"))}, "done"),
        ({"courses": (10, 10)}, "courses_differ"),
        ({"courses": ()}, "courses_differ"),
        ({"end_date": dt.date(YEAR + 1, 1, 3)}, "outside_year"),
        ({"credit_year": YEAR - 1, "start_date": dt.date(YEAR - 1, 3, 1), "end_date": dt.date(YEAR - 1, 4, 1)},
         "year_over"),
    ],
)  # fmt: skip
def test_a_plan_is_submitted_when_it_adds_up(stage, plan, columns, told):
    assert stage.told("academy_admin", "submit", plan(status="draft", **columns), table=TRAINING_PLAN) == told


@pytest.mark.parametrize(
    ("subject", "authority", "office"),
    [("public", None, "zhengzhou"), ("specialty", None, "zhengzhou"),
     ("public", "health", "zhengzhou"), ("specialty", "health", "health")],
)  # fmt: skip
def test_a_plan_goes_to_the_bureau_or_for_the_specialty_to_the_authority(
    stage, academy, plan, subject, authority, office
):
    academy.authority_id = stage.row(Organization, authority).id if authority else None
    row = plan(status="draft", subject=subject)
    assert stage.told("academy_admin", "submit", row, table=TRAINING_PLAN) == "done"
    assert stage.row_of(row).approver_id == stage.row(Organization, office).id


def test_a_plan_needs_an_active_office(stage, plan):
    put_status(stage.system, stage.row(Organization, "zhengzhou"), "disabled")
    assert stage.told("academy_admin", "submit", plan(status="draft"), table=TRAINING_PLAN) == "no_approver"


def test_a_refused_plan_is_mended_and_submitted_again(stage, plan):
    row = plan(status="submitted")
    assert decide(stage, "reject", row, TRAINING_PLAN) == "done"
    assert (stage.row_of(row).reason, row.decided_by_id) == (REASON, stage.actor(OFFICE).account_id)
    assert stage.told("academy_admin", "submit", row, table=TRAINING_PLAN) == "done"
    assert (stage.row_of(row).reason, row.decided_at) == (None, None)


def test_an_approval_is_taken_back_until_a_class_is_planned(stage, plan):
    used, unused = plan(status="submitted"), plan(status="submitted")
    batch = stage.fire(OFFICE, "approve", used, unused, table=TRAINING_PLAN).batch_key
    make_class(stage.system, used, status="planned")
    for row, told in ((unused, "done"), (used, "has_classes")):
        assert decide(stage, "undo_approve", row, TRAINING_PLAN, parameters={BATCH: batch}) == told


@pytest.mark.parametrize(
    ("status", "told"), [("finished", "done"), ("cancelled", "done"), ("running", "open_classes")]
)
def test_a_plan_is_closed_when_its_classes_are_over(stage, plan, status, told):
    row = plan()
    make_class(stage.system, row, status=status)
    assert stage.told("academy_admin", "close", row, table=TRAINING_PLAN) == told


# ---------------------------------------------------------------- classes
@pytest.mark.parametrize(
    ("of_plan", "columns", "told"),
    [
        ({}, {}, "done"),
        ({"status": "closed"}, {}, "plan_not_approved"),
        ({}, {"start_date": FIRST - dt.timedelta(1)}, "outside_plan"),
        ({}, {"end_date": LAST + dt.timedelta(1)}, "outside_plan"),
    ],
)
def test_a_class_is_published_under_an_approved_plan_and_within_its_days(stage, plan, of_plan, columns, told):
    row = make_class(stage.system, plan(**of_plan), status="planned", **columns)
    assert stage.told("academy_admin", "publish", row, table=TRAINING_CLASS) == told


@pytest.mark.parametrize(
    ("name", "status", "day", "told"),
    [
        ("start", "published", FIRST, "done"),
        ("start", "published", FIRST - dt.timedelta(1), "too_early"),
        ("finish", "running", FIRST + dt.timedelta(4), "done"),
        ("finish", "running", FIRST + dt.timedelta(3), "not_over"),
    ],
)
def test_a_class_starts_and_ends_on_its_days(stage, plan, name, status, day, told):
    row = make_class(stage.system, plan(), status=status)
    assert stage.told("academy_admin", name, row, table=TRAINING_CLASS, today=day) == told


def test_a_class_with_a_sheet_is_neither_reopened_nor_cancelled(stage, plan, student):
    free, bound = make_class(stage.system, plan()), make_class(stage.system, plan())
    make_grade(stage.system, bound, student(), sheet=make_sheet(stage.system, bound))
    for row, told in ((free, "done"), (bound, "has_sheets")):
        assert stage.told("academy_admin", "reopen", row, table=TRAINING_CLASS) == told


# ---------------------------------------------------------------- students
@pytest.mark.parametrize(
    ("state", "told"),
    [("draft", "done"), ("returned", "done"), ("submitted", "grade_declared"), ("approved", "grade_declared"),
     ("revoked", "grade_declared")],
)  # fmt: skip
def test_a_student_leaves_before_his_grade_is_declared(stage, plan, student, state, told):
    row = make_grade(stage.system, make_class(stage.system, plan()), student(), status=state)
    assert stage.told("academy_admin", "withdraw", row.enrollment, table=ENROLLMENT, reason=REASON) == told
    if told == "done":
        assert (stage.row_of(row).sheet_id, row.status) == (None, GradeStatus.DRAFT)


def test_the_last_returned_student_who_leaves_settles_the_sheet(stage, sheet):
    row, (kept, leaving) = sheet("passed", "passed")
    assert decide(stage, "approve", kept, GRADE) == "done"
    assert decide(stage, "return", leaving, GRADE) == "done"
    assert stage.row_of(row).status == "returned"
    student = stage.row_of(leaving).enrollment
    assert stage.told("academy_admin", "withdraw", student, table=ENROLLMENT, reason=REASON) == "done"
    assert stage.row_of(row).status == "approved"


def test_somebody_comes_back_where_there_is_room(stage, plan, student):
    klass = make_class(stage.system, plan(), status="running", capacity=1)
    left = make_student(stage.system, klass, student(), status="withdrawn")
    other = make_student(stage.system, klass, student())
    restore = lambda: stage.told("academy_admin", "restore", left, table=ENROLLMENT)  # noqa: E731
    assert restore() == "class_full"
    put_status(stage.system, other, "withdrawn", reason=REASON)
    assert restore() == "done"


# ---------------------------------------------------------------- sheets declared
def test_hours_are_the_plans_for_the_result(stage, sheet):
    row, grades = sheet("excellent", "passed", "failed", status="draft", excellent_hours=Decimal(36))
    assert submit(stage, row) == "done"
    assert [stage.row_of(grade).hours for grade in grades] == [36, 30, 0]
    assert {grade.status for grade in grades} == {GradeStatus.SUBMITTED}


@pytest.mark.parametrize(
    ("results", "told"), [(("passed",), "done"), ((), "no_rows"), (("passed", None), "not_graded")]
)
def test_a_sheet_has_rows_and_every_row_a_result(stage, sheet, results, told):
    row, _grades = sheet(*results, status="draft")
    assert submit(stage, row) == told


@pytest.mark.parametrize(
    ("minimum", "attendance", "result", "told"),
    [(None, None, "passed", "done"), (80, 80, "passed", "done"), (80, 79, "passed", "absent"),
     (80, None, "excellent", "absent"), (80, 10, "failed", "done")],
)  # fmt: skip
def test_who_was_absent_does_not_pass(stage, plan, sheet, minimum, attendance, result, told):
    klass = make_class(stage.system, plan(), attendance_minimum=minimum)
    row, (grade,) = sheet(result, status="draft", klass=klass)
    grade.enrollment.attendance = attendance
    assert submit(stage, row) == told


def test_a_sheet_is_submitted_when_the_class_is_over_and_the_year_open(stage, plan, sheet):
    running = make_class(stage.system, plan(), status="running")
    assert submit(stage, sheet("passed", status="draft", klass=running)[0]) == "class_not_finished"
    row = sheet("passed", status="draft")[0]
    closed = dt.date(YEAR + 1, 4, 1)
    assert stage.told("academy_admin", "submit", row, table=GRADE_SHEET, today=closed) == "year_closed"


def test_a_sheet_is_withdrawn_until_somebody_decides(stage, sheet):
    row, (first, second) = sheet("passed", "passed")
    assert stage.told("academy_admin", "withdraw", row, table=GRADE_SHEET) == "done"
    assert (stage.row_of(first).status, first.hours) == (GradeStatus.DRAFT, None)
    assert submit(stage, row) == "done"
    assert decide(stage, "approve", second, GRADE) == "done"
    assert stage.told("academy_admin", "withdraw", row, table=GRADE_SHEET) == "decided_in_part"


# ---------------------------------------------------------------- sheets decided
def test_a_whole_sheet_posts_the_hours_of_everybody_who_passed(stage, sheet):
    row, (best, passed, failed) = sheet("excellent", "passed", "failed")
    assert decide(stage, "approve", row) == "done"
    assert [entries(stage, grade) for grade in (best, passed, failed)] == [[30], [30], []]
    assert {stage.row_of(grade).status for grade in (best, passed, failed)} == {GradeStatus.APPROVED}
    assert year_of(stage, passed).public_hours == 30
    assert stage.last_journal(passed).on_behalf_of_id == passed.person_id


def test_a_returned_sheet_comes_back_mended(stage, sheet):
    row, grades = sheet("passed", "failed")
    assert decide(stage, "return", row) == "done"
    assert {(grade.status, grade.reason) for grade in map(stage.row_of, grades)} == {
        (GradeStatus.RETURNED, REASON)
    }
    grades[1].result = "passed"
    assert submit(stage, row) == "done"
    assert decide(stage, "approve", row) == "done"
    assert [entries(stage, grade) for grade in grades] == [[30], [30]]


def test_rows_decided_one_by_one_settle_their_sheet(stage, sheet):
    row, (first, second, third) = sheet("passed", "passed", "passed")
    assert decide(stage, "approve", first, GRADE) == "done"
    assert stage.row_of(row).status == "submitted"
    assert decide(stage, "return", second, GRADE) == "done"
    assert decide(stage, "approve", row) == "returned_in_part"
    assert decide(stage, "approve", third, GRADE) == "done"
    assert (stage.row_of(row).status, row.reason) == ("returned", REASON)
    assert stage.last_journal(row).action == "settle"
    assert submit(stage, row) == "done"
    assert [stage.row_of(grade).status for grade in (first, second, third)] == [
        "approved",
        "submitted",
        "approved",
    ]
    assert decide(stage, "approve", second, GRADE) == "done"
    assert stage.row_of(row).status == "approved"


def test_a_sheet_says_which_sentence_of_a_row_stops_it(stage, plan, sheet):
    row, (good, bad) = sheet("passed", "passed", name="公需科目 2026")
    make_claim(stage.system, bad.person, status="approved", activity_key=activity_key("公需科目２０２６"),
               start_date=FIRST, end_date=FIRST)  # fmt: skip
    assert decide(stage, "approve", row) == "row_claimed"
    assert "不能重复认定" in sentence_of(GRADE_SHEET["approve"], "row_claimed")
    assert entries(stage, good) == []
    assert decide(stage, "return", bad, GRADE) == "done"
    assert decide(stage, "approve", good, GRADE) == "done"


def test_nobody_decides_about_his_own_grade(stage, plan):
    klass = make_class(stage.system, plan())
    own = make_person(stage.system, "官员", stage.row(Organization, "hospital"),
                      citizen_id=stage.system.get(Account, stage.actor(OFFICE).account_id).citizen_id)  # fmt: skip
    grade = make_grade(stage.system, klass, own, status="submitted")
    assert decide(stage, "approve", grade, GRADE) == "own_grade"
    assert decide(stage, "approve", grade.sheet) == "row_own_grade"
    colleague = make_account(stage.system, organization=stage.row(Organization, "zhengzhou"))
    stage.world.actors["colleague"] = stage.world.actors[OFFICE].__class__(
        colleague.id, colleague.user_type, colleague.organization_id, None, None, colleague.citizen_id_index,
        stage.actor(OFFICE).regions, "")  # fmt: skip
    try:
        assert decide(stage, "approve", grade.sheet, who="colleague") == "done"
    finally:
        del stage.world.actors["colleague"]


def test_a_revoked_grade_takes_its_hours_back(stage, sheet):
    row, (grade,) = sheet("passed")
    decide(stage, "approve", row)
    assert decide(stage, "revoke", grade, GRADE) == "done"
    assert entries(stage, grade) == [30, -30]
    assert year_of(stage, grade).public_hours == 0
    assert stage.row_of(row).status == "approved"


@pytest.mark.parametrize("name", ["approve", "return"])
def test_a_decision_about_a_sheet_is_taken_back_with_all_its_rows(stage, sheet, name):
    row, grades = sheet("passed", "failed")
    batch = stage.fire(OFFICE, name, row, table=GRADE_SHEET, reason=REASON).batch_key
    assert decide(stage, f"undo_{name}", row, parameters={BATCH: batch}) == "done"
    assert {stage.row_of(grade).status for grade in grades} == {GradeStatus.SUBMITTED}
    assert entries(stage, grades[0]) == ([30, -30] if name == "approve" else [])
    assert decide(stage, "approve", row) == "done"
    assert sum(entries(stage, grades[0])) == 30


def test_a_row_taken_back_lets_its_sheet_wait_again(stage, sheet):
    row, (grade,) = sheet("passed")
    batch = stage.fire(OFFICE, "approve", grade, table=GRADE).batch_key
    assert stage.row_of(row).status == "approved"
    assert decide(stage, "undo_approve", grade, GRADE, parameters={BATCH: batch}) == "done"
    assert (stage.row_of(row).status, row.decided_at) == ("submitted", None)
    assert decide(stage, "approve", row) == "done"
    assert entries(stage, grade) == [30, -30, 30]


def test_students_and_the_institution_are_told_when_it_is_final(stage, academy, plan):
    doctor = stage.row(Person, "doctor")
    klass = make_class(stage.system, plan(name="公需科目"), name="第一期")
    grade = make_grade(stage.system, klass, doctor, status="submitted")
    decide(stage, "approve", grade.sheet)
    told = stage.system.execute(
        select(Notice.title, Notice.link).where(Notice.held_until.is_not(None)).order_by(Notice.id)
    )
    assert [tuple(row) for row in told] == [
        ("培训成绩已认定：公需科目 第一期", f"/admin/grade/details/?id={grade.id}"),
        ("成绩单已办结：公需科目 第一期", f"/admin/grade-sheet/details/?id={grade.sheet_id}"),
    ]


def told_about(stage, row, who="academy_admin"):
    """Return title, reason and whether it waits of each message somebody has about a row's page."""
    page = f"/admin/{type(row).__tablename__.replace('_', '-')}/details/?id={row.id}"
    statement = select(Notice).where(Notice.account_id == stage.actor(who).account_id, Notice.link == page)
    return [
        (notice.title, notice.body, notice.held_until is not None)
        for notice in stage.system.scalars(statement.order_by(Notice.id))
    ]


def test_the_institution_is_told_what_became_of_a_sheet_decided_row_by_row(stage, plan, sheet):
    klass = make_class(stage.system, plan(name="公需科目"), name="第一期")
    row, (first, second) = sheet("passed", "passed", klass=klass)
    assert decide(stage, "return", first, GRADE) == "done"
    assert told_about(stage, row) == [], "not before the last row"
    batch = stage.fire(OFFICE, "approve", second, table=GRADE).batch_key
    returned = ("成绩单有学员被退回，请修改后重新申报：公需科目 第一期", "", True)
    assert told_about(stage, row) == [returned]
    assert decide(stage, "undo_approve", second, GRADE, parameters={BATCH: batch}) == "done"
    assert told_about(stage, row) == [], "taken back before anybody read it"
    assert decide(stage, "approve", second, GRADE) == "done"
    assert submit(stage, row) == "done"
    assert decide(stage, "approve", first, GRADE) == "done"
    assert [title for title, _reason, _held in told_about(stage, row)] == [
        returned[0],
        "成绩单已办结：公需科目 第一期",
    ]


def test_a_sheet_that_waits_again_is_told_of_by_nobody(stage, sheet):
    row, (first, second) = sheet("passed", "passed")
    batch = stage.fire(OFFICE, "approve", first, table=GRADE).batch_key
    assert decide(stage, "approve", second, GRADE) == "done"
    assert len(told_about(stage, row)) == 1
    assert decide(stage, "undo_approve", first, GRADE, parameters={BATCH: batch}) == "done"
    assert told_about(stage, row) == []


def test_a_student_who_leaves_settles_the_sheet_without_a_message_to_who_did_it(stage, sheet):
    row, (kept, leaving) = sheet("passed", "passed")
    decide(stage, "return", leaving, GRADE)
    decide(stage, "approve", kept, GRADE)
    before = told_about(stage, row)
    stage.told("academy_admin", "withdraw", leaving.enrollment, table=ENROLLMENT, reason=REASON)
    assert stage.row_of(row).status == "approved"
    assert told_about(stage, row) == before


def test_the_institution_is_told_of_revoked_rows_once_a_sheet(stage, plan, sheet):
    klass = make_class(stage.system, plan(name="公需科目"), name="第一期")
    row, grades = sheet("passed", "passed", klass=klass)
    decide(stage, "approve", row)
    stage.fire(OFFICE, "revoke", *grades, table=GRADE, reason=REASON)
    assert told_about(stage, row)[1:] == [("成绩单中有已认定的成绩被撤销：公需科目 第一期", REASON, False)]


def test_students_and_once_their_employers_are_told_of_a_cancelled_class(stage, plan, student):
    klass = make_class(stage.system, plan(name="公需科目"), name="第一期", status="published")
    doctor = stage.row(Person, "doctor")
    own = make_student(stage.system, klass, doctor)
    colleague, gone = student(), student()
    make_student(stage.system, klass, colleague)
    left = make_student(stage.system, klass, gone, status="withdrawn")
    accounts = {person.id: make_account(stage.system, person=person).id for person in (colleague, gone)}
    assert stage.told("academy_admin", "cancel", klass, table=TRAINING_CLASS, reason=REASON) == "done"
    assert told_about(stage, own, "doctor") == [("培训班已取消：公需科目 第一期", REASON, False)]
    assert stage.count(Notice, Notice.account_id == accounts[colleague.id]) == 1
    assert stage.count(Notice, Notice.account_id == accounts[gone.id]) == 0, left
    statement = select(Notice.title, Notice.body).where(Notice.link == f"/admin/enrollment/?class={klass.id}")
    hospital = stage.actor("hospital_admin")
    theirs = stage.system.execute(statement.where(Notice.account_id == hospital.account_id)).all()
    assert [tuple(row) for row in theirs] == [("本单位人员的培训班已取消：公需科目 第一期", REASON)]
    of_hospital = select(Account.id).where(Account.organization_id == hospital.organization_id)
    strangers = (
        Notice.link == f"/admin/enrollment/?class={klass.id}",
        Notice.account_id.not_in(of_hospital),
    )
    assert stage.count(Notice, *strangers) == 0


# ---------------------------------------------------------------- the same hours twice
def same_activity(stage, person, **columns):
    columns = {"activity_key": activity_key("第一期"), "start_date": FIRST, "end_date": FIRST, **columns}
    return make_claim(stage.system, person, **columns)


def named(title, **columns):
    """Return what a claim of this title has that names other days than the class had."""
    return {
        "title": title,
        "activity_key": activity_key(title),
        "start_date": LAST,
        "end_date": LAST,
        **columns,
    }


@pytest.mark.parametrize(
    ("state", "columns", "submitted", "approved"),
    [
        ("approved", {}, "taught", "class_hours"),
        ("submitted", {}, "taught", "done"),
        ("returned", {}, "done", "done"),
        ("revoked", {}, "done", "done"),
        ("approved", {"activity_key": activity_key("第二期")}, "done", "done"),
        ("approved", {"start_date": LAST, "end_date": LAST}, "done", "done"),
        ("approved", named("护理计划：第一期"), "taught", "class_hours"),
        ("approved", named("护理计划 - 第一期"), "taught", "class_hours"),
        ("approved", named("护理计划：第二期"), "done", "done"),
        ("approved", named("护理计划"), "taught", "class_hours"),
    ],
)
def test_what_a_class_gave_hours_for_is_not_claimed_again(
    stage, plan, student, state, columns, submitted, approved
):
    person = student()
    make_account(stage.system, person=person)
    stage.world.actors["学员"] = stage.actor_of(
        stage.system.scalars(select(Account).where(Account.person_id == person.id)).one()
    )
    try:
        make_grade(
            stage.system, make_class(stage.system, plan(name="护理计划"), name="第一期"), person, status=state
        )
        draft = same_activity(stage, person, **columns)
        declared = same_activity(stage, person, status="declared", evidence_key="other", **columns)
        assert stage.told("学员", "submit", draft, table=CLAIM) == submitted
        assert stage.told("jinshui_admin", "approve", declared, table=CLAIM) == approved
    finally:
        del stage.world.actors["学员"]


@pytest.mark.parametrize(("year", "told"), [(YEAR, "class_hours"), (YEAR - 1, "done")])
@pytest.mark.parametrize("title", ["护理计划", "护理计划：第一期"])
def test_the_name_of_a_plan_is_of_one_year(stage, plan, student, title, year, told):
    person, given = student(), plan(name="护理计划", credit_year=year)
    make_grade(stage.system, make_class(stage.system, given, name="第一期"), person, status="approved")
    declared = make_claim(stage.system, person, status="declared", **named(title))
    assert stage.told("jinshui_admin", "approve", declared, table=CLAIM) == told


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ({"same_plan": True}, "attended_twice"),
        ({"name": "第一期"}, "attended_twice"),
        ({"name": "第一期", "start_date": LAST, "end_date": LAST}, "done"),
        ({"name": "第二期"}, "done"),
    ],
)
def test_the_same_training_counts_once(stage, plan, student, second, told):
    person, first_plan = student(), plan()
    first = make_class(stage.system, first_plan, name="第一期")
    make_grade(stage.system, first, person, status="approved")
    columns = {name: value for name, value in second.items() if name != "same_plan"}
    other_plan = first_plan if "same_plan" in second else plan()
    again = make_grade(
        stage.system, make_class(stage.system, other_plan, **columns), person, status="submitted"
    )
    assert decide(stage, "approve", again, GRADE) == told
    resit = make_grade(
        stage.system, make_class(stage.system, first_plan), person, status="submitted", result="failed"
    )
    assert decide(stage, "approve", resit, GRADE) == "done", "who failed gets no hours twice"
