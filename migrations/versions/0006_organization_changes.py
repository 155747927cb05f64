"""organization changes.

Revises: 0003
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organization_change",
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="申请机构",
        ),
        sa.Column(
            "approver_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="审核机构",
        ),
        sa.Column(
            "filed_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="申请人",
        ),
        sa.Column("name", sa.String(length=200), nullable=True, comment="新名称"),
        sa.Column("name_initials", sa.String(length=200), nullable=True, comment="新名称拼音首字母"),
        sa.Column("code", sa.String(length=9), nullable=True, comment="新组织机构代码"),
        sa.Column("credit_code", sa.String(length=18), nullable=True, comment="新统一社会信用代码"),
        sa.Column("region_code", sa.String(length=6), nullable=True, comment="新所属区域"),
        sa.Column(
            "bureau_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="新同级人社部门",
        ),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="新行业主管部门",
        ),
        sa.Column("no_authority", sa.Boolean(), nullable=False, comment="不再有行业主管部门"),
        sa.Column("changes", sa.JSON(), nullable=False, comment="变更内容"),
        sa.Column("note", sa.Text(), nullable=False, comment="变更说明"),
        sa.Column("certificate_key", sa.String(length=64), nullable=True, comment="新代码证扫描件"),
        sa.Column("certificate_mime", sa.String(length=64), nullable=True, comment="新扫描件类型"),
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
            comment="审核状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column(
            "decided_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审核人",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="审核时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="审核意见"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="申请时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_organization_change_decided_has_decider"),
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR reason IS NOT NULL",
            name=op.f("ck_organization_change_rejected_has_reason"),
        ),
        sa.CheckConstraint(
            "(certificate_key IS NULL) = (certificate_mime IS NULL)",
            name=op.f("ck_organization_change_scan_has_type"),
        ),
        sa.CheckConstraint(
            "(name IS NULL) = (name_initials IS NULL)", name=op.f("ck_organization_change_name_has_initials")
        ),
        sa.CheckConstraint(
            "approver_id <> organization_id AND (bureau_id IS NULL OR bureau_id <> organization_id)",
            name=op.f("ck_organization_change_not_its_own_office"),
        ),
        sa.CheckConstraint(
            "authority_id IS NULL OR NOT no_authority",
            name=op.f("ck_organization_change_one_authority_or_none"),
        ),
        sa.CheckConstraint(
            "name IS NOT NULL OR code IS NOT NULL OR credit_code IS NOT NULL OR region_code IS NOT NULL OR bureau_id IS NOT NULL OR authority_id IS NOT NULL OR no_authority",
            name=op.f("ck_organization_change_changes_something"),
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["organization.id"], name=op.f("fk_organization_change_approver_id")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_organization_change_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["bureau_id"], ["organization.id"], name=op.f("fk_organization_change_bureau_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["account.id"], name=op.f("fk_organization_change_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["filed_by_id"], ["account.id"], name=op.f("fk_organization_change_filed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_organization_change_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_code"], ["region.code"], name=op.f("fk_organization_change_region_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_change")),
    )
    with op.batch_alter_table("organization_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organization_change_approver_id_status_id"),
            ["approver_id", "status", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_organization_change_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            "uq_organization_change_pending",
            ["organization_id"],
            unique=True,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )

    _tell_apart()
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.create_index(
            "uq_department_top_name",
            ["organization_id", "name"],
            unique=True,
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("department", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_department_top_name",
            sqlite_where=sa.text("parent_id IS NULL"),
            postgresql_where=sa.text("parent_id IS NULL"),
        )

    op.drop_table("organization_change")


def _tell_apart() -> None:
    """Number departments of one name at the top of one employer: until now nothing kept them apart."""
    department = sa.table("department", sa.column("id"), sa.column("organization_id"), sa.column("parent_id"),
                          sa.column("name", sa.String))  # fmt: skip
    top = department.c.parent_id.is_(None)
    connection = op.get_bind()
    columns = (department.c.id, department.c.organization_id, department.c.name)
    rows = connection.execute(sa.select(*columns).where(top).order_by(department.c.id)).all()
    taken = {(row.organization_id, row.name) for row in rows}
    seen = set()
    for row in rows:
        name, number = row.name, 1
        if (row.organization_id, row.name) in seen:
            while (row.organization_id, name) in taken:
                number += 1
                name = f"{row.name[:190]}（{number}）"
            connection.execute(sa.update(department).where(department.c.id == row.id).values(name=name))
            taken.add((row.organization_id, name))
        seen.add((row.organization_id, row.name))
