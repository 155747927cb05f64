"""单位调转: a professional goes from one employer to another."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, LongText, Moment, Name, choice, column, now
from models.enums import RequestStatus
from models.organization import Department
from models.types import EncryptedText, UtcDateTime

PENDING = text("status = 'pending'")


class Transfer(Base):
    """A request that a professional goes to another employer, decided by that employer.

    Names, identifier, regions and authorities are those of the day it was started: the receiving employer does not see
    the person yet, and afterwards the old one does not see him any more. ``started_by_organization_id`` is empty where
    the person asked himself.
    """

    __tablename__ = "transfer"
    __label__ = "单位调转"
    __table_args__ = (
        Index("uq_transfer_one_pending", "person_id", unique=True, sqlite_where=PENDING, postgresql_where=PENDING),
        Index(None, "person_id", "id"),
        Index(None, "to_employer_id", "status", "id"),
        Index(None, "from_employer_id", "status", "id"),
        Index(None, "from_region_code", "id"),
        Index(None, "to_region_code", "id"),
        CheckConstraint("from_employer_id <> to_employer_id", name="goes_elsewhere"),
        CheckConstraint("(status IN ('approved', 'rejected')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
                        name="decided_has_decider"),
        CheckConstraint("status <> 'rejected' OR reason IS NOT NULL", name="rejected_has_reason"),
    )  # fmt: skip

    person_id: Mapped[int] = column("专业技术人员", ForeignKey("person.id"))
    person_name: Mapped[Name] = column("姓名")
    citizen_id: Mapped[str] = column("身份证号", EncryptedText)
    from_employer_id: Mapped[int] = column("原单位序号", ForeignKey("organization.id"))
    from_name: Mapped[Name] = column("原单位")
    from_region_code: Mapped[str] = column("原单位区域", String(6), ForeignKey("region.code"))
    from_authority_id: Mapped[int | None] = column("原行业主管部门", ForeignKey("organization.id"))
    to_employer_id: Mapped[int] = column("接收单位序号", ForeignKey("organization.id"))
    to_name: Mapped[Name] = column("接收单位")
    to_region_code: Mapped[str] = column("接收单位区域", String(6), ForeignKey("region.code"))
    to_authority_id: Mapped[int | None] = column("接收单位行业主管部门", ForeignKey("organization.id"))
    # A department that is given up later stays in nobody's way.
    department_id: Mapped[int | None] = column("接收部门", ForeignKey("department.id", ondelete="SET NULL"))
    start_date: Mapped[date] = column("到岗日期", Date)
    explanation: Mapped[LongText] = column("调转原因")
    status: Mapped[RequestStatus] = choice("办理状态", RequestStatus, default=RequestStatus.PENDING)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    started_by_id: Mapped[int] = column("发起人", ForeignKey("account.id"))
    started_by_organization_id: Mapped[int | None] = column("发起单位", ForeignKey("organization.id"))
    decided_by_id: Mapped[int | None] = column("审核人", ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = column("审核时间", UtcDateTime)
    reason: Mapped[LongText | None] = column("审核意见")
    created_at: Mapped[Moment] = column("发起时间", default=now)

    department: Mapped[Department | None] = relationship()

    def __str__(self) -> str:
        return f"{self.person_name}：{self.from_name} → {self.to_name}"
