"""规则试算: a year under drafted rules and requirements, by employer, before they are published."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import SelectField, SelectMultipleField
from wtforms.fields import SelectChoice

from models import Rehearsal
from models.base import today
from models.enums import RehearsalState, Subject
from permissions.verbs import Verb
from services import rehearsals
from services.certificate_pdf import hours_text
from services.errors import InputError
from views.base import GridView
from views.extensions import actor, db, request_id
from views.stock_form import show_errors
from views.values import as_key, shown_text

MOST = 500


class StartForm(FlaskForm):
    """Which drafts, on which year."""

    year = SelectField(
        "试算年度",
        choices=[],
        validate_choice=False,
        description="只列出已有学时的年度，其他年度没有什么可算",
    )
    drafts = SelectMultipleField("草稿", choices=[], validate_choice=False)


class RehearsalView(GridView):
    """Rehearsals, and what each found."""

    editable = True
    create_label = "新的试算"
    columns = ("title", "credit_year", "state", "done_count", "account.real_name", "created_at")
    labels = {"account.real_name": "试算人"}
    sortable = ("credit_year", "created_at")
    order = (Rehearsal.id.desc(),)
    options = (joinedload(Rehearsal.account),)
    nothing_yet = "还没有试算。起草规则或要求后，在草稿页点“试算”。"

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Begin a rehearsal: computed at once where the year is small, else by the worker."""
        if not self.can_create:
            abort(403)
        session = db.session()
        years = [str(year) for year in rehearsals.years(session)]
        asked = request.args.get("year") or str(today().year)
        year = asked if asked in years else next(iter(years), "")
        if request.method == "GET" and year != asked and as_key(request.args.get("year")):
            instead = f"；已改选 {year} 年度" if year else ""
            flash(f"{asked} 年度还没有学时，没有什么可算{instead}", "warning")
        form = StartForm(year=year, drafts=request.args.getlist("draft"))
        known = {str(draft.id): draft for draft in rehearsals.drafts(session)}
        form.year.choices = [SelectChoice(year, year) for year in years]
        form.drafts.choices = [SelectChoice(key, draft.title) for key, draft in known.items()]
        if request.method == "POST" and form.validate():
            chosen = [known[key] for key in form.drafts.data if key in known]
            try:
                run = rehearsals.start(
                    session, actor(), as_key(form.year.data) or 0, chosen, request_id=request_id()
                )
            except InputError as error:
                session.rollback()
                show_errors(form, error)
            else:
                key, few = run.id, run.people_count <= rehearsals.AT_ONCE
                session.commit()
                while few and rehearsals.advance(session, key):
                    session.commit()
                session.commit()
                return redirect(self.get_url(".details_view", id=key), code=303)
        return self.render("admin/rules/rehearse.html", form=form, return_url=self.get_url(".index_view"))

    def details_page(self, row: Any, **more: Any) -> str:
        """Return the page of a run: totals, and the employers that change."""
        session = db.session()
        totals = rehearsals.totals(session, row)
        return self.render(
            "admin/rules/rehearsal.html",
            run=row,
            running=row.state is RehearsalState.RUNNING,
            progress=rehearsals.progress(row),
            when=shown_text(row.created_at),
            totals=totals,
            hours=_hours(totals),
            lines=[
                {
                    "name": line.employer_name,
                    "region": line.region.name,
                    "hours": _hours({name: getattr(line, name) for name in rehearsals.COUNTS}),
                    **{name: getattr(line, name) for name in ("people", "lost", "won", "claims")},
                }
                for line in rehearsals.lines(session, row, MOST)
            ],
            most=MOST,
            outdated=rehearsals.outdated(session, row),
            return_url=self.get_url(".index_view"),
            **more,
        )

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Nothing of a rehearsal is changed."""
        abort(403)

    def delete_model(self, model: Any) -> bool:
        """Forget a run."""
        self.must(Verb.DELETE, model)
        rehearsals.delete(db.session(), actor(), model, request_id=request_id())
        db.session.commit()
        return True


def _hours(counts: dict[str, int]) -> list[tuple[str, str, str]]:
    return [
        (
            subject.label,
            *(hours_text(Decimal(counts[f"{subject.value}_{way}"]) / 10) for way in ("more", "less")),
        )
        for subject in Subject
    ]
