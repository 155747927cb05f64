"""培训班管理: classes under approved plans. An institution keeps them, offices look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask import abort, flash, g, redirect, request, url_for
from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy import or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload
from wtforms import StringField, TextAreaField
from wtforms.widgets import DateInput, NumberInput

from models import TrainingClass
from models.base import label_of, today
from models.enums import Subject, UserType
from permissions.verbs import Verb
from services import classes, listing
from services.certificate_pdf import hours_text
from services.errors import InputError
from views import filters, menu, training_filters
from views.base import GridView
from views.class_papers import ClassPapersMixin
from views.extensions import actor, db, request_id
from views.history import history_of
from views.plan_form import date_of
from views.plan_grid import of_institution
from views.stock_form import show_errors
from views.values import as_key
from workflow.training import TRAINING_CLASS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from models import TrainingPlan


class ClassLink(NamedTuple):
    """A way from a class to a grid of what belongs to it: label, icon, and the grid, narrowed by ``?class=<key>``."""

    label: str
    icon: str
    endpoint: str


LINKS: tuple[ClassLink, ...] = (
    ClassLink("学员", "users-group", "enrollment"),
    ClassLink("成绩", "pencil", "grade"),
    ClassLink("成绩单", "file-check", "grade-sheet"),
)
"""What a class's page leads to, in the order it is shown; a grid that is not in the actor's menu is left out."""


def _count(keys: Sequence[int]) -> dict[int, classes.Figures]:
    """Return the figures of classes, each asked for once a request: the list counts its whole page in one statement."""
    known: dict[int, classes.Figures] = g.setdefault("class_figures", {})
    if missing := [key for key in keys if key not in known]:
        found = classes.figures(db.session(), missing)
        known |= {key: found.get(key, classes.Figures()) for key in missing}
    return known


def _line(name: str, **more: Any) -> StringField:
    return StringField(label_of(TrainingClass, name), **more)


class ClassForm(FlaskForm):
    """What a class is asked for; its service reads it."""

    name = _line("name", description="如“第一期”“2026 年春季班”，同一计划下不能重名")
    place = _line("place", description="网络培训填平台名称或网址")
    start_date = _line("start_date", widget=DateInput())
    end_date = _line("end_date", widget=DateInput())
    capacity = _line("capacity", widget=NumberInput(step="1", min="1"))
    attendance_minimum = _line(
        "attendance_minimum",
        widget=NumberInput(step="1", min="1", max="100"),
        description="达不到的不能评为合格；不考勤的留空",
    )
    contact = _line("contact")
    phone = _line("phone")
    timetable = TextAreaField(
        label_of(TrainingClass, "timetable"),
        description=f"每天的课程、教师和教室，不超过 {classes.TIMETABLE_LENGTH} 个字",
    )


OPTIONAL = frozenset({"attendance_minimum", "timetable", "csrf_token"})
DAYS = ("start_date", "end_date")


class ClassView(ClassPapersMixin, GridView):
    """Classes of one's scope."""

    workflow = TRAINING_CLASS
    editable = True
    create_label = "新建培训班"
    columns = ("name", "plan.name", "organization.name", "credit_year", "subject", "start_date", "end_date",
               "enrolled", "status")  # fmt: skip
    more_columns = (
        "place",
        "capacity",
        "contact",
        "phone",
        "attendance_minimum",
        "status_since",
        "created_at",
    )
    details = ("name", "plan.name", "plan.number", "organization.name", "credit_year", "subject", "plan.hours",
               "start_date", "end_date", "place", "capacity", "contact", "phone", "attendance_minimum", "status",
               "status_since", "reason")  # fmt: skip
    labels = {
        "organization.name": "施教机构",
        "plan.name": "培训计划",
        "plan.number": "计划编号",
        "enrolled": "在册/容量",
    }
    self_evident = {**GridView.self_evident, UserType.INSTITUTION: frozenset({"organization.name"})}
    sortable = (
        "name",
        "credit_year",
        "start_date",
        "end_date",
        "capacity",
        "status",
        "status_since",
        "created_at",
    )
    options = (joinedload(TrainingClass.plan), joinedload(TrainingClass.organization))
    order = (TrainingClass.start_date.desc(), TrainingClass.id.desc())
    hint = "班次、计划或机构名称"
    nothing_yet = "还没有培训班。"
    details_template = "admin/training/class_details.html"
    filters = (
        filters.of_year("年度", TrainingClass.credit_year),
        filters.of_enum("subject", "科目类型", TrainingClass.subject, Subject),
        training_filters.of_class_status("status", lambda condition: condition),
        filters.GridFilter(
            "due",
            "到期待办",
            lambda: [("start", "已到开班日期"), ("finish", "已过结业日期")],
            lambda value: classes.overdue(value, today()),
        ),
        of_institution(TrainingClass.organization_id),
        filters.of_region(TrainingClass.region_code),
        filters.of_dates("starts", "开班日期", TrainingClass.start_date),
        *training_filters.of_numbers(TrainingClass, lambda condition: condition),
    )  # fmt: skip

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by class, plan or institution."""
        return or_(
            TrainingClass.name.contains(term, autoescape=True),
            TrainingClass.plan_id.in_(listing.plans_named(term)),
            TrainingClass.organization_id.in_(listing.organizations_named(db.session(), term)),
        )

    def details_for(self, row: Any) -> list[tuple[str, str]]:
        """Leave out why a class was cancelled where it was not."""
        return [(path, label) for path, label in super().details_for(row) if path != "reason" or row.reason]

    def describe(self, row: Any) -> str:
        """Return plan, class and dates."""
        return f"{row.plan or '—'}：{row.name}（{row.start_date} 至 {row.end_date}）"

    # ------------------------------------------------------------ figures
    def _load(self, *args: Any, **kwargs: Any) -> listing.Page:
        loaded = super()._load(*args, **kwargs)
        _count([row.id for row in loaded.rows])
        return loaded

    def value_of(self, row: Any, path: str) -> Any:
        """Return how full a class is, from what was counted for the whole page."""
        if path == "enrolled":
            return f"{_count([row.id])[row.id].enrolled} / {row.capacity}"
        return super().value_of(row, path)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return figures, the ways on, and history."""
        there = _count([row.id])[row.id]
        return {
            "record_title": f"{row.plan or '—'}：{row.name}",
            "figures": [
                ("在册学员", f"{there.enrolled} / {row.capacity}"),
                ("已有成绩", str(there.graded)),
                ("已申报成绩", str(there.declared)),
                ("已认定学时", str(there.approved)),
            ],
            "plan_url": url_for("training-plan.details_view", id=row.plan_id),
            "links": [
                {
                    "label": link.label,
                    "icon": link.icon,
                    "url": url_for(f"{link.endpoint}.index_view", **{"class": row.id}),
                }
                for link in LINKS
                if menu.offered(link.endpoint)
            ],
            "papers": self.papers_of(row, there.enrolled),
            "history": history_of(TRAINING_CLASS, row.id),
        }

    # ------------------------------------------------------------ forms
    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Choose a plan, then fill in the class."""
        if not self.can_create:
            abort(403)
        session, key = db.session(), as_key(request.args.get("plan"))
        plan = next((row for row in classes.open_plans(session) if row.id == key), None)
        if plan is not None:
            form = ClassForm(data={"start_date": plan.start_date, "end_date": plan.end_date,
                                   "contact": plan.leader, "phone": plan.phone})  # fmt: skip
            return self._form(form, plan, None)
        if key is not None:
            flash("该计划未通过审批或已结束，不能办班，请选择其他计划", "warning")
        return self.render(
            "admin/training/choose_plan.html",
            plans=[
                {
                    "label": row.name,
                    "help": f"{row.number} · {row.subject.label} · {hours_text(row.hours)} 学时 · "
                    f"{row.start_date} 至 {row.end_date}",
                    "url": self.get_url(".create_view", plan=row.id),
                }
                for row in classes.open_plans(session)
            ],
            plans_url=url_for("training-plan.index_view"),
            return_url=self.get_url(".index_view"),
        )

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Change a class that is not over."""
        if not self.can_edit:
            abort(403)
        klass = self.get_one(request.args.get("id"))
        self.must(Verb.EDIT, klass)
        return self._form(ClassForm(obj=klass), klass.plan, klass)

    def delete_model(self, model: Any) -> bool:
        """Delete a class that was not published; the journal keeps what it said."""
        classes.delete(db.session(), actor(), model, request_id=request_id())
        db.session.commit()
        flash("已删除", "success")
        return True

    def _form(self, form: ClassForm, plan: TrainingPlan, klass: Any) -> Any:
        if request.method == "POST" and not form.csrf_token.errors:
            answer = self._save(form, plan.id, klass)
            if answer is not None:
                return answer
        for field in form:
            field.flags.required = None if field.name in OPTIONAL else True
        for name in DAYS:
            form[name].render_kw = {"min": plan.start_date.isoformat(), "max": plan.end_date.isoformat()}
        form.timetable.flags.maxlength = classes.TIMETABLE_LENGTH
        return self.render(
            "admin/training/class_form.html",
            form=form,
            title=f"修改培训班 {klass.name}" if klass else self.create_label,
            facts=self._facts(plan),
            return_url=self.get_url(".index_view"),
        )

    @staticmethod
    def _facts(plan: TrainingPlan) -> Sequence[tuple[str, str]]:
        return [
            ("培训计划", plan.name),
            ("编号", plan.number),
            ("科目类型", plan.subject.label),
            ("合格学时", hours_text(plan.hours)),
            ("起止日期", f"{plan.start_date} 至 {plan.end_date}"),
        ]

    def _save(self, form: ClassForm, plan_id: int, klass: Any) -> Any:
        """Save what was typed; return ``None`` to show the form again."""
        session = db.session()
        typed = classes.ClassInput(
            lines={field.name: field.data or "" for field in form if field.name not in {*DAYS, "csrf_token"}},
            start_date=date_of(form.start_date.data),
            end_date=date_of(form.end_date.data),
        )
        try:
            if klass is not None:
                self.lock(klass)
                self.must(Verb.EDIT, klass)
            plan = classes.held_plan(session, plan_id)
            saved = classes.save(session, actor(), plan, typed, klass=klass, request_id=request_id())
            self.must(Verb.EDIT if klass else Verb.CREATE, saved)
            key = saved.id
            session.commit()
        except InputError as error:
            session.rollback()
            session.expire_all()
            show_errors(form, error)
            return None
        except IntegrityError:  # two of one name at once
            session.rollback()
            session.expire_all()
            show_errors(form, InputError({"name": "该计划下已有同名班次，请换一个名称"}))
            return None
        flash("已保存" if klass else "已保存，发布后可以登记学员", "success")
        return redirect(self.get_url(".details_view", id=key))
