"""学员管理 over HTTP: adding by the picker, importing, attendance, leaving, and what everybody else sees of it."""

from __future__ import annotations

import io
import re

import pytest
from factories import citizen_id
from site_client import XLSX
from sqlalchemy import select
from workbooks import cells, sheets, workbook

from models import Department, Enrollment, ImportRun, Person, TrainingClass
from models.enums import EnrollmentStatus

HEAD = ("姓名", "身份证号", "单位", "手机")


def url(view="", **query):
    return f"/admin/enrollment/{view}" + (
        "?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else ""
    )


def class_id(site, name="class-running"):
    return site.world.id(TrainingClass, name)


def students(site, name="class-running"):
    rows = select(Enrollment).where(Enrollment.class_id == class_id(site, name)).order_by(Enrollment.id)
    return site.all(rows)


def tokens(page, name):
    return page.tree.xpath(f"//input[@name='{name}']/@value")


# ---------------------------------------------------------------- adding
def test_people_are_looked_up_gathered_and_enrolled_without_script(site, client_of):
    client, place = client_of("academy_admin"), url("new/", **{"class": class_id(site)})
    assert "还没有加入学员" in client.get(place).words()
    page = client.post(place, {"command": "find", "citizen_id": site.citizens["doctor"]})
    assert "登记 1 名学员" in page.words()  # found by id: added at once
    assert site.citizens["doctor"] not in page.text
    chosen = tokens(page, "chosen")
    page = client.post(place, {"command": "find", "name": "teacher", "chosen": chosen})
    assert "查到 1 人" in page.words()
    assert "洛阳学校" in page.words()
    page = client.post(place, {"command": "add", "chosen": chosen, "add": tokens(page, "add")})
    assert "登记 2 名学员" in page.words()
    chosen, doctor = tokens(page, "chosen"), site.world.id(Person, "doctor")
    page = client.post(place, {"command": "enrol", "chosen": chosen, f"phone-{doctor}": "12"})
    assert "11 位数字" in page.words()
    assert page.tree.xpath(f"//input[@name='phone-{doctor}']/@value") == ["12"]
    assert len(students(site)) == 2
    page = client.follow(
        client.post(place, {"command": "enrol", "chosen": chosen, f"phone-{doctor}": "13800000000"})
    )
    assert "共 2 人" in page.messages()
    assert {"doctor", "teacher", "lecturer"} <= set(page.words().split())
    [row] = [row for row in students(site) if row.person_id == doctor]
    assert row.phone == "13800000000"
    assert "登记为学员 郑州培训学院" in client.get(url("details/", id=row.id)).words()


def test_what_cannot_be_found_says_why_and_keeps_who_was_gathered(site, client_of):
    client, place = client_of("academy_admin"), url("new/", **{"class": class_id(site)})
    chosen = tokens(client.post(place, {"command": "find", "citizen_id": site.citizens["doctor"]}), "chosen")
    page = client.post(place, {"command": "find", "citizen_id": citizen_id(), "chosen": chosen})
    assert "邀请其注册" in page.errors()["citizen_id"]
    assert "/register/person" in page.text  # the text to invite with
    assert "登记 1 名学员" in page.words()
    page = client.post(place, {"command": "find", "name": "", "employer": "医院", "chosen": chosen})
    assert "请填写完整的身份证号" in page.errors()["citizen_id"]
    doctor = site.world.id(Person, "doctor")
    page = client.post(place, {"command": f"remove:{doctor}", "chosen": chosen})
    assert "还没有加入学员" in page.words()


def test_nobody_is_added_by_his_key_alone(site, client_of):
    client, place = client_of("academy_admin"), url("new/", **{"class": class_id(site)})
    other = url("new/", **{"class": class_id(site, "class-published")})
    token = tokens(client.post(place, {"command": "find", "citizen_id": site.citizens["doctor"]}), "chosen")
    before = site.snapshot()
    for odd in (str(site.world.id(Person, "teacher")), "x", token[0] + "x"):
        assert client.post(place, {"command": "enrol", "chosen": [odd]}).status == 400
    assert client.post(other, {"command": "enrol", "chosen": token}).status == 400  # found for another class
    assert site.snapshot() == before


def test_pages_about_a_class_ask_for_it_first_and_know_only_ones_own(site, client_of):
    client = client_of("academy_admin")
    for view in ("new/", "import/", "attendance/"):
        assert "选择培训班" in client.get(url(view)).words()
        for odd in ("0", "x", "9" * 30, "-1"):
            assert client.get(url(view, **{"class": odd})).status == 404
    assert "培训班已结业，不能登记学员" in client.get(
        url("new/", **{"class": class_id(site, "class-finished")})
    ).words().replace("培训班 已结业", "培训班已结业")
    for who in ("hospital_admin", "zhengzhou_admin", "doctor"):
        for view in ("new/", "import/", "import/template/", "attendance/"):
            assert client_of(who).get(url(view, **{"class": class_id(site)})).status == 403


# ---------------------------------------------------------------- a whole file
def checked(client, site, rows, name="class-running"):
    data = (io.BytesIO(workbook(rows, HEAD, sheet="学员")), "学员.xlsx")
    page = client.post(url("import/", **{"class": class_id(site, name)}), {"file": data})
    assert page.status == 303, page
    return page.location


def test_a_file_is_checked_imported_and_strangers_can_be_invited(site, client_of):
    client, unknown = client_of("academy_admin"), citizen_id()
    address = checked(
        client,
        site,
        [("doctor", site.citizens["doctor"]), ("lecturer", site.citizens["lecturer"]),
         ("生人", unknown, "某单位", "13800000001"), ("nurse", 4.1e17)],
    )  # fmt: skip
    page = client.get(address)
    assert "可以导入 1" in page.words()
    assert "已在册，不重复登记 1" in page.words()
    assert "第 4 行 B 列 身份证号 该人员未登记" in page.words()
    assert "第 5 行 B 列 身份证号 是按数字保存的" in page.words()
    run = int(re.search(r"id=(\d+)", address).group(1))
    assert site.get(ImportRun, run).class_id == class_id(site)
    invited = client.get(url("import/strangers/", id=run))
    assert "生人" in invited.words()
    assert unknown not in invited.text
    assert "http://localhost/register/person" in invited.text
    file = client.get(url("import/strangers/file/", id=run))
    assert file.headers["Content-Type"] == XLSX
    assert cells(file.data)[1] == ["生人", unknown, "某单位", "13800000001"]
    done = client.follow(client.post(url("import/start/"), {"id": run}))
    assert "已导入 1" in done.words()
    assert "查看本班学员" in done.words()
    assert len(students(site)) == 3
    assert "学员.xlsx" in client.get(url("import/", **{"class": class_id(site)})).words()
    published = client.get(url("import/", **{"class": class_id(site, "class-published")}))
    assert "学员.xlsx" not in published.words()  # runs of another class
    template = client.get(url("import/template/", **{"class": class_id(site)}))
    assert sheets(template.data)[0] == "学员"
    for who, refused in (("school_admin", 403), ("hospital_admin", 403), ("lecturer", 403)):
        for view in ("run/", "strangers/", "strangers/file/", "problems/"):
            assert client_of(who).get(url(f"import/{view}", id=run)).status == refused, (who, view)
    assert client.get("/admin/person/import/run/?id=" + str(run)).status == 403


# ---------------------------------------------------------------- attendance
def test_attendance_is_typed_down_a_column_and_kept_when_a_row_is_wrong(site, client_of):
    client, key = client_of("academy_admin"), class_id(site)
    place = url("attendance/", **{"class": key})
    page = client.follow(client.get(place))
    assert "没有填写最低出勤率" in page.messages()
    site.put(TrainingClass, "class-running", attendance_minimum=80)
    lecturer = site.world.id(Enrollment, "lecturer-running")
    page = client.get(place)
    assert page.tree.xpath("//input[@data-column]/@name") == [f"attendance-{lecturer}"]
    typed = {f"before-{lecturer}": "", f"attendance-{lecturer}": "120"}
    page = client.post(place, typed)
    assert "0 至 100" in page.words()
    assert page.tree.xpath("//input[@data-column]/@value") == ["120"]
    page = client.follow(client.post(place, typed | {f"attendance-{lecturer}": "95"}))
    assert "已保存 1 名学员的出勤率" in page.messages()
    page = client.post(place, typed | {f"attendance-{lecturer}": "70"})
    assert "刚被改为95%" in page.words()
    assert page.tree.xpath("//input[@type='hidden'][starts-with(@name, 'before-')]/@value") == ["95"]
    assert site.get(Enrollment, lecturer).attendance == 95
    assert "登记出勤率 郑州培训学院" in client.get(url("details/", id=lecturer)).words()


# ---------------------------------------------------------------- leaving and coming back
def test_students_leave_with_a_reason_and_come_back_in_batches(site, client_of):
    client, lecturer = client_of("academy_admin"), site.world.id(Enrollment, "lecturer-running")
    chosen = {"action": "withdraw", "rowid": str(lecturer)}
    assert (
        "请填写原因"
        in client.post(url("action/"), chosen | {"confirmed": "1", "batch_key": "a" * 32}).words()
    )
    client.post(url("action/"), chosen | {"confirmed": "1", "batch_key": "a" * 32, "reason": "工作调动"})
    assert site.get(Enrollment, lecturer).status is EnrollmentStatus.WITHDRAWN
    page = client.get(url("new/", **{"class": class_id(site)}))
    page = client.post(
        url("new/", **{"class": class_id(site)}), {"command": "find", "citizen_id": site.citizens["lecturer"]}
    )
    assert "恢复在册" in page.words()
    back = {"action": "restore", "rowid": str(lecturer), "confirmed": "1", "batch_key": "b" * 32}
    client.post(url("action/"), back)
    assert site.get(Enrollment, lecturer).status is EnrollmentStatus.ENROLLED


# ---------------------------------------------------------------- what is seen
SEEN = (
    # who, what he sees, what not: results are the class's own until they are declared
    ("academy_admin", ("doctor", "nurse", "合格", "lecturer"), ("施教机构",)),
    ("nurse", ("class-finished", "合格"), ("class-running", "doctor")),
    ("doctor", ("class-finished",), ("合格 ", "nurse")),
    ("hospital_admin", ("doctor", "nurse"), ("teacher", "engineer")),
    ("zhengzhou_admin", ("doctor", "teacher"), ()),
    ("luoyang_admin", ("teacher", "lecturer"), ("doctor", "engineer")),
    ("health_admin", ("nurse", "class-nursing"), ("teacher",)),
    ("province_admin", ("doctor", "miller"), ()),
)


@pytest.mark.parametrize(("who", "seen", "hidden"), SEEN, ids=[who for who, *_ in SEEN])
def test_everybody_sees_the_students_of_his_scope(site, client_of, who, seen, hidden):
    client = client_of(who)
    [table] = client.get(url()).tree.xpath("//table[@data-grid]")
    words = " ".join("".join(table.itertext()).split()) + " "
    assert all(word in words for word in seen), words
    assert not any(word in words for word in hidden), words
    offered = client.get(url()).words()
    assert ("添加学员" in offered) is (who == "academy_admin")
    assert ("导入学员" in offered) is (who == "academy_admin")
    if who != "academy_admin":
        assert client.post(url("action/"), {"action": "withdraw"}).status == 403
        assert client.post(url("new/", **{"class": class_id(site)}), {"command": "enrol"}).status == 403


COLUMNS = (
    # who, what stands in his list, what he can add to it, what he is not offered
    ("academy_admin", {"姓名", "身份证号", "单位"}, {"部门", "手机"}, {"施教机构"}),
    ("hospital_admin", {"姓名", "部门", "施教机构"}, {"身份证号"}, {"单位"}),
    ("zhengzhou_admin", {"姓名", "单位", "施教机构"}, {"身份证号", "部门"}, set()),
    ("nurse", {"培训计划", "施教机构", "学时"}, {"手机"}, {"姓名", "身份证号", "部门"}),
)


@pytest.mark.parametrize(("who", "shown", "more", "none"), COLUMNS, ids=[who for who, *_ in COLUMNS])
def test_a_list_of_students_has_the_columns_its_reader_needs(client_of, who, shown, more, none):
    page = client_of(who).get(url())
    heads = {head.text_content().strip() for head in page.tree.xpath("//table[@data-grid]/thead//th")}
    lines = page.tree.xpath("//ol[@data-column-list]//span[@class='form-check-label']")
    offered = {line.text_content().removesuffix("（固定）") for line in lines}
    assert shown <= heads
    assert not heads & (more | none)
    assert shown | more <= offered
    assert not offered & none


def test_filters_narrow_by_plan_class_state_employer_and_result(site, client_of):
    client = client_of("academy_admin")
    for query, names in (
        ({"class": class_id(site)}, {"lecturer", "miller"}),
        ({"class": class_id(site), "status": "withdrawn"}, {"miller"}),
        ({"employer": "济源"}, {"miller"}),
        ({"result": "failed"}, set()),
        ({"search": "lecturer"}, {"lecturer"}),
        ({"class": "999999"}, {"lecturer", "miller", "doctor", "nurse", "engineer", "manager", "teacher"}),
    ):
        rows = client.get(url(), **query).tree.xpath("//tbody//th[@scope='row']")
        assert {"".join(row.itertext()).strip() for row in rows} == names, query


def test_a_department_stands_for_those_below_it(site, client_of):
    site.put(Enrollment, "doctor-finished", department_id=site.world.id(Department, "hospital-desk"))
    site.put(Enrollment, "nurse-finished", department_id=site.world.id(Department, "hospital-office"))
    client = client_of("hospital_admin")
    for department, names in (("hospital-office", {"doctor", "nurse"}), ("hospital-desk", {"doctor"})):
        page = client.get(url(), department=site.world.id(Department, department))
        rows = page.tree.xpath("//tbody//th[@scope='row']")
        assert {"".join(row.itertext()).strip() for row in rows} == names, department


@pytest.mark.parametrize("who", ["nurse", "hospital_admin"])
def test_a_list_of_trainings_says_which_plan_and_what_became_of_the_class(site, client_of, who):
    student, klass = site.world.id(Enrollment, "nurse-finished"), class_id(site, "class-finished")
    client = client_of(who)
    [table] = client.get(url(**{"class": klass})).tree.xpath("//table[@data-grid]")
    words = " ".join(table.text_content().split())
    assert "plan-approved" in words
    assert "已结业" in words
    assert "取消原因" not in client.get(url("details/", id=student)).words()
    site.put(TrainingClass, "class-finished", status="cancelled", reason="人数不足")
    page = client.get(url(), class_status="cancelled")
    [table] = page.tree.xpath("//table[@data-grid]")
    assert "已取消" in table.text_content()
    assert "取消原因 人数不足" in client.get(url("details/", id=student)).words()
