"""年度: opened with one button, its periods changed after a look at what that means, its requirement on the way to be published."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose

from models import CreditYear, RuleDraft
from models.base import today
from permissions import engine as permissions
from permissions.verbs import Verb
from services import requirement_editing, year_editing, year_periods
from services.errors import InputError
from views import made_from
from views.base_data import KeptView, history
from views.extensions import actor, db, request_id
from views.region_periods import CONFIRMED, RegionPeriodsMixin, YearForm, typed_days
from views.stock_form import show_errors
from views.values import as_key


class CreditYearView(RegionPeriodsMixin, KeptView):
    """Years, and the page of one: what is open, what waits, what it asks for."""

    object_type = "credit_year"
    can_create = False  # the next year is opened by its button
    columns = ("year", "claims_open", "claims_close", "approvals_open", "approvals_close", "note")
    sortable = ("year",)
    order = (CreditYear.year.desc(),)
    list_template = "admin/base_data/years.html"
    details_template = "admin/base_data/year.html"

    @property
    def next_year(self) -> int | None:
        """The year the button opens; ``None`` where there is none, or it is not the actor's to open."""
        may = permissions.may(actor(), Verb.CREATE, CreditYear)
        return year_editing.next_year(db.session()) if may else None

    @expose("/open/", methods=("POST",))
    def open_view(self) -> Any:
        """Open the next year, with drafts of what it asks for."""
        if not permissions.may(actor(), Verb.CREATE, CreditYear):
            abort(403)
        year = as_key(request.form.get("year")) or 0
        row = self.written(
            None,
            lambda: year_editing.open_year(db.session(), actor(), year, request_id=request_id()),
            Verb.CREATE,
        )
        if row is None:
            return redirect(self.get_url(".index_view"), code=303)
        flash(f"已开设 {year} 年度：起止日期和学时要求照上一年度，学时要求还是草稿，请核对后发布", "success")
        return redirect(self.get_url(".details_view", id=row.id), code=303)

    @expose("/draft/", methods=("POST",))
    def draft_view(self) -> Any:
        """Begin the drafts of requirements a year lacks."""
        if not permissions.may(actor(), Verb.CREATE, RuleDraft):
            abort(403)
        return self.changed_by_post(
            lambda row: year_editing.draft_requirements(db.session(), actor(), row, request_id=request_id()),
            "已照上一年度起草学时要求，请核对后发布",
        )

    @expose("/split/", methods=("POST",))
    def split_view(self) -> Any:
        """Begin the drafts of requirements by title level."""
        if not permissions.may(actor(), Verb.CREATE, RuleDraft):
            abort(403)
        return self.changed_by_post(
            lambda row: year_editing.split_requirements(db.session(), actor(), row, request_id=request_id()),
            "已按职称级别分设：“高级、中级”和“初级”各有一份草稿，请修改后分别发布；发布前仍按原来的要求",
        )

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Change the periods of a year: first what that would mean, then, confirmed, for good."""
        if not self.can_edit:
            abort(403)
        row = self.get_one(request.args.get("id"))
        if request.method == "POST":
            self.lock(row)
        self.must(Verb.EDIT, row)
        form, session = YearForm(obj=row), db.session()
        back = self.get_url(".details_view", id=row.id)
        overtaken = made_from.overtaken(form, self.object_type, [row.id], about=year_editing.is_of_year)
        if request.method == "POST" and form.validate() and not overtaken:
            try:
                new = year_periods.read(typed_days(form))
            except InputError as error:
                show_errors(form, error)
            else:
                told = year_periods.changes(row, new)
                if told and not request.form.get(CONFIRMED):
                    return self.render(
                        "admin/base_data/year_preview.html",
                        year=row, form=form, changes=told, meaning=year_periods.meaning(session, row.year, new),
                        confirmed=CONFIRMED, region="", again_url=self.get_url(".edit_view", id=row.id), return_url=back,
                    )  # fmt: skip
                year_editing.save(session, actor(), row, new, request_id=request_id())
                session.commit()
                flash("已保存，立即生效" if told else "没有改动", "success" if told else "info")
                return redirect(back, code=303)
        return self.render("admin/base_data/year_edit.html", form=form, return_url=back, year=row)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what a year's periods mean today, and where its requirement stands."""
        session = db.session()
        published, drafts = (
            year_editing.requirements(session, row.year),
            year_editing.drafts(session, row.year),
        )
        return {
            "history": history(self.object_type, [row.id]),
            "year": row,
            "meaning": year_periods.meaning(session, row.year, row),
            "requirements": [
                (requirement_editing.title(content), requirement_editing.described(session, content), one.id)
                for one in published
                if (content := requirement_editing.stored(session, requirement_editing.key_of(one)))
            ],
            "drafts": [(draft, requirement_editing.described(session, draft.content)) for draft in drafts],
            "rehearsed": min(row.year - 1, today().year),  # one that has not begun has nobody's hours
            "may_draft": permissions.may(actor(), Verb.CREATE, RuleDraft),
            "may_split": year_editing.may_split(session, row.year),
            "record_title": f"{row.year} 年度",
            **self.regions_of(row),
        }
