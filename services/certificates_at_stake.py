"""How many valid certificates would fall with a decision, for whoever is about to take it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from models import Certificate, LedgerEntry, PersonCorrection, YearSummary
from models.enums import CertificateStatus
from models.types import whole_tenths
from permissions.wall import unscoped
from workflow.postings import FIGURES, is_complete, totals
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from workflow.crediting import Source

certificate, summary, entry = Certificate.__table__.c, YearSummary.__table__.c, LedgerEntry.__table__.c
WHY = "a certificate falls whoever issued it; only their number is told"


def with_hours(session: Session, source: Source, ids: Sequence[int]) -> int:
    """Return how many certificates would no longer hold without the hours of these claims or grades."""
    with unscoped(session, WHY):
        taken = totals(
            and_(entry.source_type == source.type, entry.source_id.in_(keys(session, ids)))
        ).subquery("taken")
        left = {name: whole_tenths(summary[name] - taken.c[name]) for name in FIGURES}
        of_year = and_(
            summary.person_id == certificate.person_id, summary.credit_year == certificate.credit_year
        )
        fallen = (
            select(func.count())
            .select_from(Certificate.__table__)
            .join(YearSummary.__table__, of_year)
            .join(
                taken,
                and_(taken.c.person_id == summary.person_id, taken.c.credit_year == summary.credit_year),
            )
            .where(certificate.status == CertificateStatus.VALID, ~is_complete(figures=left))
        )
        return session.scalar(fallen) or 0


def with_corrections(session: Session, ids: Sequence[int]) -> int:
    """Return how many certificates were issued under the name and id that these corrections put right."""
    people = select(PersonCorrection.person_id).where(PersonCorrection.id.in_(keys(session, ids)))
    with unscoped(session, WHY):
        return _of(session, certificate.person_id.in_(people))


def of_person(session: Session, person_id: int) -> int:
    """Return how many certificates of a person are valid."""
    with unscoped(session, WHY):
        return _of(session, certificate.person_id == person_id)


def _of(session: Session, condition: ColumnElement[bool]) -> int:
    valid = select(func.count()).where(condition, certificate.status == CertificateStatus.VALID)
    return session.scalar(valid) or 0
