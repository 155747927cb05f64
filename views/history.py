"""办理经过: the journal of one thing as a time line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models.base import CHINA
from services import reading
from views.extensions import db

if TYPE_CHECKING:
    from models import JournalEntry
    from workflow.core import Workflow

OTHER = {
    "create": "填报",
    "edit": "修改",
    "register": "注册",
    "issue": "制证",
    "print": "打印",
    "delete": "删除",
}


def history_of(workflow: Workflow, key: int) -> list[dict[str, Any]]:
    """Return the time line of one row, oldest first."""
    labels = OTHER | {transition.name: transition.label for transition in workflow.transitions}
    colours = {transition.name: transition.colour for transition in workflow.transitions}
    return [
        {
            "when": entry.moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
            "actor": _who(entry, office),
            "label": labels.get(entry.action, entry.action),
            "colour": colours.get(entry.action, "secondary"),
            "note": entry.reason,
        }
        for entry, office in reading.journal_of(db.session(), workflow.name, key)
    ]


def _who(entry: JournalEntry, office: str | None) -> str:
    if office:
        return office
    return "本人" if entry.actor_id else "—"
