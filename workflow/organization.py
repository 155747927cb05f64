"""Whether an organisation takes part. Its registration is decided with its first administrator's account.

Its administrators cannot log in while it is disabled; its people can, because their records are their own
(docs/decisions/0013-logins-in-our-own-hands.md).
"""

from __future__ import annotations

from models import Organization
from models.enums import OrganizationStatus
from permissions.verbs import Verb
from workflow import guards
from workflow.core import Passage, Transition, Workflow
from workflow.disabling import not_disabled_above
from workflow.effects import end_sessions_of_administrators, tell_administrators

PENDING, ACTIVE, DISABLED, VOID = OrganizationStatus

ORGANIZATION = Workflow(
    "organization",
    Organization,
    initial=PENDING,
    transitions=(
        Transition("disable", frozenset({ACTIVE}), DISABLED, "停用", Verb.DISABLE, "warning", reason=True,
                   guards=(guards.NOT_OWN_OFFICE,),
                   effects=(end_sessions_of_administrators,
                            tell_administrators("本机构已停用", "organization_disabled"))),
        Transition("enable", frozenset({DISABLED}), ACTIVE, "启用", Verb.DISABLE, "success",
                   guards=(not_disabled_above(Organization.__table__, "organization"),),
                   effects=(tell_administrators("本机构已启用", "organization_enabled"),)),
    ),
    passages=(
        Passage(PENDING, ACTIVE, "账户审核通过"),
        Passage(PENDING, VOID, "账户未通过或撤回"),
        Passage(None, ACTIVE, "安装时设立"),
    ),
)  # fmt: skip
