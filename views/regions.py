"""行政区划: looked up by code, name or pinyin; added, renamed, abolished or merged from a day on and brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import DateInput

from models import Region
from models.base import label_of, today
from models.enums import RegionLevel
from permissions.verbs import Verb
from services import dictionary_book, region_editing, region_merging, region_tree
from services.validity import begins_later, has_ended, in_force, is_in_force
from views import filters
from views.base_data import KeptView
from views.dictionaries import as_day, typed_day
from views.extensions import actor, db, request_id
from views.picking import offer
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


class MergingForm(FlaskForm):
    """The division that stands for another from a day on."""

    into = SelectField(
        "并入的区划",
        [InputRequired("请选择“并入的区划”")],
        choices=[],
        validate_choice=False,
    )
    day = StringField(
        "自哪天起撤销",
        [DataRequired("请填写“自哪天起撤销”，如 2026-01-31")],
        widget=DateInput(),
        description="从这天起不能再选本区划，列表和统计从这天起按并入后的区划计入",
    )
    reason = StringField("依据", description="如批准并入的文号，记入修改记录，可以不填")


def _named(key: int) -> str | None:
    row = region_tree.one(db.session(), key)
    return row.name if row else None


class RegionView(RegionFilesMixin, KeptView):
    """Regions of the whole country, abolished ones too."""

    object_type = region_editing.OBJECT
    create_label = "新增区划"
    columns = ("code", "name", "level", "parent_code", "valid_from", "valid_to", "successor")
    options = (joinedload(Region.successor),)
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
            "coming": begins_later(row),
            "ended": has_ended(row),
            "ends": row.valid_to and region_merging.first_day_without(row),
            "merged_here": region_tree.merged_into(db.session(), row),
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

    @expose("/merge/", methods=("GET", "POST"))
    def merge_view(self) -> Any:
        """Ask which region stands for one from a day on."""
        if not self.can_edit:
            abort(403)
        session, row = db.session(), self.get_one(request.args.get("id"))
        if request.method == "POST":
            region_merging.hold(session, row, request.form.get("into", ""))
            self.lock(row)
        self.must(Verb.EDIT, row)
        form = MergingForm(into=row.merged_into, day=region_merging.first_day_without(row).isoformat())
        offer(form.into, region_merging.targets(session, row), own="全市")
        back = self.get_url(".details_view", id=row.id)

        def write() -> Any:
            region_merging.merge(
                session, actor(), row, form.into.data, as_day(form.day.data), form.reason.data or "",
                request_id=request_id(),
            )  # fmt: skip
            return row

        if form.validate_on_submit() and self.written(form, write, Verb.EDIT) is not None:
            flash("已登记并入：新填报不能再选，以前的记录不改写", "success")
            return redirect(back, code=303)
        return self.render("admin/base_data/region_merge.html", form=form, region=row, return_url=back)

    @expose("/restore/", methods=("POST",))
    def restore_view(self) -> Any:
        """Let a region be chosen again."""
        return self.changed_by_post(
            lambda row: region_editing.restore(db.session(), actor(), row, request_id=request_id()),
            "已恢复，可以再选",
        )
