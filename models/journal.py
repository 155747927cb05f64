"""The journal of everything decided, its seals, and the batches decisions were made in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, Code, Identity, LongText, Moment, choice, column, now
from models.enums import BatchState
from models.types import UtcDateTime

DECLARED_ONCE = "object_type = 'claim' AND action = 'declare' AND round IS NULL"
DECLARED_AGAIN = "object_type = 'claim' AND action = 'declare' AND round IS NOT NULL"
WAITING = "outcome = 'waiting'"
RUNNING = "state = 'running'"
SEEN = ("unmask", "export_unmasked")
"""What the journal calls it when somebody saw a full citizen id; it is about the person."""

LOGIN = "login"
"""What rows about logins are about; their key is the account's, 0 where there is no such account."""
LOGIN_HELP = {
    "reset_password": "重置密码",
    "unlock": "解除锁定",
    "reset_factor": "重置两步验证",
    "force_logout": "强制退出",
}
"""What a superior does about a login, and what that is called; written down as the account's own history."""


class JournalEntry(Base):
    """Who did what to which object, from which state to which, when and why. Append only.

    ``in_place_of_id`` is whom the actor stood in for, by a delegation. ``round`` counts how often a transition that may happen once only was taken back before (``workflow.undo``).
    """

    __tablename__ = "journal_entry"
    __label__ = "操作日志"
    __table_args__ = (
        Index(None, "object_type", "object_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "actor_organization_id", "id"),
        Index(None, "batch_id"),
        Index(None, "moment"),
        Index("uq_journal_entry_claim_declared_once", "object_id", unique=True,
              sqlite_where=text(DECLARED_ONCE), postgresql_where=text(DECLARED_ONCE)),
        Index("uq_journal_entry_claim_declared_again", "object_id", "round", unique=True,
              sqlite_where=text(DECLARED_AGAIN), postgresql_where=text(DECLARED_AGAIN)),
    )  # fmt: skip

    moment: Mapped[Moment] = column("时间", default=now)
    actor_id: Mapped[int | None] = column("操作人", ForeignKey("account.id"))
    actor_organization_id: Mapped[int | None] = column("操作机构", ForeignKey("organization.id"))
    on_behalf_of_id: Mapped[int | None] = column("代办对象", ForeignKey("person.id"))
    in_place_of_id: Mapped[int | None] = column("委托人", ForeignKey("account.id"))
    object_type: Mapped[Code] = column("对象类型")
    object_id: Mapped[int] = column("对象序号")
    action: Mapped[Code] = column("操作")
    from_status: Mapped[Code | None] = column("原状态")
    to_status: Mapped[Code | None] = column("新状态")
    reason: Mapped[LongText | None] = column("原因")
    details: Mapped[dict[str, Any]] = column("内容", JSON, default=dict)
    request_id: Mapped[str | None] = column("请求标识", String(32))
    batch_id: Mapped[str | None] = column("批次", String(32))
    round: Mapped[int | None] = column("此前撤回次数")

    actor: Mapped[Account | None] = relationship(foreign_keys=[actor_id])


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
    """One decision about any number of rows; a single row is a batch of one.

    One that is done in the background is ``running`` until the worker has come to its end; ``touched_at`` is when its
    last portion was done: a running batch nobody has touched for a while lost its worker.
    """

    __tablename__ = "batch"
    __label__ = "批量操作"
    __table_args__ = (
        Index(None, "actor_id", "id"),
        Index("ix_batch_running", "touched_at", sqlite_where=text(RUNNING), postgresql_where=text(RUNNING)),
        CheckConstraint("state <> 'stopped' OR stop_reason IS NOT NULL", name="stopped_has_reason"),
    )

    key: Mapped[str] = column("批次", String(32), unique=True)
    workflow: Mapped[Code] = column("流程")
    transition: Mapped[Code] = column("操作")
    actor_id: Mapped[int] = column("操作人", ForeignKey("account.id"))
    delegation_id: Mapped[int | None] = column("委托", ForeignKey("delegation.id"))
    reason: Mapped[LongText | None] = column("原因")
    parameters: Mapped[dict[str, Any]] = column("参数", JSON, default=dict)
    done_count: Mapped[int] = column("完成", default=0)
    skipped_count: Mapped[int] = column("未处理", default=0)
    state: Mapped[BatchState] = choice("进度", BatchState, default=BatchState.DONE)
    stop_reason: Mapped[LongText | None] = column("中止原因")
    request_id: Mapped[str | None] = column("请求标识", String(32))
    created_at: Mapped[Moment] = column("时间", default=now)
    touched_at: Mapped[datetime | None] = column("最近办理时间", UtcDateTime)

    items: Mapped[list[BatchItem]] = relationship(back_populates="batch", order_by="BatchItem.object_id")


class BatchItem(Base):
    """What became of one row of a batch: ``done``, or the name of what stood in the way; ``waiting`` until its turn."""

    __tablename__ = "batch_item"
    __label__ = "批量明细"
    __table_args__ = (
        UniqueConstraint("batch_key", "object_id"),
        Index("ix_batch_item_waiting", "batch_key", "object_id",
              sqlite_where=text(WAITING), postgresql_where=text(WAITING)),
    )  # fmt: skip

    batch_key: Mapped[str] = column("批次", String(32), ForeignKey("batch.key", ondelete="CASCADE"))
    object_id: Mapped[int] = column("对象序号", Identity)
    outcome: Mapped[str] = column("结果", String(40))

    batch: Mapped[Batch] = relationship(back_populates="items")
