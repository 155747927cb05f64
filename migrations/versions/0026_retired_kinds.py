"""Claim kinds are retired by a version with a last day.

Revises: 0025
Written: 2026-11-27
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("claim_kind_version", sa.Column("valid_to", sa.Date(), comment="有效期至"))


def downgrade() -> None:
    with op.batch_alter_table("claim_kind_version") as batch:
        batch.drop_column("valid_to")
