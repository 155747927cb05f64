"""Counts of claims that wait follow every step: marked at once, right as soon as the worker was there."""

from __future__ import annotations

from collections import Counter

import pytest
from factories import make_change, make_claim, make_person
from sqlalchemy import select
from stage import CLAIM, ORGANIZATION_CHANGE, REASON

from models import Claim, Organization, StatisticMark, WaitingCount
from models.base import CHINA
from models.enums import ClaimStatus
from services import statistics_keeping
from workflow.effects import count_at_employers, count_at_offices

EMPLOYER, DECIDERS = {"hospital"}, {"jinshui", "health"}
STEPS = (
    ("accept", "submitted", "hospital_admin", EMPLOYER),
    ("return", "accepted", "hospital_admin", EMPLOYER),
    ("declare", "submitted", "hospital_admin", EMPLOYER | DECIDERS),
    ("declare", "accepted", "hospital_admin", EMPLOYER | DECIDERS),
    ("approve", "declared", "jinshui_admin", EMPLOYER | DECIDERS),  # whose ledger changed
    ("reject", "declared", "jinshui_admin", DECIDERS),
    ("approve", "declared", "hospital_admin", set()),
)


def kept_up(stage):
    while statistics_keeping.refresh(stage.system):
        pass
    stage.system.commit()


def kept(stage):
    rows = stage.system.scalars(select(WaitingCount).execution_options(populate_existing=True))
    return {(row.office_id, row.region_code, row.status, row.since): row.claims for row in rows}


def plain(stage):
    """Count claims that wait one by one."""
    found = Counter()
    for row in stage.system.scalars(select(Claim).execution_options(populate_existing=True)):
        if row.status in ("submitted", "accepted", "declared"):
            office = row.approver_id if row.status == "declared" else row.employer_id
            day = row.status_since.astimezone(CHINA).date().isoformat()
            found[office, row.region_code, row.status, day] += 1
    return dict(found)


def marked(stage):
    names = stage.world.names[Organization]
    return {names[key] for key in stage.system.scalars(select(StatisticMark.organization_id))}


@pytest.fixture
def claims(stage):
    """Two claims of somebody new in each state a step starts from, all of them counted."""
    person = make_person(stage.system, "新人", stage.row(Organization, "hospital"))
    made = {
        status: [make_claim(stage.system, person, status=status) for _ in range(2)]
        for status in ("submitted", "accepted", "declared")
    }
    statistics_keeping.rebuild(stage.system)
    stage.system.commit()
    return made


@pytest.mark.parametrize(("name", "source", "who", "marks"), STEPS)
def test_a_step_is_marked_and_counted(stage, claims, name, source, who, marks):
    before = kept(stage)
    assert before == plain(stage)
    outcome = stage.told(who, name, claims[source][0], reason=REASON)
    assert (outcome == "done") is bool(marks)
    assert marked(stage) == marks
    assert kept(stage) == before, "the worker was not there yet"
    kept_up(stage)
    assert kept(stage) == plain(stage)
    assert (kept(stage) == before) is not bool(marks)


def test_what_is_taken_back_waits_again(stage, claims):
    batch = stage.fire("jinshui_admin", "approve", *claims["declared"]).batch_key
    kept_up(stage)
    approved = kept(stage)
    back = stage.fire("jinshui_admin", "undo_approve", *claims["declared"], parameters={"batch": batch})
    assert back.counts == {"done": 2}
    kept_up(stage)
    assert kept(stage) == plain(stage) != approved


def test_what_is_handed_over_waits_for_the_other_office(stage, claims):
    zhengzhou = stage.world.id(Organization, "zhengzhou")
    before = kept(stage)
    row = make_change(stage.system, stage.row(Organization, "hospital"), bureau_id=zhengzhou)
    assert stage.told("zhengzhou_admin", "approve", row, table=ORGANIZATION_CHANGE) == "done"
    assert {"jinshui", "zhengzhou"} <= marked(stage)
    kept_up(stage)
    assert kept(stage) == plain(stage) != before


@pytest.mark.parametrize("transition", CLAIM.transitions, ids=lambda transition: transition.name)
def test_whatever_begins_or_ends_a_wait_has_it_counted(transition):
    touched = {*transition.sources, transition.target}
    effects = transition.effects
    assert (count_at_offices in effects) is (ClaimStatus.DECLARED in touched)
    assert (count_at_employers in effects) is bool({ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED} & touched)
