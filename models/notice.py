"""Messages in an account's inbox and what of them goes by mail, and announcements with their audience and readers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, LongText, Moment, Name, choice, column, now
from models.enums import MailChoice, UserType
from models.reference import Region
from models.types import MemberSet, UtcDateTime

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
    mailed_at: Mapped[datetime | None] = column("邮件时间", UtcDateTime)


class MailPreference(Base):
    """What an account wants of its inbox by mail, from that moment on; who never chose gets none."""

    __tablename__ = "mail_preference"
    __label__ = "消息邮件设置"
    __table_args__ = (Index(None, "choice", "account_id"),)

    account_id: Mapped[int] = column("账户", ForeignKey("account.id"), unique=True)
    choice: Mapped[MailChoice] = choice("消息邮件", MailChoice)
    chosen_at: Mapped[Moment] = column("选择时间", default=now)


class MailDigest(Base):
    """That an account got its digest of a day: the unique key lets no second one go, whoever is killed and begins again."""

    __tablename__ = "mail_digest"
    __label__ = "每日消息汇总"
    __table_args__ = (UniqueConstraint("account_id", "day"), Index(None, "day"))

    account_id: Mapped[int] = column("账户", ForeignKey("account.id"))
    day: Mapped[date] = column("日期", Date)
    written_at: Mapped[Moment] = column("生成时间", default=now)


class Announcement(Base):
    """A text on the first pages between two days: for everybody, visitors too, or for some user types, in a region or anywhere."""

    __tablename__ = "announcement"
    __label__ = "通知公告"
    __named_by__ = "title"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period"),
        CheckConstraint("everyone = (audience = '')", name="everyone_or_some"),
        CheckConstraint("NOT everyone OR region_code IS NULL", name="everyone_is_everywhere"),
    )

    title: Mapped[Name] = column("标题")
    body: Mapped[LongText] = column("内容")
    valid_from: Mapped[date] = column("发布日期", Date)
    valid_to: Mapped[date | None] = column("下线日期", Date)
    everyone: Mapped[bool] = column("面向所有人", default=True)
    audience: Mapped[frozenset[UserType]] = column("面向用户类型", MemberSet(UserType), default=frozenset())
    region_code: Mapped[str | None] = column("限于区域", String(6), ForeignKey("region.code"))

    region: Mapped[Region | None] = relationship()


class AnnouncementRead(Base):
    """That an account read an announcement, once and for all."""

    __tablename__ = "announcement_read"
    __label__ = "公告阅读情况"
    __table_args__ = (UniqueConstraint("announcement_id", "account_id"), Index(None, "account_id"))

    announcement_id: Mapped[int] = column("公告", ForeignKey("announcement.id"))
    account_id: Mapped[int] = column("阅读人", ForeignKey("account.id"))
    user_type: Mapped[UserType] = choice("用户类型", UserType)
    read_at: Mapped[Moment] = column("阅读时间", default=now)

    announcement: Mapped[Announcement] = relationship()
    account: Mapped[Account] = relationship()
