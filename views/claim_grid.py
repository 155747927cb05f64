"""What every grid of claims shows, and what a page shows of a claim's files and findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from sqlalchemy.orm import joinedload

from models import Claim
from models.enums import CheckResult, ClaimStatus, Subject, UserType
from services import claim_items, findings, reading
from services.attachments import MEGABYTE
from services.certificate_pdf import hours_text
from services.listing import claims_matching
from services.remembered import remembered
from views import filters
from views.at_stake import HoursAtStakeMixin
from views.base import GridView
from views.extensions import db
from views.history import history_of
from workflow.claim import CLAIM
from workflow.crediting import CLAIMS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from services.findings import Finding

OF_RESULT = {result: Claim.check_result == result for result in CheckResult}
"""The condition of each result, one object each: a queue tells by it what narrows it to a part."""
REVIEWERS = filters.OFFICES | {UserType.EMPLOYER}
PREVIEWED = {"image/jpeg": "image", "image/png": "image", "application/pdf": "pdf"}


def size_label(size: int) -> str:
    """Return a size in bytes in words."""
    return f"{size / MEGABYTE:.1f} MB" if size >= MEGABYTE else f"{max(1, size // 1024)} KB"


def file_link(file: Any, endpoint: str = "attachment", preview: str = "preview") -> dict[str, Any]:
    """Return what a page needs to show an attachment, sent by these views of ``views.files``."""
    return {
        "id": file.id,
        "name": file.filename,
        "size_label": size_label(file.size),
        "url": url_for(f"files.{endpoint}", key=file.id),
        "preview_url": url_for(f"files.{preview}", key=file.id),
        "kind": PREVIEWED.get(file.mime, "other"),
    }


def finding_shown(finding: Finding) -> dict[str, str]:
    """Return what a page shows of a finding: its sentence, and the other claim with a link where it may be seen."""
    other = finding.other
    more = f"等 {finding.more + 1} 条" if finding.more else ""
    if other is None:
        return {
            "sentence": finding.sentence,
            "label": f"其他单位的申报{more}" if finding.hidden else "",
            "url": "",
        }
    return {
        "sentence": finding.sentence,
        "label": f"{other.title}（{other.credit_year} 年度，{other.status.label}）{more}",
        "url": url_for("claim.details_view", id=other.id),
    }


def hours_shown(claim: Claim) -> dict[str, str]:
    """Return what a page shows of a claim's hours: what counts, what it is called, and how it came about."""
    computed, awarded, why = claim.computed_hours, claim.awarded_hours, claim.hours_explanation
    if awarded is None:
        return {"label": "核算学时", "hours": hours_text(computed), "explanation": why}
    if claim.status is ClaimStatus.REVOKED:
        return {
            "label": "已撤销，不计学时",
            "hours": "0",
            "explanation": f"曾认定 {hours_text(awarded)} 学时。",
        }
    if awarded < computed:
        less = f"审批时由核算的 {hours_text(computed)} 学时减为 {hours_text(awarded)} 学时"
        more = "，不再视为完成当年专业科目学时" if claim.completes_specialty_year else ""
        why = f"{less}{more}。核算说明：{why}"
    return {"label": "认定学时", "hours": hours_text(awarded), "explanation": why}


class ClaimGrid(HoursAtStakeMixin, GridView):
    """What every grid of claims shows."""

    workflow = CLAIM
    source = CLAIMS
    columns = ("title", "person.name", "employer.name", "kind", "credit_year", "subject", "computed_hours", "status",
               "status_since")  # fmt: skip
    details = ("person.name", "person.citizen_id", "employer.name", "department", "kind", "title", "credit_year",
               "subject", "start_date", "end_date", "content", "status", "status_since", "approver", "reason",
               "revoked_reason", "registered_by")  # fmt: skip
    more_columns = ("check_result", "department", "start_date", "end_date", "awarded_hours", "approver", "created_at", "declared_at",
                    "decided_at")  # fmt: skip
    labels = {"person.name": "姓名", "employer.name": "所属单位"}
    person_key = "person_id"
    reads = ("person_id", "kind_id")  # for names of people who went elsewhere (views.moved), and of kinds
    self_evident = {
        **GridView.self_evident,
        UserType.PERSON: GridView.self_evident[UserType.PERSON] | {"check_result"},  # reviewers' business
    }
    sortable = ("title", "credit_year", "status", "status_since", "computed_hours", "awarded_hours", "start_date",
                "end_date", "created_at", "declared_at", "decided_at")  # fmt: skip
    options = (joinedload(Claim.person), joinedload(Claim.employer), joinedload(Claim.kind))
    hint = "姓名、姓名首字母或名称"
    details_template = "admin/claim/details.html"
    filters = (
        filters.of_year("计入年度", Claim.credit_year),
        filters.GridFilter(
            "kind",
            "继续教育类型",
            lambda: remembered(reading.kind_choices, db.session()),
            lambda value: Claim.kind_id.in_(reading.kinds_meaning(int(value))),
        ),
        filters.of_enum("subject", "科目类型", Claim.subject, Subject),
        filters.of_enum("status", "认定结果", Claim.status, ClaimStatus),
        filters.GridFilter(
            "check_result",
            "核查结果",
            lambda: [(result.value, result.label) for result in CheckResult],
            lambda value: OF_RESULT[CheckResult.of(value)],
            REVIEWERS,
        ),
        filters.of_department(
            lambda value: Claim.department_id.in_(reading.departments_within(db.session(), int(value)))
        ),
        filters.of_employer(Claim.employer_id),
        filters.of_region(Claim.region_code),
        filters.of_office(Claim.approver_id, REVIEWERS, label="审批机构"),
        filters.of_moments("since", "状态时间", Claim.status_since),
        filters.of_hours("hours", "核算学时", Claim.computed_hours),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by person or title."""
        return claims_matching(db.session(), term)

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values; a kind that was retired or merged says so."""
        label = remembered(reading.kind_labels, db.session()).get(row.kind_id) if path == "kind" else None
        return label or super().value_of(row, path)

    def describe(self, row: Any) -> str:
        """Return title, person and hours."""
        hours = row.computed_hours if row.awarded_hours is None else row.awarded_hours
        return f"{row.title}（{self.value_of(row, 'person.name') or '—'}，{hours_text(hours)} 学时）"

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return items, files, hours, what the checks found, and history."""
        choices = claim_items.choices_of(db.session(), row.kind_version.items, retired=True)
        return {
            "record_title": row.title,
            "items": claim_items.shown_items(row.kind_version, row.items, choices),
            "attachments": [file_link(file) for file in row.attachments],
            "hours": hours_shown(row),
            "findings": [finding_shown(finding) for finding in findings.of_claim(db.session(), row)],
            "history": history_of(CLAIM, row.id),
        }
