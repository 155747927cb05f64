"""审核账户: registrations that wait for this office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for
from sqlalchemy import or_
from sqlalchemy.orm import joinedload

from models import Account
from models.enums import AccountStatus, UserType
from services import queues
from views import filters
from views.base import GridView
from views.extensions import actor, db
from views.history import history_of
from workflow.account import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement


class AccountReviewView(GridView):
    """Registrations decided here: waiting ones first, decided ones to look up."""

    workflow = ACCOUNT
    offered_transitions = frozenset({"approve", "reject", "disable", "enable"})
    columns = (
        "real_name",
        "user_type",
        "organization.name",
        "person.department",
        "mobile",
        "status",
        "created_at",
    )
    details = ("real_name", "user_type", "citizen_id", "mobile", "email", "organization.name", "organization.code",
               "organization.credit_code", "organization.region", "organization.bureau", "organization.authority",
               "organization.address", "organization.phone", "person.employer", "person.department", "person.sex",
               "person.birth_date", "person.school", "status", "status_since", "reason")  # fmt: skip
    labels = {
        "organization.name": "申请机构",
        "person.employer": "申请加入的单位",
        "person.department": "所属部门",
    }
    self_evident = {
        UserType.EMPLOYER: frozenset({"user_type", "organization.name"}),
        UserType.BUREAU: frozenset({"person.department"}),
        UserType.PROVINCE: frozenset({"person.department"}),
    }
    sortable = ("created_at", "status")
    options = (joinedload(Account.organization), joinedload(Account.person))
    order = (Account.status.desc(), Account.id.asc())  # pending sorts behind the other words
    hint = "姓名"
    filters = (
        filters.of_enum("status", "账户状态", Account.status, AccountStatus),
        filters.of_enum("user_type", "用户类型", Account.user_type, UserType),
    )
    details_template = "admin/account/details.html"

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return what this office decides."""
        return (Account.approver_id == actor().organization_id,)

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name."""
        return or_(Account.real_name.contains(term, autoescape=True), Account.mobile == term)

    def menu_badge(self) -> int:
        """Return how many wait."""
        return queues.waiting(db.session(), actor(), self.endpoint_name)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return the scan of the organisation's certificate and the history."""
        scan = None
        if row.organization and row.organization.certificate_key:
            scan = {
                "url": url_for("files.organization_certificate", key=row.organization_id),
                "kind": "pdf" if row.organization.certificate_mime == "application/pdf" else "image",
            }
        return {
            "record_title": f"{row.real_name}的注册申请",
            "scan": scan,
            "history": history_of(ACCOUNT, row.id),
        }
