"""使用帮助: the guide of one's role, and those of the others to look something up for somebody."""

from __future__ import annotations

from typing import Any

from flask import abort, request, send_from_directory
from flask_admin import BaseView, expose
from markupsafe import Markup

from models.enums import UserType
from services import guide
from views.extensions import actor
from views.home import LoggedInMixin

PICTURES = (".png", ".jpg", ".webp")


class HelpView(LoggedInMixin, BaseView):
    """The guides of ``docs/guide``."""

    @expose("/")
    def index(self) -> str:
        """Show a role's guide, one's own unless another is asked for."""
        asked = request.args.get("guide")
        known = {item.value: item for item in UserType}
        role = (known.get(asked) or abort(404)) if asked else actor().user_type
        page = guide.of_role(role)
        # Rendered from files of the release, with raw HTML off: nothing a user typed is in it.
        return self.render(
            "admin/help.html",
            role=role,
            contents=page.contents,
            guide=Markup(page.html),  # noqa: S704
        )

    @expose("/images/<path:picture>")
    def image(self, picture: str) -> Any:
        """Send a picture of the guide; nothing outside its folder has an address here."""
        if not picture.endswith(PICTURES):
            abort(404)
        return send_from_directory(guide.IMAGES, picture)
