"""Certificates: the index a status list of revoked ones is made from.

Revises: 0013
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

REVOKED = sa.text("status = 'revoked'")


def upgrade() -> None:
    op.create_index(
        "ix_certificate_revoked", "certificate", ["id"], sqlite_where=REVOKED, postgresql_where=REVOKED
    )


def downgrade() -> None:
    op.drop_index("ix_certificate_revoked", "certificate")
