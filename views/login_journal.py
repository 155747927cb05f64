"""登录日志: logins, failures, locks and what superiors did about them; one's own, and those of one's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from models import JournalEntry
from models.enums import UserType
from services import journal_reading, login_journal
from services.journal_details import WHY
from services.login_journal import LoginEvent
from views import filters
from views.base import GridView
from views.exporting import ExportMixin
from views.extensions import actor, db
from views.journal import ORGANIZATIONS, ToldMixin
from views.values import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement

FAILED = "failed"


def _outcomes() -> list[tuple[str, str]]:
    return [(FAILED, "登录失败（全部）"), *login_journal.LABELS.items()]


def _with_outcome(value: str) -> ColumnElement[bool]:
    return JournalEntry.action.in_(login_journal.FAILURES if value == FAILED else (value,))


class LoginJournalView(ToldMixin, ExportMixin, GridView):
    """登录日志."""

    columns = ("moment", "whose", "event", "address", "device", "who", "reason")
    labels = {"whose": "账户", "event": "结果", "address": "网络地址", "device": "设备", "who": "操作人"}
    self_evident = {UserType.PERSON: frozenset({"whose"})}
    sortable = ("moment",)
    order = (JournalEntry.id.desc(),)
    can_view_details = False
    person_key = ""
    list_template = "admin/journal/list.html"
    nothing_yet = "还没有登录记录。"
    filters = (
        filters.of_moments("moment", "时间", JournalEntry.moment),
        filters.TextFilter("whose", "姓名、手机、机构", lambda text: journal_reading.logins_of(db.session(), text), ORGANIZATIONS),
        filters.GridFilter("event", "结果", _outcomes, _with_outcome),
        filters.TextFilter("address", "网络地址", journal_reading.from_address),
    )  # fmt: skip

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return rows about logins whose content the actor may read: the address is content."""
        return journal_reading.about_logins(), journal_reading.readable(actor())

    def value_of(self, row: Any, path: str) -> Any:
        """Return whose login it was, what happened, and from where."""
        if path in {"address", "device"}:
            return (row.details or {}).get(path)
        said = SAID.get(path)
        return said(self, row) if said else shown_text(getattr(row, path))

    def whose(self, row: JournalEntry) -> str:
        """Return the name behind the account, as far as the actor sees it."""
        if row.object_id == login_journal.NOBODY:
            return "（没有这个账户）"
        return self.told.titles.get((row.object_type, row.object_id)) or f"账户 {row.object_id} 号"

    def why(self, row: JournalEntry) -> str | None:
        """Return why a login was refused, or why a superior did something."""
        return WHY.get((row.details or {}).get("why", "")) or self.reason_of(row)


def _event(row: JournalEntry) -> Any:
    return LoginEvent._value2member_map_.get(row.action) or login_journal.LABELS.get(row.action, row.action)


SAID: dict[str, Callable[[LoginJournalView, JournalEntry], Any]] = {
    "whose": LoginJournalView.whose,
    "event": lambda _view, row: _event(row),
    "who": LoginJournalView.who_acted,
    "reason": LoginJournalView.why,
}
"""How a column is said that is not shown as it is stored."""
