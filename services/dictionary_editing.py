"""Changing a dictionary's entries: added, renamed, moved, retired, brought back, merged. Nothing is ever deleted.

Every change is journaled as label: [old, new]; decided records are never written anew (docs/decisions/0027).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select

from models import Dictionary, DictionaryItem, JournalEntry
from models.base import label_of, now, today
from permissions.wall import unscoped
from services import base_history, dictionary_uses, journal, picking
from services.errors import InputError
from services.typed_text import visible
from services.validity import begins_later, has_ended, is_in_force

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
LABEL_LENGTH = 200
MOST_POSITIONS = 99_999
WAYS = {"up": -1, "down": 1}
FIELDS = ("code", "label", "parent_code", "position", "valid_from", "valid_to", "merged_into")
LABELS = {name: label_of(DictionaryItem, name) for name in FIELDS}
OBJECT = "dictionary_item"


@dataclass(frozen=True, slots=True)
class ItemInput:
    """An entry as typed.

    Attributes:
        code: its code; empty for a new entry whose code says nothing.
        label: its name.
        parent_code: the entry it stands below; ``None`` for the top.
        position: its number in the whole dictionary; ``None`` for where it is, or the end.
        valid_from: the first day it can be chosen; ``None`` for always.
    """

    code: str
    label: str
    parent_code: str | None = None
    position: int | None = None
    valid_from: date | None = None


def hold(session: Session, dictionary_code: str) -> Dictionary:
    """Return a dictionary that nobody else changes until the commit: order and codes are checked as a whole."""
    return session.scalars(
        select(Dictionary).where(Dictionary.code == dictionary_code).with_for_update()
    ).one()


def entries(session: Session, dictionary_code: str) -> list[DictionaryItem]:
    """Return every entry of a dictionary in order, retired ones too."""
    statement = select(DictionaryItem).where(DictionaryItem.dictionary_code == dictionary_code)
    return list(session.scalars(statement.order_by(DictionaryItem.position, DictionaryItem.id)))


def fixed_reason(dictionary_code: str) -> str:
    """Return why nothing can be added to or retired from a dictionary; empty where it can."""
    if dictionary_code in dictionary_uses.ENUMS:
        return "这本字典的各项由系统程序固定使用，只能修改名称和顺序，不能新增、停用或合并"
    return ""


# ---------------------------------------------------------------- adding and renaming
def check(
    known: Sequence[DictionaryItem], typed: ItemInput, row: DictionaryItem | None
) -> tuple[ItemInput, dict[str, str]]:
    """Return what was typed in its stored form, and sentences by field.

    Args:
        known: every entry of the dictionary.
        typed: the form.
        row: the entry that is changed; ``None`` for a new one.
    """
    code, label = typed.code.strip(), visible(typed.label)
    errors: dict[str, str] = {}
    if not CODE.fullmatch(code):
        errors["code"] = "“代码”由 1 至 32 个字母、数字、点、下划线或短横组成，以字母或数字开头"
    elif any(other.code.casefold() == code.casefold() for other in known if other is not row):
        errors["code"] = f"代码“{code}”已有，请换一个；停用的代码也不能再用"
    if not label:
        errors["label"] = "请填写“名称”"
    elif len(label) > LABEL_LENGTH:
        errors["label"] = f"“名称”有 {len(label)} 个字，最多 {LABEL_LENGTH} 个字，请删减"
    elif twin := _twin(known, row, replace(typed, label=label)):
        errors["label"] = f"同一级已有“{label}”（代码 {twin.code}），请换一个名称"
    if typed.position is not None and not 1 <= typed.position <= MOST_POSITIONS:
        errors["position"] = f"“顺序”请填 1 至 {MOST_POSITIONS:,} 的整数"
    parent = typed.parent_code or None
    if parent is not None and (row is None or parent != row.parent_code):
        errors |= _check_parent(known, row, parent)
    if sentence := _begins_out_of_turn(known, row, parent, typed.valid_from):
        errors["valid_from"] = sentence
    return ItemInput(code, label, parent, typed.position, typed.valid_from), errors


def _twin(
    known: Sequence[DictionaryItem], row: DictionaryItem | None, typed: ItemInput
) -> DictionaryItem | None:
    """Return an entry of the same name and superior that can be chosen, from today on, while this one can."""
    first, last = max(today(), typed.valid_from or today()), row.valid_to if row else None
    if last is not None and last < first:
        return None
    return next(
        (
            other
            for other in known
            if other is not row
            and (other.label, other.parent_code) == (typed.label, typed.parent_code or None)
            and not has_ended(other, first)
            and (last is None or not begins_later(other, last))
        ),
        None,
    )


def _begins_out_of_turn(
    known: Sequence[DictionaryItem], row: DictionaryItem | None, parent: str | None, begins: date | None
) -> str:
    """Return why an entry cannot begin on a day: what it stands below begins later, or what stands below it earlier."""
    first = max(today(), begins or today())
    for other in known:
        if other.code == parent and begins_later(other, first):
            return f"上级“{other.label}”自 {other.valid_from} 起启用，“启用日期”不能早于这一天"
        if row is None or other.parent_code != row.code or has_ended(other):
            continue
        if first > today() and not begins_later(other, first - timedelta(days=1)):
            return f"下级“{other.label}”启用得更早，请先修改下级的“启用日期”"
    return ""


def _check_parent(known: Sequence[DictionaryItem], row: DictionaryItem | None, parent: str) -> dict[str, str]:
    above = {one.code: one.parent_code for one in known}
    found = next((one for one in known if one.code == parent), None)
    if found is None:
        return {"parent_code": f"没有代码为“{parent}”的上级，请从列表中选择"}
    if has_ended(found):
        return {"parent_code": f"上级“{found.label}”已停用，请另选"}
    here: str | None = parent
    for _step in above:
        if here is None:
            break
        if row is not None and here == row.code:
            return {"parent_code": "“上级代码”不能是本项或其下级"}
        here = above.get(here)
    return {}


def free_code(known: Sequence[DictionaryItem]) -> str:
    """Return a code that was never used, for entries such as 常用语 whose code says nothing."""
    taken = {one.code for one in known}
    return next(code for number in count(len(known) + 1) if (code := f"n{number}") not in taken)


def create(
    session: Session, actor: Actor, dictionary_code: str, typed: ItemInput, *, request_id: str | None = None
) -> DictionaryItem:
    """Add an entry at its place; the caller holds the dictionary, checks the permission and commits.

    Raises:
        InputError: by field.
    """
    _refuse_fixed(dictionary_code)
    known = entries(session, dictionary_code)
    clean, errors = check(known, replace(typed, code=typed.code.strip() or free_code(known)), None)
    if errors:
        raise InputError(errors)
    row = DictionaryItem(
        dictionary_code=dictionary_code, code=clean.code, label=clean.label, parent_code=clean.parent_code,
        position=max((one.position for one in known), default=0) + 1, valid_from=clean.valid_from, edited_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    if clean.position is not None:
        _put(session, [*known, row], row, clean.position)
    else:
        _renumber(session, [*known, row])
    told = base_history.differences(LABELS, dict.fromkeys(FIELDS), snapshot(row))
    note(session, actor, row, "create", told, request_id=request_id)
    return row


def edit(
    session: Session, actor: Actor, row: DictionaryItem, typed: ItemInput, *, request_id: str | None = None
) -> bool:
    """Change an entry; return whether anything changed. A code that is used stays.

    Raises:
        InputError: by field.
    """
    known = entries(session, row.dictionary_code)
    clean, errors = check(known, typed, row)
    if clean.code != row.code and "code" not in errors:
        locked = code_lock(session, row)
        if locked:
            errors["code"] = f"代码不能修改：{locked}"
    if clean.valid_from != row.valid_from:
        _refuse_fixed(row.dictionary_code)
        if row.valid_to is not None and clean.valid_from is not None and clean.valid_from > row.valid_to:
            errors["valid_from"] = f"“启用日期”不能晚于有效期至（{row.valid_to}）"
    if errors:
        raise InputError(errors)
    before = snapshot(row)
    row.code, row.label, row.parent_code = clean.code, clean.label, clean.parent_code
    row.valid_from = clean.valid_from
    if clean.position is not None and clean.position != row.position:
        _put(session, known, row, clean.position)
    elif clean.parent_code != before["parent_code"]:
        _renumber(session, known)
    return _changed(session, actor, row, "edit", before, request_id)


def renaming(found: list[dictionary_uses.Use]) -> str:
    """Return what another name of an entry means for what uses it; empty where nothing does."""
    used = dictionary_uses.sentence([use for use in found if use.shown])
    if not used:
        return ""
    return (
        f"已被使用（{used}）：改名后这些记录都显示新名称，已经认定的也一样。只是更正文字可以改名；"
        "含义变了，请新增一项并停用这一项"
    )


def code_lock(session: Session, row: DictionaryItem) -> str:
    """Return why the code of an entry stays as it is; empty where it may be changed: it is one's own and unused.

    One that came with the standard would be put back under its old code by the next ``seed base``.
    """
    if row.dictionary_code in dictionary_uses.ENUMS:
        return "由系统程序固定使用"
    if used := dictionary_uses.sentence(dictionary_uses.uses(session, row)):
        return f"已被使用（{used}）"
    made = exists().where(
        JournalEntry.object_type == OBJECT, JournalEntry.object_id == row.id, JournalEntry.action == "create"
    )
    with unscoped(session, "whether an entry came with the standard or was added"):
        return "" if session.scalar(select(made)) else "随系统提供的标准代码"


# ---------------------------------------------------------------- order
def move(
    session: Session, actor: Actor, row: DictionaryItem, way: str, *, request_id: str | None = None
) -> bool:
    """Move an entry past the one before or after it that is in force too; return whether there is one."""
    known = entries(session, row.dictionary_code)
    siblings = [one for one in known if one.parent_code == row.parent_code]
    step, here = WAYS[way], siblings.index(row)
    ahead = siblings[here + 1 :] if step > 0 else siblings[:here][::-1]
    passed = next((one for one in ahead if is_in_force(one)), None)
    if passed is None:
        return False
    before = snapshot(row)
    rest = [one for one in known if one is not row]
    rest.insert(rest.index(passed) + (1 if step > 0 else 0), row)
    _renumber(session, rest)
    return _changed(session, actor, row, "move", before, request_id)


def _put(session: Session, known: Sequence[DictionaryItem], row: DictionaryItem, position: int) -> None:
    rest = [one for one in known if one is not row]
    ahead = [one for one in rest if one.position < position]
    if row.position < position:  # it leaves a place free above
        ahead = [one for one in rest if one.position <= position]
    _renumber(session, [*ahead, row, *rest[len(ahead) :]])


def _renumber(session: Session, ordered: Sequence[DictionaryItem]) -> None:
    """Number entries from 1 in tree order, as they stand in every select."""
    rows = {one.code: one for one in ordered}
    lines = [picking.Option(one.code, one.label, one.parent_code) for one in ordered]
    for number, (_depth, line) in enumerate(picking.in_tree_order(lines), 1):
        if rows[line.value].position != number:
            rows[line.value].position, rows[line.value].edited_at = number, now()
    session.flush()


renumber = _renumber


# ---------------------------------------------------------------- retiring
def last_day(row: DictionaryItem, first_without: date | None) -> date:
    """Return the last day of an entry that is retired from a day on.

    Raises:
        InputError: ``day``: none was given, or it lies before the entry begins.
    """
    if first_without is None:
        raise InputError({"day": "请填写“自哪天起停用”，如 2026-01-31"})
    day = first_without - timedelta(days=1)
    if row.valid_from is not None and day < row.valid_from:
        raise InputError({"day": f"停用不能早于启用（{row.valid_from}）之后的第二天"})
    return day


def retire(
    session: Session,
    actor: Actor,
    row: DictionaryItem,
    first_without: date | None,
    *,
    request_id: str | None = None,
) -> bool:
    """Let nobody choose an entry from a day on; what has it keeps it.

    Raises:
        InputError: ``day``, or the entry is needed by others below it.
    """
    _refuse_fixed(row.dictionary_code)
    day = last_day(row, first_without)
    _refuse_with_children(session, row)
    before = snapshot(row)
    row.valid_to, row.merged_into = day, None
    return _changed(session, actor, row, "retire", before, request_id)


def restore(session: Session, actor: Actor, row: DictionaryItem, *, request_id: str | None = None) -> bool:
    """Let an entry be chosen again; it is merged into nothing any more.

    Raises:
        InputError: the entry above it is retired, or another took its name.
    """
    known = entries(session, row.dictionary_code)
    parent = next((one for one in known if one.code == row.parent_code), None)
    if parent is not None and has_ended(parent):
        raise InputError({"": f"上级“{parent.label}”已停用，请先恢复上级"})
    before = snapshot(row)
    row.valid_to = row.merged_into = None
    _clean, errors = check(known, ItemInput(row.code, row.label, row.parent_code, None, row.valid_from), row)
    if errors:
        raise InputError({"": f"{next(iter(errors.values()))}；请先修改后再恢复"})
    return _changed(session, actor, row, "restore", before, request_id)


def merge(
    session: Session, actor: Actor, row: DictionaryItem, into: str, *, request_id: str | None = None
) -> bool:
    """Retire an entry from today on and say which one stands for it; records keep the code they have.

    Raises:
        InputError: ``into``: it is none that can be chosen; or the entry is needed by others below it.
    """
    _refuse_fixed(row.dictionary_code)
    known = entries(session, row.dictionary_code)
    target = next((one for one in known if one.code == into), None)
    if target is None or target is row or not is_in_force(target):
        raise InputError({"into": "请选择本字典中在用的另一项"})
    _refuse_with_children(session, row)
    before = snapshot(row)
    row.valid_to = min(row.valid_to or date.max, last_day(row, today()))
    row.merged_into = target.code
    return _changed(session, actor, row, "merge", before, request_id)


def targets(session: Session, row: DictionaryItem) -> list[DictionaryItem]:
    """Return the entries one can be merged into."""
    return [one for one in entries(session, row.dictionary_code) if one is not row and is_in_force(one)]


def _refuse_fixed(dictionary_code: str) -> None:
    if reason := fixed_reason(dictionary_code):
        raise InputError({"": reason})


def _refuse_with_children(session: Session, row: DictionaryItem) -> None:
    below = [
        one
        for one in entries(session, row.dictionary_code)
        if one.parent_code == row.code and not has_ended(one)
    ]
    if below:
        raise InputError(
            {
                "": f"“{row.label}”还有 {len(below)} 个在用的下级或将启用的下级（如“{below[0].label}”），请先停用或改到其他上级"
            }
        )


# ---------------------------------------------------------------- telling
def snapshot(row: DictionaryItem) -> dict[str, Any]:
    """Return the fields of an entry before it is changed."""
    return {name: getattr(row, name) for name in FIELDS}


def _changed(
    session: Session,
    actor: Actor,
    row: DictionaryItem,
    action: str,
    before: Mapping[str, Any],
    request_id: str | None,
) -> bool:
    told = base_history.differences(LABELS, before, snapshot(row))
    if not told:
        return False
    row.edited_at = now()
    session.flush()
    note(session, actor, row, action, told, request_id=request_id)
    return True


changed = _changed


def note(
    session: Session,
    actor: Actor,
    row: DictionaryItem,
    action: str,
    told: Mapping[str, Any],
    *,
    request_id: str | None = None,
) -> None:
    """Journal a change of an entry, told as label: [old, new]."""
    journal.record(
        session, actor, OBJECT, row.id, action,
        details={"dictionary": row.dictionary_code, "code": row.code, "label": row.label, "changes": dict(told)},
        request_id=request_id,
    )  # fmt: skip
