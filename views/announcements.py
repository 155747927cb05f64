"""通知公告: written by the province and the system administrator, shown on the portal and everybody's first page."""

from __future__ import annotations

from typing import Any

from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy import or_
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired
from wtforms.widgets import DateInput

from models import Announcement
from models.base import label_of, today
from services import announcing
from services.announcing import AnnouncementInput
from services.errors import InputError
from services.validity import in_force
from views import filters
from views.base_data import KeptView
from views.dictionaries import as_day
from views.extensions import actor, db, request_id


class AnnouncementForm(FlaskForm):
    """An announcement."""

    title = StringField(label_of(Announcement, "title"), [DataRequired("请填写“标题”")])
    body = TextAreaField(
        label_of(Announcement, "body"), [DataRequired("请填写“内容”")], render_kw={"rows": 10},
        description=f"纯文字，按填写的换行显示，最多 {announcing.BODY_LENGTH:,} 个字",
    )  # fmt: skip
    valid_from = StringField(
        label_of(Announcement, "valid_from"), [DataRequired("请填写“发布日期”")], widget=DateInput(),
        description="可以填以后的日期，到日自动显示",
    )  # fmt: skip
    valid_to = StringField(
        label_of(Announcement, "valid_to"), widget=DateInput(), description="显示的最后一天；留空则一直显示"
    )


class AnnouncementView(KeptView):
    """Announcements, shown or not."""

    object_type = "announcement"
    create_label = "新增公告"
    columns = ("title", "state", "valid_from", "valid_to")
    details = ("title", "state", "valid_from", "valid_to", "body")
    labels = {"state": "状态"}
    sortable = ("valid_from", "valid_to")
    order = (Announcement.valid_from.desc(), Announcement.id.desc())
    hint = "标题或内容"
    filters = (
        filters.GridFilter(
            "shown",
            "状态",
            lambda: [("1", "显示中"), ("0", "没有显示")],
            lambda value: in_force(Announcement) if value == "1" else ~in_force(Announcement),
        ),
    )
    nothing_yet = "还没有公告。"
    details_template = "admin/base_data/announcement.html"

    def search(self, term: str) -> Any:
        """Find by title or text."""
        return or_(
            *(column.contains(term, autoescape=True) for column in (Announcement.title, Announcement.body))
        )

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values, and whether it is shown."""
        return announcing.state_of(row) if path == "state" else super().value_of(row, path)

    def form_for(self, row: Any) -> FlaskForm:
        """Return the form; a new one begins today."""
        return AnnouncementForm(obj=row) if row else AnnouncementForm(valid_from=today().isoformat())

    def write(self, form: Any, row: Any) -> Any:
        """Store an announcement."""
        days = {name: (getattr(form, name).data or "").strip() for name in ("valid_from", "valid_to")}
        wrong = {
            name: "请按 2026-01-31 的形式填写日期"
            for name, text in days.items()
            if text and as_day(text) is None
        }
        if wrong:
            raise InputError(wrong)
        typed = AnnouncementInput(
            form.title.data or "", form.body.data or "", as_day(days["valid_from"]), as_day(days["valid_to"])
        )
        return announcing.save(db.session(), actor(), row, typed, request_id=request_id())

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return whether it can be taken down."""
        shown = announcing.state_of(row) == "显示中"
        return {**super().extra_details(row), "shown": shown, "record_title": row.title}

    @expose("/retire/", methods=("POST",))
    def retire_view(self) -> Any:
        """Show an announcement no more from today on."""
        return self.changed_by_post(
            lambda row: announcing.take_down(db.session(), actor(), row, request_id=request_id()),
            "已下线，首页不再显示；修改下线日期可以重新显示",
        )
