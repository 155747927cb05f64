"""What a person-year still lacks, in words (product §5)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.certificate_pdf import hours_text

if TYPE_CHECKING:
    from models import YearSummary

NOTHING = Decimal(0)


def shortfall(summary: YearSummary) -> list[str]:
    """Return what is missing for a complete year, as in ``公需 差 6 学时``; empty where nothing is.

    The total is named only for what it lacks beyond the two subjects: who makes these up needs no more.
    """
    completed = summary.specialty_completions > 0
    counted = (
        max(summary.specialty_hours, summary.required_specialty) if completed else summary.specialty_hours
    )
    public = max(NOTHING, summary.required_public - summary.public_hours)
    specialty = max(NOTHING, summary.required_specialty - counted)
    total = summary.required_total - summary.public_hours - counted - public - specialty
    gaps = (("公需", public), ("专业", specialty), ("总学时还", total))
    return [f"{label} 差 {hours_text(gap)} 学时" for label, gap in gaps if gap > NOTHING]
