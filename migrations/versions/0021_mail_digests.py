"""What of an inbox goes by mail, and the digests that went. Nobody has chosen yet: no message is mailed that was not before.

Revises: 0020
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.types import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHOICES = ("at_once", "daily", "never")


def upgrade() -> None:
    op.add_column("notice", sa.Column("mailed_at", UtcDateTime(), nullable=True, comment="邮件时间"))
    op.create_table(
        "mail_preference",
        sa.Column("account_id", KEY, nullable=False, comment="账户"),
        sa.Column(
            "choice",
            sa.Enum(*CHOICES, name="mailchoice", native_enum=False, length=20, create_constraint=True),
            nullable=False,
            comment="消息邮件",
        ),
        sa.Column("chosen_at", UtcDateTime(), nullable=False, comment="选择时间"),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mail_preference_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_preference")),
        sa.UniqueConstraint("account_id", name=op.f("uq_mail_preference_account_id")),
    )
    op.create_index(op.f("ix_mail_preference_choice_account_id"), "mail_preference", ["choice", "account_id"])
    op.create_table(
        "mail_digest",
        sa.Column("account_id", KEY, nullable=False, comment="账户"),
        sa.Column("day", sa.Date(), nullable=False, comment="日期"),
        sa.Column("written_at", UtcDateTime(), nullable=False, comment="生成时间"),
        sa.Column("id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_mail_digest_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_digest")),
        sa.UniqueConstraint("account_id", "day", name=op.f("uq_mail_digest_account_id_day")),
    )
    op.create_index(op.f("ix_mail_digest_day"), "mail_digest", ["day"])


def downgrade() -> None:
    op.drop_table("mail_digest")
    op.drop_table("mail_preference")
    op.drop_column("notice", "mailed_at")
