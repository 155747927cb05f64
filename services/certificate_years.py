"""What person-years are to who issues certificates: 齐全, 未齐, 已发, 已撤销; as conditions of a list and for its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, not_, select

from models import Certificate, YearSummary
from models.enums import CertificateStatus, YearState
from permissions.wall import unscoped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

certificate = Certificate.__table__.c
"""Plain columns: a certificate an earlier employer issued counts too, though one does not see it."""


@dataclass(frozen=True, slots=True)
class CertificateOfYear:
    """The latest certificate of a person-year.

    Attributes:
        number: empty where another employer issued it.
        valid: or revoked.
        print_count: how often it was printed.
        reason: why it was revoked.
    """

    number: str
    valid: bool
    print_count: int
    reason: str | None


def state_of(summary: YearSummary, latest: CertificateOfYear | None) -> YearState:
    """Return the state of a person-year whose latest certificate is known."""
    if latest is not None and latest.valid:
        return YearState.ISSUED
    if summary.complete:
        return YearState.READY
    return YearState.LACKING if latest is None else YearState.REVOKED


def condition(state: YearState) -> ColumnElement[bool]:
    """Return the SQL expression of a state, for a list of year summaries."""
    of_year = (
        certificate.person_id == YearSummary.person_id,
        certificate.credit_year == YearSummary.credit_year,
    )
    valid = exists().where(*of_year, certificate.status == CertificateStatus.VALID)
    revoked = exists().where(*of_year, certificate.status == CertificateStatus.REVOKED)
    incomplete = and_(not_(valid), YearSummary.complete.is_(False))
    return {
        YearState.ISSUED: valid,
        YearState.READY: and_(not_(valid), YearSummary.complete.is_(True)),
        YearState.REVOKED: and_(incomplete, revoked),
        YearState.LACKING: and_(incomplete, not_(revoked)),
    }[state]


def latest_certificates(
    session: Session, summaries: Iterable[YearSummary]
) -> dict[int, CertificateOfYear | None]:
    """Return the latest certificate of each person-year, by key of the summary, in one statement."""
    rows = list(summaries)
    with unscoped(session, "whether a year has a certificate, of people the actor sees"):
        found = session.execute(
            select(
                certificate.person_id, certificate.credit_year, certificate.employer_id, certificate.number,
                certificate.status, certificate.print_count, certificate.revoked_reason,
            )
            .where(
                certificate.person_id.in_({row.person_id for row in rows}),
                certificate.credit_year.in_({row.credit_year for row in rows}),
            )
            .order_by(certificate.id)  # a later one replaces an earlier one, which is revoked
        )  # fmt: skip
        by_year = {(row.person_id, row.credit_year): row for row in found}
    latest: dict[int, CertificateOfYear | None] = {}
    for row in rows:
        one = by_year.get((row.person_id, row.credit_year))
        latest[row.id] = one and CertificateOfYear(
            one.number if one.employer_id == row.employer_id else "",
            one.status is CertificateStatus.VALID,
            one.print_count,
            one.revoked_reason,
        )
    return latest
