"""The certificate number survives how people type it and refuses every wrong character."""

import pytest
from stdnum.iso7064 import mod_11_2

from services.certificate_number import make_number, parse_number

NUMBERS = [
    (2025, "410100", 123, "豫继教20254101000001238"),
    (2025, "410100", 18, "豫继教2025410100000018X"),
    (1998, "419001", 999_999, None),
    (2027, "410000", 1, None),
]
# Other digits, the check character X, letters, other prefixes, lookalikes and digits of other scripts.
REPLACEMENTS = "0123456789XAOIl豫继教繼予-.١²〇"


@pytest.mark.parametrize(("year", "region_code", "serial", "expected"), NUMBERS)
def test_a_number_says_year_region_and_serial(year, region_code, serial, expected):
    number = make_number(year, region_code, serial)
    assert parse_number(number) == (year, region_code, serial)
    assert expected in {None, number}
    assert len(number) == 20


def test_the_check_character_is_iso_7064_mod_11_2():
    assert mod_11_2.is_valid(make_number(2025, "410100", 123).removeprefix("豫继教"))


@pytest.mark.parametrize(
    "typed",
    [
        "豫继教2025410100000018X",
        "豫继教2025410100000018x",
        "  豫继教 2025 410100 000018 X\n",
        "豫继教\u30002025\u3000410100\u3000000018\u3000\uff38",
        "豫继教２０２５４１０１００００００１８ｘ",
        "豫 继 教2025410100000018X",
        "2025410100000018X",
        "2025 4101 0000 0018 x",
        "证书编号：豫继教2025410100000018X",
        "编号 豫继教2025410100000018X",
        "证书编号:2025410100000018X",
    ],
)
def test_spaces_full_width_lower_case_a_label_and_no_prefix_are_understood(typed):
    assert parse_number(typed) == (2025, "410100", 18)


@pytest.mark.parametrize("arguments", [row[:3] for row in NUMBERS])
def test_any_single_changed_character_is_refused(arguments):
    number = make_number(*arguments)
    changed = {
        number[:place] + other + number[place + 1 :]
        for place, character in enumerate(number)
        for other in REPLACEMENTS
        if other != character
    }
    assert [text for text in changed if parse_number(text) is not None] == []


@pytest.mark.parametrize("arguments", [row[:3] for row in NUMBERS])
def test_swapped_neighbours_and_a_lost_or_doubled_character_are_refused(arguments):
    number = make_number(*arguments)
    places = range(len(number))
    wrong = {number[:p] + number[p + 1 : p + 2] + number[p] + number[p + 2 :] for p in places[:-1]}
    wrong |= {number[:p] + number[p + 1 :] for p in places}
    wrong |= {number[:p] + number[p] + number[p:] for p in places}
    assert [text for text in wrong - {number} if parse_number(text) is not None] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "豫继教",
        "证书编号：",
        "2025410100000018",
        "豫2025410100000018X",
        "姓名：2025410100000018X",
        "豫继教0000410100000018X",
        "x" * 10_000,
    ],
)
def test_what_is_no_number_is_refused(text):
    assert parse_number(text) is None


def test_a_number_with_serial_zero_is_refused_though_its_check_character_is_right():
    digits = "2025410100000000"
    assert parse_number(f"豫继教{digits}{mod_11_2.calc_check_digit(digits)}") is None


@pytest.mark.parametrize(
    "arguments",
    [
        (25, "410100", 1),
        (20250, "410100", 1),
        (2025, "4101", 1),
        (2025, "41010A", 1),
        (2025, "\uff14\uff11\uff10\uff11\uff10\uff10", 1),
        (2025, "410100", 0),
        (2025, "410100", -1),
        (2025, "410100", 1_000_000),
    ],
)
def test_what_does_not_fit_its_places_gets_no_number(arguments):
    with pytest.raises(ValueError, match=r"year|region code|serial"):
        make_number(*arguments)
