"""The fields an hour rule is edited by: labels, help, and how what is typed becomes the value a rule stores.

Their names are those of ``services.hour_rules.HourRuleSpec``; the shapes are those of product §7.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from models.enums import ItemType
from services.hour_rules import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from models import ClaimItem

MOST_HOURS, MOST_RANKS, MOST_TEXT = Decimal(999), 20, 200
COUNTED = (ItemType.INTEGER, ItemType.DECIMAL)
ASKED = (ItemType.CHOICE, ItemType.MULTIPLE_CHOICE, ItemType.BOOLEAN, *COUNTED)
"""Types of items a condition can speak of."""


class Unreadable(ValueError):  # noqa: N818  (it is about what was typed, not about the program)
    """What was typed is not what the field holds; the text goes on behind the field's label."""


def hours(text: str, finest: str = "0.1") -> str | None:
    """Read hours as a rule stores them: decimal text without trailing zeros; ``None`` for nothing typed."""
    if not text:
        return None
    figure = number(text)
    if figure is None or figure < 0 or figure > MOST_HOURS:
        raise Unreadable(f"应是 0 到 {MOST_HOURS} 之间的数")
    if figure != figure.quantize(Decimal(finest)):
        raise Unreadable("最多一位小数" if finest == "0.1" else "最多四位小数")
    return plain(figure)


def finely(text: str) -> str | None:
    """Read hours per unit: down to a ten-thousandth."""
    return hours(text, "0.0001")


def size(text: str) -> str:
    """Read how many of an item are one unit; 1 where nothing was typed."""
    figure = number(text or "1")
    if figure is None or not 0 < figure <= 10**9:
        raise Unreadable("应是大于 0 的数，例如每 10000 字填 10000")
    return plain(figure)


def whole(text: str) -> int | None:
    """Read a whole number from 1 on."""
    if not text:
        return None
    figure = number(text)
    if figure is None or figure != figure.to_integral_value() or not 1 <= figure <= 9999:  # noqa: PLR2004  (a year at most)
        raise Unreadable("应是 1 到 9999 之间的整数")
    return int(figure)


def ranks(text: str) -> list[str] | None:
    """Read hours by rank, separated by anything usual."""
    parts = [
        part
        for part in text.replace("，", " ").replace("、", " ").replace(",", " ").replace("/", " ").split()
        if part
    ]
    if len(parts) > MOST_RANKS:
        raise Unreadable(f"最多 {MOST_RANKS} 个名次")
    try:
        return [hours(part) or "0" for part in parts] or None
    except Unreadable:
        raise Unreadable("应是用逗号隔开的学时，例如 64, 56, 48, 40, 32") from None


def line(text: str) -> str:
    """Read a line of text."""
    if len(text) > MOST_TEXT:
        raise Unreadable(f"最多 {MOST_TEXT} 个字，请删减")
    return text


def code(text: str) -> str | None:
    """Read the code of an item, or nothing."""
    return text or None


def plain(figure: Decimal) -> str:
    """Write a figure without trailing zeros and without an exponent."""
    return f"{figure.normalize():f}"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the editor.

    Attributes:
        name: of the rule's value.
        label: Chinese.
        read: turns what was typed into the value; raises :class:`Unreadable`.
        help: the hint below.
        sort: ``text``, ``number``, ``item`` (of the kind, whole numbers), ``counted`` (items with a quantity), ``subject`` or ``flag``.
        section: heading it stands under.
        required: whether nothing is no answer.
    """

    name: str
    label: str
    read: Callable[[str], Any]
    help: str = ""
    sort: str = "number"
    section: str = "计算"
    required: bool = False


FIELDS = (
    Field("name", "规则名称", line, "会出现在学时说明中，例如“国家级课题（主课题）”。", "text", "规则", required=True),
    Field("priority", "次序", whole, "同一类型的规则从小到大逐条试，第一条条件符合的起作用。", section="规则", required=True),
    Field("subject", "科目类型", code, "只对一种科目有效的，在此选定。", "subject", "规则"),
    Field("base_hours", "基本学时", hours, "条件符合即计；填 0 且不填其他计算方式，表示按规则不计学时。"),
    Field("by_rank", "按名次的学时", ranks, "从第一名起用逗号隔开，例如 64, 56, 48；之后的名次不计学时。与“基本学时”只填一种。", "text"),
    Field("rank_item", "名次取自", code, "", "item"),
    Field("rank_step", "每低一名减", hours, "例如每低一名减 6 学时。"),
    Field("first_n_authors", "只认前几名", whole, "例如只认前 3 名，之后的不计学时。"),
    Field("unit_item", "数量取自", code, "多选项目按所选个数计。", "counted"),
    Field("unit_hours", "每单位学时", finely, "例如每门课 15 学时。"),
    Field("unit_size", "一个单位是多少", size, "例如每 10000 字填 10000；不填为 1。"),
    Field("minimum", "最低学时", lambda text: hours(text) or "0", "条件符合而算得更少的，按此计。", section="上限、下限"),
    Field("cap_per_claim", "每项上限", hours, "一条申报最多计多少。", section="上限、下限"),
    Field("cap_per_year", "每年度上限", hours, "同一人同一年度这一类型最多计多少。", section="上限、下限"),
    Field("completes_specialty_year", "视为完成当年专业科目学时", bool, "", "flag", "上限、下限"),
    Field("effective_from", "起始年度", whole, "从哪个计入年度起适用；之前的年度仍按原来的版本。", section="适用年度和依据", required=True),
    Field("effective_to", "截止年度", whole, "最后适用的计入年度；停用规则在此填写，长期有效的不填。", section="适用年度和依据"),
    Field("legal_basis", "依据", line, "文件名称和文号。", "text", "适用年度和依据", required=True),
    Field("confirmed", "已核定", bool, "没有勾选的，申报人和审核人都会看到“标准待核定”。", "flag", "适用年度和依据"),
)  # fmt: skip
LABELS = {field.name: field.label for field in FIELDS}


def read_conditions(
    items: Iterable[ClaimItem], typed: Mapping[str, Any], prefix: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return (conditions, errors by field) of what was typed for the items of a kind.

    Args:
        items: those a condition can speak of.
        typed: text, or list of texts, by field name: ``<prefix><item>``, of quantities ``…_min`` and ``…_max``.
        prefix: of the field names.
    """
    conditions: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for item in items:
        name = prefix + item.code
        if item.type in COUNTED:
            if limits := _read_limits(item, typed, name, errors):
                conditions[item.code] = limits
        elif item.type is ItemType.BOOLEAN:
            if typed.get(name) in ("yes", "no"):
                conditions[item.code] = typed[name] == "yes"
        else:
            chosen = [str(value) for value in typed.get(name) or [] if value]
            if chosen:
                conditions[item.code] = chosen[0] if len(chosen) == 1 else chosen
    return conditions, errors


def _read_limits(
    item: ClaimItem, typed: Mapping[str, Any], name: str, errors: dict[str, str]
) -> dict[str, int | str]:
    limits: dict[str, int | str] = {}
    for end in ("min", "max"):
        text = str(typed.get(f"{name}_{end}") or "").strip()
        figure = number(text) if text else None
        if text and figure is None:
            errors[f"{name}_{end}"] = f"“{item.label}”的范围应是数字"
        elif figure is not None:
            limits[end] = int(figure) if figure == figure.to_integral_value() else plain(figure)
    if {"min", "max"} <= limits.keys() and Decimal(limits["min"]) > Decimal(limits["max"]):
        errors[f"{name}_max"] = f"“{item.label}”的范围中，最大值不能小于最小值"
    return limits


def typed_conditions(
    items: Iterable[ClaimItem], conditions: Mapping[str, Any], prefix: str
) -> dict[str, Any]:
    """Return what a form shows of conditions; the reverse of :func:`read_conditions`."""
    typed: dict[str, Any] = {}
    for item in items:
        wanted, name = conditions.get(item.code), prefix + item.code
        if wanted is None:
            continue
        if item.type in COUNTED:
            limits = wanted if isinstance(wanted, dict) else {"min": wanted, "max": wanted}
            typed |= {f"{name}_{end}": str(value) for end, value in limits.items()}
        elif item.type is ItemType.BOOLEAN:
            typed[name] = "yes" if wanted else "no"
        else:
            typed[name] = [str(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
    return typed


def spoken_conditions(
    items: Iterable[ClaimItem], conditions: Mapping[str, Any], choices: Mapping[str, Mapping[str, str]]
) -> str:
    """Return conditions in words."""
    said = []
    for item in items:
        if (wanted := conditions.get(item.code)) is None:
            continue
        if isinstance(wanted, bool):
            said.append(f"{item.label}：{'是' if wanted else '否'}")
        elif isinstance(wanted, dict):
            said.append(f"{item.label}：{wanted.get('min', '')}～{wanted.get('max', '')}")
        else:
            labels = choices.get(item.dictionary_code or "", {})
            named = [
                labels.get(str(value), str(value))
                for value in (wanted if isinstance(wanted, list) else [wanted])
            ]
            said.append(f"{item.label}：{'或'.join(named)}")
    return "；".join(said)
