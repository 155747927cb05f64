"""The calendar of working days, and what offices were reminded of by it.

Revises: 0021
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

revision = "0022"
down_revision = "0021"
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
    op.create_table(
        "reminder",
        sa.Column("queue", sa.String(length=32), nullable=False, comment="待办"),
        sa.Column(
            "office_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="办理机构",
        ),
        sa.Column(
            "level",
            sa.Enum(
                "remind",
                "escalate",
                name="reminderlevel",
                native_enum=False,
                length=20,
                create_constraint=True,
            ),
            nullable=False,
            comment="提醒方式",
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="日期"),
        sa.Column("count", sa.Integer(), nullable=False, comment="件数"),
        sa.Column("oldest_since", UtcDateTime(), nullable=False, comment="最早一件的时间"),
        sa.Column("created_at", UtcDateTime(), nullable=False, comment="时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["organization.id"], name=op.f("fk_reminder_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "queue", "office_id", "level", "day", name=op.f("uq_reminder_queue_office_id_level_day")
        ),
    )
    op.create_index(op.f("ix_reminder_office_id"), "reminder", ["office_id"])
    op.create_index(op.f("ix_reminder_day"), "reminder", ["day"])


def downgrade() -> None:
    op.drop_table("reminder")
    op.drop_table("calendar_day")
