"""Logs: sessions a superior ended, the open sessions of a scope, and the journal by time.

Revises: 0014
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")
BEFORE = ("logout", "idle", "expired", "elsewhere", "password", "disabled")
NAME = "ck_login_session_sessionend"


def _reasons(names: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{name}'" for name in names)
    with op.batch_alter_table("login_session") as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.create_check_constraint(op.f(NAME), f"ended_why IN ({listed})")


def upgrade() -> None:
    _reasons((*BEFORE, "forced"))
    op.create_index(
        "ix_login_session_open", "login_session", ["account_id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_index(op.f("ix_journal_entry_moment"), "journal_entry", ["moment"])


def downgrade() -> None:
    op.drop_index(op.f("ix_journal_entry_moment"), "journal_entry")
    op.drop_index("ix_login_session_open", "login_session")
    op.execute("UPDATE login_session SET ended_why = 'disabled' WHERE ended_why = 'forced'")
    _reasons(BEFORE)
