"""The journal of everything decided, its seals, and the batches decisions were made in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, Code, Identity, LongText, Moment, column, now

DECLARED_ONCE = "object_type = 'claim' AND action = 'declare'"


class JournalEntry(Base):
    """Who did what to which object, from which state to which, when and why. Append only."""

    __tablename__ = "journal_entry"
    __label__ = "操作日志"
    __table_args__ = (
        Index(None, "object_type", "object_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "actor_organization_id", "id"),
        Index(None, "batch_id"),
        Index("uq_journal_entry_claim_declared_once", "object_id", unique=True,
              sqlite_where=text(DECLARED_ONCE), postgresql_where=text(DECLARED_ONCE)),
    )  # fmt: skip

    moment: Mapped[Moment] = column("时间", default=now)
    actor_id: Mapped[int | None] = column("操作人", ForeignKey("account.id"))
    actor_organization_id: Mapped[int | None] = column("操作机构", ForeignKey("organization.id"))
    on_behalf_of_id: Mapped[int | None] = column("代办对象", ForeignKey("person.id"))
    object_type: Mapped[Code] = column("对象类型")
    object_id: Mapped[int] = column("对象序号")
    action: Mapped[Code] = column("操作")
    from_status: Mapped[Code | None] = column("原状态")
    to_status: Mapped[Code | None] = column("新状态")
    reason: Mapped[LongText | None] = column("原因")
    details: Mapped[dict[str, Any]] = column("内容", JSON, default=dict)
    request_id: Mapped[str | None] = column("请求标识", String(32))
    batch_id: Mapped[str | None] = column("批次", String(32))

    actor: Mapped[Account | None] = relationship()


class JournalSeal(Base):
    """A block of the journal's hash chain.

    ``digests`` holds the SHA-256 of every row of the block (32 bytes each, in id order), ``chain`` an HMAC over the
    previous block and these digests, so that a later change, removal or reordering names its row.
    """

    __tablename__ = "journal_seal"
    __label__ = "日志封存"

    first_id: Mapped[int] = column("首条", Identity)
    last_id: Mapped[int] = column("末条", Identity, unique=True)
    digests: Mapped[bytes] = column("摘要", LargeBinary)
    chain: Mapped[str] = column("链值", String(64), unique=True)
    sealed_at: Mapped[Moment] = column("封存时间", default=now)


class Batch(Base):
    """One decision about any number of rows; a single row is a batch of one."""

    __tablename__ = "batch"
    __label__ = "批量操作"
    __table_args__ = (Index(None, "actor_id", "id"),)

    key: Mapped[str] = column("批次", String(32), unique=True)
    workflow: Mapped[Code] = column("流程")
    transition: Mapped[Code] = column("操作")
    actor_id: Mapped[int] = column("操作人", ForeignKey("account.id"))
    reason: Mapped[LongText | None] = column("原因")
    parameters: Mapped[dict[str, Any]] = column("参数", JSON, default=dict)
    done_count: Mapped[int] = column("完成", default=0)
    skipped_count: Mapped[int] = column("未处理", default=0)
    created_at: Mapped[Moment] = column("时间", default=now)

    items: Mapped[list[BatchItem]] = relationship(back_populates="batch", order_by="BatchItem.object_id")


class BatchItem(Base):
    """What became of one row of a batch: ``done``, or the name of what stood in the way."""

    __tablename__ = "batch_item"
    __label__ = "批量明细"
    __table_args__ = (UniqueConstraint("batch_key", "object_id"),)

    batch_key: Mapped[str] = column("批次", String(32), ForeignKey("batch.key", ondelete="CASCADE"))
    object_id: Mapped[int] = column("对象序号", Identity)
    outcome: Mapped[str] = column("结果", String(40))

    batch: Mapped[Batch] = relationship(back_populates="items")
