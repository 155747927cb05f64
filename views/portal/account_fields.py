"""The account block of every registration, and how its fields are built."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from services.password_profile import PASSWORD_HELP
from services.registration import Credentials
from services.typed_text import LINE_LENGTH
from views.picking import CHOOSE

NEW_PASSWORD = {"autocomplete": "new-password"}


def select_field(label: str, *, required: bool = False, help_text: str = "") -> SelectField:
    """Return a select whose lines are offered later; whether the choice is one of them is for the service to say."""
    validators = [InputRequired(f"请选择“{label}”")] if required else []
    return SelectField(label, validators, choices=[CHOOSE], validate_choice=False, description=help_text)


def line_field(label: str, *, required: bool = False, help_text: str = "") -> StringField:
    """Return a line of text."""
    validators = [Length(max=LINE_LENGTH, message=f"“{label}”最多 {LINE_LENGTH} 个字，请删减")]
    if required:
        validators.insert(0, InputRequired(f"请填写“{label}”"))
    return StringField(label, validators, description=help_text)


class AccountFields(FlaskForm):
    """账号信息: all required; the citizen id is the login and never changes."""

    citizen_id = StringField(
        "身份证号", [InputRequired("请填写“身份证号”")], description="登录用，注册后不能修改",
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )  # fmt: skip
    password = PasswordField(
        "密码", [InputRequired("请填写“密码”")], description=PASSWORD_HELP, render_kw=NEW_PASSWORD
    )
    password_confirm = PasswordField(
        "确认密码", [InputRequired("请再次填写密码"), EqualTo("password", "两次填写的密码不一致")],
        render_kw=NEW_PASSWORD,
    )  # fmt: skip
    real_name = StringField("姓名", [InputRequired("请填写“姓名”")], render_kw={"autocomplete": "name"})
    mobile = StringField(
        "手机", [InputRequired("请填写“手机”")], render_kw={"autocomplete": "tel", "inputmode": "tel"}
    )
    email = StringField(
        "电子邮箱", [InputRequired("请填写“电子邮箱”")], description="审核结果会发到这个邮箱",
        render_kw={"autocomplete": "email", "inputmode": "email"},
    )  # fmt: skip

    def credentials(self) -> Credentials:
        """Return what was typed."""
        return Credentials(
            citizen_id=self.citizen_id.data or "",
            password=self.password.data or "",
            real_name=self.real_name.data or "",
            mobile=self.mobile.data or "",
            email=self.email.data or "",
        )
