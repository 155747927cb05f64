"""Reads the items of a claim kind: every answer is checked by the type, dictionary and limits its row names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import DictionaryItem
from models.base import today
from models.enums import ItemType
from services import evidence_numbers
from services.errors import InputError
from services.hour_rules import LONGEST_NUMBER
from services.validity import in_force

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from models import ClaimItem, ClaimKindVersion

DEFAULT_LENGTH = 200
LARGEST_NUMBER, FINEST_NUMBER = 10**9, Decimal("0.0001")
"""What a figure may be where the item names no limits; hours are computed with no more either (``services.hours``)."""
TRUE_WORDS = {"1", "y", "yes", "on", "true", "是"}
Choices = dict[str, dict[str, str]]


def choices_of(session: Session, items: Sequence[ClaimItem], *, retired: bool = False) -> Choices:
    """Return label by code for every dictionary the items name.

    Args:
        session: any session; dictionaries are public.
        items: of a claim kind.
        retired: whether entries that are no longer in force come along: what was filed, and what rules say, still names them.
    """
    codes = {item.dictionary_code for item in items if item.dictionary_code}
    rows = session.scalars(
        select(DictionaryItem)
        .where(
            DictionaryItem.dictionary_code.in_(codes),
            *(() if retired else (in_force(DictionaryItem),)),
        )
        .order_by(DictionaryItem.dictionary_code, DictionaryItem.position)
    )
    choices: Choices = {code: {} for code in codes}
    for row in rows:
        choices[row.dictionary_code][row.code] = row.label
    return choices


def read_items(
    version: ClaimKindVersion, typed: Mapping[str, Any], choices: Choices
) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """Turn what was typed into JSON values.

    Args:
        version: the kind as it asks today, or as it asked when the claim was filed.
        typed: text (or list of texts) by item code.
        choices: from :func:`choices_of`.

    Returns:
        (values, errors, gaps): values by item code; sentences for answers that are wrong; sentences for required
        answers that are missing. A draft may have gaps but no errors.
    """
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    gaps: dict[str, str] = {}
    for item in version.items:
        try:
            value = read_item(item, typed.get(item.code), choices.get(item.dictionary_code or "", {}))
        except InputError as error:
            errors.update(error.errors)
            continue
        if value is None or value == []:
            if item.required:
                gaps[item.code] = f"请填写“{item.label}”"
        else:
            values[item.code] = value
    return values, errors, gaps


def read_item(item: ClaimItem, typed: Any, choices: Mapping[str, str]) -> Any:  # noqa: PLR0911  (one a type)
    """Return one answer as a JSON value, ``None`` where nothing was typed.

    Raises:
        InputError: the answer does not fit the item.
    """
    if item.type is ItemType.MULTIPLE_CHOICE:
        picked = [str(code) for code in (typed or [])]
        if any(code not in choices for code in picked):
            raise _wrong(item, "中有不存在的选项，请重新选择")
        return picked
    if item.type is ItemType.BOOLEAN:
        return str(typed).strip().lower() in TRUE_WORDS if typed not in (None, "") else None
    text = str(typed).strip() if typed is not None else ""
    if not text:
        return None
    if item.type is ItemType.CHOICE:
        if text not in choices:
            raise _wrong(item, "不在可选范围内，请重新选择")
        return text
    if item.type is ItemType.DATE:
        return _date(item, text)
    if item.type in (ItemType.INTEGER, ItemType.DECIMAL):
        return _number(item, text)
    return _text(item, text)


def _text(item: ClaimItem, text: str) -> str:
    longest = item.maximum_length or DEFAULT_LENGTH
    if len(text) > longest:
        raise _wrong(item, f"有 {len(text)} 个字，最多 {longest} 个字，请删减")
    if complaint := evidence_numbers.complaint(item.code, text):
        raise _wrong(item, complaint)
    return text


def _date(item: ClaimItem, text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _wrong(item, "不是有效日期，请按 2026-01-31 的形式填写") from None
    if day > today():
        raise _wrong(item, "不能晚于今天，请检查日期")
    return day.isoformat()


def _number(item: ClaimItem, text: str) -> int | str:
    if len(text) > LONGEST_NUMBER:
        raise _wrong(item, f"有 {len(text)} 个字符，最多 {LONGEST_NUMBER} 个，请检查数字")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _wrong(item, "不是数字，请只填数字") from None
    if not number.is_finite():
        raise _wrong(item, "不是数字，请只填数字")
    smallest = -LARGEST_NUMBER if item.minimum is None else item.minimum
    if number < Decimal(str(smallest)):
        raise _wrong(item, f"不能小于 {smallest:,.10g}")
    largest = LARGEST_NUMBER if item.maximum is None else item.maximum
    if number > Decimal(str(largest)):
        raise _wrong(item, f"不能大于 {largest:,.10g}")
    if item.type is ItemType.INTEGER:
        if number != number.to_integral_value():
            raise _wrong(item, "必须是整数")
        return int(number)
    if number != number.quantize(FINEST_NUMBER):
        raise _wrong(item, "最多 4 位小数")
    return format(number.normalize(), "f")


def _wrong(item: ClaimItem, complaint: str) -> InputError:
    return InputError({item.code: f"“{item.label}”{complaint}"})


def shown_items(
    version: ClaimKindVersion, values: Mapping[str, Any], choices: Choices
) -> list[tuple[str, str]]:
    """Return (label, text) of every item for a page: codes as labels, booleans as 是 / 否, nothing as —."""
    return [
        (item.label, _shown(item, values.get(item.code), choices.get(item.dictionary_code or "", {})))
        for item in version.items
    ]


def _shown(item: ClaimItem, value: Any, choices: Mapping[str, str]) -> str:
    if value is None or value == []:
        return "—"
    if item.type is ItemType.BOOLEAN:
        return "是" if value else "否"
    if item.type is ItemType.MULTIPLE_CHOICE:
        return "、".join(choices.get(code, code) for code in value)
    return choices.get(str(value), str(value))
