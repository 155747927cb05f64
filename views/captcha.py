"""The captcha of portal forms."""

from __future__ import annotations

from typing import Any

from flask import current_app, request
from wtforms import StringField
from wtforms.validators import ValidationError

from services import captcha_store
from views.extensions import db

TOKEN = "captcha_token"  # noqa: S105  (name of the hidden field beside the picture)
WRONG = "验证码错误"


class CaptchaField(StringField):
    """Text of the picture; one try per picture.

    Attributes:
        token: leads to the challenge of the form as it is shown now; the one that was sent has its own.
    """

    right: bool | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token = captcha_store.new_token()

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Use up the challenge, at once and for good.

        Raises:
            ValidationError: wrong, used or expired.
        """
        if self.right is None:  # a form may be validated in two passes; the challenge is used up by the first
            self.right = captcha_store.consume(db.session(), request.form.get(TOKEN, ""), self.data)
            db.session.commit()
        if not self.right:
            raise ValidationError(WRONG)


def add_captcha(form: type[Any]) -> type[Any]:
    """Return the form class with a captcha, where the setting asks for one."""
    if not current_app.settings.captcha:
        return form
    return type(form.__name__, (form,), {"captcha": CaptchaField("验证码")})
