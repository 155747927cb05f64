"""Delivery: a real mail server, files, failures in words, two workers at once, the worker's own process."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import sys
import threading
import time
from email import message_from_bytes, policy
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import quote

import pytest
from mail_server import PASSWORD, USER, Mailbox, certificate, check_password, free_port, running
from sqlalchemy import select

from backoffice.carriers import Folder, Smtp, sender_of, server_of
from backoffice.outbox import Delivery
from models import Base, OutgoingMail
from models.base import open_engine
from permissions.wall import ALL, ScopedSession, set_scope
from services import mail
from workflow import letters

ROOT = Path(__file__).resolve().parents[2]
MOMENT = dt.datetime(2026, 11, 24, 16, 30, tzinfo=dt.UTC)
SENDER = sender_of("继教通 <noreply@ce.example.com>")
REASON = "不是本单位在职职工：“核对”后<重新>注册 & 提交"
VALUES = {"name": "王䶮", "user_type": "个人", "office": "金水医院", "reason": REASON}
URL = "https://ce.example.com/a&b"


class Post:
    """An outbox on a database of its own, and its delivery."""

    def __init__(self, engine) -> None:
        self.engine, self.moment = engine, MOMENT

    @contextlib.contextmanager
    def opened(self):
        with ScopedSession(self.engine) as session, session.begin():
            set_scope(session, ALL)
            yield session

    def write(self, *recipients: str) -> None:
        with self.opened() as session:
            letters.write(session, "account_rejected", [(to, VALUES) for to in recipients], MOMENT)

    def deliver(self, carrier) -> int:
        return Delivery(self.opened, carrier, URL, lambda: self.moment).run()

    def rows(self):
        with ScopedSession(self.engine, expire_on_commit=False) as session:
            set_scope(session, ALL)
            return session.scalars(select(OutgoingMail).order_by(OutgoingMail.id)).all()

    def states(self) -> dict[str, str]:
        return {row.recipient: row.state.value for row in self.rows()}


@pytest.fixture
def post(engine):
    return Post(engine)


@pytest.fixture
def mailbox():
    return Mailbox()


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    """What a server shows, and the file that makes it trusted."""
    return certificate(tmp_path_factory.mktemp("certificate"))


def to_port(port: int, scheme: str = "smtp", user: str = "", query: str = "") -> Smtp:
    return Smtp(server_of(f"{scheme}://{user}127.0.0.1:{port}{query}"), SENDER)


# ---------------------------------------------------------------- what arrives
def test_a_mail_arrives_as_it_was_written(post, mailbox):
    post.write("doctor@example.com")
    with running(mailbox) as port:
        assert post.deliver(to_port(port)) == 1
        assert post.deliver(to_port(port)) == 0
    (message,) = mailbox.mails
    (row,) = post.rows()
    assert mailbox.recipients == ["doctor@example.com"]
    assert message["Subject"] == "您的账户未通过审核"
    assert message["From"].addresses == (Address("继教通", addr_spec="noreply@ce.example.com"),)
    assert message["To"] == "doctor@example.com"
    assert message["Date"].datetime == MOMENT
    assert message["Date"].endswith("+0800")
    assert message["Message-ID"] == f"<{row.key}@ce.example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.as_bytes().isascii()
    text = message.get_body(("plain",)).get_content()
    assert "王䶮，您好" in text
    assert REASON in text
    assert f"\n{URL}/registration-status" in text
    page = message.get_body(("html",)).get_content()
    assert "&lt;重新&gt;注册 &amp; 提交" in page
    assert 'href="https://ce.example.com/a&amp;b/registration-status"' in page
    assert (row.state, row.sent_at, row.body, row.html) == ("sent", MOMENT, "", "")


@pytest.mark.parametrize(
    ("scheme", "query", "login"),
    [("smtp", "", False), ("smtp", "?starttls=1", False), ("smtp", "?starttls=1", True), ("smtps", "", True)],
)
def test_a_server_may_ask_for_tls_and_a_password(
    engine, post, mailbox, trust, monkeypatch, scheme, query, login
):
    context, trusted = trust
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    options = {"authenticator": check_password, "auth_required": True} if login else {}
    if scheme == "smtps":
        options = {"authenticator": check_password, "auth_require_tls": False, "ssl_context": context}
    elif query:
        options |= {"tls_context": context, "require_starttls": True}
    user = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@" if login else ""
    post.write("doctor@example.com")
    with running(mailbox, **options) as port:
        assert post.deliver(to_port(port, scheme, user, query)) == 1
    assert len(mailbox.mails) == 1


# ---------------------------------------------------------------- what goes wrong
def test_one_refused_recipient_does_not_hold_up_the_others(post, mailbox):
    mailbox.answers = {"gone@example.com": "550 5.1.1 no such user: gone@example.com",
                       "full@example.com": "452 4.2.2 mailbox full"}  # fmt: skip
    post.write("a@example.com", "gone@example.com", "full@example.com", "b@example.com")
    with running(mailbox) as port:
        assert post.deliver(to_port(port)) == 2
        assert mailbox.recipients == ["a@example.com", "b@example.com"]
        gone, full = post.rows()[1:3]
        assert gone.state == "failed"
        assert gone.error == "邮件服务器不接受收件地址（550）：5.1.1 no such user: gone@example.com"
        assert (full.state, full.due_at) == ("waiting", MOMENT + mail.DELAYS[0])
        mailbox.answers.clear()
        post.moment = full.due_at
        assert post.deliver(to_port(port)) == 1
    assert post.states()["full@example.com"] == "sent"
    assert mailbox.recipients[2:] == ["full@example.com"]


def test_mails_wait_while_the_server_is_down(post, mailbox):
    post.write(*(f"a{number}@example.com" for number in range(3)))
    port = free_port()
    assert post.deliver(to_port(port)) == 0
    rows = post.rows()
    assert {row.state for row in rows} == {"waiting"}
    assert {row.attempts for row in rows} == {1}
    assert rows[0].error.startswith(f"连接不上邮件服务器 127.0.0.1:{port}")
    with running(mailbox, port) as port:
        assert post.deliver(to_port(port)) == 0  # not due yet
        post.moment += mail.DELAYS[0]
        assert post.deliver(to_port(port)) == 3
    assert [(row.state, row.error) for row in post.rows()] == [("sent", "")] * 3


def test_a_connection_lost_in_the_middle_is_opened_again(post, mailbox):
    post.write(*(f"a{number}@example.com" for number in range(4)))
    mailbox.fall = ["once"]
    with running(mailbox) as port:
        assert post.deliver(to_port(port)) == 3
        assert post.states()["a0@example.com"] == "waiting"
        assert "中断" in post.rows()[0].error
        post.moment += mail.DELAYS[0]
        assert post.deliver(to_port(port)) == 1
    assert sorted(mailbox.recipients) == [f"a{number}@example.com" for number in range(4)]


@pytest.mark.parametrize(
    ("query", "user", "options", "sentence"),
    [
        (
            "",
            "someone:wrong@",
            {"authenticator": check_password, "auth_require_tls": False},
            "不接受用户名或密码",
        ),
        ("?starttls=1", "", {}, "不支持 STARTTLS"),
        ("?starttls=1", "", {"tls_context": True}, "证书不可信"),
    ],
)
def test_a_wrong_setting_is_said_in_words_and_loses_no_mail(
    post, mailbox, trust, caplog, query, user, options, sentence
):
    if "tls_context" in options:
        options = {"tls_context": trust[0]}
    post.write("a@example.com", "b@example.com")
    with running(mailbox, **options) as port:
        assert post.deliver(to_port(port, user=user, query=query)) == 0
    assert [row.state for row in post.rows()] == ["waiting", "waiting"]
    assert all(sentence in row.error for row in post.rows())
    assert sentence in caplog.text
    assert "example.com" not in caplog.text


def test_a_mail_that_cannot_be_built_does_not_hold_up_the_others(post, mailbox, caplog):
    post.write("a@example.com", "b@example.com")
    with post.opened() as session:
        table = OutgoingMail.__table__
        session.execute(table.update().where(table.c.recipient == "a@example.com").values(recipient="a\n@x"))
    with running(mailbox) as port:
        assert post.deliver(to_port(port)) == 1
    assert mailbox.recipients == ["b@example.com"]
    assert post.rows()[0].error.startswith("系统出错，邮件没有发出")
    assert "mail no." in caplog.text


# ---------------------------------------------------------------- several workers
def test_two_workers_at_once_send_every_mail_once(post, mailbox):
    expected = [f"a{number}@example.com" for number in range(60)]
    post.write(*expected)
    start, sent, failures = threading.Barrier(2), [], []

    def work(port):
        try:
            start.wait(timeout=30)
            sent.append(post.deliver(to_port(port)))
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    with running(mailbox) as port:
        workers = [threading.Thread(target=work, args=(port,)) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(timeout=60)
    assert not failures
    assert sum(sent) == len(expected)
    assert sorted(mailbox.recipients) == sorted(expected)
    assert set(post.states().values()) == {"sent"}


def test_a_worker_killed_in_the_middle_doubles_nothing_that_was_recorded(post, mailbox):
    post.write(*(f"a{number}@example.com" for number in range(5)))

    class Killed(BaseException):
        pass

    class Dying(Smtp):
        def carry(self, name, recipient, message):
            if len(mailbox.mails) == 2:
                raise Killed
            super().carry(name, recipient, message)

    with running(mailbox) as port:
        with pytest.raises(Killed):
            post.deliver(Dying(to_port(port).server, SENDER))
        assert post.deliver(to_port(port)) == 0  # the dead worker's lease
        post.moment += mail.LEASE
        assert post.deliver(to_port(port)) == 3
    assert sorted(mailbox.recipients) == [f"a{number}@example.com" for number in range(5)]


def test_a_slow_worker_stops_before_its_lease_ends(post, mailbox):
    post.write("a@example.com", "b@example.com")

    class Slow(Smtp):
        def carry(self, name, recipient, message):
            super().carry(name, recipient, message)
            post.moment += mail.LEASE - dt.timedelta(minutes=1)

    with running(mailbox) as port:
        assert post.deliver(Slow(to_port(port).server, SENDER)) == 1
    assert post.states() == {"a@example.com": "sent", "b@example.com": "waiting"}


# ---------------------------------------------------------------- files
def test_without_a_server_mails_become_files(post, tmp_path):
    post.write("doctor@example.com", "nurse@example.com")
    folder = tmp_path / "var" / "outbox"
    assert post.deliver(Folder(folder, SENDER)) == 2
    files = sorted(folder.iterdir())
    assert {file.name for file in files} == {f"20261124T163000Z-{row.key}.eml" for row in post.rows()}
    messages = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    assert {message["To"] for message in messages} == {"doctor@example.com", "nurse@example.com"}
    assert REASON in messages[0].get_body(("plain",)).get_content()
    assert files[0].stat().st_mode & 0o077 == 0


def test_a_file_written_twice_is_one_file(post, tmp_path):
    post.write("doctor@example.com")
    with post.opened() as session:
        (taken,) = mail.take(session, MOMENT, 1)
    folder = tmp_path / "outbox"
    Delivery(post.opened, Folder(folder, SENDER), URL)._attempt(taken)  # noqa: SLF001  (and killed before it was recorded)
    (file,) = folder.iterdir()
    post.moment += mail.LEASE
    assert post.deliver(Folder(folder, SENDER)) == 1
    assert list(folder.iterdir()) == [file]


def test_a_folder_that_cannot_be_written_loses_no_mail(post, tmp_path):
    post.write("doctor@example.com")
    (tmp_path / "outbox").write_text("in the way")
    assert post.deliver(Folder(tmp_path / "outbox", SENDER)) == 0
    (row,) = post.rows()
    assert row.state == "waiting"
    assert row.error.startswith("不能写入邮件文件夹")


# ---------------------------------------------------------------- the worker
def test_a_commit_wakes_the_worker_and_the_worker_delivers(tmp_path):
    """A request's commit calls for the delivery, a rolled back one does not; `worker` does it."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("BACKOFFICE_", "COV_CORE"))
    }
    environment |= {"BACKOFFICE_VAR": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    installation = open_engine(f"sqlite:///{tmp_path / 'backoffice.db'}")
    Base.metadata.create_all(installation)
    installation.dispose()
    assert run("-c", REQUESTS).split() == ["0", "1"]
    worker = subprocess.Popen([sys.executable, "-m", "backoffice", "worker"], cwd=ROOT, env=environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while not (files := list((tmp_path / "outbox").glob("*.eml"))) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(timeout=30)
    (file,) = files
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == "b@example.com"


REQUESTS = f"""
from backoffice.app import create_app
from permissions.engine import view_scope
from permissions.actor import VISITOR
from permissions.wall import set_scope
from services import mail
from views.extensions import db

app = create_app()
values = {VALUES!r}
for address, end in (("a@example.com", "rollback"), ("b@example.com", "commit")):
    with app.app_context():
        session = db.session()
        set_scope(session, view_scope(VISITOR))
        with session.begin_nested():
            mail.send(session, address, "account_rejected", **values)
        getattr(session, end)()
    from backoffice.jobs import queue
    print(queue.pending_count())
"""
