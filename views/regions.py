"""行政区划: looked up by code, name or pinyin; added, renamed, abolished from a day on and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired
from wtforms.widgets import DateInput

from models import Region
from models.base import label_of, today
from models.enums import RegionLevel
from services import dictionary_book, region_editing, region_tree
from services.validity import in_force, is_in_force
from views import filters
from views.base_data import KeptView
from views.dictionaries import as_day, typed_day
from views.extensions import actor, db, request_id
from views.region_files import RegionFilesMixin
from views.values import as_key

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

SUPERIOR = "superior"


class NewRegionForm(FlaskForm):
    """A new city or county."""

    code = StringField(
        label_of(Region, "code"),
        [DataRequired("请填写“区划代码”")],
        description="民政部公布的 6 位代码（GB/T 2260）；级别和上级由代码得出",
    )
    name = StringField(label_of(Region, "name"), [DataRequired("请填写“名称”")])
    valid_from = StringField(
        label_of(Region, "valid_from"), widget=DateInput(), description="批准设立的日期，不知道的可以不填"
    )


class RegionForm(FlaskForm):
    """Another name."""

    name = StringField(
        label_of(Region, "name"), [DataRequired("请填写“名称”")], description="改名后，以前的记录也显示新名称"
    )
    reason = StringField("依据", description="如批准更名的文号，记入修改记录，可以不填")


def _named(key: int) -> str | None:
    row = region_tree.one(db.session(), key)
    return row.name if row else None


class RegionView(RegionFilesMixin, KeptView):
    """Regions of the whole country, abolished ones too."""

    object_type = region_editing.OBJECT
    create_label = "新增区划"
    columns = ("code", "name", "level", "parent_code", "valid_from", "valid_to")
    sortable = ("code", "name", "valid_to")
    order = (Region.code.asc(),)
    hint = "代码、名称或拼音"
    filters = (
        filters.LinkFilter(SUPERIOR, label_of(Region, "parent_code"), _named, region_tree.stands_below),
        filters.of_enum("level", "级别", Region.level, RegionLevel),
        filters.GridFilter(
            "in_force",
            "是否撤销",
            lambda: [("1", "现行"), ("0", "已撤销")],
            lambda value: in_force(Region) if value == "1" else ~in_force(Region),
        ),
    )
    list_template = "admin/base_data/regions.html"
    details_template = "admin/base_data/region.html"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by code, name or pinyin initials."""
        return Region.id.in_(dictionary_book.matching_regions(db.session(), term))

    def render(self, template: str, **kwargs: Any) -> str:
        """Render, on the list with the way down the tree."""
        if template == self.list_template:
            session = db.session()
            top = region_tree.one(session, as_key(kwargs["state"].arguments.get(SUPERIOR)))
            kwargs |= {
                "path": region_tree.path(session, top),
                "branches": [branch for branch in region_tree.below(session, top) if branch.number],
            }
        return super().render(template, **kwargs)

    def form_for(self, row: Any) -> FlaskForm:
        """Return the form."""
        return NewRegionForm() if row is None else RegionForm(obj=row)

    def write(self, form: Any, row: Any) -> Any:
        """Store a region."""
        if row is not None:
            region_editing.rename(
                db.session(),
                actor(),
                row,
                form.name.data or "",
                form.reason.data or "",
                request_id=request_id(),
            )
            return row
        return region_editing.create(
            db.session(),
            actor(),
            form.code.data or "",
            form.name.data or "",
            typed_day(form.valid_from),
            request_id=request_id(),
        )

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what still lies there, and what can be done to it."""
        return {
            **super().extra_details(row),
            "region": row,
            "path": region_tree.path(db.session(), row)[:-1],
            "branches": region_tree.below(db.session(), row),
            "uses": region_editing.uses(db.session(), row),
            "valid": is_in_force(row),
            "today": today().isoformat(),
            "record_title": f"{row.name}（{row.code}）",
        }

    @expose("/retire/", methods=("POST",))
    def retire_view(self) -> Any:
        """Abolish a region from a day on."""
        day, reason = as_day(request.form.get("day")), request.form.get("reason", "")
        return self.changed_by_post(
            lambda row: region_editing.abolish(
                db.session(), actor(), row, day, reason, request_id=request_id()
            ),
            "已登记撤销：新填报不能再选，以前的记录照常显示",
        )

    @expose("/restore/", methods=("POST",))
    def restore_view(self) -> Any:
        """Let a region be chosen again."""
        return self.changed_by_post(
            lambda row: region_editing.restore(db.session(), actor(), row, request_id=request_id()),
            "已恢复，可以再选",
        )
