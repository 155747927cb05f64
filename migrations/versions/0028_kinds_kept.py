"""Claim kinds are renamed, put in order and merged by the administrator, and files leave those alone.

Revises: 0027
Written: 2026-11-27
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("claim_kind") as batch:
        batch.add_column(sa.Column("merged_into_id", key, nullable=True, comment="并入"))
        batch.add_column(sa.Column("edited_at", UtcDateTime(), nullable=True, comment="管理员修改时间"))
        batch.create_foreign_key(
            op.f("fk_claim_kind_merged_into_id"), "claim_kind", ["merged_into_id"], ["id"]
        )
        batch.create_check_constraint(op.f("ck_claim_kind_merged_into_another"), "merged_into_id <> id")


def downgrade() -> None:
    with op.batch_alter_table("claim_kind") as batch:
        batch.drop_constraint(op.f("ck_claim_kind_merged_into_another"), type_="check")
        batch.drop_constraint(op.f("fk_claim_kind_merged_into_id"), type_="foreignkey")
        batch.drop_column("edited_at")
        batch.drop_column("merged_into_id")
