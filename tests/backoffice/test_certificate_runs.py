"""Orders of certificates: issued once, numbered without gaps, printed and counted once, whoever is killed on the way."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections import Counter
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from factories import YEAR, make_account, make_certificate, make_person, make_summary
from pypdf import PdfReader
from sqlalchemy import event, func, select, update
from world import build_world

from models import (
    Account,
    Certificate,
    CertificateRun,
    CertificateRunItem,
    CertificateSerial,
    JournalEntry,
    Notice,
    Organization,
    YearSummary,
    crypto,
)
from models.base import now
from models.enums import AccountStatus, BatchState, CertificateForm, CertificateOrder
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.wall import ALL, ScopedSession, set_scope
from services import certificate_issuing, certificate_runs, certificate_work, stored_files
from services import certificate_run_steps as steps
from services.certificate_stamping import NEW_FONT
from services.errors import InputError
from services.media import LocalMediaStore
from workflow.engine import new_batch_key

URL = "http://localhost"
MANY = 12
WORKER = Path(__file__).with_name("certificate_worker.py")
ROOT = Path(__file__).resolve().parents[2]
FULL = {
    "public_hours": 30, "specialty_hours": 60, "required_public": 30, "required_specialty": 60, "required_total": 90,
    "complete": True,
}  # fmt: skip


class Desk:
    """An employer's two administrators, people with complete years, and the worker."""

    def __init__(self, engine, folder, many=MANY):
        self.engine, self.folder, self.store = engine, folder, LocalMediaStore(folder / "media")
        with ScopedSession(engine) as session:
            self.world = build_world(session)
            self.hospital = session.get(Organization, self.world.id(Organization, "hospital"))
            people = [make_person(session, f"职工{serial:03}", self.hospital) for serial in range(many)]
            self.ids = [make_summary(session, person, **FULL).id for person in people]
            self.first = self.world.actors["hospital_admin"]
            colleague = make_account(session, organization=self.hospital)
            self.second = load_actor(session, colleague.id)
            session.commit()

    @contextmanager
    def opened(self):
        with ScopedSession(self.engine) as session, session.begin():
            set_scope(session, ALL)
            yield session

    @contextmanager
    def acting(self, actor=None):
        with ScopedSession(self.engine) as session, session.begin():
            set_scope(session, permissions.view_scope(actor or self.first))
            yield session

    def special(self):
        """Add one of every kind that is refused; return the sentence by key of the summary."""
        with self.opened() as session:
            hospital = session.get(Organization, self.world.id(Organization, "hospital"))
            moved = make_person(session, "调入人员", hospital)
            earlier = make_certificate(session, moved, session.get(Account, self.first.account_id))
            earlier.employer_id = self.world.id(Organization, "school")
            lacking = {**FULL, "public_hours": 24, "complete": False}
            return {
                make_summary(session, moved, **FULL).id: "已由调入前的单位制发证书，可由该单位或本人打印",
                make_summary(session, make_person(session, "未齐", hospital), **lacking).id: "公需 差 6 学时",
                make_summary(
                    session, make_person(session, "王\U0002a6d6", hospital), **FULL
                ).id: f"姓名中的“\U0002a6d6”无法打印：现行证书模板的字体没有这个字，{NEW_FONT}",
            }

    def start(self, wanted="both", form="pdf", ids=None, actor=None, **more):
        actor = actor or self.first
        with self.acting(actor) as session:
            run = certificate_runs.start(
                session, actor, ids or self.ids, CertificateOrder.of(wanted), CertificateForm.of(form),
                **{"key": new_batch_key()} | more,
            )  # fmt: skip
            return run.id

    def carry_out(self, key):
        certificate_work.carry_out(self.opened, self.store, key, URL)

    def run(self, key):
        with self.opened() as session:
            row = session.get(CertificateRun, key)
            session.expunge(row)
            return row

    def all(self, statement):
        with self.opened() as session:
            return session.execute(statement).all()

    def refused(self, key):
        rows = select(CertificateRunItem.summary_id, CertificateRunItem.reason)
        return dict(
            self.all(rows.where(CertificateRunItem.run_id == key, CertificateRunItem.reason.is_not(None)))
        )

    def certificates(self):
        """Return the certificates of this year's numbers, in the order of their serials."""
        found = select(Certificate.number, Certificate.print_count, Certificate.person_id)
        rows = self.all(found.where(Certificate.number.startswith(f"豫继教{YEAR}")))
        return sorted(rows, key=lambda row: serial_of(row.number))

    def journaled(self, *actions):
        rows = select(JournalEntry.action, func.count()).where(JournalEntry.object_type == "certificate")
        return {**dict.fromkeys(actions, 0), **dict(self.all(rows.group_by(JournalEntry.action)))}

    def files(self):
        return [key for key, _moment in self.store.stored()]


def serial_of(number):
    return int(re.fullmatch(r"豫继教\d{10}(\d{6})[\dX]", number)[1])


def assert_without_gaps(desk, number):
    rows = desk.certificates()
    assert [serial_of(row.number) for row in rows] == list(range(1, number + 1))
    assert len({row.person_id for row in rows}) == number
    with desk.opened() as session:
        last = select(CertificateSerial.last).where(
            CertificateSerial.credit_year == YEAR, CertificateSerial.region_code == "410105"
        )
        assert session.scalar(last) == number


@pytest.fixture
def key_setting():
    """Keys a worker of its own can be given: it reads citizen ids."""
    setting = crypto.generate_setting()
    before = crypto.configure(crypto.Keyring.from_setting(setting))
    yield setting
    crypto.configure(before)


@pytest.fixture
def desk(engine, tmp_path, monkeypatch, key_setting):
    """A desk for which more than three certificates are many, and portions are small."""
    monkeypatch.setattr(certificate_runs, "AT_ONCE", 3)
    monkeypatch.setattr(steps, "PORTION", 5)
    monkeypatch.setattr(steps, "PAGES", 5)
    return Desk(engine, tmp_path)


def test_an_order_issues_prints_and_hands_over_and_says_who_is_refused_and_why(desk):
    special = desk.special()
    foreign = desk.world.id(YearSummary, "teacher-2026")
    key = desk.start(ids=[*desk.ids, *special, foreign, 10**9])
    assert desk.run(key).row_count == MANY + len(special)  # nothing of others, nothing that is not there
    desk.carry_out(key)
    run = desk.run(key)
    assert (run.state, run.issued_count, run.printed_count, run.refused_count) == (
        BatchState.DONE, MANY, MANY, len(special),
    )  # fmt: skip
    assert desk.refused(key) == special
    assert_without_gaps(desk, MANY)
    assert [row.print_count for row in desk.certificates()] == [1] * MANY
    assert desk.journaled("print", "issue") == {"print": MANY, "issue": MANY}
    assert desk.files() == [run.media_key]
    with desk.store.open(run.media_key) as file:
        pages = PdfReader(io.BytesIO(file.read())).pages
        assert [f"职工{serial:03}" in page.extract_text() for serial, page in enumerate(pages)] == [
            True
        ] * MANY
    told = desk.all(
        select(Notice.account_id, Notice.title, Notice.link).where(Notice.link.contains("certificate-run"))
    )
    assert told == [
        (
            desk.first.account_id,
            f"证书文件已生成：{MANY} 份",
            f"/admin/certificate-run/details/?id={key}",
        )
    ]
    desk.carry_out(key)  # once more does nothing
    assert desk.journaled("print", "issue") == {"print": MANY, "issue": MANY}


def test_single_files_are_named_by_number_and_name_and_a_second_print_is_a_reprint(desk):
    few = desk.ids[:7]
    with desk.acting() as session:
        certificate_issuing.issue(session, desk.first, few[:6], public_url=URL)
    key = desk.start("print", "zip", few)
    desk.carry_out(key)
    run = desk.run(key)
    assert (run.issued_count, run.printed_count) == (0, 6)
    assert desk.refused(key) == {few[6]: "学时齐全，还没有制发证书，请选“办理并打印”"}
    numbers = [row.number for row in desk.certificates()]
    with desk.store.open(run.media_key) as file, zipfile.ZipFile(file) as archive:
        names = [f"{number}-职工{place:03}.pdf" for place, number in enumerate(numbers)]
        assert sorted(archive.namelist()) == names
        assert all(archive.read(name).startswith(b"%PDF-") for name in names)
    desk.carry_out(desk.start("print", "pdf", few[:2]))
    assert [row.print_count for row in desk.certificates()] == [2, 2, 1, 1, 1, 1]
    assert desk.journaled() == {"issue": 6, "print": 6, "reprint": 2}


def test_a_double_click_is_one_order(desk):
    again = new_batch_key()
    assert desk.start(key=again) == desk.start(key=again)


def test_two_administrators_at_once_leave_no_gap_and_no_double(desk):
    start, failures = threading.Barrier(3), []
    overlapping = {desk.first: desk.ids[:8], desk.second: desk.ids[4:][::-1]}
    keys = [desk.start("issue", "pdf", ids, actor) for actor, ids in overlapping.items()]

    def work(task):
        try:
            start.wait(timeout=30)
            task()
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    def at_once():  # a third request that does not go by an order
        with desk.acting(desk.second) as session:
            certificate_issuing.issue(session, desk.second, desk.ids[2:10], public_url=URL)

    tasks = [at_once, *(lambda key=key: desk.carry_out(key) for key in keys)]
    threads = [threading.Thread(target=work, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    assert [desk.run(key).state for key in keys] == [BatchState.DONE] * 2
    assert_without_gaps(desk, MANY)
    assert desk.journaled("issue") == {"issue": MANY}


def test_two_workers_on_one_order_print_once(desk):
    key, start, failures = desk.start(), threading.Barrier(2), []

    def work():
        try:
            start.wait(timeout=30)
            desk.carry_out(key)
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    desk.carry_out(key)  # each may have left it to the other
    assert desk.run(key).state is BatchState.DONE
    assert_without_gaps(desk, MANY)
    assert [row.print_count for row in desk.certificates()] == [1] * MANY
    assert desk.files() == [desk.run(key).media_key]


def test_what_is_cancelled_keeps_its_certificates_and_makes_no_file(desk):
    key = desk.start()
    with desk.opened() as session:
        assert steps.settle(session, key, URL, 5)
    with desk.acting() as session:
        parts = certificate_runs.cancel(session, desk.first, session.get(CertificateRun, key))
    assert parts == []
    desk.carry_out(key)
    run = desk.run(key)
    assert (run.state, run.issued_count, run.media_key) == (BatchState.CANCELLED, 5, None)
    assert_without_gaps(desk, 5)
    assert desk.journaled("print") == {"issue": 5, "print": 0}
    with desk.acting() as session, pytest.raises(InputError, match="已经办完"):
        certificate_runs.cancel(session, desk.first, session.get(CertificateRun, key))
    stranger = desk.world.actors["school_admin"]
    with desk.opened() as session, pytest.raises(PermissionError):
        certificate_runs.cancel(session, stranger, session.get(CertificateRun, key))


def test_an_administrator_disabled_meanwhile_issues_no_further(desk):
    key = desk.start()
    with desk.opened() as session:
        steps.settle(session, key, URL, 5)
    with desk.engine.begin() as connection:
        table = Account.__table__
        connection.execute(table.update().where(table.c.id == desk.first.account_id)
                           .values(status=AccountStatus.DISABLED))  # fmt: skip
    desk.carry_out(key)
    run = desk.run(key)
    assert (run.state, run.reason, run.issued_count) == (BatchState.STOPPED, certificate_runs.NO_LONGER, 5)
    assert desk.files() == []


def test_what_was_revoked_before_it_was_printed_is_left_out(desk):
    key = desk.start(ids=desk.ids[:4])
    with desk.opened() as session:
        while steps.settle(session, key, URL, 5):
            pass
    taken = desk.certificates()[0]
    with desk.engine.begin() as connection:
        connection.execute(
            update(Certificate.__table__)
            .where(Certificate.__table__.c.number == taken.number)
            .values(status="revoked", revoked_at=now(), revoked_reason="学时被撤销")
        )
    desk.carry_out(key)
    assert (desk.run(key).printed_count, desk.run(key).refused_count) == (3, 1)
    assert list(desk.refused(key).values()) == [steps.REVOKED_SINCE]
    assert [row.print_count for row in desk.certificates()] == [0, 1, 1, 1]


def test_a_finished_file_is_kept_for_a_while(desk):
    key = desk.start(ids=desk.ids[:2])
    desk.carry_out(key)
    run = desk.run(key)
    later = dt.datetime.now(dt.UTC) + stored_files.ORPHAN_AGE + dt.timedelta(hours=1)
    with desk.opened() as session:
        assert list(stored_files.unnamed(session, desk.store, later)) == []
        assert certificate_runs.clean_up(session, run.expires_at - dt.timedelta(seconds=1)) == []
        assert certificate_runs.file_of(session.get(CertificateRun, key)) == run.media_key
    with desk.opened() as session:
        assert certificate_runs.clean_up(session, run.expires_at + dt.timedelta(seconds=1)) == [run.media_key]
    assert certificate_runs.file_of(desk.run(key)) is None
    with desk.opened() as session:
        assert list(stored_files.unnamed(session, desk.store, later)) == [run.media_key]


def test_issuing_takes_as_many_statements_for_many_as_for_few(desk):
    def statements(ids):
        seen = Counter()

        def note(_connection, _cursor, statement, *_rest):
            seen[statement.split(maxsplit=1)[0]] += 1

        event.listen(desk.engine, "before_cursor_execute", note)
        try:
            with desk.acting() as session:
                assert len(
                    certificate_issuing.issue(session, desk.first, ids, public_url=URL).numbers
                ) == len(ids)
        finally:
            event.remove(desk.engine, "before_cursor_execute", note)
        return seen

    assert statements(desk.ids[:2]) == statements(desk.ids[2:])


# ---------------------------------------------------------------- killed
POINTS = (
    ("INSERT INTO certificate ", 2),  # while the second portion is issued
    ("UPDATE certificate SET print_count", 1),  # while the file is handed over
)


def test_a_worker_killed_anywhere_loses_nothing_and_doubles_nothing(desk, key_setting):
    key = desk.start()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "COV_CORE"))
    }
    environment |= {
        "BACKOFFICE_DATABASE_URL": desk.engine.url.render_as_string(hide_password=False),
        "BACKOFFICE_VAR": str(desk.folder),
        "PYTHONPATH": str(ROOT),
        "BACKOFFICE_DATA_KEYS": key_setting,
    }
    for task, point in zip(("run", "resume"), POINTS, strict=True):
        command = [sys.executable, str(WORKER), task, str(key), "5", point[0], str(point[1])]
        with subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdout.readline() == "here\n", point
            worker.kill()
        assert worker.returncode == -9
        assert desk.run(key).state is BatchState.RUNNING
        assert [row.print_count for row in desk.certificates()] == [0] * desk.run(key).issued_count
        with desk.engine.begin() as connection:  # two minutes pass
            touched = now() - certificate_runs.LEFT_ALONE - dt.timedelta(seconds=1)
            connection.execute(update(CertificateRun.__table__).values(touched_at=touched))
    assert desk.run(key).printed_count == MANY
    desk.carry_out(key)
    assert desk.run(key).state is BatchState.DONE
    assert_without_gaps(desk, MANY)
    assert [row.print_count for row in desk.certificates()] == [1] * MANY
    assert desk.journaled() == {"issue": MANY, "print": MANY}
    with desk.store.open(desk.run(key).media_key) as file:
        assert len(PdfReader(io.BytesIO(file.read())).pages) == MANY
    assert desk.run(key).file_size > Decimal(1000)
