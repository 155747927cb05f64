"""Training: plans, classes, students, grades and their sheets; claims know which activity they are for.

Revises: 0010
Written: 2026-11-26
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PORTION = 5000


def _activity_key(title: str) -> str:
    plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", title)).casefold()
    return hashlib.sha256(f"activity|{plain}".encode()).hexdigest()


def _fill() -> None:
    connection = op.get_bind()
    claim = sa.table("claim", sa.column("id"), sa.column("title"), sa.column("activity_key")).c
    rows = sa.select(claim.id, claim.title).order_by(claim.id).limit(PORTION)
    change = (
        sa.update(claim.id.table)
        .where(claim.id == sa.bindparam("key"))
        .values(activity_key=sa.bindparam("plain"))
    )
    last = 0
    while part := connection.execute(rows.where(claim.id > last)).all():
        connection.execute(change, [{"key": row.id, "plain": _activity_key(row.title)} for row in part])
        last = part[-1].id


def upgrade() -> None:
    op.create_table(
        "training_plan",
        sa.Column("number", sa.String(length=32), nullable=False, comment="编号"),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="施教机构",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="行业主管部门",
        ),
        sa.Column("name", sa.String(length=200), nullable=False, comment="计划名称"),
        sa.Column("activity_key", sa.String(length=64), nullable=False, comment="活动标识"),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column(
            "subject",
            sa.Enum(
                "public", "specialty", name="subject", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="科目类型",
        ),
        sa.Column("category_code", sa.String(length=32), nullable=False, comment="培训类别"),
        sa.Column("mode_code", sa.String(length=32), nullable=False, comment="培训方式"),
        sa.Column("hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="合格学时"),
        sa.Column("excellent_hours", sa.Numeric(precision=6, scale=1), nullable=True, comment="优秀学时"),
        sa.Column("start_date", sa.Date(), nullable=False, comment="开始日期"),
        sa.Column("end_date", sa.Date(), nullable=False, comment="结束日期"),
        sa.Column("audience", sa.String(length=200), nullable=False, comment="培训对象"),
        sa.Column("planned_people", sa.Integer(), nullable=False, comment="计划人数"),
        sa.Column("content", sa.Text(), nullable=False, comment="培训内容"),
        sa.Column("leader", sa.String(length=200), nullable=False, comment="负责人"),
        sa.Column("phone", sa.String(length=200), nullable=False, comment="联系电话"),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "rejected",
                "closed",
                name="planstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="审批状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column(
            "approver_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审批机构",
        ),
        sa.Column(
            "submitted_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="提交人",
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True, comment="提交时间"),
        sa.Column(
            "decided_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审批人",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="审批时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="审批意见"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="修订号"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="填报时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected', 'closed')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_training_plan_decided_has_decider"),
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR reason IS NOT NULL", name=op.f("ck_training_plan_rejected_has_reason")
        ),
        sa.CheckConstraint(
            "status = 'draft' OR (approver_id IS NOT NULL AND submitted_by_id IS NOT NULL AND submitted_at IS NOT NULL)",
            name=op.f("ck_training_plan_submitted_has_approver"),
        ),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_training_plan_period")),
        sa.CheckConstraint(
            "excellent_hours IS NULL OR excellent_hours >= hours",
            name=op.f("ck_training_plan_excellent_is_no_less"),
        ),
        sa.CheckConstraint("hours > 0", name=op.f("ck_training_plan_has_hours")),
        sa.CheckConstraint("planned_people > 0", name=op.f("ck_training_plan_has_people")),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["organization.id"], name=op.f("fk_training_plan_approver_id")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_training_plan_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["credit_year"], ["credit_year.year"], name=op.f("fk_training_plan_credit_year")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_training_plan_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_training_plan_organization_id")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_training_plan_region_code")),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["account.id"], name=op.f("fk_training_plan_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_plan")),
        sa.UniqueConstraint("number", name=op.f("uq_training_plan_number")),
    )
    with op.batch_alter_table("training_plan", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_training_plan_approver_id_status_id"),
            ["approver_id", "status", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_training_plan_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_training_plan_region_code_id"), ["region_code", "id"], unique=False
        )

    op.create_table(
        "course",
        sa.Column(
            "plan_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="培训计划",
        ),
        sa.Column("name", sa.String(length=200), nullable=False, comment="课程名称"),
        sa.Column("teacher", sa.String(length=200), nullable=False, comment="授课教师"),
        sa.Column("hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="学时"),
        sa.Column("position", sa.Integer(), nullable=False, comment="顺序"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_course_has_hours")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plan.id"], name=op.f("fk_course_plan_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("plan_id", "position", name=op.f("uq_course_plan_id_position")),
    )
    op.create_table(
        "training_attachment",
        sa.Column(
            "plan_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="培训计划",
        ),
        sa.Column(
            "uploaded_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="上传人",
        ),
        sa.Column("filename", sa.String(length=200), nullable=False, comment="文件名"),
        sa.Column("mime", sa.String(length=64), nullable=False, comment="文件类型"),
        sa.Column("size", sa.Integer(), nullable=False, comment="大小（字节）"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("media_key", sa.String(length=64), nullable=False, comment="存储标识"),
        sa.Column("preview_key", sa.String(length=64), nullable=True, comment="预览图标识"),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False, comment="上传时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_training_attachment_not_empty")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["training_plan.id"], name=op.f("fk_training_attachment_plan_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["account.id"], name=op.f("fk_training_attachment_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_attachment")),
        sa.UniqueConstraint("media_key", name=op.f("uq_training_attachment_media_key")),
    )
    with op.batch_alter_table("training_attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_training_attachment_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_training_attachment_uploaded_by_id_plan_id"),
            ["uploaded_by_id", "plan_id"],
            unique=False,
        )

    op.create_table(
        "training_class",
        sa.Column(
            "plan_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="培训计划",
        ),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="施教机构",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column(
            "approver_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="审批机构",
        ),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column(
            "subject",
            sa.Enum(
                "public", "specialty", name="subject", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="科目类型",
        ),
        sa.Column("name", sa.String(length=200), nullable=False, comment="班次名称"),
        sa.Column("activity_key", sa.String(length=64), nullable=False, comment="活动标识"),
        sa.Column("start_date", sa.Date(), nullable=False, comment="开班日期"),
        sa.Column("end_date", sa.Date(), nullable=False, comment="结业日期"),
        sa.Column("place", sa.String(length=200), nullable=False, comment="培训地点"),
        sa.Column("capacity", sa.Integer(), nullable=False, comment="班级容量"),
        sa.Column("contact", sa.String(length=200), nullable=False, comment="联系人"),
        sa.Column("phone", sa.String(length=200), nullable=False, comment="联系电话"),
        sa.Column("timetable", sa.Text(), nullable=False, comment="课程安排"),
        sa.Column("attendance_minimum", sa.Integer(), nullable=True, comment="最低出勤率（%）"),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "published",
                "running",
                "finished",
                "cancelled",
                name="classstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="办班状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="取消原因"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="修订号"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="填报时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "status <> 'cancelled' OR reason IS NOT NULL", name=op.f("ck_training_class_cancelled_has_reason")
        ),
        sa.CheckConstraint(
            "attendance_minimum IS NULL OR attendance_minimum BETWEEN 1 AND 100",
            name=op.f("ck_training_class_attendance_percent"),
        ),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_training_class_has_capacity")),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_training_class_period")),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["organization.id"], name=op.f("fk_training_class_approver_id")
        ),
        sa.ForeignKeyConstraint(
            ["credit_year"], ["credit_year.year"], name=op.f("fk_training_class_credit_year")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_training_class_organization_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["training_plan.id"], name=op.f("fk_training_class_plan_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_training_class_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_class")),
        sa.UniqueConstraint("plan_id", "name", name=op.f("uq_training_class_plan_id_name")),
    )
    with op.batch_alter_table("training_class", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_training_class_approver_id_id"), ["approver_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_training_class_organization_id_status_id"),
            ["organization_id", "status", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_training_class_region_code_id"), ["region_code", "id"], unique=False
        )

    op.create_table(
        "enrollment",
        sa.Column(
            "class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="培训班"
        ),
        sa.Column(
            "plan_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="培训计划",
        ),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="施教机构",
        ),
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="专业技术人员",
        ),
        sa.Column(
            "employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属单位",
        ),
        sa.Column(
            "department_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="所属部门",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="行业主管部门",
        ),
        sa.Column("phone", sa.String(length=200), nullable=False, comment="手机"),
        sa.Column("attendance", sa.Integer(), nullable=True, comment="出勤率（%）"),
        sa.Column(
            "status",
            sa.Enum(
                "enrolled",
                "withdrawn",
                name="enrollmentstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="学员状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="退班原因"),
        sa.Column(
            "enrolled_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="登记人",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="报名时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "status <> 'withdrawn' OR reason IS NOT NULL", name=op.f("ck_enrollment_withdrawn_has_reason")
        ),
        sa.CheckConstraint(
            "attendance IS NULL OR attendance BETWEEN 0 AND 100",
            name=op.f("ck_enrollment_attendance_percent"),
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_enrollment_authority_id")
        ),
        sa.ForeignKeyConstraint(["class_id"], ["training_class.id"], name=op.f("fk_enrollment_class_id")),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["department.id"],
            name=op.f("fk_enrollment_department_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["employer_id"], ["organization.id"], name=op.f("fk_enrollment_employer_id")),
        sa.ForeignKeyConstraint(
            ["enrolled_by_id"], ["account.id"], name=op.f("fk_enrollment_enrolled_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_enrollment_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrollment_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["training_plan.id"], name=op.f("fk_enrollment_plan_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_enrollment_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment")),
        sa.UniqueConstraint("class_id", "person_id", name=op.f("uq_enrollment_class_id_person_id")),
    )
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrollment_employer_id_id"), ["employer_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_enrollment_organization_id_person_id"),
            ["organization_id", "person_id"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_enrollment_person_id_id"), ["person_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrollment_plan_id"), ["plan_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrollment_region_code_id"), ["region_code", "id"], unique=False)

    op.create_table(
        "grade_sheet",
        sa.Column(
            "class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="培训班"
        ),
        sa.Column(
            "plan_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="培训计划",
        ),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="施教机构",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column(
            "approver_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="审批机构",
        ),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column(
            "subject",
            sa.Enum(
                "public", "specialty", name="subject", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="科目类型",
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="第几份"),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "returned",
                name="sheetstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="办理状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column(
            "created_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="制表人",
        ),
        sa.Column(
            "submitted_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="申报人",
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True, comment="申报时间"),
        sa.Column(
            "decided_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审批人",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="审批时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="审批意见"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="修订号"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="制表时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status = 'approved') = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_grade_sheet_approved_has_decider"),
        ),
        sa.CheckConstraint(
            "status <> 'returned' OR reason IS NOT NULL", name=op.f("ck_grade_sheet_returned_has_reason")
        ),
        sa.CheckConstraint(
            "status = 'draft' OR (submitted_by_id IS NOT NULL AND submitted_at IS NOT NULL)",
            name=op.f("ck_grade_sheet_submitted_has_submitter"),
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["organization.id"], name=op.f("fk_grade_sheet_approver_id")
        ),
        sa.ForeignKeyConstraint(["class_id"], ["training_class.id"], name=op.f("fk_grade_sheet_class_id")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_grade_sheet_created_by_id")),
        sa.ForeignKeyConstraint(
            ["credit_year"], ["credit_year.year"], name=op.f("fk_grade_sheet_credit_year")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_grade_sheet_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_grade_sheet_organization_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["training_plan.id"], name=op.f("fk_grade_sheet_plan_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_grade_sheet_region_code")),
        sa.ForeignKeyConstraint(
            ["submitted_by_id"], ["account.id"], name=op.f("fk_grade_sheet_submitted_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_sheet")),
        sa.UniqueConstraint("class_id", "number", name=op.f("uq_grade_sheet_class_id_number")),
    )
    with op.batch_alter_table("grade_sheet", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grade_sheet_approver_id_status_id"), ["approver_id", "status", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_grade_sheet_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_grade_sheet_region_code_id"), ["region_code", "id"], unique=False
        )

    op.create_table(
        "grade",
        sa.Column(
            "enrollment_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="学员",
        ),
        sa.Column(
            "class_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="培训班"
        ),
        sa.Column(
            "plan_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="培训计划",
        ),
        sa.Column(
            "sheet_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True, comment="成绩单"
        ),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="施教机构",
        ),
        sa.Column(
            "approver_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="审批机构",
        ),
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="专业技术人员",
        ),
        sa.Column(
            "employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属单位",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="行业主管部门",
        ),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="计入年度"),
        sa.Column(
            "subject",
            sa.Enum(
                "public", "specialty", name="subject", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="科目类型",
        ),
        sa.Column(
            "result",
            sa.Enum(
                "excellent",
                "passed",
                "failed",
                name="graderesult",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
            comment="成绩",
        ),
        sa.Column("score", sa.Numeric(precision=6, scale=1), nullable=True, comment="分数"),
        sa.Column("hours", sa.Numeric(precision=6, scale=1), nullable=True, comment="学时"),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "approved",
                "returned",
                "revoked",
                name="gradestatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="认定状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column(
            "decided_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审批人",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="审批时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="审批意见"),
        sa.Column(
            "revoked_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="撤销人",
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="撤销时间"),
        sa.Column("revoked_reason", sa.Text(), nullable=True, comment="撤销原因"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="修订号"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="登记时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status = 'revoked') = (revoked_at IS NOT NULL AND revoked_by_id IS NOT NULL AND revoked_reason IS NOT NULL)",
            name=op.f("ck_grade_revoked_has_reason"),
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'revoked')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_grade_decided_has_decider"),
        ),
        sa.CheckConstraint(
            "result <> 'failed' OR hours IS NULL OR hours = 0", name=op.f("ck_grade_failed_has_no_hours")
        ),
        sa.CheckConstraint(
            "status <> 'returned' OR reason IS NOT NULL", name=op.f("ck_grade_returned_has_reason")
        ),
        sa.CheckConstraint(
            "status NOT IN ('submitted', 'approved', 'revoked') OR (result IS NOT NULL AND sheet_id IS NOT NULL AND hours IS NOT NULL)",
            name=op.f("ck_grade_declared_has_result"),
        ),
        sa.CheckConstraint("hours IS NULL OR hours >= 0", name=op.f("ck_grade_hours_not_negative")),
        sa.CheckConstraint("score IS NULL OR score BETWEEN 0 AND 100", name=op.f("ck_grade_score_of_100")),
        sa.ForeignKeyConstraint(["approver_id"], ["organization.id"], name=op.f("fk_grade_approver_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_grade_authority_id")),
        sa.ForeignKeyConstraint(["class_id"], ["training_class.id"], name=op.f("fk_grade_class_id")),
        sa.ForeignKeyConstraint(["credit_year"], ["credit_year.year"], name=op.f("fk_grade_credit_year")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_grade_decided_by_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["organization.id"], name=op.f("fk_grade_employer_id")),
        sa.ForeignKeyConstraint(["enrollment_id"], ["enrollment.id"], name=op.f("fk_grade_enrollment_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_grade_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grade_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["training_plan.id"], name=op.f("fk_grade_plan_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_grade_region_code")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["account.id"], name=op.f("fk_grade_revoked_by_id")),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["grade_sheet.id"], name=op.f("fk_grade_sheet_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade")),
        sa.UniqueConstraint("enrollment_id", name=op.f("uq_grade_enrollment_id")),
    )
    with op.batch_alter_table("grade", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grade_approver_id_status_id"), ["approver_id", "status", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_grade_class_id_status_id"), ["class_id", "status", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_grade_employer_id_id"), ["employer_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_grade_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_grade_person_id_status_id"), ["person_id", "status", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_grade_region_code_id"), ["region_code", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_grade_sheet_id_status_id"), ["sheet_id", "status", "id"], unique=False
        )

    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("activity_key", sa.String(length=64), nullable=True, comment="活动标识")
        )
    _fill()
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.alter_column("activity_key", existing_type=sa.String(64), nullable=False)
        batch_op.create_index(
            batch_op.f("ix_claim_person_id_activity_key"), ["person_id", "activity_key"], unique=False
        )

    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "class_id",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                nullable=True,
                comment="培训班",
            )
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_import_run_class_id"), "training_class", ["class_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_import_run_class_id"), type_="foreignkey")
        batch_op.drop_column("class_id")

    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_person_id_activity_key"))
        batch_op.drop_column("activity_key")

    op.drop_table("grade")
    op.drop_table("grade_sheet")
    op.drop_table("enrollment")
    op.drop_table("training_class")
    op.drop_table("training_attachment")
    op.drop_table("course")
    op.drop_table("training_plan")
