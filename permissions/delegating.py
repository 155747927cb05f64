"""Deciding in somebody's place (docs/decisions/0032): what of the table's verbs is left, and who acts by a delegation.

The scopes are those of the office one acts for, the account stays one's own: journal, batches and messages are of who really
acts. Nothing is added to the table: of what the giver may do, viewing and the decisions he named remain.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import (
    Account,
    Claim,
    Delegation,
    Grade,
    GradeSheet,
    OrganizationChange,
    PersonCorrection,
    TrainingPlan,
    Transfer,
)
from models.enums import DelegatedWork
from permissions.actor import Actor, Principal, load_actor
from permissions.matrix import GRANTS
from permissions.verbs import Verb

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import UserType

DECIDING = frozenset({Verb.REVIEW, Verb.ACCEPT, Verb.RETURN, Verb.DECLARE, Verb.DECIDE, Verb.UNDO})
"""Verbs that can be left to somebody; never changing, appointing, helping with passwords, exporting, unmasking or delegating."""
WORKS: dict[DelegatedWork, frozenset[type[Base]]] = {
    DelegatedWork.CLAIMS: frozenset({Claim}),
    DelegatedWork.TRAINING: frozenset({TrainingPlan, GradeSheet, Grade}),
    DelegatedWork.ACCOUNTS: frozenset({Account, OrganizationChange}),
    DelegatedWork.REQUESTS: frozenset({Transfer, PersonCorrection}),
}
"""What is decided about in each kind of work."""


@cache
def works_of(user_type: UserType | None) -> tuple[DelegatedWork, ...]:
    """Return the kinds of work in which a user type decides anything, from the table."""
    decided = {grant.model for grant in GRANTS if grant.user_type == user_type and grant.verbs & DECIDING}
    return tuple(work for work, models in WORKS.items() if models & decided)


def lets(actor: Actor, verb: Verb, model: type[Base]) -> bool:
    """Tell whether a verb is left to the actor: everything to who acts for himself."""
    if actor.principal is None or verb is Verb.VIEW:
        return True
    return verb in DECIDING and any(model in WORKS[work] for work in actor.principal.works)


def acting(session: Session, own: Actor, delegation_id: int, day: date) -> Actor | None:
    """Return the actor of somebody who acts by a delegation, with the giver's rights as they are at this moment.

    Args:
        session: a session that may see every row (see ``permissions.wall.unscoped``).
        own: who really acts, as himself.
        delegation_id: the delegation.
        day: today in China.

    Returns:
        ``None`` where it is not his, does not go on, the day lies outside it, or the giver himself may not act.
    """
    row = session.execute(
        select(Delegation.giver_id, Delegation.office_id, Delegation.works).where(
            Delegation.id == delegation_id,
            Delegation.delegate_id == own.account_id,
            Delegation.delegate_office_id == own.organization_id,
            Delegation.ended_at.is_(None),
            Delegation.first_day <= day,
            Delegation.last_day >= day,
        )
    ).one_or_none()
    giver = load_actor(session, row.giver_id) if row else None
    if row is None or giver is None or giver.account_id is None or giver.organization_id != row.office_id:
        return None
    principal = Principal(
        delegation_id=delegation_id,
        account_id=giver.account_id,
        citizen_id_index=giver.citizen_id_index,
        works=frozenset(DelegatedWork.of(work) for work in row.works),
    )
    return replace(
        giver,
        account_id=own.account_id,
        citizen_id_index=own.citizen_id_index,
        label=f"{giver.label}（{own.label} 代办）",
        principal=principal,
    )
