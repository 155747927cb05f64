"""The life of a claim (product §4)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, literal

from models import Claim
from models.enums import ClaimStatus
from models.types import HoursType
from permissions.verbs import Verb
from workflow import guards
from workflow.checking import check, check_again, check_those_left, forget_checks
from workflow.core import Firing, Guard, Transition, Workflow
from workflow.crediting import CLAIMS, post_hours, reverse_hours
from workflow.effects import count_at_employers, count_at_offices, tell_person
from workflow.undo import BATCH, drop_news, no_certificate_since, taking_back

DRAFT, SUBMITTED, RETURNED, ACCEPTED, DECLARED, APPROVED, REJECTED, REVOKED = ClaimStatus
READY = (guards.COMPLETE, guards.HAS_HOURS, guards.HAS_PROOF, guards.CLAIMS_OPEN, guards.NOT_DUPLICATE,
         guards.NO_FILE_USED_BEFORE, guards.NOT_TAUGHT)  # fmt: skip


def _decision(firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": firing.actor.account_id, "decided_at": firing.moment, "reason": firing.reason}


def _approval(firing: Firing) -> dict[str, Any]:
    awarded = literal(guards.awarded_hours(firing), HoursType)
    return _decision(firing) | {"awarded_hours": func.coalesce(awarded, Claim.__table__.c.computed_hours)}


def _no_decision(_firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": None, "decided_at": None, "awarded_hours": None, "reason": None}


def _no_declaration(_firing: Firing) -> dict[str, Any]:
    return {"declared_by_id": None, "declared_at": None, "approver_id": None}


def _no_reason(_firing: Firing) -> dict[str, Any]:
    return {"reason": None}


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


def _undo(
    name: str, source: ClaimStatus, target: ClaimStatus, label: str, *more: Guard, **columns: Any
) -> Transition:
    """Return the line that takes back the transition called ``name``; ``more`` guards stand behind the common ones."""
    return Transition(
        f"undo_{name}", frozenset({source}), target, label, Verb.UNDO, "secondary", batch=True, undoes=name,
        parameters=(BATCH,), guards=(*taking_back(Claim, name), *more), **columns,
    )  # fmt: skip


CLAIM = Workflow(
    "claim",
    Claim,
    initial=DRAFT,
    transitions=(
        Transition("submit", frozenset({DRAFT, RETURNED}), SUBMITTED, "提交", Verb.SUBMIT,
                   guards=(*READY, guards.IN_SERVICE), sets=_reason, effects=(check, count_at_employers)),
        Transition("withdraw", frozenset({SUBMITTED}), DRAFT, "撤回", Verb.WITHDRAW, "secondary",
                   effects=(forget_checks, count_at_employers)),
        Transition("accept", frozenset({SUBMITTED}), ACCEPTED, "审核通过", Verb.ACCEPT, "success", batch=True,
                   key="a", guards=(guards.NOT_OWN_CLAIM,), effects=(count_at_employers,)),
        Transition("return", frozenset({SUBMITTED, ACCEPTED}), RETURNED, "退回", Verb.RETURN, "warning", batch=True,
                   key="r", reason=True, guards=(guards.FILED_BY_PERSON,), sets=_reason,
                   effects=(forget_checks, count_at_employers, tell_person("单位退回，请修改后重新提交", held=True))),
        Transition("register", frozenset({DRAFT}), ACCEPTED, "登记", Verb.REGISTER,
                   guards=(*READY, guards.IN_SERVICE), effects=(check, count_at_employers)),
        Transition("declare", frozenset({SUBMITTED, ACCEPTED}), DECLARED, "申报", Verb.DECLARE, "primary", batch=True,
                   key="d", parameters=("route",), sets=_declaration, counted=True,
                   guards=(guards.NOT_OWN_CLAIM, guards.CLAIMS_OPEN, guards.HAS_APPROVER, guards.NOT_DECLARED_BEFORE),
                   effects=(check_again, count_at_employers, count_at_offices)),
        Transition("approve", frozenset({DECLARED}), APPROVED, "通过", Verb.DECIDE, "success", batch=True,
                   key="a", parameters=("awarded_hours",), sets=_approval, locks=(guards.people_of_claims,),
                   guards=(guards.NOT_OWN_CLAIM, guards.APPROVALS_OPEN, guards.FIRST_OF_ITS_EVIDENCE, guards.NO_CLASS_HOURS,
                           guards.AWARDED_WITHIN_RULE, guards.WITHIN_YEAR_CAP, guards.LESS_HAS_REASON),
                   effects=(post_hours(CLAIMS), count_at_offices, tell_person("申报已认定通过", held=True))),
        Transition("reject", frozenset({DECLARED}), REJECTED, "不通过", Verb.DECIDE, "danger", batch=True, reason=True,
                   key="r", guards=(guards.NOT_OWN_CLAIM, guards.APPROVALS_OPEN), sets=_decision,
                   effects=(check_those_left, count_at_offices, tell_person("申报未通过审批", held=True))),
        Transition("revoke", frozenset({APPROVED}), REVOKED, "撤销认定", Verb.REVOKE, "danger", reason=True,
                   guards=(guards.NOT_OWN_CLAIM,), sets=_revocation,
                   effects=(reverse_hours(CLAIMS), check_those_left, tell_person("认定已被撤销"))),
        _undo("accept", ACCEPTED, SUBMITTED, "撤回审核通过", effects=(count_at_employers,)),
        _undo("return", RETURNED, SUBMITTED, "撤回退回", sets=_no_reason, effects=(check, count_at_employers, drop_news(Claim))),
        _undo("declare", DECLARED, ACCEPTED, "撤回申报", guards.CLAIMS_OPEN, sets=_no_declaration,
              effects=(check_again, count_at_employers, count_at_offices)),
        _undo("approve", APPROVED, DECLARED, "撤回通过", no_certificate_since(Claim), guards.APPROVALS_OPEN,
              sets=_no_decision, effects=(reverse_hours(CLAIMS), check_again, count_at_offices, drop_news(Claim))),
        _undo("reject", REJECTED, DECLARED, "撤回不通过", guards.APPROVALS_OPEN, guards.NOT_DECLARED_BEFORE,
              sets=_no_decision, effects=(check, count_at_offices, drop_news(Claim))),
    ),
)  # fmt: skip
