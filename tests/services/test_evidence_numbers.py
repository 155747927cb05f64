"""One number, whichever way it is written, and numbers that are none."""

from __future__ import annotations

import pytest

from services.evidence_numbers import complaint, same_number

SAME = [
    ("isbn", "9787302511618", ["978-7-302-51161-8", "ISBN 978 7 302 51161 8", "7-302-51161-6", "７３０２５１１６１６"]),
    ("doi", "10.1000/ab-12", ["10.1000/AB-12", "https://doi.org/10.1000/ab-12", "http://dx.doi.org/10.1000/AB-12",
                              "doi:10.1000/ab-12", "https://www.doi.org/10.1000/ab-12", "10.1000 / ab-12"]),
    ("patent_number", "201710601862", ["ZL 2017 1 0601862.3", "zl201710601862.3", "2017106018623", "CN201710601862",
                                       "201710601862", "ＺＬ２０１７１０６０１８６２．３", "CN ZL 2017 1 0601862.3"]),
    ("patent_number", "95115608", ["ZL95115608.X", "95115608x", "ZL 95 1 15608", "CN95115608.X", "95115608"]),
    ("patent_number", "202020000006", ["ZL202020000006.X", "202020000006"]),
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


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ZL201710601862.4", "2017106018624"),  # the check digit does not fit
        ("201710601862X", "201710601862X"),
        ("ZL95115608.1", "951156081"),
        ("CN201710601862.4", "CN2017106018624"),
        ("ZL201740601862.0", "2017406018620"),  # there is no kind 4
        ("CN107123456B", "CN107123456B"),  # what was published has a number of its own
        ("CN107123456", "CN107123456"),
        ("US 10,123,456 B2", "US10123456B2"),
        ("随便写", "随便写"),
    ],
)
def test_a_patent_that_is_no_chinese_application_is_what_is_typed_and_no_mistake(text, number):
    assert same_number("patent_number", text) == number
    assert complaint("patent_number", text) is None


def test_of_all_check_digits_one_fits():
    fitting = {
        digit
        for digit in "0123456789X"
        if same_number("patent_number", f"201710601862{digit}") == "201710601862"
    }
    assert fitting == {"3"}


def test_other_items_are_what_is_typed():
    assert complaint("certificate_number", "随便写") is None
    assert same_number("certificate_number", "ZL 1") == "ZL 1"
