"""登录日志: logins, failures, locks and what superiors did about them; one's own, and those of one's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from models import JournalEntry
from models.enums import UserType
from permissions.scopes import about_logins
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

    from services.journal_reading import Owner

FAILED = "failed"


def _outcomes() -> list[tuple[str, str]]:
    return [(FAILED, "登录失败（全部）"), *login_journal.LABELS.items()]


def _with_outcome(value: str) -> ColumnElement[bool]:
    return JournalEntry.action.in_(login_journal.FAILURES if value == FAILED else (value,))


class LoginJournalView(ToldMixin, ExportMixin, GridView):
    """登录日志."""

    columns = ("moment", "whose", "user_type", "owner_office", "event", "address", "device", "who", "reason")
    labels = {
        "whose": "账户", "user_type": "用户类型", "owner_office": "所属机构", "event": "结果", "address": "网络地址", "device": "设备",
        "who": "操作人",
    }  # fmt: skip
    self_evident = {UserType.PERSON: frozenset({"whose", "user_type", "owner_office"})}
    sortable = ("moment",)
    order = (JournalEntry.id.desc(),)
    can_view_details = False
    person_key = ""
    list_template = "admin/journal/list.html"
    nothing_yet = "还没有登录记录。"
    filters = (
        filters.of_moments("moment", "时间", JournalEntry.moment),
        filters.TextFilter(
            "whose", "姓名、机构", lambda text: journal_reading.logins_of(db.session(), actor(), text), ORGANIZATIONS
        ),
        filters.GridFilter("event", "结果", _outcomes, _with_outcome),
        filters.TextFilter("address", "网络地址", journal_reading.from_address),
    )  # fmt: skip

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return rows about logins whose content the actor may read: the address is content."""
        return about_logins(), journal_reading.readable(actor())

    def prepare(self, rows: Sequence[JournalEntry]) -> None:
        """Look up whose accounts they are, besides what every journal row needs."""
        super().prepare(rows)
        self.owners.update(journal_reading.owners_of(db.session(), actor(), rows, self.told))

    @property
    def owners(self) -> dict[int, Owner]:
        """Whose accounts the rows of this request are about, by key."""
        found: dict[int, Owner] = g.setdefault("login_owners", {})
        return found

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
        owner = self.owners.get(row.object_id)
        return owner.name if owner else f"账户 {row.object_id} 号"

    def user_type_of(self, row: JournalEntry) -> UserType | None:
        """Return what kind of user the account is."""
        owner = self.owners.get(row.object_id)
        return owner.user_type if owner else None

    def office_of_owner(self, row: JournalEntry) -> str | None:
        """Return the organisation the account belongs to, of a professional his employer."""
        owner = self.owners.get(row.object_id)
        return owner.office if owner else None

    def why(self, row: JournalEntry) -> str | None:
        """Return why a login was refused, or why a superior did something."""
        return WHY.get((row.details or {}).get("why", "")) or self.reason_of(row)


def _event(row: JournalEntry) -> Any:
    return LoginEvent._value2member_map_.get(row.action) or login_journal.LABELS.get(row.action, row.action)


SAID: dict[str, Callable[[LoginJournalView, JournalEntry], Any]] = {
    "whose": LoginJournalView.whose,
    "user_type": LoginJournalView.user_type_of,
    "owner_office": LoginJournalView.office_of_owner,
    "event": lambda _view, row: _event(row),
    "who": LoginJournalView.who_acted,
    "reason": LoginJournalView.why,
}
"""How a column is said that is not shown as it is stored."""
