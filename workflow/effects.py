"""What a transition does besides changing the status: set-based statements in the same transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, cast, func, insert, literal, select, update

from models import Account, Certificate, Claim, LedgerEntry, Notice, Organization, Person
from models.enums import (
    AccountStatus,
    CertificateStatus,
    EntryKind,
    OrganizationStatus,
    PersonState,
    SourceType,
    UserType,
)
from workflow import postings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Select

    from workflow.core import Firing

claim, account, certificate = Claim.__table__.c, Account.__table__.c, Certificate.__table__.c


def post_hours(firing: Firing, chosen: Select[int]) -> None:
    """Post the awarded hours of claims to the ledger and the year summaries."""
    earlier = LedgerEntry.__table__.alias("earlier")
    rounds = (
        select(earlier.c.source_id, func.count().label("number"))
        .where(
            earlier.c.source_type == SourceType.CLAIM,
            earlier.c.kind == EntryKind.REVERSAL,
            earlier.c.source_id.in_(chosen),
        )
        .group_by(earlier.c.source_id)
        .subquery("rounds")
    )
    row: dict[str, Any] = {
        "person_id": claim.person_id,
        "employer_id": claim.employer_id,
        "region_code": claim.region_code,
        "authority_id": claim.authority_id,
        "credit_year": claim.credit_year,
        "subject": claim.subject,
        "kind": literal(EntryKind.POSTING.value),
        "hours": claim.awarded_hours,
        "completes_specialty_year": claim.completes_specialty_year,
        "source_type": literal(SourceType.CLAIM.value),
        "source_id": claim.id,
        "round": func.coalesce(rounds.c.number, 0),
        "rule_code": claim.rule_code,
        "rule_version": claim.rule_version,
        "posted_by_id": literal(firing.actor.account_id, BigInteger),
        "posted_at": literal(firing.moment, LedgerEntry.posted_at.type),
    }
    source = Claim.__table__.outerjoin(rounds, rounds.c.source_id == claim.id)
    posted = select(*row.values()).select_from(source).where(claim.id.in_(chosen))
    firing.session.execute(insert(LedgerEntry).from_select(list(row), posted))
    postings.add_to_summaries(firing, chosen, EntryKind.POSTING)


def reverse_hours(firing: Firing, chosen: Select[int]) -> None:
    """Post the negative of the last posting of each claim, and revoke certificates that no longer hold."""
    entry = LedgerEntry.__table__.alias("posted").c
    reversal = LedgerEntry.__table__.alias("reversal").c
    row: dict[str, Any] = {
        name: entry[name]
        for name in (
            "person_id", "employer_id", "region_code", "authority_id", "credit_year", "subject",
            "completes_specialty_year", "source_type", "source_id", "round", "rule_code", "rule_version",
        )
    }  # fmt: skip
    row |= {
        "kind": literal(EntryKind.REVERSAL.value),
        "hours": -entry.hours,
        "reversal_of_id": entry.id,
        "posted_by_id": literal(firing.actor.account_id, BigInteger),
        "posted_at": literal(firing.moment, LedgerEntry.posted_at.type),
    }
    reversed_already = (
        select(reversal.reversal_of_id).where(reversal.reversal_of_id.is_not(None)).correlate(None)
    )
    unreversed = and_(
        entry.source_type == SourceType.CLAIM,
        entry.source_id.in_(chosen),
        entry.kind == EntryKind.POSTING,
        entry.id.not_in(reversed_already),
    )
    firing.session.execute(
        insert(LedgerEntry).from_select(list(row), select(*row.values()).where(unreversed))
    )
    postings.add_to_summaries(firing, chosen, EntryKind.REVERSAL)
    _revoke_certificates(firing, chosen)


def _revoke_certificates(firing: Firing, chosen: Select[int]) -> None:
    affected = select(claim.id).where(
        claim.id.in_(chosen),
        claim.person_id == certificate.person_id,
        claim.credit_year == certificate.credit_year,
    )
    firing.session.execute(
        update(Certificate.__table__)
        .where(
            certificate.status == CertificateStatus.VALID,
            affected.correlate(Certificate.__table__).exists(),
            postings.incomplete(certificate.person_id, certificate.credit_year, Certificate.__table__),
        )
        .values(
            status=CertificateStatus.REVOKED,
            revoked_at=firing.moment,
            revoked_reason=f"所依据的学时认定已被撤销：{firing.reason}",
        )
    )


def activate_registration(firing: Firing, chosen: Select[int]) -> None:
    """Let the professional and the organisation behind approved accounts take part."""
    _move_applicants(firing, chosen, PersonState.IN_SERVICE, OrganizationStatus.ACTIVE)


def void_registration(firing: Firing, chosen: Select[int]) -> None:
    """Free the citizen id and the organisation code of registrations that came to nothing."""
    _move_applicants(firing, chosen, PersonState.VOID, OrganizationStatus.VOID)


def _move_applicants(
    firing: Firing, chosen: Select[int], person: PersonState, organization: OrganizationStatus
) -> None:
    people, offices = Person.__table__, Organization.__table__
    moved = (
        (people, people.c.state, PersonState.PENDING, account.person_id, {"state": person}),
        (
            offices,
            offices.c.status,
            OrganizationStatus.PENDING,
            account.organization_id,
            {"status": organization},
        ),
    )
    for table, state, pending, key, values in moved:
        behind = select(key).where(account.id.in_(chosen), key.is_not(None))
        firing.session.execute(update(table).where(table.c.id.in_(behind), state == pending).values(values))


def tell_person(verdict: str) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that puts ``verdict`` about each claim into its person's inbox."""

    def effect(firing: Firing, chosen: Select[int]) -> None:
        row = {
            "account_id": account.id,
            "title": literal(f"{verdict}：") + claim.title,
            "body": literal(firing.reason or ""),
            "link": literal("/admin/claim/details/?id=") + cast(claim.id, Notice.link.type),
            "created_at": literal(firing.moment, Notice.created_at.type),
        }
        firing.session.execute(
            insert(Notice).from_select(
                list(row),
                select(*row.values()).where(
                    claim.id.in_(chosen),
                    account.person_id == claim.person_id,
                    account.user_type == UserType.PERSON,
                    account.status == AccountStatus.ACTIVE,
                ),
            )
        )

    return effect


def tell_applicant(title: str) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that puts ``title`` into the inbox of each decided account."""

    def effect(firing: Firing, chosen: Select[int]) -> None:
        row = {
            "account_id": account.id,
            "title": literal(title),
            "body": literal(firing.reason or ""),
            "link": literal(""),
            "created_at": literal(firing.moment, Notice.created_at.type),
        }
        firing.session.execute(
            insert(Notice).from_select(list(row), select(*row.values()).where(account.id.in_(chosen)))
        )

    return effect
