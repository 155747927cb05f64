"""专业技术人员管理 over HTTP: what stands there, what an employer may change, and who sees a full identifier."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from factories import TODAY, YEAR, citizen_id, make_claim
from sqlalchemy import func, select
from staff_desk import OFFICES, REASON, checked, journal, key, people, run_of, url
from test_sessions import log_in

from models import (
    Account,
    Batch,
    Claim,
    Department,
    LedgerEntry,
    Notice,
    Organization,
    Person,
    Requirement,
    YearSummary,
)
from models.enums import AccountStatus, PersonState, TitleLevelGroup


# ---------------------------------------------------------------- what stands on the pages
@pytest.mark.parametrize(
    ("who", "words", "missing"),
    [
        ("hospital_admin", ("导入人员", "导出", "离职", "退休", "恢复在职", "开通账户"), ()),
        ("jinshui_admin", ("导出",), ("导入人员", "离职", "开通账户", "编辑")),
        ("health_admin", ("导出",), ("导入人员", "离职", "开通账户", "编辑")),
        ("doctor", (), ("导入人员", "导出", "离职", "开通账户", "编辑")),
    ],
)
def test_the_list_offers_each_role_what_it_may_do(client_of, who, words, missing):
    page = client_of(who).get(url(""))
    buttons = " ".join(item.text_content() for item in page.tree.xpath("//main//button | //main//a"))
    assert [word for word in words if word not in buttons] == []
    assert [word for word in missing if word in buttons] == []


def test_the_page_of_a_person_shows_login_years_and_what_leads_on(site, client_of):
    page = client_of("hospital_admin").get(url("details/", id=key(site, "doctor")))
    words = page.words()
    assert "正常" in words
    assert re.search(r"2026 20 0 (已完成|公需 差)", words)
    for label in ("继续教育信息", "学时完成情况", "学时台账", "证书"):
        assert f"person={key(site, 'doctor')}" in page.link(label) or label in words
    shown = client_of("hospital_admin").get(f"/admin/claim/?person={key(site, 'doctor')}")
    assert "doctor-approved" in shown.text
    assert "nurse-submitted" not in shown.text


@pytest.mark.parametrize("who", OFFICES)
def test_every_office_sees_the_people_of_its_scope_with_masked_ids(site, client_of, who):
    page = client_of(who).get(url("details/", id=key(site, "doctor")))
    number = site.citizens["doctor"]
    assert f"{number[:4]}**********{number[-4:]}" in page.text
    assert number not in page.text
    assert client_of(who).get(url("details/", id=key(site, "doctor"))).status == 200


def test_registrations_that_came_to_nothing_are_no_people(site, client_of):
    site.put(Person, "applicant", state="void")
    client = client_of("hospital_admin")
    assert "applicant" not in client.get(url("")).text
    assert client.get(url("details/", id=key(site, "applicant"))).status == 404
    assert "void" not in client.get(url("")).options("state")


def test_a_department_stands_for_those_below_it(site, client_of):
    desk, office = (site.world.id(Department, f"hospital-{name}") for name in ("desk", "office"))
    site.put(Person, "nurse", department_id=desk)
    client = client_of("hospital_admin")
    for department, there, elsewhere in ((office, ("doctor", "nurse"), ()), (desk, ("nurse",), ("doctor",))):
        page = client.get(url("", department=department))
        names = [link.text for link in page.tree.xpath("//tbody//th/a")]
        assert [name for name in there if name not in names] == []
        assert [name for name in elsewhere if name in names] == []


def test_people_without_a_login_can_be_found(site, client_of):
    client = client_of("hospital_admin")
    without = client.get(url("", login=0))
    assert [link.text for link in without.tree.xpath("//tbody//th/a")] == ["veteran"]
    assert "veteran" not in [link.text for link in client.get(url("", login=1)).tree.xpath("//tbody//th/a")]


# ---------------------------------------------------------------- changing data
def edited(site, client, person, **changes):
    address = url("edit/", id=key(site, person))
    return client.send_to(address, client.get(address), changes)


def test_an_employer_changes_what_is_his_to_change(site, client_of):
    desk, before = site.world.id(Department, "hospital-desk"), site.get(Person, "doctor")
    typed = {
        "department_id": desk, "mobile": "139 1111 2222", "email": "a@example.com", "school": " 郑州 大学 ",
        "ethnicity_code": "01", "education_code": "21", "title_level_code": "middle",
    }  # fmt: skip
    assert edited(site, client_of("hospital_admin"), "doctor", **typed).status == 302
    row = site.get(Person, "doctor")
    assert (row.department_id, row.mobile, row.email, row.school) == (
        desk,
        "13911112222",
        "a@example.com",
        "郑州 大学",
    )
    assert (row.ethnicity_code, row.education_code, row.title_level_code) == ("01", "21", "middle")
    [entry] = journal(site, "doctor", "edit")
    assert entry.actor_organization_id == site.world.id(Organization, "hospital")
    assert entry.details == {
        "department": ["所属部门", "办公室", "前台"],
        "mobile": ["手机", before.mobile, "13911112222"],
        "email": ["电子邮箱", before.email, "a@example.com"],
        "school": ["毕业院校", "", "郑州 大学"],
        "ethnicity_code": ["民族", "", "汉族"],
        "education_code": ["学历", "", "大学本科毕业"],
        "title_level_code": ["职称级别", "", "中级"],
    }
    page = client_of("hospital_admin").get("/admin/journal/details/", id=entry.id)
    assert "办公室" in page.words()
    page = client_of("hospital_admin").get(url("details/", id=key(site, "doctor")))
    assert "汉族" in page.words()
    assert "中级" in page.words()


@pytest.mark.parametrize(
    ("who", "address"),
    [("hospital_admin", "edit/"), ("doctor", "/admin/profile/")],
    ids=["employer", "himself"],
)
def test_a_title_level_changed_by_anybody_has_the_open_year_judged_by_what_it_asks_now(
    site, client_of, who, address
):
    with site.session() as session:
        for group, total in ((TitleLevelGroup.SENIOR_MIDDLE, 90), (TitleLevelGroup.JUNIOR, 80)):
            session.add(Requirement(year=YEAR, title_level_group=group, public_hours=30, specialty_hours=50,
                                    total_hours=total, legal_basis="测试"))  # fmt: skip
    own = f"doctor-{YEAR}"
    site.put(YearSummary, own, public_hours=30, specialty_hours=55, required_total=80, complete=True)
    site.put(Account, "doctor", mobile="13900000001", email="doctor@example.com")
    client = client_of(who)
    page = client.get(url(address, id=key(site, "doctor")) if address == "edit/" else address)
    for level, total, complete in (("middle", 90, False), ("junior", 80, True)):
        typed = {"title_level_code": level, "mobile": "13900000001", "email": "doctor@example.com"}
        assert client.send_to(page.url, page, typed).status == 302
        row = site.get(YearSummary, own)
        assert (row.required_total, row.complete) == (total, complete), level


def test_name_citizen_id_employer_and_state_are_not_his_whatever_the_form_says(site, client_of):
    before = site.get(Person, "doctor")
    forged = {
        "name": "别人", "citizen_id": citizen_id(), "employer_id": site.world.id(Organization, "school"), "sex": "1",
        "state": "left", "left_on": "2020-01-01", "region_code": "410300", "birth_date": "2000-01-01", "id": 1,
    }  # fmt: skip
    assert edited(site, client_of("hospital_admin"), "doctor", **forged).status == 302
    after = site.get(Person, "doctor")
    for name in (
        "name",
        "citizen_id",
        "employer_id",
        "sex",
        "state",
        "left_on",
        "region_code",
        "birth_date",
        "id",
    ):
        assert getattr(after, name) == getattr(before, name), name


def test_saving_what_stands_there_already_is_no_change(site, client_of):
    assert edited(site, client_of("hospital_admin"), "doctor").status == 302
    assert journal(site, "doctor", "edit") == []


BAD_DATA = (
    ({"mobile": "123"}, "mobile", "11 位数字"),
    ({"email": "nobody"}, "email", "格式不对"),
    ({"school": "长" * 201}, "school", "最多 200 个字"),
    ({"education_code": "不存在"}, "education_code", "请选择列表中的“学历”"),
    ({"department_id": "school-office"}, "department_id", "请选择本单位的部门"),
    ({"department_id": "999999"}, "department_id", "请选择本单位的部门"),
)


def test_what_cannot_be_stored_is_said_at_its_field_and_nothing_is_lost(site, client_of):
    client = client_of("hospital_admin")
    for typed, field, words in BAD_DATA:
        changes = {name: site.world.ids[Department].get(value, value) for name, value in typed.items()}
        page = edited(site, client, "doctor", native_place="河南", **changes)
        assert page.status == 200, typed
        assert words in page.errors()[field]
        assert page.form()["native_place"] == ["河南"]
    assert site.get(Person, "doctor").native_place == ""
    assert journal(site, "doctor", "edit") == []


NO_EDITORS = (
    ("hospital_admin", "teacher", 404),
    ("hospital_admin", "applicant", 403),
    ("jinshui_admin", "doctor", 403),
    ("health_admin", "doctor", 403),
    ("province_admin", "doctor", 403),
    ("doctor", "doctor", 403),
    ("nurse", "doctor", 403),
)


def test_nobody_else_changes_a_person_and_nobody_creates_or_deletes_one(site, client_of):
    before = site.snapshot()
    for who, name, status in NO_EDITORS:
        client, address = client_of(who), url("edit/", id=key(site, name))
        assert client.get(address).status == status, (who, name)
        assert client.post(address, {"mobile": "13911112222"}).status == status, (who, name)
    client = client_of("hospital_admin")
    for view in ("new/", "delete/"):
        assert client.get(url(view, id=key(site, "doctor"))).status == 403
        assert client.post(url(view), {"id": key(site, "doctor"), "name": "新人"}).status == 403
    assert site.snapshot() == before


# ---------------------------------------------------------------- leaving, retiring, coming back
def fired(site, client, action, *names, **typed):
    chosen = {"action": action, "rowid": [key(site, name) for name in names]}
    preview = client.post(url("action/"), chosen)
    assert preview.status == 200, preview
    return client.send_to(url("action/"), preview, {"action": action, "confirmed": "1", **typed})


def test_somebody_who_left_keeps_his_hours_logs_in_and_files_nothing(site, client_of):
    hours = site.all(select(func.count(LedgerEntry.id)).where(LedgerEntry.person_id == key(site, "doctor")))
    assert fired(site, client_of("hospital_admin"), "leave", "doctor", left_on="2026-10-31").status == 302
    row = site.get(Person, "doctor")
    assert (row.state, row.left_on) == (PersonState.LEFT, dt.date(2026, 10, 31))
    assert site.all(select(func.count(LedgerEntry.id)).where(LedgerEntry.person_id == row.id)) == hours
    assert "离职" in client_of("hospital_admin").get(url("details/", id=row.id)).words()
    own = log_in(site, "doctor")
    assert own.get("/admin/ledger/").status == 200
    draft = site.world.id(Claim, "doctor-draft")
    preview = own.post("/admin/claim/action/", {"action": "submit", "rowid": draft})
    assert "不是本单位在职人员" in preview.words()
    assert "离职" in str(
        site.all(select(Notice.title).where(Notice.account_id == site.world.id(Account, "doctor")))
    )
    with site.session() as session:
        assert (
            make_claim(session, session.get(Person, row.id)).status == "draft"
        )  # only submitting is refused


def test_a_batch_retires_those_in_service_and_says_why_not_the_others(site, client_of):
    client = client_of("hospital_admin")
    preview = client.post(
        url("action/"),
        {"action": "retire", "rowid": [key(site, name) for name in ("doctor", "nurse", "veteran")]},
    )
    assert "可以退休" in preview.words()
    assert "当前状态不能进行此操作" in preview.words()
    assert preview.form()["left_on"] == [TODAY.isoformat()]
    answer = client.send_to(url("action/"), preview, {"action": "retire", "confirmed": "1"})
    result = client.follow(answer)
    assert "已办理 2" in result.words()
    assert f"id={key(site, 'doctor')}" in result.link("doctor")
    assert {site.get(Person, name).state for name in ("doctor", "nurse", "veteran")} == {PersonState.RETIRED}
    [batch] = site.all(select(Batch).where(Batch.transition == "retire"))
    assert batch.done_count == 2


def test_the_day_somebody_left_is_a_day_that_was(site, client_of):
    client = client_of("hospital_admin")
    for day, words in (
        ("", "请填写“离职日期”"),
        ("2026-02-30", "不是有效的日期"),
        ("2027-01-01", "不晚于今天"),
        ("abc", "不是有效的日期"),
    ):
        page = fired(site, client, "leave", "doctor", left_on=day)
        shown = client.follow(page) if page.status == 302 else page
        assert words in shown.words(), day
        assert site.get(Person, "doctor").state is PersonState.IN_SERVICE


def test_coming_back_needs_a_reason_and_clears_the_day(site, client_of):
    client = client_of("hospital_admin")
    refused = fired(site, client, "reinstate", "veteran", reason=" ")
    assert "请填写原因" in refused.errors()["reason"]
    assert fired(site, client, "reinstate", "veteran", reason="返聘").status == 302
    row = site.get(Person, "veteran")
    assert (row.state, row.left_on) == (PersonState.IN_SERVICE, None)
    [entry] = journal(site, "veteran", "reinstate")
    assert (entry.from_status, entry.to_status, entry.reason) == ("retired", "in_service", "返聘")


def test_only_the_employer_moves_its_people(site, client_of):
    before = site.snapshot()
    for who in ("jinshui_admin", "health_admin", "doctor", "province_admin"):
        for action in ("leave", "retire", "reinstate", "open_login"):
            form = {"action": action, "rowid": key(site, "doctor"), "confirmed": "1", "left_on": "2026-01-01",
                    "reason": "x"}  # fmt: skip
            assert client_of(who).post(url("action/"), form).status == 403, (who, action)
    assert site.snapshot() == before


# ---------------------------------------------------------------- logins
def test_an_opened_login_lets_in_once_and_asks_for_another_password(site, client_of, visitor):
    client = client_of("hospital_admin")
    address = checked(client, [("新人", (number := citizen_id()), "前台")])
    client.post(url("import/start/"), {"id": run_of(address)})
    [person] = people(site)
    assert "还没有账户" in client.get(url("details/", id=person.id)).words()
    before = site.all(select(func.count(Account.id)))
    preview = client.post(url("action/"), {"action": "open_login", "rowid": person.id})
    assert "可以开通账户" in preview.words()
    assert preview.tree.xpath("//code") == []
    assert site.all(select(func.count(Account.id))) == before
    page = client.send_to(url("action/"), preview, {"confirmed": "1"})
    assert page.status == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    [password] = page.tree.xpath("//code/text()")
    assert number not in page.text
    [account] = site.all(select(Account).where(Account.person_id == person.id))
    assert (account.status, account.approver_id) == (
        AccountStatus.ACTIVE,
        site.world.id(Organization, "hospital"),
    )
    assert account.initial_password_until
    assert password not in str(site.snapshot())
    typed = {"user_type": "person", "citizen_id": number, "password": password}
    assert visitor.send(visitor.get("/login"), typed).status == 302
    assert visitor.get("/admin/claim/").location == "/admin/password/"
    again = client.post(url("action/"), {"action": "open_login", "rowid": person.id, "confirmed": "1"})
    assert "已有账户（正常）" in again.words()
    assert again.tree.xpath("//code") == []
    assert "初始密码" in client.get(url("details/", id=person.id)).words()


def test_a_login_is_opened_for_ones_own_people_without_one_only(site, client_of):
    client, before = client_of("hospital_admin"), site.all(select(func.count(Account.id)))
    chosen = [key(site, name) for name in ("doctor", "teacher", "applicant", "miller")]
    for confirmed in ({}, {"confirmed": "1"}):
        page = client.post(url("action/"), {"action": "open_login", "rowid": chosen, **confirmed})
        assert "doctor：已有账户（正常）" in page.words()
        assert "applicant：当前为“待审核”，不能开通账户" in page.words()
        assert "teacher" not in page.text
        assert not page.tree.xpath("//button[@name='confirmed']")
    assert site.all(select(func.count(Account.id))) == before
    nobody = client.post(url("action/"), {"action": "open_login"})
    assert "请先勾选" in client.follow(nobody).messages()


def test_nobody_opens_his_own_personal_login_nor_hundreds_at_once(site, client_of):
    site.put(Account, "manager", status="withdrawn", decided_at=None)
    client = client_of("company_admin")
    page = client.post(url("action/"), {"action": "open_login", "rowid": key(site, "manager")})
    assert "不能为本人开通账户" in page.words()
    for confirmed in ({}, {"confirmed": "1"}):
        page = client.post(
            url("action/"), {"action": "open_login", "rowid": list(range(1, 102)), **confirmed}
        )
        assert "一次最多为 100 人" in client.follow(page).messages()


# ---------------------------------------------------------------- one full identifier
def test_a_full_id_is_shown_once_to_who_says_why_and_its_owner_can_see_that(site, client_of):
    number = site.citizens["doctor"]
    for who in OFFICES:
        client = client_of(who)
        for reason in ("", "   ", "长" * 501):
            page = client.post(url("unmask/"), {"id": key(site, "doctor"), "reason": reason})
            assert page.status == 200
            assert page.errors()["unmask-reason"]
            assert number not in page.text
        page = client.post(url("unmask/"), {"id": key(site, "doctor"), "reason": f" {REASON} "})
        assert page.status == 200
        assert number in page.words()
        assert page.headers["Cache-Control"] == "private, no-store"
        assert number not in client.get(url("details/", id=key(site, "doctor"))).text
    entries = journal(site, "doctor", "unmask")
    assert [entry.actor_id for entry in entries] == [site.world.id(Account, who) for who in OFFICES]
    assert {entry.reason for entry in entries} == {REASON}
    own = client_of("doctor").get(url("details/", id=key(site, "doctor"))).words()
    for who in OFFICES:
        office = site.get(Organization, who.removesuffix("_admin")).name
        assert f"查看完整身份证号 {office}" in own
    assert own.count(REASON) == len(OFFICES)


def test_a_full_id_is_nothing_for_others(site, client_of):
    for who, name, status in (
        ("hospital_admin", "teacher", 404),
        ("health_admin", "teacher", 404),
        ("jinshui_admin", "engineer", 404),
        ("doctor", "nurse", 404),
        ("doctor", "doctor", 403),
        ("system_admin", "doctor", 403),
    ):
        page = client_of(who).post(url("unmask/"), {"id": key(site, name), "reason": REASON})
        assert page.status == status, (who, name)
        assert site.citizens[name] not in page.text
        assert journal(site, name, "unmask") == []


def test_who_saw_my_data_is_on_my_page_and_on_nobody_elses(site, client_of):
    client_of("hospital_admin").post(url("unmask/"), {"id": key(site, "doctor"), "reason": REASON})
    assert "谁看过我的信息" in client_of("doctor").get(url("details/", id=key(site, "doctor"))).words()
    assert "还没有单位或机构" in client_of("nurse").get(url("details/", id=key(site, "nurse"))).words()
    for who in OFFICES:
        page = client_of(who).get(url("details/", id=key(site, "doctor"))).words()
        assert "谁看过我的信息" not in page
        assert REASON not in page
