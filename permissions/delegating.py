"""Deciding in somebody's place (docs/decisions/0032): what of the table's lines is left, and who acts by a delegation.

The scopes are those of the office one acts for, the account stays one's own: journal, batches and messages are of who really
acts. Nothing is added to the table: of what the giver may do, the decisions he named remain, looking at what they are about,
and one's own drawer.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from models import (
    Account,
    Claim,
    ClaimAttachment,
    ClaimFinding,
    Course,
    Delegation,
    Department,
    Enrollment,
    Grade,
    GradeSheet,
    Organization,
    OrganizationChange,
    Person,
    PersonCorrection,
    TrainingAttachment,
    TrainingClass,
    TrainingPlan,
    Transfer,
    YearSummary,
)
from models.enums import DelegatedWork
from permissions import scopes as rows
from permissions.actor import Actor, Principal, load_actor
from permissions.matrix import GRANTS
from permissions.verbs import Verb

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import UserType
    from permissions.matrix import Grant

DECIDING = frozenset({Verb.REVIEW, Verb.ACCEPT, Verb.RETURN, Verb.DECLARE, Verb.DECIDE, Verb.UNDO})
"""Verbs that can be left to somebody; never changing, appointing, helping with passwords, exporting, unmasking or delegating."""
WORKS: dict[DelegatedWork, frozenset[type[Base]]] = {
    DelegatedWork.CLAIMS: frozenset({Claim}),
    DelegatedWork.TRAINING: frozenset({TrainingPlan, GradeSheet, Grade}),
    DelegatedWork.ACCOUNTS: frozenset({Account, OrganizationChange}),
    DelegatedWork.REQUESTS: frozenset({Transfer, PersonCorrection}),
}
"""What is decided about in each kind of work."""
SHOWN: dict[DelegatedWork, frozenset[type[Base]]] = {
    DelegatedWork.CLAIMS: frozenset(
        {ClaimAttachment, ClaimFinding, Person, YearSummary, Organization, Department}
    ),
    DelegatedWork.TRAINING: frozenset(
        {Course, TrainingAttachment, TrainingClass, Enrollment, Person, Organization, Department}
    ),
    DelegatedWork.ACCOUNTS: frozenset({Person, Organization, Department}),
    DelegatedWork.REQUESTS: frozenset({Person, Organization, Department}),
}
"""What else the pages of each kind of work show: who it is about, where he works, and the files."""
OVERSEEN: dict[DelegatedWork, frozenset[type[Base]]] = {
    DelegatedWork.CLAIMS: frozenset({Person}),
    DelegatedWork.TRAINING: frozenset(),
    DelegatedWork.ACCOUNTS: frozenset({Organization}),
    DelegatedWork.REQUESTS: frozenset({Person}),
}
"""Whose own pages and scans it takes: the professional's, or those of the organisation that registers."""
DRAWER = frozenset(
    {
        rows.own_account, rows.own_batches, rows.items_of_own_batches, rows.own_notices, rows.own_readings, rows.own_settings,
        rows.own_views, rows.views_of_system, rows.announcements_for_one,
    }
)  # fmt: skip
"""Scopes of what is one's own whoever one acts for, and of what everybody is told."""


@cache
def works_of(user_type: UserType | None) -> tuple[DelegatedWork, ...]:
    """Return the kinds of work in which a user type decides anything, from the table."""
    decided = {grant.model for grant in GRANTS if grant.user_type == user_type and grant.verbs & DECIDING}
    return tuple(work for work, models in WORKS.items() if models & decided)


def lets(actor: Actor, verb: Verb, grant: Grant) -> bool:
    """Tell whether a line of the table is left to the actor for a verb: everything to who acts for himself."""
    if actor.principal is None:
        return True
    if verb is Verb.VIEW and grant.rows in DRAWER:
        return True
    return any(grant.model in left(work, verb) for work in actor.principal.works)


def left(work: DelegatedWork, verb: Verb) -> frozenset[type[Base]]:
    """Return of which tables a verb is left with a kind of work; other verbs than looking and deciding are left of none."""
    if verb is Verb.VIEW:
        return WORKS[work] | SHOWN[work]
    if verb is Verb.OVERSEE:
        return OVERSEEN[work]
    return WORKS[work] if verb in DECIDING else frozenset()


def going_on(day: Any) -> ColumnElement[bool]:
    """Return the condition of delegations that go on: not ended, and ``day``, a value or an expression, within theirs."""
    return and_(Delegation.ended_at.is_(None), Delegation.first_day <= day, Delegation.last_day >= day)


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
            going_on(day),
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


def in_force(session: Session, own: Actor, day: date) -> list[Actor]:
    """Return the actors somebody can be today by the delegations he received, in their order; arguments as in :func:`acting`."""
    received = select(Delegation.id).where(Delegation.delegate_id == own.account_id, going_on(day))
    keys = session.scalars(received.order_by(Delegation.id)).all()
    found = (acting(session, own, key, day) for key in keys)
    return [actor for actor in found if actor is not None]
