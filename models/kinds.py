"""Claim kinds (继续教育类型), their versioned items, and the hour rules: all of them data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Code, LongText, Moment, Name, choice, column
from models.enums import ItemType
from models.types import UtcDateTime


class ClaimKind(Base):
    """One of the kinds of activity that can be claimed.

    ``merged_into`` is the kind that stands for one that was retired: lists, statistics and whatever looks for the same evidence
    take both as one, and no claim is written anew (docs/decisions/0027). That kind stands for itself: there are no chains.
    What has ``edited_at`` is the administrator's, and reference files leave it alone.
    """

    __tablename__ = "claim_kind"
    __label__ = "继续教育类型"
    __named_by__ = "name"
    __table_args__ = (CheckConstraint("merged_into_id <> id", name="merged_into_another"),)

    code: Mapped[Code] = column("代码", unique=True)
    name: Mapped[Name] = column("名称")
    position: Mapped[int] = column("顺序")
    merged_into_id: Mapped[int | None] = column("并入", ForeignKey("claim_kind.id"))
    edited_at: Mapped[datetime | None] = column("管理员修改时间", UtcDateTime)

    merged_into: Mapped[ClaimKind | None] = relationship(remote_side="ClaimKind.id")
    versions: Mapped[list[ClaimKindVersion]] = relationship(
        back_populates="kind", order_by="ClaimKindVersion.number.desc()"
    )


class ClaimKindVersion(Base):
    """The items of a kind as they were published at one time; an old claim keeps its version.

    A kind is retired by a version whose ``valid_to`` has passed: it is the last day on which a claim of the kind can be begun.
    """

    __tablename__ = "claim_kind_version"
    __label__ = "类型版本"
    __table_args__ = (UniqueConstraint("kind_id", "number"),)

    kind_id: Mapped[int] = column("类型", ForeignKey("claim_kind.id"))
    number: Mapped[int] = column("版本")
    published_at: Mapped[Moment] = column("发布时间")
    subjects: Mapped[list[str]] = column("科目类型", JSON)
    title_label: Mapped[Name] = column("名称项的标签")
    recurring: Mapped[bool] = column("每年重复计学时", default=False)
    proof: Mapped[LongText] = column("证明材料")
    help: Mapped[LongText] = column("说明")
    valid_to: Mapped[date | None] = column("有效期至", Date)

    kind: Mapped[ClaimKind] = relationship(back_populates="versions")
    items: Mapped[list[ClaimItem]] = relationship(
        back_populates="kind_version", order_by="ClaimItem.position"
    )


class ClaimItem(Base):
    """One thing a kind asks for."""

    __tablename__ = "claim_item"
    __label__ = "类型项目"
    __table_args__ = (
        UniqueConstraint("kind_version_id", "code"),
        CheckConstraint(
            "(type IN ('choice', 'multiple_choice')) = (dictionary_code IS NOT NULL)",
            name="choice_has_dictionary",
        ),
    )

    kind_version_id: Mapped[int] = column("类型版本", ForeignKey("claim_kind_version.id"))
    code: Mapped[Code] = column("代码")
    label: Mapped[Name] = column("名称")
    type: Mapped[ItemType] = choice("填写方式", ItemType)
    dictionary_code: Mapped[Code | None] = column("字典", ForeignKey("dictionary.code"))
    required: Mapped[bool] = column("必填", default=False)
    evidence: Mapped[bool] = column("证据编号", default=False)
    help: Mapped[Name] = column("提示", default="")
    position: Mapped[int] = column("顺序")
    maximum_length: Mapped[int | None] = column("最大长度")
    minimum: Mapped[float | None] = column("最小值")
    maximum: Mapped[float | None] = column("最大值")

    kind_version: Mapped[ClaimKindVersion] = relationship(back_populates="items")


class HourRule(Base):
    """How many hours an activity counts. The first rule whose conditions match is used (product §7)."""

    __tablename__ = "hour_rule"
    __label__ = "学时规则"
    __named_by__ = "name"
    __table_args__ = (
        UniqueConstraint("code", "version"),
        Index(None, "kind_code", "priority"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="period"),
    )

    code: Mapped[str] = column("代码", String(64))
    version: Mapped[int] = column("版本", default=1)
    kind_code: Mapped[Code] = column("类型", ForeignKey("claim_kind.code"))
    name: Mapped[Name] = column("名称")
    priority: Mapped[int] = column("次序")
    subject: Mapped[Code | None] = column("科目类型")
    definition: Mapped[dict[str, Any]] = column("规则内容", JSON)
    effective_from: Mapped[int] = column("起始年度")
    effective_to: Mapped[int | None] = column("截止年度")
    legal_basis: Mapped[LongText] = column("依据")
    confirmed: Mapped[bool] = column("已核定")

    kind: Mapped[ClaimKind] = relationship()
