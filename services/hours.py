"""How many hours (学时, 1 学时 = 45 minutes) one claimed activity counts, and why.

Hour rules are data (product §7): this module only reads them. It is pure: no database, no clock, no language
but the Chinese of the explanation; the form calls it while typing, the approval calls it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

from services.hour_rules import ZERO, HourRuleSpec, judge, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["HourRuleSpec", "HoursResult", "evaluate"]

TENTH = Decimal("0.1")
LARGEST = Decimal("99999.9")  # what Numeric(6,1) can hold
FINEST_UNIT = Decimal("0.0001")
MOST_UNITS = Decimal(10**9)  # nonsense above this still counts as "very many", never as an error
LAST_RANK = Decimal(9999)


@dataclass(frozen=True, slots=True)
class HoursResult:
    """What a claim counts.

    Attributes:
        hours: 学时 with one decimal, never negative.
        rule_code: the rule that decided, or None when none fits.
        rule_version: that rule's version.
        explanation: a Chinese sentence for the professional and the approver.
        capped: a cap of the claim or of the year cut the hours.
        completes_specialty_year: the activity alone fulfils the year's specialty hours.
        confirmed: the rule is confirmed, not 待核定; False when no rule fits.
        missing: codes of the items that must be filled in (or corrected) for the full figure.
    """

    hours: Decimal
    rule_code: str | None
    rule_version: int | None
    explanation: str
    capped: bool
    completes_specialty_year: bool
    confirmed: bool
    missing: tuple[str, ...] = ()


class _Earned(NamedTuple):
    """Hours before caps; ``refused`` when the rule fits but gives nothing (rank too low, an item missing)."""

    hours: Decimal
    parts: list[str]
    missing: tuple[str, ...] = ()
    refused: bool = False


def evaluate(
    rules: Iterable[HourRuleSpec],
    kind: str,
    items: Mapping[str, object],
    year: int,
    already_this_year: Decimal | int = ZERO,
    *,
    subject: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> HoursResult:
    """Compute the hours of one claim by the first rule that fits (lowest ``priority``, then code).

    Args:
        rules: all rules; those of other kinds and years are passed over.
        kind: code of the claim kind.
        items: the claim's items as JSON values; a bad value is named in the explanation and never raises.
        year: the credit year.
        already_this_year: 学时 of this kind that the person already has in that year, for the yearly cap.
        subject: public or specialty; None takes rules of either subject.
        labels: item code → Chinese label, so that the explanation can name a missing item.
    """
    names = labels or {}
    fitting = [rule for rule in rules if rule.kind == kind and rule.covers(year, subject)]
    missing: list[str] = []
    for rule in sorted(fitting, key=lambda rule: (rule.priority, rule.code)):
        verdict = judge(rule.conditions, items)
        if verdict.fits:
            return _applied(rule, _earned(rule, items, names), Decimal(already_this_year))
        missing.extend(verdict.unknown)
    if missing:
        wanted = tuple(dict.fromkeys(missing))
        sentence = f"{_named(wanted, names, '计算学时所需的项目')}未填或无效，暂计 0 学时；请补填后重新计算。"
        return _without_rule(sentence, wanted)
    if subject is not None and evaluate(rules, kind, items, year, already_this_year).rule_code is not None:
        return _without_rule("所填内容不能计入这一科目类型，暂计 0 学时；请改选另一科目类型。")
    if fitting:
        return _without_rule("所填内容没有对应的学时规则，暂计 0 学时；如认为应当计学时，请与审批部门联系。")
    return _without_rule(f"{year} 年度没有这一类型的学时规则，暂计 0 学时；请与审批部门联系。")


def _without_rule(explanation: str, missing: tuple[str, ...] = ()) -> HoursResult:
    """Return zero hours decided by no rule."""
    return HoursResult(
        hours=_rounded(ZERO),
        rule_code=None,
        rule_version=None,
        explanation=explanation,
        capped=False,
        completes_specialty_year=False,
        confirmed=False,
        missing=missing,
    )


def _applied(rule: HourRuleSpec, earned: _Earned, already: Decimal) -> HoursResult:
    """Apply minimum and caps to what was earned and put the explanation together."""
    parts = list(earned.parts)
    hours = _rounded(earned.hours)
    if len(parts) > 1:
        parts.append(f"合计 {_plain(hours)} 学时")
    least = _rounded(rule.minimum)
    if not earned.refused and hours < least:
        hours = least
        parts.append(f"不足最低标准，按 {_plain(hours)} 学时计")
    before = hours
    for most, sentence in _caps(rule, already):
        if hours > most:
            hours = most
            parts.append(f"{sentence}，本次计 {_plain(hours)} 学时")
    completes = rule.completes_specialty_year and not earned.refused
    if completes:
        parts.append("视为完成当年专业科目学时")
    return HoursResult(
        hours=hours,
        rule_code=rule.code,
        rule_version=rule.version,
        explanation="；".join(parts) + ("" if rule.confirmed else "（标准待核定）"),
        capped=hours < before,
        completes_specialty_year=completes,
        confirmed=rule.confirmed,
        missing=earned.missing,
    )


def _caps(rule: HourRuleSpec, already: Decimal) -> list[tuple[Decimal, str]]:
    """Return the most hours each cap leaves, with the beginning of its sentence."""
    caps = [(LARGEST, "超出可登记的最大学时")]
    if rule.cap_per_claim is not None:
        caps.append((_floored(rule.cap_per_claim), f"每项上限 {_plain(rule.cap_per_claim)} 学时"))
    if rule.cap_per_year is not None:
        counted = max(already, ZERO)
        sentence = f"每年度上限 {_plain(rule.cap_per_year)} 学时，本年度已计 {_plain(counted)} 学时"
        caps.append((_floored(max(rule.cap_per_year - counted, ZERO)), sentence))
    return caps


def _earned(rule: HourRuleSpec, items: Mapping[str, object], names: Mapping[str, str]) -> _Earned:
    """Return base hours by rank, hours per unit and additions of a rule whose conditions hold."""
    rank = 1
    if rule.rank_item is not None:
        read = _rank(items.get(rule.rank_item))
        if read is None:
            return _refused(rule, rule.rank_item, "应填 1 以上的整数", names, "排名")
        rank = read
        if rule.last_rank is not None and rank > rule.last_rank:
            sentence = f"{rule.name}：只认前 {rule.last_rank} 名，本人排名第 {rank}，不计学时"
            return _Earned(ZERO, [sentence], refused=True)
    hours, parts = _base(rule, rank)
    if rule.unit_item is not None and rule.unit_hours is not None:
        units = _units(items.get(rule.unit_item))
        if units is None:
            return _refused(rule, rule.unit_item, "应填不小于 0 的数", names, "数量")
        # Rounded here, so that what the explanation shows adds up to the result.
        per_unit = _rounded(units / rule.unit_size * rule.unit_hours)
        size = "" if rule.unit_size == 1 else f" ÷ {_plain(rule.unit_size)}"
        sum_ = f"{_plain(units)}{size} × {_plain(rule.unit_hours)} = {_plain(min(per_unit, LARGEST))} 学时"
        parts.append(f"另计 {sum_}" if parts else f"{rule.name} {sum_}")
        hours += per_unit
    if rule.rank_step and rank > 1:
        deduction = min(rule.rank_step * (rank - 1), hours)
        hours -= deduction
        parts.append(f"排名第 {rank}，减 {_plain(deduction)} 学时")
    more, sentences, missing = _additions(rule, items, names)
    if not parts:
        parts.append(rule.name)
    return _Earned(max(hours + more, ZERO), parts + sentences, missing)


def _base(rule: HourRuleSpec, rank: int) -> tuple[Decimal, list[str]]:
    """Return the hours before units and additions: by the list of ranks, or the same for everybody."""
    if rule.by_rank:
        hours = rule.by_rank[rank - 1]
        return hours, [f"{rule.name}，排名第 {rank}，{_plain(hours)} 学时"]
    if rule.base_hours is None:
        return ZERO, []
    if not rule.base_hours and rule.unit_item is None and not rule.additions:
        return ZERO, [f"{rule.name}：按规则不计学时"]
    return rule.base_hours, [f"{rule.name} {_plain(rule.base_hours)} 学时"]


def _additions(
    rule: HourRuleSpec, items: Mapping[str, object], names: Mapping[str, str]
) -> tuple[Decimal, list[str], tuple[str, ...]]:
    """Return the hours of all additions that hold, their sentences, and the items that others wait for."""
    hours, parts, missing = ZERO, [], dict[str, None]()
    for addition in rule.additions:
        verdict = judge(addition.conditions, items)
        if verdict.fits:
            hours += addition.hours
            parts.append(f"{addition.label}+{_plain(addition.hours)}")
        missing.update(dict.fromkeys(verdict.unknown))
    if missing:
        parts.append(
            f"{_named(tuple(missing), names, '加计学时所需的项目')}未填或无效，未加计学时，补填后重新计算"
        )
    return hours, parts, tuple(missing)


def _refused(rule: HourRuleSpec, item: str, wanted: str, names: Mapping[str, str], word: str) -> _Earned:
    """Return nothing earned because one item cannot be read, with the way out."""
    sentence = (
        f"{rule.name}：{_named((item,), names, word)}未填或无效（{wanted}），暂计 0 学时；请补填后重新计算"
    )
    return _Earned(ZERO, [sentence], (item,), refused=True)


def _rank(value: object) -> int | None:
    """Read a rank: a whole number from 1 on."""
    read = number(value)
    if read is None or read < 1:
        return None
    read = min(read, LAST_RANK)
    return int(read) if read == int(read) else None


def _units(value: object) -> Decimal | None:
    """Read a number of units; of a multiple choice, the number of different choices."""
    if isinstance(value, (list, tuple, set, frozenset)):
        chosen = {choice for choice in value if isinstance(choice, str) and choice}
        return Decimal(len(chosen)) if chosen else None
    read = number(value)
    return None if read is None or read < 0 else min(read, MOST_UNITS).quantize(FINEST_UNIT)


def _named(codes: tuple[str, ...], names: Mapping[str, str], word: str) -> str:
    """Name items by their labels, or by a general word when a label is unknown; never by their code."""
    known = [f"“{names[code]}”" for code in codes if code in names]
    return "、".join(known) if len(known) == len(codes) else word


def _rounded(hours: Decimal) -> Decimal:
    """Round half up to one decimal, as the ledger stores hours; more than it can hold stays just above."""
    return min(hours, LARGEST + 1).quantize(TENTH, ROUND_HALF_UP)


def _floored(hours: Decimal) -> Decimal:
    """Cut to one decimal, so that rounding never exceeds a cap."""
    return min(hours, LARGEST).quantize(TENTH, ROUND_FLOOR)


def _plain(value: Decimal) -> str:
    """Write a number without trailing zeros and without an exponent."""
    return f"{value.normalize():f}"
