"""Appointing an administrator: of one's own organisation, or of one below that has none any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, request, url_for
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from flask_security import hash_password
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from models import Account
from permissions import engine as permissions
from permissions.verbs import Verb
from services import administrators, settings
from services.errors import InputError
from services.registration import Credentials
from services.typed_text import LINE_LENGTH
from views import menu
from views.extensions import actor, db, request_id
from views.login_help import password_page
from views.stock_form import show_errors
from views.values import shown_text

if TYPE_CHECKING:
    from models import Organization


def _line(label: str, help_text: str = "", **attributes: str) -> StringField:
    checks = [InputRequired(f"请填写“{label}”"),
              Length(max=LINE_LENGTH, message=f"“{label}”最多 {LINE_LENGTH} 个字，请删减")]  # fmt: skip
    return StringField(label, checks, description=help_text, render_kw={"autocomplete": "off", **attributes})


class AppointForm(FlaskForm):
    """Who becomes an administrator; the password is made by the system."""

    citizen_id = _line("身份证号", "登录用，不能修改；同一人可以是多个机构的管理员，也可以有个人账户")
    real_name = _line("姓名")
    mobile = _line("手机", inputmode="tel")
    email = _line("电子邮箱", "任命通知和找回密码的邮件发到这里", inputmode="email")

    def typed(self) -> Credentials:
        """Return what was typed, without a password."""
        return Credentials(
            self.citizen_id.data or "",
            "",
            self.real_name.data or "",
            self.mobile.data or "",
            self.email.data or "",
        )


def appoint_page(view: Any, office: Organization, back: str) -> Any:
    """Ask for the new administrator and appoint him.

    Args:
        view: the grid whose page it is.
        office: the organisation; the actor sees it.
        back: where one goes on.
    """
    session, form = db.session(), AppointForm()
    if not administrators.may_appoint(session, actor(), office):
        abort(403)
    if form.validate_on_submit():
        session.commit()  # hashing takes its time, and nobody has to wait for it
        try:
            key, password = administrators.appoint(
                session, actor(), office, form.typed(), fixed=current_app.settings.initial_password,
                hash_password=hash_password, request_id=request_id(),
            )  # fmt: skip
        except InputError as error:
            session.rollback()
            show_errors(form, error)
        else:
            session.commit()
            account = session.get_one(Account, key)
            return password_page(view, account, password, "已任命管理员", back)
    lifetime = settings.shown(session, settings.INITIAL_PASSWORD_HOURS)
    return view.render(
        "admin/account/appoint.html", form=form, office=office.name, lifetime=lifetime, return_url=back
    )


class AdministratorsMixin:
    """The side of the grid of organisations that looks after their administrators."""

    @expose("/appoint/", methods=("GET", "POST"))
    def appoint_view(self) -> Any:
        """Appoint an administrator where one may: the last one is gone, or it is one's own to keep."""
        row = self.get_one(request.args.get("id"))  # type: ignore[attr-defined]
        details = self.get_url(".details_view", id=row.id)  # type: ignore[attr-defined]
        return appoint_page(self, row, get_redirect_target() or details)

    def administrators_of(self, row: Organization) -> dict[str, Any]:
        """Return what the details page shows of an organisation's administrators."""
        session = db.session()
        found = administrators.administrators_of(session, row.id)
        facts = administrators.facts_of(session, [account.id for account in found])
        grid = "administrator" if row.id == actor().organization_id else "account"
        reachable = menu.offered(grid)
        appointing = administrators.may_appoint(session, actor(), row)
        return {
            "administrators": [
                {
                    "name": account.real_name,
                    "status": account.status,
                    "last_login": shown_text(facts[account.id].last_login),
                    "locked": shown_text(facts[account.id].locked_until),
                    "second_factor": facts[account.id].second_factor,
                    "url": url_for(f"{grid}.details_view", id=account.id) if reachable else "",
                }
                for account in found
            ],
            "may_appoint": appointing,
            "looked_after": bool(found)
            or appointing
            or permissions.allows(session, actor(), Verb.DISABLE, row),
        }
