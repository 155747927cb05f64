"""The workbench: what waits for me, my year, announcements."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_admin import AdminIndexView, expose

from services import home, reading
from views import menu
from views.extensions import actor, db


class HomeView(AdminIndexView):
    """Flask-Admin's index page, for those who logged in."""

    def is_accessible(self) -> bool:
        """Tell whether somebody logged in."""
        return actor().account_id is not None

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:  # noqa: ARG002
        """Send a visitor to the login page."""
        return redirect(url_for("security.login", next=request.full_path))

    @expose("/")
    def index(self) -> str:
        """Show the actor's home page."""
        todos = [
            {"label": entry.label, "count": todo.count, "oldest": todo.oldest, "url": url_for(entry.key)}
            for entry in menu.entries_of(actor().user_type)
            if (todo := home.todo(db.session(), actor(), entry.endpoint)) and entry.view == "index_view"
        ]
        return self.render(
            "admin/index.html",
            todos=todos,
            summary_cards=home.cards(db.session(), actor()),
            announcements=announcements(),
        )


def announcements() -> list[dict[str, str]]:
    """Return the announcements of the day as pages show them."""
    return [
        {"title": item.title, "date": item.valid_from.isoformat(), "summary": item.body}
        for item in reading.announcements(db.session())
    ]
