"""继续教育信息 (claims) and their attachments."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, Code, HoursNumber, Identity, LongText, Moment, Name, choice, column, now
from models.enums import CheckResult, ClaimStatus, Subject
from models.kinds import ClaimKind, ClaimKindVersion
from models.organization import Department, Organization
from models.person import Person
from models.types import HoursType, UtcDateTime


class Claim(Base):
    """One claimed activity.

    Employer, department, region and authority are those of the person when the claim was filed; with the status
    they are what scopes and queues filter on, so they stand on the row and are indexed for the queue they serve.
    The CHECK constraints say what each status means.
    """

    __tablename__ = "claim"
    __label__ = "继续教育信息"
    __named_by__ = "title"
    __table_args__ = (
        Index(None, "person_id", "id"),
        Index(None, "employer_id", "id"),
        Index(None, "employer_id", "status", "subject", "check_result", "id"),
        Index(None, "approver_id", "status", "id"),
        Index(None, "approver_id", "status", "check_result", "id"),
        Index(None, "region_code", "id"),
        Index(None, "credit_year", "id"),
        Index(None, "person_id", "evidence_key"),
        Index(None, "evidence_key"),
        Index(None, "person_id", "activity_key"),
        CheckConstraint("end_date >= start_date", name="period"),
        CheckConstraint("(status IN ('approved', 'rejected', 'revoked')) = "
                        "(decided_by_id IS NOT NULL AND decided_at IS NOT NULL)", name="decided_has_decider"),
        CheckConstraint("(status IN ('declared', 'approved', 'rejected', 'revoked')) = "
                        "(declared_at IS NOT NULL AND declared_by_id IS NOT NULL AND approver_id IS NOT NULL)",
                        name="declared_has_approver"),
        CheckConstraint("status NOT IN ('returned', 'rejected') OR reason IS NOT NULL", name="refused_has_reason"),
        CheckConstraint("(status IN ('approved', 'revoked')) = (awarded_hours IS NOT NULL)",
                        name="approved_has_hours"),
        CheckConstraint("awarded_hours IS NULL OR (awarded_hours >= 0 AND awarded_hours <= computed_hours)",
                        name="awarded_within_rule"),
        CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL AND revoked_by_id IS NOT NULL "
                        "AND revoked_reason IS NOT NULL)", name="revoked_has_reason"),
        CheckConstraint("status IN ('draft', 'returned') OR complete", name="beyond_draft_is_complete"),
        CheckConstraint("computed_hours >= 0", name="hours_not_negative"),
    )  # fmt: skip

    person_id: Mapped[int] = column("专业技术人员", ForeignKey("person.id"))
    employer_id: Mapped[int] = column("所属单位", ForeignKey("organization.id"))
    department_id: Mapped[int | None] = column("所属部门", ForeignKey("department.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("行业主管部门", ForeignKey("organization.id"))
    kind_id: Mapped[int] = column("继续教育类型", ForeignKey("claim_kind.id"))
    kind_version_id: Mapped[int] = column("类型版本", ForeignKey("claim_kind_version.id"))
    credit_year: Mapped[int] = column("计入年度", ForeignKey("credit_year.year"))
    subject: Mapped[Subject] = choice("科目类型", Subject)
    title: Mapped[Name] = column("名称")
    start_date: Mapped[date] = column("开始日期", Date)
    end_date: Mapped[date] = column("结束日期", Date)
    content: Mapped[str] = column("内容", String(1000), default="")
    items: Mapped[dict[str, Any]] = column("类型项目", JSON, default=dict)
    complete: Mapped[bool] = column("填写完整", default=False)
    evidence_key: Mapped[str] = column("证据标识", String(64), info={"internal": True})
    title_key: Mapped[str] = column("名称标识", String(64), default="", info={"internal": True})
    activity_key: Mapped[str] = column("活动标识", String(64), default="", info={"internal": True})
    computed_hours: Mapped[Decimal] = column("核算学时", HoursType, default=Decimal(0))
    hours_explanation: Mapped[LongText] = column("学时说明", default="")
    rule_code: Mapped[str | None] = column("学时规则", String(64))
    rule_version: Mapped[int | None] = column("规则版本")
    completes_specialty_year: Mapped[bool] = column("视为完成专业科目", default=False)
    awarded_hours: Mapped[HoursNumber | None] = column("认定学时")
    status: Mapped[ClaimStatus] = choice("认定结果", ClaimStatus, default=ClaimStatus.DRAFT)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    check_result: Mapped[CheckResult] = choice("核查结果", CheckResult, default=CheckResult.UNCHECKED)
    approver_id: Mapped[int | None] = column("审批机构", ForeignKey("organization.id"))
    registered_by_id: Mapped[int | None] = column("代登记人", ForeignKey("account.id"))
    submission_key: Mapped[str | None] = column("提交标识", String(32), unique=True, info={"internal": True})
    declared_by_id: Mapped[int | None] = column("申报人", ForeignKey("account.id"))
    declared_at: Mapped[datetime | None] = column("申报时间", UtcDateTime)
    decided_by_id: Mapped[int | None] = column("审批人", ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = column("审批时间", UtcDateTime)
    reason: Mapped[LongText | None] = column("审核意见")
    revoked_by_id: Mapped[int | None] = column("撤销人", ForeignKey("account.id"))
    revoked_at: Mapped[datetime | None] = column("撤销时间", UtcDateTime)
    revoked_reason: Mapped[LongText | None] = column("撤销原因")
    revision: Mapped[int] = column("修订号", default=1, info={"internal": True})
    created_at: Mapped[Moment] = column("填报时间", default=now)

    person: Mapped[Person] = relationship()
    employer: Mapped[Organization] = relationship(foreign_keys=[employer_id])
    department: Mapped[Department | None] = relationship()
    approver: Mapped[Organization | None] = relationship(foreign_keys=[approver_id])
    kind: Mapped[ClaimKind] = relationship()
    kind_version: Mapped[ClaimKindVersion] = relationship()
    registered_by: Mapped[Account | None] = relationship(foreign_keys=[registered_by_id])
    attachments: Mapped[list[ClaimAttachment]] = relationship(
        back_populates="claim", order_by="ClaimAttachment.id"
    )


class ClaimAttachment(Base):
    """A file that proves a claim. Without a claim it waits for the form it was uploaded with to be saved."""

    __tablename__ = "claim_attachment"
    __label__ = "证明材料"
    __named_by__ = "filename"
    __table_args__ = (
        Index(None, "claim_id"),
        Index(None, "uploaded_by_id", "claim_id"),
        Index(None, "sha256"),
        CheckConstraint("size > 0", name="not_empty"),
    )

    claim_id: Mapped[int | None] = column("继续教育信息", ForeignKey("claim.id", ondelete="CASCADE"))
    uploaded_by_id: Mapped[int] = column("上传人", ForeignKey("account.id"))
    filename: Mapped[Name] = column("文件名")
    mime: Mapped[str] = column("文件类型", String(64))
    size: Mapped[int] = column("大小（字节）")
    sha256: Mapped[str] = column("SHA-256", String(64))
    media_key: Mapped[str] = column("存储标识", String(64), unique=True, info={"internal": True})
    preview_key: Mapped[str | None] = column("预览图标识", String(64), info={"internal": True})
    image_hash: Mapped[int | None] = column("图像指纹", BigInteger, info={"internal": True})
    uploaded_at: Mapped[Moment] = column("上传时间", default=now)

    claim: Mapped[Claim | None] = relationship(back_populates="attachments")


class ClaimFinding(Base):
    """Something a check found about a claim that waits: at most one line of each check.

    ``other_id`` is the earliest other claim it is about. It is no foreign key: two people who submit at the same moment
    would wait for each other's rows, and a draft may be deleted while it stands here.
    """

    __tablename__ = "claim_finding"
    __label__ = "核查发现"
    __table_args__ = (
        UniqueConstraint("claim_id", "check_name"),
        CheckConstraint("others >= 0", name="others"),
    )

    claim_id: Mapped[int] = column("继续教育信息", ForeignKey("claim.id", ondelete="CASCADE"))
    check_name: Mapped[Code] = column("核查项")
    other_id: Mapped[int | None] = column("相关申报", Identity)
    others: Mapped[int] = column("相关申报数", default=0)
    found_at: Mapped[Moment] = column("发现时间")
