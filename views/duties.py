"""三员分立: who holds which of the three duties, giving and taking them, and separating them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from sqlalchemy.exc import IntegrityError

from models import Organization
from models.enums import Duty
from permissions import engine as permissions
from permissions.verbs import Verb
from services import duties
from services.errors import InputError
from views.extensions import actor, db, request_id
from views.own_account import RolePage
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Callable


class DutiesView(RolePage):
    """三员分立."""

    def is_accessible(self) -> bool:
        """Tell whether the menu leads here and the actor may separate the duties."""
        return super().is_accessible() and permissions.may(actor(), Verb.SEPARATE, Organization)

    @expose("/")
    def index_view(self) -> str:
        """Show who holds what."""
        session, who = db.session(), actor()
        rows = duties.administrators(session, who)
        return self.render(
            "admin/duties.html",
            separated=duties.separated(session),
            missing=duties.missing(session, who),
            rows=[(row, duties.may_assign(session, who, row)) for row in rows],
            own=who.account_id,
            duties=list(Duty),
        )

    @expose("/assign/", methods=("POST",))
    def assign_view(self) -> Any:
        """Give an administrator a duty, or take his."""
        typed = request.form.get("duty", "")
        known = {duty.value: duty for duty in Duty} | {"": None}
        if typed not in known:
            flash("请选择一种职责", "error")
            return redirect(url_for(".index_view"))
        account, duty = as_key(request.form.get("account")) or 0, known[typed]
        return self._done(
            lambda: duties.assign(db.session(), actor(), account, duty, request_id=request_id()),
            f"已授予{duty.label}，从下一次操作起生效" if duty else "已收回职责，从下一次操作起生效",
        )

    @expose("/separate/", methods=("POST",))
    def separate_view(self) -> Any:
        """Separate the duties; putting them together again takes somebody at the server."""
        return self._done(
            lambda: duties.switch_on(db.session(), actor(), request_id=request_id()),
            "已启用三员分立，从下一次操作起生效",
        )

    def _done(self, what: Callable[[], None], said: str) -> Any:
        try:
            what()
            db.session.commit()
        except InputError as error:
            db.session.rollback()
            flash(str(error), "error")
        except IntegrityError:  # somebody else gave or took a duty in the same moment
            db.session.rollback()
            flash("与他人刚刚的修改冲突，没有办理，请核对后再试", "error")
        else:
            flash(said, "success")
        return redirect(url_for(".index_view") if self._still_mine() else url_for("admin.index"))

    def _still_mine(self) -> bool:
        """Tell whether the page will still open: whoever separates the duties may keep another one than this needs."""
        return duties.keeps(db.session(), actor())
