"""办理经过: the journal of one thing as a time line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.base import CHINA
from services import administrators, duties, login_journal, reading
from views.extensions import db
from workflow import engine
from workflow.account import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from models import JournalEntry
    from workflow.core import Workflow

OTHER = {
    "create": "新增",
    "start": "发起",
    "edit": "修改",
    "register": "注册",
    "enrol": "登记为学员",
    "attendance": "登记出勤率",
    "issue": "制证",
    "print": "打印",
    "carry": "下载电子凭证",
    "altered": "发现存档被改动",
    "reprint": "补打",
    "revoke": "撤销证书",
    "download": "下载文件",
    "delete": "删除",
    "ask": "申请变更",
    "move": "移动",
    "retire": "停用",
    "restore": "恢复",
    "merge": "合并",
    "hand_over": "改由新的审批机构审批",
    "import": "导入",
    "cancel": "取消后台办理",
    "open": "开通账户",
    "export": "导出",
    "unmask": "查看完整身份证号",
    "export_unmasked": "导出完整身份证号",
    "give": "委托代办",
    "end": "提前结束委托",
    "lapse": "委托到期",
    "publish": "发布",
    "settle": "逐行办结",
    "unsettle": "重新待审批",
    "refused": "未办理",
    "order_verification": "要求核对日志",
    "verify": "核对日志",
    "explain": "权限透视",
    "assign_duty": "授予三员职责",
    "separate": "启用三员分立",
    "unseparate": "停用三员分立",
    "add_rows": "补入学员",
    "remove_rows": "移出学员",
    **login_journal.LABELS,
}

OF_REGIONS = {"retire": "撤销", "merge": "并入"}
"""What actions are called otherwise where they happen to a division."""
FILLED_IN = frozenset({"claim", "training_plan", "grade_sheet"})
"""Objects somebody hands in; everything else is added."""


def labels_of(object_type: str) -> dict[str, str]:
    """Return what actions that are no transition are called where they happen to this sort of object."""
    if object_type == "region":
        return OTHER | OF_REGIONS
    return OTHER | ({"create": "填报"} if object_type in FILLED_IN else {})


def history_of(workflow: Workflow, key: int, *, without: Collection[str] = ()) -> list[dict[str, Any]]:
    """Return the time line of one row, oldest first.

    Args:
        workflow: its table.
        key: its key.
        without: journal actions that are left out.
    """
    labels = labels_of(workflow.name) | {
        transition.name: transition.label for transition in workflow.transitions
    }
    colours = {transition.name: transition.colour for transition in workflow.transitions}
    entries = reading.journal_of(db.session(), workflow.name, key)
    delegates = reading.delegates_named(db.session(), [entry for entry, _office in entries])
    return [
        {
            "when": entry.moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
            "actor": _who(entry, office, delegates),
            "label": labels.get(entry.action, entry.action),
            "colour": colours.get(entry.action, "secondary"),
            "note": entry.reason or entry.details.get("change") or duties.told(entry),
        }
        for entry, office in entries
        if entry.action not in without
    ]


def refused_of(account_id: int) -> list[dict[str, Any]]:
    """Return what was tried with an account and refused, in the words of a time line."""
    return [
        {
            "when": batch.created_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
            "actor": office or "—",
            "label": f"{OTHER['refused']}：{ACCOUNT[batch.transition].label}",
            "colour": "orange",
            "note": engine.sentence_of(ACCOUNT[batch.transition], outcome),
        }
        for batch, outcome, office in administrators.refusals_of(db.session(), account_id)
    ]


def _who(entry: JournalEntry, office: str | None, delegates: Mapping[int, str]) -> str:
    if office and entry.in_place_of_id:
        delegate = delegates.get(entry.actor_id or 0)
        return f"{office}（委托{delegate}代办）" if delegate else f"{office}（委托代办）"
    if office:
        return office
    return "本人" if entry.actor_id else "—"
