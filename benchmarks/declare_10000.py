"""10 000 accepted claims of one large employer are declared to its bureau."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.batches import YEARS, Case, Job
from benchmarks.plain import PlainClaim, PlainJournal, new
from models import Claim, Organization
from models.base import now
from models.enums import ClaimStatus
from seed.load import LoadPlan

if TYPE_CHECKING:
    from datetime import datetime

PLAN = LoadPlan(
    years=YEARS,
    statuses={ClaimStatus.ACCEPTED: 85, ClaimStatus.APPROVED: 10, ClaimStatus.DECLARED: 5},
    counties=1,
    people_per_employer=1_000_000,  # one employer has them all
    person_accounts=True,
)

UPDATE_CLAIMS = """
    UPDATE claim SET status = 'declared', status_since = :moment, revision = revision + 1,
        declared_by_id = :actor, declared_at = :moment, reason = NULL,
        approver_id = (SELECT bureau_id FROM organization WHERE id = :organization)
    WHERE id {ids} AND status = 'accepted'
"""
INSERT_JOURNAL = """
    INSERT INTO journal_entry (moment, actor_id, actor_organization_id, on_behalf_of_id, object_type, object_id,
        action, from_status, to_status, details, batch_id)
    SELECT :moment, :actor, :organization, person_id, 'claim', id, 'declare', 'accepted', 'declared', '{}', :batch
    FROM claim WHERE id {ids}
"""


def bare(job: Job) -> None:
    """Write the same rows with two bare statements: no guards, no locks in order, no batch items."""
    job.bare(UPDATE_CLAIMS, INSERT_JOURNAL)


def orm_loop(job: Job) -> None:
    """Declare row by row in one transaction."""
    moment, batch = now(), uuid.uuid4().hex
    with Session(job.store.engine) as session:
        for id_ in job.ids:
            claim: Any = session.get(PlainClaim, id_)
            if claim.status == ClaimStatus.ACCEPTED:
                bureau = session.scalar(
                    select(Organization.bureau_id).where(Organization.id == claim.employer_id)
                )
                _declare(session, job, claim, bureau, moment, batch)
        session.commit()


def orm_flush(job: Job) -> None:
    """Declare with one locking SELECT and one flush."""
    moment, batch = now(), uuid.uuid4().hex
    with Session(job.store.engine, autoflush=False) as session:
        chosen = select(PlainClaim).where(Claim.id.in_(job.ids), Claim.status == ClaimStatus.ACCEPTED)
        mine = select(Organization.bureau_id).where(Organization.id == job.actor.organization_id)
        bureau = session.scalar(mine)
        for claim in session.scalars(chosen.order_by(Claim.id).with_for_update()):
            _declare(session, job, claim, bureau, moment, batch)
        session.commit()


def _declare(
    session: Session, job: Job, claim: Any, bureau: int | None, moment: datetime, batch: str
) -> None:
    actor = job.actor
    claim.status, claim.status_since, claim.revision = ClaimStatus.DECLARED, moment, claim.revision + 1
    claim.declared_by_id, claim.declared_at, claim.approver_id = actor.account_id, moment, bureau
    claim.reason = None
    session.add(
        new(PlainJournal, moment=moment, actor_id=actor.account_id, actor_organization_id=actor.organization_id,
            on_behalf_of_id=claim.person_id, object_type="claim", object_id=claim.id, action="declare",
            from_status="accepted", to_status="declared", details={}, batch_id=batch)
    )  # fmt: skip


CASE = Case(
    "declare_10000",
    "declare",
    ClaimStatus.ACCEPTED,
    Claim.employer_id,
    PLAN,
    bare,
    {"orm_loop_one_transaction": orm_loop, "orm_one_flush": orm_flush},
)
