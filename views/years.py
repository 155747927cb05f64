"""学时完成情况 and 学时台账."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g
from sqlalchemy.orm import joinedload

from models import LedgerEntry, YearSummary
from models.enums import EntryKind, Subject, YearState
from services import certificate_years, reading, statistics_hours
from services.certificate_pdf import hours_text
from services.listing import of_people_matching
from services.years import shortfall
from views import filters
from views.base import GridView
from views.certificate_files import PrintMixin
from views.extensions import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from services.certificate_years import CertificateOfYear
    from services.listing import Page
    from views.grid_state import ListState


def _department(value: str) -> ColumnElement[bool]:
    return YearSummary.person_id.in_(reading.people_of_department(db.session(), int(value)))


class YearSummaryView(PrintMixin, GridView):
    """Every year of every person in one's scope: hours, requirement and what is missing."""

    columns = ("person.name", "employer.name", "credit_year", "public_hours", "specialty_hours", "total",
               "required_total", "complete", "missing", "certificate")  # fmt: skip
    details = (
        *columns,
        "number",
        "prints",
        "revoked_reason",
        "required_public",
        "required_specialty",
        "updated_at",
    )
    labels = {
        "person.name": "姓名", "person.department.name": "部门", "employer.name": "单位", "total": "合计",
        "missing": "还差", "certificate": "证书", "state": "状态", "number": "证书编号", "prints": "打印次数",
        "revoked_reason": "证书撤销原因",
    }  # fmt: skip
    more_columns = ("required_public", "required_specialty", "updated_at")
    person_key = "person_id"
    print_label = "打印证书"
    nothing_chosen = "请先勾选要打印证书的年度"
    sortable = ("credit_year", "public_hours", "specialty_hours", "complete", "updated_at")
    options = (joinedload(YearSummary.person), joinedload(YearSummary.employer))
    order = (YearSummary.credit_year.desc(),)
    nothing_yet = "还没有学时记录。申报或培训成绩通过认定、学时入账后，年度学时自动出现在这里。"
    hint = "姓名或姓名首字母"
    filters = (
        filters.of_year("年度", YearSummary.credit_year),
        filters.of_boolean("complete", "是否完成", YearSummary.complete, "已完成", "未完成"),
        filters.of_department(_department),
        filters.of_employer(YearSummary.employer_id),
        filters.of_region(YearSummary.region_code),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by person."""
        return of_people_matching(db.session(), YearSummary.person_id, term)

    def is_numeric(self, path: str) -> bool:
        """Tell whether a column holds figures; the total is one that is not stored."""
        return path == "total" or super().is_numeric(path)

    def describe(self, row: Any) -> str:
        """Return person and year."""
        return f"{self.value_of(row, 'person.name') or '—'} {row.credit_year} 年度"

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values, the total and what is missing."""
        if path == "total":
            return hours_text(row.public_hours + row.specialty_hours)
        if path == "missing":
            return "；".join(shortfall(row)) or "齐全"
        if path in {"state", "certificate", "number", "prints", "revoked_reason"}:
            return self._of_certificate(row, path)
        return super().value_of(row, path)

    def _of_certificate(self, row: Any, path: str) -> Any:
        latest = _latest([row])[row.id]
        state = certificate_years.state_of(row, latest)
        if path == "state":  # what is missing says more than that something is
            return "；".join(shortfall(row)) if state is YearState.LACKING else state
        if path == "certificate":
            if latest is None:
                return None
            return YearState.ISSUED if latest.valid else YearState.REVOKED
        if path == "prints":
            return str(latest.print_count) if latest and latest.number else None
        if path == "number":
            return latest.number if latest else None
        return latest.reason if latest else None

    def _load(self, state: ListState, paths: Sequence[str], **page: int) -> Page:
        loaded = super()._load(state, paths, **page)
        _latest(loaded.rows)  # of all rows in one statement
        return loaded

    def certificates_of(self, keys: Sequence[int]) -> Sequence[int]:
        """Return the valid certificates of years."""
        return reading.valid_certificates(db.session(), keys)


def _latest(rows: Sequence[YearSummary]) -> dict[int, CertificateOfYear | None]:
    """Return the latest certificates of rows; what was asked for in this request is not asked for again."""
    known: dict[int, CertificateOfYear | None] = g.setdefault("certificates_of_years", {})
    missing = [row for row in rows if row.id not in known]
    if missing:
        known |= certificate_years.latest_certificates(db.session(), missing)
    return known


class LedgerView(GridView):
    """学时台账: every posting and reversal in one's scope."""

    columns = (
        "person.name",
        "employer.name",
        "credit_year",
        "subject",
        "kind",
        "hours",
        "source_type",
        "posted_at",
    )
    labels = {"person.name": "姓名", "employer.name": "当时单位"}
    person_key = "person_id"
    sortable = ("credit_year", "posted_at", "hours", "subject")
    options = (joinedload(LedgerEntry.person),)
    hint = "姓名或姓名首字母"
    filters = (
        filters.of_year("计入年度", LedgerEntry.credit_year),
        filters.of_enum("subject", "科目类型", LedgerEntry.subject, Subject),
        filters.of_enum("kind", "记账类型", LedgerEntry.kind, EntryKind),
        filters.of_employer(LedgerEntry.employer_id),
        filters.of_region(LedgerEntry.region_code),
        filters.GridFilter(
            "activity",
            "来源",
            lambda: statistics_hours.activity_choices(db.session()),
            statistics_hours.of_activity,
        ),
        filters.of_moments("posted", "入账时间", LedgerEntry.posted_at),
    )
    can_view_details = False
    nothing_yet = "还没有入账的学时。申报通过认定后自动入账。"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by person."""
        return of_people_matching(db.session(), LedgerEntry.person_id, term)
