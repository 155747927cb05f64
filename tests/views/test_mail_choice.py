"""消息邮件设置: everybody says what of his inbox goes by mail, and nothing about anybody else's."""

from __future__ import annotations

import datetime as dt

import pytest
from site_client import ROLES
from sqlalchemy import select
from test_administrators import help_with

from models import Account, JournalEntry, MailPreference, Notice, OutgoingMail
from models.base import now
from services import inbox_mail

URL = "/admin/notice/mail/"
EVERYBODY = [name for name in ROLES.values() if name != "visitor"]


def chosen(site, name):
    statement = select(MailPreference.choice).where(MailPreference.account_id == site.world.id(Account, name))
    return [choice.value for choice in site.all(statement)]


@pytest.mark.parametrize("name", EVERYBODY)
def test_everybody_chooses_for_himself(site, client_of, name):
    client = client_of(name)
    assert "消息邮件设置" in client.get("/admin/notice/").words()
    assert URL in client.get("/admin/profile/").text
    page = client.get(URL)
    assert page.form()["choice"] == ["never"]  # nothing by mail until somebody asks for it
    before = site.all(select(MailPreference.account_id))
    assert "已保存" in client.follow(client.send(page, {"choice": "daily"})).messages()
    assert chosen(site, name) == ["daily"]
    assert client.get(URL).form()["choice"] == ["daily"]
    assert "没有改动" in client.follow(client.send(client.get(URL))).messages()
    client.send(client.get(URL), {"choice": "at_once"})
    assert chosen(site, name) == ["at_once"]
    assert set(site.all(select(MailPreference.account_id))) - set(before) == {site.world.id(Account, name)}
    entries = site.all(
        select(JournalEntry.details).where(
            JournalEntry.object_type == "account", JournalEntry.actor_id == site.world.id(Account, name)
        )
    )
    assert ["消息邮件", "不发邮件", "每日汇总发一封邮件"] in [
        entry.get("choice") for entry in entries if entry
    ]


@pytest.mark.parametrize("typed", ["", "weekly"])
def test_what_is_no_choice_is_refused_at_its_field(site, client_of, typed):
    client = client_of("doctor")
    page = client.send(client.get(URL), {"choice": typed})
    assert page.status == 200
    assert "请选择“消息邮件”" in page.errors()["choice"]
    assert chosen(site, "doctor") == []


def test_the_page_says_where_the_mails_go_and_when(site, client_of):
    site.put(Account, "doctor", email="doctor@example.com")
    site.put(Account, "nurse", email="")
    told = client_of("doctor").get(URL).words()
    assert "邮件发到 doctor@example.com。" in told
    assert "每日汇总在 9 点以后发出" in told  # the world's setting
    assert "您还没有登记电子邮箱" in client_of("nurse").get(URL).words()


@pytest.mark.parametrize("choice", ["at_once", "daily", "never"])
def test_a_mail_about_a_login_goes_at_once_and_its_message_not_besides(site, client_of, choice):
    site.put(Account, "doctor", email="doctor@example.com")
    client = client_of("doctor")
    client.send(client.get(URL), {"choice": choice})
    assert help_with(client_of("hospital_admin"), site, "account", "doctor", "reset_password").status == 200
    with site.session() as session:
        moment = now() + dt.timedelta(hours=24)
        assert (inbox_mail.write_at_once(session, moment), inbox_mail.write_digests(session, moment)) == (
            0,
            0,
        )
    account = site.world.id(Account, "doctor")
    assert "password_reset" in site.all(select(OutgoingMail.template))
    titles = select(Notice.title).where(Notice.account_id == account, Notice.mailed_at.is_not(None))
    assert site.all(titles) == ["您的密码已被重置"]
