"""批量办理记录: how far a batch is, what it did row by row, and taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target

from models import Batch
from models.base import now, write_intent
from models.enums import BatchState, Labelled
from services import batch_jobs, batches, exporting, undoing
from services.errors import InputError
from views import menu
from views.base import GridView
from views.exporting import cell_of, sent_workbook
from views.extensions import actor, db, request_id
from views.undoing import UndoMixin
from views.values import shown_text
from workflow.engine import sentence_of
from workflow.outcomes import DONE
from workflow.tables import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workflow.core import Transition


class Result(Labelled):
    """How one row of a batch ended."""

    DONE = "done", "已办理", "green"
    UNDONE = "undone", "已撤回", "secondary"
    SKIPPED = "skipped", "未办理", "orange"


class BatchView(UndoMixin, GridView):
    """批量办理记录: what each batch did, row by row."""

    columns = ("created_at", "transition", "state", "done_count", "skipped_count", "reason")
    order = (Batch.id.desc(),)
    nothing_yet = "还没有批量办理过。在列表中勾选记录办理后，每一次的结果都记在这里。"

    def value_of(self, row: Any, path: str) -> Any:
        """Return the transition's label for its name."""
        if path == "transition":
            return WORKFLOWS[row.workflow][row.transition].label
        return super().value_of(row, path)

    @expose("/details/")
    def details_view(self) -> Any:
        """Show the result of a batch, found by its key or number."""
        key = request.args.get("key")
        batch = self.get_one(batches.number_of(db.session(), key) if key else request.args.get("id"))
        step = WORKFLOWS[batch.workflow][batch.transition]
        rows = batches.rows(db.session(), batch, WORKFLOWS[batch.workflow])
        running = batch.state is BatchState.RUNNING
        return self.render(
            "admin/batch_result.html",
            batch={
                "id": batch.id,
                "title": f"{step.label}：{'办理中' if running else '办理结果'}",
                "actor": actor().label,
                "when": shown_text(batch.created_at),
                "counts": self._counts(batch),
                "running": running,
                "progress": batch_jobs.progress(db.session(), batch),
                "stopped": batch.stop_reason,
                "cancelled": batch.state is BatchState.CANCELLED,
                "left_out": max(0, batch.done_count + batch.skipped_count - len(rows)),
            },
            undoing=undoing.undoing_of(db.session(), actor(), batch),
            retry=None if running else self._retry(batch, step, rows),
            rows=[
                {
                    "label": row.label,
                    "url": self._page(batch.workflow, row.key) if row.linked else None,
                    "outcome": Result.UNDONE if row.undone else Result.DONE if row.done else Result.SKIPPED,
                    "reason": "" if row.done else row.sentence,
                }
                for row in rows
            ],
            here=self.get_url(".details_view", id=batch.id),
            return_url=get_redirect_target() or self.get_url(".index_view"),
        )

    @expose("/cancel/", methods=("POST",))
    def cancel_view(self) -> Any:
        """End a running batch: what is done stays."""
        batch = self.get_one(request.form.get("id"))
        key = batch.id
        try:
            batch_jobs.cancel(db.session(), actor(), batch, request_id=request_id())
        except InputError as error:
            db.session.rollback()
            flash(str(error), "warning")
        else:
            db.session.commit()
            flash("已取消其余的", "success")
        return redirect(self.get_url(".details_view", id=key), code=303)

    @expose("/workbook/", methods=("POST",))
    def workbook_view(self) -> Any:
        """Send the outcome of every row as a workbook."""
        session = db.session()
        batch = self.get_one(request.form.get("id"))
        step = WORKFLOWS[batch.workflow][batch.transition]
        view = self.grid_of(batch.workflow) or abort(404)
        items, back = batches.outcomes(session, batch), undoing.taken_back(session, batch)
        about = {
            "内容": f"{step.label}：办理结果",
            "办理时间": str(shown_text(batch.created_at)),
            "身份证号": "隐去中间 10 位",
            "导出人": actor().label,
            "导出时间": str(shown_text(now())),
        }
        exporting.record(
            session, actor(), "batch", [key for key, _outcome in items],
            conditions=f"第 {batch.id} 号批次", request_id=request_id(),
        )  # fmt: skip
        session.commit()
        write_intent.set(False)  # what follows only reads, and nobody has to wait for it
        paths = [*view.columns, *(path for path in view.details if path.endswith("citizen_id"))]

        def lines() -> Iterator[list[Any]]:
            for some in exporting.batched_keys(items):
                keys = [key for key, _outcome in some]
                seen = {row.id: row for row in exporting.rows(session, view.by_key(tuple(paths)), keys)}
                for key, outcome in some:
                    row = seen.get(key)
                    cells = [cell_of(view, row, path) if row else None for path in paths]
                    done = (
                        Result.UNDONE if key in back else Result.DONE if outcome == DONE else Result.SKIPPED
                    )
                    why = None if outcome == DONE else sentence_of(step, outcome)
                    yield [str(key), done.label, why, *cells]

        header = ["序号", "结果", "原因", *(view.label_of(path) for path in paths)]
        return sent_workbook(f"{step.label}办理结果", header, lines(), about)

    def grid_of(self, workflow: str) -> Any:
        """Return a grid of the actor's menu whose rows a workflow moves; ``None`` where there is none."""
        return next((view for view in self._grids() if view.workflow is WORKFLOWS[workflow]), None)

    def _grids(self) -> Iterator[Any]:
        by_endpoint = {view.endpoint: view for view in self.admin._views}  # noqa: SLF001
        for entry in menu.entries_of(actor()):
            view = by_endpoint.get(entry.endpoint)
            if isinstance(view, GridView):
                yield view

    def _page(self, workflow: str, key: int) -> str:
        """Return the address of a row's page."""
        return str(self.get_url(f"{workflow.replace('_', '-')}.details_view", id=key))

    def _counts(self, batch: Any) -> list[dict[str, Any]]:
        back = len(undoing.taken_back(db.session(), batch))
        shown = [(Result.DONE, batch.done_count, "success"), (Result.SKIPPED, batch.skipped_count, "warning")]
        if back:
            shown.append((Result.UNDONE, back, "info"))
        return [{"label": result.label, "count": count, "tone": tone} for result, count, tone in shown]

    def _retry(
        self, batch: Any, step: Transition, rows: Sequence[batches.ResultRow]
    ) -> dict[str, Any] | None:
        """Return how to fire the same on what was not done, where one of the actor's grids still offers it."""
        keys = [row.key for row in rows if row.open]
        for view in self._grids() if keys else ():
            if view.workflow is WORKFLOWS[batch.workflow] and step in view.usable():
                url = self.get_url(f"{view.endpoint}.action_view")
                return {"url": url, "name": step.name, "label": step.label, "keys": keys}
        return None
