"""Views saved before lose the parameters that hold a citizen id: no address takes one any more.

What a citizen id looks like is asked of the list itself, so that what it refuses today is what goes. Views saved since hold
none, so that once is enough.

Revises: 0026
Written: 2026-11-27
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.listing import citizen_ids_in

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None

PORTION = 5000


def upgrade() -> None:
    connection = op.get_bind()
    view = sa.table("saved_view", sa.column("id"), sa.column("arguments", sa.JSON())).c
    rows = sa.select(view.id, view.arguments).order_by(view.id).limit(PORTION)
    change = (
        sa.update(view.id.table).where(view.id == sa.bindparam("key")).values(arguments=sa.bindparam("kept"))
    )
    last = 0
    while part := connection.execute(rows.where(view.id > last)).all():
        values = []
        for row in part:
            kept = {name: value for name, value in row.arguments.items() if not citizen_ids_in(str(value))}
            if kept != row.arguments:
                values.append({"key": row.id, "kept": kept})
        if values:
            connection.execute(change, values)
        last = part[-1].id


def downgrade() -> None:
    """Leave them: what was taken out is not known any more."""
