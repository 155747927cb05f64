"""Drafts of what is published later (claim kinds, hour rules, requirements), and their rehearsal on an existing year."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, Identity, LongText, Moment, Name, choice, column, now
from models.enums import DraftTarget, RehearsalState
from models.reference import Region
from models.types import UtcDateTime


class RuleDraft(Base):
    """One thing being changed, written as its reference file would say it; published, it stays as the record of who did.

    ``target_key`` is the code of the kind or rule, or ``year:title level group`` of a requirement. There is one open draft of
    each thing.
    """

    __tablename__ = "rule_draft"
    __label__ = "规则草稿"
    __named_by__ = "title"
    __table_args__ = (
        Index(None, "organization_id", "id"),
        Index(
            "uq_rule_draft_open",
            "target",
            "target_key",
            unique=True,
            sqlite_where=text("published_at IS NULL"),
            postgresql_where=text("published_at IS NULL"),
        ),
        Index(None, "target", "target_key", "published_version"),
        CheckConstraint(
            "(published_at IS NULL) = (published_by_id IS NULL) AND (published_at IS NULL) = (published_version IS NULL)",
            name="published_has_publisher",
        ),
    )

    target: Mapped[DraftTarget] = choice("修改内容", DraftTarget)
    target_key: Mapped[str] = column("修改对象代码", String(64))
    title: Mapped[Name] = column("名称")
    content: Mapped[dict[str, Any]] = column("草稿内容", JSON, info={"internal": True})
    organization_id: Mapped[int] = column("所属机构", ForeignKey("organization.id"))
    account_id: Mapped[int] = column("起草人", ForeignKey("account.id"))
    revision: Mapped[int] = column("修订号", default=1, info={"internal": True})
    created_at: Mapped[Moment] = column("起草时间", default=now)
    updated_at: Mapped[Moment] = column("修改时间", default=now)
    published_at: Mapped[datetime | None] = column("发布时间", UtcDateTime)
    published_by_id: Mapped[int | None] = column("发布人", ForeignKey("account.id"))
    published_version: Mapped[int | None] = column("发布版本")

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    published_by: Mapped[Account | None] = relationship(foreign_keys=[published_by_id])


class Rehearsal(Base):
    """What a year would look like under drafted rules and requirements. Nothing of the year itself is changed.

    ``content`` is what was drafted when the run began (``rules``, ``requirements``, ``titles``). ``last_summary_id`` is how
    far the run is; a run nobody has touched for a while lost its worker.
    """

    __tablename__ = "rehearsal"
    __label__ = "试算"
    __table_args__ = (
        Index(None, "organization_id", "id"),
        Index(None, "state", "touched_at"),
        CheckConstraint("(state <> 'running') = (finished_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("state <> 'stopped' OR reason IS NOT NULL", name="stopped_has_reason"),
    )

    organization_id: Mapped[int] = column("所属机构", ForeignKey("organization.id"))
    account_id: Mapped[int] = column("试算人", ForeignKey("account.id"))
    credit_year: Mapped[int] = column("试算年度", ForeignKey("credit_year.year"))
    title: Mapped[LongText] = column("试算内容")
    content: Mapped[dict[str, Any]] = column("草稿内容", JSON, info={"internal": True})
    state: Mapped[RehearsalState] = choice("状态", RehearsalState, default=RehearsalState.RUNNING)
    people_count: Mapped[int] = column("总人数", default=0)
    done_count: Mapped[int] = column("已算人数", default=0)
    last_summary_id: Mapped[int] = column("已算到", Identity, default=0, info={"internal": True})
    reason: Mapped[LongText | None] = column("中止原因")
    created_at: Mapped[Moment] = column("开始时间", default=now)
    touched_at: Mapped[Moment] = column("最近处理时间", default=now)
    finished_at: Mapped[datetime | None] = column("结束时间", UtcDateTime)

    account: Mapped[Account] = relationship()

    def __str__(self) -> str:
        return f"{self.credit_year} 年度试算"


class RehearsalLine(Base):
    """What a rehearsal found for one employer: counts only, nobody's name. Hours are counted in whole tenths of 学时."""

    __tablename__ = "rehearsal_line"
    __label__ = "试算结果"
    __named_by__ = "employer_name"
    __table_args__ = (UniqueConstraint("rehearsal_id", "employer_id"),)

    rehearsal_id: Mapped[int] = column("试算", ForeignKey("rehearsal.id", ondelete="CASCADE"))
    employer_id: Mapped[int] = column("单位", ForeignKey("organization.id"))
    employer_name: Mapped[Name] = column("单位名称")
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    people: Mapped[int] = column("人数", default=0)
    lost: Mapped[int] = column("由完成变为未完成", default=0)
    won: Mapped[int] = column("由未完成变为完成", default=0)
    claims: Mapped[int] = column("学时有变化的申报", default=0)
    public_more: Mapped[int] = column("公需增加（十分之一学时）", default=0)
    public_less: Mapped[int] = column("公需减少（十分之一学时）", default=0)
    specialty_more: Mapped[int] = column("专业增加（十分之一学时）", default=0)
    specialty_less: Mapped[int] = column("专业减少（十分之一学时）", default=0)

    region: Mapped[Region] = relationship()
