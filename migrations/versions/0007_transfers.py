"""transfers.

Revises: 0003
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correction",
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
            comment="审核单位",
        ),
        sa.Column("old_name", sa.String(length=200), nullable=False, comment="原姓名"),
        sa.Column("new_name", sa.String(length=200), nullable=False, comment="更正后姓名"),
        sa.Column("new_name_initials", sa.String(length=200), nullable=False, comment="更正后姓名拼音首字母"),
        sa.Column("old_citizen_id", sa.String(length=255), nullable=False, comment="原身份证号"),
        sa.Column("old_citizen_id_index", sa.String(length=64), nullable=False, comment="原身份证号索引"),
        sa.Column("new_citizen_id", sa.String(length=255), nullable=False, comment="更正后身份证号"),
        sa.Column("new_citizen_id_index", sa.String(length=64), nullable=False, comment="更正后身份证号索引"),
        sa.Column(
            "new_sex",
            sa.Enum("1", "2", name="sex", native_enum=False, create_constraint=True, length=20),
            nullable=False,
            comment="更正后性别",
        ),
        sa.Column("new_birth_date", sa.Date(), nullable=False, comment="更正后出生年月"),
        sa.Column("explanation", sa.Text(), nullable=False, comment="更正原因"),
        sa.Column("scan_key", sa.String(length=64), nullable=False, comment="证件扫描件"),
        sa.Column("scan_mime", sa.String(length=64), nullable=False, comment="扫描件类型"),
        sa.Column("scan_name", sa.String(length=200), nullable=False, comment="扫描件文件名"),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "approved",
                "rejected",
                "withdrawn",
                name="requeststatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="办理状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column(
            "started_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="发起人",
        ),
        sa.Column(
            "started_by_organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="发起单位",
        ),
        sa.Column(
            "decided_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审核人",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="审核时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="审核意见"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="发起时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_correction_decided_has_decider"),
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR reason IS NOT NULL", name=op.f("ck_correction_rejected_has_reason")
        ),
        sa.CheckConstraint(
            "old_name <> new_name OR old_citizen_id_index <> new_citizen_id_index",
            name=op.f("ck_correction_changes_something"),
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_correction_decided_by_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["organization.id"], name=op.f("fk_correction_employer_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_correction_person_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["account.id"], name=op.f("fk_correction_started_by_id")),
        sa.ForeignKeyConstraint(
            ["started_by_organization_id"],
            ["organization.id"],
            name=op.f("fk_correction_started_by_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_correction_employer_id_status_id"), ["employer_id", "status", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_correction_person_id_id"), ["person_id", "id"], unique=False)
        batch_op.create_index(
            "uq_correction_one_pending",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index(
            "uq_correction_one_per_id",
            ["new_citizen_id_index"],
            unique=True,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )

    op.create_table(
        "transfer",
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="专业技术人员",
        ),
        sa.Column("person_name", sa.String(length=200), nullable=False, comment="姓名"),
        sa.Column("citizen_id", sa.String(length=255), nullable=False, comment="身份证号"),
        sa.Column(
            "from_employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="原单位序号",
        ),
        sa.Column("from_name", sa.String(length=200), nullable=False, comment="原单位"),
        sa.Column("from_region_code", sa.String(length=6), nullable=False, comment="原单位区域"),
        sa.Column(
            "from_authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="原行业主管部门",
        ),
        sa.Column(
            "to_employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="接收单位序号",
        ),
        sa.Column("to_name", sa.String(length=200), nullable=False, comment="接收单位"),
        sa.Column("to_region_code", sa.String(length=6), nullable=False, comment="接收单位区域"),
        sa.Column(
            "to_authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="接收单位行业主管部门",
        ),
        sa.Column(
            "department_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="接收部门",
        ),
        sa.Column("start_date", sa.Date(), nullable=False, comment="到岗日期"),
        sa.Column("explanation", sa.Text(), nullable=False, comment="调转原因"),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "approved",
                "rejected",
                "withdrawn",
                name="requeststatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="办理状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column(
            "started_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="发起人",
        ),
        sa.Column(
            "started_by_organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="发起单位",
        ),
        sa.Column(
            "decided_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审核人",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="审核时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="审核意见"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="发起时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_transfer_decided_has_decider"),
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR reason IS NOT NULL", name=op.f("ck_transfer_rejected_has_reason")
        ),
        sa.CheckConstraint("from_employer_id <> to_employer_id", name=op.f("ck_transfer_goes_elsewhere")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_transfer_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_transfer_department_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["from_authority_id"], ["organization.id"], name=op.f("fk_transfer_from_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_employer_id"], ["organization.id"], name=op.f("fk_transfer_from_employer_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_region_code"], ["region.code"], name=op.f("fk_transfer_from_region_code")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_transfer_person_id")),
        sa.ForeignKeyConstraint(["started_by_id"], ["account.id"], name=op.f("fk_transfer_started_by_id")),
        sa.ForeignKeyConstraint(
            ["started_by_organization_id"],
            ["organization.id"],
            name=op.f("fk_transfer_started_by_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["to_authority_id"], ["organization.id"], name=op.f("fk_transfer_to_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_employer_id"], ["organization.id"], name=op.f("fk_transfer_to_employer_id")
        ),
        sa.ForeignKeyConstraint(["to_region_code"], ["region.code"], name=op.f("fk_transfer_to_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
    )
    with op.batch_alter_table("transfer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_transfer_from_employer_id_status_id"),
            ["from_employer_id", "status", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_transfer_from_region_code_id"), ["from_region_code", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_transfer_person_id_id"), ["person_id", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_transfer_to_employer_id_status_id"),
            ["to_employer_id", "status", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_transfer_to_region_code_id"), ["to_region_code", "id"], unique=False
        )
        batch_op.create_index(
            "uq_transfer_one_pending",
            ["person_id"],
            unique=True,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )


def downgrade() -> None:
    op.drop_table("transfer")
    op.drop_table("correction")
