"""Periods of a year for a region and what lies below it.

Revises: 0018
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "region_period",
        sa.Column("year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="区域"),
        sa.Column("claims_open", sa.Date(), nullable=False, comment="申报开始"),
        sa.Column("claims_close", sa.Date(), nullable=False, comment="申报截止"),
        sa.Column("approvals_open", sa.Date(), nullable=False, comment="审批开始"),
        sa.Column("approvals_close", sa.Date(), nullable=False, comment="审批截止"),
        sa.Column("note", sa.String(length=200), nullable=False, comment="说明"),
        sa.Column("edited_at", UtcDateTime(), nullable=False, comment="管理员修改时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "approvals_close >= approvals_open", name=op.f("ck_region_period_approvals_period")
        ),
        sa.CheckConstraint("claims_close >= claims_open", name=op.f("ck_region_period_claims_period")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_region_period_region_code")),
        sa.ForeignKeyConstraint(["year"], ["credit_year.year"], name=op.f("fk_region_period_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region_period")),
        sa.UniqueConstraint("year", "region_code", name=op.f("uq_region_period_year_region_code")),
    )


def downgrade() -> None:
    op.drop_table("region_period")
