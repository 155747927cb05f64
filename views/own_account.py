"""What everybody keeps of his own login: password, sessions, second factor, and what happened to it."""

from __future__ import annotations

from typing import Any

import segno
from flask import abort, current_app, flash, redirect, request
from flask_admin import BaseView, expose
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from models.enums import Labelled, SessionEnd
from services import login_journal, passwords, second_factor, sessions, settings
from services.errors import InputError
from services.journal_details import WHY
from services.login_journal import LoginEvent
from services.password_profile import MAXIMUM_PASSWORD, PASSWORD_RULES
from views import menu
from views.authentication import hashing, limits, own_session_id, password_error, source
from views.extensions import actor, db
from views.home import LoggedInMixin
from views.login_form import NewPasswordForm
from views.stock_form import show_errors
from views.values import as_key, shown_text

QR_SCALE = 5
SECRET = {"Cache-Control": "no-store"}
"""Of pages that show a key or codes: no browser keeps them."""


class OwnPage(LoggedInMixin, BaseView):
    """A page of the workbench that is no grid and belongs to everybody; its title is the menu's."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint_name = endpoint
        super().__init__(name="", endpoint=endpoint, url=f"/admin/{endpoint}")

    @property
    def name(self) -> str:
        """What the role's menu calls the page."""
        return menu.title_of(self.endpoint_name) or ""

    @name.setter
    def name(self, value: str) -> None:
        """Take no other."""


class RolePage(OwnPage):
    """Such a page for those whose menu leads to it."""

    def is_accessible(self) -> bool:
        """Tell whether the actor's menu leads here."""
        return super().is_accessible() and menu.offered(self.endpoint_name)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        """Send a visitor to the login page; tell others that this is not theirs."""
        if super().is_accessible():
            abort(403)
        return super().inaccessible_callback(name, **kwargs)


class ChangeForm(NewPasswordForm):
    """修改密码."""

    password = PasswordField("原密码", [InputRequired("请填写“原密码”")])


class PasswordView(OwnPage):
    """修改密码."""

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> Any:
        """Change the password; the old one is asked for, and one's other sessions end."""
        form, forced = ChangeForm(), current_user.initial_password
        if form.validate_on_submit() and self._changed(form):
            flash("密码已修改，其他设备上的登录已全部结束。", "success")
            return redirect(self.get_url("admin.index") if forced else self.get_url(".index_view"))
        return self.render(
            "security/password.html",
            form=form,
            forced=forced,
            rules=(*PASSWORD_RULES, "不同于原密码"),
            maximum=MAXIMUM_PASSWORD,
        )

    def _changed(self, form: ChangeForm) -> bool:
        error = password_error(form.password.data or "")
        if error:
            form.password.errors = [*form.password.errors, error]
            return False
        try:
            passwords.change_password(
                db.session(),
                actor(),
                form.new_password.data or "",
                hashing(),
                source(),
                keep=own_session_id(),
            )
        except InputError as refused:
            db.session.rollback()
            show_errors(form, refused)
            return False
        db.session.commit()
        return True


class CodeForm(FlaskForm):
    """The first code of a new secret."""

    code = StringField(
        "验证码", [InputRequired("请输入验证码")], description="身份验证器上当前显示的 6 位数字"
    )


class ConfirmForm(FlaskForm):
    """The password once more, before something is given up."""

    password = PasswordField("登录密码", [InputRequired("请填写“登录密码”")], description="为确认是您本人")


class LoginSecurityView(OwnPage):
    """登录与安全: where one is logged in, two-step verification, what happened to one's login."""

    @expose("/")
    def index_view(self) -> str:
        """Show all three."""
        own = own_session_id()
        rows = sessions.of_account(db.session(), _account_id(), limits())
        return self.render(
            "security/login_security.html",
            sessions=[
                {
                    "key": row.id,
                    "own": row.id == own,
                    "device": row.device,
                    "address": row.address,
                    "created": shown_text(row.created_at),
                    "seen": shown_text(row.last_seen_at),
                }
                for row in rows
            ],
            two_step=second_factor.state_of(db.session(), _account_id()),
            required=_required(),
            number=_account_id(),
            lock_failures=settings.shown(db.session(), settings.LOCK_FAILURES),
            lock_minutes=settings.shown(db.session(), settings.LOCK_MINUTES),
            events=[_event(row, who) for row, who in login_journal.history(db.session(), actor())],
        )

    @expose("/end/", methods=("POST",))
    def end_view(self) -> Any:
        """End one other session, or all of them."""
        key = as_key(request.form.get("id"))
        if key is None and request.form.get("all") != "1":
            abort(400)
        own = own_session_id()
        if key == own:
            abort(400)
        database = db.session()
        ended = sessions.end(database, _account_id(), SessionEnd.ELSEWHERE, keep=own, only=key)
        if ended:
            login_journal.record(
                database, actor(), LoginEvent.SESSIONS_ENDED, _account_id(), source(), ended=ended
            )
        database.commit()
        flash(f"已结束 {ended} 个会话" if ended else "没有需要结束的会话", "success" if ended else "info")
        return redirect(self.get_url(".index_view"))

    @expose("/two-step/", methods=("GET", "POST"))
    def two_step_view(self) -> Any:
        """Set the second factor up, or give it up. Codes on paper are shown once, by the POST that made them."""
        action = request.form.get("action") if request.method == "POST" else None
        code, confirm = CodeForm(), ConfirmForm()
        codes = None
        if action == "confirm" and code.validate():
            codes = self._attempt(code, lambda: self._confirm(code))
        elif action in {"start", "codes", "off"} and confirm.validate() and self._confirmed(confirm):
            if action == "start":
                return self._start()
            if action == "off" and not _required():
                second_factor.remove(db.session(), actor(), source())
                db.session.commit()
                flash("两步验证已停用", "success")
                return redirect(self.get_url(".index_view"))
            if action == "codes":
                codes = self._attempt(confirm, self._new_codes)
        if codes is not None:
            return self.render("security/recovery_codes.html", codes=codes), SECRET
        return self._two_step(code, confirm), SECRET

    def _start(self) -> Any:
        try:
            second_factor.start(db.session(), _account_id())
        except InputError as error:
            db.session.rollback()
            flash(str(error), "info")
        else:
            db.session.commit()
        return redirect(self.get_url(".two_step_view"))

    def _confirm(self, form: CodeForm) -> list[str]:
        return second_factor.confirm(db.session(), actor(), form.code.data or "", source())

    def _new_codes(self) -> list[str]:
        return second_factor.new_codes(db.session(), actor(), source())

    def _attempt(self, form: FlaskForm, work: Any) -> list[str] | None:
        try:
            codes: list[str] = work()
        except InputError as error:
            db.session.rollback()
            show_errors(form, error)
            return None
        db.session.commit()
        return codes

    def _confirmed(self, form: ConfirmForm) -> bool:
        error = password_error(form.password.data or "")
        if error:
            form.password.errors = [*form.password.errors, error]
        return not error

    def _two_step(self, code: CodeForm, confirm: ConfirmForm) -> str:
        waiting = second_factor.enrolment(db.session(), _account_id(), actor().label)
        return self.render(
            "security/two_step.html",
            two_step=second_factor.state_of(db.session(), _account_id()),
            required=_required(),
            key=waiting[0] if waiting else "",
            qr=segno.make(waiting[1], error="l").svg_data_uri(scale=QR_SCALE) if waiting else "",
            code_form=code,
            confirm_form=confirm,
        )

    @expose("/alive/")
    def alive_view(self) -> Any:
        """Answer nothing: whoever is typing a long form is not idle (``static/js/app.js`` calls this)."""
        return "", 204


def _account_id() -> int:
    account_id = actor().account_id
    if account_id is None:
        abort(403)
    return account_id


def _required() -> bool:
    return actor().user_type in current_app.settings.require_totp


def _event(row: Any, who: str) -> dict[str, Any]:
    """Return a line of 登录记录."""
    known: Labelled | None = LoginEvent._value2member_map_.get(row.action)  # type: ignore[assignment]
    details = row.details or {}
    label = login_journal.LABELS.get(row.action, row.action)
    note = WHY.get(details.get("why", ""), "") or row.reason
    return {
        "when": shown_text(row.moment),
        "label": f"{label}（{note}）" if note else label,
        "colour": known.colour if known else "blue",
        "address": details.get("address", ""),
        "device": details.get("device", "") or (who if not known else ""),
    }
