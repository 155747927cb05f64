"""成绩: of one's students, one's people or oneself; where an institution types them and an approver decides row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request
from sqlalchemy.orm import joinedload

from models import Grade, GradeSheet
from models.enums import GradeResult, GradeStatus, Subject, UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from services import grade_sheets, grades, listing
from views import filters, training_filters
from views.at_stake import HoursAtStakeMixin
from views.base import GridView
from views.extensions import actor, db
from views.grade_books import GradeBookMixin
from views.grade_entry import GradeEntryMixin
from views.grade_sheets import STOPPED_BY
from views.history import history_of
from views.values import as_key
from workflow.crediting import GRADES
from workflow.grading import GRADE
from workflow.selection import keys

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

TYPING = frozenset({"edit", "import"})
"""What the journal calls changes of marks, which are between the institution and its approver."""


def _stopping(place: int) -> ColumnElement[bool]:
    """Return the rows of the sheet in the address that a guard of it does not hold for."""
    sheet = as_key(request.values.get("sheet")) or 0
    return Grade.id.in_(keys(db.session(), grade_sheets.stopping(db.session(), actor(), sheet, place - 1)))


class GradeView(HoursAtStakeMixin, GradeEntryMixin, GradeBookMixin, GridView):
    """学员成绩管理, and the grades a person, an employer or an office sees."""

    workflow = GRADE
    source = GRADES
    columns = ("person.name", "employer.name", "plan.name", "training_class.name", "credit_year", "subject", "result",
               "score", "hours", "status")  # fmt: skip
    more_columns = ("person.citizen_id", "organization.name", "status_since", "decided_at")
    details = ("person.name", "person.citizen_id", "employer.name", "organization.name", "plan.name", "training_class.name",
               "training_class.start_date", "training_class.end_date", "credit_year", "subject", "result", "score", "hours",
               "status", "status_since", "reason", "revoked_reason", "sheet")  # fmt: skip
    labels = {
        "person.name": "姓名",
        "employer.name": "所属单位",
        "organization.name": "施教机构",
        "plan.name": "培训计划",
        "training_class.name": "培训班",
    }
    self_evident = {
        **GridView.self_evident,
        UserType.INSTITUTION: frozenset({"organization.name"}),
        UserType.PERSON: GridView.self_evident[UserType.PERSON] | {"person.citizen_id"},
    }
    person_key = "person_id"
    sortable = ("credit_year", "score", "hours", "status", "status_since", "decided_at")
    options = (joinedload(Grade.person), joinedload(Grade.employer))
    order = (Grade.id.desc(),)
    hint = "姓名或姓名首字母"
    list_template = "admin/grade/list.html"
    details_template = "admin/grade/details.html"
    nothing_yet = "还没有成绩。施教机构在培训班中登记成绩后，会显示在这里。"
    filters = (
        filters.of_enum("result", "成绩", Grade.result, GradeResult),
        filters.of_enum("status", "认定状态", Grade.status, GradeStatus),
        filters.of_year("计入年度", Grade.credit_year),
        filters.of_enum("subject", "科目类型", Grade.subject, Subject),
        filters.TextFilter(
            "class_name", "培训班", lambda text: Grade.class_id.in_(grades.classes_named(db.session(), text))
        ),
        filters.of_employer(Grade.employer_id),
        filters.of_region(Grade.region_code),
        filters.of_moments("since", "状态时间", Grade.status_since),
        filters.LinkFilter(
            "sheet",
            "成绩单",
            lambda key: grades.name_of_sheet(db.session(), key),
            lambda key: Grade.sheet_id == key,
        ),
        filters.LinkFilter(
            STOPPED_BY,
            "不能办理的学员",
            lambda place: (
                grade_sheets.STOPPING[place - 1][1].sentence if place <= len(grade_sheets.STOPPING) else None
            ),
            _stopping,
        ),
        filters.LinkFilter(
            "class",
            "班次",
            lambda key: grades.name_of_class(db.session(), key),
            lambda key: Grade.class_id == key,
        ),
        training_filters.of_result(Grade.result),
        *training_filters.of_numbers(Grade, Grade.training_class.has),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by person."""
        return listing.of_people_matching(db.session(), Grade.person_id, term)

    def describe(self, row: Any) -> str:
        """Return person, employer, result and hours."""
        said = [self.value_of(row, "person.name") or "—", self.value_of(row, "employer.name") or "—"]
        said += [row.result.label] if row.result else []
        said += [f"{self.value_of(row, 'hours')} 学时"] if row.hours is not None else []
        return "，".join(said)

    def details_for(self, row: Any) -> list[tuple[str, str]]:
        """Leave the sheet out for those whose business it is not, and reasons nobody gave."""
        seen = permissions.may(actor(), Verb.VIEW, GradeSheet)
        left_out = {name for name in ("reason", "revoked_reason") if not getattr(row, name)}
        left_out |= set() if seen else {"sheet"}
        return [(path, label) for path, label in self.get_details_columns() if path not in left_out]

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return the title, the history and where its sheet is."""
        sheet_seen = row.sheet_id and grades.name_of_sheet(db.session(), row.sheet_id)
        outsider = actor().user_type in {UserType.PERSON, UserType.EMPLOYER}
        return {
            "record_title": f"{self.value_of(row, 'person.name') or '—'}：{self.value_of(row, 'training_class.name') or '—'}",
            "sheet_url": self.get_url("grade-sheet.details_view", id=row.sheet_id) if sheet_seen else "",
            "history": history_of(GRADE, row.id, without=TYPING if outsider else ()),
        }
