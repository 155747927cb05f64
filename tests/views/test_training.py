"""Training over HTTP: a plan from the blank form to its classes, as institution and office work with them."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from factories import YEAR
from site_client import picture
from sqlalchemy import select
from test_speed import cost, told

from models import JournalEntry, Notice, TrainingAttachment, TrainingClass, TrainingPlan
from models.enums import ClassStatus, PlanStatus
from services import class_papers

PLANS, CLASSES, QUEUE = "/admin/training-plan/", "/admin/training-class/", "/admin/training-plan-decision/"
NEW = f"{PLANS}new/"
TYPED = {
    "name": "护理新技术培训",
    "credit_year": "2026",
    "subject": "public",
    "category_code": "rotation",
    "mode_code": "classroom",
    "hours": "12",
    "start_date": "2026-03-01",
    "end_date": "2026-12-20",
    "audience": "在职护士",
    "planned_people": "80",
    "leader": "周主任",
    "phone": "0371-60000000",
    "content": "理论与操作",
    "course_name": ["理论", "操作", "", ""],
    "course_teacher": ["李老师", "王老师", "", ""],
    "course_hours": ["8", "4", "", ""],
    "command": "submit",
}
CLASS = {
    "name": "第一期",
    "place": "二楼",
    "capacity": "40",
    "start_date": "2026-11-01",
    "end_date": "2026-11-20",
}


def send(client, page, **changed):
    return client.send(page, TYPED | changed)


def filed(client, **changed):
    """File a plan and return its key."""
    page = send(client, client.get(NEW), **changed)
    assert page.status == 302, page
    return int(page.location.rpartition("=")[2])


def act(client, url, key, action, **more):
    """Fire a transition at one row, from its preview on."""
    asked = client.post(f"{url}action/", {"action": action, "rowid": key})
    return client.send_to(f"{url}action/", asked, {"confirmed": "1", **more})


def lines_of(page):
    return [tuple(row.xpath(".//input/@value")) for row in page.tree.xpath("//*[@data-courses]//tbody/tr")]


# ---------------------------------------------------------------- a plan's life
def test_a_plan_goes_from_the_form_to_a_class(site, client_of):
    academy, bureau = client_of("academy_admin"), client_of("zhengzhou_admin")
    page = send(academy, academy.get(NEW), attachments=(io.BytesIO(picture()), "通知.png"))
    key = int(page.location.rpartition("=")[2])
    shown = academy.follow(page).words()
    for word in (
        "已提交",
        "PX20264101000001",
        "待审批",
        "理论",
        "王老师",
        "合计",
        "通知.png",
        "郑州市人社局",
        "知识更新轮训",
    ):
        assert word in shown, word
    assert "审批培训计划 2" in bureau.get("/admin/").words()
    assert "护理新技术培训" in bureau.get(QUEUE).words()

    asked = bureau.post(f"{QUEUE}action/", {"action": "reject", "rowid": key})
    assert "护理新技术培训（郑州培训学院，12 学时）" in asked.words()
    phrase = asked.options("canned")[0]
    refused = bureau.send_to(f"{QUEUE}action/", asked, {"confirmed": "1"})
    assert "请填写原因" in refused.errors()["reason"]
    assert bureau.send_to(f"{QUEUE}action/", asked, {"confirmed": "1", "canned": phrase}).status == 302
    plan = site.get(TrainingPlan, key)
    assert (plan.status, plan.reason) == (PlanStatus.REJECTED, phrase)

    assert "未通过、待修改的培训计划" in academy.get("/admin/").words()
    form = academy.get(f"{PLANS}edit/", id=key)
    assert phrase in form.words()
    page = academy.send_to(f"{PLANS}edit/?id={key}", form, {"content": "按意见修改", "command": "submit"})
    assert page.status == 302, page
    assert act(bureau, PLANS, key, "approve").status == 302, "offices decide where they see all plans, too"
    assert site.get(TrainingPlan, key).status is PlanStatus.APPROVED
    assert academy.get(f"{PLANS}edit/", id=key).status == 403, "frozen from now on"
    assert academy.post(f"{PLANS}edit/?id={key}", TYPED).status == 403

    form = academy.get(academy.get(f"{PLANS}details/", id=key).link("新建培训班"))
    page = academy.send(form, CLASS)
    assert page.status == 302, page
    klass = int(page.location.rpartition("=")[2])
    for action in ("publish", "start"):
        assert act(academy, CLASSES, klass, action).status == 302
    assert act(academy, CLASSES, klass, "finish").status == 302
    assert site.get(TrainingClass, klass).status is ClassStatus.FINISHED
    shown = bureau.get(f"{CLASSES}details/", id=klass).words()
    for word in ("护理新技术培训：第一期", "已结业", "0 / 40"):
        assert word in shown
    assert act(academy, PLANS, key, "close").status == 302
    history = site.all(
        select(JournalEntry.action)
        .where(JournalEntry.object_type == "training_plan", JournalEntry.object_id == key)
        .order_by(JournalEntry.id)
    )
    assert history == ["create", "submit", "reject", "edit", "submit", "approve", "close"]


def test_an_approval_is_taken_back_by_the_batch_it_was_made_in(site, client_of):
    bureau = client_of("zhengzhou_admin")
    key = site.world.id(TrainingPlan, "plan-submitted")
    act(bureau, QUEUE, key, "approve")
    page = bureau.get(bureau.get("/admin/batch/").link("查看"))
    assert page.link("plan-submitted").startswith(f"{PLANS}details/?id={key}")
    asked = bureau.send_to("/admin/batch/undo/", page)
    assert "plan-submitted" in asked.words()
    assert bureau.send_to("/admin/batch/undo/", asked, {"confirmed": "1"}).status == 303
    assert site.get(TrainingPlan, key).status is PlanStatus.SUBMITTED
    assert site.all(select(Notice.title).where(Notice.title.contains("plan-submitted"))) == []


# ---------------------------------------------------------------- the form
def test_the_course_table_grows_and_shrinks_without_script(client_of):
    client = client_of("academy_admin")
    page = client.get(NEW)
    assert lines_of(page) == [("", "", "")] * 4
    page = send(client, page, command="add_course")
    assert page.status == 200
    assert lines_of(page)[:2] == [("理论", "李老师", "8"), ("操作", "王老师", "4")]
    assert len(lines_of(page)) == 7
    assert page.errors() == {}
    assert "合计 12 学时，与合格学时相等" in page.words()
    page = client.send(page, {"command": "remove_course:0"})
    assert lines_of(page)[0] == ("操作", "王老师", "4")
    assert "合计 4 学时，还差 8 学时" in page.words()
    assert client.send(page, {"command": "remove_course:99"}).status == 200


def test_what_is_refused_is_said_and_nothing_typed_is_lost(site, client_of):
    client = client_of("academy_admin")
    page = send(
        client, client.get(NEW), hours="30", phone="", course_teacher=["李老师", "", "", ""],
        attachments=(io.BytesIO(picture()), "通知.png"),
    )  # fmt: skip
    assert page.errors() == {"phone": "请填写“联系电话”", "courses": "第 2 行：请填写授课教师"}
    kept = page.form()
    assert kept["name"] == [TYPED["name"]]
    assert kept["course_name"] == TYPED["course_name"]
    assert "通知.png" in page.words()
    page = client.send(page, {"phone": "1", "course_teacher": TYPED["course_teacher"], "command": "submit"})
    assert page.errors() == {
        "courses": "课程学时合计 12，合格学时 30，两者须相等，请核对课程表或修改合格学时"
    }
    page = client.send(page, {"command": "draft"})
    plan = site.get(TrainingPlan, int(page.location.rpartition("=")[2]))
    assert plan.status is PlanStatus.DRAFT
    names = site.all(select(TrainingAttachment.filename).where(TrainingAttachment.plan_id == plan.id))
    assert names == ["通知.png"], "the file came with the second form, which had none"


def test_a_file_that_is_none_is_named_and_a_forged_one_is_not_taken(site, client_of):
    client = client_of("academy_admin")
    page = send(client, client.get(NEW), attachments=(io.BytesIO(b"MZ"), "课程表.exe"))
    assert "课程表.exe" in page.errors()["attachments"]
    page = send(client, client.get(NEW), attachments=(io.BytesIO(picture()), "通知.png"), phone="")
    [token] = page.form()["waiting"]
    for forged in (token[:-2], "x", token + "x"):
        answer = send(client, client.get(NEW), waiting=forged)
        assert "请重新选择" in answer.errors()["attachments"]
    before = len(site.all(select(TrainingAttachment.id)))
    page = client.send(
        page, TYPED | {"remove_attachment": page.tree.xpath("//input[@name='remove_attachment']/@value")}
    )
    assert page.status == 302
    assert len(site.all(select(TrainingAttachment.id))) == before, "ticked to be dropped"


def test_a_form_sent_twice_files_one_plan(site, client_of):
    client = client_of("academy_admin")
    page = client.get(NEW)
    first, second = send(client, page), send(client, page)
    assert first.location == second.location
    third = send(client, page, hours="13", course_hours=["9", "4", "", ""])
    assert "已有同名计划（PX20264101000001，待审批）" in third.errors()["name"]
    assert len(site.all(select(TrainingPlan.id).where(TrainingPlan.name == TYPED["name"]))) == 1


def test_an_earlier_plan_is_copied_without_year_dates_and_files(site, client_of):
    client = client_of("academy_admin")
    source = site.world.id(TrainingPlan, "plan-closed")
    page = client.get(client.get(f"{PLANS}details/", id=source).link("复制"))
    form = page.form()
    assert (form["name"], form["credit_year"], form["start_date"]) == (["plan-closed"], [""], [""])
    assert lines_of(page)[0] == ("课程1", "李老师", "30")
    assert "waiting" not in form
    assert client_of("zhengzhou_admin").get(NEW, copy=source).status == 403
    assert client.get(NEW, copy="999999").status == 404


def test_a_draft_is_deleted_and_a_submitted_plan_is_not(site, client_of):
    client = client_of("academy_admin")
    draft, submitted = (site.world.id(TrainingPlan, f"plan-{name}") for name in ("draft", "submitted"))
    client.token()
    assert client.post(f"{PLANS}delete/", {"id": submitted}).status == 403
    assert client.post(f"{PLANS}delete/", {"id": draft}).status == 302
    assert site.get(TrainingPlan, draft) is None
    assert act(client, PLANS, submitted, "withdraw").status == 302
    assert site.get(TrainingPlan, submitted).status is PlanStatus.DRAFT


# ---------------------------------------------------------------- classes
def test_a_class_is_set_up_only_under_an_approved_plan(site, client_of):
    client = client_of("academy_admin")
    page = client.get(f"{CLASSES}new/")
    links = page.tree.xpath("//main//a[contains(@href, 'plan=')]")
    assert ["plan-nursing" in links[0].text_content(), "plan-approved" in links[1].text_content()] == [
        True,
        True,
    ]
    page = client.get(f"{CLASSES}new/", plan=site.world.id(TrainingPlan, "plan-draft"))
    assert "不能办班" in page.messages()
    url = f"{CLASSES}new/?plan={site.world.id(TrainingPlan, 'plan-approved')}"
    page = client.send(client.get(url), CLASS | {"start_date": "2026-02-01", "end_date": "", "capacity": "x"})
    assert set(page.errors()) == {"start_date", "end_date", "capacity"}
    assert page.form()["place"] == ["二楼"]
    for name in ("zhengzhou_admin", "doctor", "hospital_admin"):
        assert client_of(name).get(url).status == 403


@pytest.mark.parametrize(
    ("name", "status"), [("running", 200), ("planned", 200), ("finished", 403), ("cancelled", 403)]
)
def test_a_class_is_changed_while_it_is_not_over(site, client_of, name, status):
    client, key = client_of("academy_admin"), site.world.id(TrainingClass, f"class-{name}")
    page = client.get(f"{CLASSES}edit/", id=key)
    assert page.status == status
    if status == 200:
        assert client.send_to(f"{CLASSES}edit/?id={key}", page, {"place": "五楼"}).status == 302
        assert site.get(TrainingClass, key).place == "五楼"


@pytest.mark.parametrize(
    ("who", "second", "more"), [("academy_admin", "编号", ()), ("zhengzhou_admin", "施教机构", ("编号",))]
)
def test_a_list_of_plans_has_its_number_or_its_institution(client_of, who, second, more):
    page = client_of(who).get(PLANS)
    heads = [head.text_content().strip() for head in page.tree.xpath("//table[@data-grid]/thead//th")]
    heads = heads[heads.index("计划名称") :]
    lines = page.tree.xpath("//ol[@data-column-list]//span[@class='form-check-label']")
    offered = [line.text_content() for line in lines]
    assert heads[1] == second
    assert not {"编号", "施教机构"} & {*heads[2:]}
    assert offered.count("编号") == 1
    assert {*more} <= {*offered} - {*heads}


def test_the_list_of_classes_says_how_full_they_are_in_one_statement(site, client_of):
    page, asked = cost(site, client_of("academy_admin"), CLASSES)
    assert "5 / 100" in page.words()
    counting = [statement for statement in asked if statement.startswith("SELECT enrollment.class_id")]
    assert len(counting) == 1, told(asked)


def test_a_long_sign_in_sheet_is_offered_a_span_of_days_at_a_time(monkeypatch, site, client_of):
    key = site.world.id(TrainingClass, "class-finished")
    client = client_of("academy_admin")
    place, address = f"{CLASSES}details/", f"{CLASSES}paper/sign-in/"
    offered = "//a[contains(@href, '/paper/sign-in/')]"
    assert [link.text_content() for link in client.get(place, id=key).tree.xpath(offered)] == ["签到表"]
    monkeypatch.setattr(class_papers, "MOST_PAGES", 1)
    site.put(TrainingClass, "class-finished", end_date=dt.date(YEAR, 5, 10))
    links = client.get(place, id=key).tree.xpath(offered)
    assert [link.text_content() for link in links] == [
        "签到表（5月4日至5月8日）",
        "签到表（5月9日至5月10日）",
    ]
    for link in links:
        assert client.get(link.get("href")).data.startswith(b"%PDF")
    assert "请在本页按日期分段打印" in client.follow(client.get(address, id=key)).messages()
    for odd in ({"from": "x"}, {"from": "2026-05-09"}, {"from": "2026-05-09", "to": "2026-05-08"}):
        assert client.get(address, id=key, **odd).status == 404


@pytest.mark.parametrize("who", ["academy_admin", "zhengzhou_admin", "province_admin"])
def test_everybody_who_may_print_gets_every_paper(site, client_of, who):
    for paper in class_papers.Paper:
        page = client_of(who).get(
            f"{CLASSES}paper/{paper.value}/", id=site.world.id(TrainingClass, "class-finished")
        )
        assert page.data.startswith(b"%PDF"), page
