"""工作日历: public holidays and the weekends worked for them, by which reminders count their days."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from sqlalchemy import or_
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import DateInput

from models import CalendarDay
from services import calendar_editing
from services.calendar_editing import LABELS, STATES, DayInput
from services.errors import InputError
from views import filters
from views.base_data import KeptView
from views.dictionaries import as_day
from views.extensions import actor, db, request_id

WORKED = "1"


def _texts() -> dict[str, StringField]:
    return {
        "name": StringField(
            LABELS["name"], [DataRequired(f"请填写“{LABELS['name']}”")], description="如 春节、春节调休"
        ),
        "legal_basis": StringField(
            LABELS["legal_basis"], [DataRequired(f"请填写“{LABELS['legal_basis']}”")],
            description="如国务院办公厅放假通知的名称和日期",
        ),
    }  # fmt: skip


def _working() -> RadioField:
    choices = [("0", STATES[False]), (WORKED, STATES[True])]
    return RadioField(LABELS["working"], [InputRequired("请选择放假或上班")], choices=choices)


class SpanForm(FlaskForm):
    """Days to be added: one, or a whole holiday."""

    first = StringField("第一天", [DataRequired("请填写“第一天”")], widget=DateInput())
    last = StringField(
        "最后一天", widget=DateInput(),
        description="留空就是一天；放假期间的周六、周日本来就放假，会自动略过",
    )  # fmt: skip
    working = _working()
    name, legal_basis = _texts().values()


class DayForm(FlaskForm):
    """What is said of one day."""

    working = _working()
    name, legal_basis = _texts().values()


class CalendarDayView(KeptView):
    """The days that differ from Monday to Friday."""

    object_type = calendar_editing.OBJECT
    saved = "已保存，等待天数从现在起按新的日历计算"
    create_label = "登记放假或调休"
    columns = ("day", "weekday", "state", "name", "legal_basis")
    details = columns
    labels = {"weekday": "星期", "state": "安排"}
    sortable = ("day",)
    order = (CalendarDay.day.desc(),)
    hint = "名称或依据"
    filters = (
        filters.GridFilter(
            "year",
            "年份",
            lambda: calendar_editing.years(db.session()),
            lambda value: CalendarDay.day.between(date(int(value), 1, 1), date(int(value), 12, 31)),
        ),
        filters.of_boolean("working", "安排", CalendarDay.working, STATES[True], STATES[False]),
    )
    nothing_yet = "还没有登记放假和调休，周一至周五都算工作日。"
    list_template = "admin/base_data/calendar.html"

    @property
    def unknown_years(self) -> list[int]:
        """This and the next year, where the calendar says nothing of them."""
        return calendar_editing.unknown_years(db.session())

    def search(self, term: str) -> Any:
        """Find by name or basis."""
        return or_(
            *(
                column.contains(term, autoescape=True)
                for column in (CalendarDay.name, CalendarDay.legal_basis)
            )
        )

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values, the day of the week, and whether it is worked."""
        if path == "weekday":
            return calendar_editing.weekday(row.day)
        return STATES[row.working] if path == "state" else super().value_of(row, path)

    def form_for(self, row: Any) -> FlaskForm:
        """Return the form of a span, or of what is said of one day."""
        if row is None:
            return SpanForm()
        return DayForm(working=WORKED if row.working else "0", name=row.name, legal_basis=row.legal_basis)

    def write(self, form: Any, row: Any) -> Any:
        """Store days; of several the first is returned."""
        typed = DayInput(form.working.data == WORKED, form.name.data or "", form.legal_basis.data or "")
        if row is not None:
            calendar_editing.change(db.session(), actor(), row, typed, request_id=request_id())
            return row
        days = {name: (getattr(form, name).data or "").strip() for name in ("first", "last")}
        wrong = {
            name: "请按 2026-01-31 的形式填写日期"
            for name, text in days.items()
            if text and as_day(text) is None
        }
        first = as_day(days["first"])
        if wrong or first is None:
            raise InputError(wrong)
        added = calendar_editing.add(
            db.session(), actor(), first, as_day(days["last"]), typed, request_id=request_id()
        )
        return added[0]

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return who changed the day."""
        return {**super().extra_details(row), "record_title": f"{row.day} {row.name}"}
