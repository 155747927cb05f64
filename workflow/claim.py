"""The life of a claim (product §4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal

from models import Claim
from models.enums import ClaimStatus
from models.types import HoursType
from permissions.verbs import Verb
from workflow import guards
from workflow.core import Firing, Transition, Workflow
from workflow.effects import post_hours, reverse_hours, tell_person

DRAFT, SUBMITTED, RETURNED, ACCEPTED, DECLARED, APPROVED, REJECTED, REVOKED = ClaimStatus
READY = (guards.COMPLETE, guards.HAS_HOURS, guards.HAS_PROOF, guards.CLAIMS_OPEN, guards.NOT_DUPLICATE)


def _decision(firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": firing.actor.account_id, "decided_at": firing.moment, "reason": firing.reason}


def _approval(firing: Firing) -> dict[str, Any]:
    awarded = literal(guards.awarded_hours(firing), HoursType)
    return _decision(firing) | {"awarded_hours": func.coalesce(awarded, Claim.__table__.c.computed_hours)}


def _declaration(firing: Firing) -> dict[str, Any]:
    return {
        "declared_by_id": firing.actor.account_id,
        "declared_at": firing.moment,
        "approver_id": guards.approver_of(firing),
        "reason": None,
    }


def _revocation(firing: Firing) -> dict[str, Any]:
    return {
        "revoked_by_id": firing.actor.account_id,
        "revoked_at": firing.moment,
        "revoked_reason": firing.reason,
    }


def _reason(firing: Firing) -> dict[str, Any]:
    return {"reason": firing.reason}


CLAIM = Workflow(
    "claim",
    Claim,
    initial=DRAFT,
    transitions=(
        Transition("submit", frozenset({DRAFT, RETURNED}), SUBMITTED, "提交", Verb.SUBMIT,
                   guards=(*READY, guards.IN_SERVICE), sets=_reason),
        Transition("withdraw", frozenset({SUBMITTED}), DRAFT, "撤回", Verb.WITHDRAW, "secondary"),
        Transition("accept", frozenset({SUBMITTED}), ACCEPTED, "审核通过", Verb.ACCEPT, "success", batch=True,
                   guards=(guards.NOT_OWN_CLAIM,)),
        Transition("return", frozenset({SUBMITTED, ACCEPTED}), RETURNED, "退回", Verb.RETURN, "warning", batch=True,
                   reason=True, guards=(guards.FILED_BY_PERSON,), sets=_reason,
                   effects=(tell_person("单位退回，请修改后重新提交"),)),
        Transition("register", frozenset({DRAFT}), ACCEPTED, "登记", Verb.REGISTER,
                   guards=(*READY, guards.IN_SERVICE)),
        Transition("declare", frozenset({SUBMITTED, ACCEPTED}), DECLARED, "申报", Verb.DECLARE, "primary", batch=True,
                   parameters=("route",), sets=_declaration,
                   guards=(guards.NOT_OWN_CLAIM, guards.CLAIMS_OPEN, guards.HAS_APPROVER, guards.NOT_DUPLICATE)),
        Transition("approve", frozenset({DECLARED}), APPROVED, "通过", Verb.DECIDE, "success", batch=True,
                   parameters=("awarded_hours",), sets=_approval,
                   guards=(guards.NOT_OWN_CLAIM, guards.APPROVALS_OPEN, guards.FIRST_OF_ITS_EVIDENCE,
                           guards.AWARDED_WITHIN_RULE, guards.WITHIN_YEAR_CAP, guards.LESS_HAS_REASON),
                   effects=(post_hours, tell_person("申报已认定通过"))),
        Transition("reject", frozenset({DECLARED}), REJECTED, "不通过", Verb.DECIDE, "danger", batch=True, reason=True,
                   guards=(guards.NOT_OWN_CLAIM, guards.APPROVALS_OPEN), sets=_decision,
                   effects=(tell_person("申报未通过审批"),)),
        Transition("revoke", frozenset({APPROVED}), REVOKED, "撤销认定", Verb.REVOKE, "danger", reason=True,
                   guards=(guards.NOT_OWN_CLAIM,), sets=_revocation,
                   effects=(reverse_hours, tell_person("认定已被撤销"))),
    ),
)  # fmt: skip
