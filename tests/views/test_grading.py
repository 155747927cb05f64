"""填写成绩, workbooks, grade sheets and their decision, as a browser sees them."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select, update
from workbooks import cells, workbook

from models import Grade, GradeSheet, LedgerEntry, Notice, TrainingClass
from services import grade_book

SCHOOL, OFFICE = "academy_admin", "zhengzhou_admin"
CHOSEN = {"result": "passed", "score": "85.5"}


@pytest.fixture
def klass(site):
    """The key of the running class, whose one student is the lecturer without a result."""
    return site.world.id(TrainingClass, "class-running")


@pytest.fixture
def grade(site):
    """The key of the lecturer's grade."""
    return site.world.id(Grade, "lecturer-draft")


def enter(klass):
    return f"/admin/grade/enter/?class={klass}"


def filled(key, **typed):
    return {f"{name}-{key}": value for name, value in typed.items()}


def marks(site, key):
    row = site.get(Grade, key)
    return row.result, None if row.score is None else str(row.score)


def test_a_grade_is_typed_into_the_class_one_chose(site, client_of, klass, grade):
    client = client_of(SCHOOL)
    assert "按班填写成绩" in client.get("/admin/grade/").words()
    page = client.get(client.get("/admin/grade/classes/").link("class-running"))
    assert f"result-{grade}" in page.form()
    done = client.send(page, filled(grade, **CHOSEN))
    assert "已保存 1 名学员的成绩" in client.follow(done).messages()
    assert marks(site, grade) == ("passed", "85.5")
    assert "没有改动" in client.follow(client.send(client.get(enter(klass)))).messages()
    history = client.get("/admin/grade/details/", id=grade).words()
    assert "无 → 合格 85.5" in history


def test_what_cannot_be_read_stays_in_the_form_with_its_sentence(site, client_of, klass, grade):
    client = client_of(SCHOOL)
    page = client.send(client.get(enter(klass)), filled(grade, result="excellent", score="八十"))
    assert page.status == 200
    assert "分数须是 0 至 100 的数" in page.messages()
    assert page.form()[f"score-{grade}"] == ["八十"]
    assert page.form()[f"result-{grade}"] == ["excellent"]
    assert marks(site, grade) == (None, None)


def test_what_a_colleague_changed_meanwhile_stands_beside_what_was_typed(site, client_of, klass, grade):
    client = client_of(SCHOOL)
    mine = client.get(enter(klass))
    client.send(mine, filled(grade, result="failed", score="40"))
    page = client.send(mine, filled(grade, **CHOSEN))
    assert "他人刚改为“不合格 40”" in page.messages()
    assert page.form()[f"result-{grade}"] == ["passed"]
    assert marks(site, grade) == ("failed", "40.0")
    assert "已保存 1 名" in client.follow(client.send_to(enter(klass), page)).messages()
    assert marks(site, grade) == ("passed", "85.5")


def test_what_was_declared_meanwhile_is_said_to_be_lost(site, client_of, klass, grade):
    client = client_of(SCHOOL)
    mine = client.get(enter(klass))
    site.put(Grade, grade, result="passed", hours=30, status="submitted",
             sheet_id=site.world.id(GradeSheet, "sheet-submitted"))  # fmt: skip
    page = client.send(mine, filled(grade, result="excellent", score=""))
    assert "成绩“待审批”，不能再修改；您填的“优秀”没有保存" in page.messages()


@pytest.mark.parametrize("who", ["doctor", "hospital_admin", OFFICE, "province_admin"])
def test_nobody_else_gets_to_the_pages_where_grades_are_typed(client_of, klass, who):
    client = client_of(who)
    for path in ("classes/", f"enter/?class={klass}", f"book/?class={klass}", f"book/compare/?class={klass}"):
        assert client.get(f"/admin/grade/{path}").status == 403, path
    assert client.post(f"/admin/grade/book/save/?class={klass}").status == 403


# ---------------------------------------------------------------- workbooks
def test_a_workbook_goes_out_and_comes_back_with_its_changes_shown_first(site, client_of, klass, grade):
    client = client_of(SCHOOL)
    head, row = cells(client.get(f"/admin/grade/book/?class={klass}").data)
    row[4], row[5] = "优", 92.5
    file = workbook([row], head, sheet=grade_book.SHEET)
    url = f"/admin/grade/book/compare/?class={klass}"
    page = client.post(url, {"file": (io.BytesIO(file), "成绩.xlsx")})
    assert "（无） → 优秀 92.5" in page.words()
    assert "现在还没有保存任何成绩" in page.words()
    assert marks(site, grade) == (None, None)
    change = page.tree.xpath("//textarea[@name='change']")[0].text
    saved = client.post(f"/admin/grade/book/save/?class={klass}", {"change": change})
    assert "已保存 1 名" in client.follow(saved).messages()
    assert marks(site, grade) == ("excellent", "92.5")
    again = client.post(url, {"file": (io.BytesIO(file), "成绩.xlsx")})
    assert "与系统中的一致" in again.words()
    assert client.post(f"/admin/grade/book/save/?class={klass}", {"change": "1|2"}).status == 400


def test_a_file_that_is_no_workbook_is_refused_at_its_field(client_of, klass):
    page = client_of(SCHOOL).post(
        f"/admin/grade/book/compare/?class={klass}", {"file": (io.BytesIO(b"text"), "成绩.txt")}
    )
    assert "不是 Excel 工作簿" in page.errors()["file"]


# ---------------------------------------------------------------- sheets
def test_a_sheet_is_made_declared_and_approved_and_the_student_sees_it(site, client_of):
    school, office = client_of(SCHOOL), client_of(OFFICE)
    grade = site.world.id(Grade, "doctor-draft")
    klass = site.world.id(TrainingClass, "class-finished")
    assert client_of("doctor").get("/admin/grade/details/", id=grade).status == 404
    made = school.post("/admin/grade-sheet/new/", {"class": klass})
    page = school.follow(made)
    key = int(made.location.rpartition("=")[2])
    assert "学员（1 人）" in page.words()
    assert (
        "没有可以补入的学员" in school.follow(school.post("/admin/grade-sheet/add/", {"id": key})).messages()
    )
    office_page = office.get("/admin/grade-sheet/details/", id=key)
    assert office_page.status == 404
    fire(school, "grade-sheet", "submit", key)
    assert site.get(Grade, grade).status == "submitted"
    queue = office.get("/admin/grade-sheet-decision/")
    assert "class-finished" in queue.words()
    preview = office.post("/admin/grade-sheet-decision/action/", {"action": "return", "rowid": key})
    assert preview.options("phrases") or not preview.tree.xpath("//select[@name='phrases']")
    assert preview.tree.xpath("//select[@data-phrases='reason']/option[@value!='']")
    assert "1 人，郑州培训学院" in preview.words()
    fire(office, "grade-sheet-decision", "approve", key)
    assert site.get(GradeSheet, key).status == "approved"
    assert (
        len(
            site.all(
                select(LedgerEntry).where(LedgerEntry.source_type == "grade", LedgerEntry.source_id == grade)
            )
        )
        == 1
    )
    (link,) = site.all(select(Notice.link).where(Notice.link == f"/admin/grade/details/?id={grade}"))
    for who in ("doctor", "hospital_admin"):
        assert "已认定" in client_of(who).get(link).words()


def fire(client, grid, action, *keys, **more):
    """Preview and confirm an action; return the page it leads to."""
    form = {"action": action, "rowid": [str(key) for key in keys], "reason": "成绩有误", **more}
    preview = client.post(f"/admin/{grid}/action/", form)
    assert preview.status == 200, preview
    return client.follow(client.post(f"/admin/{grid}/action/", {**form, "confirmed": "1"}))


def test_an_approver_decides_single_rows_of_a_sheet_and_takes_that_back(site, client_of):
    office = client_of(OFFICE)
    sheet, grade = site.world.id(GradeSheet, "sheet-of-nurse"), site.world.id(Grade, "nurse-submitted")
    page = office.get("/admin/grade-sheet/details/", id=sheet)
    assert page.tree.xpath("//form[@data-actions]/@action") == ["/admin/grade/action/"]
    assert page.tree.xpath("//input[@name='rowid']/@value")[-1] == str(grade)
    fire(office, "grade", "return", grade)
    assert (site.get(Grade, grade).status, site.get(GradeSheet, sheet).status) == ("returned", "returned")
    batches = office.get("/admin/batch/")
    result = office.get(batches.link("查看"))
    assert f"/admin/grade/details/?id={grade}" in result.text
    key = result.tree.xpath("//form[contains(@action, '/batch/undo/')]//input[@name='id']/@value")[0]
    asked = office.post("/admin/batch/undo/", {"id": key})
    office.send_to("/admin/batch/undo/", asked, {"confirmed": "1"})
    assert (site.get(Grade, grade).status, site.get(GradeSheet, sheet).status) == ("submitted", "submitted")


@pytest.mark.parametrize("who", [OFFICE, "health_admin", "province_admin"])
def test_what_was_decided_is_taken_back_with_its_batch_and_not_from_the_list(site, client_of, who):
    client = client_of(who)
    page = client.get("/admin/grade/")
    assert page.status == 200
    offered = set(page.tree.xpath("//button[@name='action']/@value"))
    assert ("revoke" in offered) is True
    assert not {name for name in offered if name.startswith("undo_")}
    row = {"action": "undo_approve", "rowid": site.world.id(Grade, "engineer-approved")}
    assert client.post("/admin/grade/action/", row).status == 403


@pytest.mark.parametrize("who", ["nurse", "hospital_admin", SCHOOL])
def test_a_list_of_grades_says_which_training(site, client_of, who):
    page = client_of(who).get("/admin/grade/")
    [table] = page.tree.xpath("//table[@data-grid]")
    assert "plan-approved" in table.text_content()


def test_the_result_of_a_batch_of_sheets_links_to_the_sheets(site, client_of):
    office, sheet = client_of(OFFICE), site.world.id(GradeSheet, "sheet-of-nurse")
    fire(office, "grade-sheet-decision", "return", sheet, site.world.id(GradeSheet, "sheet-submitted"))
    page = office.get(office.get("/admin/batch/").link("查看"))
    assert f"/admin/grade-sheet/details/?id={sheet}" in page.text


def test_the_guard_of_one_student_is_told_before_the_whole_sheet_is_decided(site, client_of):
    sheet, grade = site.world.id(GradeSheet, "sheet-of-nurse"), site.world.id(Grade, "nurse-submitted")
    with site.session() as session:
        approved = session.get(Grade, site.world.id(Grade, "engineer-approved"))
        session.execute(
            update(Grade.__table__)
            .where(Grade.id == approved.id)
            .values(person_id=session.get(Grade, grade).person_id)
        )
    form = {"action": "approve", "rowid": sheet}
    page = client_of(OFFICE).post("/admin/grade-sheet-decision/action/", form)
    assert "在同一计划或同名同期的培训班已有学时" in page.words()
    assert "请打开成绩单逐行办理" in page.words()


def test_a_refused_sheet_names_who_stops_it_and_leads_to_them(site, client_of):
    sheet, grade = site.world.id(GradeSheet, "sheet-draft"), site.world.id(Grade, "doctor-draft")
    school = client_of(SCHOOL)
    school.post("/admin/grade-sheet/add/", {"id": sheet})
    form = {"action": "submit", "rowid": sheet}
    site.put(Grade, "engineer-approved", sheet_id=sheet)
    assert "查看这些学员" not in school.post("/admin/grade-sheet/action/", form).words()
    site.put(TrainingClass, "class-finished", attendance_minimum=80)
    page = school.post("/admin/grade-sheet/action/", form)
    assert "未登记出勤率" in page.words()
    assert "doctor 查看这些学员" in page.words()
    shown = school.get(page.link("查看这些学员"))
    [link] = shown.tree.xpath("//tbody//th/a/@href")
    assert f"id={grade}" in link
    foreign = client_of("luoyang_admin").get("/admin/grade/", sheet=sheet, stopped_by=3)
    assert not foreign.tree.xpath("//tbody//th")
    for odd in ("99", "0", "x"):
        assert school.get("/admin/grade/", sheet=sheet, stopped_by=odd).status == 200


def test_an_institution_takes_students_off_and_deletes_its_draft_only(site, client_of):
    school = client_of(SCHOOL)
    sheet, grade = site.world.id(GradeSheet, "sheet-draft"), site.world.id(Grade, "doctor-draft")
    school.post("/admin/grade-sheet/add/", {"id": sheet})
    assert site.get(Grade, grade).sheet_id == sheet
    page = school.follow(school.post("/admin/grade-sheet/remove/", {"id": sheet, "rowid": grade}))
    assert "已移出 1 名学员" in page.messages()
    school.follow(school.post("/admin/grade-sheet/delete/", {"id": sheet}))
    assert site.get(GradeSheet, sheet) is None
    declared = site.world.id(GradeSheet, "sheet-submitted")
    assert school.post("/admin/grade-sheet/delete/", {"id": declared}).status == 403
    told = school.follow(school.post("/admin/grade-sheet/add/", {"id": declared}))
    assert "成绩单已申报，不能再增减学员" in told.messages()


def test_the_rows_of_a_sheet_are_a_list_of_their_own_and_a_foreign_sheet_is_none(site, client_of):
    office, sheet = client_of(OFFICE), site.world.id(GradeSheet, "sheet-of-nurse")
    page = office.get("/admin/grade/", sheet=sheet)
    assert "class-finished 第" in page.words()
    assert page.tree.xpath("//tbody//input[@name='rowid']/@value") == [
        str(site.world.id(Grade, "nurse-submitted"))
    ]
    foreign = client_of("luoyang_admin").get("/admin/grade/", sheet=sheet)
    assert "没有这条记录，或不在您的管理范围内" in foreign.words()
    assert not foreign.tree.xpath("//tbody//th")
