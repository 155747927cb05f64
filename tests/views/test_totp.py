"""Two-step verification: set up, asked for at login, used once, given up, lost, and demanded by the installation."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from urllib.parse import unquote

import pytest
from site_client import PASSWORD, Client
from sqlalchemy import select, text
from test_at_once import at_once
from test_login import WRONG, credentials
from test_passwords import change, reset
from test_sessions import log_in

from models import Account, JournalEntry, RecoveryCode, SecondFactor
from models.enums import UserType
from services import second_factor

PAGE = "/admin/login-security/two-step/"
WRONG_CODE = "验证码不正确或已经用过"


def step(client, action, **typed):
    form = client.get(PAGE).form()
    return client.post(PAGE, {**form, **typed, "action": action})


def secret_of(site, name="doctor"):
    key = site.world.id(Account, name)
    return site.all(select(SecondFactor.secret).where(SecondFactor.account_id == key))[0]


def code_of(site, name="doctor", seconds=0):
    """Return what the authenticator app shows now, or some seconds later."""
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    return second_factor.code_at(secret_of(site, name), moment)


def enable(site, name="doctor"):
    """Set the second factor up; return the browser and the recovery codes."""
    client = log_in(site, name)
    assert step(client, "start", password=PASSWORD).location == PAGE
    page = step(client, "confirm", code=code_of(site, name))
    codes = page.tree.xpath("//ul[contains(@class, 'code-list')]//code/text()")
    assert len(codes) == 10, page
    forget_codes(site)
    return client, codes


def forget_codes(site):
    """Let the codes of this moment be fresh again, as if time had gone on."""
    for key in site.all(select(SecondFactor.id)):
        site.put(SecondFactor, key, last_step=0)


def first_step(site, name="doctor", **changes):
    client = Client(site.app)
    page = client.send(client.get("/login"), credentials(site, name, **changes))
    return client, page


def second_step(client, code):
    return client.send(client.get("/login/code"), {"code": code})


# ---------------------------------------------------------------- setting up
def test_a_secret_is_in_force_once_a_code_was_typed(site):
    client = log_in(site, "doctor")
    assert "未启用" in client.get("/admin/login-security/").words()
    assert step(client, "start", password=PASSWORD).location == PAGE
    page = client.get(PAGE)
    assert page.headers["Cache-Control"] == "no-store"
    assert secret_of(site) == "".join(page.tree.xpath("//code/text()")).replace(" ", "")
    assert page.tree.xpath("//img/@src")[0].startswith("data:image/svg+xml")
    _other, login = first_step(site)
    assert login.location == "/admin/"  # not in force yet
    assert WRONG_CODE in step(client, "confirm", code="000000").errors()["code"]
    page = step(client, "confirm", code=f" {code_of(site)[:3]} {code_of(site)[3:]}")
    assert "备用码" in page.words()
    assert "已启用" in client.get("/admin/login-security/").words()
    assert first_step(site)[1].location == "/login/code"


def test_setting_up_asks_for_the_password(site):
    client = log_in(site, "doctor")
    assert "密码不正确" in step(client, "start", password="Falsch-2026-x").errors()["password"]
    assert site.all(select(SecondFactor.id)) == [site.world.id(SecondFactor, "factor")]


def test_the_app_is_told_who_and_never_the_citizen_id(site):
    log_in_client = log_in(site, "hospital_admin")
    step(log_in_client, "start", password=PASSWORD)
    with site.app.app_context(), site.session() as session:
        key = site.world.id(Account, "hospital_admin")
        _shown, address = second_factor.enrolment(session, key, "金水医院 · 张三")
    assert unquote(address).startswith("otpauth://totp/继教通:金水医院 · 张三?")
    assert site.citizens["hospital_admin"] not in address


def test_secret_and_codes_cannot_be_read_out_of_the_database(site):
    _client, codes = enable(site)
    secret = secret_of(site)
    with site.engine.connect() as connection:
        stored = str(list(connection.execute(text("SELECT secret FROM second_factor"))))
        stored += str(list(connection.execute(text("SELECT code_hash FROM recovery_code"))))
    assert secret not in stored
    assert not any(code in stored or code.replace("-", "") in stored for code in codes)


# ---------------------------------------------------------------- logging in
def test_the_second_step_lets_in_where_one_wanted_to_go(site):
    enable(site)
    client, page = first_step(site, next="/admin/claim/")
    assert page.location == "/login/code"
    assert client.get("/admin/").status == 302  # half a login is none
    page = second_step(client, code_of(site))
    assert page.location == "/admin/claim/"
    assert client.get("/admin/claim/").status == 200


def test_without_the_first_step_there_is_no_second(site, visitor):
    enable(site)
    assert visitor.get("/login/code").location == "/login"
    assert visitor.post("/login/code", {"code": code_of(site)}).location == "/login"
    client, page = first_step(site, password="Falsch-2026-x")
    assert WRONG in page.words()
    assert client.get("/login/code").location == "/login"


def test_no_code_counts_twice(site):
    enable(site)
    code = code_of(site)
    one, _page = first_step(site)
    two, _page = first_step(site)
    assert second_step(one, code).status == 302
    page = second_step(two, code)
    assert WRONG_CODE in page.errors()["code"]
    assert second_step(two, code_of(site, seconds=30)).location == "/admin/"


def test_of_two_browsers_with_the_same_code_one_gets_in(site):
    enable(site)
    clients = [first_step(site)[0] for _ in range(3)]
    forms = [client.get("/login/code") for client in clients]
    code = code_of(site)
    pages = at_once(
        *(
            lambda client=client, form=form: client.send(form, {"code": code})
            for client, form in zip(clients, forms, strict=True)
        )
    )
    assert sorted(page.status for page in pages) == [200, 200, 302]


def test_what_is_no_code_of_this_moment_is_said_at_its_field(site):
    enable(site)
    client, _page = first_step(site)
    for code in (code_of(site, seconds=-90), code_of(site, seconds=120), "１２３４５６", "AAAA-AAAA"):
        assert WRONG_CODE in second_step(client, code).errors()["code"]
    assert "没有这么长" in second_step(client, "x" * 21).errors()["code"]
    assert client.get("/admin/").status == 302


def test_a_recovery_code_opens_once(site):
    client, codes = enable(site)
    one, _page = first_step(site)
    assert second_step(one, codes[0].lower()).location == "/admin/"
    two, _page = first_step(site)
    assert WRONG_CODE in second_step(two, codes[0]).errors()["code"]
    assert second_step(two, codes[1].replace("-", " ")).location == "/admin/"
    assert "备用码还剩 8 个" in client.get("/admin/login-security/").words()


def test_codes_are_guessed_five_times_and_no_more(site):
    enable(site)
    client, _page = first_step(site)
    for _ in range(4):
        assert WRONG_CODE in second_step(client, "000000").errors()["code"]
    page = second_step(client, "000000")
    assert page.location == "/login"
    assert "账户已锁定" in client.follow(page).messages()
    _client, page = first_step(site)
    assert "账户已锁定" in page.messages()
    failures = select(JournalEntry.id).where(JournalEntry.action == "code_failed")
    assert len(site.all(failures)) == 5


def test_a_right_password_in_between_does_not_forget_wrong_codes(site):
    enable(site)
    for _ in range(4):
        client, page = first_step(site)
        assert page.location == "/login/code"
        assert WRONG_CODE in second_step(client, "000000").errors()["code"]
    client, _page = first_step(site)
    assert "账户已锁定" in client.follow(second_step(client, "000000")).messages()


def test_the_second_step_waits_five_minutes(site):
    enable(site)
    client, _page = first_step(site)
    with client.http.session_transaction() as cookie:
        cookie["second_step"] = {**cookie["second_step"], "at": cookie["second_step"]["at"] - 301}
    page = client.get("/login/code")
    assert page.location == "/login"
    assert "5 分钟" in client.follow(page).messages()


def test_a_password_changed_meanwhile_ends_the_second_step(site):
    inside, _codes = enable(site)
    client, _page = first_step(site)
    form = client.get("/login/code")
    assert change(inside).status == 302
    page = client.send(form, {"code": code_of(site)})
    assert page.location == "/login"
    assert "重新登录" in client.follow(page).messages()


# ---------------------------------------------------------------- giving it up, losing it
def test_the_owner_gives_it_up_with_his_password(site):
    client, _codes = enable(site)
    assert "密码不正确" in step(client, "off", password="Falsch-2026-x").errors()["password"]
    assert step(client, "off", password=PASSWORD).location == "/admin/login-security/"
    assert first_step(site)[1].location == "/admin/"
    assert (
        site.all(select(RecoveryCode.id).where(RecoveryCode.account_id == site.world.id(Account, "doctor")))
        == []
    )


def test_new_recovery_codes_void_the_former(site):
    client, former = enable(site)
    page = step(client, "codes", password=PASSWORD)
    latter = page.tree.xpath("//ul[contains(@class, 'code-list')]//code/text()")
    assert len(latter) == 10
    assert not set(former) & set(latter)
    other, _page = first_step(site)
    assert WRONG_CODE in second_step(other, former[0]).errors()["code"]
    assert second_step(other, latter[0]).location == "/admin/"


def test_a_secret_in_force_is_not_replaced_by_the_way(site):
    client, _codes = enable(site)
    before = secret_of(site)
    page = client.follow(step(client, "start", password=PASSWORD))
    assert "已经启用" in page.messages()
    assert secret_of(site) == before


# ---------------------------------------------------------------- demanded
@pytest.fixture
def demanding(site, monkeypatch):
    """The installation where the province's administrators must use it."""
    demanded = replace(site.app.settings, require_totp=frozenset({UserType.PROVINCE}))
    monkeypatch.setattr(site.app, "settings", demanded)
    return site


def test_a_demanded_second_factor_is_set_up_before_anything_else(demanding, client_of):
    client = client_of("province_admin")
    for url in ("/admin/", "/admin/claim/", "/admin/password/", "/"):
        assert client.get(url).location == PAGE
    assert "必须使用两步验证" in client.get(PAGE).messages()
    form = client.get(PAGE).form()
    client.post(PAGE, {**form, "password": PASSWORD, "action": "start"})
    code = code_of(demanding, "province_admin")
    page = client.post(PAGE, {**client.get(PAGE).form(), "code": code, "action": "confirm"})
    assert "备用码" in page.words()
    assert client.get("/admin/claim/").status == 200
    assert "停用两步验证" not in client.get(PAGE).words()
    step(client, "off", password=PASSWORD)
    assert "已启用" in client.get("/admin/login-security/").words()
    assert client_of("doctor").get("/admin/").status == 200


def test_an_initial_password_is_changed_before_the_second_factor_is_set_up(demanding, visitor):
    initial = reset(demanding, "system_admin", "province_admin")
    visitor.send(visitor.get("/login"), credentials(demanding, "province_admin", password=initial))
    assert visitor.get("/admin/").location == "/admin/password/"
    change(visitor, initial)
    assert visitor.get("/admin/").location == PAGE
