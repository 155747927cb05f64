"""Whom announcements are for, and who read them. What stands there is for everybody, as before.

Revises: 0019
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TYPES = ("person", "employer", "institution", "bureau", "authority", "province", "system")


def upgrade() -> None:
    everyone = sa.Column(
        "everyone", sa.Boolean(), nullable=False, server_default=sa.true(), comment="面向所有人"
    )
    audience = sa.Column(
        "audience", sa.String(length=200), nullable=False, server_default="", comment="面向用户类型"
    )
    with op.batch_alter_table("announcement") as batch:
        batch.add_column(everyone)
        batch.add_column(audience)
        batch.add_column(sa.Column("region_code", sa.String(length=6), nullable=True, comment="限于区域"))
        batch.create_foreign_key(op.f("fk_announcement_region_code"), "region", ["region_code"], ["code"])
        batch.create_check_constraint(op.f("ck_announcement_everyone_or_some"), "everyone = (audience = '')")
        batch.create_check_constraint(
            op.f("ck_announcement_everyone_is_everywhere"), "NOT everyone OR region_code IS NULL"
        )
    with op.batch_alter_table("announcement") as batch:
        batch.alter_column("everyone", server_default=None, existing_type=sa.Boolean(), existing_nullable=False,
                           existing_comment="面向所有人")  # fmt: skip
        batch.alter_column("audience", server_default=None, existing_type=sa.String(length=200),
                           existing_nullable=False, existing_comment="面向用户类型")  # fmt: skip
    op.create_table(
        "announcement_read",
        sa.Column(
            "announcement_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="公告",
        ),
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="阅读人",
        ),
        sa.Column(
            "user_type",
            sa.Enum(*TYPES, name="usertype", native_enum=False, length=20, create_constraint=True),
            nullable=False,
            comment="用户类型",
        ),
        sa.Column("read_at", UtcDateTime(), nullable=False, comment="阅读时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_announcement_read_account_id")),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_announcement_read_announcement_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_read")),
        sa.UniqueConstraint(
            "announcement_id", "account_id", name=op.f("uq_announcement_read_announcement_id_account_id")
        ),
    )
    op.create_index(op.f("ix_announcement_read_account_id"), "announcement_read", ["account_id"])


def downgrade() -> None:
    op.drop_table("announcement_read")
    with op.batch_alter_table("announcement") as batch:
        batch.drop_constraint(op.f("ck_announcement_everyone_is_everywhere"), type_="check")
        batch.drop_constraint(op.f("ck_announcement_everyone_or_some"), type_="check")
        batch.drop_constraint(op.f("fk_announcement_region_code"), type_="foreignkey")
        batch.drop_column("region_code")
        batch.drop_column("audience")
        batch.drop_column("everyone")
