"""Changing a claim kind: its own texts and its items, in a draft that is written as the reference file would write it.

An item is known by its code in all versions: rules and stored answers speak of it. So what it is filled in by never changes;
who needs another type retires it and adds a new item. Retired means: not in the next version. Claims keep theirs.

A kind is known by its code. What it is called, and which kind stands for it since it was merged, is said of the kind and not of a
version: a draft says both, and publishing it changes what old claims are called, too.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from models import ClaimItem, ClaimKind, ClaimKindVersion, Dictionary, HourRule
from models.base import label_of, now, today
from models.enums import ItemType, Subject
from services import claim_items, claims, kind_keeping, publishing, reading, rule_editing
from services.dictionary_editing import CODE
from services.errors import InputError
from services.hour_rules import number
from services.publishing import Published
from services.typed_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

Content = dict[str, Any]

STEPS = {"up": "上移", "down": "下移", "retire": "停用", "restore": "恢复"}
LONGEST, MOST_ITEMS = 200, 40
LONGEST_ANSWER = 1000
CHOSEN: tuple[str, ...] = (ItemType.CHOICE, ItemType.MULTIPLE_CHOICE)
WRITTEN: tuple[str, ...] = (ItemType.TEXT, ItemType.TEXTAREA)
COUNTED: tuple[str, ...] = (ItemType.INTEGER, ItemType.DECIMAL)
OWN_CODE = re.compile(r"item_(\d+)")
LABELS = {name: label_of(ClaimItem, name) for name in
          ("label", "type", "dictionary_code", "required", "evidence", "help", "maximum_length", "minimum", "maximum")}  # fmt: skip
HEAD = {
    "name": label_of(ClaimKind, "name"),
    **{name: label_of(ClaimKindVersion, name) for name in publishing.KIND_FIELDS},
    "merged_into": label_of(ClaimKind, "merged_into_id"),
}


def stored(session: Session, key: str) -> Content | None:
    """Return the version of a kind in force as its file would write it."""
    version = claims.current_version(session, key)
    return publishing.kind_content(version) if version else None


def title(content: Mapping[str, Any]) -> str:
    """Return the kind's name."""
    return str(content["name"])


def version_of(content: Mapping[str, Any]) -> ClaimKindVersion:
    """Return a draft as a version no session knows: for its preview, and for checks that read a version."""
    kind = ClaimKind(code=content["code"], name=content["name"], position=0)
    items = [
        ClaimItem(
            **{
                name: item.get(name)
                for name in publishing.ITEM_FIELDS
                if name not in ("type", "dictionary_code")
            },
            type=ItemType.of(item["type"]),
            dictionary_code=item["dictionary"],
        )
        for item in content["items"]
    ]
    return ClaimKindVersion(
        kind=kind, number=0, published_at=now(), items=items, **publishing.head_of(content)
    )


def item_of(content: Mapping[str, Any], code: str) -> Content | None:
    """Return an item of a draft."""
    return next((item for item in content["items"] if item["code"] == code), None)


def retired(session: Session, content: Mapping[str, Any]) -> list[Content]:
    """Return the published items a draft leaves out."""
    published = stored(session, content["code"])
    return [item for item in published["items"] if not item_of(content, item["code"])] if published else []


# ---------------------------------------------------------------- a new kind
def blank(session: Session, code: str, name: str) -> Content:
    """Return a kind that asks for nothing yet.

    Raises:
        InputError: by field: code or name cannot be, or is taken.
    """
    code, name, known = code.strip(), visible(name), reading.kinds(session)
    errors = kind_keeping.name_errors(name, known)
    if not CODE.fullmatch(code):
        errors["code"] = "“代码”由 1 至 32 个字母、数字、点、下划线或短横组成，以字母或数字开头"
    for kind in known:
        if kind.code.casefold() == code.casefold():
            errors["code"] = f"代码“{code}”已有（{kind.name}），请换一个"
    if errors:
        raise InputError(errors)
    return {"code": code, "name": name, "subjects": [], "title_label": "", "recurring": False, "proof": "", "help": "",
            "valid_to": None, "items": []}  # fmt: skip


# ---------------------------------------------------------------- changing
def read_head(session: Session, content: Mapping[str, Any], typed: Mapping[str, Any]) -> Content:
    """Return the draft with the kind's own texts as typed; raises :class:`InputError` by field."""
    errors: dict[str, str] = {}
    changed = dict(content)
    changed["name"] = visible(str(typed.get("name") or ""))
    for name in ("title_label", "proof", "help"):
        changed[name] = str(typed.get(name) or "").replace("\r\n", "\n").strip()
        if not changed[name] and name != "help":
            errors[name] = f"请填写“{HEAD[name]}”"
        if len(changed[name]) > (LONGEST if name == "title_label" else LONGEST_ANSWER):
            errors[name] = f"“{HEAD[name]}”太长，请删减"
    chosen = set(typed.get("subjects") or ())
    changed["subjects"] = [subject.value for subject in Subject if subject.value in chosen]
    changed["recurring"] = bool(typed.get("recurring"))
    if not changed["subjects"]:
        errors["subjects"] = f"请至少选择一种“{HEAD['subjects']}”"
    last = str(typed.get("valid_to") or "").strip()
    try:
        changed["valid_to"] = date.fromisoformat(last).isoformat() if last else None
    except ValueError:
        errors["valid_to"] = f"“{HEAD['valid_to']}”请按 2026-12-31 的形式填写"
    changed.pop("merged_into", None)
    if into := typed.get("merged_into"):
        changed["merged_into"] = str(into)
    errors = kind_keeping.among_others(session, changed) | errors
    if errors:
        raise InputError(errors)
    return changed


def code_lock(session: Session, content: Mapping[str, Any]) -> str:
    """Return why the code of a kind stays as it is."""
    if claims.current_version(session, content["code"]) is None:
        return "新增时已定；要换代码，请放弃草稿后重新新增"
    return "不能修改：申报、学时规则和已发布的各版本都按代码认定类型，改了就对不上"


def read_item(
    session: Session, content: Mapping[str, Any], code: str | None, typed: Mapping[str, Any]
) -> Content:
    """Return the draft with one item changed, or added where ``code`` is ``None``.

    Raises:
        InputError: by field.
    """
    before = item_of(content, code) if code else None
    published = _ever_published(session, content["code"])
    errors: dict[str, str] = {}
    item: Content = dict.fromkeys(("maximum_length", "minimum", "maximum", "dictionary"))
    if before and code in published:  # rules and stored answers know it as it is
        typed = {**typed, "type": before["type"], "dictionary": before["dictionary"]}
    item["type"] = str(typed.get("type") or "")
    if item["type"] not in set(ItemType):
        raise InputError({"type": f"请选择“{LABELS['type']}”"})
    _read_texts(item, content, before, typed, errors)
    _read_limits(session, item, typed, errors)
    if before is None and len(content["items"]) >= MOST_ITEMS:
        errors["label"] = f"一种类型最多 {MOST_ITEMS} 个项目"
    if errors:
        raise InputError(errors)
    item["code"] = code or _new_code(published, content)
    items = [item if other is before else other for other in content["items"]]
    return _numbered(content, items if before else [*items, item])


def _read_texts(
    item: Content,
    content: Mapping[str, Any],
    before: Content | None,
    typed: Mapping[str, Any],
    errors: dict[str, str],
) -> None:
    for name in ("label", "help"):
        item[name] = str(typed.get(name) or "").strip()
        if len(item[name]) > LONGEST:
            errors[name] = f"“{LABELS[name]}”最多 {LONGEST} 个字，请删减"
    if not item["label"]:
        errors["label"] = f"请填写“{LABELS['label']}”"
    elif any(other["label"] == item["label"] and other is not before for other in content["items"]):
        errors["label"] = "这一类型中已有同名的项目，请换一个名称"
    item |= {name: bool(typed.get(name)) for name in ("required", "evidence")}


def _read_limits(session: Session, item: Content, typed: Mapping[str, Any], errors: dict[str, str]) -> None:
    """Read what belongs to the type of an item: dictionary, length, least and most."""
    if item["type"] in CHOSEN:
        item["dictionary"] = typed.get("dictionary") or None
        if session.scalar(select(Dictionary.id).where(Dictionary.code == item["dictionary"])) is None:
            errors["dictionary"] = "单选、多选的项目要选择“字典”"
    if item["type"] in WRITTEN:
        item["maximum_length"] = _whole(typed, "maximum_length", errors)
    elif item["evidence"]:
        errors["evidence"] = f"只有文本项目可以作为“{LABELS['evidence']}”"
    if item["type"] in COUNTED:
        least, most = (_figure(typed, name, errors) for name in ("minimum", "maximum"))
        item |= {"minimum": least, "maximum": most}
        if least is not None and most is not None and least > most:
            errors["maximum"] = "“最大值”不能小于“最小值”"


def step(session: Session, content: Mapping[str, Any], code: str, way: str) -> Content:
    """Return the draft with an item moved, retired or restored; a step that cannot be taken changes nothing."""
    items = list(content["items"])
    place = next((number for number, item in enumerate(items) if item["code"] == code), None)
    if way == "restore" and place is None:
        items += [item for item in retired(session, content) if item["code"] == code]
    elif way == "retire" and place is not None:
        del items[place]
    elif way in ("up", "down") and place is not None:
        target = min(max(place + (1 if way == "down" else -1), 0), len(items) - 1)
        items.insert(target, items.pop(place))
    return _numbered(content, items)


def _numbered(content: Mapping[str, Any], items: Sequence[Content]) -> Content:
    return {**content, "items": [{**item, "position": place} for place, item in enumerate(items, 1)]}


def is_published(session: Session, content: Mapping[str, Any], code: str) -> bool:
    """Tell whether an item stands in any published version: what it is filled in by is settled then."""
    return code in _ever_published(session, content["code"])


def _ever_published(session: Session, kind_code: str) -> set[str]:
    """Return the codes of all items a kind ever had: a code is not used for something else later."""
    return set(
        session.scalars(
            select(ClaimItem.code)
            .join(ClaimKindVersion, ClaimKindVersion.id == ClaimItem.kind_version_id)
            .join(ClaimKind, ClaimKind.id == ClaimKindVersion.kind_id)
            .where(ClaimKind.code == kind_code)
        )
    )


def _new_code(published: set[str], content: Mapping[str, Any]) -> str:
    used = published | {item["code"] for item in content["items"]}
    numbers = [int(found[1]) for code in used if (found := OWN_CODE.fullmatch(code))]
    return f"item_{max(numbers, default=0) + 1}"


def _whole(typed: Mapping[str, Any], name: str, errors: dict[str, str]) -> int | None:
    text = str(typed.get(name) or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:6]) <= LONGEST_ANSWER:
        errors[name] = f"“{LABELS[name]}”应是 1 到 {LONGEST_ANSWER} 之间的整数"
        return None
    return int(text)


def _figure(typed: Mapping[str, Any], name: str, errors: dict[str, str]) -> float | None:
    text = str(typed.get(name) or "").strip()
    figure = number(text) if text else None
    if text and (figure is None or abs(figure) > 10**9):
        errors[name] = f"“{LABELS[name]}”应是数字"
        return None
    if figure is None:
        return None
    return int(figure) if figure == figure.to_integral_value() else float(figure)


# ---------------------------------------------------------------- publishing
def problems(session: Session, content: Content) -> list[str]:
    """Return what stands in the way of publishing a kind: it must say what it is, and no hour rule may lose an item."""
    missing = [f"请填写“{HEAD[name]}”" for name in ("title_label", "subjects", "proof") if not content[name]]
    missing += kind_keeping.among_others(session, content).values()
    version = version_of(content)
    choices = claim_items.choices_of(session, version.items, retired=True)
    return missing + [
        sentence
        for rule in rules_to_come(session, content["code"])
        for sentence in rule_editing.unknown_items(publishing.rule_content(rule), version, choices)
    ]


def rules_to_come(session: Session, kind_code: str) -> list[HourRule]:
    """Return the newest version of each rule of a kind that is or will be in force."""
    newest = (
        select(HourRule.code, func.max(HourRule.version).label("version"))
        .where(HourRule.kind_code == kind_code)
        .group_by(HourRule.code)
        .subquery()
    )
    rules = session.scalars(
        select(HourRule)
        .join(newest, (newest.c.code == HourRule.code) & (newest.c.version == HourRule.version))
        .order_by(HourRule.priority)
    )
    return [rule for rule in rules if rule.effective_to is None or rule.effective_to >= today().year]


def publish(session: Session, content: Content) -> Published:
    """Store a kind as its next version, a new one behind the others.

    What it is called and what it was merged into are said of the kind itself: they hold for old claims, too.

    Raises:
        InputError: by field: another kind took its name, or what it is merged into, in this very moment.
    """
    kind_keeping.hold(session)
    if errors := kind_keeping.among_others(session, content):
        raise InputError(errors)
    into = session.scalar(select(ClaimKind.id).where(ClaimKind.code == content.get("merged_into")))
    said = {"name": content["name"], "merged_into_id": into}
    here = ClaimKind.code == content["code"]
    known = session.execute(select(ClaimKind.name, ClaimKind.merged_into_id).where(here)).one_or_none()
    if known is None:
        last = session.scalar(select(func.max(ClaimKind.position))) or 0
        row = said | {"code": content["code"], "position": last + 1, "edited_at": now()}
        session.execute(insert(ClaimKind), [row])
    elif known._asdict() != said:
        session.execute(update(ClaimKind).where(here).values(**said, edited_at=now()))
    version = claims.current_version(session, content["code"])
    number = version.number + 1 if version else 1
    publishing.store_kind(session, content, number)
    return Published(number)


def described(session: Session, content: Content) -> list[tuple[str, str]]:
    """Return what a kind asks for, as (label, text)."""
    labels, into = dict(reading.dictionaries(session)), content.get("merged_into")
    subjects = "、".join(Subject.of(value).label for value in content["subjects"])
    said = [
        (label, content[name])
        for name, label in HEAD.items()
        if name in ("name", "title_label", "proof", "help")
    ]
    said += [(HEAD["subjects"], subjects), (HEAD["recurring"], "是" if content["recurring"] else "否"),
             (HEAD["valid_to"], content.get("valid_to") or ""), (HEAD["merged_into"], _called(session, into))]  # fmt: skip
    order = "、".join(item["label"] for item in content["items"])
    # An item goes by the name it was published under, so that a renamed one stands beside what it was.
    published = stored(session, content["code"]) or content
    names = {item["code"]: item["label"] for item in (*content["items"], *published["items"])}
    said += [(f"项目：{names[item['code']]}", _spoken(item, labels)) for item in content["items"]]
    return [*said, ("项目的顺序", order)]


def _called(session: Session, code: str | None) -> str:
    return session.scalar(select(ClaimKind.name).where(ClaimKind.code == code)) or code or ""


def _spoken(item: Content, labels: Mapping[str, str]) -> str:
    parts = [item["label"], ItemType.of(item["type"]).label]
    if item["dictionary"]:
        parts.append(f"字典：{labels.get(item['dictionary'], item['dictionary'])}")
    parts += [LABELS[name] for name in ("required", "evidence") if item[name]]
    parts += [
        f"{LABELS[name]} {item[name]:,.10g}"
        for name in ("maximum_length", "minimum", "maximum")
        if item.get(name) is not None
    ]
    return "，".join([*parts, *([f"提示：{item['help']}"] if item["help"] else [])])
