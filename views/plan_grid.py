"""What every grid of training plans shows, and what a plan's page shows besides its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, url_for
from sqlalchemy import or_
from sqlalchemy.orm import joinedload

from models import TrainingClass, TrainingPlan
from models.enums import PlanStatus, Subject, UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from services import classes, listing, reading
from services.certificate_pdf import hours_text
from services.plan_reading import CODES
from views import filters
from views.base import GridView
from views.claim_grid import file_link
from views.extensions import actor, db
from views.history import history_of
from workflow.training import TRAINING_PLAN

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


def code_label(book: str, code: str) -> str:
    """Return the label of a dictionary's entry; a dictionary is read once a request."""
    known = g.setdefault("dictionary_labels", {})
    if book not in known:
        known[book] = reading.dictionary_labels(db.session(), book)
    return str(known[book].get(code, code))


def of_institution(column: Any) -> filters.TextFilter:
    """Return an office's filter over the name or code of the institution."""
    return filters.TextFilter(
        "organization",
        "施教机构",
        lambda text: column.in_(listing.organizations_named(db.session(), text)),
        filters.OFFICES,
    )


class PlanGrid(GridView):
    """What every grid of training plans shows."""

    workflow = TRAINING_PLAN
    canned = "plan_comment"
    columns = ("name", "organization.name", "credit_year", "subject", "hours", "start_date", "end_date",
               "status", "status_since")  # fmt: skip
    more_columns = ("number", "category_code", "mode_code", "excellent_hours", "planned_people", "audience", "leader", "phone",
                    "approver.name", "submitted_at", "decided_at", "created_at")  # fmt: skip
    details = ("number", "name", "organization.name", "credit_year", "subject", "category_code", "mode_code", "hours",
               "excellent_hours", "start_date", "end_date", "audience", "planned_people", "leader", "phone", "status",
               "status_since", "approver.name", "submitted_at", "reason")  # fmt: skip
    labels = {"organization.name": "施教机构", "approver.name": "审批机构"}
    self_evident = {**GridView.self_evident, UserType.INSTITUTION: frozenset({"organization.name"})}
    sortable = ("name", "number", "credit_year", "hours", "start_date", "end_date", "planned_people", "status",
                "status_since", "submitted_at", "decided_at", "created_at")  # fmt: skip
    options = (joinedload(TrainingPlan.organization),)
    order = (TrainingPlan.id.desc(),)
    hint = "计划名称、编号或机构名称"
    details_template = "admin/training/plan_details.html"
    filters = (
        filters.of_year("年度", TrainingPlan.credit_year),
        filters.of_enum("subject", "科目类型", TrainingPlan.subject, Subject),
        filters.of_enum("status", "审批状态", TrainingPlan.status, PlanStatus),
        filters.GridFilter(
            "category",
            "培训类别",
            lambda: reading.dictionary_choices(db.session(), CODES["category_code"]),
            lambda value: TrainingPlan.category_code.in_(
                reading.codes_meaning(db.session(), CODES["category_code"], value)
            ),
        ),
        of_institution(TrainingPlan.organization_id),
        filters.of_region(TrainingPlan.region_code),
        filters.of_dates("starts", "开始日期", TrainingPlan.start_date),
        filters.of_moments("since", "状态时间", TrainingPlan.status_since),
        filters.of_office(TrainingPlan.approver_id, filters.OFFICES, label="审批机构"),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name, number, or the institution."""
        return or_(
            TrainingPlan.id.in_(listing.plans_named(term)),
            TrainingPlan.organization_id.in_(listing.organizations_named(db.session(), term)),
        )

    def value_of(self, row: Any, path: str) -> Any:
        """Return the label of a code."""
        if path in CODES:
            return code_label(CODES[path], getattr(row, path))
        return super().value_of(row, path)

    def details_for(self, row: Any) -> list[tuple[str, str]]:
        """Leave out what was said about the plan where nothing was."""
        return [(path, label) for path, label in super().details_for(row) if path != "reason" or row.reason]

    def describe(self, row: Any) -> str:
        """Return name, institution and hours."""
        return f"{row.name}（{row.organization or '—'}，{hours_text(row.hours)} 学时）"

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return courses, files, classes, and history."""
        new_class = permissions.may(actor(), Verb.CREATE, TrainingClass) and row.status is PlanStatus.APPROVED
        may_copy = permissions.may(actor(), Verb.CREATE, TrainingPlan)
        return {
            "record_title": row.name,
            "courses": [(course.name, course.teacher, hours_text(course.hours)) for course in row.courses],
            "course_total": hours_text(sum(course.hours for course in row.courses)) if row.courses else "0",
            "attachments": [file_link(file, "training", "training_preview") for file in row.attachments],
            "classes": [
                {
                    "name": klass.name,
                    "url": url_for("training-class.details_view", id=klass.id),
                    "span": f"{klass.start_date} 至 {klass.end_date}",
                    "status": klass.status,
                }
                for klass in classes.of_plan(db.session(), row.id)
            ],
            "new_class_url": url_for("training-class.create_view", plan=row.id) if new_class else "",
            "copy_url": url_for("training-plan.create_view", copy=row.id) if may_copy else "",
            "history": history_of(TRAINING_PLAN, row.id),
        }
