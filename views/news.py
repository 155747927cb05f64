"""公告栏: the announcements for the actor, opened one by one; and who read them, for whoever writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request
from flask_admin.base import expose
from sqlalchemy.orm import joinedload

from models import Account, AnnouncementRead, Person
from models.enums import UserType
from services import announcement_board, announcing
from views import filters
from views.base import GridView
from views.extensions import actor, db
from views.home import announcements
from views.own_account import OwnPage
from views.values import as_key, shown_text

if TYPE_CHECKING:
    from services.announcement_board import Shown


class NewsView(OwnPage):
    """The board, and one announcement. Opening is a POST, which writes down that it was read."""

    @expose("/")
    def index_view(self) -> str:
        """Show what is for the actor today."""
        return self.render("admin/news/list.html", announcements=announcements(actor(), None))

    @expose("/read/", methods=("POST",))
    def read_view(self) -> Any:
        """Write down that one was read, and show it."""
        shown = self._asked(request.form.get("id"))
        announcement_board.record(db.session(), actor(), shown)
        db.session.commit()
        return redirect(self.get_url(".details_view", id=shown.announcement.id), code=303)

    @expose("/details/")
    def details_view(self) -> str:
        """Show one."""
        shown = self._asked(request.args.get("id"))
        row = shown.announcement
        return self.render(
            "admin/news/details.html", title=row.title, body=row.body, date=row.valid_from.isoformat(), key=row.id,
            read_at=shown_text(shown.read_at) if shown.read_at else "", audience=announcing.audience_of(row),
        )  # fmt: skip

    @staticmethod
    def _asked(key: str | None) -> Shown:
        return announcement_board.one(db.session(), actor(), as_key(key)) or abort(404)


class AnnouncementReadView(GridView):
    """公告阅读情况: who read which announcement; who is out of the author's sight stands there by number."""

    columns = ("read_at", "announcement", "who", "user_type", "office")
    labels = {"who": "阅读人", "office": "单位或机构"}
    sortable = ("read_at",)
    order = (AnnouncementRead.id.desc(),)
    can_view_details = False
    nothing_yet = "还没有人阅读公告。"
    options = (
        joinedload(AnnouncementRead.announcement),
        joinedload(AnnouncementRead.account).joinedload(Account.organization),
        joinedload(AnnouncementRead.account).joinedload(Account.person).joinedload(Person.employer),
    )
    filters = (
        filters.GridFilter(
            "announcement", "公告", lambda: announcement_board.choices(db.session()),
            lambda value: AnnouncementRead.announcement_id == (as_key(value) or 0),
        ),
        filters.of_enum("user_type", "用户类型", AnnouncementRead.user_type, UserType),
        filters.of_moments("read_at", "阅读时间", AnnouncementRead.read_at),
    )  # fmt: skip

    def value_of(self, row: Any, path: str) -> Any:
        """Return who read it and where he belongs, as far as the actor sees him."""
        account = row.account
        if path == "who":
            return account.real_name if account else f"账户 {row.account_id} 号"
        if path == "office":
            office = account and (account.organization or (account.person and account.person.employer))
            return office.name if office else None
        return super().value_of(row, path)
