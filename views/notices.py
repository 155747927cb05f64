"""消息: the inbox, and what of it goes out by mail."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from wtforms import RadioField
from wtforms.validators import InputRequired

from models import MailPreference, Notice
from models.base import label_of, now
from models.enums import MailChoice
from services import inbox_mail, reading, settings
from services.errors import InputError
from views.base import GridView
from views.extensions import actor, db, request_id
from views.stock_form import show_errors
from views.values import as_key


class MailForm(FlaskForm):
    """What of one's inbox goes out by mail."""

    choice = RadioField(
        label_of(MailPreference, "choice"), [InputRequired("请选择“消息邮件”")], choices=[(one.value, one.label) for one in MailChoice],
        validate_choice=False,
    )  # fmt: skip


class NoticeView(GridView):
    """消息: the inbox."""

    columns = ("created_at", "title", "body", "state")
    details = ("created_at", "title", "body")
    labels = {"state": "状态"}
    order = (Notice.id.desc(),)
    nothing_yet = "还没有消息。与您有关的办理结果和提醒会发到这里。"
    list_template = "admin/notice/list.html"
    opened_by = "read-form"

    def value_of(self, row: Any, path: str) -> Any:
        """Return whether a message was read."""
        if path == "state":
            return "已读" if row.read_at else "未读"
        return super().value_of(row, path)

    @expose("/mail/", methods=("GET", "POST"))
    def mail_view(self) -> Any:
        """Choose what of one's inbox goes out by mail."""
        session = db.session()
        form = MailForm(choice=inbox_mail.choice_of(session, actor()).value)
        back = self.get_url(".index_view")
        if form.validate_on_submit():
            try:
                changed = inbox_mail.choose(session, actor(), form.choice.data, request_id=request_id())
                session.commit()
            except InputError as error:
                session.rollback()
                show_errors(form, error)
            except IntegrityError:  # chosen for the first time in two windows at once
                session.rollback()
                flash("刚刚在另一个窗口修改过，请核对后再试", "error")
            else:
                flash("已保存，对以后的消息生效" if changed else "没有改动", "success" if changed else "info")
                return redirect(back, code=303)
        return self.render(
            "admin/notice/mail.html",
            form=form,
            address=inbox_mail.address_of(session, actor()),
            hour=settings.shown(session, settings.DIGEST_HOUR),
            return_url=back,
        )

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
