"""管理账户: the logins of one's scope. 管理人员管理: the administrators of one's own organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from sqlalchemy import or_
from sqlalchemy.orm import joinedload

from models import Account, Organization, Person
from models.enums import AccountStatus, UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from services import administrators, duties, listing, settings
from views import filters, permission_view
from views.appointing import appoint_page
from views.base import GridView
from views.extensions import actor, db
from views.history import history_of, refused_of
from views.login_help import FACTS, LoginHelpMixin
from workflow.account import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from workflow.core import Transition

LOGINS = (AccountStatus.ACTIVE, AccountStatus.DISABLED, AccountStatus.REMOVED)
"""What is or was a login; registrations stand in 审核账户."""


def _locked(value: str) -> ColumnElement[bool]:
    keys = administrators.locked_accounts(db.session())
    return Account.id.in_(keys) if value == "1" else Account.id.not_in(keys)


class _LoginsView(LoginHelpMixin, GridView):
    """What both grids show of a login."""

    workflow = ACCOUNT
    labels = {**FACTS, "office": "所属机构", "organization.code": "机构代码"}
    details = ("real_name", "user_type", "office", "organization.code", "citizen_id", "mobile", "email", "status",
               "status_since", "reason", "duty", *FACTS, "initial_password_until", "created_at")  # fmt: skip
    more_columns = ("email", "second_factor", "created_at")
    sortable = ("real_name", "status", "created_at")
    options = (
        joinedload(Account.organization),
        joinedload(Account.person).joinedload(Person.employer),
    )
    details_template = "admin/account/login.html"

    def value_of(self, row: Any, path: str) -> Any:
        """Return the organisation administered, or worked for, as one column."""
        if path == "office":
            return (row.organization or row.person.employer).name
        return super().value_of(row, path)

    def details_for(self, row: Any) -> list[tuple[str, str]]:
        """Return the declared columns; a duty is nothing but a system administrator's."""
        columns = super().details_for(row)
        return [column for column in columns if column[0] != "duty" or row.user_type is UserType.SYSTEM]

    def row_transitions(self, row: Any) -> list[Transition]:
        """Return no button for one's own login: each of them would be refused."""
        return [] if row.id == actor().account_id else super().row_transitions(row)

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name, mobile, or the organisation's name, initials or code."""
        return listing.logins_matching(db.session(), term)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what can be done for the login, and its history with what was refused."""
        told = [*history_of(ACCOUNT, row.id), *refused_of(row.id)]
        return {
            "record_title": f"{row.real_name}的登录账户",
            "helps": self.helps_for(row),
            "no_reset": duties.why_no_reset(actor(), row),
            "own": row.id == actor().account_id,
            "rights_url": "" if row.id == actor().account_id else permission_view.account_url(row),
            "lifetime": settings.shown(db.session(), settings.INITIAL_PASSWORD_HOURS),
            "history": sorted(told, key=lambda entry: entry["when"]),
        }


class AccountView(_LoginsView):
    """管理账户: logins below, of organisations and of people; one's own colleagues stand in 管理人员管理."""

    offered_transitions = frozenset({"disable", "enable", "remove"})
    columns = ("real_name", "user_type", "office", "mobile", "status", "last_login", "locked_until")
    self_evident = {UserType.EMPLOYER: frozenset({"user_type", "office"})}
    person_key = "person_id"
    order = (Account.id.desc(),)
    hint = "姓名、手机、机构"
    filters = (
        filters.of_enum("user_type", "用户类型", Account.user_type, UserType),
        filters.of_enum("status", "账户状态", Account.status, LOGINS),
        filters.GridFilter("locked", "锁定", lambda: [("1", "已锁定"), ("0", "未锁定")], _locked),
        filters.TextFilter(
            "office",
            "机构",
            lambda text: listing.logins_of_organizations(db.session(), text),
            filters.OFFICES,
        ),
    )

    def key_of(self, citizen_id: str) -> int | None:
        """Return the key of a login of who has this citizen id: administrators are no professionals."""
        return listing.login_with_citizen_id(db.session(), citizen_id)

    def citizen_id_of(self, key: int | None) -> str | None:
        """Return the citizen id of the holder of a login."""
        return listing.citizen_id_of_login(db.session(), key)

    def of_person(self, key: int) -> ColumnElement[bool]:
        """Return all logins of the holder of a login."""
        return listing.logins_of_holder(key)

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return logins that were opened, without those of one's own organisation."""
        elsewhere = or_(Account.organization_id.is_(None), Account.organization_id != actor().organization_id)
        return (Account.status.in_(LOGINS), elsewhere)


class AdministratorView(_LoginsView):
    """管理人员管理: the administrators of the organisation administered."""

    offered_transitions = frozenset({"remove"})
    create_label = "新增管理员"
    columns = (
        "real_name",
        "citizen_id",
        "mobile",
        "status",
        "duty",
        "last_login",
        "locked_until",
        "second_factor",
    )
    more_columns = ("email", "created_at")
    self_evident = {user_type: frozenset({"duty"}) for user_type in UserType if user_type != UserType.SYSTEM}
    order = (Account.status.asc(), Account.id.asc())
    filters = (filters.of_enum("status", "账户状态", Account.status, LOGINS),)
    list_template = "admin/account/administrators.html"

    @property
    def can_create(self) -> bool:
        """Whether the actor may appoint an administrator of his organisation."""
        return permissions.may(actor(), Verb.APPOINT, Organization)

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return the administrators of one's organisation, those whose right was taken away too."""
        return (Account.status.in_(LOGINS), Account.organization_id == actor().organization_id)

    def lonely(self) -> bool:
        """Tell whether a second administrator should be appointed."""
        return administrators.lonely(db.session(), actor())

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Appoint another administrator of one's own organisation."""
        office = db.session.get(Organization, actor().organization_id)
        return appoint_page(self, office, get_redirect_target() or self.get_url(".index_view"))
