"""学员: an institution's students, one's own classes, an employer's or a region's people in classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request

from models import Enrollment, Grade, TrainingClass
from models.enums import EnrollmentStatus, GradeResult, UserType
from services import reading, roster
from services.listing import of_people_matching
from views import filters, training_filters
from views.attendance import AttendanceMixin
from views.base import GridView
from views.class_pages import ClassPagesMixin
from views.enrolling import EnrolMixin
from views.exporting import ExportMixin
from views.extensions import actor, db
from views.history import history_of
from views.roster_import import RosterImportMixin
from views.values import as_key
from workflow.training import ENROLLMENT

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

INSTITUTIONS = filters.OFFICES | {UserType.INSTITUTION}
OWN_COLUMNS = ("plan.name", "training_class.name", "organization.name", "training_class.start_date",
               "training_class.end_date", "training_class.subject", "training_class.status", "attendance", "grade.result",
               "grade.hours", "status")  # fmt: skip
COLUMNS = ("employer.name", "plan.name", "training_class.name", "organization.name", "training_class.status", "attendance",
           "grade.result", "status")  # fmt: skip
COLUMNS_OF_ROLE = {
    UserType.PERSON: OWN_COLUMNS,
    UserType.EMPLOYER: ("person.name", "department.name", *COLUMNS),
    UserType.INSTITUTION: ("person.name", "person.citizen_id", *COLUMNS),  # who enrols tells namesakes apart
}
MORE = ("person.citizen_id", "department.name", "training_class.credit_year", "training_class.start_date", "phone",
        "grade.hours", "grade.status", "created_at")  # fmt: skip


def _chosen(name: str) -> int | None:
    return as_key(request.values.get(name))


class EnrollmentView(RosterImportMixin, EnrolMixin, AttendanceMixin, ClassPagesMixin, ExportMixin, GridView):
    """Students of classes."""

    workflow = ENROLLMENT
    details = ("person.name", "person.citizen_id", "employer.name", "department.name", "phone", "plan.name",
               "training_class.name", "organization.name", "training_class.start_date", "training_class.end_date",
               "training_class.place", "training_class.credit_year", "training_class.subject", "training_class.status",
               "training_class.reason", "attendance", "status", "status_since", "reason", "grade.result", "grade.hours",
               "grade.status", "created_at")  # fmt: skip
    labels = {
        "person.name": "姓名",
        "person.citizen_id": "身份证号",
        "employer.name": "单位",
        "department.name": "部门",
        "plan.name": "培训计划",
        "training_class.name": "培训班",
        "organization.name": "施教机构",
    }
    self_evident = {
        UserType.PERSON: frozenset({"person.citizen_id", "department.name"}),
        UserType.EMPLOYER: frozenset({"employer.name"}),
        UserType.INSTITUTION: frozenset({"organization.name"}),
    }
    person_key = "person_id"
    sortable = ("attendance", "status", "created_at")
    hint = "姓名或姓名首字母"
    nothing_yet = "还没有参加过培训班的记录。施教机构登记后会显示在这里。"
    editable = True
    can_edit = False  # attendance has a page of its own
    can_delete = False  # who was in a class stays on its list
    create_label = "添加学员"
    list_template = "admin/enrollment/list.html"
    filters = (
        filters.of_number(
            "plan", "培训计划", Enrollment.plan_id, lambda: roster.plan_choices(db.session(), _chosen("plan"))
        ),
        filters.of_number(
            "class",
            "培训班",
            Enrollment.class_id,
            lambda: roster.class_choices(db.session(), _chosen("class")),
        ),
        filters.of_enum("status", "学员状态", Enrollment.status, EnrollmentStatus),
        training_filters.of_class_status("class_status", Enrollment.training_class.has),
        filters.TextFilter(
            "employer", "单位", lambda text: roster.employed_at(db.session(), text), INSTITUTIONS
        ),
        filters.GridFilter(
            "result",
            "成绩",
            lambda: [(result.value, result.label) for result in GradeResult],
            lambda value: Enrollment.grade.has(Grade.result == value),
        ),
        filters.of_department(
            lambda value: Enrollment.department_id.in_(reading.departments_within(db.session(), int(value)))
        ),
        filters.GridFilter(
            "year",
            "年度",
            lambda: reading.year_choices(db.session()),
            lambda value: Enrollment.training_class.has(TrainingClass.credit_year == int(value)),
        ),
        filters.of_region(Enrollment.region_code),
        *training_filters.of_numbers(Enrollment, Enrollment.training_class.has),
    )

    @property
    def columns(self) -> tuple[str, ...]:  # type: ignore[override]
        """What is shown: to a professional his classes, to everybody else people."""
        return COLUMNS_OF_ROLE.get(actor().user_type, ("person.name", *COLUMNS))

    @property
    def more_columns(self) -> tuple[str, ...]:  # type: ignore[override]
        """What can be added to that."""
        return tuple(path for path in MORE if path not in self.columns)

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name."""
        return of_people_matching(db.session(), Enrollment.person_id, term)

    def describe(self, row: Any) -> str:
        """Return who it is, and plan and class."""
        training = f"{self.value_of(row, 'plan.name')} {self.value_of(row, 'training_class.name')}"
        return f"{self.value_of(row, 'person.name') or '—'}（{training}）"

    def details_for(self, row: Any) -> list[tuple[str, str]]:
        """Leave reasons out that nobody gave: of a cancelled class, of who left."""
        return [
            (path, label)
            for path, label in super().details_for(row)
            if not path.endswith("reason") or self.value_of(row, path)
        ]

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return title and history."""
        return {"record_title": self.describe(row), "history": history_of(ENROLLMENT, row.id)}
