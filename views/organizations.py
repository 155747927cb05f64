"""Organisations of one's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import joinedload

from models import Organization
from models.enums import OrganizationKind, OrganizationStatus
from permissions import engine as permissions
from permissions.verbs import Verb
from services.listing import organizations_matching
from views import filters
from views.appointing import AdministratorsMixin
from views.base import GridView
from views.extensions import actor, db
from views.history import history_of
from workflow.organization import ORGANIZATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement


class OrganizationView(AdministratorsMixin, GridView):
    """管理账户: organisations of one's scope."""

    workflow = ORGANIZATION
    columns = ("name", "kind", "code", "region", "bureau", "status", "created_at")
    details = ("name", "kind", "code", "credit_code", "region", "bureau", "authority", "address", "contact", "phone",
               "status", "created_at")  # fmt: skip
    sortable = ("created_at", "status", "kind")
    options = (
        joinedload(Organization.region),
        joinedload(Organization.bureau),
        joinedload(Organization.authority),
    )
    order = (Organization.region_code.asc(), Organization.id.asc())
    hint = "名称、首字母或机构代码"
    filters = (
        filters.of_enum("kind", "机构类型", Organization.kind, OrganizationKind),
        filters.of_enum("status", "状态", Organization.status, OrganizationStatus),
    )

    details_template = "admin/organization/details.html"

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return the organisations one answers for, not those seen because of a record."""
        return (permissions.rows(actor(), Verb.OVERSEE, Organization),)

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name or code."""
        return organizations_matching(db.session(), term)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return the administrators and the history."""
        return {
            "record_title": row.name,
            "history": history_of(ORGANIZATION, row.id),
            **self.administrators_of(row),
        }
