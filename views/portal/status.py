"""注册进度查询: which office holds a registration, since when; withdraw while it is pending."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request
from flask_security import hash_password, verify_password
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from models.base import today
from models.enums import AccountStatus, UserType
from services import registration
from services.registration import MAXIMUM_PASSWORD
from views.captcha import add_captcha
from views.extensions import db, limiter, request_id
from views.portal.blueprint import portal
from views.values import shown_text
from workflow import engine
from workflow.account import ACCOUNT


class StatusForm(FlaskForm):
    """Who asks: the same words as at login."""

    user_type = SelectField("用户类型", choices=[SelectChoice(kind.value, kind.label) for kind in UserType])
    organization_code = StringField("机构代码", description="个人不填")
    citizen_id = StringField("身份证号", [InputRequired("请填写注册时的身份证号")])
    password = PasswordField("密码", [InputRequired("请填写注册时的密码")])


@portal.route("/registration-status", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
def registration_status() -> str:
    """Tell an applicant where the registration stands."""
    form = add_captcha(StatusForm)()
    result = None
    if request.method == "POST" and form.validate():
        state = _find(form)
        if state is None:
            hash_password(
                form.password.data[:MAXIMUM_PASSWORD]
            )  # the same time whether or not the account exists
            form.password.errors = ["账户或密码错误"]
        elif request.form.get("withdraw"):
            state = _withdraw(state, form)
        if state is not None:
            result = {
                "state": state.status,
                "subject": state.name,
                "holder": state.holder,
                "since": shown_text(state.since),
                "reason": state.reason,
                "can_withdraw": state.status is AccountStatus.PENDING,
            }
    return render_template("portal/registration_status.html", form=form, result=result)


def _find(form: Any) -> registration.RegistrationState | None:
    if len(form.password.data or "") > MAXIMUM_PASSWORD:  # nobody has such a password; hashing it fails
        return None
    return registration.registration_state(
        db.session(),
        UserType(form.user_type.data),
        form.organization_code.data or "",
        form.citizen_id.data or "",
        form.password.data or "",
        verify_password,
    )


def _withdraw(state: registration.RegistrationState, form: Any) -> registration.RegistrationState | None:
    session = db.session()
    applicant = registration.applicant(state, UserType(form.user_type.data))
    outcome = engine.fire(
        session, applicant, ACCOUNT, "withdraw", [state.account_id], today=today(), request_id=request_id()
    )
    session.commit()
    if outcome.done:
        flash("已撤回，可以重新注册", "success")
    else:
        flash("该申请已经审批，不能撤回", "warning")
    return _find(form)
