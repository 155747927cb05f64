"""What a journal row's content says: what was changed from what to what, and the facts beside it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models import Base
from models.enums import ApproverRoute, Labelled
from services.departments import MOVES
from workflow.changes import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS = {
    "address": "网络地址",
    "device": "设备",
    "why": "说明",
    "rows": "记录数",
    "grid": "列表",
    "conditions": "条件",
    "number": "编号",
    "filename": "文件名",
    "sha256": "文件校验值",
    "version": "版本",
    "key": "对象",
    "title": "标题",
    "name": "名称",
    "to": "去向",
    "way": "方向",
    "year": "年度",
    "kind": "类别",
    "change": "变化",
    "ended": "结束的会话数",
    "run": "导入序号",
    "correction": "信息更正序号",
    "after": "前一次登记",
    "sealed": "核对无误的日志数",
    "unsealed": "尚未封存的日志数",
    "problem": "发现的问题",
    "head": "链值",
    "session": "会话序号",
    "items": "申报项目",
    "courses": "课程",
    "attachments": "附件",
    "asked_type": "所问对象",
    "asked_key": "所问编号",
    "asked_verb": "所问操作",
    "flagged": "需要核实的账户数",
    "label": "名称",
    "code": "编码",
    "dictionary": "字典",
    "print": "累计打印次数",
    "route": "审批去向",
    "batch": "所撤回的批次",
    "choice": "消息邮件",
}
"""What the keys of a journal row's content mean, where they are no columns."""
VALUES: dict[str, Mapping[str, str]] = {
    "route": {route.value: str(route.label) for route in ApproverRoute},
    "way": MOVES,
    "kind": {"staff": "专业技术人员", "roster": "学员名册"},
}
"""What the values of facts mean that are written as codes, where no column says it."""
PAIR, TRIPLE = 2, 3
WHY = {
    "source": "本网络地址失败次数过多",
    "pending": "账户还未被审核",
    "expired": "初始密码已过期",
}


class Content(NamedTuple):
    """What a row says: fields that were changed, and other facts as (label, text)."""

    changes: list[Change]
    facts: list[tuple[str, str]]


def content_of(
    object_type: str, details: Mapping[str, Any] | None, words: Mapping[str, Mapping[str, str]] | None = None
) -> Content:
    """Return what a row's content says in words.

    Services write it in a few shapes: ``before`` and ``after`` snapshots, ``name: [label, old, new]``,
    ``name: [old, new]``, ``changes: [[label, old, new], …]`` or ``changes: {label: [old, new]}``, and plain facts.

    Args:
        object_type: what the row is about.
        details: its content.
        words: by key of a fact, what its values mean to the reader, besides :data:`VALUES`.
    """
    meanings = {**VALUES, **(words or {})}
    changes: list[Change] = []
    facts: list[tuple[str, str]] = []
    rest = dict(details or {})
    before, after = rest.pop("before", None), rest.pop("after", None)
    if isinstance(before, dict):
        changes += _compared(object_type, before, after if isinstance(after, dict) else {})
    elif after is not None:
        rest["after"] = after
    listed = rest.pop("changes", None) or []
    lines = [(label, *pair) for label, pair in listed.items()] if isinstance(listed, dict) else listed
    changes += [Change(*(_text(part) for part in line)) for line in lines]
    for name, value in rest.items():
        if isinstance(value, list) and len(value) == TRIPLE:
            changes.append(Change(*(_text(part) for part in value)))
        elif isinstance(value, list) and len(value) == PAIR:
            changes.append(
                Change(_label(object_type, name), *(_said(object_type, name, part) for part in value))
            )
        elif value is not None and value != "":
            known = {**WHY, **meanings.get(name, {})} if isinstance(value, str) else {}
            facts.append((_label(object_type, name), known.get(value) or _said(object_type, name, value)))
    return Content(changes, facts)


def _compared(object_type: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    return [
        Change(
            _label(object_type, name),
            _said(object_type, name, before.get(name)),
            _said(object_type, name, after.get(name)),
        )
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]


def _column(object_type: str, name: str) -> Any:
    table = Base.metadata.tables.get(object_type)
    return None if table is None else table.c.get(name)


def _label(object_type: str, name: str) -> str:
    column = _column(object_type, name)
    return (
        str(column.info["label"]) if column is not None and "label" in column.info else FACTS.get(name, name)
    )


def _said(object_type: str, name: str, value: Any) -> str:
    column = _column(object_type, name)
    enum = getattr(column.type, "enum_class", None) if column is not None else None
    if enum is not None and issubclass(enum, Labelled) and value in list(enum):
        return str(enum(value).label)
    return _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "；".join(f"{name}：{_text(part)}" for name, part in value.items())
    if isinstance(value, list):
        return "\n".join(_text(part) for part in value)
    return str(value)
