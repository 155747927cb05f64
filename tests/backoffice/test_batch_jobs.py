"""Batches in the background: the same facts as at once, whoever is killed, cancelled or disabled on the way."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from factories import TODAY, YEAR, make_claim, make_person
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError
from world import build_world

from backoffice.batching import carry_out
from models import (
    Account,
    Batch,
    BatchItem,
    Claim,
    CreditYear,
    JournalEntry,
    LedgerEntry,
    Notice,
    Organization,
    Person,
    YearSummary,
)
from models.base import now
from models.enums import AccountStatus, BatchState
from permissions import engine as permissions
from permissions.wall import ALL, ScopedSession, set_scope
from services import batch_jobs, undoing
from services.errors import InputError
from workflow.claim import CLAIM

MANY = 45
WORKER = Path(__file__).with_name("batch_worker.py")
ROOT = Path(__file__).resolve().parents[2]


class Office:
    """A decider, claims that wait for him, and the worker he leaves them to."""

    def __init__(self, engine, many=MANY):
        self.engine = engine
        with ScopedSession(engine) as session:
            self.world = build_world(session)
            hospital = session.get(Organization, self.world.id(Organization, "hospital"))
            people = [
                session.get(Person, self.world.id(Person, "doctor")),
                make_person(session, "新人", hospital),
            ]
            samples = [
                make_claim(session, person, status="declared", computed_hours=Decimal(1)) for person in people
            ]
            columns = [column for column in Claim.__table__.c if not column.primary_key]
            for serial in range(many - len(samples)):  # as one of the two, with evidence of its own
                copy = [
                    literal(f"copy-{serial}") if column.key == "evidence_key" else column
                    for column in columns
                ]
                sample = samples[serial % 2].id
                session.execute(insert(Claim.__table__).from_select(
                    [column.key for column in columns], select(*copy).where(Claim.__table__.c.id == sample)))  # fmt: skip
            # One row is of a closed year: nothing that happens to a worker may let it through.
            self.ids = sorted(session.scalars(select(Claim.id).where(Claim.computed_hours == Decimal(1))))
            self.late = self.ids[many // 2]
            # The worker of the last test reads the real calendar.
            session.execute(update(CreditYear.__table__).values(approvals_close=dt.date(2100, 1, 1)))
            session.add(CreditYear(year=2015, claims_open=dt.date(2015, 1, 1), claims_close=dt.date(2015, 12, 31),
                                   approvals_open=dt.date(2015, 1, 1), approvals_close=dt.date(2015, 12, 31)))  # fmt: skip
            session.flush()
            session.execute(update(Claim.__table__).where(Claim.id == self.late).values(credit_year=2015))
            self.people = [person.id for person in people]
            self.decider = self.world.actors["jinshui_admin"]
            session.commit()

    @contextmanager
    def opened(self):
        with ScopedSession(self.engine) as session, session.begin():
            set_scope(session, ALL)
            yield session

    @contextmanager
    def acting(self):
        with ScopedSession(self.engine) as session, session.begin():
            set_scope(session, permissions.view_scope(self.decider))
            yield session

    def start(self, name="approve", ids=None, **more):
        more = {"reason": "材料不全"} | more
        with self.acting() as session:
            outcome = batch_jobs.fire(
                session, self.decider, CLAIM, name, ids or self.ids, today=TODAY, **more
            )
            started = session.info.pop(batch_jobs.STARTED, [])
        assert outcome.repeated or started == [outcome.batch_key]
        return outcome.batch_key

    def advance(self, key, limit=20):
        with self.opened() as session:
            return batch_jobs.advance(session, key, limit)

    def batch(self, key):
        with self.opened() as session:
            batch = session.scalars(select(Batch).where(Batch.key == key)).one()
            session.expunge(batch)
            return batch

    def outcomes(self, key):
        with self.opened() as session:
            rows = select(BatchItem.outcome, func.count()).where(BatchItem.batch_key == key)
            return dict(session.execute(rows.group_by(BatchItem.outcome)).all())

    def facts(self):
        """Return what was decided: status, journal rows, postings and messages of each claim, and the years' hours."""
        with self.opened() as session:

            def times(column, *conditions):
                found = select(column, func.count()).where(column.in_(self.ids), *conditions).group_by(column)
                return dict(session.execute(found).all())

            return {
                "status": dict(session.execute(select(Claim.id, Claim.status).where(Claim.id.in_(self.ids))).all()),
                "journal": times(JournalEntry.object_id, JournalEntry.object_type == "claim"),
                "posted": times(LedgerEntry.source_id),
                "told": session.scalar(select(func.count(Notice.id)).where(Notice.title.contains("已认定通过"))),
                "years": dict(session.execute(
                    select(YearSummary.person_id, YearSummary.specialty_hours)
                    .where(YearSummary.person_id.in_(self.people), YearSummary.credit_year == YEAR)).all()),
            }  # fmt: skip


@pytest.fixture
def few(monkeypatch):
    """Let more than ten rows be many."""
    monkeypatch.setattr(batch_jobs, "AT_ONCE", 10)
    monkeypatch.setattr("services.batch_jobs.today", lambda: TODAY)


@pytest.fixture
def office(engine, few):
    return Office(engine)


def expected(office):
    passed = [key for key in office.ids if key != office.late]
    return {
        "status": {key: "declared" if key == office.late else "approved" for key in office.ids},
        "journal": dict.fromkeys(passed, 1),
        "posted": dict.fromkeys(passed, 1),
    }


def test_portions_do_what_one_transaction_would(office):
    key = office.start()
    assert office.facts()["posted"] == {}
    assert office.outcomes(key) == {"waiting": MANY}
    assert office.start(batch_key=key) == key  # a double click
    assert office.advance(key)
    batch = office.batch(key)
    assert (batch.state, batch.done_count + batch.skipped_count) == (BatchState.RUNNING, 20)
    with office.opened() as session:
        assert batch_jobs.progress(session, batch) == 100 * 20 // MANY
    carry_out(office.opened, key)
    batch = office.batch(key)
    assert (batch.state, batch.done_count, batch.skipped_count) == (BatchState.DONE, MANY - 1, 1)
    assert office.outcomes(key) == {"done": MANY - 1, "approvals_closed": 1}
    facts = office.facts()
    assert facts | expected(office) == facts
    assert facts["told"] == len([key for key in office.ids if key != office.late and _of_doctor(office, key)])
    assert sum(facts["years"].values()) == MANY - 1
    assert not office.advance(key)
    assert office.facts() == facts


def _of_doctor(office, key):
    with office.opened() as session:
        return session.scalar(select(Claim.person_id).where(Claim.id == key)) == office.people[0]


def test_few_rows_are_decided_at_once(office):
    with office.acting() as session:
        outcome = batch_jobs.fire(session, office.decider, CLAIM, "approve", office.ids[:10], today=TODAY)
        assert batch_jobs.STARTED not in session.info
    assert (outcome.running, outcome.done) == (False, 10)
    assert office.batch(outcome.batch_key).state is BatchState.DONE


def test_what_is_cancelled_stays_as_far_as_it_came(office):
    key = office.start("reject")
    office.advance(key)
    with office.acting() as session:
        batch_jobs.cancel(
            session, office.decider, session.scalars(select(Batch).where(Batch.key == key)).one()
        )
    assert not office.advance(key)
    batch = office.batch(key)
    assert (batch.state, batch.done_count, batch.skipped_count) == (BatchState.CANCELLED, 20, MANY - 20)
    assert office.outcomes(key) == {"done": 20, "cancelled": MANY - 20}
    with office.acting() as session, pytest.raises(InputError, match="已经办完"):
        batch_jobs.cancel(
            session, office.decider, session.scalars(select(Batch).where(Batch.key == key)).one()
        )
    other = office.world.actors["luoyang_admin"]
    with office.opened() as session, pytest.raises(InputError, match="办理人"):
        batch_jobs.cancel(session, other, session.scalars(select(Batch).where(Batch.key == key)).one())


def test_an_actor_disabled_meanwhile_decides_no_further(office):
    key = office.start()
    office.advance(key)
    with office.engine.begin() as connection:
        table = Account.__table__
        connection.execute(table.update().where(table.c.id == office.decider.account_id)
                           .values(status=AccountStatus.DISABLED))  # fmt: skip
    assert not office.advance(key)
    batch = office.batch(key)
    assert (batch.state, batch.stop_reason) == (BatchState.STOPPED, batch_jobs.NO_LONGER)
    assert office.outcomes(key) == {"done": 20, "stopped": MANY - 20}


def test_the_guards_are_asked_anew_in_every_portion(office):
    key = office.start()
    office.advance(key)
    taken = office.ids[-3:]
    office.decider = office.world.actors["jinshui_admin"]
    office.start("reject", ids=[*taken, *[10**9 + extra for extra in range(10)]])  # somebody else is quicker
    with office.opened() as session:
        other = session.scalars(
            select(Batch.key).where(Batch.transition == "reject", Batch.state == "running")
        ).one()
    carry_out(office.opened, other)
    carry_out(office.opened, key)
    assert office.outcomes(key) == {"done": MANY - 4, "approvals_closed": 1, "status": 3}
    assert office.outcomes(other) == {"done": 3, "missing": 10}


def test_a_row_that_clashes_is_passed_over_and_the_others_are_not(office):
    key, clash = office.start(), office.ids[7]
    with office.opened() as session:  # an open posting of that claim: the unique index has the last word
        claim = session.get(Claim, clash)
        session.add(LedgerEntry(
            person_id=claim.person_id, employer_id=claim.employer_id, region_code=claim.region_code, credit_year=YEAR,
            subject=claim.subject, kind="posting", hours=Decimal(1), source_type="claim", source_id=clash,
            posted_by_id=office.decider.account_id))  # fmt: skip
    with pytest.raises(IntegrityError):
        office.advance(key)
    carry_out(office.opened, key)
    assert office.outcomes(key) == {"done": MANY - 2, "approvals_closed": 1, "conflict": 1}
    assert office.facts()["status"][clash] == "declared"


def test_two_workers_on_one_batch_take_turns(office):
    key, start, failures = office.start(), threading.Barrier(2), []

    def work():
        try:
            start.wait(timeout=30)
            while office.advance(key, 5):
                pass
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    facts = office.facts()
    assert facts | expected(office) == facts
    assert office.batch(key).done_count == MANY - 1


def test_a_job_is_taken_back_as_a_job(office):
    key = office.start()
    carry_out(office.opened, key)
    with office.acting() as session:
        offer = undoing.undoing_of(
            session, office.decider, session.scalars(select(Batch).where(Batch.key == key)).one()
        )
    assert (offer.transition.name, len(offer.keys), offer.minutes) == ("undo_approve", MANY - 1, 30)
    back = office.start("undo_approve", ids=offer.keys, parameters=offer.parameters)
    carry_out(office.opened, back)
    assert office.outcomes(back) == {"done": MANY - 1}
    facts = office.facts()
    assert set(facts["status"].values()) == {"declared"}
    assert set(facts["years"].values()) == {0}
    assert facts["told"] == 0
    with office.acting() as session:
        batch = session.scalars(select(Batch).where(Batch.key == key)).one()
        assert len(undoing.taken_back(session, batch)) == MANY - 1
        assert undoing.undoing_of(session, office.decider, batch) is None


# ---------------------------------------------------------------- killed
PORTION = 20  # so 45 rows are three portions
POINTS = (
    ("INSERT INTO ledger_entry", 1),  # inside the first portion
    ("COMMIT", 2),  # between two: who acts was read, then the first portion was stored
    ("INSERT INTO notice", 1),  # inside the second
)


def test_a_worker_killed_anywhere_loses_nothing_and_doubles_nothing(office, tmp_path):
    key = office.start()
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("BACKOFFICE_", "COV_CORE"))
    }
    environment |= {
        "BACKOFFICE_DATABASE_URL": office.engine.url.render_as_string(hide_password=False),
        "BACKOFFICE_VAR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    done = []
    for task, point in zip(("run", "resume", "resume"), POINTS, strict=True):
        command = [sys.executable, str(WORKER), task, key, str(PORTION), point[0], str(point[1])]
        with subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as worker:
            assert worker.stdout.readline() == "here\n", point
            worker.kill()
        assert worker.returncode == -9
        batch = office.batch(key)
        assert batch.state is BatchState.RUNNING
        done.append(batch.done_count + batch.skipped_count)
        facts = office.facts()
        assert (
            len(facts["posted"]) == len(facts["journal"]) == sum(facts["years"].values()) == batch.done_count
        )
        with office.engine.begin() as connection:  # two minutes pass
            touched = now() - batch_jobs.LEFT_ALONE - dt.timedelta(seconds=1)
            connection.execute(update(Batch.__table__).where(Batch.key == key).values(touched_at=touched))
    assert done == [0, PORTION, PORTION]
    with office.opened() as session:
        assert batch_jobs.left_alone(session, now()) == [key]
    carry_out(office.opened, key)
    assert office.batch(key).state is BatchState.DONE
    assert office.outcomes(key) == {"done": MANY - 1, "approvals_closed": 1}
    facts = office.facts()
    assert facts | expected(office) == facts
    assert sum(facts["years"].values()) == MANY - 1
