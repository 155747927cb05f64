"""The login form: user type, organisation code, citizen id, password, captcha; the manual's three messages."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_security import LoginForm, hash_password
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from models.enums import UserType
from services.registration import MAXIMUM_PASSWORD
from views.captcha import CaptchaField
from views.extensions import db

WRONG = "账户或密码错误"
PENDING = "此帐号还未被审核"


class BaseLoginForm(LoginForm):
    """Finds the account by (user type, organisation code, citizen id), then leaves the password to the library."""

    email = None
    remember = None
    user_type = SelectField("用户类型", choices=[SelectChoice(kind.value, kind.label) for kind in UserType])
    organization_code = StringField("机构代码", description="9 位组织机构代码或 18 位统一社会信用代码")
    citizen_id = StringField("身份证号", [InputRequired("请填写“身份证号”")])

    def validate(self, **kwargs: Any) -> bool:
        """Check captcha, account and password, in this order."""
        self.ifield = self.citizen_id
        if "captcha" in self and not self.captcha.validate(self):
            return False
        kind = UserType(self.user_type.data) if self.user_type.data in set(UserType) else None
        self.user = current_app.security.datastore.find_login(
            db.session(), kind, self.organization_code.data or "", self.citizen_id.data or ""
        )
        too_long = (
            len(self.password.data or "") > MAXIMUM_PASSWORD
        )  # nobody has such a password; hashing it fails
        if (self.user is None or too_long) and self.password.data:
            hash_password(
                self.password.data[:MAXIMUM_PASSWORD]
            )  # the same time whether or not the account exists
            self.password.errors = [WRONG]  # where the library puts it for a wrong password
            return False
        return bool(super().validate(**kwargs))


class CaptchaLoginForm(BaseLoginForm):
    """The login form with a captcha."""

    captcha = CaptchaField("验证码")


def login_form_class() -> type[BaseLoginForm]:
    """Return the form the captcha setting asks for."""
    return CaptchaLoginForm if current_app.settings.captcha else BaseLoginForm


def login_form(**kwargs: Any) -> BaseLoginForm:
    """Return a login form, for the front page and for Flask-Security."""
    return login_form_class()(**kwargs)
