"""Import of people: 校验 names every bad cell and stores nobody, 导入 stores the good rows once, whatever happens between."""

from __future__ import annotations

import datetime as dt
import io
import threading

import pytest
from factories import citizen_id, make_person, put_status
from sqlalchemy import func, select
from workbooks import HEAD, cells, sheets, workbook
from world import build_world

from models import (
    Account,
    Department,
    Dictionary,
    DictionaryItem,
    ImportRow,
    ImportRun,
    JournalEntry,
    Organization,
)
from models import Person as People
from models.base import now
from models.enums import ImportState, PersonState, RowOutcome
from models.identifiers import birth_date_of, make_citizen_id, sex_of
from permissions.wall import ALL, ScopedSession, set_scope
from services import import_runs, importing, staff_template
from services.errors import InputError
from services.staff_import import StaffImport

IMPORTERS = {"staff": StaffImport()}
NOBODY = "410105198001010014"
WOMAN, MAN = (
    make_citizen_id("410105", dt.date(1985, 5, 6), 2),
    make_citizen_id("410105", dt.date(1985, 5, 6), 3),
)


def row(name="新人", number=None, **typed):
    """Return a row of the sheet."""
    filled = {"姓名*": name, "身份证号*": citizen_id() if number is None else number, **typed}
    return [filled.get(label, "") for label in HEAD]


@pytest.fixture
def desk(world, open_session):
    """The hospital's administrator at work, with the two dictionaries his file speaks of."""
    return Desk(world, open_session)


class Desk:
    """An administrator who checks and imports; the sessions of one test share its connection, one after the other."""

    def __init__(self, world, open_session, who="hospital_admin"):
        self.world, self.open, self.who = world, open_session, who
        with self.watching() as system:
            for book, code, label in (("ethnicity", "01", "汉族"), ("education", "21", "大学本科毕业")):
                system.add(Dictionary(code=book, label=book, source="测试"))
                system.flush()
                system.add(DictionaryItem(dictionary_code=book, code=code, label=label))
            system.commit()

    def watching(self):
        return self.open("all")

    def check(self, rows, *, head=HEAD, above=(), data=None):
        with self.open(self.world.actors[self.who]) as session:
            data = workbook(rows, head, above=above) if data is None else data
            run = importing.check(session, self.world.actors[self.who], IMPORTERS["staff"], "人员.xlsx", data)
            session.commit()
            return run.id

    def begin(self, run):
        with self.open(self.world.actors[self.who]) as session:
            import_runs.start(session, self.world.actors[self.who], session.get(ImportRun, run))
            session.commit()

    def portion(self, run, *, killed=False):
        with self.watching() as session:
            more = import_runs.advance(session, IMPORTERS, run)
            session.rollback() if killed else session.commit()
            return more

    def carry_out(self, run):
        self.begin(run)
        while self.portion(run):
            pass

    def run(self, key):
        with self.watching() as session:
            run = session.get(ImportRun, key)
            session.expunge(run)
            return run

    def errors(self, run):
        """Return (row, column) → sentence of what a check found."""
        with self.watching() as session:
            rows = session.scalars(select(ImportRow).where(ImportRow.run_id == run))
            return {(row.number, error["column"]): error["sentence"] for row in rows for error in row.errors}

    def people(self, name="新人"):
        with self.watching() as session:
            found = session.scalars(select(People).where(People.name == name).order_by(People.id)).all()
            session.expunge_all()
            return found

    def count(self, model):
        with self.watching() as session:
            return session.scalar(select(func.count(model.id)))

    def add(self, name, employer, **columns):
        with self.watching() as session:
            key = self.world.id(Organization, employer)
            make_person(session, name, session.get(Organization, key), **columns)
            session.commit()


# ---------------------------------------------------------------- 校验
def test_a_good_file_is_checked_without_storing_anybody_and_then_imported(desk):
    number = make_citizen_id("410105", dt.date(1980, 2, 29), 8)
    before = desk.count(People), desk.count(JournalEntry), desk.count(Account)
    run = desk.check(
        [
            row(
                number=number, 性别="女", 出生日期="1980-02-29", 部门="办公室/前台", 手机="138 0000-0000",
                电子邮箱="a@example.com", 民族="汉", 学历="大学本科毕业", 备注="随便",
            )
        ]
    )  # fmt: skip
    assert (desk.count(People), desk.count(JournalEntry), desk.count(Account)) == before
    stored = desk.run(run)
    assert (stored.state, stored.row_count, stored.good_count, stored.bad_count) == (
        ImportState.CHECKED,
        1,
        1,
        0,
    )
    desk.carry_out(run)
    [person] = desk.people()
    hospital = desk.world.id(Organization, "hospital")
    assert (person.state, person.employer_id, person.region_code) == (
        PersonState.IN_SERVICE,
        hospital,
        "410105",
    )
    assert person.authority_id == desk.world.id(Organization, "health")
    assert (person.citizen_id, person.sex, person.birth_date) == (number, "2", dt.date(1980, 2, 29))
    assert person.department_id == desk.world.id(Department, "hospital-desk")
    assert (person.mobile, person.email, person.ethnicity_code) == ("13800000000", "a@example.com", "01")
    assert (person.education_code, person.name_initials) == ("21", "xr")
    assert desk.count(Account) == before[2]  # a login is opened separately
    with desk.watching() as session:
        entry = session.scalars(
            select(JournalEntry).where(JournalEntry.action == "import").order_by(JournalEntry.id)
        )
        of_person, of_run = entry.all()
        assert (of_person.object_type, of_person.object_id) == ("person", person.id)
        assert of_person.details == {"run": run, "row": 2}
        assert (of_run.object_type, of_run.object_id) == ("import_run", run)
        raw = session.execute(ImportRow.__table__.select().where(ImportRow.run_id == run)).one()
        assert number in raw.cells  # decrypted by its type; the database itself cannot read it:
        assert number not in str(session.connection().exec_driver_sql("SELECT cells FROM import_row").all())


def numbers(kind):
    """Return a citizen id that is wrong in one way."""
    wrong_digit = NOBODY[:17] + ("1" if NOBODY[17] != "1" else "2")
    return {
        "digit": wrong_digit,
        "short": NOBODY[:17],
        "old": NOBODY[:6] + NOBODY[8:17],
        "date": "410105198002300019",
    }[kind]


@pytest.mark.parametrize(
    ("typed", "column", "words"),
    [
        ({"name": ""}, "A", "没有填写"),
        ({"name": " \u3000 "}, "A", "没有填写"),
        ({"name": "长" * 201}, "A", "最多 200 个字"),
        ({"number": ""}, "B", "请填写身份证号"),
        ({"number": 410105198001010000}, "B", "是按数字保存的"),
        ({"number": 4.10105198001010014e17}, "B", "设为“文本”格式"),
        ({"number": "4.10105E+17"}, "B", "是按数字保存的"),
        ({"number": numbers("digit")}, "B", "校验码"),
        ({"number": numbers("short")}, "B", "应为 18 位，现在是 17 位"),
        ({"number": numbers("old")}, "B", "15 位的旧身份证号"),
        ({"number": numbers("date")}, "B", "不是一个日期"),
        ({"number": WOMAN, "性别": "男"}, "C", "身份证号为女"),
        ({"number": MAN, "性别": "未知"}, "C", "不一致"),
        ({"number": WOMAN, "出生日期": "1985-05-07"}, "D", "与身份证号不一致"),
        ({"number": WOMAN, "出生日期": dt.date(1986, 5, 6)}, "D", "与身份证号不一致"),
        ({"number": WOMAN, "出生日期": "八五年"}, "D", "看不懂"),
        ({"number": WOMAN, "出生日期": 31173}, "D", "看不懂"),
        ({"部门": "没有的科室"}, "E", "本单位没有“没有的科室”"),
        ({"部门": "前台/办公室"}, "E", "本单位没有"),
        ({"手机": "12345"}, "F", "11 位数字"),
        ({"电子邮箱": "不是邮箱"}, "G", "格式不对"),
        ({"民族": "火星族"}, "H", "请从模板的下拉列表中选择"),
        ({"学历": "=1+1"}, "I", "没有“=1+1”这一项"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_by_row_column_and_sentence(desk, typed, column, words):
    run = desk.check([row(), row(**typed)])
    errors = desk.errors(run)
    assert list(errors) == [(3, column)]
    assert words in errors[3, column]
    stored = desk.run(run)
    assert (stored.good_count, stored.bad_count) == (1, 1)


@pytest.mark.parametrize(
    "typed",
    [
        {"number": f" {WOMAN[:6]} {WOMAN[6:14]} {WOMAN[14:]} "},
        {"number": f"'{WOMAN}"},
        {"number": WOMAN.lower(), "性别": "女性"},
        {"number": WOMAN, "性别": 2},
        {"number": WOMAN, "出生日期": "1985年5月6日"},
        {"number": WOMAN, "出生日期": "1985/5"},
        {"number": WOMAN, "出生日期": 19850506},
        {"number": WOMAN, "出生日期": dt.date(1985, 5, 6)},
        {"手机": 13800000000},
        {"部门": "前台"},
        {"部门": "办公室 ／ 前台"},
        {"民族": "01"},
    ],
)
def test_what_can_be_understood_is_not_refused(desk, typed):
    run = desk.check([row(**typed)])
    assert desk.errors(run) == {}
    assert desk.run(run).good_count == 1


def test_characters_nobody_sees_are_not_stored(desk):
    desk.carry_out(desk.check([row(name="新\x00\u202e\x01人", 备注="\x00")]))
    assert [person.name for person in desk.people()] == ["新人"]


def test_several_bad_cells_of_a_row_are_all_named(desk):
    run = desk.check([row(name="", number=MAN, 性别="女", 部门="没有", 手机="1")])
    assert [place for _row, place in desk.errors(run)] == ["A", "C", "E", "F"]


def test_the_same_person_twice_in_a_file_is_named_with_the_row_he_stands_in(desk):
    run = desk.check([row(number=WOMAN), row(), row(number=WOMAN)])
    assert desk.errors(run) == {(4, "B"): "与第 2 行相同，同一人只能有一行，请删去一行"}


def test_two_departments_of_one_name_have_to_be_told_apart(desk):
    with desk.watching() as system:
        hospital = desk.world.id(Organization, "hospital")
        ward = Department(organization_id=hospital, name="病区")
        system.add(ward)
        system.flush()
        system.add(Department(organization_id=hospital, name="前台", parent_id=ward.id))
        system.commit()
    run = desk.check([row(部门="前台"), row(部门="办公室/前台"), row(部门="病区/前台")])
    assert desk.errors(run) == {(2, "E"): "有几个部门都叫“前台”，请写全，如“上级部门/前台”"}


def test_people_the_system_knows_are_told_by_what_the_employer_may_know(desk):
    with desk.watching() as system:
        known = {name: system.get(People, desk.world.id(People, name)).citizen_id
                 for name in ("doctor", "teacher", "applicant", "veteran", "miller")}  # fmt: skip
        void = make_person(system, "void", system.get(Organization, desk.world.id(Organization, "school")))
        put_status(system, void, "void")
        free = void.citizen_id
        system.commit()
    run = desk.check(
        [
            row("doctor", known["doctor"]),
            row("别人", known["doctor"]),
            row("teacher", known["teacher"]),
            row("applicant", known["applicant"]),
            row("veteran", known["veteran"]),
            row("miller", known["miller"]),
            row("新人", free),
        ]
    )
    errors = desk.errors(run)
    assert errors[3, "B"].startswith("与第 2 行相同")
    assert "不在本单位" in errors[4, "B"]
    assert "待审核" in errors[5, "B"]
    assert "“退休”" in errors[6, "B"]
    assert errors[7, "B"] == errors[4, "B"]
    assert not any("学校" in sentence or "工厂" in sentence for sentence in errors.values())
    stored = desk.run(run)
    assert (stored.known_count, stored.good_count, stored.bad_count) == (1, 1, 5)


def test_somebody_here_under_another_name_is_not_passed_over_in_silence(desk):
    with desk.watching() as system:
        number = system.get(People, desk.world.id(People, "doctor")).citizen_id
    errors = desk.errors(desk.check([row("张三", number)]))
    assert "姓名不同" in errors[2, "A"]


@pytest.mark.parametrize(
    ("head", "above", "words"),
    [
        (("姓名", "身份证号码"), (), ""),
        (("序号", " 姓 名 ", "公民身份号码（18位）"), (("2026年人员花名册",), ()), ""),
        (("姓名",), (), "没有找到“身份证号”列"),
        (("name", "id"), (), "没有找到“姓名”、“身份证号”列"),
    ],
)
def test_a_header_is_found_by_its_words(desk, head, above, words):
    rows = [["1", "新人", WOMAN][-len(head) :] if len(head) != 1 else ["新人"]]
    if words:
        with pytest.raises(InputError) as refused:
            desk.check(rows, head=head, above=above)
        assert words in refused.value.errors["file"]
    else:
        assert desk.errors(desk.check(rows, head=head, above=above)) == {}


def test_a_file_without_a_row_says_so(desk):
    for rows in ([], [["", ""], [" "]], [row("示例：张三", NOBODY)]):
        with pytest.raises(InputError) as refused:
            desk.check(rows)
        assert "没有要导入的行" in refused.value.errors["file"]


@pytest.mark.parametrize("who", ["doctor", "jinshui_admin", "health_admin", "academy_admin", "system_admin"])
def test_only_an_employer_imports_people(world, open_session, who):
    actor = world.actors[who]
    with open_session(actor) as session, pytest.raises(InputError) as refused:
        importing.check(session, actor, IMPORTERS["staff"], "a.xlsx", workbook([row()]))
    assert "没有导入的权限" in refused.value.errors["file"]


# ---------------------------------------------------------------- 导入
def test_good_rows_go_in_while_bad_ones_come_back_as_a_workbook_that_can_be_put_right(desk):
    run = desk.check([row(), row(number=numbers("digit"), 备注="=1+1"), row("第二", 部门="没有的科室")])
    desk.carry_out(run)
    assert len(desk.people()) == 1
    stored = desk.run(run)
    assert (stored.state, stored.done_count, stored.bad_count) == (ImportState.DONE, 1, 2)
    assert stored.finished_at
    file = io.BytesIO()
    with desk.open(desk.world.actors["hospital_admin"]) as session:
        import_runs.write_problems(session, session.get(ImportRun, run), file)
    back = cells(file.getvalue())
    assert back[0] == [*HEAD, "错误说明"]
    assert [line[0] for line in back[1:]] == ["新人", "第二"]
    assert back[1][1] == numbers("digit")
    assert back[1][9] == "=1+1"  # text, not a formula
    assert "校验码" in back[1][10]
    assert "没有的科室" in back[2][10]
    back[1][1], back[2][4] = WOMAN, "办公室"
    again = desk.check(None, data=workbook(back[1:], back[0]))
    assert desk.errors(again) == {}
    desk.carry_out(again)
    assert [person.name for person in desk.people("第二")] == ["第二"]


def test_the_same_file_twice_changes_nothing(desk):
    data = workbook([row(), row("第二")])
    desk.carry_out(desk.check(None, data=data))
    before = desk.count(People), desk.people()[0].created_at
    again = desk.check(None, data=data)
    stored = desk.run(again)
    assert (stored.known_count, stored.good_count, stored.bad_count) == (2, 0, 0)
    with pytest.raises(InputError, match="没有可以导入的行"):
        desk.begin(again)
    assert (desk.count(People), desk.people()[0].created_at) == before


def test_a_file_checked_twice_and_imported_twice_stores_everybody_once(desk):
    data = workbook([row(), row("第二")])
    first, second = desk.check(None, data=data), desk.check(None, data=data)
    desk.carry_out(first)
    desk.carry_out(second)
    assert len(desk.people()) == 1
    stored = desk.run(second)
    assert (stored.state, stored.done_count, stored.known_count) == (ImportState.DONE, 0, 2)


def test_starting_twice_is_starting_once(desk):
    run = desk.check([row()])
    desk.begin(run)
    desk.begin(run)
    while desk.portion(run):
        pass
    desk.begin(run)
    assert not desk.portion(run)
    assert len(desk.people()) == 1


def test_a_worker_killed_in_the_middle_loses_nothing_and_doubles_nothing(desk, monkeypatch):
    monkeypatch.setattr(import_runs, "PORTION", 4)
    run = desk.check([row() for _ in range(10)])
    desk.begin(run)
    assert desk.portion(run)
    assert import_runs.progress(desk.run(run)) == 40
    desk.portion(run, killed=True)
    assert len(desk.people()) == 4
    moment = now() + import_runs.LEFT_ALONE + dt.timedelta(seconds=1)
    with desk.watching() as session:
        assert import_runs.left_alone(session, now()) == []
        assert import_runs.left_alone(session, moment) == [run]
    while desk.portion(run):
        pass
    assert len(desk.people()) == len({person.citizen_id_index for person in desk.people()}) == 10
    stored = desk.run(run)
    assert (stored.state, stored.done_count) == (ImportState.DONE, 10)
    with desk.watching() as session:
        assert import_runs.left_alone(session, moment) == []


def test_two_workers_on_one_run_take_turns(engine, monkeypatch):
    monkeypatch.setattr(import_runs, "PORTION", 5)
    with ScopedSession(engine) as session:
        actor = build_world(session).actors["hospital_admin"]
        data = workbook([row() for _ in range(40)])
        run = importing.check(session, actor, IMPORTERS["staff"], "人员.xlsx", data)
        import_runs.start(session, actor, run)
        key = run.id
        session.commit()
    begin, failures = threading.Barrier(2), []

    def work():
        try:
            begin.wait(timeout=30)
            more = True
            while more:
                with ScopedSession(engine) as session:
                    set_scope(session, ALL)
                    more = import_runs.advance(session, IMPORTERS, key)
                    session.commit()
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        stored = session.get(ImportRun, key)
        assert (stored.state, stored.done_count, stored.bad_count) == (ImportState.DONE, 40, 0)
        of_run = select(func.count(JournalEntry.id)).where(JournalEntry.action == "import")
        assert session.scalar(select(func.count(People.id)).where(People.name == "新人")) == 40
        assert session.scalar(of_run) == 41


def test_what_happened_between_the_check_and_the_import_counts(desk):
    here, elsewhere, gone = citizen_id(), citizen_id(), citizen_id()
    run = desk.check([row("甲", here), row("乙", elsewhere), row("丙", gone, 部门="前台"), row("丁")])
    desk.add("甲", "hospital", citizen_id=here)
    desk.add("乙", "school", citizen_id=elsewhere, state="pending")
    with desk.watching() as system:
        system.get(Department, desk.world.id(Department, "hospital-desk")).name = "导诊台"
        system.commit()
    desk.carry_out(run)
    stored = desk.run(run)
    assert (stored.done_count, stored.known_count, stored.bad_count) == (1, 1, 2)
    assert set(desk.errors(run)) == {(3, "B"), (4, "E")}
    assert desk.people("丙") == []
    assert len(desk.people("甲")) == len(desk.people("乙")) == 1


def test_somebody_stored_at_the_very_same_moment_is_left_as_he_is(desk):
    number = citizen_id()
    actor = desk.world.actors["hospital_admin"]
    line = importing.Line(2, {"name": "迟到", "citizen_id": number}, {})
    with desk.watching() as session:
        run = session.get(ImportRun, desk.world.id(ImportRun, "hospital"))
        IMPORTERS["staff"].check(session, actor, [line])
        assert line.outcome is RowOutcome.GOOD
        make_person(session, "先到", session.get(Organization, actor.organization_id), citizen_id=number)
        assert IMPORTERS["staff"].store(session, actor, run, [line]) == {}
        session.commit()
    assert len(desk.people("先到")) == 1
    assert desk.people("迟到") == []


def test_an_import_stops_where_its_administrator_was_disabled(desk):
    run = desk.check([row()])
    desk.begin(run)
    with desk.watching() as system:
        put_status(system, system.get(Account, desk.world.id(Account, "hospital_admin")), "disabled")
        system.commit()
    assert not desk.portion(run)
    stored = desk.run(run)
    assert stored.state is ImportState.STOPPED
    assert "已停用" in stored.reason
    assert desk.people() == []


def test_a_colleague_goes_on_with_a_run_and_a_stranger_does_not_see_it(desk):
    run = desk.check([row()])
    with desk.open(desk.world.actors["school_admin"]) as session:
        assert session.get(ImportRun, run) is None
    with desk.open(desk.world.actors["jinshui_admin"]) as session:
        assert session.get(ImportRun, run) is None


def test_a_checked_file_can_be_given_up_until_it_is_imported(desk):
    given_up, imported = desk.check([row()]), desk.check([row()])
    desk.carry_out(imported)
    actor = desk.world.actors["hospital_admin"]
    with desk.open(actor) as session:
        with pytest.raises(InputError, match="已经开始"):
            import_runs.discard(session, actor, session.get(ImportRun, imported))
        import_runs.discard(session, actor, session.get(ImportRun, given_up))
        session.commit()
    with desk.watching() as session:
        assert session.get(ImportRun, given_up) is None
        assert session.scalars(select(ImportRow.id).where(ImportRow.run_id == given_up)).all() == []


def test_what_was_typed_does_not_stay_for_ever(desk):
    left, imported = desk.check([row()]), desk.check([row()])
    desk.carry_out(imported)
    kept = desk.count(ImportRun)
    with desk.watching() as session:
        import_runs.clean_up(session, now() + dt.timedelta(days=1))
        assert session.get(ImportRun, left)
        import_runs.clean_up(session, now() + import_runs.KEPT + dt.timedelta(days=1))
        session.commit()
        assert session.get(ImportRun, left) is None
        assert session.get(ImportRun, imported).done_count == 1
        assert session.scalars(select(ImportRow.id).where(ImportRow.run_id == imported)).all() == []
    assert desk.count(ImportRun) < kept


# ---------------------------------------------------------------- the template
def test_the_template_is_a_file_the_import_takes(desk):
    file = io.BytesIO()
    actor = desk.world.actors["hospital_admin"]
    with desk.open(actor) as session:
        staff_template.write(session, actor, file)
    data = file.getvalue()
    assert sheets(data) == ["人员", "填写说明", "选项"]
    head, example = cells(data)[:2]
    assert head[:3] == ["姓名*", "身份证号*", "性别"]
    assert example[0].startswith("示例")
    assert birth_date_of(example[1]) == dt.date(1980, 1, 1)
    assert sex_of(example[1]) == "1"
    listed = {choice for line in cells(data, 2) for choice in line}
    assert {"办公室", "办公室/前台", "汉族", "男"} <= listed
    assert "洛阳" not in str(listed)
    filled = [*example]
    filled[0], filled[1] = "新人", make_citizen_id("410105", dt.date(1980, 1, 1), 7)
    run = desk.check(None, data=workbook([example, filled], head))
    assert desk.errors(run) == {}
    assert desk.run(run).row_count == 1
