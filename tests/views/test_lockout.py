"""Locking after failed logins: per account and per address, whether or not there is such an account."""

from __future__ import annotations

import datetime as dt
import re

from site_client import Client
from sqlalchemy import select
from test_at_once import at_once
from test_login import NOT_CONFIRMED_ID, WRONG, answer_for, credentials
from test_sessions import ago, log_in

from models import Account, JournalEntry, LoginSession, LoginThrottle
from models.identifiers import make_credit_code
from services import lockout, sessions, settings

LOCKED, HERE = "账户已锁定", "本网络地址已锁定"
BAD = "Falsch-2026-x"
TIME = re.compile(r"\d\d:\d\d")


def fail(client, site, name, times=1, **changes):
    """Fail to log in; return the last page."""
    for _ in range(times):
        page = client.send(client.get("/login"), credentials(site, name, **{"password": BAD, **changes}))
    return page


def try_right(client, site, name, **changes):
    return client.send(client.get("/login"), credentials(site, name, **changes))


def browser(site, address):
    client = Client(site.app)
    client.http.environ_base["REMOTE_ADDR"] = address
    return client


def rows(site, action):
    return site.all(select(JournalEntry).where(JournalEntry.action == action).order_by(JournalEntry.id))


# ---------------------------------------------------------------- per account
def test_the_fifth_failure_locks_for_a_quarter_of_an_hour(site, visitor):
    name = "hospital_admin"
    page = fail(visitor, site, name, 4)
    assert WRONG in page.words()
    assert LOCKED not in page.words()
    page = fail(visitor, site, name)
    assert LOCKED in page.messages()
    assert page.form()["citizen_id"] == [site.citizens[name]]
    page = try_right(visitor, site, name)
    assert LOCKED in page.messages()
    assert WRONG not in page.words()
    assert visitor.get("/admin/").status == 302
    assert [row.object_id for row in rows(site, "login_locked")] == [site.world.id(Account, name)]
    for key in site.all(select(LoginThrottle.id).where(LoginThrottle.locked_until.is_not(None))):
        site.put(LoginThrottle, key, locked_until=ago(seconds=1))
    assert try_right(visitor, site, name).location == "/admin/"


def test_the_lock_is_no_memory_of_one_process(site, visitor):
    fail(visitor, site, "doctor", 5)
    other = Client(site.captcha_app)
    form = other.get("/login")
    answer = answer_for(site, other, form).answer
    assert LOCKED in other.send(form, credentials(site, "doctor", captcha=answer)).messages()


def test_what_does_not_exist_is_locked_in_the_same_words(site, visitor):
    for changes in (
        {},
        {"citizen_id": NOT_CONFIRMED_ID},
        {"citizen_id": "abc"},
        {"user_type": "bureau", "organization_code": "x"},
        {"user_type": "nobody"},
    ):
        pages = [fail(visitor, site, "doctor", **changes) for _ in range(6)]
        told = [(page.errors(), TIME.sub("", page.messages())) for page in pages]
        assert told[0][0] == {"password": WRONG}
        assert told[:4] == [told[0]] * 4
        assert told[4] == told[5]
        assert LOCKED in told[4][1]


def test_success_forgets_failures(site, visitor):
    for _ in range(3):
        assert LOCKED not in fail(visitor, site, "doctor", 4).words()
        assert try_right(visitor, site, "doctor").location == "/admin/"
        visitor.post("/logout")


def test_other_ways_of_writing_the_same_login_are_counted_together(site, visitor):
    code = credentials(site, "hospital_admin")["organization_code"]
    ways = (code, code.lower(), f" {code} ", f"{code[:8]}-{code[8:]}", make_credit_code(code))
    for way in ways:
        page = fail(visitor, site, "hospital_admin", organization_code=way)
    assert LOCKED in page.messages()
    citizen = site.citizens["doctor"]
    for way in (citizen, f" {citizen}", citizen.lower(), f"{citizen} ", citizen):
        page = fail(visitor, site, "doctor", citizen_id=way)
    assert LOCKED in page.messages()


def test_one_citizens_other_login_is_not_locked_with_it(site, visitor):
    assert site.citizens["manager"] == site.citizens["company_admin"]
    fail(visitor, site, "manager", 5)
    assert try_right(visitor, site, "company_admin").location == "/admin/"


def test_a_hundred_attempts_at_once_are_a_hundred(site):
    tries = 12
    clients = [Client(site.app) for _ in range(tries)]
    forms = [client.get("/login") for client in clients]
    typed = credentials(site, "doctor", password=BAD)
    pages = at_once(
        *(
            lambda client=client, form=form: client.send(form, typed)
            for client, form in zip(clients, forms, strict=True)
        )
    )
    assert {page.status for page in pages} == {200}
    assert len(rows(site, "login_failed")) <= settings.LOCK_FAILURES.default
    assert sum(LOCKED in page.messages() for page in pages) >= tries - settings.LOCK_FAILURES.default


def test_a_wrong_captcha_is_no_failure(site):
    client = Client(site.captcha_app)
    for _ in range(6):
        page = client.send(client.get("/login"), credentials(site, "doctor", password=BAD, captcha="0000"))
    assert page.errors() == {"captcha": "验证码错误"}
    assert rows(site, "login_failed") == []


def test_the_progress_query_is_no_way_around(site, visitor):
    for _ in range(5):
        form = visitor.get("/registration-status")
        page = visitor.send(form, credentials(site, "applicant", password=BAD))
    assert LOCKED in page.errors()["password"]
    page = visitor.send(visitor.get("/registration-status"), credentials(site, "applicant"))
    assert LOCKED in page.errors()["password"]
    assert "当前办理部门" not in page.words()
    assert LOCKED in try_right(visitor, site, "applicant").messages()


def test_the_journal_knows_whence_and_names_nobody_who_does_not_exist(site):
    client = browser(site, "198.51.100.7")
    fail(client, site, "doctor")
    fail(client, site, "doctor", citizen_id=NOT_CONFIRMED_ID)
    known, unknown = rows(site, "login_failed")
    assert (known.object_id, unknown.object_id) == (site.world.id(Account, "doctor"), 0)
    assert known.details == unknown.details == {"address": "198.51.100.7", "device": "未知设备"}
    assert known.actor_id is None


# ---------------------------------------------------------------- per address
def almost_locked(site, client):
    """Bring an address to the last failure but one."""
    fail(client, site, "teacher")
    address = client.http.environ_base["REMOTE_ADDR"]
    with site.app.app_context():
        key = lockout.source_key(address)
    [row] = site.all(select(LoginThrottle.id).where(LoginThrottle.key == key))
    site.put(LoginThrottle, row, failures=lockout.SOURCE.failures - 1)
    return row


def test_an_address_that_tries_many_accounts_is_locked_and_no_other(site):
    bad, good = browser(site, "198.51.100.7"), browser(site, "203.0.113.5")
    almost_locked(site, bad)
    assert WRONG in fail(bad, site, "nurse").words()  # the fiftieth
    for changes in ({}, {"password": BAD}, {"citizen_id": NOT_CONFIRMED_ID}):
        page = try_right(bad, site, "doctor", **changes)
        assert HERE in page.messages()
        assert page.errors() == {}
    assert try_right(good, site, "doctor").location == "/admin/"
    [row] = rows(site, "login_locked")
    assert (row.object_id, row.details["why"]) == (0, "source")


def test_who_was_logged_in_from_there_before_gets_in_although_a_neighbour_guesses(site):
    office = browser(site, "198.51.100.7")
    log_in_here = try_right(office, site, "nurse")
    assert log_in_here.location == "/admin/"
    office.post("/logout")
    almost_locked(site, office)
    fail(office, site, "doctor")
    assert HERE in try_right(office, site, "doctor").messages()
    assert HERE in fail(office, site, "nurse").messages()  # with a wrong password one learns nothing
    assert try_right(office, site, "nurse").location == "/admin/"


def test_one_familiar_login_ages(site):
    office = browser(site, "192.0.2.1")  # the address of the world's sessions
    almost_locked(site, office)
    fail(office, site, "doctor")
    assert try_right(office, site, "nurse").location == "/admin/"
    office.post("/logout")
    for key in site.all(select(LoginSession.id)):
        site.put(LoginSession, key, created_at=ago(days=91), last_seen_at=ago(days=91))
    assert HERE in try_right(office, site, "nurse").messages()


def test_failures_of_an_address_are_counted_anew_after_a_quarter_of_an_hour(site):
    client = browser(site, "198.51.100.7")
    row = almost_locked(site, client)
    site.put(LoginThrottle, row, counted_since=ago(minutes=16))
    fail(client, site, "nurse")
    assert site.get(LoginThrottle, row).failures == 1
    assert try_right(client, site, "doctor").location == "/admin/"


# ---------------------------------------------------------------- cleaning up
def test_old_counts_and_sessions_that_ran_out_are_cleaned_up(site, visitor):
    fail(visitor, site, "doctor", 5)
    log_in(site, "nurse")
    limits = sessions.Limits(dt.timedelta(minutes=30), dt.timedelta(hours=12))
    with site.session() as session:
        assert lockout.clean_up(session, ago(hours=1)) == 1  # the world's, three failures long ago
        assert lockout.clean_up(session, ago(days=-2)) == 2  # of the account, and of the address
        assert sessions.clean_up(session, limits) == 0
    site.put(LoginSession, "nurse", created_at=ago(days=1), last_seen_at=ago(days=1))
    with site.session() as session:
        sessions.clean_up(session, limits)
    assert site.get(LoginSession, "nurse").ended_why.value == "expired"
    site.put(LoginSession, "nurse", ended_at=ago(days=184))
    with site.session() as session:
        assert sessions.clean_up(session, limits) == 1
