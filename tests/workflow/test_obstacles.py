"""What stands in the way of a transition: all of it, and nothing that does not."""

from __future__ import annotations

import datetime as dt

import pytest

from models import Account, Claim, Department
from models.enums import ClaimStatus
from permissions.verbs import Verb
from workflow import engine
from workflow.obstacles import obstacles, workflow_of
from workflow.outcomes import DONE, MISSING, SCOPE, STATUS
from workflow.tables import WORKFLOWS

OPTIONAL = {"route", "awarded_hours", "department_id"}
OPEN, CLOSED = dt.date(2026, 11, 24), dt.date(2029, 1, 1)


def test_every_workflow_is_found_by_its_table():
    assert [workflow_of(workflow.model) for workflow in WORKFLOWS.values()] == list(WORKFLOWS.values())
    assert workflow_of(Department) is None


@pytest.mark.parametrize(("day", "failing"), [(OPEN, []), (CLOSED, ["approvals_closed"])])
def test_guards_that_fail_are_named(world, system, day, failing):
    bureau, key = world.actors["jinshui_admin"], world.id(Claim, "doctor-declared")
    steps = obstacles(system, bureau, Verb.DECIDE, Claim, key, ClaimStatus.DECLARED, today=day)
    told = {step.transition.name: step for step in steps}
    assert set(told) == {"approve", "reject"}
    assert all(step.starts_here and step.asked for step in steps)
    assert [guard.name for guard in told["reject"].failing] == failing


def test_all_guards_are_told_where_a_firing_stops_at_the_first(world, system):
    admin, key = world.actors["company_admin"], world.id(Account, "company_admin")
    state = system.get(Account, key).status
    (step,) = obstacles(system, admin, Verb.REMOVE, Account, key, state, today=OPEN)
    assert [guard.name for guard in step.failing] == ["oneself", "last_administrator"]
    outcome = engine.preview(system, admin, workflow_of(Account), "remove", [key], today=OPEN)
    assert outcome == {key: "oneself"}


def test_a_transition_that_does_not_start_here_asks_no_guard(world, system):
    key = world.id(Claim, "doctor-approved")
    steps = obstacles(
        system, world.actors["jinshui_admin"], Verb.DECIDE, Claim, key, ClaimStatus.APPROVED, today=CLOSED
    )
    assert steps
    assert not any(step.starts_here or step.failing or step.asked for step in steps)


def test_what_its_form_must_ask_first_is_left_unasked(world, system):
    key = world.id(Claim, "doctor-approved")
    steps = obstacles(
        system, world.actors["jinshui_admin"], Verb.UNDO, Claim, key, ClaimStatus.APPROVED, today=OPEN
    )
    here = [step for step in steps if step.starts_here]
    assert here
    assert not any(step.asked or step.failing for step in here)


@pytest.mark.parametrize("workflow", WORKFLOWS.values(), ids=lambda workflow: workflow.name)
def test_the_first_obstacle_is_the_engines_answer(world, system, workflow):
    rows = {row.id: row for row in system.query(workflow.model).all()}
    for name, actor in world.actors.items():
        for step in workflow.transitions:
            if not set(step.parameters) <= OPTIONAL:
                continue
            told = engine.preview(system, actor, workflow, step.name, list(rows), today=OPEN)
            for key in [key for key, outcome in told.items() if outcome not in {MISSING, STATUS, SCOPE}]:
                alone = engine.preview(system, actor, workflow, step.name, [key], today=OPEN)[key]
                state = getattr(rows[key], workflow.model.__status__)
                found = obstacles(system, actor, step.needs, workflow.model, key, state, today=OPEN)
                (answer,) = [one for one in found if one.transition is step]
                assert (answer.failing[0].name if answer.failing else DONE) == alone, (name, step.name, key)
