"""An account that chose no number of rows for a list has none of its own: the system's, as it is and as it becomes.

Twenty was what every account got before the system's number could be set, chosen or not.

Revises: 0029
Written: 2026-11-27
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

EVERYBODY_S = 20


def upgrade() -> None:
    with op.batch_alter_table("grid_setting") as batch:
        batch.alter_column(
            "page_size", existing_type=sa.Integer(), existing_comment="每页条数", nullable=True
        )
    size = _size()
    op.execute(sa.update(size.table).where(size == EVERYBODY_S).values(page_size=None))


def downgrade() -> None:
    size = _size()
    op.execute(sa.update(size.table).where(size.is_(None)).values(page_size=EVERYBODY_S))
    with op.batch_alter_table("grid_setting") as batch:
        batch.alter_column(
            "page_size", existing_type=sa.Integer(), existing_comment="每页条数", nullable=False
        )


def _size() -> sa.ColumnClause[int]:
    return sa.table("grid_setting", sa.column("page_size", sa.Integer())).c.page_size
