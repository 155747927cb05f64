"""通知公告: written by the province and the system administrator, shown on the portal and everybody's first page."""

from __future__ import annotations

from typing import Any

from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy import or_
from sqlalchemy.orm import joinedload
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired
from wtforms.widgets import DateInput

from models import Announcement
from models.base import label_of, today
from models.enums import UserType
from services import announcement_board, announcing, picking
from services.announcing import AnnouncementInput
from services.errors import InputError
from services.validity import in_force, region_name
from views import filters
from views.base_data import KeptView
from views.dictionaries import as_day
from views.extensions import actor, db, request_id
from views.picking import offer

ALL, SOME = "1", "0"


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
    everyone = RadioField(
        "面向对象", choices=[(ALL, "所有人，包括没有登录的访客"), (SOME, "指定用户类型")], default=ALL,
        description="首页和登录页只向访客显示面向所有人的公告",
    )  # fmt: skip
    audience = SelectMultipleField(
        label_of(Announcement, "audience"), choices=[(kind.value, kind.label) for kind in UserType],
        description="选“指定用户类型”时，至少选一种", validate_choice=False,
    )  # fmt: skip
    region_code = SelectField(
        label_of(Announcement, "region_code"), choices=[], validate_choice=False,
        description="只给该区域及所属区县的这些用户看；不选则不限区域",
    )  # fmt: skip


def _regions(row: Announcement | None) -> list[picking.Option]:
    """Return the regions where somebody is, and that of the announcement though it was abolished: saving must not widen it."""
    options = picking.regions(db.session(), peopled=True)
    kept = row.region if row else None
    if kept is None or kept.code in {option.value for option in options}:
        return options
    return [*options, picking.Option(kept.code, region_name(kept), None)]


class AnnouncementView(KeptView):
    """Announcements, shown or not."""

    object_type = "announcement"
    saved = "已保存"
    create_label = "新增公告"
    columns = ("title", "state", "for", "valid_from", "valid_to")
    details = ("title", "state", "for", "valid_from", "valid_to", "body")
    labels = {"state": "状态", "for": "面向对象"}
    options = (joinedload(Announcement.region),)
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
        """Return stored values, whether it is shown, and to whom."""
        said = {"state": announcing.state_of, "for": announcing.audience_of}.get(path)
        return said(row) if said else super().value_of(row, path)

    def form_for(self, row: Any) -> FlaskForm:
        """Return the form; a new one begins today."""
        if row is None:
            form = AnnouncementForm(valid_from=today().isoformat())
        else:
            kept = {"everyone": ALL if row.everyone else SOME, "audience": sorted(row.audience)}
            days = {"valid_from": row.valid_from, "valid_to": row.valid_to}
            form = AnnouncementForm(
                title=row.title, body=row.body, region_code=row.region_code, **days, **kept
            )
        offer(form.region_code, _regions(row), own="全市")
        return form

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
            form.title.data or "", form.body.data or "", as_day(days["valid_from"]), as_day(days["valid_to"]),
            everyone=form.everyone.data != SOME,
            audience=frozenset(kind for kind in UserType if kind.value in (form.audience.data or ())),
            region_code=form.region_code.data or None,
        )  # fmt: skip
        return announcing.save(db.session(), actor(), row, typed, request_id=request_id())

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return whether it can be taken down, and how many of its audience read it."""
        shown = announcing.state_of(row) == "显示中"
        return {
            **super().extra_details(row),
            "shown": shown,
            "record_title": row.title,
            "figures": announcement_board.figures(db.session(), row),
            "readers_url": self.get_url("announcement-read.index_view", announcement=row.id),
        }

    @expose("/retire/", methods=("POST",))
    def retire_view(self) -> Any:
        """Show an announcement no more from today on."""
        return self.changed_by_post(
            lambda row: announcing.take_down(db.session(), actor(), row, request_id=request_id()),
            "已下线，首页不再显示；修改下线日期可以重新显示",
        )
