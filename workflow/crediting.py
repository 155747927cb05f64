"""Hours put into the ledger by what earns them, a claim or a grade, and taken back: set-based, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, and_, func, insert, literal, null, select, true

from models import Certificate, Claim, Grade, LedgerEntry
from models.enums import EntryKind, GradeResult, Revocation, SourceType, Subject
from workflow import postings
from workflow.revoking import revoke_certificates

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Select, Table

    from workflow.core import Firing

    Effect = Callable[[Firing, Select[int]], None]

claim, grade, certificate = Claim.__table__.c, Grade.__table__.c, Certificate.__table__.c

COMPLETES = and_(
    claim.completes_specialty_year.is_(True),
    claim.subject == Subject.SPECIALTY,
    claim.awarded_hours == claim.computed_hours,
)
"""An approved claim completes the specialty year where its rule says so and the approver took nothing away."""


@dataclass(frozen=True, slots=True)
class Source:
    """Something hours stem from: its rows carry person, employer, region, authority, year and subject of that time.

    Attributes:
        type: what the ledger calls it.
        table: its table.
        hours: the column that says how many.
        earns: which of its rows earn any.
        columns: what else the ledger notes, by column of the ledger.
    """

    type: SourceType
    table: Table
    hours: ColumnElement[Any]
    earns: ColumnElement[bool]
    columns: tuple[tuple[str, ColumnElement[Any]], ...]


CLAIMS = Source(
    SourceType.CLAIM, Claim.__table__, claim.awarded_hours, true(),
    (("completes_specialty_year", COMPLETES), ("rule_code", claim.rule_code),
     ("rule_version", claim.rule_version)),
)  # fmt: skip
GRADES = Source(
    SourceType.GRADE, Grade.__table__, grade.hours, grade.result != GradeResult.FAILED,
    (("completes_specialty_year", literal(value=False)), ("rule_code", null()), ("rule_version", null())),
)  # fmt: skip
OF_THE_TIME = ("person_id", "employer_id", "region_code", "authority_id", "credit_year", "subject")


def post_hours(source: Source) -> Effect:
    """Return an effect that posts the hours of rows to the ledger and the year summaries."""
    row, table = source.table.c, source.table

    def effect(firing: Firing, chosen: Select[int]) -> None:
        earlier = LedgerEntry.__table__.alias("earlier")
        rounds = (
            select(earlier.c.source_id, func.count().label("number"))
            .where(
                earlier.c.source_type == source.type,
                earlier.c.kind == EntryKind.REVERSAL,
                earlier.c.source_id.in_(chosen),
            )
            .group_by(earlier.c.source_id)
            .subquery("rounds")
        )
        values: dict[str, Any] = {name: row[name] for name in OF_THE_TIME}
        values |= {
            "kind": literal(EntryKind.POSTING.value),
            "hours": source.hours,
            **dict(source.columns),
            "source_type": literal(source.type.value),
            "source_id": row.id,
            "round": func.coalesce(rounds.c.number, 0),
            "posted_by_id": literal(firing.actor.account_id, BigInteger),
            "posted_at": literal(firing.moment, LedgerEntry.posted_at.type),
        }
        posted = (
            select(*values.values())
            .select_from(table.outerjoin(rounds, rounds.c.source_id == row.id))
            .where(row.id.in_(chosen), source.earns)
        )
        firing.session.execute(insert(LedgerEntry).from_select(list(values), posted))
        postings.add_to_summaries(firing, source.type, chosen, EntryKind.POSTING)

    return effect


def reverse_hours(source: Source) -> Effect:
    """Return an effect that posts the negative of the last posting of rows and revokes certificates that no longer hold."""

    def effect(firing: Firing, chosen: Select[int]) -> None:
        entry = LedgerEntry.__table__.alias("posted").c
        reversal = LedgerEntry.__table__.alias("reversal").c
        names = (*OF_THE_TIME, "completes_specialty_year", "source_type", "source_id", "round", "rule_code",
                 "rule_version")  # fmt: skip
        values: dict[str, Any] = {name: entry[name] for name in names}
        values |= {
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
            entry.source_type == source.type,
            entry.source_id.in_(chosen),
            entry.kind == EntryKind.POSTING,
            entry.id.not_in(reversed_already),
        )
        firing.session.execute(
            insert(LedgerEntry).from_select(list(values), select(*values.values()).where(unreversed))
        )
        postings.add_to_summaries(firing, source.type, chosen, EntryKind.REVERSAL)
        _revoke_certificates(firing, source, chosen)

    return effect


def _revoke_certificates(firing: Firing, source: Source, chosen: Select[int]) -> None:
    row = source.table.c
    affected = select(row.id).where(
        row.id.in_(chosen),
        row.person_id == certificate.person_id,
        row.credit_year == certificate.credit_year,
    )
    fallen = and_(
        affected.correlate(Certificate.__table__).exists(),
        postings.incomplete(certificate.person_id, certificate.credit_year, Certificate.__table__),
    )
    revoke_certificates(firing, fallen, Revocation.HOURS, firing.reason or "审批由办理人撤回")
