"""10 000 declared claims are approved: hours to the ledger and the year summaries, a notice to each person."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.batches import YEARS, Case, Job
from benchmarks.plain import (
    PlainClaim,
    PlainEntry,
    PlainJournal,
    PlainNotice,
    PlainRequirement,
    PlainSummary,
    new,
)
from models import Account, Claim
from models.base import now
from models.enums import ClaimStatus, EntryKind, SourceType, Subject
from seed.load import LoadPlan

if TYPE_CHECKING:
    from datetime import datetime

PLAN = LoadPlan(
    years=YEARS,
    statuses={ClaimStatus.DECLARED: 85, ClaimStatus.APPROVED: 10, ClaimStatus.ACCEPTED: 5},
    counties=1,  # one office decides them all
    person_accounts=True,  # so that notices are written
)

UPDATE_CLAIMS = """
    UPDATE claim SET status = 'approved', status_since = :moment, revision = revision + 1,
        decided_by_id = :actor, decided_at = :moment, reason = NULL, awarded_hours = computed_hours
    WHERE id {ids} AND status = 'declared'
"""
INSERT_JOURNAL = """
    INSERT INTO journal_entry (moment, actor_id, actor_organization_id, on_behalf_of_id, object_type, object_id,
        action, from_status, to_status, details, batch_id)
    SELECT :moment, :actor, :organization, person_id, 'claim', id, 'approve', 'declared', 'approved', '{}', :batch
    FROM claim WHERE id {ids}
"""
INSERT_LEDGER = """
    INSERT INTO ledger_entry (person_id, employer_id, region_code, authority_id, credit_year, subject, kind, hours,
        completes_specialty_year, source_type, source_id, round, rule_code, rule_version, posted_by_id, posted_at)
    SELECT person_id, employer_id, region_code, authority_id, credit_year, subject, 'posting', awarded_hours,
        completes_specialty_year, 'claim', id, 0, rule_code, rule_version, :actor, :moment
    FROM claim WHERE id {ids}
"""
UPSERT_SUMMARIES = """
    INSERT INTO year_summary (person_id, credit_year, employer_id, region_code, authority_id, public_hours,
        specialty_hours, specialty_completions, required_public, required_specialty, required_total, complete,
        updated_at)
    SELECT posted.*, public_hours_needed, specialty_hours_needed, total_hours_needed,
        posted.public_hours >= public_hours_needed AND posted.specialty_hours >= specialty_hours_needed
            AND posted.public_hours + posted.specialty_hours >= total_hours_needed, :moment
    FROM (
        SELECT person_id, credit_year, max(employer_id), max(region_code), max(authority_id),
            sum(CASE WHEN subject = 'public' THEN awarded_hours ELSE 0 END) AS public_hours,
            sum(CASE WHEN subject = 'specialty' THEN awarded_hours ELSE 0 END) AS specialty_hours, 0
        FROM claim WHERE id {ids} GROUP BY person_id, credit_year
    ) AS posted JOIN (
        SELECT year, public_hours AS public_hours_needed, specialty_hours AS specialty_hours_needed,
            total_hours AS total_hours_needed
        FROM requirement WHERE title_level_group = 'any'
    ) AS needed ON needed.year = posted.credit_year
    WHERE true
    ON CONFLICT (person_id, credit_year) DO UPDATE SET
        public_hours = year_summary.public_hours + excluded.public_hours,
        specialty_hours = year_summary.specialty_hours + excluded.specialty_hours,
        complete = year_summary.public_hours + excluded.public_hours >= excluded.required_public
            AND year_summary.specialty_hours + excluded.specialty_hours >= excluded.required_specialty
            AND year_summary.public_hours + excluded.public_hours + year_summary.specialty_hours
                + excluded.specialty_hours >= excluded.required_total,
        updated_at = excluded.updated_at
"""
INSERT_NOTICES = """
    INSERT INTO notice (account_id, title, body, link, created_at)
    SELECT account.id, '申报已认定通过：' || claim.title, '', '/admin/claim/details/?id=' || claim.id, :moment
    FROM claim JOIN account ON account.person_id = claim.person_id
    WHERE claim.id {ids} AND account.status = 'active'
"""


def bare(job: Job) -> None:
    """Write the same rows with five bare statements: no guards, no locks in order, no batch items."""
    job.bare(UPDATE_CLAIMS, INSERT_JOURNAL, INSERT_LEDGER, UPSERT_SUMMARIES, INSERT_NOTICES)


def orm_loop(job: Job) -> None:
    """Decide row by row in one transaction, looking everything up where it is needed."""
    moment, batch = now(), uuid.uuid4().hex
    with Session(job.store.engine) as session:
        for id_ in job.ids:
            claim: Any = session.get(PlainClaim, id_)
            if claim.status != ClaimStatus.DECLARED:
                continue
            key = {"person_id": claim.person_id, "credit_year": claim.credit_year}
            summary: Any = session.scalar(select(PlainSummary).filter_by(**key))
            if summary is None:
                summary = summary_of(session, claim, moment)
            recipient = session.scalar(select(Account.id).where(Account.person_id == claim.person_id))
            _approve(session, job, claim, summary, recipient, moment, batch)
        session.commit()


def orm_flush(job: Job) -> None:
    """Decide with one locking SELECT, one look-up per table and one flush."""
    moment, batch = now(), uuid.uuid4().hex
    with Session(job.store.engine, autoflush=False) as session:
        chosen = select(PlainClaim).where(Claim.id.in_(job.ids), Claim.status == ClaimStatus.DECLARED)
        claims: list[Any] = list(session.scalars(chosen.order_by(Claim.id).with_for_update()))
        people = {claim.person_id for claim in claims}
        table: Any = PlainSummary
        stored: list[Any] = list(session.scalars(select(PlainSummary).where(table.person_id.in_(people))))
        summaries = {(summary.person_id, summary.credit_year): summary for summary in stored}
        accounts = select(Account.person_id, Account.id).where(Account.person_id.in_(people))
        recipients: dict[Any, Any] = dict(session.execute(accounts).all())
        for claim in claims:
            key = (claim.person_id, claim.credit_year)
            if key not in summaries:
                summaries[key] = summary_of(session, claim, moment)
            _approve(session, job, claim, summaries[key], recipients[claim.person_id], moment, batch)
        session.commit()


def summary_of(session: Session, claim: Any, moment: datetime) -> Any:
    """Open the year summary of the person a claim or grade is about."""
    # Requirements are few: the session keeps those it has seen, but has to be asked by primary key for that.
    known = session.info.setdefault("requirements", {})
    if claim.credit_year not in known:
        wanted = select(PlainRequirement).filter_by(year=claim.credit_year, title_level_group="any")
        known[claim.credit_year] = session.scalar(wanted)
    needed = known[claim.credit_year]
    zero = Decimal(0)
    same = ("person_id", "credit_year", "employer_id", "region_code", "authority_id")
    summary = new(
        PlainSummary, **{name: getattr(claim, name) for name in same}, public_hours=zero, specialty_hours=zero,
        specialty_completions=0, required_public=needed.public_hours, required_specialty=needed.specialty_hours,
        required_total=needed.total_hours, complete=False, updated_at=moment,
    )  # fmt: skip
    session.add(summary)
    return summary


def _approve(
    session: Session, job: Job, claim: Any, summary: Any, recipient: int | None, moment: datetime, batch: str
) -> None:
    actor = job.actor
    claim.status, claim.status_since, claim.revision = ClaimStatus.APPROVED, moment, claim.revision + 1
    claim.decided_by_id, claim.decided_at, claim.awarded_hours = (
        actor.account_id,
        moment,
        claim.computed_hours,
    )
    if claim.subject == Subject.PUBLIC:
        summary.public_hours += claim.awarded_hours
    else:
        summary.specialty_hours += claim.awarded_hours
    total = summary.public_hours + summary.specialty_hours
    summary.complete = (
        summary.public_hours >= summary.required_public
        and summary.specialty_hours >= summary.required_specialty
        and total >= summary.required_total
    )
    summary.updated_at = moment
    same = ("person_id", "employer_id", "region_code", "authority_id", "credit_year", "subject",
            "completes_specialty_year", "rule_code", "rule_version")  # fmt: skip
    session.add_all([
        new(PlainJournal, moment=moment, actor_id=actor.account_id, actor_organization_id=actor.organization_id,
            on_behalf_of_id=claim.person_id, object_type="claim", object_id=claim.id, action="approve",
            from_status="declared", to_status="approved", details={}, batch_id=batch),
        new(PlainEntry, **{name: getattr(claim, name) for name in same}, kind=EntryKind.POSTING,
            hours=claim.awarded_hours, source_type=SourceType.CLAIM, source_id=claim.id, round=0,
            posted_by_id=actor.account_id, posted_at=moment),
        new(PlainNotice, account_id=recipient, title=f"申报已认定通过：{claim.title}", body="",
            link=f"/admin/claim/details/?id={claim.id}", created_at=moment),
    ])  # fmt: skip


CASE = Case(
    "approve_10000",
    "approve",
    ClaimStatus.DECLARED,
    Claim.approver_id,
    PLAN,
    bare,
    {"orm_loop_one_transaction": orm_loop, "orm_one_flush": orm_flush},
)
