"""What applicants hear of a decision about their account: a message and a mail, in both cases, for every user type."""

from __future__ import annotations

import pytest
from factories import make_account, make_person
from sqlalchemy import event, select
from stage import ACCOUNT, REASON

from models import Account, Notice, Organization, OutgoingMail


@pytest.fixture
def applicant(stage):
    """Return a function that gives a waiting account of the world an address."""

    def named(name):
        row = stage.row(Account, name)
        row.email = f"{name}@example.com"
        stage.system.flush()
        return row

    return named


def _mails(stage):
    stage.system.expire_all()
    return stage.system.scalars(
        select(OutgoingMail).where(OutgoingMail.state != "sent").order_by(OutgoingMail.recipient)
    ).all()


def _notices(stage, account):
    return [
        (row.title, row.body)
        for row in stage.system.scalars(
            select(Notice).where(Notice.account_id == account.id).order_by(Notice.id.desc()).limit(1)
        )
    ]


@pytest.mark.parametrize(
    ("name", "decider", "words"),
    [
        (
            "applicant",
            "hospital_admin",
            ["applicant，您好", "个人账户（金水医院）", "选择用户类型“个人”，填写身份证号"],
        ),
        ("clinic_admin", "jinshui_admin", ["金水诊所管理员，您好", "单位账户（金水诊所）", "填写机构代码 "]),
    ],
)
def test_an_approved_applicant_gets_a_message_and_a_mail_that_leads_to_the_login(
    stage, applicant, name, decider, words
):
    account = applicant(name)
    assert stage.told(decider, "approve", account, table=ACCOUNT) == "done"
    assert _notices(stage, account) == [("您的账户已审核通过，欢迎使用", "")]
    (mail,) = _mails(stage)
    assert (mail.recipient, mail.state, mail.subject) == (
        f"{name}@example.com",
        "waiting",
        "您的账户已审核通过",
    )
    for word in [*words, "{public_url}/login"]:
        assert word in mail.body
    assert account.citizen_id not in mail.body + mail.html


@pytest.mark.parametrize(
    ("name", "decider"), [("applicant", "hospital_admin"), ("clinic_admin", "jinshui_admin")]
)
def test_a_rejected_applicant_learns_the_reason_and_where_to_go(stage, applicant, name, decider):
    account = applicant(name)
    assert stage.told(decider, "reject", account, table=ACCOUNT, reason=REASON) == "done"
    assert _notices(stage, account) == [("您的账户未通过审核", REASON)]
    (mail,) = _mails(stage)
    assert mail.subject == "您的账户未通过审核"
    assert REASON in mail.body
    assert REASON in mail.html
    assert "{public_url}/registration-status" in mail.body


def test_who_is_not_decided_hears_nothing(stage, applicant):
    account = applicant("applicant")
    assert stage.told("school_admin", "approve", account, table=ACCOUNT) == "missing"
    assert stage.told("hospital_admin", "withdraw", account, table=ACCOUNT) != "done"
    assert not _mails(stage)


def test_an_applicant_without_an_address_is_still_decided(stage):
    account = stage.row(Account, "applicant")
    assert stage.told("hospital_admin", "approve", account, table=ACCOUNT) == "done"
    (mail,) = _mails(stage)
    assert (mail.state, mail.error) == ("failed", "收件人没有可以投递的电子邮箱")


def test_many_are_told_in_as_many_statements_as_one(stage):
    hospital = stage.row(Organization, "hospital")
    accounts = [
        make_account(
            stage.system, person=make_person(stage.system, f"新人{serial}", hospital, state="pending"),
            status="pending", email=f"new{serial}@example.com",
        ).id
        for serial in range(41)
    ]  # fmt: skip
    statements = []
    note = lambda *_: statements.append(1)  # noqa: E731
    event.listen(stage.connection, "before_cursor_execute", note)
    needed = []
    try:
        for batch in (accounts[:1], accounts[1:2], accounts[2:]):  # the first also stores what was made above
            statements.clear()
            stage.fire("hospital_admin", "approve", *batch, table=ACCOUNT)
            needed.append(len(statements))
    finally:
        event.remove(stage.connection, "before_cursor_execute", note)
    assert needed[1] == needed[2]
    assert len({mail.recipient for mail in _mails(stage)}) == len(accounts)
