"""证书办理: one order to issue certificates, to print them, or both, and what became of each person-year."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, Identity, LongText, Moment, choice, column, now
from models.certificate import Certificate
from models.enums import BatchState, CertificateForm, CertificateOrder, CertificateStep
from models.types import UtcDateTime


class CertificateRun(Base):
    """One order of an employer's administrator.

    ``parts`` are the stored files of the portions printed so far; the finished file is ``media_key`` until ``expires_at``.
    ``touched_at`` is when the last portion was done: a running order nobody has touched for a while lost its worker.
    """

    __tablename__ = "certificate_run"
    __label__ = "证书办理记录"
    __table_args__ = (
        Index(None, "organization_id", "id"),
        Index(None, "state", "touched_at"),
        Index(None, "media_key"),
        CheckConstraint("(state <> 'running') = (finished_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("state <> 'stopped' OR reason IS NOT NULL", name="stopped_has_reason"),
        CheckConstraint("(wanted = 'issue') = (form IS NULL)", name="printing_has_form"),
        CheckConstraint("media_key IS NULL OR expires_at IS NOT NULL", name="file_expires"),
    )

    key: Mapped[str] = column("批次", String(32), unique=True, info={"internal": True})
    organization_id: Mapped[int] = column("所属机构", ForeignKey("organization.id"))
    account_id: Mapped[int] = column("办理人", ForeignKey("account.id"))
    wanted: Mapped[CertificateOrder] = choice("办理内容", CertificateOrder)
    form: Mapped[CertificateForm | None] = choice("文件形式", CertificateForm)
    state: Mapped[BatchState] = choice("进度", BatchState, default=BatchState.RUNNING)
    row_count: Mapped[int] = column("人员年度数", default=0)
    settled_count: Mapped[int] = column("已核对数", default=0)
    issued_count: Mapped[int] = column("制发数", default=0)
    printed_count: Mapped[int] = column("打印数", default=0)
    refused_count: Mapped[int] = column("未办理数", default=0)
    parts: Mapped[list[str]] = column("已打印的部分", JSON, default=list, info={"internal": True})
    media_key: Mapped[str | None] = column("文件标识", String(64), info={"internal": True})
    file_size: Mapped[int | None] = column("文件大小（字节）", Identity)
    expires_at: Mapped[datetime | None] = column("文件保留至", UtcDateTime)
    reason: Mapped[LongText | None] = column("中止原因")
    request_id: Mapped[str | None] = column("请求标识", String(32))
    created_at: Mapped[Moment] = column("办理时间", default=now)
    touched_at: Mapped[Moment] = column("最近处理时间", default=now)
    finished_at: Mapped[datetime | None] = column("结束时间", UtcDateTime)

    account: Mapped[Account] = relationship()

    def __str__(self) -> str:
        return f"{self.wanted.label}证书"


class CertificateRunItem(Base):
    """One person-year of an order, in the order of the file: by year, department and name.

    ``summary_id`` is no foreign key: a ledger that is rebuilt may write the summaries anew.
    """

    __tablename__ = "certificate_run_item"
    __label__ = "证书办理明细"
    __table_args__ = (UniqueConstraint("run_id", "summary_id"), Index(None, "run_id", "step", "id"))

    run_id: Mapped[int] = column("证书办理", ForeignKey("certificate_run.id", ondelete="CASCADE"))
    summary_id: Mapped[int] = column("年度完成情况", Identity)
    step: Mapped[CertificateStep] = choice("结果", CertificateStep)
    certificate_id: Mapped[int | None] = column("证书", ForeignKey("certificate.id"))
    issued: Mapped[bool] = column("本次制发", default=False)
    reason: Mapped[LongText | None] = column("未办理的原因")

    run: Mapped[CertificateRun] = relationship()
    certificate: Mapped[Certificate | None] = relationship()
