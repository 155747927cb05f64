"""注册进度查询: which office holds a registration, since when; withdraw it, or correct it and send it again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request, session, url_for
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from models.base import today
from models.enums import AccountStatus, UserType
from services import logins
from services.logins import Typed
from services.registration_status import RegistrationState, applicant, data_of, registration_state
from views.authentication import checked, source
from views.captcha import add_captcha
from views.extensions import csrf, db, limiter, request_id
from views.portal.blueprint import portal
from views.portal.kept import Kept
from views.portal.register_organization import LAST
from views.stale import is_stale
from views.values import shown_text
from workflow import engine
from workflow.account import ACCOUNT

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

PROVEN = "registration_proven"
PROOF_SECONDS = 600
"""How long a right password lets its owner take his data back."""


class StatusForm(FlaskForm):
    """Who asks: the same words as at login."""

    user_type = SelectField("用户类型", choices=[SelectChoice(kind.value, kind.label) for kind in UserType])
    organization_code = StringField("机构代码", description="个人不填")
    citizen_id = StringField("身份证号", [InputRequired("请填写注册时的身份证号")])
    password = PasswordField("密码", [InputRequired("请填写注册时的密码")])


@csrf.exempt  # checked by the page itself (views/stale.py)
@portal.route("/registration-status", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
def registration_status() -> ResponseReturnValue:
    """Tell an applicant where the registration stands."""
    form = add_captcha(StatusForm)()
    result, stale = None, is_stale(form)
    if not stale and form.validate_on_submit():
        state = _find(form)
        if state is not None and request.form.get("withdraw"):
            state = _withdraw(state, form)
        if state is not None:
            if state.again:
                session[PROVEN] = [state.account_id, int(time.time())]
            result = _shown(state)
    page = render_template("portal/registration_status.html", form=form, result=result)
    return page, 400 if stale else 200


def _shown(state: RegistrationState) -> dict[str, Any]:
    pending = state.status is AccountStatus.PENDING
    since = shown_text(state.since)
    return {
        "state": state.status,
        "subject": state.name,
        "holder_label": "当前办理部门" if pending else "审核部门",
        "holder": state.holder,
        "since": f"{since}（已等待 {state.days} 天）" if pending and state.days else since,
        "reason": state.reason,
        "can_withdraw": pending,
        "can_send_again": state.again,
    }


@csrf.exempt  # checked by the page itself (views/stale.py)
@portal.post("/registration-status/again")
@limiter.limit("60/minute")
def register_again() -> ResponseReturnValue:
    """Put the data of a registration that came to nothing back into its form, for whoever just proved to be its owner."""
    account_id, moment = (not is_stale(FlaskForm()) and session.pop(PROVEN, None)) or (0, 0)
    if time.time() - moment > PROOF_SECONDS:
        account_id = 0
    former = data_of(db.session(), account_id)
    if former is None:
        flash("请先查询，再点“修改后重新提交”", "warning")
        return redirect(url_for("portal.registration_status"))
    kind, data = former
    kept = Kept(kind)
    kept.begin({**data, "step": LAST})
    return redirect(url_for(f"portal.register_{kind}", step=0))


def _find(form: Any) -> RegistrationState | None:
    """Find what was asked for; the password is counted and locked like that of a login."""
    typed = Typed(
        UserType(form.user_type.data), form.organization_code.data or "", form.citizen_id.data or ""
    )
    attempt = logins.begin(db.session(), typed, source())
    db.session.commit()
    error = checked(attempt, form.password.data or "")
    if error or attempt.account_id is None:
        form.password.errors = [*form.password.errors, error]
        return None
    return registration_state(db.session(), attempt.account_id)


def _withdraw(state: RegistrationState, form: Any) -> RegistrationState:
    session = db.session()
    himself = applicant(state, UserType(form.user_type.data))
    outcome = engine.fire(
        session, himself, ACCOUNT, "withdraw", [state.account_id], today=today(), request_id=request_id()
    )
    session.commit()
    if outcome.done:
        flash("已撤回，可以重新注册", "success")
    else:
        flash("该申请已经审批，不能撤回", "warning")
    return registration_state(session, state.account_id)
