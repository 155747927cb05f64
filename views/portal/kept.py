"""What a registration page keeps on the server for a visitor, found by a cookie of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import after_this_request, current_app, request, url_for

from models.identifiers import mask_citizen_id
from services import registration_drafts as drafts
from services.typed_text import LINE_LENGTH
from views.extensions import db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Response
    from flask_wtf import FlaskForm

COOKIE = "registration"
REGISTERED = "registered"
"""What the session remembers of a registration that succeeded: the sentence of its last page."""
NEVER = frozenset({"password", "password_confirm", "csrf_token", "captcha", "scan"})


class Kept:
    """A registration under way.

    The session's cookie may be lost at any time; this one lasts a day (``drafts.LIFETIME``), and is sent to the page
    of its own kind only.

    Attributes:
        kind: the user type that registers.
        data: what was typed so far.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._token = request.cookies.get(COOKIE, "")
        self.data: dict[str, Any] = drafts.load(db.session(), self._token, kind)

    @property
    def after(self) -> int | None:
        """The registration whose data are corrected and sent again, if any: its citizen id is fixed."""
        return self.data.get("after")

    def save(self, *, files: Sequence[str] = ()) -> None:
        """Store what was typed so far, and commit."""
        self._token = drafts.save(db.session(), self._token, self.kind, self.data, files=files)
        db.session.commit()
        after_this_request(self._with_cookie)

    def begin(self, data: dict[str, Any]) -> None:
        """Begin anew with these data, under a token of their own, and commit."""
        self.finish()
        self._token, self.data = "", data
        self.save()

    def keep(self, form: FlaskForm) -> None:
        """Store what a form holds, secrets left out; what is too long to be accepted is not kept."""
        typed = {
            field.name: field.data
            for field in form
            if field.name not in NEVER and len(field.data or "") <= LINE_LENGTH
        }
        if self.data or any(typed.values()):
            self.data |= typed
            self.save()

    def finish(self) -> None:
        """Forget what was typed; the caller commits."""
        drafts.finish(db.session(), self._token, self.kind)

    def fix_citizen_id(self, form: Any) -> None:
        """Put the citizen id of the former registration into a form, whatever was sent."""
        if self.after:
            form.citizen_id.data = self.data["citizen_id"]

    def hide_citizen_id(self, form: Any) -> None:
        """Show the fixed citizen id as it is shown everywhere."""
        if self.after and "citizen_id" in form:
            form.citizen_id.data = mask_citizen_id(self.data["citizen_id"])
            form.citizen_id.description = "重新提交时不能修改；号码有误的请点“清空重填”"
            form.citizen_id.render_kw = {**(form.citizen_id.render_kw or {}), "readonly": True}

    def _with_cookie(self, response: Response) -> Response:
        response.set_cookie(
            COOKIE,
            self._token,
            max_age=drafts.LIFETIME,
            path=url_for(f"portal.register_{self.kind}"),
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response
