"""Messages in an account's inbox, and announcements on the portal."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped

from models.base import Base, LongText, Moment, Name, column, now
from models.types import UtcDateTime

HELD = "batch_key IS NOT NULL"


class Notice(Base):
    """A message to one account.

    One about a decision that can still be taken back is not shown before ``held_until``; taking it back drops it.
    """

    __tablename__ = "notice"
    __label__ = "消息"
    __table_args__ = (
        Index(None, "account_id", "read_at", "id"),
        Index("ix_notice_batch", "batch_key", sqlite_where=text(HELD), postgresql_where=text(HELD)),
    )

    account_id: Mapped[int] = column("收件账户", ForeignKey("account.id"))
    title: Mapped[LongText] = column("标题")
    body: Mapped[LongText] = column("内容", default="")
    link: Mapped[Name] = column("链接", default="")
    created_at: Mapped[Moment] = column("时间", default=now)
    read_at: Mapped[datetime | None] = column("已读时间", UtcDateTime)
    held_until: Mapped[datetime | None] = column("暂缓至", UtcDateTime)
    batch_key: Mapped[str | None] = column("批次", String(32))


class Announcement(Base):
    """A text on the portal between two days."""

    __tablename__ = "announcement"
    __label__ = "通知公告"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),)

    title: Mapped[Name] = column("标题")
    body: Mapped[LongText] = column("内容")
    valid_from: Mapped[date] = column("发布日期", Date)
    valid_to: Mapped[date | None] = column("下线日期", Date)
