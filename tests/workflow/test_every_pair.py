"""Every pair of state and transition: what the table has fires, what it has not is refused and changes nothing."""

from __future__ import annotations

import pytest
from factories import make_account, make_claim, make_person
from stage import ACCOUNT, CLAIM, REASON

from models import Account, Claim, JournalEntry, Organization, Person

CLAIM_PAIRS = [(state, line) for state in CLAIM.states for line in CLAIM.transitions]
ACCOUNT_PAIRS = [(state, line) for state in ACCOUNT.states for line in ACCOUNT.transitions]
WHO = {"submit": "doctor", "withdraw": "doctor", "accept": "hospital_admin", "return": "hospital_admin",
       "register": "hospital_admin", "declare": "hospital_admin", "approve": "jinshui_admin",
       "reject": "jinshui_admin", "revoke": "jinshui_admin"}  # fmt: skip


def ids(pairs):
    return [f"{state}-{transition.name}" for state, transition in pairs]


def a_claim(stage, state, transition):
    """Make a claim in ``state`` that everybody of the cast sees, so that only the table can stand in the way."""
    by_employer = transition.name in ("accept", "return", "declare", "register") and state == "draft"
    return make_claim(
        stage.system,
        stage.row(Person, "doctor"),
        status=state,
        approver=stage.row(Organization, "jinshui"),
        registered_by=stage.row(Account, "hospital_admin")
        if by_employer or transition.name == "register"
        else None,
    )


def check(stage, table, state, transition, row, who):
    before = stage.traces()
    foretold = stage.preview(who, transition.name, row, table=table)
    outcome = stage.fire(who, transition.name, row, table=table, reason=REASON)
    assert foretold == stage.outcomes(outcome.batch_key)
    if state in transition.sources:
        assert outcome.counts == {"done": 1}
        assert stage.status(row) == transition.target
        entry = stage.last_journal(row)
        assert (entry.action, entry.from_status, entry.to_status) == (
            transition.name,
            state,
            transition.target,
        )
        assert stage.traces()[JournalEntry] == before[JournalEntry] + 1
    else:
        assert outcome.counts == {"status": 1}
        assert stage.status(row) == state
        assert stage.traces() == before
    assert stage.batch(outcome.batch_key).done_count == (state in transition.sources)


@pytest.mark.parametrize(("state", "transition"), CLAIM_PAIRS, ids=ids(CLAIM_PAIRS))
def test_claim(stage, state, transition):
    check(stage, CLAIM, state, transition, a_claim(stage, state, transition), WHO[transition.name])


@pytest.mark.parametrize(("state", "transition"), ACCOUNT_PAIRS, ids=ids(ACCOUNT_PAIRS))
def test_account(stage, state, transition):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"), state="pending")
    account = make_account(stage.system, person=person, status=state)
    who = "hospital_admin"
    if transition.name == "withdraw":  # only its owner withdraws a registration
        who = "新人"
        stage.world.actors[who] = stage.actor_of(account)
    try:
        check(stage, ACCOUNT, state, transition, account, who)
    finally:
        stage.world.actors.pop("新人", None)


def test_every_state_of_a_claim_was_made(stage):
    assert {stage.status(make_claim(stage.system, stage.row(Person, "doctor"), status=state))
            for state in CLAIM.states} == set(CLAIM.states)  # fmt: skip
    assert stage.count(Claim)
