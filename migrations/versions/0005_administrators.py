"""A right to administer can be taken away: a state of accounts that keeps the citizen id free for another appointment.

Revises: 0003
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEFORE = ("pending", "active", "rejected", "withdrawn", "disabled")
DECIDED = ("active", "rejected", "disabled")
VOID = ("rejected", "withdrawn")
REMOVED = ("removed",)


def upgrade() -> None:
    let_be((*BEFORE, *REMOVED), (*DECIDED, *REMOVED), (*VOID, *REMOVED))


def downgrade() -> None:
    # A withdrawn one cannot log in either and frees the citizen id; it was decided by nobody.
    op.execute("UPDATE account SET status = 'withdrawn', decided_at = NULL WHERE status = 'removed'")
    let_be(BEFORE, DECIDED, VOID)


def let_be(states: tuple[str, ...], decided: tuple[str, ...], void: tuple[str, ...]) -> None:
    """Write the CHECK constraints and the conditions of unique indexes for these states."""
    with op.batch_alter_table("account") as batch_op:
        batch_op.drop_index("uq_account_administrator")
        batch_op.drop_index("uq_account_person_citizen")
        batch_op.drop_constraint(op.f("ck_account_accountstatus"), type_="check")
        batch_op.drop_constraint(op.f("ck_account_decided_has_time"), type_="check")
        batch_op.create_check_constraint(op.f("ck_account_accountstatus"), f"status IN ({listed(states)})")
        batch_op.create_check_constraint(
            op.f("ck_account_decided_has_time"), f"(status IN ({listed(decided)})) = (decided_at IS NOT NULL)"
        )
    open_ones = f"status NOT IN ({listed(void)})"
    for name, columns, condition in (
        ("uq_account_administrator", ["organization_id", "citizen_id_index"], "organization_id IS NOT NULL"),
        ("uq_account_person_citizen", ["citizen_id_index"], "user_type = 'person'"),
    ):
        where = sa.text(f"{condition} AND {open_ones}")
        op.create_index(name, "account", columns, unique=True, sqlite_where=where, postgresql_where=where)


def listed(states: tuple[str, ...]) -> str:
    """Return values as SQL lists them."""
    return ", ".join(f"'{state}'" for state in states)
