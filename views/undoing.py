"""撤回本次办理: taking back a batch one made oneself, with the same preview as any other decision."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm

from services import batches, undoing
from views.extensions import actor, db
from views.firing import batch_key_of, fire_or_explain, groups_of
from workflow import engine
from workflow.tables import WORKFLOWS

OVER = "这一批已不能撤回：超过 30 分钟，或者都已撤回"


class UndoMixin:
    """The page of the grid of batches that takes one back."""

    # What the grid has: see views.base and views.batches.
    get_one: Any
    get_url: Any
    grid_of: Any
    render: Any

    @expose("/undo/", methods=("POST",))
    def undo_view(self) -> Any:
        """Show what taking back would do, and do it once that is confirmed."""
        batch = self.get_one(request.form.get("id"))
        back = self.get_url(".details_view", id=batch.id)
        confirmed, key = request.form.get("confirmed"), batch_key_of(request.form.get("batch_key"))
        if confirmed and key and batches.number_of(db.session(), key):  # a double click
            return redirect(self.get_url(".details_view", key=key, url=back), code=303)
        offer, view = undoing.undoing_of(db.session(), actor(), batch), self.grid_of(batch.workflow)
        if offer is None or view is None:
            flash(OVER, "warning")
            return redirect(back, code=303)
        workflow = WORKFLOWS[batch.workflow]
        if confirmed:
            outcome = fire_or_explain(workflow, offer.transition, offer.keys, parameters=offer.parameters)
            if outcome is None:
                return redirect(back, code=303)
            return redirect(self.get_url(".details_view", key=outcome.batch_key, url=back), code=303)
        groups = groups_of(view, workflow, offer.transition, offer.keys, offer.parameters)
        return self.render(
            "admin/preview.html",
            title=f"{offer.transition.label}：请核对后确认（还可撤回 {offer.minutes} 分钟）",
            transition=offer.transition,
            changed=None,
            outcome_groups=groups.shown,
            hidden_fields=[("id", str(batch.id)), ("batch_key", engine.new_batch_key())],
            form=FlaskForm(),
            confirm_count=len(groups.done),
            in_background=groups.in_background,
            confirm_url=self.get_url(".undo_view"),
            cancel_url=back,
        )
