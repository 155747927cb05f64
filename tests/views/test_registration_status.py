"""注册进度查询: who holds a registration, withdrawing it, correcting it and sending it again, and who learns nothing."""

from __future__ import annotations

import datetime as dt

import pytest
from registering import (
    ADMINISTRATOR,
    DECIDED_BY,
    NEW_CODE,
    NOT_CONFIRMED_ID,
    basic,
    login,
    register,
    step,
)
from site_client import PASSWORD, Client
from sqlalchemy import select
from test_login import answer_for
from test_registering_people import person_form

from models import Account, JournalEntry, Organization
from models.enums import AccountStatus
from models.identifiers import make_citizen_id
from services import settings

WRONG = "账户或密码错误"
REASON = "扫描件看不清，请重新上传"
PERSON = {"user_type": "person", "citizen_id": NOT_CONFIRMED_ID, "password": PASSWORD}


def ask(client, **typed):
    return client.send(client.get("/registration-status"), typed)


def send_again(client):
    """Take the data of the registration just asked for back into its form."""
    return client.follow(client.post("/registration-status/again"))


def accounts(site):
    return site.all(select(Account).where(Account.real_name.in_(("钱经理", "赵新来"))).order_by(Account.id))


def decide(client_of, site, office, action, account, reason=""):
    form = {"action": action, "rowid": account.id, "confirmed": "1", "reason": reason}
    assert client_of(f"{office}_admin").post("/admin/account-review/action/", form).status == 302
    return site.get(Account, account.id)


@pytest.mark.parametrize("kind", ["institution", "bureau", "authority"])
def test_a_pending_organisation_is_withdrawn_and_registers_again_at_once(site, visitor, kind):
    register(site, visitor, kind)
    page = ask(visitor, **login(kind), query="1")
    holder = site.get(Organization, DECIDED_BY[kind]).name
    assert f"当前办理部门 {holder}" in page.words()
    assert "修改后重新提交" not in page.words()
    page = ask(visitor, **login(kind), withdraw="1")
    assert "已撤回，可以重新注册" in page.messages()

    page = send_again(visitor)
    assert page.form()["code"] == [NEW_CODE]
    page = step(visitor, page, next="1")
    for name, value in basic(site, kind).items():
        assert page.form()[name] == [value]
    page = step(visitor, step(visitor, page, next="1"), password=PASSWORD, password_confirm=PASSWORD)
    assert "请耐心等待" in page.words()
    assert [account.status for account in accounts(site)] == [AccountStatus.WITHDRAWN, AccountStatus.PENDING]


def test_a_rejected_institution_corrects_its_data_and_is_let_in(site, visitor, client_of):
    register(site, visitor, "institution")
    [first] = accounts(site)
    decide(client_of, site, "jinshui", "reject", first, REASON)
    page = ask(visitor, **login("institution"), query="1")
    assert f"原因 {REASON}" in page.words()

    page = send_again(visitor)
    assert REASON in page.words()
    page = step(visitor, page, next="1")  # the scan is still there
    page = step(visitor, page, name="改了名的培训中心", next="1")
    [shown] = page.form()["citizen_id"]
    assert shown == f"{NOT_CONFIRMED_ID[:4]}**********{NOT_CONFIRMED_ID[-4:]}"
    forged = make_citizen_id("410105", dt.date(1980, 1, 1), 3)
    page = step(visitor, page, **{**ADMINISTRATOR, "citizen_id": forged}, finish="1")
    assert "您已完成施教机构注册" in page.words()

    _, second = accounts(site)
    assert second.citizen_id == NOT_CONFIRMED_ID
    details = client_of("jinshui_admin").get("/admin/account-review/details/", id=second.id)
    for told in ("改了名的培训中心", f"上次未通过的原因：{REASON}"):
        assert told in details.words()
    assert decide(client_of, site, "jinshui", "approve", second).status is AccountStatus.ACTIVE
    assert site.get(Account, first.id).status is AccountStatus.REJECTED
    [row] = site.all(
        select(JournalEntry).where(JournalEntry.object_id == second.id, JournalEntry.action == "register")
    )
    assert row.details == {"after": first.id}
    assert visitor.send(visitor.get("/login"), login("institution")).location == "/admin/"


def test_a_rejected_person_corrects_his_employer_and_another_one_reads_no_reason(site, visitor, client_of):
    visitor.send(visitor.get("/register/person"), person_form(site))
    [first] = accounts(site)
    decide(client_of, site, "hospital", "reject", first, "不是本单位职工")
    ask(visitor, **PERSON, query="1")
    page = send_again(visitor)
    assert "不是本单位职工" in page.words()
    form = person_form(site)
    for name in set(form) - {"citizen_id", "password", "password_confirm"}:
        assert page.form()[name] == [form[name]], name
    other = {"region_city": "410300", "region_county": "410300", "department": "",
             "employer": str(site.world.id(Organization, "school"))}  # fmt: skip
    sent = {**other, "password": PASSWORD, "password_confirm": PASSWORD, "citizen_id": "1"}
    assert visitor.send(page, sent).location == "/register/done"
    _, second = accounts(site)
    assert second.citizen_id == NOT_CONFIRMED_ID
    details = client_of("school_admin").get("/admin/account-review/details/", id=second.id)
    assert "赵新来" in details.words()
    assert "不是本单位职工" not in details.words()
    assert visitor.get("/register/person").form()["real_name"] == [""]


def test_what_was_taken_meanwhile_is_said_and_the_rest_stays(site, visitor, client_of):
    register(site, visitor, "bureau")
    ask(visitor, **login("bureau"), withdraw="1")
    register(site, client_of("visitor"), "bureau")
    page = ask(visitor, **login("bureau"), query="1")
    assert "待审核" in page.words()  # the newer one, since it has the same password
    site.put(Account, accounts(site)[1].id, password="!")
    assert ask(visitor, **login("bureau"), query="1").errors() == {"password": WRONG}
    page = step(visitor, send_again(visitor), next="1")
    assert "该机构代码已登记（待审核）" in page.errors()["code"]


@pytest.mark.parametrize("proof", ["none", "pending", "once"])
def test_nobody_takes_data_back_without_having_proved_to_be_their_owner(site, visitor, client_of, proof):
    register(site, visitor, "authority")
    if proof == "pending":
        ask(visitor, **login("authority"), query="1")
    else:
        ask(client_of("visitor"), **login("authority"), withdraw="1")
    if proof == "once":
        ask(visitor, **login("authority"), query="1")
        send_again(visitor)
    page = send_again(visitor)
    assert "请先查询" in page.messages()
    assert "钱经理" not in page.text


# ---------------------------------------------------------------- who learns nothing
def test_existing_rejected_and_unknown_look_the_same_and_do_the_same_work(site, visitor, client_of):
    register(site, visitor, "institution")
    decide(client_of, site, "jinshui", "reject", *accounts(site), REASON)
    bad = {**login("institution"), "password": "Falsch-2026-x", "query": "1"}
    asked = [bad, {**bad, "organization_code": site.get(Organization, "academy").code},
             {**bad, "citizen_id": make_citizen_id("410105", dt.date(1980, 1, 1), 3)}]  # fmt: skip
    with site.session() as session:
        settings.value(
            session, settings.LOCK_FAILURES
        )  # remembered, so that the first does not ask for it alone
    told, done = [], []
    for typed in asked:
        client = client_of("visitor")
        form = client.get("/registration-status")
        with site.statements() as sent:
            page = client.send(form, typed)
        told.append((page.status, page.errors(), page.messages()))
        done.append([statement.split(" WHERE ")[0] for statement in sent])
    assert told[0][:2] == (200, {"password": WRONG})
    assert told[0] == told[1] == told[2]
    assert len(done[0]) == len(done[1]) == len(done[2])


def test_a_captcha_answers_one_question(site):
    guarded = Client(site.captcha_app)
    form = guarded.get("/registration-status")
    typed = {
        "user_type": "person",
        "citizen_id": site.citizens["applicant"],
        "password": PASSWORD,
        "query": "1",
    }
    answer = answer_for(site, guarded, form).answer
    assert "金水医院" in guarded.send(form, {**typed, "captcha": answer}).words()
    page = guarded.send(form, {**typed, "captcha": answer})
    assert page.errors() == {"captcha": "验证码错误"}
    assert "金水医院" not in page.words()
