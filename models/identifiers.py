"""Identifiers of people and organisations: cleaning what was typed, and making synthetic ones.

Sources: GB 11643 (citizen id), GB 11714 (organisation code), GB 32100 (unified social credit code), ISO 7064
(check characters). Every refusal is an :class:`IdentifierError` whose text can be shown beside the field.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

from email_validator import EmailNotValidError, validate_email
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

CITIZEN_ID_LENGTH = 18
OLD_CITIZEN_ID_LENGTH = 15
EARLIEST_BIRTH_YEAR = 1900
CREDIT_CODE_LENGTH = 18
CHINA_OFFSET = timedelta(hours=8)  # China keeps one time, without summer time

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # full-width forms of ASCII ! to ~
_INVISIBLE = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])  # come along when copied from a web page
_HYPHENS = dict.fromkeys([0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212], "-")
_SHORT_CODE = re.compile(r"([0-9A-Z]{8})-?([0-9A-Z])")
_SHORT_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
_LONG_CODE = re.compile(
    r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII
)  # GB 32100: no I O S V Z


class IdentifierError(ValueError):
    """What was typed is not such an identifier; the text is a Chinese sentence for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class OrganizationCode(NamedTuple):
    """An organisation's code: ``short`` (GB 11714, nine characters) is the key, ``long`` the credit code if given."""

    short: str
    long: str | None


def clean_citizen_id(text: str, *, today: date | None = None) -> str:
    """Return the 18 characters of a citizen id as they are stored.

    The area code is not looked up: codes are withdrawn and people keep theirs for life.

    Args:
        text: what was typed; spaces, full-width characters and a small x are put right.
        today: the date a birth may not lie after; the date in China when left out.

    Raises:
        IdentifierError: wrong length, characters, date or check digit (GB 11643).
    """
    number = _compact(text)
    if not number:
        raise IdentifierError("请填写身份证号")
    if len(number) == OLD_CITIZEN_ID_LENGTH:
        raise IdentifierError("15 位的旧身份证号已停止使用，请填写 18 位身份证号")
    if len(number) != CITIZEN_ID_LENGTH:
        raise IdentifierError(f"身份证号应为 18 位，现在是 {len(number)} 位，请对照证件核对")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise IdentifierError("身份证号的前 17 位只能是数字，最后一位只能是数字或 X，请对照证件核对")
    today = today or (datetime.now(UTC) + CHINA_OFFSET).date()
    try:
        birth = birth_date_of(number)
    except ValueError:
        raise IdentifierError(f"身份证号第 7 至 14 位“{number[6:14]}”不是一个日期，请对照证件核对") from None
    if birth.year < EARLIEST_BIRTH_YEAR:
        raise IdentifierError(f"身份证号里的出生日期 {birth} 早于 {EARLIEST_BIRTH_YEAR} 年，请对照证件核对")
    if birth > today:
        raise IdentifierError(f"身份证号里的出生日期 {birth} 还没有到，请对照证件核对")
    if number[-1] != mod_11_2.calc_check_digit(number[:-1]):
        raise IdentifierError("身份证号的最后一位（校验码）与前 17 位不符，请逐位对照证件核对")
    return number


def birth_date_of(citizen_id: str) -> date:
    """Return the birth date inside a cleaned citizen id; raises ``ValueError`` where there is none."""
    return date(int(citizen_id[6:10]), int(citizen_id[10:12]), int(citizen_id[12:14]))


def sex_of(citizen_id: str) -> Literal["1", "2"]:
    """Return the sex inside a cleaned citizen id, coded by GB/T 2261.1: 1 male (odd 17th digit), 2 female."""
    return "1" if int(citizen_id[16]) % 2 else "2"


def mask_citizen_id(citizen_id: str) -> str:
    """Return ``4101**********1234``; anything of another length is hidden altogether."""
    if len(citizen_id) != CITIZEN_ID_LENGTH:
        return "*" * len(citizen_id)
    return f"{citizen_id[:4]}{'*' * 10}{citizen_id[-4:]}"


def make_citizen_id(area: str, birth: date, sequence: int) -> str:
    """Make the citizen id of a synthetic person.

    Args:
        area: six digits of GB/T 2260.
        birth: date of birth.
        sequence: 0 to 999, odd for a man and even for a woman.

    Raises:
        ValueError: the area or the sequence has another form.
    """
    if not re.fullmatch(r"[0-9]{6}", area) or sequence not in range(1000):
        raise ValueError("an area has six digits, a sequence lies between 0 and 999")
    body = f"{area}{birth:%Y%m%d}{sequence:03d}"
    return body + str(mod_11_2.calc_check_digit(body))


def clean_organization_code(text: str) -> OrganizationCode:
    """Return the organisation meant by a nine-character code or an eighteen-character credit code.

    Characters 9 to 17 of a credit code are the organisation's GB 11714 code, so both name the same organisation.

    Args:
        text: what was typed; spaces, full-width characters, small letters and a hyphen are put right.

    Raises:
        IdentifierError: wrong length, characters or check character.
    """
    code = _compact(text).translate(_HYPHENS)
    if not code:
        raise IdentifierError("请填写组织机构代码")
    if len(code) == CREDIT_CODE_LENGTH:
        return _from_credit_code(code)
    if (match := _SHORT_CODE.fullmatch(code)) is None:
        raise IdentifierError(
            "组织机构代码应为 9 位（数字或大写字母，最后一位前可有“-”），或填写 18 位统一社会信用代码，请对照证书核对"
        )
    body, check = match.groups()
    if check != _short_check(body):
        raise IdentifierError("组织机构代码的最后一位（校验码）与前 8 位不符，请逐位对照证书核对")
    return OrganizationCode(body + check, None)


def make_organization_code(sequence: int) -> str:
    """Make the nine-character code of a synthetic organisation from a number between 0 and 99 999 999."""
    if sequence not in range(10**8):
        raise ValueError("a sequence lies between 0 and 99 999 999")
    body = f"{sequence:08d}"
    return body + _short_check(body)


def make_credit_code(short: str, region: str = "410000", kind: str = "12") -> str:
    """Make the credit code of a synthetic organisation.

    Args:
        short: its nine-character code.
        region: six digits of GB/T 2260.
        kind: registering department and category; 12 is a public institution (事业单位).
    """
    body = f"{kind}{region}{short}"
    return body + str(uscc.calc_check_digit(body))


def clean_mobile(text: str) -> str:
    """Return a mobile number as eleven digits; +86, spaces and hyphens are taken off.

    Raises:
        IdentifierError: it has not eleven digits beginning with 1.
    """
    number = re.sub(r"^(\+|00)86", "", _compact(text).translate(_HYPHENS).replace("-", ""))
    if not re.fullmatch(r"1[0-9]{10}", number):
        raise IdentifierError("手机号应为以 1 开头的 11 位数字，请核对后重新填写")
    return number


def clean_email(text: str) -> str:
    """Return an e-mail address in its normal form, without asking the network about its domain.

    Raises:
        IdentifierError: it is no address.
    """
    try:
        return validate_email(text.strip().translate(_FULL_WIDTH), check_deliverability=False).normalized
    except EmailNotValidError:
        raise IdentifierError("电子邮箱的格式不对，应像 name@example.com，请核对后重新填写") from None


def _compact(text: str) -> str:
    return "".join(text.translate(_FULL_WIDTH).translate(_INVISIBLE).split()).upper()


def _from_credit_code(code: str) -> OrganizationCode:
    if not _LONG_CODE.fullmatch(code):
        raise IdentifierError(
            "统一社会信用代码只能用数字和大写字母（没有 I、O、S、V、Z），第 3 至 8 位只能是数字，请对照证书核对"
        )
    if code[-1] != uscc.calc_check_digit(code[:-1]):
        raise IdentifierError("统一社会信用代码的最后一位（校验码）与前 17 位不符，请逐位对照证书核对")
    short = code[8:17]
    if short[-1] != _short_check(short[:-1]):
        raise IdentifierError(
            f"统一社会信用代码第 9 至 17 位“{short}”不是有效的组织机构代码（校验码不符），请逐位对照证书核对"
        )
    return OrganizationCode(short, code)


def _short_check(body: str) -> str:
    total = sum(int(character, 36) * weight for character, weight in zip(body, _SHORT_WEIGHTS, strict=True))
    return "0123456789X"[-total % 11]
