"""Messages by mail: at once, once a day, or not at all; never twice, never before they are shown."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from factories import put_status
from mail_server import Mailbox, running
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from backoffice.carriers import Smtp, sender_of, server_of
from backoffice.outbox import Delivery
from models import Account, MailDigest, MailPreference, Notice, OutgoingMail, Setting
from models.base import CHINA
from services import inbox_mail
from services.remembered import forget

DAY = dt.datetime(2026, 11, 24, tzinfo=CHINA)
CHOSEN = DAY - dt.timedelta(days=2)
NOON = DAY + dt.timedelta(hours=12)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def desk(world, system):
    """A desk at which the doctor and the nurse get messages."""
    forget()
    yield Desk(world, system)
    forget()


class Desk:
    def __init__(self, world, session):
        self.world, self.session = world, session

    def account(self, name="doctor"):
        return self.session.get(Account, self.world.id(Account, name))

    def chooses(self, choice, name="doctor", email="doctor@example.com"):
        account = self.account(name)
        account.email = email
        self.session.add(MailPreference(account_id=account.id, choice=choice, chosen_at=CHOSEN))
        self.session.flush()

    def told(self, title, name="doctor", at=NOON - HOUR, **columns):
        row = Notice(account_id=self.account(name).id, title=title, created_at=at, **columns)
        self.session.add(row)
        self.session.flush()
        return row

    def written(self, moment=NOON):
        return inbox_mail.write_at_once(self.session, moment), inbox_mail.write_digests(self.session, moment)

    def mails(self, template):
        rows = self.session.scalars(
            select(OutgoingMail).where(OutgoingMail.template == template).order_by(OutgoingMail.id)
        )
        return list(rows)


def test_who_never_chose_gets_no_message_by_mail(desk):
    desk.account().email = "doctor@example.com"
    desk.told("申报通过")
    assert desk.written() == (0, 0)
    desk.chooses("never")
    assert desk.written() == (0, 0)


def test_every_message_goes_at_once_and_once(desk):
    desk.chooses("at_once")
    for title in ("申报通过：论文", "申报退回：讲座"):
        desk.told(title, body="缺盖章页")
    assert desk.written() == (2, 0)
    first, second = desk.mails("inbox_message")
    assert (first.recipient, first.subject) == ("doctor@example.com", "申报通过：论文")
    assert "缺盖章页" in second.body
    assert "/admin/notice/" in second.body
    assert desk.written(NOON + HOUR) == (0, 0)


def test_a_digest_names_what_is_unread_and_goes_once_a_day(desk):
    desk.chooses("daily")
    desk.told("申报通过：论文", at=NOON - HOUR)
    desk.told("申报退回：讲座", at=NOON - 2 * HOUR)
    desk.told("已读的", read_at=NOON - HOUR)
    assert desk.written() == (0, 1)
    (mail,) = desk.mails("inbox_digest")
    assert mail.subject == "您有 2 条未读消息"
    assert "11-24 11:00　申报通过：论文" in mail.body
    assert "已读的" not in mail.body
    desk.told("又一条")
    assert desk.written(NOON + HOUR) == (0, 0)  # not a second one today
    assert desk.written(NOON + 24 * HOUR) == (0, 1)
    assert "又一条" in desk.mails("inbox_digest")[1].body
    assert "论文" not in desk.mails("inbox_digest")[1].body  # it stood in the digest before
    assert desk.written(NOON + 48 * HOUR) == (0, 0)  # nothing new, no mail


@pytest.mark.parametrize(("hour", "written"), [(7, 0), (8, 0), (9, 1), (23, 1)])  # the world set nine o'clock
def test_a_digest_waits_for_its_hour_in_china(desk, hour, written):
    desk.chooses("daily")
    desk.told("申报通过", at=DAY - HOUR)
    assert desk.written(DAY + hour * HOUR) == (0, written)


def test_the_hour_is_the_settings(desk):
    desk.session.scalars(select(Setting).where(Setting.key == "digest_hour")).one().value = "20"
    desk.session.flush()
    forget()
    desk.chooses("daily")
    desk.told("申报通过")
    assert desk.written(DAY + 19 * HOUR) == (0, 0)
    assert desk.written(DAY + 20 * HOUR) == (0, 1)


@pytest.mark.parametrize(("choice", "which"), [("at_once", 0), ("daily", 1)])
def test_what_is_held_back_is_mailed_when_it_is_shown(desk, choice, which):
    desk.chooses(choice)
    desk.told("申报通过", held_until=NOON + HOUR, batch_key="0" * 32)
    assert desk.written(NOON) == (0, 0)
    assert desk.written(NOON + HOUR)[which] == 1


@pytest.mark.parametrize("choice", ["at_once", "daily"])
@pytest.mark.parametrize(
    "columns",
    [{"at": CHOSEN - HOUR}, {"mailed_at": NOON - HOUR}, {"read_at": NOON - HOUR}, {"at": NOON + HOUR}],
    ids=["before the choice", "a letter said it", "read", "not yet"],
)
def test_what_needs_no_mail_gets_none(desk, choice, columns):
    desk.chooses(choice)
    desk.told("申报通过", **columns)
    assert desk.written() == (0, 0)


@pytest.mark.parametrize("choice", ["at_once", "daily"])
def test_nobody_without_an_address_or_a_login_gets_one(desk, choice):
    desk.chooses(choice, email="")
    desk.chooses(choice, "teacher")
    desk.told("申报通过")
    desk.told("申报通过", "teacher")
    put_status(desk.session, desk.account("teacher"), "disabled")
    assert desk.written() == (0, 0)


def test_what_another_worker_took_is_left_to_it(desk):
    desk.chooses("daily")
    desk.chooses("daily", "nurse", "nurse@example.com")
    desk.told("申报通过")
    desk.told("申报通过", "nurse")
    desk.session.add(MailDigest(account_id=desk.account().id, day=DAY.date()))
    desk.session.flush()
    assert desk.written() == (0, 1)
    assert [mail.recipient for mail in desk.mails("inbox_digest")] == ["nurse@example.com"]
    taken = [desk.account().id, desk.account("nurse").id, desk.account("teacher").id]
    assert inbox_mail._take(desk.session, taken, NOON) == [desk.account("teacher").id]  # noqa: SLF001
    desk.session.add(MailDigest(account_id=desk.account().id, day=DAY.date()))
    with pytest.raises(IntegrityError):
        desk.session.flush()
    desk.session.rollback()


def test_a_worker_that_was_killed_begins_again(desk):
    desk.chooses("daily")
    desk.told("申报通过")
    with desk.session.begin_nested() as savepoint:
        assert desk.written() == (0, 1)
        savepoint.rollback()
    assert desk.mails("inbox_digest") == []
    assert desk.written() == (0, 1)
    assert len(desk.mails("inbox_digest")) == 1


def test_many_accounts_cost_as_many_statements_as_one(desk):
    names, statements, counts = ("doctor", "nurse", "teacher", "engineer", "miller"), [], []
    desk.written()  # the setting is remembered from now on

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(desk.session.get_bind().engine, "before_cursor_execute", note)
    for day, group in enumerate((names[:1], names[1:])):
        for name in group:
            desk.chooses("daily", name, f"{name}@example.com")
            desk.told("申报通过", name)
        statements.clear()
        assert desk.written(NOON + day * 24 * HOUR)[1] == len(group)
        counts.append(len(statements))
    event.remove(desk.session.get_bind().engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]


def test_a_long_inbox_is_cut_and_says_so(desk):
    desk.chooses("daily")
    for number in range(inbox_mail.LISTED + 2):
        desk.told(f"消息{number}")
    assert desk.written() == (0, 1)
    (mail,) = desk.mails("inbox_digest")
    assert "还有 2 条" in mail.body
    assert mail.body.count("　消息") == inbox_mail.LISTED


def test_a_digest_arrives_at_a_mail_server(desk):
    desk.chooses("daily")
    desk.told("申报通过：论文<一>")
    assert desk.written() == (0, 1)
    mailbox = Mailbox()
    with running(mailbox) as port:
        carrier = Smtp(server_of(f"smtp://127.0.0.1:{port}"), sender_of("继教通 <noreply@ce.example.com>"))
        opened = lambda: contextlib.nullcontext(desk.session)  # noqa: E731
        delivery = Delivery(opened, carrier, "https://ce.example.com", lambda: NOON)
        assert delivery.run() == 1
        assert desk.written(NOON + HOUR) == (0, 0)
        assert delivery.run() == 0
    (message,) = mailbox.mails
    assert mailbox.recipients == ["doctor@example.com"]
    assert message["Subject"] == "您有 1 条未读消息"
    assert "申报通过：论文<一>" in message.get_body(("plain",)).get_content()
    page = message.get_body(("html",)).get_content()
    assert "论文&lt;一&gt;" in page
    assert 'href="https://ce.example.com/admin/notice/"' in page


def test_old_records_of_digests_are_forgotten(desk):
    for days in (0, 91):
        desk.session.add(MailDigest(account_id=desk.account().id, day=DAY.date() - dt.timedelta(days=days)))
    desk.session.flush()
    assert inbox_mail.forget(desk.session, NOON) == 1
