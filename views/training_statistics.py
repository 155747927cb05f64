"""培训统计: a page of figures, each chart with the table it is drawn from, each number with the list behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for
from flask_admin import expose

from models.base import now
from models.enums import ClassStatus, EnrollmentStatus, GradeStatus
from services import training_statistics
from services.certificate_pdf import hours_text
from views import menu, training_filters
from views.exporting import sent_workbook
from views.extensions import actor, db
from views.own_account import RolePage
from views.statistics import asked_year, years_shown
from views.values import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.training_statistics import Figures, Statistics

MONTHS, GROUPS = "months", "groups"
STATES = {MONTHS: ClassStatus.FINISHED.value, GROUPS: training_filters.HELD}
"""The classes a table counts, as the grids' filters over their state say it."""
STATE_FILTERS = {"classes": "status", "students": "class_status"}
"""What the grid behind a figure calls that filter; grades are decided of finished classes only."""
LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "classes": ("training-class", {}),
    "students": ("enrollment", {"status": EnrollmentStatus.ENROLLED.value}),
    "passed": ("grade", {"status": GradeStatus.APPROVED.value, training_filters.PASSED: "1"}),
    "failed": ("grade", {"status": GradeStatus.APPROVED.value, training_filters.PASSED: "0"}),
}
"""The grid that counts the same rows as a figure, with what narrows it to them."""


class TrainingStatisticsView(RolePage):
    """The figures of the actor's scope in a year."""

    @expose("/")
    def index_view(self) -> str:
        """Show them."""
        year = asked_year()
        statistics = training_statistics.of_scope(db.session(), actor(), year)
        return self.render(
            "admin/training_statistics.html",
            statistics=statistics,
            years=[(number, url_for(".index_view", year=number)) for number in years_shown()],
            hours_text=hours_text,
            link=_links(statistics),
            export=lambda table: url_for(".export_view", table=table, year=year),
        )

    @expose("/export/")
    def export_view(self) -> Any:
        """Send one table as a workbook, all its lines."""
        table, year = request.args.get("table", ""), asked_year()
        if table not in {MONTHS, GROUPS}:
            abort(404)
        found = training_statistics.of_scope(db.session(), actor(), year, None)
        first, lines, total = (
            ("结业月份", found.months, found.finished)
            if table == MONTHS
            else (found.by, found.groups, found.total)
        )
        header = (first, "培训班", "在册人次", "合格以上", "不合格", "合格率", "认定学时")
        about = {"年度": str(year), "导出人": actor().label, "导出时间": str(shown_text(now()))}
        return sent_workbook(
            f"按{first}的培训",
            header,
            [
                (one.name, one.classes, one.students, one.passed, one.failed, one.rate, one.hours)
                for one in (*lines, total)
            ],
            about,
        )


def _links(statistics: Statistics) -> Callable[[Figures, str, str], str]:
    """Return a function (line, table, figure) → address of the rows a figure counts; empty where the actor has no such list."""
    of_group = training_filters.PLAN if statistics.by_plan else training_filters.INSTITUTION

    def address(line: Figures, table: str, figure: str) -> str:
        endpoint, narrowed = LISTS[figure]
        if not menu.offered(endpoint):
            return ""
        year = {"year" if endpoint == "enrollment" else "credit_year": statistics.year}
        place: dict[str, int] = {}
        if line.key is not None:
            month = training_filters.month_key(statistics.year, line.key)
            place = {training_filters.MONTH: month} if table == MONTHS else {of_group: line.key}
        state = {STATE_FILTERS[figure]: STATES[table]} if figure in STATE_FILTERS else {}
        return url_for(f"{endpoint}.index_view", **year, **place, **narrowed, **state)

    return address
