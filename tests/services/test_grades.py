"""Grades typed and brought by workbook: only what one may change, only rows nobody else changed, each change journaled."""

from __future__ import annotations

import contextlib
import io
from decimal import Decimal

import pytest
from factories import make_person
from sqlalchemy import event, select
from training_rows import make_class, make_grade, make_plan, make_sheet, make_student
from workbooks import cells, workbook

from models import JournalEntry, Organization, TrainingClass
from models.enums import GradeResult
from services import grade_book, grades
from services.errors import InputError
from services.grades import Mark, Typed

EXCELLENT, PASSED, FAILED = GradeResult


class Desk:
    """The academy's administrator at work on a class of three, one of whom came too seldom."""

    def __init__(self, world, open_session):
        self.world, self.open, self.system = world, open_session, open_session("all")
        academy = self.system.get(Organization, world.id(Organization, "academy"))
        hospital = self.system.get(Organization, world.id(Organization, "hospital"))
        plan = make_plan(self.system, academy)
        self.klass = make_class(self.system, plan, attendance_minimum=80)
        self.other = make_class(self.system, plan)
        self.people = [make_person(self.system, name, hospital) for name in ("甲", "乙", "丙")]
        students = [
            make_student(self.system, self.klass, person, attendance=attendance)
            for person, attendance in zip(self.people, (95, None, 79), strict=True)
        ]
        self.grades = [
            make_grade(self.system, self.klass, person, result=None, student=student)
            for person, student in zip(self.people, students, strict=True)
        ]
        self.system.commit()

    @contextlib.contextmanager
    def acting(self, who="academy_admin"):
        self.system.commit()
        session = self.open(self.world.actors[who])
        try:
            yield session, self.world.actors[who]
            session.commit()
        finally:
            session.close()

    def save(self, *typed, who="academy_admin", klass=None, **more):
        with self.acting(who) as (session, actor):
            return grades.save(session, actor, (klass or self.klass).id, typed, **more)

    def typed(self, number, result, score=None, *, seen=None, revision=None):
        grade = self.stored(number)
        mark = Mark(result, None if score is None else Decimal(score))
        return Typed(grade.id, revision or grade.revision, seen or Mark(grade.result, grade.score), mark)

    def stored(self, number):
        self.system.refresh(self.grades[number])
        return self.grades[number]

    def mark(self, number):
        return Mark(self.stored(number).result, self.stored(number).score)

    def journal(self, number):
        rows = self.system.scalars(
            select(JournalEntry)
            .where(JournalEntry.object_type == "grade", JournalEntry.object_id == self.grades[number].id)
            .order_by(JournalEntry.id)
        )
        return [(row.action, row.details.get("change")) for row in rows]

    # ------------------------------------------------------------ workbooks
    def book(self):
        file = io.BytesIO()
        with self.acting() as (session, actor):
            grade_book.write(session, actor, session.get(TrainingClass, self.klass.id), file)
        return cells(file.getvalue())

    def compare(self, rows, head=None):
        data = workbook(rows, head or self.book()[0], sheet=grade_book.SHEET)
        with self.acting() as (session, actor):
            return grade_book.compare(
                session, actor, session.get(TrainingClass, self.klass.id), "成绩.xlsx", data
            )


@pytest.fixture
def desk(world, open_session):
    return Desk(world, open_session)


@pytest.mark.parametrize(
    ("text", "result"),
    [("", None), (" 优 ", EXCELLENT), ("1", EXCELLENT), ("Y", EXCELLENT), ("合格", PASSED), ("2", PASSED),
     ("h", PASSED), ("不", FAILED), ("failed", FAILED), ("良", ValueError), ("4", ValueError)],
)  # fmt: skip
def test_a_result_is_read_however_it_is_typed(text, result):
    if result is ValueError:
        with pytest.raises(ValueError, match=r"优秀.*合格.*不合格"):
            grades.read_result(text)
    else:
        assert grades.read_result(text) is result


@pytest.mark.parametrize("text", ["-1", "100.1", "85.55", "NaN", "Infinity", "1e9", "八十"])
def test_a_score_that_is_none_is_refused_with_the_way_out(text):
    with pytest.raises(ValueError, match="0 至 100 的数，最多一位小数"):
        grades.read_score(text)


@pytest.mark.parametrize(
    ("text", "score"), [("", None), ("0", "0"), ("100", "100"), (" 85.5 ", "85.5"), ("1e1", "10")]
)
def test_a_score_is_read(text, score):
    assert grades.read_score(text) == (None if score is None else Decimal(score))


def test_typed_marks_are_stored_in_sets_and_journaled_with_what_stood_there(desk):
    statements, klass = [], desk.klass.id
    typed = [desk.typed(0, EXCELLENT, "90.5"), desk.typed(1, PASSED), desk.typed(2, None)]
    with desk.acting() as (session, actor):
        event.listen(session.get_bind(), "before_cursor_execute", lambda *args: statements.append(args[2]))
        saved = grades.save(session, actor, klass, typed)
    assert len(saved.done) == 2
    assert [text.split()[0] for text in statements if "SAVEPOINT" not in text] == [
        "SELECT",
        "UPDATE",
        "INSERT",
    ]
    assert [desk.mark(n) for n in range(3)] == [Mark(EXCELLENT, Decimal("90.5")), Mark(PASSED), Mark()]
    assert desk.journal(0) == [("edit", "无 → 优秀 90.5")]
    assert desk.journal(2) == []
    desk.save(desk.typed(0, None))
    assert desk.mark(0) == Mark()
    assert desk.journal(0)[-1] == ("edit", "优秀 90.5 → 无")


def test_a_row_somebody_changed_meanwhile_is_shown_and_the_others_are_saved(desk):
    mine, other = desk.typed(0, PASSED, "70"), desk.typed(1, PASSED)
    desk.save(desk.typed(0, EXCELLENT, "95"))
    saved = desk.save(mine, other)
    assert saved.done == [other.key]
    assert saved.conflicts[mine.key].mark == Mark(EXCELLENT, Decimal(95))
    assert desk.mark(0) == Mark(EXCELLENT, Decimal(95))
    again = Typed(mine.key, saved.conflicts[mine.key].revision, saved.conflicts[mine.key].mark, mine.mark)
    assert desk.save(again).done == [mine.key]
    assert desk.mark(0) == mine.mark


def test_rows_left_alone_or_changed_to_the_same_by_both_are_no_conflict(desk):
    untouched, same = desk.typed(0, None), desk.typed(1, PASSED)
    desk.save(desk.typed(0, EXCELLENT), desk.typed(1, PASSED))
    saved = desk.save(untouched, same)
    assert (saved.done, saved.conflicts, saved.closed) == ([], {}, [])
    assert desk.mark(0) == Mark(EXCELLENT)


@pytest.mark.parametrize("who", ["academy_admin", "doctor", "zhengzhou_admin", "hospital_admin"])
def test_what_may_not_be_changed_is_not(desk, who):
    declared = make_grade(desk.system, desk.other, desk.people[0], status="submitted")
    running = desk.system.get(TrainingClass, desk.world.id(TrainingClass, "class-published"))
    early = make_grade(desk.system, running, desk.people[1], result=None)
    wanted = [
        (desk.other, Typed(declared.id, declared.revision, Mark(PASSED), Mark(EXCELLENT))),
        (running, Typed(early.id, early.revision, Mark(), Mark(PASSED))),
        (desk.other, desk.typed(0, PASSED)),  # of another class
    ]
    for klass, typed in wanted:
        if who == "academy_admin":
            assert desk.save(typed, klass=klass).closed == [typed.key]
        else:
            with pytest.raises(InputError, match="没有填写成绩的权限"):
                desk.save(typed, klass=klass, who=who)
    for row, mark in ((declared, PASSED), (early, None), (desk.grades[0], None)):
        desk.system.refresh(row)
        assert row.result == mark


def test_the_roll_masks_identifiers_and_points_out_who_came_too_seldom(desk):
    with desk.acting() as (session, actor):
        roll = grades.roll(session, actor, session.get(TrainingClass, desk.klass.id))
        left = grades.roll(
            session, actor, session.get(TrainingClass, desk.klass.id), without_result=True, offset=2, limit=5
        )
    assert [(row.name, row.absent, row.editable) for row in roll] == [
        ("甲", False, True), ("乙", True, True), ("丙", True, True)
    ]  # fmt: skip
    assert all("**********" in row.citizen_id for row in roll)
    assert [row.name for row in left] == ["丙"]


# ---------------------------------------------------------------- workbooks
def test_a_workbook_that_was_not_changed_changes_nothing(desk):
    head, *rows = desk.book()
    assert [row[0] for row in rows] == ["甲", "乙", "丙"]
    assert all("**********" in row[1] for row in rows)
    found = desk.compare(rows, head)
    assert (found.changes, found.problems, found.same) == ([], [], 3)


def test_a_workbook_is_compared_before_anything_is_written_and_then_stored(desk):
    head, *rows = desk.book()
    rows[0][4], rows[0][5] = "优", 92.5
    rows[1][4] = "3"
    found = desk.compare(rows, head)
    assert [(change.number, change.typed.mark.text, change.conflict) for change in found.changes] == [
        (2, "优秀 92.5", False), (3, "不合格", False)
    ]  # fmt: skip
    assert desk.mark(0) == Mark()
    typed = [grade_book.read_change(change.code) for change in found.changes]
    assert len(desk.save(*typed, action="import").done) == 2
    assert desk.mark(0) == Mark(EXCELLENT, Decimal("92.5"))
    assert desk.journal(1) == [("import", "无 → 不合格")]


def test_a_row_changed_after_the_download_is_shown_beside_and_overwritten_only_if_chosen(desk):
    head, *rows = desk.book()
    desk.save(desk.typed(0, PASSED, "60"), desk.typed(1, PASSED))
    rows[0][4] = "优秀"
    found = desk.compare(rows, head)
    (change,) = found.changes  # the second was left alone in the file
    assert (change.conflict, change.typed.seen, change.student.mark.text) == (True, Mark(), "合格 60")
    assert desk.save(grade_book.read_change(change.code)).done == [change.student.key]
    assert desk.mark(0) == Mark(EXCELLENT)
    stale = grade_book.read_change(change.code)
    assert desk.save(stale).done == []


def test_bad_cells_are_named_by_row_and_column_letter_and_good_rows_go_in(desk):
    make_grade(desk.system, desk.other, desk.people[0], result=None)
    head, *rows = desk.book()
    swapped = [*rows[1][:7], rows[2][7]]
    bad = [
        [*rows[0][:4], "良", "101", *rows[0][6:]],
        swapped,
        [*rows[1][:7], "1|2"],
        [*rows[1][:7], "99999999|1||"],
        [*rows[1][:4], "合格", "", *rows[1][6:]],
        [*rows[0][:4], "合格", "", *rows[0][6:]],
    ]
    found = desk.compare(bad, head)
    assert [(problem.row, problem.letter, problem.sentence[:6]) for problem in found.problems] == [
        (2, "E", "成绩请填“优"), (2, "F", "分数须是 0"), (3, "A", "该行的标识是"), (4, "H", "行标识被改动"),
        (5, "H", "该行不是本班"), (7, "H", "与第 2 行"),
    ]  # fmt: skip
    assert [change.number for change in found.changes] == [6]


def test_a_declared_row_in_a_workbook_is_refused_only_where_it_was_changed(desk):
    sheet = make_sheet(desk.system, desk.klass, status="submitted")
    person = make_person(
        desk.system, "丁", desk.system.get(Organization, desk.world.id(Organization, "hospital"))
    )
    make_grade(desk.system, desk.klass, person, status="submitted", sheet=sheet)
    head, *rows = desk.book()
    assert desk.compare(rows, head).problems == []
    rows[3][4] = "优秀"
    (problem,) = desk.compare(rows, head).problems
    assert (problem.row, problem.sentence) == (5, "该学员的成绩“待审批”，不能修改")


@pytest.mark.parametrize(
    ("head", "rows", "sentence"),
    [(("姓名", "成绩"), [("甲", "优秀")], "表头里没有找到“分数”、“行标识（请勿改动）”列。请在“填写成绩”页"),
     (None, [], "文件里没有学员")],
)  # fmt: skip
def test_a_workbook_of_another_form_is_refused_with_the_way_out(desk, head, rows, sentence):
    with pytest.raises(InputError, match=sentence):
        desk.compare(rows, head)


@pytest.mark.parametrize("code", ["", "1|2|3", "x|1|||passed|", "1|1||||passed|", "1|1||||200"])
def test_a_change_that_came_back_altered_is_refused(code):
    with pytest.raises(ValueError):  # noqa: PT011  (its text is never shown)
        grade_book.read_change(code)
