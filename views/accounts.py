"""审核账户: registrations that wait for this office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, url_for
from sqlalchemy.orm import joinedload

from models import Account
from models.enums import AccountStatus, UserType
from services.listing import logins_matching
from services.registration_kinds import KINDS
from services.registration_organizations import labels_of
from views import filters
from views.base import GridView
from views.extensions import db
from views.grid_list import RowFile
from views.history import history_of
from views.routed import RoutedMixin
from workflow.account import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

DECISION = ("approver", "status", "status_since", "reason")


class AccountReviewView(RoutedMixin, GridView):
    """Registrations decided here: waiting ones first, decided ones to look up."""

    workflow = ACCOUNT
    waiting = AccountStatus.PENDING
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
    more_columns = ("approver",)
    details = ("real_name", "user_type", "citizen_id", "mobile", "email", "organization.code", "organization.credit_code",
               "person.employer", "person.department", "person.sex", "person.birth_date", "person.school", *DECISION)  # fmt: skip
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
    order = ((Account.status != AccountStatus.PENDING).asc(), Account.id.asc())
    hint = "姓名、手机、机构名称或代码"
    nothing_yet = "没有等待审核的账户。有人或机构注册时选择由本机构审核的，会出现在这里。"
    filters = (
        filters.of_enum("status", "账户状态", Account.status, AccountStatus),
        filters.of_enum("user_type", "用户类型", Account.user_type, UserType),
        filters.of_office(Account.approver_id, label="审核机构", all=filters.ALL_OFFICES),
    )
    details_template = "admin/account/details.html"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name, mobile, or the organisation's name, initials or code."""
        return logins_matching(db.session(), term)

    def loading(self, paths: Sequence[str]) -> list[Any]:
        """Return loader options with what the link to the scan needs."""
        scan = ("code", "certificate_key", "certificate_mime")
        return super().loading([*paths, *(f"organization.{name}" for name in scan)])

    def describe(self, row: Any) -> str:
        """Return the applicant, with the organisation that is decided along with him."""
        return f"{row.organization.name}（{row.real_name}）" if row.organization else row.real_name

    def file_of(self, row: Any) -> RowFile | None:
        """Return the scan of the organisation's certificate."""
        office = row.organization
        if office is None or not office.certificate_key:
            return None
        return RowFile(
            label="看扫描件",
            title=f"{office.name}（{office.code}）代码证扫描件",
            url=url_for("files.organization_certificate", key=office.id),
            kind="pdf" if office.certificate_mime == "application/pdf" else "image",
        )

    def details_for(self, row: Any) -> list[tuple[str, str]]:
        """Return what was registered: of a professional, or of an organisation what its kind was asked for."""
        office = row.organization
        others = "organization." if office is None else "person."
        columns = [(path, label) for path, label in self.get_details_columns() if not path.startswith(others)]
        asked = KINDS[office.kind].fields if office is not None and office.kind in KINDS else ()
        registered = [(f"organization.{field.name}", field.label) for field in asked]
        end = len(columns) - len(DECISION)
        return [*columns[:end], *registered, *columns[end:]]

    def value_of(self, row: Any, path: str) -> Any:
        """Return codes, region and offices of an organisation in words."""
        relation, _, name = path.partition(".")
        if relation == "organization" and row.organization:
            if name == "region_code":
                return super().value_of(row, "organization.region")
            if name != "credit_code" and name.endswith(("_code", "_id")):
                if "organization_labels" not in g:
                    g.organization_labels = labels_of(db.session(), row.organization)
                return g.organization_labels.get(name)
        return super().value_of(row, path)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return the scan of the organisation's certificate and the history."""
        return {
            "record_title": f"{row.real_name}的注册申请",
            "scan": self.file_of(row),
            "history": history_of(ACCOUNT, row.id),
        }
