"""What one did oneself: journal, batches with their results, and the inbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target

from models import Batch, JournalEntry, Notice
from models.base import now
from models.enums import Labelled
from services import batches, reading
from views.base import GridView
from views.extensions import actor, db
from views.history import OTHER
from views.values import as_key, shown_text
from workflow.tables import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

OBJECTS = {name: workflow.model.__label__ for name, workflow in WORKFLOWS.items()} | {
    "certificate": "合格证书",
    "department": "部门",
}


class Result(Labelled):
    """How one row of a batch ended."""

    DONE = "done", "已办理", "green"
    SKIPPED = "skipped", "未办理", "orange"


class JournalView(GridView):
    """我的操作记录."""

    columns = ("moment", "action", "object_type", "object_id", "from_status", "to_status", "reason")
    order = (JournalEntry.id.desc(),)
    can_view_details = False

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return what one did oneself."""
        return (JournalEntry.actor_id == actor().account_id,)

    def value_of(self, row: Any, path: str) -> Any:
        """Return Chinese words for the codes a journal row is written in."""
        workflow = WORKFLOWS.get(row.object_type)
        value = getattr(row, path)
        if path == "object_type":
            return OBJECTS.get(value, value)
        if path == "action":
            labels = OTHER | ({step.name: step.label for step in workflow.transitions} if workflow else {})
            return labels.get(value, value)
        if path in {"from_status", "to_status"} and workflow and value:
            return type(workflow.initial)(value)
        return shown_text(value)


class BatchView(GridView):
    """批量办理记录: what each batch did, row by row."""

    columns = ("created_at", "transition", "done_count", "skipped_count", "reason")
    order = (Batch.id.desc(),)

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
        workflow = WORKFLOWS[batch.workflow]
        step = workflow[batch.transition]
        rows = batches.rows(db.session(), batch, workflow)
        return self.render(
            "admin/batch_result.html",
            batch={
                "title": f"{step.label}：办理结果",
                "actor": actor().label,
                "when": shown_text(batch.created_at),
                "counts": [
                    {"label": Result.DONE.label, "count": batch.done_count, "tone": "success"},
                    {"label": Result.SKIPPED.label, "count": batch.skipped_count, "tone": "warning"},
                ],
                "running": False,
                "progress": 100,
            },
            rows=[
                {
                    "label": row.label,
                    "url": self.get_url(f"{batch.workflow}.details_view", id=row.key) if row.linked else None,
                    "outcome": Result.DONE if row.done else Result.SKIPPED,
                    "reason": "" if row.done else row.sentence,
                }
                for row in rows
            ],
            return_url=get_redirect_target() or self.get_url(".index_view"),
        )


class NoticeView(GridView):
    """消息: the inbox."""

    columns = ("created_at", "title", "body", "state")
    details = ("created_at", "title", "body")
    labels = {"state": "状态"}
    order = (Notice.id.desc(),)
    list_template = "admin/notice/list.html"

    def value_of(self, row: Any, path: str) -> Any:
        """Return whether a message was read."""
        if path == "state":
            return "已读" if row.read_at else "未读"
        return super().value_of(row, path)

    @expose("/read/", methods=("POST",))
    def read_view(self) -> Any:
        """Mark one message, or all of one's own, as read; then go where it leads."""
        key = as_key(request.form.get("id"))
        if key is None and request.form.get("all") != "1":
            abort(400)
        notices = [self.get_one(key)] if key else reading.unread(db.session())
        for notice in notices:
            notice.read_at = notice.read_at or now()
        target = notices[0].link if key and notices[0].link else self.get_url(".index_view")
        db.session.commit()
        return redirect(target)
