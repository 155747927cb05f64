"""What waits for whom: the queues of the menu, their lists, badges and to-do cards all read this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_

from models import Account, Claim
from models.enums import AccountStatus, ClaimStatus, Subject
from permissions import engine as permissions
from permissions.scopes import tied
from permissions.verbs import Verb
from services import listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

    Condition = Callable[[Actor], ColumnElement[bool]]


def _of_subject(subject: Subject) -> Condition:
    waiting = (ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED)
    return lambda _actor: and_(Claim.subject == subject, Claim.status.in_(waiting))


QUEUES: dict[str, tuple[Any, Condition]] = {
    "account-review": (
        Account,
        lambda actor: and_(
            Account.status == AccountStatus.PENDING, tied(Account.approver_id, actor.organization_id)
        ),
    ),
    "claim-public": (Claim, _of_subject(Subject.PUBLIC)),
    "claim-specialty": (Claim, _of_subject(Subject.SPECIALTY)),
    "claim-decision": (
        Claim,
        lambda actor: and_(
            Claim.status == ClaimStatus.DECLARED, tied(Claim.approver_id, actor.organization_id)
        ),
    ),
}
"""Table and condition by the endpoint of the grid."""


def condition(endpoint: str, actor: Actor) -> ColumnElement[bool]:
    """Return which rows wait in a queue, besides the actor's scope; raises ``KeyError`` where it is none."""
    return QUEUES[endpoint][1](actor)


def waiting(session: Session, actor: Actor, endpoint: str) -> int:
    """Return how many rows of the actor's scope wait in a queue, for its badge."""
    model = QUEUES[endpoint][0]
    return listing.count(
        session, model, [permissions.rows(actor, Verb.VIEW, model), condition(endpoint, actor)]
    )
