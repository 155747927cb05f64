"""机构信息变更: what an organisation may not change by itself, asked of the office above."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, LongText, Moment, Name, choice, column, now
from models.enums import RequestStatus
from models.organization import Organization
from models.types import UtcDateTime

PENDING = "status = 'pending'"


class OrganizationChange(Base):
    """A request to change name, code, region, 同级人社部门 or 行业主管部门 of an organisation.

    A column that stays empty leaves the organisation's as it is; ``no_authority`` asks for none, which an empty
    ``authority_id`` could not say. A new ``code`` goes with the credit code typed with it, or with none.
    ``changes`` is what everybody is shown, in the words of the day it was filed: old and new text by field.
    """

    __tablename__ = "organization_change"
    __label__ = "机构信息变更"
    __table_args__ = (
        Index("uq_organization_change_pending", "organization_id", unique=True,
              sqlite_where=text(PENDING), postgresql_where=text(PENDING)),
        Index(None, "organization_id", "id"),
        Index(None, "approver_id", "status", "id"),
        CheckConstraint("name IS NOT NULL OR code IS NOT NULL OR credit_code IS NOT NULL OR region_code IS NOT NULL "
                        "OR bureau_id IS NOT NULL OR authority_id IS NOT NULL OR no_authority", name="changes_something"),
        CheckConstraint("authority_id IS NULL OR NOT no_authority", name="one_authority_or_none"),
        CheckConstraint("(name IS NULL) = (name_initials IS NULL)", name="name_has_initials"),
        CheckConstraint("approver_id <> organization_id AND (bureau_id IS NULL OR bureau_id <> organization_id)",
                        name="not_its_own_office"),
        CheckConstraint("(certificate_key IS NULL) = (certificate_mime IS NULL)", name="scan_has_type"),
        CheckConstraint("(status IN ('approved', 'rejected')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
                        name="decided_has_decider"),
        CheckConstraint("status <> 'rejected' OR reason IS NOT NULL", name="rejected_has_reason"),
    )  # fmt: skip

    organization_id: Mapped[int] = column("申请机构", ForeignKey("organization.id"))
    approver_id: Mapped[int] = column("审核机构", ForeignKey("organization.id"))
    filed_by_id: Mapped[int] = column("申请人", ForeignKey("account.id"))
    name: Mapped[Name | None] = column("新名称")
    name_initials: Mapped[Name | None] = column("新名称拼音首字母", info={"internal": True})
    code: Mapped[str | None] = column("新组织机构代码", String(9))
    credit_code: Mapped[str | None] = column("新统一社会信用代码", String(18))
    region_code: Mapped[str | None] = column("新所属区域", String(6), ForeignKey("region.code"))
    bureau_id: Mapped[int | None] = column("新同级人社部门", ForeignKey("organization.id"))
    authority_id: Mapped[int | None] = column("新行业主管部门", ForeignKey("organization.id"))
    no_authority: Mapped[bool] = column("不再有行业主管部门", default=False)
    changes: Mapped[dict[str, Any]] = column("变更内容", JSON)
    note: Mapped[LongText] = column("变更说明", default="")
    certificate_key: Mapped[str | None] = column("新代码证扫描件", String(64), info={"internal": True})
    certificate_mime: Mapped[str | None] = column("新扫描件类型", String(64), info={"internal": True})
    status: Mapped[RequestStatus] = choice("审核状态", RequestStatus, default=RequestStatus.PENDING)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    decided_by_id: Mapped[int | None] = column("审核人", ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = column("审核时间", UtcDateTime)
    reason: Mapped[LongText | None] = column("审核意见")
    created_at: Mapped[Moment] = column("申请时间", default=now)

    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])
    approver: Mapped[Organization] = relationship(foreign_keys=[approver_id])
    filed_by: Mapped[Account] = relationship(foreign_keys=[filed_by_id])

    def __str__(self) -> str:
        return f"第 {self.id} 号变更申请"
