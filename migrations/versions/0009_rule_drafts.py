"""rule drafts.

Revises: 0007
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rehearsal",
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属机构",
        ),
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="试算人",
        ),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="试算年度"),
        sa.Column("title", sa.Text(), nullable=False, comment="试算内容"),
        sa.Column("content", sa.JSON(), nullable=False, comment="草稿内容"),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "stopped",
                name="rehearsalstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="状态",
        ),
        sa.Column("people_count", sa.Integer(), nullable=False, comment="总人数"),
        sa.Column("done_count", sa.Integer(), nullable=False, comment="已算人数"),
        sa.Column(
            "last_summary_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="已算到",
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="中止原因"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="开始时间"),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False, comment="最近处理时间"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True, comment="结束时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(state <> 'running') = (finished_at IS NOT NULL)", name=op.f("ck_rehearsal_ended_has_time")
        ),
        sa.CheckConstraint(
            "state <> 'stopped' OR reason IS NOT NULL", name=op.f("ck_rehearsal_stopped_has_reason")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_rehearsal_account_id")),
        sa.ForeignKeyConstraint(["credit_year"], ["credit_year.year"], name=op.f("fk_rehearsal_credit_year")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_rehearsal_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal")),
    )
    with op.batch_alter_table("rehearsal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rehearsal_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rehearsal_state_touched_at"), ["state", "touched_at"], unique=False
        )

    op.create_table(
        "rule_draft",
        sa.Column(
            "target",
            sa.Enum(
                "kind",
                "rule",
                "requirement",
                name="drafttarget",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="修改内容",
        ),
        sa.Column("target_key", sa.String(length=64), nullable=False, comment="修改对象代码"),
        sa.Column("title", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column("content", sa.JSON(), nullable=False, comment="草稿内容"),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属机构",
        ),
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="起草人",
        ),
        sa.Column("revision", sa.Integer(), nullable=False, comment="修订号"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="起草时间"),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, comment="修改时间"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True, comment="发布时间"),
        sa.Column(
            "published_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="发布人",
        ),
        sa.Column("published_version", sa.Integer(), nullable=True, comment="发布版本"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(published_at IS NULL) = (published_by_id IS NULL) AND (published_at IS NULL) = (published_version IS NULL)",
            name=op.f("ck_rule_draft_published_has_publisher"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_rule_draft_account_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_rule_draft_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["account.id"], name=op.f("fk_rule_draft_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_draft")),
    )
    with op.batch_alter_table("rule_draft", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rule_draft_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_rule_draft_target_target_key_published_version"),
            ["target", "target_key", "published_version"],
            unique=False,
        )
        batch_op.create_index(
            "uq_rule_draft_open",
            ["target", "target_key"],
            unique=True,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        )

    op.create_table(
        "rehearsal_line",
        sa.Column(
            "rehearsal_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="试算",
        ),
        sa.Column(
            "employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="单位",
        ),
        sa.Column("employer_name", sa.String(length=200), nullable=False, comment="单位名称"),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column("people", sa.Integer(), nullable=False, comment="人数"),
        sa.Column("lost", sa.Integer(), nullable=False, comment="由完成变为未完成"),
        sa.Column("won", sa.Integer(), nullable=False, comment="由未完成变为完成"),
        sa.Column("claims", sa.Integer(), nullable=False, comment="学时有变化的申报"),
        sa.Column("public_more", sa.Integer(), nullable=False, comment="公需增加（十分之一学时）"),
        sa.Column("public_less", sa.Integer(), nullable=False, comment="公需减少（十分之一学时）"),
        sa.Column("specialty_more", sa.Integer(), nullable=False, comment="专业增加（十分之一学时）"),
        sa.Column("specialty_less", sa.Integer(), nullable=False, comment="专业减少（十分之一学时）"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["organization.id"], name=op.f("fk_rehearsal_line_employer_id")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_rehearsal_line_region_code")),
        sa.ForeignKeyConstraint(
            ["rehearsal_id"],
            ["rehearsal.id"],
            name=op.f("fk_rehearsal_line_rehearsal_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal_line")),
        sa.UniqueConstraint(
            "rehearsal_id", "employer_id", name=op.f("uq_rehearsal_line_rehearsal_id_employer_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("rehearsal_line")
    op.drop_table("rule_draft")
    op.drop_table("rehearsal")
