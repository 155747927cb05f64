"""The captcha of portal forms."""

from __future__ import annotations

from typing import Any

from flask import current_app, session
from wtforms import StringField
from wtforms.validators import ValidationError

from services import captcha_store
from views.extensions import db

KEY = "captcha"
WRONG = "验证码错误"


class CaptchaField(StringField):
    """Text of the picture; one try per picture."""

    right: bool | None = None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Use up the challenge, at once and for good.

        Raises:
            ValidationError: wrong, used or expired.
        """
        if self.right is None:  # a form may be validated in two passes; the challenge is used up by the first
            self.right = captcha_store.consume(db.session(), session.pop(KEY, None), self.data)
            db.session.commit()
        if not self.right:
            raise ValidationError(WRONG)


def add_captcha(form: type[Any]) -> type[Any]:
    """Return the form class with a captcha, where the setting asks for one."""
    if not current_app.settings.captcha:
        return form
    return type(form.__name__, (form,), {"captcha": CaptchaField("验证码")})
