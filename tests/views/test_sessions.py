"""Logins that go on and end: kept in the database, seen and ended by their owner, over when unused or too old."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import time

import pytest
from claim_story import fire
from itsdangerous import URLSafeTimedSerializer
from site_client import PASSWORD, Client
from sqlalchemy import select
from test_login import PENDING, WRONG, credentials

from models import Account, Department, JournalEntry, LoginSession, Organization
from views.authentication import is_own_address

IDLE, LONGEST = "没有操作", "本次登录已超过 12 小时"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def ago(**parts):
    return dt.datetime.now(dt.UTC) - dt.timedelta(**parts)


def log_in(site, name, *, agent="", **changes):
    """Log in through the form; return the browser."""
    client = Client(site.app)
    client.http.environ_base["HTTP_USER_AGENT"] = agent
    page = client.send(client.get("/login"), credentials(site, name, **changes))
    assert page.status == 302, page
    return client


def key_of(client):
    with client.http.session_transaction() as cookie:
        return cookie.get("_user_id")


def newest(site, name):
    """Return the newest session of an account."""
    whose = LoginSession.account_id == site.world.id(Account, name)
    return site.all(select(LoginSession).where(whose).order_by(LoginSession.id.desc()))[0]


# ---------------------------------------------------------------- a key in the cookie, its hash in the table
def test_a_login_gets_a_key_of_its_own_and_the_table_only_its_hash(site, visitor):
    visitor.get("/login")
    one, two = log_in(site, "doctor", agent=FIREFOX), log_in(site, "doctor")
    assert key_of(one) != key_of(two)
    row = newest(site, "doctor")
    assert row.key_hash == hashlib.sha256(key_of(two).encode()).hexdigest()
    assert (row.address, row.ended_at) == ("127.0.0.1", None)


def test_what_was_in_the_browser_before_the_login_is_gone_afterwards(site, visitor):
    page = visitor.get("/login")
    with visitor.http.session_transaction() as cookie:
        cookie["planted"], cookie["_user_id"] = "by somebody else", "known to somebody else"
        before = cookie["csrf_token"]
    assert visitor.send(page, credentials(site, "doctor")).location == "/admin/"
    with visitor.http.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before
        assert cookie["_user_id"] != "known to somebody else"


def test_a_cookie_kept_from_before_the_logout_opens_nothing(site, visitor):
    client = log_in(site, "doctor")
    key = key_of(client)
    client.post("/logout")
    assert client.get("/admin/").status == 302
    with visitor.http.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = key, True
    page = visitor.get("/admin/")
    assert page.location.startswith("/login")
    assert "登录已失效" in visitor.follow(page).messages()
    assert newest(site, "doctor").ended_why.value == "logout"


@pytest.mark.parametrize("key", ["session-1", "0" * 43, "", "x" * 5000])
def test_a_key_nobody_was_given_opens_nothing(site, visitor, key):
    with visitor.http.session_transaction() as cookie:
        cookie["_user_id"] = key
    assert visitor.get("/admin/").status == 302
    assert visitor.get("/").status == 200


# ---------------------------------------------------------------- running out
def test_a_session_runs_out_unused_or_old_and_leads_back_to_where_one_was(site, client_of):
    url = "/admin/claim/?search=x&page=0"
    for used, opened, sentence in ((29, 11 * 60, ""), (31, 60, IDLE), (0, 13 * 60, LONGEST)):
        client = client_of("doctor")
        site.put(LoginSession, "doctor", last_seen_at=ago(minutes=used), created_at=ago(minutes=opened))
        page = client.get(url)
        if not sentence:
            assert page.status == 200
            continue
        assert page.location.startswith("/login?next=")
        login = client.follow(page)
        assert sentence in login.messages()
        back = client.send(login, credentials(site, "doctor"))
        assert back.location == url
        assert client.follow(back).status == 200


def test_a_public_page_is_shown_as_to_a_visitor_when_the_session_ran_out(site, client_of):
    client = client_of("doctor")
    site.put(LoginSession, "doctor", last_seen_at=ago(minutes=31))
    page = client.get("/")
    assert page.status == 200
    assert page.tree.xpath("//input[@name='citizen_id']")


def test_a_form_sent_after_its_cookie_was_lost_leads_to_the_login_and_back(site, client_of):
    client = client_of("hospital_admin")
    form = client.get("/admin/department/new/").form() | {"name": ["心内科"]}
    client.http.delete_cookie("session")
    client.http.environ_base["HTTP_REFERER"] = "http://localhost/admin/department/new/"
    page = client.post("/admin/department/new/", form)
    assert page.location == "/login?next=/admin/department/new/"
    assert "请重新登录" in client.follow(page).messages()
    assert site.all(select(Department.id).where(Department.name == "心内科")) == []


@pytest.mark.parametrize(("who_comes_back", "kept"), [("hospital_admin", True), ("school_admin", False)])
def test_a_form_left_open_too_long_can_be_sent_after_the_next_login_of_the_same_person(
    site, client_of, who_comes_back, kept
):
    client = client_of("hospital_admin")
    client.token()
    form = client.get("/admin/department/new/").form() | {"name": ["心内科"]}
    site.put(LoginSession, "hospital_admin", last_seen_at=ago(minutes=31))
    client.http.environ_base["HTTP_REFERER"] = "http://localhost/admin/department/new/"
    page = client.post("/admin/department/new/", form)
    assert page.location == "/login?next=/admin/department/new/"
    login = client.follow(page)
    assert IDLE in login.messages()
    assert "刚才提交的内容没有保存" in login.messages()
    assert site.all(select(Department.id).where(Department.name == "心内科")) == []
    assert client.send(login, credentials(site, who_comes_back)).location == "/admin/department/new/"
    page = client.post("/admin/department/new/", form)  # the page the “back” button shows, with its old token
    assert page.status == (302 if kept else 400)
    assert bool(site.all(select(Department.id).where(Department.name == "心内科"))) == kept


# ---------------------------------------------------------------- a form of an earlier login
NEW = "/admin/department/new/"


def named(site, name):
    return site.all(select(Department.id).where(Department.name == name))


def left_open(client, url=NEW):
    """Open a form, then log out and in again in another tab; return the page that was left open."""
    page = client.get(url)
    assert client.post("/logout").location == "/"
    client.http.environ_base["HTTP_REFERER"] = f"http://localhost{url}"
    return page


def again(site, client, name):
    assert client.send(client.get("/login"), credentials(site, name)).status == 302


def test_a_form_of_an_earlier_login_of_the_same_account_is_kept_and_sent_again(site):
    client = log_in(site, "hospital_admin")
    page = left_open(client)
    again(site, client, "hospital_admin")
    kept = client.send(page, {"name": "心内科 <“一”>"})
    assert kept.status == 400
    assert "填写的内容都还在" in kept.messages()
    assert kept.link("重新打开页面") == NEW
    assert named(site, "心内科 <“一”>") == []
    assert client.send_to(kept.tree.xpath("//main//form/@action")[0], kept).status == 302
    assert len(named(site, "心内科 <“一”>")) == 1


def test_a_form_sent_while_nobody_was_logged_in_can_be_sent_again_after_the_login(site):
    client = log_in(site, "hospital_admin")
    page = left_open(client)
    login = client.send(page, {"name": "心内科"})
    assert login.location == f"/login?next={NEW}"
    assert "登录后用浏览器的“后退”" in client.follow(login).messages()
    again(site, client, "hospital_admin")
    kept = client.send(page, {"name": "心内科"})
    assert client.send_to(NEW, kept).status == 302
    assert len(named(site, "心内科")) == 1


def test_what_was_pressed_and_chosen_several_times_is_sent_again_as_it_was(site):
    client = log_in(site, "hospital_admin")
    page = left_open(client)
    again(site, client, "hospital_admin")
    typed = {
        "csrf_token": page.form()["csrf_token"],
        "rowid": ["1", "2"],
        "note": "一\r\n二",
        "action": "accept",
    }
    kept = client.post("/admin/claim-public/action/?search=x&page=0", typed).form()
    assert kept.pop("csrf_token") != typed.pop("csrf_token")
    assert kept == {"rowid": ["1", "2"], "note": ["一\n二"], "action": ["accept"]}


def test_files_and_passwords_are_not_kept_and_the_page_says_so(site):
    client = log_in(site, "hospital_admin")
    page = left_open(client, "/admin/profile/")
    again(site, client, "hospital_admin")
    scan = (io.BytesIO(b"%PDF-1.4"), "证书.pdf")
    kept = client.send(page, {"mobile": "13812345678", "password": PASSWORD, "scan": scan})
    assert kept.status == 400
    assert "所选的文件不能保留：证书.pdf" in kept.words()
    assert "密码不保留" in kept.words()
    assert PASSWORD not in kept.text
    assert kept.form()["mobile"] == ["13812345678"]
    without = client.send(page, {"mobile": "13812345678", "password": ""})
    assert "文件不能保留" not in without.words()
    assert "密码不保留" not in without.words()


def test_a_form_of_another_account_is_not_sent_and_its_sender_told_why(site):
    client = log_in(site, "hospital_admin")
    page = left_open(client)
    again(site, client, "school_admin")
    refused = client.send(page, {"name": "心内科"})
    assert refused.status == 400
    assert "用另一个账户登录时打开的" in refused.words()
    assert not refused.tree.xpath("//main//form")
    assert named(site, "心内科") == []


def forged_tokens(site):
    """Return tokens an attacker may have: none, made up, his own, a visitor's, and those of another key."""
    stranger, visitor = log_in(site, "school_admin"), Client(site.app)
    account = site.world.id(Account, "hospital_admin")
    signed = URLSafeTimedSerializer("another key", salt="wtf-csrf-token").dumps(f"{account}-{'0' * 40}")
    unsigned = f"{account}-{'0' * 40}"
    return {"": "", "made up": "x", "unsigned": unsigned, "another key": signed, "visitor": visitor.token(),
            "his own": stranger.get(NEW).form()["csrf_token"][0]}  # fmt: skip


def test_what_no_login_of_the_account_made_is_neither_done_nor_offered_again(site):
    client = log_in(site, "hospital_admin")
    for whose, token in forged_tokens(site).items():
        page = client.post(NEW, {"name": "心内科", "csrf_token": token})
        assert page.status == 400, whose
        assert "再次提交" not in page.words(), whose
        assert "心内科" not in page.text, whose
    assert named(site, "心内科") == []


def test_a_script_is_refused_in_short(site):
    client = log_in(site, "hospital_admin")
    page = left_open(client)
    again(site, client, "hospital_admin")
    client.http.environ_base["HTTP_ACCEPT"] = "application/json"
    refused = client.send(page, {"name": "心内科"})
    assert refused.status == 400
    assert "再次提交" not in refused.words()


def test_a_token_ages_with_its_login_only(site, monkeypatch):
    client = log_in(site, "hospital_admin")
    page = client.get(NEW)
    site.put(LoginSession, newest(site, "hospital_admin").id, last_seen_at=ago(minutes=1))
    later = int(time.time()) + 11 * 3600
    monkeypatch.setattr("itsdangerous.TimestampSigner.get_timestamp", lambda _signer: later)
    assert client.send(page, {"name": "心内科"}).status == 302
    assert len(named(site, "心内科")) == 1


def test_a_forged_referrer_leads_home(site, client_of):
    for referrer in (
        "https://example.org/admin/",
        "http://localhost//example.org",
        "http://localhost/\\example.org",
        "",
    ):
        client = client_of("hospital_admin")
        client.token()
        site.put(LoginSession, "hospital_admin", last_seen_at=ago(minutes=31))
        client.http.environ_base["HTTP_REFERER"] = referrer
        assert client.post("/admin/department/new/", {"name": "x"}).location == "/login?next=/admin/"
        site.put(LoginSession, "hospital_admin", last_seen_at=ago(minutes=0))


FOREIGN = ("https://example.org/", "//example.org", "/\\example.org", "\\\\example.org", "/\texample.org", "/\t/example.org",
           "javascript:alert(1)", "http:example.org", " //example.org", "///example.org", "admin/", "")  # fmt: skip


def test_after_login_nobody_is_led_to_another_site(site, visitor):
    assert not any(is_own_address(target) for target in FOREIGN)
    assert all(is_own_address(target) for target in ("/", "/admin/claim/?search=%E5%BC%A0&page=2", "/登录"))
    for target in FOREIGN[:4]:
        page = visitor.send(visitor.get("/login"), credentials(site, "doctor", next=target))
        assert page.location == "/admin/"
        visitor.post("/logout")


# ---------------------------------------------------------------- reading stays reading
def writes(asked):
    return [one for one in asked if one.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))]


def test_use_is_written_down_at_most_once_a_minute(site, client_of):
    client = client_of("doctor")
    with site.statements() as asked:
        client.get("/admin/claim/")
    assert writes(asked) == []  # used a moment ago
    site.put(LoginSession, "doctor", created_at=ago(hours=1), last_seen_at=ago(minutes=2))
    for written in (1, 0):
        with site.statements() as asked:
            client.get("/admin/claim/")
        assert len(writes(asked)) == written, asked
    assert newest(site, "doctor").last_seen_at > ago(minutes=1)


def test_typing_keeps_a_session_alive(site, client_of, visitor):
    client = client_of("doctor")
    site.put(LoginSession, "doctor", created_at=ago(hours=1), last_seen_at=ago(minutes=25))
    assert client.get("/admin/login-security/alive/").status == 204
    assert newest(site, "doctor").last_seen_at > ago(minutes=1)
    assert visitor.get("/admin/login-security/alive/").status == 302


# ---------------------------------------------------------------- one's own sessions
def test_one_sees_ones_own_sessions_and_ends_the_others(site, client_of):
    here, there = log_in(site, "doctor", agent=FIREFOX), log_in(site, "doctor")
    stranger = log_in(site, "nurse")
    page = here.get("/admin/login-security/")
    assert "Firefox · Linux 本设备" in page.words()
    assert len(page.tree.xpath("//form[.//button[@name='id']]")) == 2  # there, and the one of the world
    page = here.post("/admin/login-security/end/", {"all": "1"})
    assert "已结束 2 个会话" in here.follow(page).messages()
    assert here.get("/admin/").status == 200
    assert stranger.get("/admin/").status == 200
    told = there.get("/admin/claim/")
    assert "在其他设备上结束" in there.follow(told).messages()
    [entry] = site.all(select(JournalEntry).where(JournalEntry.action == "end_sessions"))
    assert (entry.actor_id, entry.details["ended"]) == (site.world.id(Account, "doctor"), 2)


def test_one_ends_one_other_session_and_none_of_somebody_else(site):
    here, there, stranger = (log_in(site, name) for name in ("doctor", "doctor", "nurse"))
    foreign = newest(site, "nurse").id
    assert "没有需要结束" in here.follow(here.post("/admin/login-security/end/", {"id": foreign})).messages()
    assert stranger.get("/admin/").status == 200
    here.post("/admin/login-security/end/", {"id": newest(site, "doctor").id})
    assert there.get("/admin/").status == 302


def test_ones_own_session_is_ended_by_logging_out_only(site):
    client = log_in(site, "doctor")
    for form in ({}, {"id": "x"}, {"id": newest(site, "doctor").id}):
        assert client.post("/admin/login-security/end/", form).status == 400
    assert client.get("/admin/").status == 200


def test_failures_of_strangers_are_shown_to_the_owner(site, visitor):
    visitor.send(visitor.get("/login"), credentials(site, "doctor", password="Falsch-2026-x"))
    page = log_in(site, "doctor", agent=FIREFOX).get("/admin/login-security/")
    assert "登录失败：密码错误" in page.words()
    assert "Firefox · Linux · 127.0.0.1" in page.words()
    assert "登录失败" not in log_in(site, "nurse").get("/admin/login-security/").words()


# ---------------------------------------------------------------- disabled
def test_disabling_an_account_ends_its_sessions_and_enabling_brings_none_back(site, client_of):
    client = client_of("doctor")
    assert client.get("/admin/").status == 200
    key = site.world.id(Account, "doctor")
    fire(client_of("hospital_admin"), "account-review", "disable", key, reason="离职")
    assert client.get("/admin/").status == 302
    assert newest(site, "doctor").ended_why.value == "disabled"
    fire(client_of("hospital_admin"), "account-review", "enable", key)
    assert site.get(Account, "doctor").status.value == "active"
    assert client.get("/admin/").status == 302
    assert log_in(site, "doctor").get("/admin/").status == 200


@pytest.mark.parametrize("status", ["disabled", "void"])
def test_administrators_of_a_closed_organisation_are_out_and_stay_out(site, client_of, visitor, status):
    client = client_of("hospital_admin")
    site.put(Organization, "hospital", status=status)
    page = client.get("/admin/claim/")
    assert page.location.startswith("/login")
    assert client.follow(page).status == 200  # and not back again, without end
    page = visitor.send(visitor.get("/login"), credentials(site, "hospital_admin"))
    assert WRONG in page.words()


def test_an_approved_administrator_of_an_organisation_still_pending_is_no_login_either(site, visitor):
    site.put(Organization, "hospital", status="pending")
    page = visitor.send(visitor.get("/login"), credentials(site, "hospital_admin"))
    assert WRONG in page.words()
    assert PENDING not in page.words()


def test_a_professional_of_a_disabled_employer_gets_in_and_is_told_what_that_means(site, visitor):
    site.put(Organization, "hospital", status="disabled")
    page = visitor.send(visitor.get("/login"), credentials(site, "doctor"))
    home = visitor.follow(page)
    assert "您所属的单位“金水医院”已停用" in home.messages()
    assert "单位调转" in home.messages()
    assert visitor.get("/admin/year-summary/").status == 200


def test_an_account_is_logged_in_as_itself_and_not_as_the_other_of_the_same_citizen(site):
    label = site.world.actors["company_admin"].label.split(" · ")[0]
    assert label in log_in(site, "company_admin").get("/admin/").words()
    person = log_in(site, "manager", password=PASSWORD).get("/admin/person/")
    assert person.status == 200
