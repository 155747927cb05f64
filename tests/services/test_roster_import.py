"""Import of students: every bad cell is named, good rows go in once, people nobody knows are listed and never made up."""

from __future__ import annotations

import io

import pytest
from factories import citizen_id, make_person
from roster_desk import HEAD, Desk
from sqlalchemy import event
from workbooks import cells, sheets, workbook

from models import ImportRun, Organization, TrainingClass
from models.enums import EnrollmentStatus, GradeResult, GradeStatus, ImportState
from services import import_runs, importing, roster, roster_template
from services.errors import InputError
from services.roster_import import UNKNOWN, RosterImport, same_office


@pytest.fixture
def desk(world, open_session):
    """The academy's administrator, at its running class, which records attendance."""
    desk = Desk(world, open_session)
    desk.set_class(attendance_minimum=80)
    return desk


# ---------------------------------------------------------------- 校验
def test_good_rows_are_checked_without_storing_anybody_and_then_imported(desk):
    before = desk.facts()
    run = desk.check(
        [
            desk.row("doctor", 单位="金水医院", 手机="138 0000-0000", 出勤率="95%", 成绩="优秀", 备注="随便"),
            desk.row("teacher"),
        ]
    )
    assert desk.facts() == before
    assert desk.errors(run) == {}
    desk.carry_out(run)
    student, grade = desk.student("doctor")
    assert (student.status, student.phone, student.attendance) == ("enrolled", "13800000000", 95)
    assert student.employer_id == desk.world.id(Organization, "hospital")
    assert (student.region_code, student.authority_id) == ("410105", desk.world.id(Organization, "health"))
    assert student.enrolled_by_id == desk.actor.account_id
    assert (grade.result, grade.status, grade.hours) == (GradeResult.EXCELLENT, GradeStatus.DRAFT, None)
    assert (grade.employer_id, grade.approver_id) == (
        student.employer_id,
        desk.world.id(Organization, "zhengzhou"),
    )
    assert desk.student("teacher").Grade.result is None
    assert desk.journal(student.id) == [("import", {"run": run})]


def test_the_same_file_twice_changes_nothing(desk):
    data = workbook([desk.row("doctor", 出勤率=90, 成绩="合格"), desk.row("nurse")], HEAD)
    first, second = desk.check(None, data=data), desk.check(None, data=data)
    desk.carry_out(first)
    before = desk.facts()
    desk.carry_out(second)
    again = desk.check(None, data=data)
    assert desk.counts(second) == (2, 2, 0, 2, 0)
    assert desk.counts(again) == (2, 0, 0, 2, 0)
    with pytest.raises(InputError, match="没有可以导入的行"):
        desk.begin(again)
    enrolments, grades, entries = desk.facts()
    assert (enrolments, grades) == (before[0], before[1])
    assert entries == before[2] + 1  # the second run says that it ended


BAD = (
    ({"姓名*": ""}, "A", "没有填写"),
    ({"姓名*": "别人"}, "A", "登记的姓名不是“别人”"),
    ({"身份证号*": ""}, "B", "请填写身份证号"),
    ({"身份证号*": 410105198001010000}, "B", "是按数字保存的"),
    ({"身份证号*": "4.10105E+17"}, "B", "设为“文本”格式"),
    ({"身份证号*": "410105198002300019"}, "B", "不是一个日期"),
    ({"姓名*": "生人", "身份证号*": citizen_id()}, "B", UNKNOWN),
    ({"单位": "洛阳学校"}, "C", "系统登记的单位是“金水医院”"),
    ({"手机": "12345"}, "D", "11 位数字"),
    ({"出勤率": "101"}, "E", "0 至 100 的整数"),
    ({"出勤率": "-1"}, "E", "0 至 100 的整数"),
    ({"出勤率": "全勤"}, "E", "0 至 100 的整数"),
    ({"出勤率": 0.955}, "E", "0 至 100 的整数"),
    ({"出勤率": 1}, "E", "分不清是 1% 还是 100%，请把该列设为“文本”格式"),
    ({"成绩": "良好"}, "F", "请填优秀、合格或不合格"),
    ({"成绩": "=1+1"}, "F", "没有“=1+1”这一项"),
)


@pytest.mark.parametrize(("typed", "column", "words"), BAD, ids=[f"{words}" for _t, _c, words in BAD])
def test_a_bad_cell_is_named_by_row_column_and_sentence(desk, typed, column, words):
    run = desk.check([desk.row("nurse"), desk.row("doctor", **typed)])
    [(place, sentence)] = desk.errors(run).items()
    assert place == (3, column)
    assert words in sentence
    assert desk.counts(run)[:3] == (2, 1, 1)


@pytest.mark.parametrize(
    ("typed", "attendance", "result"),
    [
        ({"出勤率": 0.95}, 95, None),  # a cell Excel shows as 95%
        ({"出勤率": 95.0}, 95, None),
        ({"出勤率": "1%"}, 1, None),
        ({"出勤率": 0}, 0, None),
        ({"出勤率": "100\uff05"}, 100, None),
        ({"成绩": "不"}, None, GradeResult.FAILED),
        ({"姓名*": "doc tor", "单位": "金水（医）院"}, None, None),
    ],
)
def test_what_can_be_understood_is_not_refused(desk, typed, attendance, result):
    desk.carry_out(desk.check([desk.row("doctor", **typed)]))
    student, grade = desk.student("doctor")
    assert (student.attendance, grade.result) == (attendance, result)


def test_full_attendance_is_understood_in_a_column_of_percentages(desk):
    typed = {"doctor": 1.0, "nurse": 0.95, "teacher": "1%"}
    desk.carry_out(desk.check([desk.row(who, 出勤率=percent) for who, percent in typed.items()]))
    assert [desk.student(who)[0].attendance for who in typed] == [100, 95, 1]


def test_one_among_whole_numbers_stays_unclear(desk):
    run = desk.check([desk.row("doctor", 出勤率=1), desk.row("nurse", 出勤率=95)])
    assert list(desk.errors(run)) == [(2, "E")]


@pytest.mark.parametrize(
    ("typed", "registered", "same"),
    [
        ("郑大一附院", "郑州大学第一附属医院", True),
        ("郑州大学第一附属医院（东区）", "郑州大学第一附属医院", True),
        ("郑州大学第二附属医院", "郑州大学第一附属医院", False),
        ("——", "郑州大学第一附属医院", False),
    ],
)
def test_an_abbreviation_names_the_same_employer(typed, registered, same):
    assert same_office(typed, registered) is same


def test_who_stands_twice_is_here_already_left_or_cannot_come_is_named(desk):
    with desk.watching() as session:
        hospital = session.get(Organization, desk.world.id(Organization, "hospital"))
        waiting = make_person(session, "候审", hospital, state="pending").citizen_id
        session.commit()
    run = desk.check(
        [
            desk.row("doctor"),
            desk.row("doctor"),
            desk.row("lecturer"),  # in the class
            desk.row("miller"),  # left it
            desk.row("veteran"),  # retired
            ["候审", waiting],
        ]
    )
    errors = desk.errors(run)
    assert set(errors) == {(3, "B"), (5, "A"), (6, "B"), (7, "B")}
    assert "与第 2 行相同" in errors[3, "B"]
    assert "恢复在册" in errors[5, "A"]
    assert "退休" in errors[6, "B"]
    assert "尚待其单位审核" in errors[7, "B"]
    assert desk.counts(run)[:4] == (6, 1, 4, 1)


@pytest.mark.parametrize(
    ("klass", "typed", "words"),
    [
        ("class-planned", {}, "不能登记学员，请先发布"),
        ("class-finished", {}, "不能登记学员"),
        ("class-cancelled", {}, "不能登记学员"),
        ("class-published", {"成绩": "合格"}, "还没有开班，不能填写成绩"),
        ("class-published", {"出勤率": "90"}, "没有设最低出勤率"),
        ("class-published", {}, ""),
    ],
)
def test_the_state_of_the_class_says_what_may_come_in(world, open_session, klass, typed, words):
    desk = Desk(world, open_session, klass)
    sentences = list(desk.errors(desk.check([desk.row("miller", **typed)])).values())
    assert len(sentences) == bool(words)
    assert words in "".join(sentences)


def test_rows_beyond_the_capacity_are_refused_in_the_order_of_the_file(desk):
    desk.set_class(capacity=3)  # the lecturer is in it
    run = desk.check(
        [desk.row("doctor"), desk.row("nurse", 手机="1"), desk.row("engineer"), desk.row("manager")]
    )
    errors = desk.errors(run)
    assert set(errors) == {(3, "D"), (5, "A")}
    assert "超出班级容量（3 人，还剩 2 人）" in errors[5, "A"]
    desk.set_class(capacity=2)  # lowered meanwhile
    desk.carry_out(run)
    assert desk.counts(run) == (4, 2, 3, 0, 1)
    assert desk.student("doctor")
    assert desk.student("engineer") is None


def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(desk):
    def statements(rows):
        seen = []
        with desk.open(desk.actor) as session:
            engine = session.get_bind()

            def note(_connection, _cursor, statement, *_rest):
                seen.extend([statement] if statement.startswith("SELECT") else [])

            event.listen(engine, "before_cursor_execute", note)
            try:
                lines = [
                    importing.Line(number, {"name": row[0], "citizen_id": row[1]}, {"name": "A"})
                    for number, row in enumerate(rows, 2)
                ]
                with importing.unscoped(session, "a test"):
                    RosterImport(desk.class_id).check(session, desk.actor, lines)
            finally:
                event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    few = [desk.row("doctor")]
    many = [*few, *(["生人", citizen_id()] for _ in range(2_500))]
    assert statements(few) == statements(many) == 3  # the class, the people, the places


# ---------------------------------------------------------------- 导入
def test_attendance_of_students_is_brought_along_while_it_may_change(desk):
    desk.klass = "class-finished"
    desk.set_class(attendance_minimum=80)
    run = desk.check(
        [
            desk.row("doctor", 出勤率=88),  # draft
            desk.row("engineer", 出勤率=88),  # approved
            desk.row("nurse", 成绩="不合格"),  # passed, submitted
        ]
    )
    errors = desk.errors(run)
    assert set(errors) == {(3, "E")} | {(4, "F")}
    assert "成绩已申报、已认定" in errors[3, "E"]
    assert "系统中的成绩为“合格”" in errors[4, "F"]
    desk.carry_out(run)
    student, _grade = desk.student("doctor")
    assert student.attendance == 88
    assert desk.journal(student.id) == [("attendance", {"attendance": [None, 88], "run": run})]
    assert desk.counts(desk.check([desk.row("doctor", 出勤率=88)]))[3] == 1


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(desk, monkeypatch):
    monkeypatch.setattr(import_runs, "PORTION", 2)
    people = ("doctor", "nurse", "engineer", "manager", "teacher")
    run = desk.check([desk.row(name) for name in people])
    desk.begin(run)
    assert desk.portion(run)
    desk.portion(run, killed=True)
    assert [bool(desk.student(name)) for name in people] == [True, True, False, False, False]
    while desk.portion(run):
        pass
    assert all(desk.student(name).Grade for name in people)
    assert desk.counts(run) == (5, 5, 0, 0, 5)
    with desk.watching() as session:
        assert session.get(ImportRun, run).state is ImportState.DONE


def test_bad_rows_come_back_as_a_workbook_and_strangers_as_a_list(desk):
    unknown = citizen_id()
    run = desk.check(
        [desk.row("doctor"), ["生人", unknown, "某单位", "13800000001"], desk.row("nurse", 手机="1")]
    )
    desk.carry_out(run)
    file, listed = io.BytesIO(), io.BytesIO()
    with desk.open(desk.actor) as session:
        stored = session.get(ImportRun, run)
        import_runs.write_problems(session, stored, file)
        people = roster.strangers(session, stored)
        roster_template.write_strangers("未登记的人员", people, listed)
    back = cells(file.getvalue())
    assert back[0] == [*HEAD, "错误说明"]
    assert [line[0] for line in back[1:]] == ["生人", "nurse"]
    assert UNKNOWN in back[1][-1]
    assert [(one.number, one.name, one.citizen_id, one.employer) for one in people] == [
        (3, "生人", unknown, "某单位")
    ]
    assert cells(listed.getvalue())[1] == ["生人", unknown, "某单位", "13800000001"]
    with desk.watching() as session:
        hospital = session.get(Organization, desk.world.id(Organization, "hospital"))
        make_person(session, "生人", hospital, citizen_id=unknown)
        session.commit()
    back[1][2], back[2][3] = "", ""
    again = desk.check(None, data=workbook(back[1:], back[0]))
    assert desk.errors(again) == {}


@pytest.mark.parametrize("minimum", [None, 80])
def test_the_template_names_its_class_and_is_read_again(desk, minimum):
    desk.set_class(attendance_minimum=minimum)
    file = io.BytesIO()
    with desk.open(desk.actor) as session:
        roster_template.write(session.get(TrainingClass, desk.class_id), file)
    lines = cells(file.getvalue())
    assert sheets(file.getvalue())[0] == "学员"
    assert lines[0][0] == "plan-approved：class-running"
    assert ("出勤率" in lines[1]) is bool(minimum)
    listed = {choice for line in cells(file.getvalue(), 2) for choice in line}
    assert {"优秀", "合格", "不合格"} <= listed
    data = workbook([lines[2], desk.row("doctor")[:3]], lines[1][:3], above=[lines[0][:1]])
    assert desk.counts(desk.check(None, data=data))[:2] == (1, 1)  # the example is no row


@pytest.mark.parametrize("who", ["doctor", "hospital_admin", "zhengzhou_admin", "system_admin"])
def test_only_an_institution_imports_students(world, open_session, who):
    with pytest.raises(InputError) as refused:
        Desk(world, open_session, who=who).check([["谁", citizen_id()]])
    assert "没有导入的权限" in refused.value.errors["file"]


def test_a_student_keeps_his_state_whatever_the_file_says(desk):
    before = desk.student("miller")
    desk.check([desk.row("miller", 出勤率=50)])
    after = desk.student("miller")
    assert (after.Enrollment.status, after.Enrollment.attendance) == (EnrollmentStatus.WITHDRAWN, None)
    assert before.Enrollment.status_since == after.Enrollment.status_since
