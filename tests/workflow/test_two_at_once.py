"""Two deciders at the same moment, in real threads with sessions of their own: every claim is decided once."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from factories import TODAY, make_account, make_claim
from sqlalchemy import func, insert, literal, select
from training_rows import FIRST, make_class, make_grade, make_plan
from world import build_world

from models import Account, Claim, JournalEntry, LedgerEntry, Organization, Person, YearSummary
from permissions import engine as permissions
from permissions.actor import load_actor
from permissions.wall import ALL, ScopedSession, set_scope
from workflow import engine as workflow
from workflow.claim import CLAIM
from workflow.grading import GRADE

MANY = 200


@pytest.fixture
def office(engine):
    """Store the world and 200 declared claims of two people; return two deciders of one office and the ids."""
    with ScopedSession(engine) as session:
        world = build_world(session)
        people = [session.get(Person, world.id(Person, name)) for name in ("doctor", "nurse")]
        colleague = make_account(
            session, organization=session.get(Organization, world.id(Organization, "jinshui"))
        )
        samples = [
            make_claim(session, person, status="declared", computed_hours=Decimal(1)) for person in people
        ]
        columns = [column for column in Claim.__table__.c if not column.primary_key]
        for serial in range(MANY - len(samples)):  # as one of the two samples, with evidence of its own
            copy = [
                literal(f"copy-{serial}") if column.key == "evidence_key" else column for column in columns
            ]
            sample = samples[serial % 2].id
            session.execute(insert(Claim.__table__).from_select(
                [column.key for column in columns], select(*copy).where(Claim.__table__.c.id == sample)))  # fmt: skip
        ids = sorted(session.scalars(select(Claim.id).where(Claim.computed_hours == Decimal(1))))
        assert len(ids) == MANY
        deciders = [world.actors["jinshui_admin"], load_actor(session, colleague.id)]
        session.commit()
    return deciders, ids


def together(engine, *tasks):
    """Run ``(actor, transition, batches)``, of claims or of the table named fourth, in one thread each, all starting at once; return what each did."""
    start, results, failures = threading.Barrier(len(tasks)), [0] * len(tasks), []

    def work(place, actor, name, batches, table=CLAIM):
        try:
            start.wait(timeout=30)
            for ids in batches:
                with ScopedSession(engine) as session:
                    set_scope(session, permissions.view_scope(actor))
                    outcome = workflow.fire(session, actor, table, name, ids, today=TODAY, reason="并发")
                    session.commit()
                assert set(outcome.counts) <= {"done", "status", "class_hours", "claimed", "attended_twice"}
                results[place] += outcome.done
        except Exception as failure:  # noqa: BLE001  (a thread's failure is the test's)
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(place, *task)) for place, task in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not failures
    return results


def test_a_claim_and_a_grade_of_one_class_do_not_both_count(engine, office):
    (one, _other), _ids = office
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        person = session.scalars(select(Person).where(Person.name == "lecturer")).one()
        academy = session.scalars(select(Organization).where(Organization.name == "郑州培训学院")).one()
        plan = make_plan(session, academy, name="同一培训")
        grades = [
            make_grade(session, make_class(session, plan), person, status="submitted").id for _ in range(2)
        ]
        claim = make_claim(session, person, status="declared", activity_key=plan.activity_key,
                           start_date=FIRST, end_date=FIRST)  # fmt: skip
        claim.approver_id, claim_id = one.organization_id, claim.id
        somebody = session.scalars(
            select(Account).where(Account.organization_id == academy.bureau_id)
        ).first()
        teacher = load_actor(session, somebody.id)
        session.commit()
    done = together(
        engine,
        (one, "approve", [[claim_id]]),
        (teacher, "approve", [[grades[0]]], GRADE),
        (teacher, "approve", [[grades[1]]], GRADE),
    )
    assert sorted(done) == [0, 0, 1]


def facts(engine, ids):
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        statuses = dict(session.execute(
            select(Claim.status, func.count()).where(Claim.id.in_(ids)).group_by(Claim.status)).all())  # fmt: skip
        journal = session.scalars(select(JournalEntry.object_id).where(
            JournalEntry.object_type == "claim", JournalEntry.object_id.in_(ids))).all()  # fmt: skip
        posted = session.scalars(select(LedgerEntry.source_id).where(LedgerEntry.source_id.in_(ids))).all()
        hours = session.execute(select(
            YearSummary.person_id, YearSummary.specialty_hours).where(YearSummary.specialty_hours > 0)).all()  # fmt: skip
    return statuses, journal, posted, dict(hours)


def test_the_same_selection_is_decided_once(engine, office):
    (one, other), ids = office
    done = together(engine, (one, "approve", [ids]), (other, "reject", [ids[::-1]]))
    assert sorted(done) == [0, MANY]
    statuses, journal, posted, _ = facts(engine, ids)
    assert sum(statuses.values()) == MANY
    assert len(journal) == len(set(journal)) == MANY
    assert len(posted) == statuses.get("approved", 0) == done[0]


def test_overlapping_batches_in_opposite_order_do_not_deadlock(engine, office):
    (one, other), ids = office
    batches = [ids[start : start + 40] for start in range(0, MANY, 20)]
    mirrored = [batch[::-1] for batch in batches[::-1]]
    done = together(engine, (one, "approve", batches), (other, "approve", mirrored))
    assert sum(done) == MANY
    statuses, journal, posted, hours = facts(engine, ids)
    assert statuses == {"approved": MANY}
    assert len(journal) == len(set(journal)) == len(posted) == len(set(posted)) == MANY
    assert sorted(hours.values()) == [Decimal(MANY // 2)] * 2


def test_postings_for_the_same_people_add_up(engine, office):
    (one, other), ids = office
    halves = ids[: MANY // 2], ids[MANY // 2 :]
    done = together(engine, (one, "approve", [halves[0][::-1]]), (other, "approve", [halves[1]]))
    assert done == [MANY // 2] * 2
    assert sorted(facts(engine, ids)[3].values()) == [Decimal(MANY // 2)] * 2
