"""One number, whichever way it is written, and numbers that are none."""

from __future__ import annotations

import pytest

from services.evidence_numbers import complaint, same_number

SAME = [
    ("isbn", "9787302511618", ["978-7-302-51161-8", "ISBN 978 7 302 51161 8", "7-302-51161-6", "７３０２５１１６１６"]),
    ("doi", "10.1000/ab-12", ["10.1000/AB-12", "https://doi.org/10.1000/ab-12", "http://dx.doi.org/10.1000/AB-12",
                              "doi:10.1000/ab-12", "https://www.doi.org/10.1000/ab-12", "10.1000 / ab-12"]),
    ("patent_number", "2020101234567", ["ZL 2020 1 0123456.7", "zl202010123456.7", "2020101234567"]),
    ("project_number", "2026-HN-017", ["2026-HN-017"]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "number", "written"), SAME)
def test_a_number_is_one_however_it_is_written(code, number, written):
    assert {same_number(code, text) for text in written} == {number}
    assert [complaint(code, text) for text in written] == [None] * len(written)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("isbn", "随便写"),
        ("isbn", "978-7-302-51161-9"),
        ("isbn", "7-302-51161-7"),
        ("isbn", "9787302"),
        ("doi", "没有"),
        ("doi", "https://example.org/10.1000/1"),
        ("doi", "10.1000"),
    ],
)
def test_what_is_no_number_is_named_and_stays_as_typed(code, text):
    assert complaint(code, text)
    assert same_number(code, text) == text


def test_other_items_are_what_is_typed():
    assert complaint("certificate_number", "随便写") is None
    assert same_number("certificate_number", "ZL 1") == "ZL 1"
