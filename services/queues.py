"""What waits for whom: the queues of the menu, their lists, badges, to-do cards and reminders all read this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_

from models import (
    Account,
    Claim,
    GradeSheet,
    OrganizationChange,
    PersonCorrection,
    TrainingPlan,
    Transfer,
)
from models.enums import AccountStatus, ClaimStatus, PlanStatus, RequestStatus, SheetStatus, Subject
from permissions import engine as permissions
from permissions.scopes import tied
from permissions.verbs import Verb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import ColumnElement

    from permissions.actor import Actor


class Queue(NamedTuple):
    """What waits in a grid.

    Attributes:
        label: what waits, in words that fit every role.
        model: its table.
        waits: which rows wait, for whomever.
        office: the column of the organisation they wait for.
        verb: of those whose to-do it is.
        arguments: filters of a grid that also shows what does not wait.
    """

    label: str
    model: Any
    waits: ColumnElement[bool]
    office: Any
    verb: Verb
    arguments: Mapping[str, str] = {}


PENDING = {"status": RequestStatus.PENDING.value}


def _of_subject(subject: Subject) -> ColumnElement[bool]:
    return and_(Claim.subject == subject, Claim.status.in_((ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED)))


QUEUES: dict[str, Queue] = {
    "account-review": Queue(
        "待审核的注册账户", Account, Account.status == AccountStatus.PENDING, Account.approver_id, Verb.REVIEW
    ),
    "organization-change": Queue(
        "待审核的机构信息变更", OrganizationChange, OrganizationChange.status == RequestStatus.PENDING,
        OrganizationChange.approver_id, Verb.REVIEW,
    ),
    "claim-public": Queue(
        "待审核和上报的公需科目申报", Claim, _of_subject(Subject.PUBLIC), Claim.employer_id, Verb.ACCEPT
    ),
    "claim-specialty": Queue(
        "待审核和上报的专业科目申报", Claim, _of_subject(Subject.SPECIALTY), Claim.employer_id, Verb.ACCEPT
    ),
    "claim-decision": Queue(
        "待审批的申报", Claim, Claim.status == ClaimStatus.DECLARED, Claim.approver_id, Verb.DECIDE
    ),
    "training-plan-decision": Queue(
        "待审批的培训计划", TrainingPlan, TrainingPlan.status == PlanStatus.SUBMITTED, TrainingPlan.approver_id,
        Verb.DECIDE,
    ),
    "grade-sheet-decision": Queue(
        "待审核的成绩单", GradeSheet, GradeSheet.status == SheetStatus.SUBMITTED, GradeSheet.approver_id, Verb.DECIDE
    ),
    "grade-sheet": Queue(
        "退回修改的成绩单", GradeSheet, GradeSheet.status == SheetStatus.RETURNED, GradeSheet.organization_id,
        Verb.SUBMIT, {"status": SheetStatus.RETURNED.value},
    ),
    "transfer": Queue(
        "待办理的单位调转", Transfer, Transfer.status == RequestStatus.PENDING, Transfer.to_employer_id, Verb.DECIDE,
        {**PENDING, "direction": "in"},
    ),
    "correction": Queue(
        "待审核的信息更正", PersonCorrection, PersonCorrection.status == RequestStatus.PENDING,
        PersonCorrection.employer_id, Verb.DECIDE, PENDING,
    ),
}  # fmt: skip
"""Queues by the endpoint of their grid."""


def among(actor: Actor, endpoints: Iterable[str]) -> list[str]:
    """Return those of the grids where something can wait for the actor, each once."""
    return [
        endpoint
        for endpoint in dict.fromkeys(endpoints)
        if endpoint in QUEUES and permissions.may(actor, QUEUES[endpoint].verb, QUEUES[endpoint].model)
    ]


def condition(endpoint: str, actor: Actor) -> ColumnElement[bool]:
    """Return which rows of a queue wait for the actor's office, besides his scope; raises ``KeyError`` where it is none."""
    queue = QUEUES[endpoint]
    return and_(queue.waits, tied(queue.office, actor.organization_id))


def address(endpoint: str) -> str:
    """Return the path of a queue's grid, narrowed to what waits."""
    arguments = "&".join(f"{name}={value}" for name, value in QUEUES[endpoint].arguments.items())
    return f"/admin/{endpoint}/" + (f"?{arguments}" if arguments else "")
