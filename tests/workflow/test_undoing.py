"""Taking back what was just decided: what comes back, what is never told, and what stands in the way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from factories import TODAY, YEAR, make_certificate, make_claim, make_person
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from stage import CLAIM, REASON

from models import (
    Account,
    Certificate,
    Claim,
    JournalEntry,
    LedgerEntry,
    Notice,
    Organization,
    OutgoingMail,
    Person,
)
from models.base import now
from models.enums import ClaimStatus
from services import ledger
from workflow.engine import sentence_of
from workflow.undo import WINDOW

HOURS = Decimal(20)
COLUMNS = ("status", "decided_by_id", "decided_at", "awarded_hours", "reason", "declared_by_id", "declared_at",
           "approver_id")  # fmt: skip


@pytest.fixture
def known(stage):
    """What the ledger's check says of the world, whose states are put and not reached."""
    return ledger.verify(stage.system)


@pytest.fixture
def claim(stage):
    """Return a function that makes a claim of somebody who has nothing else."""

    def make(status="declared", person=None, **columns):
        person = person or make_person(stage.system, "新人", stage.row(Organization, "hospital"))
        return make_claim(stage.system, person, status=status, **columns)

    return make


def decide(stage, name, *rows, who=None, **more):
    """Fire and return the batch key."""
    who = who or ("hospital_admin" if name in ("accept", "return", "declare") else "jinshui_admin")
    return stage.fire(who, name, *rows, reason=REASON, **more).batch_key


def undo(stage, name, batch, *rows, who=None, **more):
    """Take a batch back and return what became of each row."""
    who = who or ("hospital_admin" if name in ("accept", "return", "declare") else "jinshui_admin")
    outcome = stage.fire(who, f"undo_{name}", *rows, parameters={"batch": batch}, **more)
    found = stage.outcomes(outcome.batch_key)
    return [found[row.id] for row in rows]


def age(stage, batch, minutes):
    """Let a decision be some minutes old."""
    moment = now() - dt.timedelta(minutes=minutes)
    stage.system.execute(
        update(JournalEntry.__table__).where(JournalEntry.batch_id == batch).values(moment=moment)
    )
    stage.system.commit()


def inbox(stage, who):
    """Return the messages somebody sees."""
    with stage.acting(who) as (session, _actor):
        return list(session.scalars(select(Notice.title).order_by(Notice.id)))


# ---------------------------------------------------------------- what comes back
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("accept", "submitted", "submitted"),
        ("return", "submitted", "submitted"),
        ("return", "accepted", "submitted"),
        ("declare", "submitted", "accepted"),
        ("declare", "accepted", "accepted"),
        ("approve", "declared", "declared"),
        ("reject", "declared", "declared"),
    ],
)
def test_a_decision_taken_back_leaves_the_claim_as_it_was(stage, claim, known, name, before, after):
    row = claim(before)
    stood = {column: getattr(row, column) for column in COLUMNS}
    batch = decide(stage, name, row)
    assert undo(stage, name, batch, row) == ["done"]
    stage.row_of(row)
    assert {column: getattr(row, column) for column in COLUMNS} == stood | {"status": ClaimStatus(after)}
    assert stage.last_journal(row).action == f"undo_{name}"
    assert ledger.verify(stage.system) == known


def test_an_approval_taken_back_posts_the_negative_and_corrects_the_year(stage, claim, known):
    row = claim()
    batch = decide(stage, "approve", row)
    assert stage.summary(row.person, YEAR).specialty_hours == HOURS
    assert undo(stage, "approve", batch, row) == ["done"]
    assert [entry.hours for entry in stage.entries(row)] == [HOURS, -HOURS]
    assert stage.row_of(stage.summary(row.person, YEAR)).specialty_hours == 0
    again = decide(stage, "approve", row)
    assert [entry.round for entry in stage.entries(row)] == [0, 0, 1]
    assert undo(stage, "approve", batch, row) == ["used_since"]  # the first approval is history
    assert undo(stage, "approve", again, row) == ["done"]
    assert ledger.verify(stage.system) == known


def test_what_was_declared_by_mistake_can_go_to_the_other_office(stage, claim):
    row = claim("accepted")
    for route in ("bureau", "authority", "bureau"):
        batch = decide(stage, "declare", row, parameters={"route": route})
        assert stage.outcomes(batch) == {row.id: "done"}
        assert undo(stage, "declare", batch, row) == ["done"]
    decide(stage, "declare", row)
    declared = select(JournalEntry.round).where(
        JournalEntry.object_id == row.id, JournalEntry.action == "declare"
    )
    assert list(stage.system.scalars(declared.order_by(JournalEntry.id))) == [None, 1, 2, 3]


# ---------------------------------------------------------------- what is told, and when
def test_nobody_is_told_of_a_decision_before_it_is_final(stage, claim):
    doctor = stage.row(Person, "doctor")
    kept, mistaken = claim(person=doctor, title="论文一"), claim(person=doctor, title="论文二")
    before = inbox(stage, "doctor")
    mails = stage.count(OutgoingMail)
    batch = decide(stage, "approve", kept, mistaken)
    assert inbox(stage, "doctor") == before
    assert undo(stage, "approve", batch, mistaken) == ["done"]
    over = stage.system.scalars(select(Notice.held_until).where(Notice.batch_key == batch)).all()
    assert len(over) == 1
    assert dt.timedelta(0) < over[0] - now() <= WINDOW
    stage.system.execute(update(Notice.__table__).where(Notice.batch_key == batch).values(held_until=now()))
    assert inbox(stage, "doctor") == [*before, "申报已认定通过：论文一"]
    assert stage.count(OutgoingMail) == mails


def test_a_revocation_is_told_at_once(stage, claim):
    row = claim(person=stage.row(Person, "doctor"), title="论文一")
    decide(stage, "approve", row)
    stage.fire("jinshui_admin", "revoke", row, reason=REASON)
    assert inbox(stage, "doctor")[-1] == "认定已被撤销：论文一"


# ---------------------------------------------------------------- what stands in the way
def test_only_what_this_batch_did_is_taken_back(stage, claim):
    mine, other = claim(), claim()
    batch = decide(stage, "approve", mine)
    decide(stage, "approve", other)
    assert undo(stage, "approve", batch, mine, other) == ["done", "not_of_batch"]
    rejected = decide(stage, "reject", mine)
    assert undo(stage, "reject", batch, mine) == ["not_of_batch"]
    assert undo(stage, "reject", rejected, mine) == ["done"]


def test_only_whoever_did_it_takes_it_back(stage, claim):
    row = claim()
    batch = decide(stage, "approve", row)
    official = stage.actor("jinshui_admin")
    colleague = type(official)(stage.world.id(Account, "zhengzhou_admin"), official.user_type,
                               official.organization_id, regions=official.regions)  # fmt: skip
    assert undo(stage, "approve", batch, row, who=colleague) == ["not_own_decision"]
    assert undo(stage, "approve", batch, row, who="luoyang_admin") == ["missing"]
    assert undo(stage, "approve", batch, row, who="hospital_admin") == ["scope"]
    assert undo(stage, "approve", batch, row) == ["done"]


@pytest.mark.parametrize(("minutes", "told"), [(29, "done"), (30, "too_late"), (60 * 24, "too_late")])
def test_after_half_an_hour_it_stands(stage, claim, minutes, told):
    row = claim()
    batch = decide(stage, "reject", row)
    age(stage, batch, minutes)
    assert undo(stage, "reject", batch, row) == [told]
    assert "30 分钟" in sentence_of(CLAIM["undo_reject"], "too_late")


def test_a_later_step_keeps_it(stage, claim):
    returned, declared, approved = claim("submitted"), claim("accepted"), claim()
    batches = {row.id: decide(stage, name, row)
               for name, row in (("return", returned), ("declare", declared), ("approve", approved))}  # fmt: skip
    stage.system.add(JournalEntry(object_type="claim", object_id=returned.id, action="edit"))
    decide(stage, "approve", declared)
    stage.fire("jinshui_admin", "revoke", approved, reason=REASON)
    assert undo(stage, "return", batches[returned.id], returned) == ["used_since"]
    assert undo(stage, "declare", batches[declared.id], declared) == ["status"]
    assert undo(stage, "approve", batches[approved.id], approved) == ["status"]


def test_a_certificate_issued_on_it_keeps_it(stage, claim):
    before, since = claim(), claim()
    issuer = stage.row(Account, "hospital_admin")
    make_certificate(stage.system, before.person, issuer, year=YEAR)
    batch = decide(stage, "approve", before, since)
    for row, moment in ((before, now() - dt.timedelta(hours=1)), (since, now())):
        if row is since:
            make_certificate(stage.system, row.person, issuer, year=YEAR)
        stage.system.execute(update(Certificate.__table__).where(Certificate.person_id == row.person_id)
                             .values(issued_at=moment))  # fmt: skip
    assert undo(stage, "approve", batch, before, since) == ["done", "certified_since"]


def test_somebody_who_moved_on_keeps_it(stage, claim):
    row = claim()
    batch = decide(stage, "approve", row)
    person = stage.row_of(row.person)
    person.employer_id, person.department_id = stage.world.id(Organization, "school"), None
    assert undo(stage, "approve", batch, row) == ["moved_since"]


@pytest.mark.parametrize(
    ("name", "told"), [("approve", "approvals_closed"), ("reject", "approvals_closed"), ("declare", "claims_closed")]
)  # fmt: skip
def test_a_year_that_closed_meanwhile_keeps_it(stage, claim, name, told):
    row = claim("accepted" if name == "declare" else "declared")
    batch = decide(stage, name, row)
    assert undo(stage, name, batch, row, today=TODAY.replace(year=YEAR + 2)) == [told]
    assert undo(stage, name, batch, row) == ["done"]


def test_evidence_declared_again_meanwhile_keeps_a_rejection(stage, claim):
    row = claim(evidence_key="one")
    batch = decide(stage, "reject", row)
    claim("declared", person=row.person, evidence_key="one")
    assert undo(stage, "reject", batch, row) == ["duplicate"]


# ---------------------------------------------------------------- any order
STEPS = st.lists(st.sampled_from(["approve", "undo", "undo the first", "revoke", "reject", "undo the rejection"]),
                 min_size=2, max_size=7)  # fmt: skip


@settings(max_examples=12, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(steps=STEPS)
def test_no_order_of_decisions_counts_a_claim_twice(stage, claim, known, steps):
    row = claim()
    approvals, rejections = [], []
    for step in steps:
        if step == "approve":
            approvals.append(decide(stage, "approve", row))
        elif step == "reject":
            rejections.append(decide(stage, "reject", row))
        elif step == "revoke":
            stage.fire("jinshui_admin", "revoke", row, reason=REASON)
        elif step == "undo the rejection" and rejections:
            undo(stage, "reject", rejections[-1], row)
        elif step in ("undo", "undo the first") and approvals:
            undo(stage, "approve", approvals[0 if step == "undo the first" else -1], row)
        status = stage.status(row)
        counted = (
            stage.system.scalar(select(func.sum(LedgerEntry.hours)).where(LedgerEntry.source_id == row.id))
            or 0
        )
        assert counted == (HOURS if status == "approved" else 0), steps
    assert stage.count(Claim, Claim.id == row.id) == 1
    assert ledger.verify(stage.system) == known
