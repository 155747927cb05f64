"""registration.

Revises: 0003
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registration_draft",
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="标识摘要"),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="用户类型"),
        sa.Column("data", sa.Text(), nullable=False, comment="已填内容"),
        sa.Column("files", sa.JSON(), nullable=False, comment="已上传的扫描件"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="失效时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_draft")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_registration_draft_token_hash")),
    )
    with op.batch_alter_table("registration_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_draft_expires_at"), ["expires_at"], unique=False)

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.create_index(
            "uq_organization_bureau_region",
            ["region_code"],
            unique=True,
            sqlite_where=sa.text("kind = 'bureau' AND status <> 'void'"),
            postgresql_where=sa.text("kind = 'bureau' AND status <> 'void'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_organization_bureau_region",
            sqlite_where=sa.text("kind = 'bureau' AND status <> 'void'"),
            postgresql_where=sa.text("kind = 'bureau' AND status <> 'void'"),
        )

    op.drop_table("registration_draft")
