"""Changing an hour rule: what was typed becomes the rule as its file would write it, or sentences that say what is wrong."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from models import CreditYear, HourRule, RuleDraft
from models.base import today
from models.enums import DraftTarget, Subject
from services import claim_items, claims, publishing, rulebook
from services.errors import InputError
from services.hour_rules import HourRuleSpec
from services.hours import HoursResult, evaluate
from services.publishing import Published
from services.rule_fields import (
    ASKED,
    FIELDS,
    LABELS,
    Unreadable,
    hours,
    line,
    read_conditions,
    spoken_conditions,
    typed_conditions,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session

    from models import ClaimItem, ClaimKindVersion
    from services.claim_items import Choices

Content = dict[str, Any]
ON, SPARE_ADDITIONS, MOST_ADDITIONS = "on_", 1, 6
EMPTY: Content = {
    "conditions": {}, "base_hours": None, "by_rank": None, "rank_item": None, "rank_step": None, "unit_item": None,
    "unit_hours": None, "unit_size": "1", "additions": [], "cap_per_claim": None, "cap_per_year": None, "minimum": "0",
    "first_n_authors": None, "completes_specialty_year": False,
}  # fmt: skip
"""What a rule says that says nothing."""


def stored(session: Session, key: str) -> Content | None:
    """Return the newest version of a rule as its file would write it."""
    rule = session.scalars(
        select(HourRule).where(HourRule.code == key).order_by(HourRule.version.desc()).limit(1)
    ).first()
    return EMPTY | publishing.rule_content(rule) if rule else None


def title(content: Mapping[str, Any]) -> str:
    """Return the rule's name."""
    return str(content["name"])


def blank(session: Session, kind_code: str) -> Content:
    """Return a rule that says nothing yet, with a code nobody has.

    Raises:
        InputError: there is no such kind.
    """
    version = claims.current_version(session, kind_code)
    if version is None:
        raise InputError({"": "没有这种继续教育类型，请重新选择"})
    used = set(session.scalars(select(HourRule.code).where(HourRule.kind_code == kind_code)))
    used |= set(session.scalars(select(RuleDraft.target_key).where(RuleDraft.target == DraftTarget.RULE)))
    code = next(name for place in range(1, len(used) + 2) if (name := f"{kind_code}_{place}") not in used)
    last = session.scalar(select(func.max(HourRule.priority)).where(HourRule.kind_code == kind_code)) or 0
    return EMPTY | {
        "code": code, "kind": kind_code, "name": f"{version.kind.name}（新规则）", "priority": last + 10, "subject": None,
        "effective_from": today().year, "effective_to": None, "legal_basis": "", "confirmed": False,
    }  # fmt: skip


def kind_of(session: Session, content: Mapping[str, Any]) -> ClaimKindVersion:
    """Return the kind a rule speaks of, as it asks today."""
    version = claims.current_version(session, content["kind"])
    if version is None:
        raise ValueError(f"hour rule {content['code']} speaks of a kind without a version")
    return version


def asked(version: ClaimKindVersion) -> list[ClaimItem]:
    """Return the items conditions can speak of."""
    return [item for item in version.items if item.type in ASKED]


def additions_shown(content: Mapping[str, Any]) -> int:
    """Return how many additions a form has room for: those there are, and an empty one."""
    return min(len(content.get("additions") or ()) + SPARE_ADDITIONS, MOST_ADDITIONS)


def typed_of(content: Mapping[str, Any], version: ClaimKindVersion) -> dict[str, Any]:
    """Return what the form shows of a rule."""
    typed: dict[str, Any] = {}
    for field in FIELDS:
        value = content.get(field.name)
        if field.sort != "flag":
            value = ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
        typed[field.name] = value
    items = asked(version)
    typed |= typed_conditions(items, content.get("conditions") or {}, ON)
    for place, addition in enumerate(content.get("additions") or ()):
        typed |= {f"add{place}_label": addition["label"], f"add{place}_hours": str(addition["hours"])}
        typed |= typed_conditions(items, addition["conditions"], f"add{place}_{ON}")
    return typed


def read(content: Mapping[str, Any], version: ClaimKindVersion, typed: Mapping[str, Any]) -> Content:
    """Return the rule a form describes.

    Args:
        content: the draft so far, for what the form does not ask.
        version: the kind as it asks today.
        typed: text, list of texts or truth value by field name.

    Raises:
        InputError: by field.
    """
    errors: dict[str, str] = {}
    rule: Content = dict(content)
    for field in FIELDS:
        raw = typed.get(field.name)
        text = raw if field.sort == "flag" else str(raw or "").strip()
        try:
            rule[field.name] = field.read(text)  # type: ignore[arg-type]
        except Unreadable as error:
            errors[field.name] = f"“{field.label}”{error}"
        if field.required and not text:
            errors[field.name] = f"请填写“{field.label}”"
    items = asked(version)
    rule["conditions"], wrong = read_conditions(items, typed, ON)
    errors |= wrong
    rule["additions"] = []
    for place in range(MOST_ADDITIONS):
        addition, wrong = _addition(items, typed, f"add{place}_")
        errors |= wrong
        if addition:
            rule["additions"].append(addition)
    if not errors:
        errors = contradictions(rule)
    if errors:
        raise InputError(errors)
    return rule


def _addition(
    items: list[ClaimItem], typed: Mapping[str, Any], prefix: str
) -> tuple[Content | None, dict[str, str]]:
    label = str(typed.get(f"{prefix}label") or "").strip()
    figure = str(typed.get(f"{prefix}hours") or "").strip()
    conditions, errors = read_conditions(items, typed, prefix + ON)
    if not label and not figure and not conditions:
        return None, errors
    try:
        amount = hours(figure)
        line(label)
    except Unreadable as error:
        return None, errors | {f"{prefix}hours": f"加计的学时或说明{error}"}
    if not label or amount is None:
        errors[f"{prefix}label"] = "加计要同时填写说明和学时；不需要的，请清空说明、学时和条件"
    elif not conditions:
        errors[f"{prefix}label"] = "请说明什么情况下加计；没有条件的，请直接加到“基本学时”"
    return {"conditions": conditions, "hours": amount, "label": label}, errors


def contradictions(rule: Mapping[str, Any]) -> dict[str, str]:
    """Return what in a rule contradicts itself, by field."""
    errors = {}
    by_rank, base, rank = rule["by_rank"], rule["base_hours"], rule["rank_item"]
    if by_rank and base is not None:
        errors["by_rank"] = "“按名次的学时”和“基本学时”只能填一种"
    if by_rank and rule["rank_step"]:
        errors["rank_step"] = "已按名次逐一写明学时，不要再填“每低一名减”"
    if rank is None and (by_rank or rule["rank_step"] or rule["first_n_authors"]):
        errors["rank_item"] = "按名次计算的，请选择“名次取自”哪个项目"
    if (rule["unit_item"] is None) != (rule["unit_hours"] is None):
        errors["unit_hours"] = "“数量取自”和“每单位学时”要同时填写，或都不填"
    nothing = base is None and not by_rank and rule["unit_item"] is None and not rule["additions"]
    if nothing and not rule["completes_specialty_year"]:
        errors["base_hours"] = "请填写一种计算方式；按规则不计学时的填 0"
    if rule["completes_specialty_year"] and rule["subject"] != Subject.SPECIALTY:
        errors["subject"] = "“视为完成当年专业科目学时”的规则只能用于专业科目，请选择专业科目"
    for cap in ("cap_per_claim", "cap_per_year"):
        if rule[cap] is not None and Decimal(rule["minimum"]) > Decimal(rule[cap]):
            errors["minimum"] = f"“最低学时”不能大于“{LABELS[cap]}”"
    if rule["effective_to"] is not None and rule["effective_to"] < rule["effective_from"]:
        errors["effective_to"] = "“截止年度”不能早于“起始年度”"
    return errors


def problems(session: Session, content: Content) -> list[str]:
    """Return what stands in the way of publishing a rule."""
    version = kind_of(session, content)
    choices = claim_items.choices_of(session, version.items, retired=True)
    found = [] if content["legal_basis"] else ["请填写“依据”"]
    found += contradictions(content).values()
    found += unknown_items(content, version, choices)
    published = stored(session, content["code"])
    first = session.scalar(select(func.min(CreditYear.year)).where(CreditYear.approvals_close >= today()))
    begins = content["effective_from"]
    if first is None or (begins < first and not _only_ended(published, content)):
        found.append(
            f"“起始年度”{begins} 已关闭，已关闭的年度不能改规则；请填 {first or today().year} 或以后的年度"
        )
    if not found:
        try:
            HourRuleSpec.from_mapping(content)
        except ValueError:
            found.append("规则内容不完整，请打开“编辑”逐项核对后保存")
    return found


def _only_ended(published: Content | None, content: Content) -> bool:
    """Tell whether a rule still says what it says, and is only ended (or no longer ended) at another year."""
    ends = {"effective_to", "legal_basis", "confirmed", "name"}
    return published is not None and all(published[name] == content[name] for name in content.keys() - ends)


def items_of(content: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the items a rule speaks of, with what its conditions want of each."""
    used: dict[str, list[Any]] = {}
    for conditions in (
        content.get("conditions") or {},
        *(entry["conditions"] for entry in content.get("additions") or ()),
    ):
        for code, wanted in conditions.items():
            used.setdefault(code, []).append(wanted)
    for name in ("rank_item", "unit_item"):
        if content.get(name):
            used.setdefault(content[name], [])
    return used


def unknown_items(content: Mapping[str, Any], version: ClaimKindVersion, choices: Choices) -> list[str]:
    """Return a sentence for every item or choice of a rule that its kind does not ask for."""
    found, items = [], {item.code: item for item in version.items}
    for code, wishes in items_of(content).items():
        item = items.get(code)
        if item is None:
            found.append(
                f"规则“{content['name']}”用到的项目（{code}）在类型“{version.kind.name}”中没有，请改选其他项目"
            )
            continue
        labels = choices.get(item.dictionary_code or "", {})
        for wanted in wishes:
            codes = [
                value
                for value in (wanted if isinstance(wanted, list) else [wanted])
                if isinstance(value, str)
            ]
            found += [
                f"规则“{content['name']}”的条件中，“{item.label}”没有选项“{value}”，请重新选择"
                for value in codes
                if value not in labels
            ]
    return found


def publish(session: Session, content: Content) -> Published:
    """Store a rule as its next version."""
    last = session.scalar(select(func.max(HourRule.version)).where(HourRule.code == content["code"])) or 0
    publishing.store_rule(session, content, last + 1)
    return Published(last + 1)


def described(session: Session, content: Content) -> list[tuple[str, str]]:
    """Return what a rule says, as (label, text)."""
    version = kind_of(session, content)
    choices = claim_items.choices_of(session, version.items, retired=True)
    names, items = {item.code: item.label for item in version.items}, asked(version)
    said = [
        (
            "适用条件",
            spoken_conditions(items, content.get("conditions") or {}, choices) or "（没有条件，都适用）",
        )
    ]
    for field in FIELDS:
        value = content.get(field.name)
        if field.sort in ("item", "counted"):
            value = names.get(str(value), value)
        elif field.sort == "subject":
            value = Subject.of(value).label if value else "公需、专业"
        elif isinstance(value, bool):
            value = "是" if value else "否"
        elif isinstance(value, list):
            value = "，".join(value)
        said.append((field.label, "" if value is None else str(value)))
    said += [
        (
            f"加计：{entry['label']}",
            f"+{entry['hours']}（{spoken_conditions(items, entry['conditions'], choices)}）",
        )
        for entry in content.get("additions") or ()
    ]
    return said


def rules_with(
    session: Session, contents: list[Mapping[str, Any]], kind_code: str, year: int
) -> list[HourRuleSpec]:
    """Return the rules of a kind for a year as if drafts were published, and in force in that year.

    A draft that ends before the year takes its rule away. One that begins later counts all the same: what it would
    do is what is asked.
    """
    drafted = {content["code"]: content for content in contents if content["kind"] == kind_code}
    rules = [rule for rule in rulebook.load_rules(session, kind_code, year) if rule.code not in drafted]
    rules += [
        HourRuleSpec.from_mapping({**content, "effective_from": min(content["effective_from"], year)})
        for content in drafted.values()
    ]
    return rules


def try_out(
    session: Session,
    content: Content,
    typed: Mapping[str, Any],
    year: int,
    subject: Subject | None,
    already: Decimal,
) -> tuple[HoursResult, dict[str, str]]:
    """Return what a claim would count under a drafted rule, and what is wrong with its items, by item code.

    Args:
        session: any session.
        content: the draft.
        typed: the items of the kind as a claim's form holds them.
        year: the credit year, taken as one the draft is in force in.
        subject: 公需 or 专业; ``None`` takes rules of either.
        already: 学时 of this kind the person has in that year.
    """
    version = kind_of(session, content)
    values, wrong, _gaps = claim_items.read_items(
        version, typed, claim_items.choices_of(session, version.items)
    )
    rules = rules_with(session, [content], content["kind"], year)
    labels = {item.code: item.label for item in version.items}
    return evaluate(rules, content["kind"], values, year, already, subject=subject, labels=labels), wrong
