"""审核机构信息变更: what organisations ask this office to change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from sqlalchemy.orm import joinedload

from models import OrganizationChange
from models.enums import RequestStatus
from services import listing
from views import filters, scans
from views.base import GridView
from views.extensions import db
from views.history import history_of
from views.routed import RoutedMixin
from workflow.changes import Change
from workflow.organization_change import ORGANIZATION_CHANGE

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class OrganizationChangeView(RoutedMixin, GridView):
    """Requests decided here: waiting ones first, decided ones to look up."""

    workflow = ORGANIZATION_CHANGE
    waiting = RequestStatus.PENDING
    offered_transitions = frozenset({"approve", "reject"})
    columns = ("organization.name", "organization.kind", "changes", "note", "status", "created_at")
    more_columns = ("approver", "reason", "status_since")
    details = ("organization.name", "organization.kind", "organization.code", "note", "approver", "status", "status_since", "reason",
               "created_at")  # fmt: skip
    labels = {"organization.name": "申请机构", "organization.kind": "机构类型"}
    sortable = ("created_at", "status")
    options = (joinedload(OrganizationChange.organization),)
    order = (OrganizationChange.status.desc(), OrganizationChange.id.asc())
    hint = "机构名称、首字母或机构代码"
    nothing_yet = "没有机构申请变更信息。"
    filters = (
        filters.of_enum("status", "审核状态", OrganizationChange.status, RequestStatus),
        filters.of_office(OrganizationChange.approver_id, label="审核机构", all=filters.ALL_OFFICES),
    )
    details_template = "admin/organization_change/details.html"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by the organisation's name or code."""
        return OrganizationChange.organization_id.in_(listing.organizations_named(db.session(), term))

    def value_of(self, row: Any, path: str) -> Any:
        """Return the changes as one line of text."""
        if path == "changes":
            return "；".join(Change(*change).line for change in row.changes.values())
        return super().value_of(row, path)

    def describe(self, row: Any) -> str:
        """Name the organisation and what it asks for."""
        return f"{row.organization or '—'}（{self.value_of(row, 'changes')}）"

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return old and new side by side, both scans, and the history."""
        office = row.organization
        return {
            "record_title": f"{office or '机构'}的变更申请",
            "changes": list(row.changes.values()),
            "new_scan": scans.shown(
                row.certificate_key, row.certificate_mime, url_for("files.organization_change", key=row.id)
            ),
            "old_scan": office
            and scans.shown(
                office.certificate_key,
                office.certificate_mime,
                url_for("files.organization_certificate", key=office.id),
            ),
            "history": history_of(ORGANIZATION_CHANGE, row.id),
        }
