"""Base data (基础数据): regions, dictionaries, years and their requirements."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Code, HoursNumber, LongText, Moment, Name, choice, column, now
from models.enums import RegionLevel, TitleLevelGroup
from models.types import UtcDateTime


class Region(Base):
    """An administrative division, GB/T 2260, to county level. Abolished by ``valid_to``, its last day, and never deleted.

    ``merged_into`` is the code of the division that stands for an abolished one: lists and statistics take both together,
    and no record is written anew (docs/decisions/0027).
    """

    __tablename__ = "region"
    __label__ = "行政区划"
    __named_by__ = "name"
    __table_args__ = (
        CheckConstraint(
            "merged_into IS NULL OR (valid_to IS NOT NULL AND merged_into <> code)",
            name="merged_is_abolished",
        ),
    )

    code: Mapped[str] = column("区划代码", String(6), unique=True)
    name: Mapped[Name] = column("名称")
    level: Mapped[RegionLevel] = choice("级别", RegionLevel)
    parent_code: Mapped[str | None] = column("上级区划", String(6), ForeignKey("region.code"), index=True)
    valid_from: Mapped[date | None] = column("启用日期", Date)
    valid_to: Mapped[date | None] = column("有效期至", Date)
    merged_into: Mapped[str | None] = column("并入", String(6), ForeignKey("region.code"))
    edited_at: Mapped[datetime | None] = column("管理员修改时间", UtcDateTime)

    successor: Mapped[Region | None] = relationship(foreign_keys=[merged_into], remote_side=[code])


class Dictionary(Base):
    """One list of base data, with the standard it follows."""

    __tablename__ = "dictionary"
    __label__ = "字典"
    __named_by__ = "label"

    code: Mapped[Code] = column("代码", unique=True)
    label: Mapped[Name] = column("名称")
    source: Mapped[Name] = column("依据")

    items: Mapped[list[DictionaryItem]] = relationship(
        back_populates="dictionary", order_by="DictionaryItem.position"
    )


class DictionaryItem(Base):
    """One entry of a dictionary. Retired by ``valid_to``, its last day, and never deleted.

    ``merged_into`` is the code of the entry that stands for a retired one from now on: lists find both by it, and no record
    is written anew (docs/decisions/0027). What has ``edited_at`` is the administrator's, and reference files leave it alone.
    """

    __tablename__ = "dictionary_item"
    __label__ = "字典项"
    __named_by__ = "label"
    __table_args__ = (
        UniqueConstraint("dictionary_code", "code"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="period"),
        CheckConstraint(
            "merged_into IS NULL OR (valid_to IS NOT NULL AND merged_into <> code)", name="merged_is_retired"
        ),
    )

    dictionary_code: Mapped[Code] = column("字典", ForeignKey("dictionary.code"))
    code: Mapped[Code] = column("代码")
    label: Mapped[Name] = column("名称")
    parent_code: Mapped[Code | None] = column("上级代码")
    position: Mapped[int] = column("顺序", default=0)
    valid_from: Mapped[date | None] = column("启用日期", Date)
    valid_to: Mapped[date | None] = column("有效期至", Date)
    merged_into: Mapped[Code | None] = column("并入")
    edited_at: Mapped[datetime | None] = column("管理员修改时间", UtcDateTime)

    dictionary: Mapped[Dictionary] = relationship(back_populates="items")


class CreditYear(Base):
    """计入年度 with the days between which it may be claimed for and approved."""

    __tablename__ = "credit_year"
    __label__ = "年度"
    __named_by__ = "year"
    __table_args__ = (
        CheckConstraint("claims_close >= claims_open", name="claims_period"),
        CheckConstraint("approvals_close >= approvals_open", name="approvals_period"),
    )

    year: Mapped[int] = column("年度", unique=True)
    claims_open: Mapped[date] = column("申报开始", Date)
    claims_close: Mapped[date] = column("申报截止", Date)
    approvals_open: Mapped[date] = column("审批开始", Date)
    approvals_close: Mapped[date] = column("审批截止", Date)
    note: Mapped[Name] = column("说明", default="")
    edited_at: Mapped[datetime | None] = column("管理员修改时间", UtcDateTime)

    requirements: Mapped[list[Requirement]] = relationship(back_populates="credit_year")


class RegionPeriod(Base):
    """Other days for a year in a region and everything below it; the nearest region's count (``workflow.periods``)."""

    __tablename__ = "region_period"
    __label__ = "分区域起止日期"
    __table_args__ = (
        UniqueConstraint("year", "region_code"),
        CheckConstraint("claims_close >= claims_open", name="claims_period"),
        CheckConstraint("approvals_close >= approvals_open", name="approvals_period"),
    )

    year: Mapped[int] = column("年度", ForeignKey("credit_year.year"))
    region_code: Mapped[str] = column("区域", String(6), ForeignKey("region.code"))
    claims_open: Mapped[date] = column("申报开始", Date)
    claims_close: Mapped[date] = column("申报截止", Date)
    approvals_open: Mapped[date] = column("审批开始", Date)
    approvals_close: Mapped[date] = column("审批截止", Date)
    note: Mapped[Name] = column("说明", default="")
    edited_at: Mapped[Moment] = column("管理员修改时间", default=now)

    region: Mapped[Region] = relationship()


class Requirement(Base):
    """学时要求 of a year for a group of title levels (``any`` from 2016 on)."""

    __tablename__ = "requirement"
    __label__ = "学时要求"
    __table_args__ = (Index(None, "year", "title_level_group", unique=True),)

    year: Mapped[int] = column("年度", ForeignKey("credit_year.year"))
    title_level_group: Mapped[TitleLevelGroup] = choice("职称级别组", TitleLevelGroup)
    public_hours: Mapped[HoursNumber] = column("公需学时")
    specialty_hours: Mapped[HoursNumber] = column("专业学时")
    total_hours: Mapped[HoursNumber] = column("总学时")
    legal_basis: Mapped[Name] = column("依据")

    credit_year: Mapped[CreditYear] = relationship(back_populates="requirements")


class CalendarDay(Base):
    """A day that differs from Monday to Friday: a public holiday, or a day of a weekend that is worked in exchange (调休)."""

    __tablename__ = "calendar_day"
    __label__ = "工作日历"

    day: Mapped[date] = column("日期", Date, unique=True)
    working: Mapped[bool] = column("是否上班")
    name: Mapped[Name] = column("名称")
    legal_basis: Mapped[Name] = column("依据")
    edited_at: Mapped[datetime | None] = column("管理员修改时间", UtcDateTime)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


SEPARATE_DUTIES = "separate_duties"
"""Key of the setting that separates the three duties of system administrators: ``on`` or ``off``; the database reads it too."""


class Setting(Base):
    """A setting the system administrator changed; what is not here has the value its declaration gives (``services.settings``)."""

    __tablename__ = "setting"
    __label__ = "系统参数"

    key: Mapped[Code] = column("参数", unique=True)
    value: Mapped[LongText] = column("取值")
    edited_at: Mapped[Moment] = column("修改时间", default=now)
