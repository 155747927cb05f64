"""Whoever is concerned by a decision is marked to be counted anew (统计分析), in its own transaction, and nobody else."""

from __future__ import annotations

import pytest
from factories import TODAY, make_account, make_person, make_transfer
from sqlalchemy import delete, select

from models import Account, Claim, Organization, OrganizationChange, Person, StatisticMark
from workflow.account import ACCOUNT
from workflow.claim import CLAIM
from workflow.organization_change import ORGANIZATION_CHANGE
from workflow.person import PERSON
from workflow.transfer import TRANSFER


@pytest.mark.parametrize(
    ("who", "table", "transition", "model", "row", "more", "marked"),
    [
        ("hospital_admin", PERSON, "leave", Person, "doctor", {"parameters": {"left_on": TODAY.isoformat()}}, {"hospital"}),
        ("hospital_admin", ACCOUNT, "approve", Account, "applicant", {}, {"hospital"}),
        ("jinshui_admin", CLAIM, "approve", Claim, "doctor-declared", {}, {"hospital", "jinshui", "health"}),
        ("jinshui_admin", CLAIM, "reject", Claim, "doctor-declared", {"reason": "材料与所填内容不符"}, {"jinshui", "health"}),
        ("luoyang_admin", ORGANIZATION_CHANGE, "approve", OrganizationChange, "school", {}, {"school", "luoyang", "education"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_decision_marks_whom_it_concerns(stage, who, table, transition, model, row, more, marked):
    stage.system.execute(delete(StatisticMark))
    outcome = stage.fire(who, transition, stage.world.id(model, row), table=table, **more)
    assert outcome.done == 1, outcome.counts
    found = set(stage.system.scalars(select(StatisticMark.organization_id)))
    assert found == {stage.world.id(Organization, name) for name in marked}


def test_who_goes_to_another_employer_is_counted_anew_at_both(stage):
    school, hospital = stage.row(Organization, "school"), stage.row(Organization, "hospital")
    person = make_person(stage.system, "调转", school)
    transfer = make_transfer(stage.system, person, hospital, make_account(stage.system, person=person))
    stage.system.execute(delete(StatisticMark))
    assert stage.fire("hospital_admin", "approve", transfer, table=TRANSFER).done == 1
    assert set(stage.system.scalars(select(StatisticMark.organization_id))) == {school.id, hospital.id}
