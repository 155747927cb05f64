"""查验码: what an earlier answer said, told from the code alone."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import CertificateStatus
from services import check_code
from services.check_code import Check

MOMENT = dt.datetime(2026, 11, 24, 4, 5, 6, tzinfo=dt.UTC)
GIVEN = Check(4711, MOMENT, CertificateStatus.VALID, named=True)


@given(
    st.integers(1, 2**32 - 1),
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    st.sampled_from([None, *CertificateStatus]),
    st.booleans(),
)
def test_a_code_says_what_was_answered(key, moment, status, named):
    check = Check(key, moment.replace(microsecond=0), status, named)
    assert check_code.read(check_code.write(check)) == check


def test_a_code_can_be_typed_from_paper():
    code = check_code.write(GIVEN)
    assert [len(group) for group in code.split("-")] == [4] * 6
    for typed in (
        code.lower(),
        code.replace("-", ""),
        f" {code.replace('-', ' ')} ",
        code.translate({79: "0", 73: "1"}),
    ):
        assert check_code.read(typed) == GIVEN, typed


def test_no_other_character_makes_a_code():
    code = check_code.write(GIVEN)
    for place, character in enumerate(code):
        if character != "-":
            other = "A" if character != "A" else "Q"
            assert check_code.read(f"{code[:place]}{other}{code[place + 1 :]}") is None, place


@pytest.mark.parametrize("text", ["", "A", "AAAA-" * 6, "长" * 24, "9" * 24, "A" * 5000])
def test_what_is_no_code_is_none(text):
    assert check_code.read(text) is None
