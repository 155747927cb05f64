"""What a person-year lacks, in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models import YearSummary
from services.years import shortfall


@pytest.mark.parametrize(
    ("public", "specialty", "completions", "sentences"),
    [
        (30, 60, 0, []),
        (24, 60, 0, ["公需 差 6 学时"]),
        (30, "59.5", 0, ["专业 差 0.5 学时"]),
        (0, 0, 0, ["公需 差 30 学时", "专业 差 60 学时"]),
        (100, 0, 0, ["专业 差 60 学时"]),
        (30, 0, 1, []),
        (0, 200, 0, ["公需 差 30 学时"]),
    ],
)
def test_what_is_missing_is_named_by_subject(public, specialty, completions, sentences):
    summary = YearSummary(
        public_hours=Decimal(public), specialty_hours=Decimal(specialty), specialty_completions=completions,
        required_public=Decimal(30), required_specialty=Decimal(60), required_total=Decimal(90),
    )  # fmt: skip
    assert shortfall(summary) == sentences


@pytest.mark.parametrize(("total", "sentences"), [(64, []), (50, ["总学时还 差 14 学时"])])
def test_a_year_with_only_a_total_names_the_total(total, sentences):
    summary = YearSummary(
        public_hours=Decimal(0), specialty_hours=Decimal(total), specialty_completions=0,
        required_public=Decimal(0), required_specialty=Decimal(0), required_total=Decimal(64),
    )  # fmt: skip
    assert shortfall(summary) == sentences
