"""学时完成情况, 学时台账, 证书打印 and the certificates that were issued."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, redirect, request, send_file
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from sqlalchemy.orm import joinedload

from models import Certificate, LedgerEntry, YearSummary
from models.enums import CertificateStatus, Subject
from permissions import engine as permissions
from permissions.verbs import Verb
from services import certificates, reading
from services.certificate_pdf import CertificateRenderError, hours_text
from services.listing import of_people_matching
from services.years import shortfall
from views import filters
from views.base import GridView
from views.extensions import actor, db, request_id
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

MAXIMUM_AT_ONCE = 200
DOCUMENT = "application/pdf"


def _department(value: str) -> ColumnElement[bool]:
    return YearSummary.person_id.in_(reading.people_of_department(int(value)))


class YearSummaryView(GridView):
    """Every year of every person in one's scope: hours, requirement and what is missing."""

    columns = ("person.name", "employer.name", "credit_year", "public_hours", "specialty_hours", "total",
               "required_total", "complete", "missing")  # fmt: skip
    details = (*columns, "required_public", "required_specialty", "updated_at")
    labels = {"person.name": "姓名", "employer.name": "单位", "total": "合计", "missing": "还差"}
    sortable = ("credit_year", "public_hours", "specialty_hours", "complete")
    options = (joinedload(YearSummary.person), joinedload(YearSummary.employer))
    order = (YearSummary.credit_year.desc(),)
    hint = "姓名或姓名首字母"
    filters = (
        filters.of_number(
            "credit_year", "年度", YearSummary.credit_year, lambda: reading.year_choices(db.session())
        ),
        filters.of_boolean("complete", "是否完成", YearSummary.complete, "已完成", "未完成"),
        filters.GridFilter(
            "department", "部门", lambda: reading.department_choices(db.session()), _department
        ),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by person."""
        return of_people_matching(db.session(), YearSummary.person_id, term)

    def describe(self, row: Any) -> str:
        """Return person and year."""
        return f"{row.person.name} {row.credit_year} 年度"

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values, the total and what is missing."""
        if path == "total":
            return hours_text(row.public_hours + row.specialty_hours)
        if path == "missing":
            return "；".join(shortfall(row)) or "齐全"
        return super().value_of(row, path)


class CertificatePrintingView(YearSummaryView):
    """证书打印: choose person-years, issue what is complete, get one PDF of all that are valid."""

    def is_accessible(self) -> bool:
        """Tell whether the actor may issue certificates at all."""
        return super().is_accessible() and permissions.may(actor(), Verb.ISSUE, YearSummary)

    def get_actions_list(self) -> tuple[list[tuple[str, str]], dict[str, str]]:
        """Offer issuing and printing."""
        return [("issue", "制发证书"), ("print", "打印证书")], {}

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Issue or print for the chosen person-years."""
        keys = [as_key(text) for text in request.form.getlist("rowid")]
        chosen = [key for key in keys if key is not None]
        back = get_redirect_target() or self.get_url(".index_view")
        action = request.form.get("action")
        if action not in {"issue", "print"}:
            abort(403)
        if not chosen:
            flash("请先勾选人员年度", "warning")
            return redirect(back)
        if len(chosen) > MAXIMUM_AT_ONCE:
            flash(f"一次最多处理 {MAXIMUM_AT_ONCE} 条，请分批办理", "warning")
            return redirect(back)
        if action == "issue":
            return self._issue(chosen, back)
        return printed(reading.valid_certificates(db.session(), chosen), back)

    def _issue(self, chosen: list[int], back: str) -> Any:
        session = db.session()
        report = certificates.issue(
            session, actor(), chosen, public_url=current_app.settings.public_url, request_id=request_id()
        )
        session.commit()
        if report.numbers:
            flash(f"已制发 {len(report.numbers)} 份证书，可以打印", "success")
        for who, why in report.refused:
            flash(f"{who}：{why}", "warning")
        if not report.numbers and not report.refused:
            abort(404)
        return redirect(back)


class CertificateView(GridView):
    """Certificates that were issued in one's scope."""

    columns = ("number", "person.name", "employer.name", "credit_year", "status", "issued_at", "print_count")
    details = (*columns, "revoked_at", "revoked_reason")
    labels = {"person.name": "姓名", "employer.name": "单位"}
    sortable = ("credit_year", "issued_at", "status")
    options = (joinedload(Certificate.person), joinedload(Certificate.employer))
    hint = "姓名或姓名首字母"
    filters = (
        filters.of_number(
            "credit_year", "年度", Certificate.credit_year, lambda: reading.year_choices(db.session())
        ),
        filters.of_enum("status", "证书状态", Certificate.status, CertificateStatus),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by person."""
        return of_people_matching(db.session(), Certificate.person_id, term)

    def get_actions_list(self) -> tuple[list[tuple[str, str]], dict[str, str]]:
        """Offer printing."""
        return [("print", "打印")], {}

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Print the chosen certificates."""
        if request.form.get("action") != "print":
            abort(403)
        keys = [as_key(text) for text in request.form.getlist("rowid")]
        back = get_redirect_target() or self.get_url(".index_view")
        return printed([key for key in keys if key is not None][:MAXIMUM_AT_ONCE], back)


def printed(keys: Sequence[int], back: str) -> Any:
    """Answer with one PDF of the valid certificates among ``keys``; the session is committed."""
    session = db.session()
    try:
        document, numbers = certificates.pdf(session, actor(), keys, request_id=request_id())
    except LookupError:
        flash("所选人员年度没有有效证书，请先制发", "warning")
        return redirect(back)
    except CertificateRenderError as error:
        session.rollback()
        flash(str(error), "error")
        return redirect(back)
    session.commit()
    name = f"{numbers[0]}.pdf" if len(numbers) == 1 else f"继续教育证书 {len(numbers)} 份.pdf"
    return send_file(io.BytesIO(document), mimetype=DOCUMENT, download_name=name)


class LedgerView(GridView):
    """学时台账: every posting and reversal in one's scope."""

    columns = ("person.name", "credit_year", "subject", "kind", "hours", "source_type", "posted_at")
    labels = {"person.name": "姓名"}
    sortable = ("credit_year", "posted_at", "hours")
    options = (joinedload(LedgerEntry.person),)
    hint = "姓名或姓名首字母"
    filters = (
        filters.of_number(
            "credit_year", "计入年度", LedgerEntry.credit_year, lambda: reading.year_choices(db.session())
        ),
        filters.of_enum("subject", "科目类型", LedgerEntry.subject, Subject),
    )
    can_view_details = False

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by person."""
        return of_people_matching(db.session(), LedgerEntry.person_id, term)
