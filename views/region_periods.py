"""The days of a year as a form asks for them, and the side of a year's page that gives regions days of their own."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import DateInput

from models import CreditYear, RegionPeriod
from models.base import label_of
from permissions import engine as permissions
from permissions.verbs import Verb
from services import picking, region_periods, year_periods
from services.errors import InputError
from services.validity import region_name
from services.year_periods import DAYS
from views import made_from
from views.extensions import actor, db, request_id
from views.picking import offer
from views.stock_form import show_errors
from views.values import as_key

CONFIRMED = "confirmed"
"""Name of the field that stores what was shown."""


def _day(name: str, hint: str = "") -> StringField:
    label = label_of(CreditYear, name)
    return StringField(label, [DataRequired(f"请填写“{label}”")], widget=DateInput(), description=hint)


def _writing() -> bool:
    return request.method == "POST"


class YearForm(FlaskForm):
    """When a year may be claimed for and approved."""

    claims_open = _day("claims_open")
    claims_close = _day("claims_close", "当天仍可申报")
    approvals_open = _day("approvals_open")
    approvals_close = _day("approvals_close", "当天仍可审批；截止后学时要求不能再改")
    note = StringField(label_of(CreditYear, "note"))


class RegionForm(FlaskForm):
    """The same for a region and everything below it."""

    region_code = SelectField(
        label_of(RegionPeriod, "region_code"), [InputRequired("请选择“区域”")], choices=[], validate_choice=False,
        description="选市的，所属区县也按这里的日期，另有规定的区县除外",
    )  # fmt: skip
    claims_open = _day("claims_open")
    claims_close = _day("claims_close", "当天仍可申报")
    approvals_open = _day("approvals_open")
    approvals_close = _day("approvals_close", "当天仍可审批")
    note = StringField(label_of(CreditYear, "note"), description="如准予延期的文号，可以不填")


def typed_days(form: FlaskForm) -> dict[str, str]:
    """Return the days and the note of a form as typed."""
    return {name: getattr(form, name).data or "" for name in (*DAYS, "note")}


class RegionPeriodsMixin:
    """Other days for a region: first what they would mean, then, confirmed, for good."""

    def regions_of(self, year: CreditYear) -> dict[str, Any]:
        """Return what a year's page shows of its regions."""
        rows = region_periods.of_year(db.session(), year.year)
        return {
            "regions": [(row, region_name(row.region)) for row in rows],
            "may_edit_regions": permissions.may(actor(), Verb.EDIT, RegionPeriod),
        }

    @expose("/region/", methods=("GET", "POST"))
    def region_view(self) -> Any:
        """Give a region its own days, or change them."""
        session = db.session()
        key = as_key(request.args.get("region"))
        if not permissions.may(actor(), Verb.EDIT if key else Verb.CREATE, RegionPeriod):
            abort(403)
        year = self.get_one(request.args.get("id"))  # type: ignore[attr-defined]
        row = region_periods.one_of(session, year.year, key, lock=_writing()) if key else None
        if key and row is None:
            abort(404)
        form = RegionForm(obj=row or year)
        offer(form.region_code, picking.regions(session, peopled=True), own="全市")
        if row is not None:
            del form.region_code
        overtaken = row is not None and made_from.overtaken(
            form, "credit_year", [year.id], about=region_periods.changes_to(row)
        )
        if _writing() and form.validate() and not overtaken:
            try:
                answer = self._region(year, row, form)
            except InputError as error:
                session.rollback()
                show_errors(form, error)
            except IntegrityError:  # somebody else gave the same region days in this very moment
                session.rollback()
                flash("另一位管理员刚刚设定了这个区域，请核对后再试", "error")
            else:
                return answer
        return self.render(  # type: ignore[attr-defined]
            "admin/base_data/region_period.html", form=form, year=year, region=row and row.region,
            return_url=self._year_page(year),
        )  # fmt: skip

    def _region(self, year: CreditYear, row: RegionPeriod | None, form: FlaskForm) -> Any:
        session, new = db.session(), year_periods.read(typed_days(form))
        code = row.region_code if row else form.region_code.data
        if row is None:
            region_periods.check_region(session, year.year, code)
        if not request.form.get(CONFIRMED):
            before = row or region_periods.without_own(session, year, code)
            return self._preview(year, code, year_periods.changes(before, new), new, form=form)
        stored = region_periods.save(
            session, actor(), year, row, new, region_code=code, request_id=request_id()
        )
        self.must(Verb.EDIT if row else Verb.CREATE, stored)  # type: ignore[attr-defined]
        session.commit()
        flash("已保存，立即生效", "success")
        return redirect(self._year_page(year), code=303)

    @expose("/region/remove/", methods=("GET", "POST"))
    def region_remove_view(self) -> Any:
        """Let a region follow the one above it again."""
        if not permissions.may(actor(), Verb.DELETE, RegionPeriod):
            abort(403)
        session = db.session()
        year = self.get_one(request.args.get("id"))  # type: ignore[attr-defined]
        key = as_key(request.args.get("region"))
        row = region_periods.one_of(session, year.year, key, lock=_writing()) or abort(404)
        after = region_periods.without_own(session, year, row.region_code)
        if not request.form.get(CONFIRMED):
            return self._preview(year, row.region_code, year_periods.changes(row, after), after)
        self.must(Verb.DELETE, row)  # type: ignore[attr-defined]
        region_periods.remove(session, actor(), year, row, request_id=request_id())
        session.commit()
        flash("已取消，该区域恢复按上级区域或全省的日期", "success")
        return redirect(self._year_page(year), code=303)

    def _preview(
        self,
        year: CreditYear,
        code: str,
        changes: list[tuple[str, str, str]],
        new: year_periods.Periods,
        *,
        form: FlaskForm | None = None,
    ) -> str:
        session = db.session()
        page: str = self.render(  # type: ignore[attr-defined]
            "admin/base_data/year_preview.html",
            year=year,
            region=region_periods.name_of(session, code),
            form=form or (),
            changes=changes,
            meaning=year_periods.meaning(session, year.year, new, code),
            confirmed=CONFIRMED,
            again_url=request.full_path if form else "",
            return_url=self._year_page(year),
        )
        return page

    def _year_page(self, year: CreditYear) -> str:
        return str(self.get_url(".details_view", id=year.id))  # type: ignore[attr-defined]
