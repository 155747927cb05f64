"""权限透视 in the browser: the table of each role, questions answered and refused, and the link on a record's page."""

from __future__ import annotations

import pytest
from site_client import ROLES
from sqlalchemy import select

from models import Account, Claim, JournalEntry, Organization
from models.enums import UserType

PAGE = "/admin/permission-view/"
ASKERS = [role for role in ROLES if role not in {"visitor", "person"}]
LOOKS = select(JournalEntry).where(JournalEntry.action == "explain")


def asked(client, account, kind, number, verb=""):
    return client.send(client.get(PAGE), {"account": account, "kind": kind, "number": number, "verb": verb})


@pytest.mark.parametrize("role", ASKERS)
def test_every_office_reads_the_table_of_every_role(client_of, role):
    client = client_of(ROLES[role])
    for other in UserType:
        page = client.get(f"{PAGE}table/", role=other.value)
        assert page.status == 200
        assert len(page.tree.xpath("//main//section")) > 3
    page = client.get(f"{PAGE}table/", role="system", kind="claim")
    assert "权限表没有让“系统管理员”对所选对象做任何事" in page.words()
    assert client.get(f"{PAGE}table/", role="nobody", kind="nothing").status == 200


def test_ones_own_question_is_answered_at_once_from_the_page_of_the_record(site, client_of):
    client = client_of("jinshui_admin")
    key = site.world.id(Claim, "doctor-approved")
    page = client.get("/admin/claim/details/", id=key)
    page = client.get(page.link("为什么不能办理？"))
    words = page.words()
    assert f"对“继续教育信息”{key} 号" in words
    assert "它现在是“通过”，只有状态为“待审批”时可以“审批”" in words
    assert site.all(LOOKS) == []


def test_a_page_of_somebody_the_menu_does_not_lead_there_has_no_link(site, client_of):
    page = client_of("doctor").get("/admin/claim/details/", id=site.world.id(Claim, "doctor-approved"))
    assert "为什么不能办理" not in page.words()


def test_a_question_about_a_colleague_is_answered_and_written_down(site, client_of):
    client = client_of("system_admin")
    key, province = site.world.id(Claim, "doctor-declared"), site.world.id(Account, "province_admin")
    page = asked(client, province, "claim", key, "decide")
    assert page.status == 200
    assert "您看不到这条记录" in page.words()
    assert "不在可以“审批”的范围内" in page.words()
    assert "doctor" not in page.words()
    (entry,) = site.all(LOOKS)
    assert entry.object_id == province


@pytest.mark.parametrize(
    ("who", "subject", "claim"),
    [
        ("zhengzhou_admin", "hospital_admin", "doctor-declared"),
        ("jinshui_admin", "hospital_admin", "doctor-declared"),
        ("hospital_admin", "doctor", "doctor-declared"),
        ("jinshui_admin", "doctor", "doctor-declared"),
    ],
)
def test_a_superior_asks_from_the_page_of_an_account_below(site, client_of, who, subject, claim):
    client, key = client_of(who), site.world.id(Account, subject)
    page = client.get(client.get("/admin/account/details/", id=key).link("该账户能办什么、为什么"))
    assert page.form()["other"] == [str(key)]
    assert site.all(LOOKS) == []  # a link alone asks nothing
    number = site.world.id(Claim, claim)
    answer = client.send(page, {"kind": "claim", "number": str(number), "verb": "decide"})
    assert f"{site.get(Account, subject).real_name} 对“继续教育信息”{number} 号" in answer.words()
    (entry,) = site.all(LOOKS)
    assert entry.object_id == key


@pytest.mark.parametrize(
    ("who", "subject"),
    [
        ("hospital_admin", "teacher"),
        ("hospital_admin", "jinshui_admin"),
        ("jinshui_admin", "zhengzhou_admin"),
        ("luoyang_admin", "hospital_admin"),
        ("luoyang_admin", "doctor"),
        ("health_admin", "hospital_admin"),
    ],
)
def test_nobody_asks_about_an_account_that_is_not_below_him(site, client_of, who, subject):
    client, key = client_of(who), site.world.id(Account, subject)
    page = client.send(
        client.get(PAGE), {"other": str(key), "kind": "organization", "number": "1", "verb": ""}
    )
    assert "只能查询您管理范围内的账户" in page.errors()["account"]
    assert site.all(LOOKS) == []


def test_the_system_administrator_asks_about_any_account_by_its_number_and_learns_no_name(site, client_of):
    client, key = client_of("system_admin"), site.world.id(Account, "hospital_admin")
    typed = {"other": str(key), "kind": "claim", "number": str(site.world.id(Claim, "doctor-submitted"))}
    words = client.send(client.get(PAGE), {**typed, "verb": "accept"}).words()
    assert f"账户 {key}（单位） 对“继续教育信息”" in words
    assert "您看不到这个账户" in words
    assert "允许 因为它属于：本单位人员的申报" in words
    assert site.get(Account, key).real_name not in words
    (entry,) = site.all(LOOKS)
    assert entry.object_id == key


def test_everybody_finds_the_number_of_his_own_account(site, client_of):
    words = client_of("doctor").get("/admin/login-security/").words()
    assert f"账户编号 {site.world.id(Account, 'doctor')}" in words


def test_a_number_that_is_none_is_refused_at_its_field(site, client_of):
    client = client_of("jinshui_admin")
    page = client.send(client.get(PAGE), {"other": "x", "kind": "organization", "number": "1", "verb": ""})
    assert "正整数" in page.errors()["other"]
    assert site.all(LOOKS) == []


def test_a_state_out_of_sight_is_not_shown(site, client_of):
    client = client_of("system_admin")
    province = site.world.id(Account, "province_admin")
    hidden = asked(client, province, "claim", site.world.id(Claim, "doctor-submitted"), "decide").words()
    assert "不属于" in hidden
    assert "待单位审核" not in hidden
    assert "不符合" not in hidden
    shown = asked(
        client, province, "organization", site.world.id(Organization, "province"), "disable"
    ).words()
    assert "您看不到这条记录" not in shown
    assert "符合 状态" in shown


@pytest.mark.parametrize(
    ("kind", "number", "field"),
    [("", "1", "kind"), ("claim", "", "number"), ("claim", "abc", "number"), ("claim", "-1", "number"),
     ("claim", "999999999", "number"), ("rule_draft", "1", "kind"), ("second_factor", "1", "kind")],
)  # fmt: skip
def test_a_bad_question_is_refused_at_its_field_and_keeps_what_was_typed(
    site, client_of, kind, number, field
):
    client = client_of("jinshui_admin")
    page = asked(client, site.world.id(Account, "jinshui_admin"), kind, number)
    assert page.status == 200
    assert field in page.errors()
    assert page.form()["number"] == [number]
    assert site.all(LOOKS) == []


@pytest.mark.parametrize("account", ["school_admin", "province_admin", "teacher"])
def test_an_account_out_of_reach_is_refused(site, client_of, account):
    client = client_of("jinshui_admin")
    page = asked(client, site.world.id(Account, account), "claim", site.world.id(Claim, "doctor-declared"))
    assert "只能查询您管理范围内的账户" in page.errors()["account"]
    page = asked(client, "x", "claim", "1")
    assert "account" in page.errors()


def test_an_address_with_nonsense_is_an_empty_page(client_of):
    client = client_of("jinshui_admin")
    for query in ({"kind": "nothing", "number": "1"}, {"kind": "claim", "number": "x"}, {"number": "1"}):
        page = client.get(PAGE, **query)
        assert page.status == 200
        assert "对“" not in page.words()
