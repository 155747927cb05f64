"""Identifiers: what is accepted, what is refused, and in which words. Everybody here is invented."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.identifiers import (
    IdentifierError,
    OrganizationCode,
    birth_date_of,
    clean_citizen_id,
    clean_email,
    clean_mobile,
    clean_organization_code,
    make_citizen_id,
    make_credit_code,
    make_organization_code,
    mask_citizen_id,
    sex_of,
)

TODAY = date(2026, 6, 1)
WOMAN = make_citizen_id("410105", date(1985, 2, 28), 24)
WITH_X = next(
    number
    for number in (make_citizen_id("410105", date(1985, 2, 28), n) for n in range(99))
    if number[-1] == "X"
)
SHORT = make_organization_code(41000001)
LONG = make_credit_code(SHORT)

citizen_ids = st.builds(
    make_citizen_id,
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)
short_codes = st.builds(make_organization_code, st.integers(0, 99_999_999))


def full_width(text: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def with_digit(number: str, position: int, digit: str) -> str:
    return number[:position] + digit + number[position + 1 :]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (WOMAN, WOMAN),
        (f" {WOMAN[:6]} {WOMAN[6:14]}\t{WOMAN[14:]}\n", WOMAN),
        (f"\u3000{WOMAN}\ufeff", WOMAN),
        (WITH_X.lower(), WITH_X),
        (full_width(WITH_X), WITH_X),
        (make_citizen_id("999999", date(2000, 2, 29), 1), make_citizen_id("999999", date(2000, 2, 29), 1)),
    ],
    ids=["plain", "spaces", "invisible", "small x", "full width", "unknown area on a leap day"],
)
def test_a_citizen_id_is_put_right(typed, stored):
    assert clean_citizen_id(typed, today=TODAY) == stored


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写身份证号"),
        ("410105850228243", "15 位的旧身份证号"),
        (WOMAN[:-1], "应为 18 位，现在是 17 位"),
        ("4.1E+17", "应为 18 位"),
        (WOMAN[:5] + "A" + WOMAN[6:], "只能是数字"),
        (WOMAN[:-1] + "A", "最后一位只能是数字或 X"),
        ("٤" * 18, "只能是数字"),
        (WOMAN[:6] + "19850230" + WOMAN[14:], "“19850230”不是一个日期"),
        (WOMAN[:6] + "00000101" + WOMAN[14:], "不是一个日期"),
        (make_citizen_id("410105", date(1899, 12, 31), 1), "早于 1900 年"),
        (make_citizen_id("410105", date(2026, 6, 2), 1), "还没有到"),
        (with_digit(WOMAN, 17, "0" if WOMAN[17] != "0" else "1"), "校验码"),
    ],
)
def test_a_citizen_id_is_refused_with_the_mistake_named(typed, words):
    with pytest.raises(IdentifierError, match=words) as refusal:
        clean_citizen_id(typed, today=TODAY)
    assert refusal.value.sentence == str(refusal.value)


def test_somebody_born_today_has_a_citizen_id():
    assert clean_citizen_id(make_citizen_id("410105", TODAY, 1), today=TODAY)


def test_a_birth_next_century_is_refused_by_the_clock_itself():
    with pytest.raises(IdentifierError, match="还没有到"):
        clean_citizen_id(make_citizen_id("410105", date(2126, 1, 1), 1))


@given(citizen_ids)
def test_every_made_citizen_id_is_accepted(number):
    assert clean_citizen_id(number, today=TODAY) == number


@given(citizen_ids, st.integers(0, 17), st.sampled_from("0123456789"))
def test_a_citizen_id_with_one_changed_digit_is_refused(number, position, digit):
    if number[position] != digit:
        with pytest.raises(IdentifierError):
            clean_citizen_id(with_digit(number, position, digit), today=TODAY)


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999))
def test_birth_and_sex_are_read_back(birth, sequence):
    number = make_citizen_id("410105", birth, sequence)
    assert birth_date_of(number) == birth
    assert sex_of(number) == ("1" if sequence % 2 else "2")


def test_a_mask_leaves_four_characters_on_either_side():
    assert mask_citizen_id("410105198502282413") == "4101**********2413"
    assert mask_citizen_id("4101051") == "*******"
    assert mask_citizen_id("") == ""


@pytest.mark.parametrize(("area", "sequence"), [("4101", 1), ("41010a", 1), ("410105", 1000), ("410105", -1)])
def test_no_citizen_id_is_made_of_wrong_parts(area, sequence):
    with pytest.raises(ValueError, match="six digits"):
        make_citizen_id(area, date(1980, 1, 1), sequence)


@pytest.mark.parametrize(
    ("typed", "short", "long"),
    [
        (SHORT, SHORT, None),
        (f"{SHORT[:8]}-{SHORT[8]}", SHORT, None),
        (full_width(f"{SHORT[:8]}-{SHORT[8]}"), SHORT, None),
        (f"{SHORT[:8]}\u2013{SHORT[8]}", SHORT, None),
        (f" {SHORT.lower()} ", SHORT, None),
        ("D2143569X", "D2143569X", None),  # worked through by hand with the weights of GB 11714
        ("d2143569-x", "D2143569X", None),
        (LONG, SHORT, LONG),
        (LONG.lower(), SHORT, LONG),
        (f"{LONG[:9]} {LONG[9:]}", SHORT, LONG),
    ],
)
def test_short_and_long_codes_name_the_same_organisation(typed, short, long):
    assert clean_organization_code(typed) == OrganizationCode(short, long)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "请填写组织机构代码"),
        ("12345", "应为 9 位"),
        (f"{SHORT[:7]}-{SHORT[7:]}", "应为 9 位"),
        ("机构代码一二三四五", "应为 9 位"),
        (with_digit(SHORT, 8, "0" if SHORT[8] != "0" else "1"), "与前 8 位不符"),
        (LONG[:10] + "O" + LONG[11:], "没有 I、O、S、V、Z"),
        (LONG[:2] + "A" + LONG[3:], "第 3 至 8 位只能是数字"),
        (with_digit(LONG, 17, "0" if LONG[17] != "0" else "1"), "与前 17 位不符"),
        (make_credit_code(with_digit(SHORT, 0, "9")), "不是有效的组织机构代码"),
    ],
)
def test_an_organisation_code_is_refused_with_the_mistake_named(typed, words):
    with pytest.raises(IdentifierError, match=words):
        clean_organization_code(typed)


@given(short_codes)
def test_every_made_organisation_code_is_accepted(short):
    long = make_credit_code(short)
    assert clean_organization_code(short) == OrganizationCode(short, None)
    assert clean_organization_code(long) == OrganizationCode(short, long)


@given(short_codes, st.integers(0, 8), st.sampled_from("0123456789"))
def test_an_organisation_code_with_one_changed_digit_is_refused(short, position, digit):
    if short[position] != digit:
        with pytest.raises(IdentifierError):
            clean_organization_code(with_digit(short, position, digit))


@given(short_codes, st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"))
def test_a_credit_code_with_one_changed_character_is_refused(short, position, character):
    long = make_credit_code(short)
    if long[position] != character:
        with pytest.raises(IdentifierError):
            clean_organization_code(with_digit(long, position, character))


@pytest.mark.parametrize("sequence", [-1, 100_000_000])
def test_no_organisation_code_is_made_of_a_number_with_more_than_eight_digits(sequence):
    with pytest.raises(ValueError, match="99 999 999"):
        make_organization_code(sequence)


@pytest.mark.parametrize(
    "typed", ["13800000000", "138 0000 0000", "138-0000-0000", "+86 13800000000", full_width("13800000000")]
)
def test_a_mobile_number_is_put_right(typed):
    assert clean_mobile(typed) == "13800000000"


@pytest.mark.parametrize(
    "typed", ["", "1380000000", "138000000000", "23800000000", "1380000000a", "037165900000"]
)
def test_a_mobile_number_of_another_form_is_refused(typed):
    with pytest.raises(IdentifierError, match="手机号应为以 1 开头的 11 位数字"):
        clean_mobile(typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" someone@Example.COM ", "someone@example.com"),
        (full_width("someone@example.com"), "someone@example.com"),
    ],
)
def test_an_email_address_is_put_right(typed, stored):
    assert clean_email(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "someone", "someone@", "@example.com", "a b@example.com", "a@b@example.com"]
)
def test_an_email_address_of_another_form_is_refused(typed):
    with pytest.raises(IdentifierError, match="电子邮箱的格式不对"):
        clean_email(typed)
