"""Mails on their way out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped

from models.base import Base, Code, LongText, Moment, choice, column, now
from models.enums import MailState
from models.types import UtcDateTime

WAITING = "state = 'waiting'"
PUBLIC_URL = "{public_url}"
"""Stands in a stored mail for the system's address, which only the worker that sends it knows."""


class OutgoingMail(Base):
    """A mail, stored in the transaction that causes it and sent by the worker afterwards.

    Its text is dropped as soon as it is sent: it may hold a name, a reason, a link that opens an account. What remains
    tells an operator that it went, and leaves with the clean-up.

    ``due_at`` is when the mail may be taken next; a worker that takes it moves the moment on first.
    """

    __tablename__ = "outgoing_mail"
    __label__ = "邮件"
    __named_by__ = "subject"
    __table_args__ = (
        Index("ix_outgoing_mail_due", "due_at", "id", sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
        Index(None, "created_at"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        CheckConstraint("state IN ('waiting', 'failed') OR (body = '' AND html = '')", name="gone_has_no_body"),
        CheckConstraint("state <> 'failed' OR error <> ''", name="failed_has_error"),
    )  # fmt: skip

    key: Mapped[str] = column("标识", String(32), unique=True)
    template: Mapped[Code] = column("模板")
    recipient: Mapped[str] = column("收件地址", String(254))
    subject: Mapped[LongText] = column("主题")
    body: Mapped[LongText] = column("正文")
    html: Mapped[LongText] = column("网页正文", default="")
    state: Mapped[MailState] = choice("状态", MailState, default=MailState.WAITING)
    created_at: Mapped[Moment] = column("生成时间", default=now)
    attempts: Mapped[int] = column("已尝试次数", default=0)
    due_at: Mapped[Moment] = column("下次发送时间", default=now)
    sent_at: Mapped[datetime | None] = column("发出时间", UtcDateTime)
    error: Mapped[LongText] = column("未发出的原因", default="")
