"""Logging in and out, the second step, and 找回密码.

The blueprint has the name Flask-Security gives its own, which is switched off: why, docs/decisions/0013.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_security import logout_user

from models.base import now
from services import logins, recovery
from services.errors import InputError
from services.logins import Typed
from services.password_profile import PASSWORD_RULES
from views.authentication import hashing, let_in, own_session_id, source
from views.captcha import add_captcha
from views.extensions import actor, csrf, db, limiter
from views.login_form import CodeForm, LoginForm, NewPasswordForm, RecoverForm, login_form
from views.stale import is_stale
from views.stock_form import show_errors

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from services.logins import Outcome

security = Blueprint("security", __name__)
STEP = "second_step"
STEP_LIFETIME = timedelta(minutes=5)
ANSWER_SECONDS = 0.2


@csrf.exempt  # checked by the page itself (views/stale.py)
@security.route("/login", methods=["GET", "POST"])
@limiter.limit("120/minute", methods=["POST"])
def login() -> ResponseReturnValue:
    """Ask for user type, organisation code, citizen id and password."""
    if actor().account_id is not None:
        return redirect(url_for("admin.index"))
    form = login_form()
    stale = is_stale(form)
    if not stale and form.validate_on_submit():
        answer = _try(form)
        if answer is not None:
            return answer
    return render_template("portal/login.html", login_form=form), _status(stale=stale)


def _status(*, stale: bool) -> int:
    return 400 if stale else 200


def _try(form: LoginForm) -> ResponseReturnValue | None:
    """Judge what was typed; return where to go, or ``None`` to show the form with its sentence."""
    database, scheme, password = db.session(), hashing(), form.password.data or ""
    typed = Typed(form.kind(), form.organization_code.data or "", form.citizen_id.data or "")
    attempt = logins.begin(database, typed, source())
    database.commit()
    right = not attempt.refused and scheme.matches(password, attempt.stored)
    renewed = scheme.renewed(password, attempt.stored) if right and attempt.stored else None
    outcome = logins.conclude(database, attempt, right=right, renewed=renewed)
    database.commit()
    if outcome.account_id is None:
        _say(form, outcome)
        return None
    if outcome.needs_code:
        session[STEP] = {
            "account": outcome.account_id,
            "epoch": outcome.epoch,
            "at": now().timestamp(),
            "next": form.next.data or "",
        }
        return redirect(url_for("security.code"))
    return let_in(outcome.account_id, form.next.data or "")


def _say(form: Any, outcome: Outcome) -> None:
    """Put a sentence at its field, or on top of the page where it belongs to none."""
    if outcome.field:
        form[outcome.field].errors = [*form[outcome.field].errors, outcome.sentence]
    else:
        flash(outcome.sentence, "error")


@csrf.exempt  # checked by the page itself (views/stale.py)
@security.route("/login/code", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
def code() -> ResponseReturnValue:
    """Ask for the second factor of somebody whose password was right."""
    step = session.get(STEP)
    if step is None or now().timestamp() - step["at"] > STEP_LIFETIME.total_seconds():
        return _start_again("请先输入账户和密码；验证码须在 5 分钟内输入。" if step else "")
    form = CodeForm()
    stale = is_stale(form)
    if not stale and form.validate_on_submit():
        outcome = logins.judge_code(
            db.session(), step["account"], step["epoch"], form.code.data or "", source()
        )
        db.session.commit()
        if outcome is None:
            return _start_again("登录信息已变更，请重新登录。")
        if outcome.account_id is not None:
            return let_in(outcome.account_id, step["next"])
        if not outcome.field:  # locked: the password is asked again afterwards
            return _start_again(outcome.sentence)
        _say(form, outcome)
    return render_template("security/login_code.html", form=form), _status(stale=stale)


def _start_again(sentence: str) -> ResponseReturnValue:
    session.pop(STEP, None)
    if sentence:
        flash(sentence, "warning")
    return redirect(url_for("security.login"))


@security.post("/logout")
def logout() -> ResponseReturnValue:
    """End the session."""
    if actor().account_id is not None:
        logins.leave(db.session(), actor(), own_session_id(), source())
        db.session.commit()
        logout_user()
    session.clear()
    return redirect(url_for("portal.index"))


@csrf.exempt  # checked by the page itself (views/stale.py)
@security.route("/recover", methods=["GET", "POST"])
@limiter.limit("20/minute", methods=["POST"])
def recover() -> ResponseReturnValue:
    """找回密码: the answer is the same whatever was typed."""
    form = add_captcha(RecoverForm)()
    stale = is_stale(form)
    if not stale and form.validate_on_submit():
        started, kind = time.monotonic(), form.kind()
        if kind is not None:
            asked = recovery.Asked(
                kind, form.organization_code.data or "", form.citizen_id.data or "", form.email.data or ""
            )
            recovery.request(db.session(), asked, source())
            db.session.commit()
        # Writing a mail takes a few milliseconds: nobody shall measure whether one was written.
        time.sleep(max(0.0, ANSWER_SECONDS - (time.monotonic() - started)))
        return redirect(url_for("security.recover_sent"))
    return render_template("security/recover.html", form=form), _status(stale=stale)


@security.get("/recover/sent")
def recover_sent() -> str:
    """Say what happens next, whether or not a mail is on its way."""
    return render_template("security/recover_sent.html")


@csrf.exempt  # checked by the page itself (views/stale.py)
@security.route("/recover/<token>", methods=["GET", "POST"])
@limiter.limit("60/minute")
def recover_new(token: str) -> ResponseReturnValue:
    """Set a new password by a mailed link. Opening it uses nothing up: mail programs open links by themselves."""
    form = NewPasswordForm()
    stale = is_stale(form)
    if not stale and form.validate_on_submit():
        try:
            recovery.finish(db.session(), token, form.new_password.data or "", hashing(), source())
        except InputError as error:
            db.session.rollback()
            if "" not in error.errors:
                show_errors(form, error)
        else:
            db.session.commit()
            session.clear()
            flash("新密码已设置，请用新密码登录。", "success")
            return redirect(url_for("security.login"))
    if not recovery.is_open(db.session(), token):
        return render_template("security/recover_gone.html", sentence=recovery.GONE), 410
    page = render_template("security/recover_new.html", form=form, rules=PASSWORD_RULES)
    return page, _status(stale=stale)
