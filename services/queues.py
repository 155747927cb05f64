"""What waits for whom: the queues of the menu, their lists, badges and to-do cards all read this."""

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
    from collections.abc import Callable, Iterable

    from sqlalchemy import ColumnElement

    from permissions.actor import Actor

    Condition = Callable[[Actor], ColumnElement[bool]]


class Queue(NamedTuple):
    """What waits in a grid: its table, which rows, and the verb of those whose to-do it is."""

    model: Any
    condition: Condition
    verb: Verb


def _of_subject(subject: Subject) -> Condition:
    waiting = (ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED)
    return lambda _actor: and_(Claim.subject == subject, Claim.status.in_(waiting))


QUEUES: dict[str, Queue] = {
    "account-review": Queue(
        Account,
        lambda actor: and_(
            Account.status == AccountStatus.PENDING, tied(Account.approver_id, actor.organization_id)
        ),
        Verb.REVIEW,
    ),
    "organization-change": Queue(
        OrganizationChange,
        lambda actor: and_(
            OrganizationChange.status == RequestStatus.PENDING,
            tied(OrganizationChange.approver_id, actor.organization_id),
        ),
        Verb.REVIEW,
    ),
    "claim-public": Queue(Claim, _of_subject(Subject.PUBLIC), Verb.ACCEPT),
    "claim-specialty": Queue(Claim, _of_subject(Subject.SPECIALTY), Verb.ACCEPT),
    "claim-decision": Queue(
        Claim,
        lambda actor: and_(
            Claim.status == ClaimStatus.DECLARED, tied(Claim.approver_id, actor.organization_id)
        ),
        Verb.DECIDE,
    ),
    "training-plan-decision": Queue(
        TrainingPlan,
        lambda actor: and_(
            TrainingPlan.status == PlanStatus.SUBMITTED, tied(TrainingPlan.approver_id, actor.organization_id)
        ),
        Verb.DECIDE,
    ),
    "grade-sheet-decision": Queue(
        GradeSheet,
        lambda actor: and_(
            GradeSheet.status == SheetStatus.SUBMITTED, tied(GradeSheet.approver_id, actor.organization_id)
        ),
        Verb.DECIDE,
    ),
    "grade-sheet": Queue(GradeSheet, lambda _actor: GradeSheet.status == SheetStatus.RETURNED, Verb.SUBMIT),
    "transfer": Queue(
        Transfer,
        lambda actor: and_(
            Transfer.status == RequestStatus.PENDING, tied(Transfer.to_employer_id, actor.organization_id)
        ),
        Verb.DECIDE,
    ),
    "correction": Queue(
        PersonCorrection, lambda _actor: PersonCorrection.status == RequestStatus.PENDING, Verb.DECIDE
    ),
}
"""Queues by the endpoint of their grid."""


def among(actor: Actor, endpoints: Iterable[str]) -> list[str]:
    """Return those of the grids where something can wait for the actor, each once."""
    return [
        endpoint
        for endpoint in dict.fromkeys(endpoints)
        if endpoint in QUEUES and permissions.may(actor, QUEUES[endpoint].verb, QUEUES[endpoint].model)
    ]


def condition(endpoint: str, actor: Actor) -> ColumnElement[bool]:
    """Return which rows wait in a queue, besides the actor's scope; raises ``KeyError`` where it is none."""
    return QUEUES[endpoint].condition(actor)
