"""谁看过我的信息: who saw or took along one's full citizen id, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from models import JournalEntry
from models.journal import SEEN
from services import journal_reading
from views import filters
from views.base import GridView
from views.extensions import actor, db
from views.history import OTHER
from views.journal import ToldMixin, action_label
from views.values import shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement


class LookupView(ToldMixin, GridView):
    """谁看过我的信息."""

    columns = ("moment", "office", "who", "action", "reason")
    labels = {
        "office": "机构",
        "who": "查看人",
        "action": "查看方式",
        "reason": "查看原因",
        "moment": "查看时间",
    }
    sortable = ("moment",)
    order = (JournalEntry.id.desc(),)
    can_view_details = False
    nothing_yet = (
        "还没有单位或机构查看、导出过您的完整身份证号。有人查看时，这里会写明是谁、在什么时候、因为什么。"
    )
    filters = (
        filters.of_moments("moment", "时间", JournalEntry.moment),
        filters.GridFilter(
            "action",
            "查看方式",
            lambda: [(name, OTHER[name]) for name in SEEN],
            lambda value: JournalEntry.action == value,
        ),
    )

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return the rows about oneself."""
        return (journal_reading.lookups_of(actor().person_id or 0),)

    def prepare(self, rows: Sequence[JournalEntry]) -> None:
        """Look up who acted as well: who saw one's data is one's own to know."""
        super().prepare(rows)
        g.setdefault("lookup_names", {}).update(journal_reading.who_acted(db.session(), rows))

    def value_of(self, row: Any, path: str) -> Any:
        """Return office, name, and what was done."""
        if path == "office":
            return self.office_of(row)
        if path == "who":
            return g.lookup_names.get(row.actor_id)
        if path == "action":
            return action_label(row)
        return shown_text(getattr(row, path))
