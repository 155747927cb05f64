"""An abolished region says which one stands for it.

Revises: 0026
Written: 2026-11-27
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

MERGED = "merged_into IS NULL OR (valid_to IS NOT NULL AND merged_into <> code)"


def upgrade() -> None:
    with op.batch_alter_table("region") as batch:
        batch.add_column(sa.Column("merged_into", sa.String(length=6), nullable=True, comment="并入"))
        batch.create_foreign_key(op.f("fk_region_merged_into"), "region", ["merged_into"], ["code"])
        batch.create_check_constraint(op.f("ck_region_merged_is_abolished"), MERGED)


def downgrade() -> None:
    with op.batch_alter_table("region") as batch:
        batch.drop_constraint(op.f("ck_region_merged_is_abolished"), type_="check")
        batch.drop_constraint(op.f("fk_region_merged_into"), type_="foreignkey")
        batch.drop_column("merged_into")
