"""The database itself refuses a claim whose columns contradict its status: each named constraint, violated once."""

from __future__ import annotations

import pytest
from sqlalchemy import CheckConstraint, text
from sqlalchemy.exc import IntegrityError

from models import Claim

VIOLATIONS = {
    "period": ("doctor-draft", "end_date = '2026-01-01'"),
    "decided_has_decider": ("doctor-approved", "decided_at = NULL"),
    "declared_has_approver": ("doctor-declared", "approver_id = NULL"),
    "refused_has_reason": ("doctor-returned", "reason = NULL"),
    "approved_has_hours": ("doctor-approved", "awarded_hours = NULL"),
    "awarded_within_rule": ("doctor-approved", "awarded_hours = computed_hours + 1"),
    "revoked_has_reason": ("doctor-revoked", "revoked_reason = NULL"),
    "beyond_draft_is_complete": ("doctor-submitted", "complete = :no"),
    "hours_not_negative": ("doctor-draft", "computed_hours = -1"),
    "claimstatus": ("doctor-draft", "status = 'flying'"),
    "subject": ("doctor-draft", "subject = 'sport'"),
    "checkresult": ("doctor-draft", "check_result = 'guessed'"),
}
JUMPS = {
    "submitted": False,
    "declared": True,
    "approved": True,
    "rejected": True,
    "revoked": True,
    "returned": True,
}


def run(connection, world, name, change):
    binds = {"no": False} if ":no" in change else {}
    with connection.begin_nested():
        done = connection.execute(
            text(f"UPDATE claim SET {change} WHERE id = :id"), {"id": world.id(Claim, name), **binds}
        )
    return done.rowcount


def test_every_named_constraint_is_tried():
    names = {check.name.removeprefix("ck_claim_") for check in Claim.__table__.constraints
             if isinstance(check, CheckConstraint)}  # fmt: skip
    assert names == VIOLATIONS.keys()


@pytest.mark.parametrize("constraint", VIOLATIONS)
def test_a_contradiction_is_refused_by_its_constraint(world, connection, constraint):
    with pytest.raises(IntegrityError, match=f"ck_claim_{constraint}"):
        run(connection, world, *VIOLATIONS[constraint])
    assert run(connection, world, VIOLATIONS[constraint][0], "title = 'x'") == 1


@pytest.mark.parametrize(("status", "refused"), JUMPS.items())
def test_a_draft_does_not_jump_by_sql_into_a_state_that_asks_for_more(world, connection, status, refused):
    if refused:
        with pytest.raises(IntegrityError, match="ck_claim_"):
            run(connection, world, "doctor-draft", f"status = '{status}'")
    else:
        assert run(connection, world, "doctor-draft", f"status = '{status}'") == 1
