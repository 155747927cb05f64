"""The calendar of working days: public holidays and the weekends worked for them.

Revises: 0020
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False, comment="日期"),
        sa.Column("working", sa.Boolean(), nullable=False, comment="是否上班"),
        sa.Column("name", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column("legal_basis", sa.String(length=200), nullable=False, comment="依据"),
        sa.Column("edited_at", UtcDateTime(), nullable=True, comment="管理员修改时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("day", name=op.f("uq_calendar_day_day")),
    )


def downgrade() -> None:
    op.drop_table("calendar_day")
