"""培训: what institutions plan and teach; grades are in :mod:`models.grade`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Code, HoursNumber, LongText, Moment, Name, choice, column, now
from models.enums import ClassStatus, EnrollmentStatus, PlanStatus, Subject
from models.organization import Department, Organization
from models.person import Person
from models.types import HoursType, UtcDateTime

if TYPE_CHECKING:
    from models.grade import Grade  # noqa: TC004  (named by the annotation only; it would be a circle)


class TrainingPlan(Base):
    """A training somebody asks to be allowed to give; classes are held under it once it is approved.

    Region and authority are the institution's when the plan was filed; ``approver_id`` is whom it was submitted to
    (product §3). ``activity_key`` is what its name has in common with a claim for the same training.
    """

    __tablename__ = "training_plan"
    __label__ = "培训计划"
    __named_by__ = "name"
    __table_args__ = (
        Index(None, "organization_id", "id"),
        Index(None, "approver_id", "status", "id"),
        Index(None, "region_code", "id"),
        CheckConstraint("end_date >= start_date", name="period"),
        CheckConstraint("hours > 0", name="has_hours"),
        CheckConstraint("excellent_hours IS NULL OR excellent_hours >= hours", name="excellent_is_no_less"),
        CheckConstraint("planned_people > 0", name="has_people"),
        CheckConstraint("status = 'draft' OR (approver_id IS NOT NULL AND submitted_by_id IS NOT NULL "
                        "AND submitted_at IS NOT NULL)", name="submitted_has_approver"),
        CheckConstraint("(status IN ('approved', 'rejected', 'closed')) = (decided_by_id IS NOT NULL "
                        "AND decided_at IS NOT NULL)", name="decided_has_decider"),
        CheckConstraint("status <> 'rejected' OR reason IS NOT NULL", name="rejected_has_reason"),
    )  # fmt: skip

    number: Mapped[str] = column("编号", String(32), unique=True)
    organization_id: Mapped[int] = column("施教机构", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("行业主管部门", ForeignKey("organization.id"))
    name: Mapped[Name] = column("计划名称")
    activity_key: Mapped[str] = column("活动标识", String(64), info={"internal": True})
    credit_year: Mapped[int] = column("年度", ForeignKey("credit_year.year"))
    subject: Mapped[Subject] = choice("科目类型", Subject)
    category_code: Mapped[Code] = column("培训类别")
    mode_code: Mapped[Code] = column("培训方式")
    hours: Mapped[HoursNumber] = column("合格学时")
    excellent_hours: Mapped[Decimal | None] = column("优秀学时", HoursType)
    start_date: Mapped[date] = column("开始日期", Date)
    end_date: Mapped[date] = column("结束日期", Date)
    audience: Mapped[Name] = column("培训对象")
    planned_people: Mapped[int] = column("计划人数")
    content: Mapped[LongText] = column("培训内容")
    leader: Mapped[Name] = column("负责人")
    phone: Mapped[Name] = column("联系电话")
    status: Mapped[PlanStatus] = choice("审批状态", PlanStatus, default=PlanStatus.DRAFT)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    approver_id: Mapped[int | None] = column("审批机构", ForeignKey("organization.id"))
    submitted_by_id: Mapped[int | None] = column("提交人", ForeignKey("account.id"))
    submitted_at: Mapped[datetime | None] = column("提交时间", UtcDateTime)
    decided_by_id: Mapped[int | None] = column("审批人", ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = column("审批时间", UtcDateTime)
    reason: Mapped[LongText | None] = column("审批意见")
    revision: Mapped[int] = column("修订号", default=1, info={"internal": True})
    created_at: Mapped[Moment] = column("填报时间", default=now)

    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])
    approver: Mapped[Organization | None] = relationship(foreign_keys=[approver_id])
    courses: Mapped[list[Course]] = relationship(
        back_populates="plan", order_by="Course.position", cascade="all, delete-orphan"
    )
    attachments: Mapped[list[TrainingAttachment]] = relationship(
        back_populates="plan", order_by="TrainingAttachment.id", cascade="all, delete-orphan"
    )


class Course(Base):
    """One course of a plan: who teaches what for how many hours."""

    __tablename__ = "course"
    __label__ = "课程"
    __named_by__ = "name"
    __table_args__ = (
        UniqueConstraint("plan_id", "position"),
        CheckConstraint("hours > 0", name="has_hours"),
    )

    plan_id: Mapped[int] = column("培训计划", ForeignKey("training_plan.id", ondelete="CASCADE"))
    name: Mapped[Name] = column("课程名称")
    teacher: Mapped[Name] = column("授课教师")
    hours: Mapped[HoursNumber] = column("学时")
    position: Mapped[int] = column("顺序")

    plan: Mapped[TrainingPlan] = relationship(back_populates="courses")


class TrainingAttachment(Base):
    """A file of a plan, such as its notice or timetable."""

    __tablename__ = "training_attachment"
    __label__ = "培训附件"
    __named_by__ = "filename"
    __table_args__ = (
        Index(None, "plan_id"),
        Index(None, "uploaded_by_id", "plan_id"),
        CheckConstraint("size > 0", name="not_empty"),
    )

    plan_id: Mapped[int] = column("培训计划", ForeignKey("training_plan.id", ondelete="CASCADE"))
    uploaded_by_id: Mapped[int] = column("上传人", ForeignKey("account.id"))
    filename: Mapped[Name] = column("文件名")
    mime: Mapped[str] = column("文件类型", String(64))
    size: Mapped[int] = column("大小（字节）")
    sha256: Mapped[str] = column("SHA-256", String(64))
    media_key: Mapped[str] = column("存储标识", String(64), unique=True, info={"internal": True})
    preview_key: Mapped[str | None] = column("预览图标识", String(64), info={"internal": True})
    uploaded_at: Mapped[Moment] = column("上传时间", default=now)

    plan: Mapped[TrainingPlan] = relationship(back_populates="attachments")


class TrainingClass(Base):
    """A class held under an approved plan; its hours are the plan's.

    What scopes and queues filter on is the plan's and stands here again, so that no list needs the plan for it.
    ``attendance_minimum`` is empty where attendance is not recorded.
    """

    __tablename__ = "training_class"
    __label__ = "培训班"
    __named_by__ = "name"
    __table_args__ = (
        UniqueConstraint("plan_id", "name"),
        Index(None, "organization_id", "status", "id"),
        Index(None, "approver_id", "id"),
        Index(None, "region_code", "id"),
        CheckConstraint("end_date >= start_date", name="period"),
        CheckConstraint("capacity > 0", name="has_capacity"),
        CheckConstraint("attendance_minimum IS NULL OR attendance_minimum BETWEEN 1 AND 100", name="attendance_percent"),
        CheckConstraint("status <> 'cancelled' OR reason IS NOT NULL", name="cancelled_has_reason"),
    )  # fmt: skip

    plan_id: Mapped[int] = column("培训计划", ForeignKey("training_plan.id"))
    organization_id: Mapped[int] = column("施教机构", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    approver_id: Mapped[int] = column("审批机构", ForeignKey("organization.id"))
    credit_year: Mapped[int] = column("年度", ForeignKey("credit_year.year"))
    subject: Mapped[Subject] = choice("科目类型", Subject)
    name: Mapped[Name] = column("班次名称")
    activity_key: Mapped[str] = column("活动标识", String(64), info={"internal": True})
    start_date: Mapped[date] = column("开班日期", Date)
    end_date: Mapped[date] = column("结业日期", Date)
    place: Mapped[Name] = column("培训地点")
    capacity: Mapped[int] = column("班级容量")
    contact: Mapped[Name] = column("联系人")
    phone: Mapped[Name] = column("联系电话")
    timetable: Mapped[LongText] = column("课程安排", default="")
    attendance_minimum: Mapped[int | None] = column("最低出勤率（%）")
    status: Mapped[ClassStatus] = choice("办班状态", ClassStatus, default=ClassStatus.PLANNED)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    reason: Mapped[LongText | None] = column("取消原因")
    revision: Mapped[int] = column("修订号", default=1, info={"internal": True})
    created_at: Mapped[Moment] = column("填报时间", default=now)

    plan: Mapped[TrainingPlan] = relationship()
    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])
    approver: Mapped[Organization] = relationship(foreign_keys=[approver_id])


class Enrollment(Base):
    """A student of a class. Employer, department, region and authority are those of the person until his grade is decided."""

    __tablename__ = "enrollment"
    __label__ = "学员"
    __table_args__ = (
        UniqueConstraint("class_id", "person_id"),
        Index(None, "person_id", "id"),
        Index(None, "employer_id", "id"),
        Index(None, "organization_id", "person_id"),
        Index(None, "region_code", "id"),
        Index(None, "plan_id"),
        CheckConstraint("attendance IS NULL OR attendance BETWEEN 0 AND 100", name="attendance_percent"),
        CheckConstraint("status <> 'withdrawn' OR reason IS NOT NULL", name="withdrawn_has_reason"),
    )

    class_id: Mapped[int] = column("培训班", ForeignKey("training_class.id"))
    plan_id: Mapped[int] = column("培训计划", ForeignKey("training_plan.id"))
    organization_id: Mapped[int] = column("施教机构", ForeignKey("organization.id"))
    person_id: Mapped[int] = column("专业技术人员", ForeignKey("person.id"))
    employer_id: Mapped[int] = column("所属单位", ForeignKey("organization.id"))
    department_id: Mapped[int | None] = column("所属部门", ForeignKey("department.id", ondelete="SET NULL"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("行业主管部门", ForeignKey("organization.id"))
    phone: Mapped[Name] = column("手机", default="")
    attendance: Mapped[int | None] = column("出勤率（%）")
    status: Mapped[EnrollmentStatus] = choice("学员状态", EnrollmentStatus, default=EnrollmentStatus.ENROLLED)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    reason: Mapped[LongText | None] = column("退班原因")
    enrolled_by_id: Mapped[int] = column("登记人", ForeignKey("account.id"))
    created_at: Mapped[Moment] = column("报名时间", default=now)

    training_class: Mapped[TrainingClass] = relationship()
    plan: Mapped[TrainingPlan] = relationship()
    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])
    person: Mapped[Person] = relationship()
    employer: Mapped[Organization] = relationship(foreign_keys=[employer_id])
    department: Mapped[Department | None] = relationship()
    grade: Mapped[Grade | None] = relationship("Grade", viewonly=True, uselist=False)

    def __str__(self) -> str:
        return f"{self.person}：{self.training_class}"
