"""委托代办: an administrator lets another office's decide in his place for the days he is absent."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped

from models.base import Base, LongText, Moment, choice, column, now
from models.enums import DelegationEnd
from models.types import UtcDateTime

GOES_ON = "ended_at IS NULL"


class Delegation(Base):
    """Who decides what in whose place, from day to day. Between the same two only one goes on (docs/decisions/0032)."""

    __tablename__ = "delegation"
    __label__ = "委托代办"
    __table_args__ = (
        Index("uq_delegation_goes_on", "giver_id", "delegate_id", unique=True,
              sqlite_where=text(GOES_ON), postgresql_where=text(GOES_ON)),
        Index(None, "office_id", "id"),
        Index(None, "delegate_id", "ended_at"),
        CheckConstraint("last_day >= first_day", name="period"),
        CheckConstraint("(ended_at IS NULL) = (ended_how IS NULL)", name="ended_has_way"),
        CheckConstraint("office_id <> delegate_office_id", name="another_office"),
    )  # fmt: skip

    giver_id: Mapped[int] = column("委托人", ForeignKey("account.id"))
    office_id: Mapped[int] = column("委托机构", ForeignKey("organization.id"))
    delegate_id: Mapped[int] = column("代办人", ForeignKey("account.id"))
    delegate_office_id: Mapped[int] = column("代办人所在机构", ForeignKey("organization.id"))
    works: Mapped[list[str]] = column("委托事项", JSON)
    first_day: Mapped[date] = column("第一天", Date)
    last_day: Mapped[date] = column("最后一天", Date)
    reason: Mapped[LongText] = column("委托原因")
    created_at: Mapped[Moment] = column("委托时间", default=now)
    ended_at: Mapped[datetime | None] = column("结束时间", UtcDateTime)
    ended_how: Mapped[DelegationEnd | None] = choice("结束方式", DelegationEnd)

    def __str__(self) -> str:
        return f"{self.first_day} 至 {self.last_day}"
