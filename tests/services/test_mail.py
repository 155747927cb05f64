"""The outbox: what is written into it and when, and how workers take mails out of it."""

from __future__ import annotations

import datetime as dt

import pytest
from factories import MOMENT
from jinja2 import TemplateError, UndefinedError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from models import OutgoingMail
from permissions.actor import VISITOR
from services import mail
from workflow import letters

APPROVED = {"name": "王䶮", "user_type": "单位", "office": "金水医院", "code": "410001014"}
CHANGE = {
    "name": "王䶮",
    "organization": "金水医院",
    "office": "金水区人社局",
    "code": "410001014",
    "changes": "名称：金水医院 → 金水区第一医院",
    "reason": "扫描件不清",
}
VALUES = {
    "account_approved": APPROVED,
    "account_rejected": {
        "name": "王䶮",
        "user_type": "个人",
        "office": "金水医院",
        "reason": "不是本单位职工",
    },
    "request_news": {
        "name": "王䶮",
        "news": "单位调转未通过：李四（金水医院 → 洛阳学校）",
        "reason": "编制已满",
        "path": "/admin/transfer/details/?id=1",
    },
    "password_recovery": {
        "name": "王䶮",
        "user_type": "单位",
        "organization": "金水医院",
        "minutes": 30,
        "path": "/x",
    },
    "email_changed": {"name": "王䶮", "user_type": "个人", "address": "w***@example.com"},
    "inbox_message": {
        "name": "王䶮",
        "title": "申报退回：论文",
        "body": "缺盖章页",
        "path": "/admin/notice/",
    },
    "inbox_digest": {
        "name": "王䶮",
        "count": 3,
        "lines": ["11-24 11:00　申报退回：论文"],
        "more": 2,
        "path": "/admin/notice/",
    },
    "organization_change_approved": CHANGE,
    "organization_change_rejected": CHANGE,
}
"""Values of every letter there is; those about what was done to a login say the same as a rejection, and the code."""
DONE_TO_A_LOGIN = {**VALUES["account_rejected"], "code": "410001014"}
LETTERS = sorted(file.stem for file in letters.FOLDER.glob("[!_]*.txt"))
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def box(system):
    """An outbox without the mail the world begins with."""
    system.execute(delete(OutgoingMail))
    return system


def _rows(session):
    session.expire_all()
    return session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()


def _put(session, number, moment=MOMENT):
    letters.write(
        session,
        "account_approved",
        [(f"a{serial}@example.com", APPROVED) for serial in range(number)],
        moment,
    )


# ---------------------------------------------------------------- letters
@pytest.mark.parametrize("template", LETTERS)
def test_every_letter_is_written_as_text_and_says_where_to_go(template):
    letter = letters.render(template, VALUES.get(template, DONE_TO_A_LOGIN))
    assert letter.subject
    assert "王䶮" in letter.body
    assert "{public_url}" in letter.body
    assert "请勿回复" in letter.body
    assert "{#" not in letter.body + letter.html
    if letter.html:
        assert "王䶮" in letter.html
        assert "<script" not in letter.html


def test_every_page_belongs_to_a_text():
    pages = {file.stem for file in letters.FOLDER.glob("[!_]*.html")}
    assert pages <= set(LETTERS)


def test_values_are_text_in_the_page_and_one_line_in_the_subject(tmp_path, monkeypatch):
    (tmp_path / "note.txt").write_text(
        "{# name #}\nSubject: 致{{ name }}\n\n{{ name }}：{{ public_url }}", "utf-8"
    )
    (tmp_path / "note.html").write_text("<p>{{ name }}</p>", "utf-8")
    monkeypatch.setattr(letters, "FOLDER", tmp_path)
    letter = letters.render("note", {"name": "<b>王</b>\r\nBcc: x@example.com"})
    assert letter.subject == "致<b>王</b> Bcc: x@example.com"
    assert letter.html == "<p>&lt;b&gt;王&lt;/b&gt;\r\nBcc: x@example.com</p>"
    assert letter.body.endswith("{public_url}\n")


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("身份证号41010519680517003X与本人不符", "身份证号4101**********003X与本人不符"),
        ("见410105196805170033、410105196805170033", "见4101**********0033、4101**********0033"),
        ("信用代码 12410000MB1234567A 有误", "信用代码 12410000MB1234567A 有误"),
        ("电话13800000000", "电话13800000000"),
    ],
)
def test_a_letter_holds_no_citizen_id(reason, shown):
    letter = letters.render("account_rejected", VALUES["account_rejected"] | {"reason": reason})
    assert shown in letter.body
    assert shown in letter.html


# ---------------------------------------------------------------- writing
def test_a_mail_is_stored_with_what_causes_it(box, open_session):
    visitor = open_session(VISITOR)
    mail.send(visitor, "doctor@example.com", "account_approved", **APPROVED)
    visitor.rollback()
    assert not _rows(box)
    mail.send(visitor, "doctor@例子.com", "account_approved", **APPROVED)
    visitor.commit()
    (row,) = _rows(box)
    assert (row.recipient, row.state, row.attempts) == ("doctor@xn--fsqu00a.com", "waiting", 0)
    assert row.subject == "您的账户已审核通过"
    assert "金水医院" in row.body
    assert visitor.info[letters.WRITTEN]


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com", "王@example.com",
     "a" * 250 + "@example.com", '"a\nb"@example.com'],
)  # fmt: skip
def test_an_address_nothing_can_be_delivered_to_fails_in_silence(box, address):
    mail.send(box, address, "account_approved", **APPROVED)
    (row,) = _rows(box)
    assert (row.state, row.recipient, row.body, row.error) == ("failed", "", "", letters.UNDELIVERABLE)
    assert letters.WRITTEN not in box.info
    assert not mail.take(box, row.due_at + MINUTE, 10)


@pytest.mark.parametrize(
    ("template", "values", "error"),
    [("account_approved", {"name": "王"}, UndefinedError), ("../print/x", APPROVED, TemplateError),
     ("no_such", APPROVED, TemplateError)],
)  # fmt: skip
def test_a_letter_that_cannot_be_written_is_none(box, template, values, error):
    with pytest.raises(error):
        mail.send(box, "a@example.com", template, **values)
    assert not _rows(box)


def test_mails_of_the_demo_world_are_recorded_and_never_sent(box):
    box.info[letters.WITHHOLD] = True
    mail.send(box, "a@example.com", "account_approved", **APPROVED)
    (row,) = _rows(box)
    assert (row.state, row.body, row.html) == ("withheld", "", "")
    assert letters.WRITTEN not in box.info
    assert not mail.take(box, row.due_at + MINUTE, 10)


# ---------------------------------------------------------------- taking
def test_a_taken_mail_is_nobody_elses_until_its_lease_ends(box):
    _put(box, 3)
    assert not mail.take(box, MOMENT - MINUTE, 10)
    first = mail.take(box, MOMENT, 2)
    assert [(taken.recipient, taken.attempts) for taken in first] == [
        ("a0@example.com", 1),
        ("a1@example.com", 1),
    ]
    assert [taken.recipient for taken in mail.take(box, MOMENT, 2)] == ["a2@example.com"]
    assert not mail.take(box, MOMENT + mail.LEASE - MINUTE, 10)
    mail.record_sent(box, first[0], MOMENT + MINUTE)
    again = mail.take(box, MOMENT + mail.LEASE, 10)  # whoever took them died
    assert [(taken.recipient, taken.attempts) for taken in again] == [
        ("a1@example.com", 2),
        ("a2@example.com", 2),
    ]
    assert again[0].key == first[1].key


def test_a_sent_mail_keeps_no_text(box):
    _put(box, 1)
    (taken,) = mail.take(box, MOMENT, 1)
    assert "王䶮" in taken.body
    assert "王䶮" in taken.html
    mail.record_sent(box, taken, MOMENT)
    (row,) = _rows(box)
    assert (row.state, row.sent_at, row.body, row.html) == ("sent", MOMENT, "", "")
    assert (row.recipient, row.subject) == ("a0@example.com", "您的账户已审核通过")
    with pytest.raises(IntegrityError), box.begin_nested():
        box.execute(OutgoingMail.__table__.update().values(body="再来"))


def test_attempts_come_at_growing_intervals_and_end(box):
    _put(box, 1)
    moment, waits = MOMENT, []
    while batch := mail.take(box, moment, 1):
        mail.record_failure(box, batch, moment, "连接不上", final=False)
        (row,) = _rows(box)
        if row.state == "failed":
            break
        waits.append(row.due_at - moment)
        assert not mail.take(box, row.due_at - MINUTE, 1)
        moment = row.due_at
    assert tuple(waits) == mail.DELAYS == tuple(sorted(waits))
    assert (row.attempts, row.error) == (len(mail.DELAYS) + 1, "连接不上")
    assert row.body  # the only copy there is
    assert not mail.take(box, MOMENT + mail.KEPT, 1)


def test_a_refusal_for_good_ends_the_attempts(box):
    _put(box, 1)
    mail.record_failure(box, mail.take(box, MOMENT, 1), MOMENT, "没有这个邮箱", final=True)
    (row,) = _rows(box)
    assert (row.state, row.attempts, row.error) == ("failed", 1, "没有这个邮箱")


def test_a_failure_reported_late_changes_nothing(box):
    _put(box, 1)
    late = mail.take(box, MOMENT, 1)
    (second,) = mail.take(box, MOMENT + mail.LEASE, 1)
    mail.record_failure(box, late, MOMENT + mail.LEASE, "太慢", final=True)
    (row,) = _rows(box)
    assert (row.state, row.error, row.due_at) == ("waiting", "", second.due_at)
    mail.record_sent(box, second, MOMENT + mail.LEASE)
    mail.record_failure(box, [second], MOMENT + mail.LEASE, "太慢", final=False)
    assert _rows(box)[0].state == "sent"


def test_old_mails_are_forgotten_but_none_that_still_waits(box):
    _put(box, 3)
    sent, failed = mail.take(box, MOMENT, 2)
    mail.record_sent(box, sent, MOMENT)
    mail.record_failure(box, [failed], MOMENT, "没有这个邮箱", final=True)
    assert mail.forget(box, MOMENT + mail.KEPT) == 0
    assert mail.forget(box, MOMENT + mail.KEPT + MINUTE) == 2
    assert [row.state for row in _rows(box)] == ["waiting"]
