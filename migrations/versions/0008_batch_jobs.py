"""batch jobs.

Revises: 0007
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = "'running', 'done', 'cancelled', 'stopped'"
DECLARED = "object_type = 'claim' AND action = 'declare'"


def upgrade() -> None:
    with op.batch_alter_table("batch") as batch_op:
        # Whatever was decided so far was done in its own request.
        batch_op.add_column(
            sa.Column("state", sa.String(length=20), nullable=False, server_default="done", comment="进度")
        )
        batch_op.add_column(sa.Column("stop_reason", sa.Text(), nullable=True, comment="中止原因"))
        batch_op.add_column(sa.Column("request_id", sa.String(length=32), nullable=True, comment="请求标识"))
        batch_op.add_column(
            sa.Column("touched_at", sa.DateTime(timezone=True), nullable=True, comment="最近办理时间")
        )
    with op.batch_alter_table("batch") as batch_op:
        batch_op.alter_column("state", server_default=None, existing_type=sa.String(length=20))
        batch_op.create_check_constraint(op.f("ck_batch_batchstate"), f"state IN ({STATES})")
        batch_op.create_check_constraint(
            op.f("ck_batch_stopped_has_reason"), "state <> 'stopped' OR stop_reason IS NOT NULL"
        )
    index("ix_batch_running", "batch", ["touched_at"], "state = 'running'")
    index("ix_batch_item_waiting", "batch_item", ["batch_key", "object_id"], "outcome = 'waiting'")

    op.drop_index("uq_journal_entry_claim_declared_once", "journal_entry")
    op.add_column("journal_entry", sa.Column("round", sa.Integer(), nullable=True, comment="此前撤回次数"))
    index(
        "uq_journal_entry_claim_declared_once",
        "journal_entry",
        ["object_id"],
        f"{DECLARED} AND round IS NULL",
        unique=True,
    )
    index(
        "uq_journal_entry_claim_declared_again",
        "journal_entry",
        ["object_id", "round"],
        f"{DECLARED} AND round IS NOT NULL",
        unique=True,
    )

    op.add_column(
        "notice", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True, comment="暂缓至")
    )
    op.add_column("notice", sa.Column("batch_key", sa.String(length=32), nullable=True, comment="批次"))
    index("ix_notice_batch", "notice", ["batch_key"], "batch_key IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_notice_batch", "notice")
    for name in ("batch_key", "held_until"):
        op.drop_column("notice", name)
    op.drop_index("uq_journal_entry_claim_declared_again", "journal_entry")
    op.drop_index("uq_journal_entry_claim_declared_once", "journal_entry")
    op.drop_column("journal_entry", "round")
    # Refused where a claim was declared, taken back and declared again: the older version knows no such thing.
    index("uq_journal_entry_claim_declared_once", "journal_entry", ["object_id"], DECLARED, unique=True)
    op.drop_index("ix_batch_item_waiting", "batch_item")
    op.drop_index("ix_batch_running", "batch")
    with op.batch_alter_table("batch") as batch_op:
        batch_op.drop_constraint(op.f("ck_batch_stopped_has_reason"), type_="check")
        batch_op.drop_constraint(op.f("ck_batch_batchstate"), type_="check")
        for name in ("touched_at", "request_id", "stop_reason", "state"):
            batch_op.drop_column(name)


def index(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    """Create an index over the rows that meet a condition."""
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)
