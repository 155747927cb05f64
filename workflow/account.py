"""The life of a login (product §3): registered by its owner, decided by the office above."""

from __future__ import annotations

from typing import Any

from models import Account
from models.enums import AccountStatus
from permissions.verbs import Verb
from workflow import guards
from workflow.core import Firing, Transition, Workflow
from workflow.effects import activate_registration, tell_applicant, void_registration

PENDING, ACTIVE, REJECTED, WITHDRAWN, DISABLED = AccountStatus


def _decision(firing: Firing) -> dict[str, Any]:
    return {"decided_by_id": firing.actor.account_id, "decided_at": firing.moment, "reason": firing.reason}


def _reason(firing: Firing) -> dict[str, Any]:
    return {"reason": firing.reason}


ACCOUNT = Workflow(
    "account",
    Account,
    initial=PENDING,
    transitions=(
        Transition("approve", frozenset({PENDING}), ACTIVE, "通过", Verb.REVIEW, "success", batch=True,
                   guards=(guards.NOT_OWN_ACCOUNT,), sets=_decision,
                   effects=(activate_registration, tell_applicant("您的账户已审核通过，欢迎使用"))),
        Transition("reject", frozenset({PENDING}), REJECTED, "不通过", Verb.REVIEW, "danger", batch=True, reason=True,
                   guards=(guards.NOT_OWN_ACCOUNT,), sets=_decision, effects=(void_registration,)),
        Transition("withdraw", frozenset({PENDING}), WITHDRAWN, "撤回注册", Verb.WITHDRAW, "secondary",
                   effects=(void_registration,)),
        Transition("disable", frozenset({ACTIVE}), DISABLED, "停用", Verb.DISABLE, "warning", batch=True, reason=True,
                   guards=(guards.NOT_ITSELF,), sets=_reason),
        Transition("enable", frozenset({DISABLED}), ACTIVE, "启用", Verb.DISABLE, "success", batch=True),
    ),
)  # fmt: skip
