"""管理账户 and 管理人员管理 in the browser: who is appointed, helped, removed and closed, and what forged forms get."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from site_client import PASSWORD, Client
from sqlalchemy import select
from test_lockout import LOCKED, fail, try_right
from test_sessions import ago, log_in

from models import Account, JournalEntry, LoginSession, Notice, Organization, OutgoingMail, SecondFactor
from models.base import now
from models.identifiers import make_citizen_id

FRESH = make_citizen_id("410105", dt.date(1985, 5, 5), 7)
WHO = {"citizen_id": FRESH, "real_name": "新任", "mobile": "13800000000", "email": "new@example.com"}
GIVEN = re.compile(r"data-initial-password>([^<]+)<")


def appoint(client, url="/admin/administrator/new/", **changes):
    return client.send(client.get(url), {**WHO, **changes})


def given(page):
    """Return the initial password a page shows, which no browser keeps."""
    assert page.status == 200, page
    assert "no-store" in page.headers["Cache-Control"]
    [password] = GIVEN.findall(page.text)
    return password


def accounts_of(site, citizen):
    return [row for row in site.all(select(Account).order_by(Account.id)) if row.citizen_id == citizen]


def enter(site, office, citizen, password, kind="employer"):
    """Log in as an administrator; return the browser and the answer."""
    client = Client(site.app)
    code = site.get(Organization, office).code
    typed = {"user_type": kind, "organization_code": code, "citizen_id": citizen, "password": password}
    return client, client.send(client.get("/login"), typed)


def help_with(client, site, grid, name, command):
    key = site.world.id(Account, name) if isinstance(name, str) else name
    return client.post(f"/admin/{grid}/help/", {"id": key, "command": command})


def act(client, grid, name, key, reason="职务变动"):
    """Take a step of the workflow as its preview page asks for it."""
    typed = {"action": name, "rowid": key, "url": f"/admin/{grid}/"}
    page = client.post(f"/admin/{grid}/action/", typed)
    return client.send(page, {"reason": reason, "confirmed": "1"})


def leave_alone(site, office):
    site.put(Account, f"{office}_admin", status="disabled", reason="离职")


# ---------------------------------------------------------------- appointment
def test_one_citizen_is_a_professional_and_administers_two_organisations(site, client_of):
    citizen = site.citizens["doctor"]
    passwords = {}
    for office in ("hospital", "school"):
        page = appoint(client_of(f"{office}_admin"), citizen_id=citizen, real_name="doctor")
        passwords[office] = given(page)
        assert citizen not in page.text
    letters = site.all(select(OutgoingMail).where(OutgoingMail.template == "account_appointed"))
    assert {mail.recipient for mail in letters} == {"new@example.com"}
    assert not any(word in mail.body + mail.html for mail in letters for word in passwords.values())
    for office, password in passwords.items():
        client, answer = enter(site, office, citizen, password)
        assert answer.location == "/admin/"
        assert "/admin/password/" in client.get("/admin/").location  # changed before anything else
    assert "密码错误" in enter(site, "hospital", citizen, passwords["school"])[1].words()
    assert "密码错误" in enter(site, "hospital", citizen, PASSWORD)[1].words()
    assert log_in(site, "doctor").get("/admin/").status == 200
    logins = accounts_of(site, citizen)
    assert [(login.user_type, login.status) for login in logins] == [
        ("person", "active"), ("employer", "active"), ("employer", "active")]  # fmt: skip
    entry, _second = site.all(
        select(JournalEntry).where(JournalEntry.action == "appoint").order_by(JournalEntry.id)
    )
    assert (entry.object_id, entry.actor_id) == (logins[1].id, site.world.id(Account, "hospital_admin"))
    assert site.all(select(Notice.title).where(Notice.account_id == logins[1].id)) == ["您已成为机构管理员"]


def test_what_is_typed_wrongly_is_said_at_its_field_and_kept(site, client_of):
    client = client_of("hospital_admin")
    for typed, field, sentence in (
        ({"citizen_id": FRESH[:-1] + "0" if FRESH[-1] != "0" else FRESH[:-1] + "1"}, "citizen_id", "校验"),
        ({"citizen_id": site.citizens["hospital_admin"]}, "citizen_id", "已是本机构的管理员（正常）"),
        ({"real_name": " "}, "real_name", "姓名"),
        ({"mobile": "12"}, "mobile", "手机"),
        ({"email": "none"}, "email", "邮箱"),
        ({"email": ""}, "email", "请填写“电子邮箱”"),
    ):
        page = appoint(client, **typed)
        assert page.status == 200
        assert sentence in page.errors()[field], typed
        assert page.form()["citizen_id"] == [{**WHO, **typed}["citizen_id"]]
    assert not accounts_of(site, FRESH)


def test_a_forged_form_gives_no_other_role_organisation_or_state(site, client_of):
    forged = {"organization_id": str(site.world.id(Organization, "school")), "user_type": "system",
              "approver_id": "1", "person_id": str(site.world.id(Account, "doctor")), "id": "1",
              "status": "pending", "password": "Geraten-2026-x"}  # fmt: skip
    page = appoint(client_of("hospital_admin"), **forged)
    assert given(page) != forged["password"]
    [login] = accounts_of(site, FRESH)
    assert login.organization_id == site.world.id(Organization, "hospital")
    assert (login.user_type, login.status, login.person_id) == ("employer", "active", None)
    assert login.initial_password_until is not None


def test_an_initial_password_lapses_and_says_whom_to_ask(site, client_of):
    password = given(appoint(client_of("hospital_admin")))
    [login] = accounts_of(site, FRESH)
    site.put(Account, login.id, initial_password_until=ago(seconds=1))
    _, answer = enter(site, "hospital", FRESH, password)
    assert "请联系本单位的其他管理员或“金水区人社局”" in answer.words()


@pytest.mark.parametrize(
    ("who", "office", "status"),
    [
        ("jinshui_admin", "hospital", 200),
        ("zhengzhou_admin", "hospital", 200),
        ("province_admin", "education", 200),
        ("system_admin", "province", 200),
        ("jinshui_admin", "zhengzhou", 404),
        ("health_admin", "hospital", 403),
        ("jinshui_admin", "clinic", 403),  # not approved: its registration is decided instead
        ("hospital_admin", "hospital", 403),  # its own administrators are kept under 管理人员管理
        ("hospital_admin", "school", 403),
        ("luoyang_admin", "hospital", 404),
        ("system_admin", "hospital", 404),
        ("doctor", "hospital", 403),
    ],
)
def test_an_office_left_alone_gets_an_administrator_from_its_superior(site, client_of, who, office, status):
    client, url = client_of(who), f"/admin/organization/appoint/?id={site.world.id(Organization, office)}"
    if status == 200 and who != "system_admin":
        assert client.get(url).status == 403  # somebody is there who can do it himself
        assert client.post(url, WHO).status == 403
        leave_alone(site, office)
    page = client.post(url, WHO)
    assert page.status == status
    assert len(accounts_of(site, FRESH)) == (status == 200)
    if status == 200:
        kind = site.get(Organization, office).kind.value
        assert enter(site, office, FRESH, given(page), kind)[1].location == "/admin/"
        assert "/appoint/" not in client_of("jinshui_admin").get(url.replace("appoint", "details")).text


def test_a_superior_does_not_appoint_himself(site, client_of):
    leave_alone(site, "hospital")
    url = f"/admin/organization/appoint/?id={site.world.id(Organization, 'hospital')}"
    page = appoint(client_of("jinshui_admin"), url, citizen_id=site.citizens["jinshui_admin"])
    assert "不能任命本人" in page.errors()["citizen_id"]
    assert len(accounts_of(site, site.citizens["jinshui_admin"])) == 1


# ---------------------------------------------------------------- taking the right away
def test_a_right_is_taken_away_never_the_last_one_never_ones_own(site, client_of):
    client, own = client_of("hospital_admin"), site.world.id(Account, "hospital_admin")
    assert "只有一位管理员" in client.get("/admin/administrator/").words()
    password = given(appoint(client))
    assert "只有一位管理员" not in client.get("/admin/administrator/").words()
    [second] = accounts_of(site, FRESH)
    other, answer = enter(site, "hospital", FRESH, password)
    assert answer.location == "/admin/"

    preview = client.post("/admin/administrator/action/", {"action": "remove", "rowid": own})
    assert "请由另一位管理员办理" in preview.words()
    preview = client.post("/admin/administrator/action/", {"action": "remove", "rowid": second.id})
    assert "请填写原因" in client.send(preview, {"reason": "", "confirmed": "1"}).words()
    page = act(client, "administrator", "remove", second.id)
    assert "已取消管理权限" in client.follow(page).messages()
    assert site.get(Account, second.id).status == "removed"
    assert other.get("/admin/").status == 302
    assert "密码错误" in enter(site, "hospital", FRESH, password)[1].words()

    again = given(appoint(client))
    assert enter(site, "hospital", FRESH, again)[1].location == "/admin/"
    act(client, "administrator", "remove", own)
    assert site.get(Account, "hospital_admin").status == "active"


def test_the_history_tells_what_was_refused(site, client_of):
    office, key = client_of("system_admin"), site.world.id(Account, "province_admin")
    typed = {"action": "remove", "rowid": key, "reason": "换人", "confirmed": "1"}
    office.post("/admin/account/action/", typed)
    page = office.get("/admin/account/details/", id=key)
    assert "未办理：取消管理权限" in page.words()
    assert "最后一位正常的管理员" in page.words()
    assert site.get(Account, "province_admin").status == "active"


# ---------------------------------------------------------------- helping who cannot log in
@pytest.mark.parametrize(
    ("who", "grid", "whom", "status"),
    [
        ("hospital_admin", "account", "doctor", 200),
        ("jinshui_admin", "account", "doctor", 200),
        ("jinshui_admin", "account", "hospital_admin", 200),
        ("system_admin", "account", "province_admin", 200),
        ("hospital_admin", "account", "hospital_admin", 404),  # one's own organisation has a grid of its own
        ("hospital_admin", "administrator", "doctor", 404),
        ("hospital_admin", "account", "applicant", 404),  # a registration is decided, not helped
        ("academy_admin", "account", "academy_admin", 403),
    ],
)
def test_a_reset_password_is_shown_once_and_lets_in(site, client_of, who, grid, whom, status):
    page = help_with(client_of(who), site, grid, whom, "reset_password")
    assert page.status == status
    if status != 200:
        assert site.get(Account, whom).initial_password_until is None
        return
    password = given(page)
    assert site.all(select(OutgoingMail.template)).count("password_reset") == 1
    assert "密码错误" in try_right(Client(site.app), site, whom).words()
    assert try_right(Client(site.app), site, whom, password=password).location == "/admin/"
    assert (
        "重置密码" in client_of(who).get(f"/admin/{grid}/details/", id=site.world.id(Account, whom)).words()
    )


def test_a_locked_login_is_found_and_unlocked(site, client_of, visitor):
    fail(visitor, site, "doctor", 5)
    client = client_of("hospital_admin")
    page = client.get("/admin/account/", locked="1")
    assert [row.strip() for row in page.tree.xpath("//tbody//th/a/text()")] == ["doctor"]
    assert "doctor" not in client.get("/admin/account/", locked="0").words()
    details = client.get("/admin/account/details/", id=site.world.id(Account, "doctor"))
    assert "解除锁定" in details.words()
    assert help_with(client, site, "account", "doctor", "unlock").status == 302
    assert try_right(visitor, site, "doctor").location == "/admin/"
    assert LOCKED not in visitor.get("/admin/").words()


def test_a_second_factor_is_taken_off_and_its_owner_told(site, client_of):
    key = site.world.id(Account, "hospital_admin")
    with site.session() as session:
        session.add(SecondFactor(account_id=key, secret="A" * 32, confirmed_at=now()))
    client = client_of("jinshui_admin")
    office = client.get("/admin/organization/details/", id=site.world.id(Organization, "hospital"))
    assert "金水医院管理员 正常" in office.words()
    assert client.get(office.link("金水医院管理员")).status == 200
    assert help_with(client, site, "account", "hospital_admin", "reset_factor").status == 302
    assert not site.all(select(SecondFactor.id).where(SecondFactor.account_id == key))
    titles = site.all(select(Notice.title).where(Notice.account_id == key).order_by(Notice.id))
    assert titles[-1] == "您的两步验证已被重置"


def test_what_may_not_be_helped_is_refused_and_written_down(site, client_of):
    client, before = client_of("hospital_admin"), site.get(Account, "doctor").password
    site.put(Account, "doctor", status="disabled", reason="离职")
    page = help_with(client, site, "account", "doctor", "reset_password")
    assert "您不能重置这个账户的密码" in client.follow(page).messages()
    assert site.get(Account, "doctor").password == before
    [entry] = site.all(select(JournalEntry).where(JournalEntry.action == "refused"))
    assert entry.object_id == site.world.id(Account, "doctor")
    own = help_with(client, site, "administrator", "hospital_admin", "reset_password")
    assert "请在“修改密码”中更改" in client.follow(own).messages()
    assert help_with(client, site, "account", "nurse", "approve").status == 404


# ---------------------------------------------------------------- closing
def test_a_closed_organisation_loses_its_administrators_at_once_and_its_people_stay(site, client_of):
    admin, doctor, bureau = (client_of(name) for name in ("hospital_admin", "doctor", "jinshui_admin"))
    key = site.world.id(Organization, "hospital")
    assert "已停用" in bureau.follow(act(bureau, "organization", "disable", key)).messages()
    session = site.world.id(LoginSession, "hospital_admin")
    assert site.get(LoginSession, session).ended_why == "disabled"
    assert admin.get("/admin/").status == 302
    assert doctor.get("/admin/").status == 200
    assert "密码错误" in try_right(Client(site.app), site, "hospital_admin").words()
    assert "职务变动" in bureau.get("/admin/organization/details/", id=key).words()
    typed = {"action": "enable", "rowid": key, "confirmed": "1"}
    bureau.post("/admin/organization/action/", typed)
    assert admin.get("/admin/").status == 302  # enabling brings no session back
    assert try_right(Client(site.app), site, "hospital_admin").location == "/admin/"
    assert "停用" not in admin.get("/login").messages()


@pytest.mark.parametrize(("who", "office"), [("hospital_admin", "hospital"), ("health_admin", "hospital")])
def test_nobody_closes_an_office_without_the_verb(site, client_of, who, office):
    key = site.world.id(Organization, office)
    typed = {"action": "disable", "rowid": key, "reason": "x", "confirmed": "1"}
    assert client_of(who).post("/admin/organization/action/", typed).status == 403
    page = client_of(who).get("/admin/organization/details/", id=key)
    assert not page.tree.xpath("//main//button[@value='disable']")
    assert site.get(Organization, office).status == "active"


# ---------------------------------------------------------------- looking at the scan
def test_the_scan_opens_from_the_list_and_from_the_preview(site, client_of):
    client, office = client_of("jinshui_admin"), site.world.id(Organization, "clinic")
    url = f"/files/organization-certificates/{office}"
    for page in (
        client.get("/admin/account-review/"),
        client.post("/admin/account-review/action/",
                    {"action": "approve", "rowid": site.world.id(Account, "clinic_admin")}),
    ):  # fmt: skip
        link, *_ = page.tree.xpath(f"//a[@href='{url}']")
        assert (link.get("data-show-file"), link.text) == ("image", "看扫描件")
        assert "金水诊所" in link.get("aria-label")
    assert client.get(url).status == 200
    assert "看扫描件" not in client_of("hospital_admin").get("/admin/account-review/").text


# ---------------------------------------------------------------- finding logins
def first_cells(page):
    return {cell.text_content().strip() for cell in page.tree.xpath("//tbody/tr/th[@scope='row']")}


@pytest.mark.parametrize(
    ("actor", "holder", "found"),
    [
        ("jinshui_admin", "hospital_admin", {"金水医院管理员"}),  # an administrator is no professional
        ("jinshui_admin", "doctor", {"doctor"}),
        ("province_admin", "jinshui_admin", {"金水区人社局管理员"}),
        ("system_admin", "province_admin", {"河南省人社厅管理员"}),
        ("luoyang_admin", "hospital_admin", set()),  # out of scope
    ],
)
def test_a_login_is_found_by_the_citizen_id_of_its_holder_which_stands_in_no_address(
    site, client_of, actor, holder, found
):
    number = site.citizens[holder]
    client = client_of(actor)
    page = client.follow(client.post("/admin/account/find/", {"search": number}))
    assert re.fullmatch(r"/admin/account/\?person=\d+", page.url)
    assert first_cells(page) == found
    assert number not in page.text


def test_all_logins_of_one_citizen_are_found_together(site, client_of):
    citizen = site.citizens["doctor"]
    appoint(client_of("hospital_admin"), citizen_id=citizen, real_name="兼管理员")
    client = client_of("jinshui_admin")
    page = client.follow(client.post("/admin/account/find/", {"search": f"兼 {citizen}"}))
    assert first_cells(page) == {"doctor", "兼管理员"}


# ---------------------------------------------------------------- 审核账户
def test_registrations_that_wait_stand_first_and_the_oldest_of_them_on_top(site, client_of):
    jinshui = site.world.id(Organization, "jinshui")
    decided = {"status": "removed", "decided_at": now(), "reason": "离职"}
    for name, values in (
        ("hospital_admin", decided),
        ("clinic_admin", {}),
        ("nurse_rejected", {}),
        ("applicant", {}),
    ):
        site.put(Account, name, approver_id=jinshui, **values)
    shown = client_of("jinshui_admin").get("/admin/account-review/").tree.xpath("//tbody/tr/th/a/@href")
    keys = [int(re.search(r"id=(\d+)", link)[1]) for link in shown]
    waiting = [site.world.id(Account, name) for name in ("applicant", "clinic_admin")]
    assert keys[:2] == sorted(waiting)
    assert site.world.id(Account, "hospital_admin") in keys[2:]


@pytest.mark.parametrize(
    ("actor", "term", "found"),
    [
        ("jinshui_admin", "金水诊所", {"金水诊所管理员"}),
        ("jinshui_admin", "{clinic}", {"金水诊所管理员"}),
        ("jinshui_admin", "金水诊所管理员", {"金水诊所管理员"}),
        ("jinshui_admin", "别的机构", set()),
        ("hospital_admin", "applicant", {"applicant"}),
    ],
)
def test_a_registration_is_found_by_its_organisation(site, client_of, actor, term, found):
    code = site.get(Organization, "clinic").code
    page = client_of(actor).get("/admin/account-review/", search=term.format(clinic=code))
    assert first_cells(page) == found


# ---------------------------------------------------------------- whom one manages
@pytest.mark.parametrize(
    ("who", "managed", "others"),
    [
        ("zhengzhou_admin", {"郑州公司", "金水区人社局", "金水医院"}, {"郑州市人社局", "河南省人社厅"}),
        ("jinshui_admin", {"金水医院", "金水诊所"}, {"金水区人社局", "郑州市人社局"}),
        ("province_admin", {"郑州市人社局", "省卫健委", "洛阳学校"}, {"河南省人社厅"}),
        ("health_admin", {"金水医院"}, {"省卫健委", "河南省人社厅"}),
    ],
)
def test_the_organizations_one_manages_are_neither_oneself_nor_the_offices_above(
    client_of, who, managed, others
):
    page = client_of(who).get("/admin/organization/")
    names = {cell.xpath("normalize-space(.)") for cell in page.tree.xpath("//tbody/tr/th")}
    assert managed <= names
    assert not others & names


def test_the_scan_of_an_office_above_is_not_sent(site, client_of):
    key = site.world.id(Organization, "province")
    site.put(Organization, "province", certificate_key="0" * 32, certificate_mime="image/png")
    for who in ("zhengzhou_admin", "health_admin"):
        assert client_of(who).get(f"/files/organization-certificates/{key}").status == 404
