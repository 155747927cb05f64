"""What one hour rule says (product §7), read from data, and whether its conditions hold for a claim's items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple, Self

ZERO = Decimal(0)
LONGEST_NUMBER = 40  # characters; longer text is not a figure anybody typed


class Verdict(NamedTuple):
    """Outcome of a set of conditions.

    Attributes:
        fits: every condition holds.
        unknown: items that are missing or unreadable while no other condition fails: filling them in may help.
    """

    fits: bool
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Addition:
    """Hours on top of the base, e.g. for a paper read at a conference."""

    conditions: Mapping[str, Any]
    hours: Decimal
    label: str


@dataclass(frozen=True, slots=True)
class HourRuleSpec:
    """One row of the hour rules; hours are 学时 (45 minutes).

    Attributes:
        conditions: item code → value, list of values, or range ``{"min": …, "max": …}``; all must hold.
        priority: the lowest one that fits decides.
        subject: public, specialty, or None for both.
        by_rank: hours of rank 1, 2, …; ranks beyond the list earn nothing.
        rank_step: subtracted once for every rank below the first.
        unit_hours: hours for every ``unit_size`` of the item ``unit_item``.
        minimum: at least this many hours where the rule fits.
        first_n_authors: later ranks earn nothing.
        completes_specialty_year: the activity alone fulfils the year's specialty hours.
        effective_from: first credit year; ``effective_to`` is the last one or None.
        confirmed: False means 待核定.
    """

    code: str
    kind: str
    name: str
    conditions: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 100
    subject: str | None = None
    base_hours: Decimal | None = None
    by_rank: tuple[Decimal, ...] | None = None
    rank_item: str | None = None
    rank_step: Decimal | None = None
    unit_item: str | None = None
    unit_hours: Decimal | None = None
    unit_size: Decimal = Decimal(1)
    additions: tuple[Addition, ...] = ()
    cap_per_claim: Decimal | None = None
    cap_per_year: Decimal | None = None
    minimum: Decimal = ZERO
    first_n_authors: int | None = None
    completes_specialty_year: bool = False
    effective_from: int = 1998
    effective_to: int | None = None
    legal_basis: str = ""
    confirmed: bool = False
    version: int = 1

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Read a rule from a JSON object or a database row; other keys of the mapping are passed over.

        Raises:
            ValueError: a field is missing, not a number or contradicts another; the sentence names rule and field.
        """
        rule = _Reader(mapping)
        by_rank = mapping.get("by_rank")
        additions = mapping.get("additions") or ()
        spec = cls(
            code=rule.text("code"),
            kind=rule.text("kind"),
            name=rule.text("name"),
            conditions=dict(mapping.get("conditions") or {}),
            priority=int(rule.hours("priority", "100")),
            subject=mapping.get("subject") or None,
            base_hours=rule.optional("base_hours"),
            by_rank=tuple(rule.read("by_rank", value) for value in by_rank) if by_rank else None,
            rank_item=mapping.get("rank_item") or None,
            rank_step=rule.optional("rank_step"),
            unit_item=mapping.get("unit_item") or None,
            unit_hours=rule.optional("unit_hours"),
            unit_size=rule.hours("unit_size", "1"),
            additions=tuple(
                Addition(
                    dict(entry["conditions"]), rule.read("additions", entry["hours"]), str(entry["label"])
                )
                for entry in additions
            ),
            cap_per_claim=rule.optional("cap_per_claim"),
            cap_per_year=rule.optional("cap_per_year"),
            minimum=rule.hours("minimum", "0"),
            first_n_authors=rule.whole("first_n_authors"),
            completes_specialty_year=bool(mapping.get("completes_specialty_year")),
            effective_from=int(rule.hours("effective_from", "1998")),
            effective_to=rule.whole("effective_to"),
            legal_basis=str(mapping.get("legal_basis") or ""),
            confirmed=bool(mapping.get("confirmed")),
            version=int(rule.hours("version", "1")),
        )
        if not spec.unit_size:
            raise ValueError(f"学时规则 {spec.code} 的 unit_size 必须大于 0。")
        if spec.rank_item is None and (spec.last_rank is not None or spec.rank_step):
            raise ValueError(f"学时规则 {spec.code} 按排名计算，必须填写 rank_item。")
        if (spec.unit_item is None) != (spec.unit_hours is None):
            raise ValueError(f"学时规则 {spec.code} 的 unit_item 和 unit_hours 必须同时填写。")
        return spec

    @property
    def last_rank(self) -> int | None:
        """The last rank that earns hours, or None when all ranks do."""
        limits = [
            limit for limit in (self.first_n_authors, len(self.by_rank or ()) or None) if limit is not None
        ]
        return min(limits, default=None)

    def covers(self, year: int, subject: str | None) -> bool:
        """Tell whether the rule is in force for a credit year and a subject (None: any subject)."""
        in_force = self.effective_from <= year and (self.effective_to is None or year <= self.effective_to)
        return in_force and (subject is None or self.subject in (None, subject))


class _Reader:
    """Reads the fields of one rule and names rule and field when it cannot."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self.mapping = mapping

    def text(self, name: str) -> str:
        value = self.mapping.get(name)
        if not isinstance(value, str) or not value:
            raise ValueError(f"学时规则 {self.mapping.get('code')} 缺少 {name}。")
        return value

    def read(self, name: str, value: object) -> Decimal:
        figure = number(value)
        if figure is None or figure < 0:
            raise ValueError(f"学时规则 {self.mapping.get('code')} 的 {name} 必须是不小于 0 的数。")
        return figure

    def hours(self, name: str, default: str) -> Decimal:
        value = self.mapping.get(name)
        return self.read(name, default if value is None else value)

    def optional(self, name: str) -> Decimal | None:
        value = self.mapping.get(name)
        return None if value is None or value == "" else self.read(name, value)

    def whole(self, name: str) -> int | None:
        value = self.optional(name)
        return None if value is None else int(value)


def number(value: object) -> Decimal | None:
    """Read a JSON value as a finite number; None when it is not one (booleans are not).

    Args:
        value: int, float, Decimal, or text as typed (full-width digits are digits).
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    if isinstance(value, str) and len(value) > LONGEST_NUMBER:
        return None
    try:
        figure = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        return None
    return figure if figure.is_finite() else None


def judge(conditions: Mapping[str, Any], items: Mapping[str, object]) -> Verdict:
    """Decide whether all conditions hold for the items of a claim."""
    unknown: list[str] = []
    for code, wanted in conditions.items():
        holds = _holds(wanted, items.get(code))
        if holds is None:
            unknown.append(code)
        elif not holds:
            return Verdict(fits=False)
    return Verdict(fits=not unknown, unknown=tuple(unknown))


def _holds(wanted: object, value: object) -> bool | None:
    """Return whether one condition holds; None when the item is missing or unreadable."""
    if isinstance(wanted, bool):
        return (value is True) == wanted  # a box nobody ticked says no
    if isinstance(wanted, Mapping):
        return _within(wanted, value)
    if value in (None, "", [], ()) or isinstance(value, Mapping):
        return None  # nothing chosen, or nothing that could be a choice
    allowed = wanted if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
    chosen = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return any(_same(one, other) for one in allowed for other in chosen)


def _within(limits: Mapping[str, object], value: object) -> bool | None:
    """Return whether a number lies within ``min`` and ``max`` (both included)."""
    figure = number(value)
    if figure is None:
        return None
    least, most = number(limits.get("min")), number(limits.get("max"))
    return (least is None or figure >= least) and (most is None or figure <= most)


def _same(wanted: object, value: object) -> bool:
    """Compare a rule's value with an item's: a code with a code, a figure with a figure."""
    if isinstance(wanted, str):
        return isinstance(value, str) and value == wanted
    figure = number(value)
    return figure is not None and figure == number(wanted)
