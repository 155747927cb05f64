"""消息: the inbox."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request
from flask_admin.base import expose

from models import Notice
from models.base import now
from services import reading
from views.base import GridView
from views.extensions import db
from views.values import as_key


class NoticeView(GridView):
    """消息: the inbox."""

    columns = ("created_at", "title", "body", "state")
    details = ("created_at", "title", "body")
    labels = {"state": "状态"}
    order = (Notice.id.desc(),)
    list_template = "admin/notice/list.html"
    opened_by = "read-form"

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
