"""The stock way to a list page: Flask-Admin's own view and template over the same claims, for comparison only.

Nobody logs in here, there is no second wall, no menu with counters, no filter, no layout of one's own.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy

from models import Base, Claim
from views.claims import ClaimView
from views.grid_list import cell_of
from views.values import shown_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

ADDRESS = "/admin/claim/"


def _shown(_view: Any, _context: Any, row: Any, name: str) -> str:
    return cell_of(shown_text(getattr(row, name))).text


class StockView(ModelView):
    """Claims as Flask-Admin lists them: the columns of ours, related names by its automatic joins."""

    can_create = can_edit = can_delete = False
    can_view_details = True
    column_list = ClaimView.columns
    column_labels: Mapping[str, str] = {path: path for path in ClaimView.columns}
    column_default_sort = ("id", True)
    column_formatters: Mapping[str, Any] = dict.fromkeys(
        ("kind", "subject", "computed_hours", "awarded_hours", "status", "status_since"), _shown
    )
    form_columns = ("title",)

    def __init__(self, db: SQLAlchemy, rows: ColumnElement[bool], page_size: int) -> None:
        self.page_size = page_size
        self._mine = rows
        super().__init__(Claim, db, name="claim", endpoint="claim", url=ADDRESS.rstrip("/"))

    def get_query(self) -> Any:
        """Return the claims of the office, the usual place to narrow a stock list."""
        return super().get_query().filter(self._mine)

    def get_count_query(self) -> Any:
        """Return how many there are; the stock view counts them all."""
        return super().get_count_query().filter(self._mine)


def create_app(url: str, rows: ColumnElement[bool], page_size: int) -> Flask:
    """Return an application with nothing but the list.

    Args:
        url: of the database.
        rows: which claims it shows.
        page_size: rows on a page.
    """
    app = Flask("stock_list", template_folder=None, static_folder=None)  # nothing of ours
    app.config.update(SECRET_KEY=secrets.token_urlsafe(), SQLALCHEMY_DATABASE_URI=url)
    Babel(app)
    db = SQLAlchemy(app, metadata=Base.metadata, disable_autonaming=True)
    Admin(app, name="stock").add_view(StockView(db, rows, page_size))
    return app
