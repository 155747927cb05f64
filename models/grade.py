"""成绩 of students, and the sheets they are declared on."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, HoursNumber, LongText, Moment, choice, column, now
from models.enums import GradeResult, GradeStatus, SheetStatus, Subject
from models.organization import Organization
from models.person import Person
from models.training import Enrollment, TrainingClass, TrainingPlan
from models.types import HoursType, UtcDateTime


class GradeSheet(Base):
    """成绩单: the grades of a class an institution declares together. A class may have several, such as one for resits."""

    __tablename__ = "grade_sheet"
    __label__ = "成绩单"
    __table_args__ = (
        UniqueConstraint("class_id", "number"),
        Index(None, "organization_id", "id"),
        Index(None, "approver_id", "status", "id"),
        Index(None, "region_code", "id"),
        CheckConstraint("status = 'draft' OR (submitted_by_id IS NOT NULL AND submitted_at IS NOT NULL)",
                        name="submitted_has_submitter"),
        CheckConstraint("(status = 'approved') = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
                        name="approved_has_decider"),
        CheckConstraint("status <> 'returned' OR reason IS NOT NULL", name="returned_has_reason"),
    )  # fmt: skip

    class_id: Mapped[int] = column("培训班", ForeignKey("training_class.id"))
    plan_id: Mapped[int] = column("培训计划", ForeignKey("training_plan.id"))
    organization_id: Mapped[int] = column("施教机构", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    approver_id: Mapped[int] = column("审批机构", ForeignKey("organization.id"))
    credit_year: Mapped[int] = column("年度", ForeignKey("credit_year.year"))
    subject: Mapped[Subject] = choice("科目类型", Subject)
    number: Mapped[int] = column("第几份")
    status: Mapped[SheetStatus] = choice("办理状态", SheetStatus, default=SheetStatus.DRAFT)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    created_by_id: Mapped[int] = column("制表人", ForeignKey("account.id"))
    submitted_by_id: Mapped[int | None] = column("申报人", ForeignKey("account.id"))
    submitted_at: Mapped[datetime | None] = column("申报时间", UtcDateTime)
    decided_by_id: Mapped[int | None] = column("审批人", ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = column("审批时间", UtcDateTime)
    reason: Mapped[LongText | None] = column("审批意见")
    revision: Mapped[int] = column("修订号", default=1, info={"internal": True})
    created_at: Mapped[Moment] = column("制表时间", default=now)

    training_class: Mapped[TrainingClass] = relationship()
    plan: Mapped[TrainingPlan] = relationship()
    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])
    approver: Mapped[Organization] = relationship(foreign_keys=[approver_id])

    def __str__(self) -> str:
        return f"{self.training_class} 第 {self.number} 份成绩单"


class Grade(Base):
    """成绩 of one student: the source of his hours, at most once (``uq_grade_enrollment_id`` and the ledger's own index).

    It begins, without a result, with the enrolment. ``hours`` are put on it when its sheet is submitted: the plan's for
    the result, none for 不合格.
    """

    __tablename__ = "grade"
    __label__ = "成绩"
    __table_args__ = (
        UniqueConstraint("enrollment_id"),
        Index(None, "class_id", "status", "id"),
        Index(None, "sheet_id", "status", "id"),
        Index(None, "organization_id", "id"),
        Index(None, "approver_id", "status", "id"),
        Index(None, "person_id", "status", "id"),
        Index(None, "employer_id", "id"),
        Index(None, "region_code", "id"),
        CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name="score_of_100"),
        CheckConstraint("status NOT IN ('submitted', 'approved', 'revoked') OR (result IS NOT NULL "
                        "AND sheet_id IS NOT NULL AND hours IS NOT NULL)", name="declared_has_result"),
        CheckConstraint("result <> 'failed' OR hours IS NULL OR hours = 0", name="failed_has_no_hours"),
        CheckConstraint("hours IS NULL OR hours >= 0", name="hours_not_negative"),
        CheckConstraint("(status IN ('approved', 'revoked')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
                        name="decided_has_decider"),
        CheckConstraint("status <> 'returned' OR reason IS NOT NULL", name="returned_has_reason"),
        CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL AND revoked_by_id IS NOT NULL "
                        "AND revoked_reason IS NOT NULL)", name="revoked_has_reason"),
    )  # fmt: skip

    enrollment_id: Mapped[int] = column("学员", ForeignKey("enrollment.id"))
    class_id: Mapped[int] = column("培训班", ForeignKey("training_class.id"))
    plan_id: Mapped[int] = column("培训计划", ForeignKey("training_plan.id"))
    sheet_id: Mapped[int | None] = column("成绩单", ForeignKey("grade_sheet.id", ondelete="SET NULL"))
    organization_id: Mapped[int] = column("施教机构", ForeignKey("organization.id"))
    approver_id: Mapped[int] = column("审批机构", ForeignKey("organization.id"))
    person_id: Mapped[int] = column("专业技术人员", ForeignKey("person.id"))
    employer_id: Mapped[int] = column("所属单位", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("行业主管部门", ForeignKey("organization.id"))
    credit_year: Mapped[int] = column("计入年度", ForeignKey("credit_year.year"))
    subject: Mapped[Subject] = choice("科目类型", Subject)
    result: Mapped[GradeResult | None] = choice("成绩", GradeResult)
    score: Mapped[Decimal | None] = column("分数", HoursType)
    hours: Mapped[HoursNumber | None] = column("学时")
    status: Mapped[GradeStatus] = choice("认定状态", GradeStatus, default=GradeStatus.DRAFT)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    decided_by_id: Mapped[int | None] = column("审批人", ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = column("审批时间", UtcDateTime)
    reason: Mapped[LongText | None] = column("审批意见")
    revoked_by_id: Mapped[int | None] = column("撤销人", ForeignKey("account.id"))
    revoked_at: Mapped[datetime | None] = column("撤销时间", UtcDateTime)
    revoked_reason: Mapped[LongText | None] = column("撤销原因")
    revision: Mapped[int] = column("修订号", default=1, info={"internal": True})
    created_at: Mapped[Moment] = column("登记时间", default=now)

    enrollment: Mapped[Enrollment] = relationship()
    training_class: Mapped[TrainingClass] = relationship()
    plan: Mapped[TrainingPlan] = relationship()
    sheet: Mapped[GradeSheet | None] = relationship()
    person: Mapped[Person] = relationship()
    employer: Mapped[Organization] = relationship(foreign_keys=[employer_id])
    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])

    def __str__(self) -> str:
        return f"{self.person}：{self.training_class}"
