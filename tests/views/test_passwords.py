"""Changing one's password, being given an initial one, and getting it back by mail."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask_security import hash_password
from site_client import PASSWORD, Client
from sqlalchemy import select
from test_login import NOT_CONFIRMED_ID, PENDING, WRONG, credentials
from test_sessions import ago, log_in

from models import Account, JournalEntry, Organization, OutgoingMail, RecoveryLink
from permissions.actor import load_actor
from services import passwords
from services.errors import InputError

NEW = "Kiefer+Moos-41"


def change(client, old=PASSWORD, new=NEW, again=None):
    page = client.get("/admin/password/")
    typed = {"password": old, "new_password": new, "new_password_confirm": new if again is None else again}
    return client.send(page, typed)


def actions(site, name):
    """Return what the journal says about an account, oldest first."""
    key = site.world.id(Account, name)
    statement = select(JournalEntry.action).where(
        JournalEntry.object_id == key, JournalEntry.object_type.in_(["account", "login"])
    )
    return site.all(statement.order_by(JournalEntry.id))[1:]  # the first row is the world's


# ---------------------------------------------------------------- 修改密码
@pytest.mark.parametrize("name", ["doctor", "system_admin"])
def test_a_changed_password_lets_in_and_the_former_one_does_not(site, visitor, name):
    client, elsewhere = log_in(site, name), log_in(site, name)
    page = change(client)
    assert page.location == "/admin/password/"
    assert "密码已修改" in client.follow(page).messages()
    told = elsewhere.follow(elsewhere.get("/admin/"))
    assert "您的密码已更改" in told.messages()
    assert WRONG in visitor.send(visitor.get("/login"), credentials(site, name)).words()
    assert visitor.send(visitor.get("/login"), credentials(site, name, password=NEW)).location == "/admin/"
    assert actions(site, name) == ["login", "login", "change_password", "login_failed", "login"]
    [entry] = site.all(select(JournalEntry).where(JournalEntry.action == "change_password"))
    assert entry.details["address"] == "127.0.0.1"
    assert NEW not in str(entry.details)


def test_the_rules_stand_beside_the_field_and_what_is_refused_says_where_and_why(site, client_of):
    client = client_of("doctor")
    citizen = site.citizens["doctor"]
    assert len(client.get("/admin/password/").tree.xpath("//ul[@id='password-rules']/li")) == 5
    for typed, field, sentence in (
        ({"old": "Falsch-2026-x"}, "password", "密码不正确"),
        ({"old": ""}, "password", "请填写“原密码”"),
        ({"again": "Kiefer+Moos-42"}, "new_password_confirm", "不一致"),
        ({"new": "Lang-1" * 30}, "new_password", "强度不够"),
        ({"new": "Kurz-1"}, "new_password", "强度不够"),
        ({"new": "Admin@123456"}, "new_password", "太常见"),
        ({"new": f"Xk{citizen[-6:]}#mz"}, "new_password", "不能包含证件号"),
        ({"new": PASSWORD}, "new_password", "不能与原密码相同"),
    ):
        page = change(client, **typed)
        assert page.status == 200
        assert sentence in page.errors()[field], typed
        assert PASSWORD not in page.text
    assert "change_password" not in actions(site, "doctor")
    assert log_in(site, "doctor")


def test_guessing_the_old_password_in_a_stolen_session_is_locked(site, client_of):
    client = client_of("doctor")
    for _ in range(4):
        assert "密码不正确" in change(client, old="Falsch-2026-x").errors()["password"]
    assert "已锁定" in change(client, old="Falsch-2026-x").errors()["password"]
    assert "已锁定" in change(client).errors()["password"]  # also with the right one
    assert actions(site, "doctor").count("password_check_failed") == 5


# ---------------------------------------------------------------- an initial password
def reset(site, actor, account, fixed=""):
    """Reset a password as a superior; return the initial one."""
    with site.app.app_context(), site.session() as session:
        row = session.get(Account, site.world.id(Account, account))
        who = load_actor(session, site.world.id(Account, actor))
        return passwords.reset_password(session, who, row, fixed=fixed, hash_password=hash_password)


@pytest.mark.parametrize("fixed", ["", "000000"])
def test_an_initial_password_opens_one_page_only_until_it_is_changed(site, visitor, fixed):
    initial = reset(site, "hospital_admin", "doctor", fixed)
    assert (initial == fixed) == bool(fixed)
    page = visitor.send(visitor.get("/login"), credentials(site, "doctor", password=initial))
    assert page.status == 302
    for url in ("/admin/", "/admin/claim/", "/admin/login-security/", "/", "/nothing"):
        assert visitor.get(url).location == "/admin/password/"
    token = visitor.get("/admin/password/").form()["csrf_token"]
    assert (
        visitor.post("/admin/notice/read/", {"all": "1", "csrf_token": token}).location == "/admin/password/"
    )
    assert visitor.get("/static/css/app.css").status == 200
    assert "请先修改初始密码" in visitor.get("/admin/password/").messages()
    assert change(visitor, initial, initial).errors()["new_password"]
    assert change(visitor, initial, "000000").status == 200
    assert change(visitor, initial, NEW).location == "/admin/"
    assert visitor.get("/admin/claim/").status == 200
    assert site.get(Account, "doctor").initial_password_until is None


def test_whoever_must_change_may_log_out_instead(site, visitor):
    initial = reset(site, "hospital_admin", "doctor")
    visitor.send(visitor.get("/login"), credentials(site, "doctor", password=initial))
    token = visitor.get("/admin/password/").form()["csrf_token"]
    assert visitor.post("/logout", {"csrf_token": token}).location == "/"
    assert visitor.get("/").status == 200


def test_an_initial_password_ends_every_session_expires_and_says_whom_to_ask(site, client_of, visitor):
    for actor, account, whom in (
        ("hospital_admin", "doctor", "所属单位“金水医院”的管理员"),
        ("jinshui_admin", "hospital_admin", "本单位的其他管理员或“金水区人社局”"),
        ("system_admin", "province_admin", "系统管理员"),
    ):
        initial = reset(site, actor, account)
        assert client_of(account).get("/admin/").status == 302
        left = site.get(Account, account).initial_password_until - dt.datetime.now(dt.UTC)
        assert dt.timedelta(hours=71) < left <= dt.timedelta(hours=72)
        site.put(Account, account, initial_password_until=ago(seconds=1))
        page = visitor.send(visitor.get("/login"), credentials(site, account, password=initial))
        assert "初始密码已过期" in page.messages()
        assert whom in page.messages()
        page = visitor.send(visitor.get("/login"), credentials(site, account, password="Falsch-2026-x"))
        assert "已过期" not in page.words()  # told only to somebody who has it
        assert WRONG in page.words()


def test_the_operator_gives_the_last_administrator_a_way_in(site, visitor):
    typed = credentials(site, "system_admin")
    with site.app.app_context(), site.session() as session:
        asked = (session, site.get(Account, "system_admin").user_type, typed["organization_code"])
        how = {"fixed": "", "hash_password": hash_password}
        with pytest.raises(InputError, match="没有这个账户"):
            passwords.reset_by_operator(*asked, NOT_CONFIRMED_ID, **how)
        initial = passwords.reset_by_operator(*asked, typed["citizen_id"], **how)
    page = visitor.send(visitor.get("/login"), {**typed, "password": initial})
    assert visitor.follow(page).location == "/admin/password/"


# ---------------------------------------------------------------- 找回密码
@pytest.fixture
def mailbox(site):
    """Give everybody of the world an address."""
    for name in site.citizens:
        site.put(Account, name, email=f"{name}@example.cn")
    return site


def recover(client, site, name, **changes):
    typed = {**credentials(site, name), "email": f"{name}@example.cn", "password": None, **changes}
    return client.send(client.get("/recover"), typed)


def mails(site):
    """Return the mails that were written, oldest first."""
    written = OutgoingMail.template == "password_recovery"
    return site.all(select(OutgoingMail).where(written).order_by(OutgoingMail.id))


def link(site):
    """Return the address in the newest mail."""
    return re.search(r"(/recover/\S+)", mails(site)[-1].body).group(1)


def set_new(client, url, new=NEW, again=None):
    typed = {"new_password": new, "new_password_confirm": new if again is None else again}
    return client.send(client.get(url), typed)


@pytest.mark.parametrize("name", ["doctor", "hospital_admin", "applicant"])
def test_a_mailed_link_sets_a_new_password_once_and_ends_every_session(mailbox, client_of, visitor, name):
    site, inside = mailbox, client_of(name)
    page = recover(visitor, site, name, email=f" {name.upper()}@EXAMPLE.CN ")
    assert page.location == "/recover/sent"
    [mail] = mails(site)
    assert (mail.recipient, mail.template) == (f"{name}@example.cn", "password_recovery")
    assert "30 分钟" in mail.subject
    url = link(site)
    assert url.removeprefix("/recover/") not in str(site.snapshot()["RecoveryLink"])
    assert site.citizens[name] not in mail.body + mail.html
    for _ in range(2):  # opening it uses nothing up
        assert visitor.get(url).status == 200
    page = set_new(visitor, url)
    assert page.location == "/login"
    assert "新密码已设置" in visitor.follow(page).messages()
    assert inside.get("/admin/").status == 302
    page = visitor.send(visitor.get("/login"), credentials(site, name, password=NEW))
    assert (PENDING in page.words()) if name == "applicant" else page.location == "/admin/"
    page = visitor.get(url) if name == "applicant" else Client(site.app).get(url)
    assert page.status == 410
    assert "链接已失效" in page.words()
    assert "recover_password" in actions(site, name)


NO_MAIL = {
    "another address": {"email": "teacher@example.cn"},
    "no address": {"email": "x"},
    "an unknown person": {"citizen_id": NOT_CONFIRMED_ID},
    "no id at all": {"citizen_id": "abc"},
    "the wrong user type": {"user_type": "employer", "organization_code": "410001014"},
    "a forged user type": {"user_type": "nobody"},
}


def test_whoever_asks_gets_the_same_answer(mailbox, client_of):
    right = recover(client_of("visitor"), mailbox, "doctor")
    closed = {"nurse": {"status": "disabled"}, "teacher": {"status": "withdrawn", "decided_at": None},
              "lecturer": {"email": ""}}  # fmt: skip
    for name, changes in closed.items():
        mailbox.put(Account, name, **changes)
    for name, changes in [
        *(("doctor", changes) for changes in NO_MAIL.values()),
        *((name, {}) for name in closed),
    ]:
        client = client_of("visitor")
        wrong = recover(client, mailbox, name, **changes)
        assert (wrong.status, wrong.location) == (right.status, right.location), changes
        assert client.follow(wrong).words() == client_of("visitor").get("/recover/sent").words()
    assert [mail.recipient for mail in mails(mailbox)] == ["doctor@example.cn"]
    assert "@" not in client_of("visitor").get("/recover").text


def test_an_administrator_of_a_disabled_organisation_gets_no_mail(mailbox, visitor):
    mailbox.put(Organization, "hospital", status="disabled")
    assert recover(visitor, mailbox, "hospital_admin").location == "/recover/sent"
    assert mails(mailbox) == []


def test_a_link_expires_and_the_next_one_replaces_it(mailbox, visitor):
    recover(visitor, mailbox, "doctor")
    first = link(mailbox)
    recover(visitor, mailbox, "doctor")
    second = link(mailbox)
    assert [visitor.get(url).status for url in (first, second)] == [410, 200]
    [key] = mailbox.all(select(RecoveryLink.id).where(RecoveryLink.used_at.is_(None), RecoveryLink.id > 1))
    mailbox.put(RecoveryLink, key, expires_at=ago(seconds=1))
    page = visitor.get(second)
    assert page.status == 410
    assert page.link("重新申请") == "/recover"


def test_a_weak_password_leaves_the_link_as_it_was(mailbox, visitor):
    recover(visitor, mailbox, "doctor")
    url = link(mailbox)
    for new in ("Kurz-1", "Admin@123456"):
        assert set_new(visitor, url, new=new).errors()["new_password"]
    assert "不一致" in set_new(visitor, url, again="x").errors()["new_password_confirm"]
    assert set_new(visitor, url).location == "/login"


def test_a_changed_password_ends_links_on_their_way(mailbox, visitor, client_of):
    recover(visitor, mailbox, "doctor")
    change(client_of("doctor"))
    assert visitor.get(link(mailbox)).status == 410


def test_nobodys_inbox_is_filled(mailbox, visitor):
    for _ in range(6):
        assert recover(visitor, mailbox, "doctor").location == "/recover/sent"
    assert len(mails(mailbox)) == 3
    asked = (
        select(JournalEntry.details)
        .where(JournalEntry.action == "request_recovery")
        .order_by(JournalEntry.id)
    )
    assert [row["sent"] for row in mailbox.all(asked)] == [True] * 3 + [False] * 3


def test_a_link_lets_nobody_past_the_second_factor_and_lifts_a_lock(mailbox, visitor):
    for _ in range(5):
        visitor.send(visitor.get("/login"), credentials(mailbox, "doctor", password="Falsch-2026-x"))
    recover(visitor, mailbox, "doctor")
    set_new(visitor, link(mailbox))
    page = visitor.send(visitor.get("/login"), credentials(mailbox, "doctor", password=NEW))
    assert page.location == "/admin/"


@pytest.mark.parametrize("token", ["x", "0" * 43, "..", "%00", "a" * 3000])
def test_a_made_up_link_is_no_link(visitor, token):
    assert visitor.get(f"/recover/{token}").status in {404, 410}


def test_recovery_asks_for_the_captcha(site):
    client = Client(site.captcha_app)
    page = recover(client, site, "doctor", captcha="0000")
    assert page.errors() == {"captcha": "验证码错误"}
