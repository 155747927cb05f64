"""Counts of claims that wait, and marks of any organisation; the worker fills the counts from the marks.

Revises: 0024
Written: 2026-11-27
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "waiting_count",
        sa.Column("office_id", KEY, nullable=False, comment="办理机构"),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "accepted",
                "declared",
                "approved",
                "rejected",
                "revoked",
                name="claimstatus",
                native_enum=False,
                length=20,
                create_constraint=True,
            ),
            nullable=False,
            comment="认定结果",
        ),
        sa.Column("since", sa.String(length=10), nullable=False, comment="到达日期"),
        sa.Column("claims", sa.Integer(), nullable=False, comment="件数"),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("claims > 0", name=op.f("ck_waiting_count_something")),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_waiting_count_office_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_waiting_count_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_count")),
    )
    op.create_index(op.f("ix_waiting_count_office_id"), "waiting_count", ["office_id"])
    op.create_index(op.f("ix_waiting_count_region_code"), "waiting_count", ["region_code"])
    _marks("organization_id", "机构")


def downgrade() -> None:
    op.drop_table("waiting_count")
    _marks("employer_id", "所属单位")


def _marks(column: str, label: str) -> None:
    """Make the table of marks anew: everybody is marked, so that none of the former ones is missed."""
    op.drop_table("statistic_mark")
    op.create_table(
        "statistic_mark",
        sa.Column(column, KEY, nullable=False, comment=label),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False, comment="变动时间"),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint([column], ["organization.id"], name=op.f(f"fk_statistic_mark_{column}")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistic_mark")),
    )
    op.create_index(op.f(f"ix_statistic_mark_{column}"), "statistic_mark", [column])
    op.execute(
        f"INSERT INTO statistic_mark ({column}, marked_at) SELECT id, CURRENT_TIMESTAMP FROM organization"
    )
