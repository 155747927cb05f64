"""Base data edited by the system administrator: what was merged into what, and what is his rather than a file's.

Revises: 0015
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

EDITED = ("region", "dictionary_item", "credit_year")
MERGED = "merged_into IS NULL OR (valid_to IS NOT NULL AND merged_into <> code)"


def upgrade() -> None:
    for table in EDITED:
        op.add_column(table, sa.Column("edited_at", UtcDateTime(), nullable=True, comment="管理员修改时间"))
    with op.batch_alter_table("dictionary_item") as batch:
        batch.add_column(sa.Column("merged_into", sa.String(length=32), nullable=True, comment="并入"))
        batch.create_check_constraint(op.f("ck_dictionary_item_merged_is_retired"), MERGED)
    for table in EDITED[:2]:
        op.alter_column(
            table, "valid_to", comment="有效期至", existing_comment="停用日期", existing_type=sa.Date()
        ) if op.get_bind().dialect.name != "sqlite" else None


def downgrade() -> None:
    with op.batch_alter_table("dictionary_item") as batch:
        batch.drop_constraint(op.f("ck_dictionary_item_merged_is_retired"), type_="check")
        batch.drop_column("merged_into")
    for table in EDITED:
        op.drop_column(table, "edited_at")
