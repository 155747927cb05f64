"""What a person-year still lacks, in hours and in words (product §5)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from services.certificate_pdf import hours_text

if TYPE_CHECKING:
    from models import YearSummary

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Gaps:
    """What a person-year lacks, in 学时; nothing is below zero.

    Attributes:
        public: of the public subject.
        specialty: of the specialty subject.
        rest: of the total, beyond the two subjects: who makes these up needs no more.
    """

    public: Decimal
    specialty: Decimal
    rest: Decimal


def gaps(summary: YearSummary) -> Gaps:
    """Return what is missing for a complete year."""
    completed = summary.specialty_completions > 0
    counted = (
        max(summary.specialty_hours, summary.required_specialty) if completed else summary.specialty_hours
    )
    public = max(NOTHING, summary.required_public - summary.public_hours)
    specialty = max(NOTHING, summary.required_specialty - counted)
    rest = summary.required_total - summary.public_hours - counted - public - specialty
    return Gaps(public, specialty, max(NOTHING, rest))


def shortfall(summary: YearSummary) -> list[str]:
    """Return what is missing in words, as in ``公需 差 6 学时``; empty where nothing is."""
    missing = gaps(summary)
    named = (("公需", missing.public), ("专业", missing.specialty), ("总学时还", missing.rest))
    return [f"{label} 差 {hours_text(gap)} 学时" for label, gap in named if gap > NOTHING]
