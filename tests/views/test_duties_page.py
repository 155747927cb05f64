"""三员分立 in the browser: giving duties, switching, and what each administrator's menu leads to afterwards."""

from __future__ import annotations

import datetime as dt

import pytest
from factories import make_account, make_session, session_key
from site_client import Client

from models import Account, Organization
from models.enums import Duty
from models.reference import SEPARATE_DUTIES, Setting

PAGE = "/admin/duties/"


@pytest.fixture
def office(site):
    """Put three colleagues beside the system administrator and return their browsers by name."""
    tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)  # as for everybody of the site
    keys = {"chief": site.world.id(Account, "system_admin")}
    with site.session() as session:
        system = session.get(Organization, site.world.id(Organization, "system"))
        for name in ("ann", "ben", "cid"):
            account = make_account(session, organization=system, real_name=name)
            session.flush()
            session.add(make_session(account, created_at=tomorrow, last_seen_at=tomorrow))
            keys[name] = account.id
    return keys


@pytest.fixture
def browser(site, office):
    def of(name):
        client = Client(site.app)
        with client.http.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = session_key(office[name]), True
        return client

    return of


def give(client, key, duty):
    return client.follow(client.post(f"{PAGE}assign/", {"account": key, "duty": duty})).messages()


def test_an_office_separates_its_duties(site, office, browser):
    chief = browser("chief")
    assert "没有启用" in chief.get(PAGE).words()
    refused = chief.follow(chief.post(f"{PAGE}separate/")).messages()
    assert "还没有人担任系统管理员、安全管理员、审计管理员，不能启用" in refused
    for name, duty in zip(("ann", "ben", "cid"), Duty, strict=True):
        assert f"已授予{duty.label}" in give(chief, office[name], duty.value)
    assert "一个人只能担任一种职责" in give(chief, office["ann"], "audit")
    assert "不能授予或收回自己的职责" in give(chief, office["chief"], "audit")
    done = chief.post(f"{PAGE}separate/")
    assert done.location.endswith("/admin/")  # the page is not his any more
    assert "已启用三员分立" in chief.follow(done).messages()
    assert chief.get(PAGE).status == 403
    assert "已启用" in browser("ben").get(PAGE).words()


@pytest.fixture
def separated(site, office):
    for name, duty in zip(("ann", "ben", "cid"), Duty, strict=True):
        site.put(Account, office[name], duty=duty, duty_given_by_id=office["chief"])
    with site.session() as session:
        session.add(Setting(key=SEPARATE_DUTIES, value="on"))


DOORS = (
    ("/admin/rule-draft/", {"ann"}),
    ("/admin/dictionary-item/", {"ann"}),
    ("/admin/announcement/", {"ann"}),
    ("/admin/account/", {"ben"}),
    ("/admin/administrator/", {"ben"}),
    ("/admin/duties/", {"ben"}),
    ("/admin/online-session/", {"ben"}),
    ("/admin/journal/", {"cid"}),
    ("/admin/login-journal/", {"cid"}),
    ("/admin/access-review/", {"ben", "cid"}),
    ("/admin/permission-view/", {"ben", "cid"}),
    ("/admin/", {"chief", "ann", "ben", "cid"}),
    ("/admin/password/", {"chief", "ann", "ben", "cid"}),
    ("/admin/notice/", {"chief", "ann", "ben", "cid"}),
)


@pytest.mark.parametrize(("url", "open_to"), DOORS)
def test_each_duty_opens_its_own_doors(separated, office, browser, url, open_to):
    assert {name for name in office if browser(name).get(url).status == 200} == open_to


def test_the_frame_names_the_duty(separated, office, browser):
    roles = {
        name: browser(name).get("/admin/").tree.xpath("//*[@class='topbar-role']/text()") for name in office
    }
    assert roles == {
        "chief": ["系统管理员"],
        "ann": ["系统管理员"],
        "ben": ["安全管理员"],
        "cid": ["审计管理员"],
    }


def test_a_menu_leads_only_where_one_gets_in(separated, office, browser):
    for name in office:
        client = browser(name)
        links = set(client.get("/admin/").tree.xpath("//nav[@id='sidebar']//a/@href"))
        assert links
        for link in links - {"#main-content"}:
            assert client.get(link).status == 200, (name, link)


def test_the_switch_and_the_duties_are_the_security_administrators(separated, site, office, browser):
    for name in ("chief", "ann", "cid"):
        client = browser(name)
        assert client.post(f"{PAGE}separate/").status == 403
        assert client.post(f"{PAGE}assign/", {"account": office["chief"], "duty": "audit"}).status == 403
    ben = browser("ben")
    assert "最后一位审计管理员，不能收回" in give(ben, office["cid"], "")
    assert "已授予审计管理员" in give(ben, office["chief"], "audit")
    assert "已收回职责" in give(ben, office["cid"], "")
    assert site.get(Account, office["cid"]).duty is None
    assert "一位管理员不能单独停用" in ben.get(PAGE).words()
    assert ben.get(PAGE).tree.xpath("//form[contains(@action, 'separate')]") == []


def test_the_password_of_another_duty_is_not_offered_and_refused_with_the_way_out(
    separated, site, office, browser
):
    ben, old = browser("ben"), site.get(Account, office["cid"]).password
    url = "/admin/administrator/"
    assert "重置密码" in ben.get(f"{url}details/", id=office["chief"]).words()
    page = ben.get(f"{url}details/", id=office["cid"])
    assert page.tree.xpath("//button[@value='reset_password']") == []
    refused = ben.follow(ben.post(f"{url}help/", {"id": office["cid"], "command": "reset_password"}))
    assert "担任审计管理员，三员分立启用期间不能由其他职责重置" in refused.messages()
    assert site.get(Account, office["cid"]).password == old


@pytest.mark.parametrize("typed", [{"duty": "king"}, {"duty": "audit"}, {"account": "x", "duty": "audit"}])
def test_nonsense_is_refused_and_changes_nothing(separated, site, office, browser, typed):
    ben = browser("ben")
    page = ben.follow(ben.post(f"{PAGE}assign/", typed))
    assert page.messages()
    assert "已授予" not in page.messages()
    assert site.get(Account, office["chief"]).duty is None


def test_what_a_duty_may_not_is_explained(separated, site, office, browser):
    cid = browser("cid")
    page = cid.send(cid.get("/admin/permission-view/"),
                    {"account": office["ann"], "kind": "account", "number": office["chief"], "verb": "remove"})  # fmt: skip
    assert "因为三员分立已启用，这由安全管理员办理，这个账户不担任" in page.words()


def test_who_has_no_duty_reads_why_there_is_nothing_to_do_and_whom_to_ask(separated, browser):
    words = browser("chief").get("/admin/").words()
    assert "您还没有担任职责" in words
    assert "可以授予职责的安全管理员：ben。" in words
    for name in ("ann", "ben", "cid"):
        assert "您还没有担任职责" not in browser(name).get("/admin/").words()


def test_while_they_are_not_separated_nobody_lacks_a_duty(office, browser):
    assert "您还没有担任职责" not in browser("chief").get("/admin/").words()


def test_administrators_are_shown_with_their_duty_and_its_history(separated, office, browser, client_of):
    ben = browser("ben")
    give(ben, office["chief"], "audit")
    give(ben, office["chief"], "")
    words = ben.get("/admin/administrator/").words()
    assert "三员职责" in words
    assert "审计管理员" in words
    page = ben.get("/admin/administrator/details/", id=office["chief"]).words()
    assert page.index("授予审计管理员") < page.index("收回审计管理员")
    assert "三员职责" not in client_of("hospital_admin").get("/admin/administrator/").words()
