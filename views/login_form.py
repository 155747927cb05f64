"""The forms of logging in and of recovering a password. The fields of the first are a contract (docs/architecture.md)."""

from __future__ import annotations

from flask import request
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from models.enums import UserType
from services.typed_text import LINE_LENGTH
from views.captcha import add_captcha


class LoginForm(FlaskForm):
    """User type, organisation code, citizen id, password."""

    # A forged user type is an account that does not exist: it gets no sentence of its own.
    user_type = SelectField(
        "用户类型", choices=[SelectChoice(kind.value, kind.label) for kind in UserType], validate_choice=False
    )
    organization_code = StringField("机构代码", description="9 位组织机构代码或 18 位统一社会信用代码")
    citizen_id = StringField("身份证号", [InputRequired("请填写“身份证号”")])
    password = PasswordField("密码", [InputRequired("请填写“密码”")])
    next = HiddenField(default=lambda: request.args.get("next", ""))

    def kind(self) -> UserType | None:
        """Return the user type chosen; ``None`` for a forged one."""
        value = self.user_type.data
        return UserType(value) if value in set(UserType) else None


class CodeForm(FlaskForm):
    """The second step."""

    code = StringField(
        "验证码",
        [InputRequired("请输入验证码"), Length(max=20, message="验证码没有这么长，请检查")],
        description="身份验证器上当前显示的 6 位数字；手机不在身边时，可输入一个备用码",
    )


class RecoverForm(FlaskForm):
    """Who forgot the password: the same words as at login, and the address the mail is to go to."""

    user_type = LoginForm.user_type
    organization_code = LoginForm.organization_code
    citizen_id = LoginForm.citizen_id
    email = StringField(
        "电子邮箱",
        [InputRequired("请填写“电子邮箱”"), Length(max=LINE_LENGTH, message="“电子邮箱”没有这么长，请检查")],
        description="注册时填写、账户中登记的那一个",
    )
    kind = LoginForm.kind


class NewPasswordForm(FlaskForm):
    """A new password, twice; what it must be like stands beside it (``security/_password_rules.html``)."""

    new_password = PasswordField("新密码", [InputRequired("请填写“新密码”")])
    new_password_confirm = PasswordField(
        "确认新密码",
        [InputRequired("请再次填写新密码"), EqualTo("new_password", "两次填写的新密码不一致")],
    )


def login_form() -> LoginForm:
    """Return a login form, for the front page and for its own."""
    form: LoginForm = add_captcha(LoginForm)()
    return form
