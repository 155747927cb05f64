"""Forms of visitors that were sent with a token that holds no longer: they are shown again, and nothing typed is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_wtf.csrf import validate_csrf
from wtforms.validators import ValidationError

if TYPE_CHECKING:
    from flask_wtf import FlaskForm

STALE = "页面停留时间过长，或者在其他窗口登录、退出过。页面已经更新，请核对后再次提交"


def is_stale(form: FlaskForm) -> bool:
    """Tell whether a form was sent with a token that holds no longer, and say so on it.

    Pages of visitors are exempt from the general check, whose answer is an error page one cannot go back from: the page
    before it has the old token too. They show the form again with a new token, and do nothing else.
    """
    if not form.is_submitted():
        return False
    try:
        validate_csrf(form.csrf_token.data)
    except ValidationError:
        form.csrf_token.errors = [STALE]
        return True
    return False
