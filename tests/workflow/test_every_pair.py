"""Every pair of state and transition: what the table has fires, what it has not is refused and changes nothing."""

from __future__ import annotations

import pytest
from factories import (
    TODAY,
    make_account,
    make_change,
    make_claim,
    make_correction,
    make_organization,
    make_person,
    make_transfer,
    put_status,
)
from stage import (
    ACCOUNT,
    CLAIM,
    CORRECTION,
    ORGANIZATION,
    ORGANIZATION_CHANGE,
    PERSON,
    REASON,
    TRANSFER,
)
from training_rows import make_class, make_grade, make_plan, make_sheet

from models import Account, Claim, JournalEntry, Organization, Person
from models.enums import PersonState
from workflow.grading import GRADE, GRADE_SHEET
from workflow.training import ENROLLMENT, TRAINING_CLASS, TRAINING_PLAN
from workflow.undo import BATCH

CLAIM_PAIRS = [(state, line) for state in CLAIM.states for line in CLAIM.transitions]
ACCOUNT_PAIRS = [(state, line) for state in ACCOUNT.states for line in ACCOUNT.transitions]
CHANGE_PAIRS = [
    (state, line) for state in ORGANIZATION_CHANGE.states for line in ORGANIZATION_CHANGE.transitions
]
ORGANIZATION_PAIRS = [(state, line) for state in ORGANIZATION.states for line in ORGANIZATION.transitions]
PERSON_PAIRS = [(state, line) for state in PERSON.states for line in PERSON.transitions]
TRANSFER_PAIRS = [(state, line) for state in TRANSFER.states for line in TRANSFER.transitions]
CORRECTION_PAIRS = [(state, line) for state in CORRECTION.states for line in CORRECTION.transitions]
PLAN_PAIRS = [(state, line) for state in TRAINING_PLAN.states for line in TRAINING_PLAN.transitions]
CLASS_PAIRS = [(state, line) for state in TRAINING_CLASS.states for line in TRAINING_CLASS.transitions]
STUDENT_PAIRS = [(state, line) for state in ENROLLMENT.states for line in ENROLLMENT.transitions]
GRADE_PAIRS = [(state, line) for state in GRADE.states for line in GRADE.transitions]
SHEET_PAIRS = [(state, line) for state in GRADE_SHEET.states for line in GRADE_SHEET.transitions]
OF_INSTITUTION = {"submit", "withdraw", "close"}
WHO = {"submit": "doctor", "withdraw": "doctor", "accept": "hospital_admin", "return": "hospital_admin",
       "register": "hospital_admin", "declare": "hospital_admin", "approve": "jinshui_admin",
       "reject": "jinshui_admin", "revoke": "jinshui_admin", "undo_accept": "hospital_admin",
       "undo_return": "hospital_admin", "undo_declare": "hospital_admin", "undo_approve": "jinshui_admin",
       "undo_reject": "jinshui_admin"}  # fmt: skip


def ids(pairs):
    return [f"{state}-{transition.name}" for state, transition in pairs]


def a_claim(stage, state, transition):
    """Make a claim in ``state`` that everybody of the cast sees, so that only the table can stand in the way."""
    by_employer = WHO[transition.name] == "hospital_admin" and state == "draft"
    return make_claim(
        stage.system,
        stage.row(Person, "doctor"),
        status=state,
        approver=stage.row(Organization, "jinshui"),
        registered_by=stage.row(Account, "hospital_admin")
        if by_employer or transition.name == "register"
        else None,
    )


def check(stage, table, state, transition, row, who, *, along=0, **more):
    """Fire and look at everything; ``along`` is how many rows of another table go along where it happens."""
    before = stage.traces()
    foretold = stage.preview(who, transition.name, row, table=table, **more)
    outcome = stage.fire(who, transition.name, row, table=table, reason=REASON, **more)
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
        assert stage.traces()[JournalEntry] == before[JournalEntry] + 1 + along
    else:
        assert outcome.counts == {"status": 1}
        assert stage.status(row) == state
        assert stage.traces() == before
    assert stage.batch(outcome.batch_key).done_count == (state in transition.sources)


@pytest.mark.parametrize(("state", "transition"), CLAIM_PAIRS, ids=ids(CLAIM_PAIRS))
def test_claim(stage, state, transition):
    if transition.undoes and state in transition.sources:  # only what was done can be taken back
        undone = CLAIM[transition.undoes]
        claim = a_claim(stage, min(undone.sources), undone)
        batch = stage.fire(WHO[undone.name], undone.name, claim, reason=REASON).batch_key
        return check(
            stage, CLAIM, state, transition, claim, WHO[transition.name], parameters={"batch": batch}
        )
    return check(stage, CLAIM, state, transition, a_claim(stage, state, transition), WHO[transition.name])


@pytest.mark.parametrize(("state", "transition"), ACCOUNT_PAIRS, ids=ids(ACCOUNT_PAIRS))
def test_account(stage, state, transition):
    hospital = stage.row(Organization, "hospital")
    if transition.name in ("appoint", "remove"):  # what happens to administrators only
        account = make_account(stage.system, organization=hospital, status=state)
    else:
        person = make_person(stage.system, "新人", hospital, state="pending")
        account = make_account(stage.system, person=person, status=state)
    who = "hospital_admin"
    if (transition.name, state) == ("remove", "disabled"):  # whom a superior disabled no colleague removes
        who = "system_admin"
        account = make_account(stage.system, organization=stage.row(Organization, "province"), status=state)
    if transition.name == "withdraw":  # only its owner withdraws a registration
        who = "新人"
        stage.world.actors[who] = stage.actor_of(account)
    try:
        check(stage, ACCOUNT, state, transition, account, who)
    finally:
        stage.world.actors.pop("新人", None)


@pytest.mark.parametrize(("state", "transition"), ORGANIZATION_PAIRS, ids=ids(ORGANIZATION_PAIRS))
def test_organization(stage, state, transition):
    zhengzhou = stage.row(Organization, "zhengzhou")
    shop = make_organization(stage.system, "商店", "employer", "410105", bureau=zhengzhou, status=state)
    check(stage, ORGANIZATION, state, transition, shop, "jinshui_admin")


@pytest.mark.parametrize(("state", "transition"), PERSON_PAIRS, ids=ids(PERSON_PAIRS))
def test_person(stage, state, transition):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"), state=state)
    check(
        stage, PERSON, state, transition, person, "hospital_admin", parameters={"left_on": TODAY.isoformat()}
    )
    leaves = transition.target in (PersonState.LEFT, PersonState.RETIRED)
    if state in transition.sources:
        assert stage.row_of(person).left_on == (TODAY if leaves else None)


@pytest.mark.parametrize(("state", "transition"), CHANGE_PAIRS, ids=ids(CHANGE_PAIRS))
def test_organization_change(stage, state, transition):
    change = make_change(stage.system, stage.row(Organization, "hospital"), status=state)
    who = "hospital_admin" if transition.name == "withdraw" else "jinshui_admin"
    check(stage, ORGANIZATION_CHANGE, state, transition, change, who)


@pytest.mark.parametrize(("state", "transition"), TRANSFER_PAIRS, ids=ids(TRANSFER_PAIRS))
def test_transfer(stage, state, transition):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"))
    row = make_transfer(stage.system, person, stage.row(Organization, "school"), stage.row(Account, "hospital_admin"),
                        status=state, by_employer=True)  # fmt: skip
    who = "hospital_admin" if transition.name == "withdraw" else "school_admin"
    check(stage, TRANSFER, state, transition, row, who)


@pytest.mark.parametrize(("state", "transition"), CORRECTION_PAIRS, ids=ids(CORRECTION_PAIRS))
def test_correction(stage, state, transition):
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"))
    row = make_correction(stage.system, person, stage.row(Account, "doctor"), status=state, by_employer=True)
    check(stage, CORRECTION, state, transition, row, "hospital_admin")


def test_every_state_of_a_claim_was_made(stage):
    assert {stage.status(make_claim(stage.system, stage.row(Person, "doctor"), status=state))
            for state in CLAIM.states} == set(CLAIM.states)  # fmt: skip
    assert stage.count(Claim)


def decider(transition):
    return "academy_admin" if transition.name in OF_INSTITUTION else "zhengzhou_admin"


def undone(stage, table, state, transition, make):
    """Make a row and, where the transition takes something back from this state, have that done first."""
    if not (transition.undoes and state in transition.sources):
        return make(state), {}
    before = table[transition.undoes]
    row = make(min(before.sources))
    batch = stage.fire(decider(before), before.name, row, table=table, reason=REASON).batch_key
    return row, {"parameters": {BATCH: batch}}


@pytest.mark.parametrize(("state", "transition"), PLAN_PAIRS, ids=ids(PLAN_PAIRS))
def test_training_plan(stage, state, transition):
    academy = stage.row(Organization, "academy")
    row, more = undone(
        stage, TRAINING_PLAN, state, transition, lambda at: make_plan(stage.system, academy, status=at)
    )
    sees = state != "draft" or decider(transition) == "academy_admin"
    if not sees:  # what is not submitted does not exist for an office
        assert (
            stage.told("zhengzhou_admin", transition.name, row, table=TRAINING_PLAN, reason=REASON)
            == "missing"
        )
    else:
        check(stage, TRAINING_PLAN, state, transition, row, decider(transition), **more)


@pytest.mark.parametrize(("state", "transition"), CLASS_PAIRS, ids=ids(CLASS_PAIRS))
def test_training_class(stage, state, transition):
    plan = make_plan(stage.system, stage.row(Organization, "academy"))
    check(
        stage,
        TRAINING_CLASS,
        state,
        transition,
        make_class(stage.system, plan, status=state),
        "academy_admin",
    )


@pytest.mark.parametrize(("state", "transition"), STUDENT_PAIRS, ids=ids(STUDENT_PAIRS))
def test_enrollment(stage, state, transition):
    plan = make_plan(stage.system, stage.row(Organization, "academy"))
    running = make_class(stage.system, plan, status="running")
    student = make_grade(stage.system, running, stage.row(Person, "doctor")).enrollment
    if state == "withdrawn":
        put_status(stage.system, student, state, reason=REASON)
    check(stage, ENROLLMENT, state, transition, student, "academy_admin")


@pytest.mark.parametrize(("state", "transition"), GRADE_PAIRS, ids=ids(GRADE_PAIRS))
def test_grade(stage, state, transition):
    klass = make_class(stage.system, make_plan(stage.system, stage.row(Organization, "academy")))

    def make(at):
        return make_grade(stage.system, klass, stage.row(Person, "doctor"), status=at)

    row, more = undone(stage, GRADE, state, transition, make)
    if state == "draft":
        assert stage.told("zhengzhou_admin", transition.name, row, table=GRADE, reason=REASON) == "missing"
    else:
        along = transition.name != "revoke"  # its sheet is settled, or waits again
        check(stage, GRADE, state, transition, row, "zhengzhou_admin", along=along, **more)


@pytest.mark.parametrize(("state", "transition"), SHEET_PAIRS, ids=ids(SHEET_PAIRS))
def test_grade_sheet(stage, state, transition):
    klass = make_class(stage.system, make_plan(stage.system, stage.row(Organization, "academy")))

    def make(at):
        sheet = make_sheet(stage.system, klass, status=at)
        make_grade(stage.system, klass, stage.row(Person, "doctor"), status=at, sheet=sheet)
        return sheet

    row, more = undone(stage, GRADE_SHEET, state, transition, make)
    who = decider(transition)
    if state == "draft" and who == "zhengzhou_admin":
        assert stage.told(who, transition.name, row, table=GRADE_SHEET, reason=REASON) == "missing"
    else:
        along = transition.name not in OF_INSTITUTION  # its row is decided along with it
        check(stage, GRADE_SHEET, state, transition, row, who, along=along, **more)
