"""grids.

Revises: 0001
Written: 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("endpoint", sa.String(length=32), nullable=False, comment="列表"),
        sa.Column("name", sa.String(length=200), nullable=False, comment="视图名称"),
        sa.Column(
            "audience",
            sa.Enum(
                "private",
                "organization",
                "system",
                name="viewaudience",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="可见范围",
        ),
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="保存人",
        ),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="所属机构",
        ),
        sa.Column("arguments", sa.JSON(), nullable=False, comment="条件"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="保存时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "audience <> 'organization' OR organization_id IS NOT NULL",
            name=op.f("ck_saved_view_shared_has_organization"),
        ),
        sa.CheckConstraint(
            "audience <> 'private' OR account_id IS NOT NULL", name=op.f("ck_saved_view_private_has_account")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_saved_view_account_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_saved_view_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "account_id", "endpoint", "name", name=op.f("uq_saved_view_account_id_endpoint_name")
        ),
    )
    with op.batch_alter_table("saved_view", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_saved_view_endpoint_account_id"), ["endpoint", "account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_saved_view_endpoint_organization_id"),
            ["endpoint", "organization_id"],
            unique=False,
        )

    op.create_table(
        "grid_setting",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="账户"
        ),
        sa.Column("endpoint", sa.String(length=32), nullable=False, comment="列表"),
        sa.Column("columns", sa.JSON(), nullable=True, comment="显示的列"),
        sa.Column(
            "density",
            sa.Enum(
                "compact",
                "normal",
                "relaxed",
                name="density",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="行距",
        ),
        sa.Column("page_size", sa.Integer(), nullable=False, comment="每页条数"),
        sa.Column(
            "default_view_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="默认视图",
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("page_size BETWEEN 10 AND 200", name=op.f("ck_grid_setting_page_size")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_grid_setting_account_id")),
        sa.ForeignKeyConstraint(
            ["default_view_id"],
            ["saved_view.id"],
            name=op.f("fk_grid_setting_default_view_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_setting")),
        sa.UniqueConstraint("account_id", "endpoint", name=op.f("uq_grid_setting_account_id_endpoint")),
    )


def downgrade() -> None:
    op.drop_table("grid_setting")
    op.drop_table("saved_view")
