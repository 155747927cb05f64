"""Maintained figures of 统计分析: counts by employer that stand for the people and the ledger behind them.

They are derived, brought up to date by the worker from marks, and can be rebuilt at any time
(``docs/decisions/0028-statistics-from-maintained-counts.md``).
"""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped

from models.base import Base, Code, Moment, choice, column, now
from models.enums import ClaimStatus, Subject
from models.types import HoursSumType


class PeopleCount(Base):
    """How many people in service an employer has of one department and title level, or how many of them completed a year.

    Without a year it counts everybody in service; with one, those of them whose year is complete. Employer, department,
    region, authority and title level are the people's own, as they are now.
    """

    __tablename__ = "people_count"
    __label__ = "人数统计"
    __table_args__ = (
        Index(None, "employer_id", "credit_year"),
        Index(None, "region_code", "credit_year"),
        Index(None, "authority_id", "credit_year"),
        CheckConstraint("people > 0", name="somebody"),
    )

    employer_id: Mapped[int] = column("所属单位", ForeignKey("organization.id"))
    department_id: Mapped[int | None] = column("所属部门", ForeignKey("department.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("行业主管部门", ForeignKey("organization.id"))
    title_level_code: Mapped[Code | None] = column("职称级别")
    credit_year: Mapped[int | None] = column("已完成的年度")
    people: Mapped[int] = column("人数")


class HoursCount(Base):
    """Hours and number of ledger entries of one employer, year, month of posting, subject and kind.

    Employer, region and authority are those the ledger names: of the time. Without a kind it is training classes.
    """

    __tablename__ = "hours_count"
    __label__ = "学时统计"
    __table_args__ = (
        Index(None, "employer_id", "credit_year"),
        Index(None, "region_code", "credit_year"),
        Index(None, "authority_id", "credit_year"),
        CheckConstraint("entries > 0", name="something"),
    )

    employer_id: Mapped[int] = column("当时单位", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("当时区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("当时行业主管部门", ForeignKey("organization.id"))
    credit_year: Mapped[int] = column("计入年度")
    month: Mapped[str] = column("入账月份", String(7))
    subject: Mapped[Subject] = choice("科目类型", Subject)
    kind_id: Mapped[int | None] = column("继续教育类型", ForeignKey("claim_kind.id"))
    hours: Mapped[Decimal] = column("学时", HoursSumType)
    entries: Mapped[int] = column("笔数", BigInteger)


class WaitingCount(Base):
    """How many claims of one region wait in one state for an office since one day in China.

    The office is the employer until they are declared, and who decides them then. The region is the claims' own, as it is now.
    """

    __tablename__ = "waiting_count"
    __label__ = "待办统计"
    __table_args__ = (
        Index(None, "office_id"),
        Index(None, "region_code"),
        CheckConstraint("claims > 0", name="something"),
    )

    office_id: Mapped[int] = column("办理机构", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    status: Mapped[ClaimStatus] = choice("认定结果", ClaimStatus)
    since: Mapped[str] = column("到达日期", String(10))
    claims: Mapped[int] = column("件数")


class StatisticMark(Base):
    """An organisation whose figures changed since they were counted: an employer's people, years or ledger, or what waits for an office.

    Written in the transaction of the change and only ever inserted there, so that two approvers never wait for each other.
    """

    __tablename__ = "statistic_mark"
    __label__ = "待更新的统计"

    organization_id: Mapped[int] = column("机构", ForeignKey("organization.id"), index=True)
    marked_at: Mapped[Moment] = column("变动时间", default=now)
