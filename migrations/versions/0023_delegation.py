"""Deciding in the place of an administrator who is absent; the journal and batches say so.

Revises: 0022
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIES = {"giver_id": ("account", "委托人"), "office_id": ("organization", "委托机构"),
        "delegate_id": ("account", "代办人"), "delegate_office_id": ("organization", "代办人所在机构")}  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "delegation",
        *(sa.Column(name, KEY, nullable=False, comment=label) for name, (_table, label) in TIES.items()),
        sa.Column("works", sa.JSON(), nullable=False, comment="委托事项"),
        sa.Column("first_day", sa.Date(), nullable=False, comment="第一天"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="最后一天"),
        sa.Column("reason", sa.Text(), nullable=False, comment="委托原因"),
        sa.Column("created_at", UtcDateTime(), nullable=False, comment="委托时间"),
        sa.Column("ended_at", UtcDateTime(), nullable=True, comment="结束时间"),
        sa.Column(
            "ended_how",
            sa.Enum(
                "early", "lapsed", name="delegationend", native_enum=False, length=20, create_constraint=True
            ),
            nullable=True,
            comment="结束方式",
        ),
        sa.Column("id", KEY, nullable=False),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_delegation_period")),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_how IS NULL)", name=op.f("ck_delegation_ended_has_way")
        ),
        sa.CheckConstraint("office_id <> delegate_office_id", name=op.f("ck_delegation_another_office")),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_delegation_{name}"))
            for name, (table, _label) in TIES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    open_only = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_delegation_goes_on", "delegation", ["giver_id", "delegate_id"], unique=True,
        sqlite_where=open_only, postgresql_where=open_only,
    )  # fmt: skip
    op.create_index(op.f("ix_delegation_office_id_id"), "delegation", ["office_id", "id"])
    op.create_index(op.f("ix_delegation_delegate_id_ended_at"), "delegation", ["delegate_id", "ended_at"])
    for table, name, other, label in (
        ("journal_entry", "in_place_of_id", "account", "委托人"),
        ("batch", "delegation_id", "delegation", "委托"),
    ):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column(name, KEY, nullable=True, comment=label))
            batch.create_foreign_key(op.f(f"fk_{table}_{name}"), other, [name], ["id"])


def downgrade() -> None:
    for table, name in (("batch", "delegation_id"), ("journal_entry", "in_place_of_id")):
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"fk_{table}_{name}"), type_="foreignkey")
            batch.drop_column(name)
    op.drop_table("delegation")
