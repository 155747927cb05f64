"""What offices were told about work that waits too long."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from models.base import Base, Code, Moment, choice, column, now
from models.enums import ReminderLevel
from models.types import UtcDateTime


class Reminder(Base):
    """One queue of one office that was reminded of, or told to the office above, on a working day; once a day at most.

    ``office_id`` is whom the work waits for, on both levels.
    """

    __tablename__ = "reminder"
    __label__ = "待办提醒"
    __table_args__ = (
        UniqueConstraint("queue", "office_id", "level", "day"),
        Index(None, "office_id"),
        Index(None, "day"),
    )

    queue: Mapped[Code] = column("待办")
    office_id: Mapped[int] = column("办理机构", ForeignKey("organization.id"))
    level: Mapped[ReminderLevel] = choice("提醒方式", ReminderLevel)
    day: Mapped[date] = column("日期", Date)
    count: Mapped[int] = column("件数")
    oldest_since: Mapped[datetime] = column("最早一件的时间", UtcDateTime)
    created_at: Mapped[Moment] = column("时间", default=now)
