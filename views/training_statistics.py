"""培训统计: a page of figures, each chart with the table it is drawn from."""

from __future__ import annotations

from flask import request, url_for
from flask_admin import expose

from models.base import today
from services import training_statistics
from services.certificate_pdf import hours_text
from views.extensions import actor, db
from views.own_account import RolePage

YEARS_SHOWN = 3


class TrainingStatisticsView(RolePage):
    """The figures of the actor's scope in a year."""

    @expose("/")
    def index_view(self) -> str:
        """Show them."""
        current = today().year
        years = range(current, current - YEARS_SHOWN, -1)
        asked = request.args.get("year", "")
        year = int(asked) if asked in map(str, years) else current
        return self.render(
            "admin/training_statistics.html",
            statistics=training_statistics.of_scope(db.session(), actor(), year),
            years=[(number, url_for(".index_view", year=number)) for number in years],
            hours_text=hours_text,
        )
