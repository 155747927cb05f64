"""The hour rules in force, read from the database, and the hours they give a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models import HourRule
from services.hour_rules import ZERO, HourRuleSpec
from services.hours import HoursResult, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from sqlalchemy.orm import Session


def load_rules(session: Session, kind_code: str, year: int) -> list[HourRuleSpec]:
    """Return the rules of a claim kind for a credit year, the first to be tried first.

    Of each rule the newest version that has begun by then counts, so that a version that starts later leaves the
    years before it alone, and a rule ended by its newest version does not come back in an older one.

    Args:
        session: any session; rules are public.
        kind_code: code of the claim kind.
        year: the credit year.

    Raises:
        ValueError: a stored rule cannot be read; the Chinese sentence names rule and field.
    """
    begun = session.scalars(
        select(HourRule)
        .where(HourRule.kind_code == kind_code, HourRule.effective_from <= year)
        .order_by(HourRule.version)
    )
    newest = {row.code: row for row in begun}
    in_force = [row for row in newest.values() if row.effective_to is None or row.effective_to >= year]
    return [spec_of(row) for row in sorted(in_force, key=lambda row: (row.priority, row.code))]


def spec_of(row: HourRule) -> HourRuleSpec:
    """Return what a stored rule says; raises ``ValueError`` where its definition cannot be read."""
    return HourRuleSpec.from_mapping(
        {
            **row.definition,
            "code": row.code,
            "version": row.version,
            "kind": row.kind_code,
            "name": row.name,
            "priority": row.priority,
            "subject": row.subject,
            "effective_from": row.effective_from,
            "effective_to": row.effective_to,
            "legal_basis": row.legal_basis,
            "confirmed": row.confirmed,
        }
    )


def compute(
    session: Session,
    kind_code: str,
    items: Mapping[str, object],
    year: int,
    *,
    subject: str | None = None,
    labels: Mapping[str, str] | None = None,
    already_this_year: Decimal | int = ZERO,
) -> HoursResult:
    """Compute the hours of a claim by the rules in force.

    Args:
        session: any session.
        kind_code: code of the claim kind.
        items: the claim's items as JSON values.
        year: the credit year.
        subject: public or specialty; None takes rules of either subject.
        labels: Chinese label by item code, so that the explanation can name a missing item.
        already_this_year: 学时 of this kind that the person already has in that year, for the yearly cap.
    """
    rules = load_rules(session, kind_code, year)
    return evaluate(rules, kind_code, items, year, already_this_year, subject=subject, labels=labels)
