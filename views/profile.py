"""个人基本信息维护: what everybody keeps of himself."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField

from models import Account, Person
from permissions import fields
from services import picking, profile, staff
from services.errors import InputError
from views.authentication import password_error, source
from views.extensions import actor, db
from views.own_account import RolePage
from views.picking import offer
from views.staff import DATA_FIELDS
from views.stock_form import show_errors


class ContactForm(FlaskForm):
    """What an administrator keeps of himself."""

    mobile = StringField("手机", render_kw={"autocomplete": "tel", "inputmode": "tel"})
    email = StringField(
        "电子邮箱",
        description="找回密码和审核通知用",
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )
    password = PasswordField(
        "登录密码", description="更改电子邮箱时填写，以确认是您本人；不改邮箱的不用填",
        render_kw={"autocomplete": "current-password"},
    )  # fmt: skip


PersonForm = type("PersonForm", (ContactForm,), dict(DATA_FIELDS))


class ProfileView(RolePage):
    """个人基本信息维护."""

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> Any:
        """Show one's own data; store what one may change."""
        session = db.session()
        try:
            account, person = profile.own(session, actor())
        except InputError:
            abort(403)
        form = self._form(account, person)
        if request.method == "POST" and form.validate() and self._saved(form):
            return redirect(self.get_url(".index_view"))
        return self.render(
            "security/profile.html",
            form=form,
            facts=_facts(account, person),
            contact=[form.mobile, form.email, form.password],
            more=[form[name] for name in profile.OWN] if person else [],
        )

    @staticmethod
    def _form(account: Account, person: Person | None) -> Any:
        contact = {"mobile": account.mobile, "email": account.email}
        if person is None:
            return ContactForm(data=contact)
        form = PersonForm(data=contact | {name: getattr(person, name) for name in profile.OWN})
        for name, (_label, dictionary) in staff.CODES.items():
            offer(form[name], picking.dictionary(db.session(), dictionary, getattr(person, name)))
        return form

    @staticmethod
    def _saved(form: Any) -> bool:
        session = db.session()
        typed = {field.name: field.data for field in form if field.name not in {"password", "csrf_token"}}
        try:
            try:
                changed = profile.save(session, actor(), typed, source(), confirmed=False)
            except profile.PasswordNeededError:
                session.rollback()  # asking for the password commits
                error = (
                    password_error(form.password.data) if form.password.data else "更改电子邮箱须填写登录密码"
                )
                if error:
                    form.password.errors = [*form.password.errors, error]
                    return False
                changed = profile.save(session, actor(), typed, source(), confirmed=True)
        except InputError as refused:
            session.rollback()
            show_errors(form, refused)
            return False
        session.commit()
        flash("已保存" if changed else "没有改动", "success" if changed else "info")
        return True


def _facts(account: Account, person: Person | None) -> list[tuple[str, Any]]:
    """Return what one sees and does not change."""
    shown = [
        ("姓名", account.real_name),
        ("身份证号", fields.shown(Account, "citizen_id", account.citizen_id)),
    ]
    if person is None:
        return [("所属机构", account.organization), ("用户类型", account.user_type), *shown]
    return [("所属单位", person.employer), ("所属部门", person.department), *shown]
