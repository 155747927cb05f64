"""A form of the workbench sent with the token of an earlier login of the same account: nothing is done, all is kept, and it can be sent again.

The token of a form holds as long as the login it was made in. Whoever logs out and in again in another tab, or comes back to a page
the browser restored, sends one that holds no longer. It says, signed by us, whose login it was made in: only that account is offered
to send the form again, under the token of now. Whatever was made elsewhere is refused as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template, request, session
from flask_login import current_user

from views.authentication import TOKEN, own_page, token_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

SECRET = "password"  # noqa: S105  (what the names of such fields have in common)
OTHER_ACCOUNT = (
    "这个页面是用另一个账户登录时打开的，提交的内容没有办理。"
    "要继续办理，请退出后用原来的账户登录，再用浏览器的“后退”回到填写的页面提交。"
)


def offered() -> ResponseReturnValue | None:
    """Return the page that offers to send a refused form again; ``None`` where it is not the sender's own."""
    made = token_of(request.form.get(TOKEN, ""))
    by_script = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    # The token of this very login was refused for another reason, which sending it again does not mend.
    if by_script or made is None or made.account_id != _own() or made.token == session.get(TOKEN):
        return None
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != TOKEN]
    files = [file.filename for _name, file in request.files.items(multi=True) if file.filename]
    page = render_template(
        "errors/resend.html",
        url=request.full_path.removesuffix("?"),
        fields=[(name, value) for name, value in fields if SECRET not in name],
        files=files,
        again=any(SECRET in name and value for name, value in fields),
        return_url=own_page(),
    )
    return page, 400


def is_of_another_account() -> bool:
    """Tell whether a refused form was made in a login of another account than the one that sends it."""
    made = token_of(request.form.get(TOKEN, ""))
    return made is not None and _own() not in {None, made.account_id}


def _own() -> int | None:
    return current_user.id if current_user.is_authenticated else None
