"""The life of a login (product §3): registered by its owner and decided by the office above, or an administrator appointed.

Nobody removes his own right: whoever removes another one is an administrator himself and stays, so that no slip and no
stolen session leaves an organisation without one; the guard answers for two who remove each other at the same moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Account, Organization
from models.enums import AccountStatus
from permissions.verbs import Verb
from workflow import guards
from workflow.core import Firing, Transition, Workflow
from workflow.disabling import not_disabled_above
from workflow.effects import activate_registration, end_sessions, tell_applicant, void_registration

if TYPE_CHECKING:
    from sqlalchemy import Select

account, organization = Account.__table__.c, Organization.__table__.c
PENDING, ACTIVE, REJECTED, WITHDRAWN, DISABLED, REMOVED = AccountStatus
APPROVAL = tell_applicant("您的账户已审核通过，欢迎使用", "account_approved")
REJECTION = tell_applicant("您的账户未通过审核", "account_rejected")


def offices_of(chosen: Select[int]) -> Select[int]:
    """Return the organisations of administrators, in key order: two removals there take turns."""
    administered = select(account.organization_id).where(account.id.in_(chosen))
    return select(organization.id).where(organization.id.in_(administered)).order_by(organization.id)


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
                   effects=(activate_registration, APPROVAL)),
        Transition("reject", frozenset({PENDING}), REJECTED, "不通过", Verb.REVIEW, "danger", batch=True, reason=True,
                   guards=(guards.NOT_OWN_ACCOUNT,), sets=_decision, effects=(void_registration, REJECTION)),
        Transition("withdraw", frozenset({PENDING}), WITHDRAWN, "撤回注册", Verb.WITHDRAW, "secondary",
                   effects=(void_registration,)),
        Transition("appoint", frozenset({PENDING}), ACTIVE, "任命管理员", Verb.APPOINT, "success",
                   guards=(guards.OFFICE_IS_ACTIVE, guards.NOT_APPOINTING_ONESELF), sets=_decision,
                   effects=(tell_applicant("您已成为机构管理员", "account_appointed"),)),
        Transition("disable", frozenset({ACTIVE}), DISABLED, "停用", Verb.DISABLE, "warning", batch=True, reason=True,
                   guards=(guards.NOT_ITSELF, guards.DUTY_REMAINS), sets=_reason,
                   effects=(end_sessions, tell_applicant("您的账户已停用", "account_disabled"))),
        Transition("enable", frozenset({DISABLED}), ACTIVE, "启用", Verb.DISABLE, "success", batch=True,
                   guards=(not_disabled_above(Account.__table__, "account"),),
                   effects=(tell_applicant("您的账户已启用", "account_enabled"),)),
        Transition("remove", frozenset({ACTIVE, DISABLED}), REMOVED, "取消管理权限", Verb.REMOVE, "danger", reason=True,
                   guards=(guards.NOT_ONESELF, guards.SOMEBODY_REMAINS, guards.DUTY_REMAINS), sets=_reason, locks=(offices_of,),
                   effects=(end_sessions, tell_applicant("您的管理权限已取消", "account_removed"))),
    ),
)  # fmt: skip
