"""在线会话: who of one's scope is logged in, and ending such a login at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from models import Account, LoginSession, Person
from models.enums import UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from services import forced_logout, listing, sessions
from services.errors import InputError
from views import filters
from views.authentication import limits
from views.base import GridView
from views.extensions import actor, db, request_id
from views.grid_list import Action
from views.stock_form import show_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from views.selection import Selection

END = Action("end", "强制退出", "danger")
EXAMPLES = 20


class EndForm(FlaskForm):
    """Why a login is ended."""

    reason = TextAreaField(
        "强制退出的原因",
        [
            InputRequired("请填写强制退出的原因，本人可以看到"),
            Length(
                max=forced_logout.REASON_LENGTH,
                message=f"原因最多 {forced_logout.REASON_LENGTH} 个字，请删减",
            ),
        ],
        description="如“人员已调离岗位”“疑似账户被他人使用”，记入操作日志，本人可以看到",
    )


class OnlineSessionView(GridView):
    """在线会话."""

    columns = (
        "account.real_name",
        "account.user_type",
        "office",
        "device",
        "address",
        "created_at",
        "last_seen_at",
    )
    labels = {"account.real_name": "姓名", "office": "机构"}
    sortable = ("created_at", "last_seen_at", "address")
    order = (LoginSession.last_seen_at.desc(),)
    options = (
        joinedload(LoginSession.account).joinedload(Account.organization),
        joinedload(LoginSession.account).joinedload(Account.person).joinedload(Person.employer),
    )
    can_view_details = False
    hint = "姓名、手机、机构"
    nothing_yet = "管理范围内现在没有其他人在线。"
    list_template = "admin/session/list.html"
    filters = (
        filters.GridFilter(
            "user_type",
            "用户类型",
            lambda: [(member.value, member.label) for member in UserType],
            lambda value: LoginSession.account_id.in_(listing.logins_of_type(value)),
        ),
        filters.TextFilter(
            "address", "网络地址", lambda text: LoginSession.address.startswith(text, autoescape=True)
        ),
        filters.of_moments("created_at", "登录时间", LoginSession.created_at),
    )

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return what goes on, without one's own: 登录与安全 is for that."""
        return sessions.going_on(limits()), LoginSession.account_id != actor().account_id

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name, mobile, or the organisation's name, initials or code."""
        condition: ColumnElement[bool] = LoginSession.account_id.in_(listing.logins_named(db.session(), term))
        return condition

    def value_of(self, row: Any, path: str) -> Any:
        """Return the organisation administered, or worked for, as one column."""
        if path == "office":
            office = row.account.organization or (row.account.person and row.account.person.employer)
            return office.name if office else None
        return super().value_of(row, path)

    def list_actions(self) -> list[Action]:
        """Offer ending to whoever the table grants it."""
        return [END] if permissions.may(actor(), Verb.END, LoginSession) else []

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Ask why, then end the chosen sessions."""
        if request.form.get("action") != END.name or not self.list_actions():
            abort(403)
        chosen, form = self.selection(), EndForm()
        back = get_redirect_target() or self.get_url(".index_view")
        if not chosen.keys:
            flash("请先勾选要强制退出的会话", "warning")
            return redirect(back)
        if request.form.get("confirmed") and form.validate() and not chosen.changed:
            try:
                ended = forced_logout.force(
                    db.session(), actor(), chosen.keys, form.reason.data or "", request_id=request_id()
                )
            except InputError as error:
                db.session.rollback()
                show_errors(form, error)
            else:
                db.session.commit()
                flash(_told(ended, len(chosen.keys)), "success" if ended else "info")
                return redirect(back)
        return self._confirm(chosen, form, back)

    def _confirm(self, chosen: Selection, form: EndForm, back: str) -> Any:
        wanted = (
            LoginSession.id.in_(chosen.keys),
            permissions.rows(actor(), Verb.END, LoginSession),
            *self.narrow(),
        )
        paths = ("account.real_name", "office", "device", "address", "last_seen_at")
        found = listing.page(
            db.session(),
            self.model,
            wanted,
            self.order,
            offset=0,
            limit=EXAMPLES,
            rows=self.by_key(paths),
        )
        if not found.number:
            flash(_told(0, len(chosen.keys)), "info")
            return redirect(back)
        return self.render(
            "admin/session/end.html",
            form=form,
            number=found.number,
            more=max(0, found.number - len(found.rows)),
            lines=[[self.value_of(row, path) for path in paths] for row in found.rows],
            changed=chosen.changed,
            hidden_fields=[("action", END.name), ("url", back), *chosen.hidden_fields],
            confirm_url=self.get_url(".action_view"),
            cancel_url=back,
        )


def _told(ended: int, chosen: int) -> str:
    if not ended:
        return "选择的会话都已经结束，或不在您的管理范围内"
    rest = f"；另有 {chosen - ended} 个已经结束或不在您的管理范围内" if chosen > ended else ""
    return f"已强制退出 {ended} 个会话，对方下一次操作时须重新登录{rest}"
