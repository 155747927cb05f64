"""Versions of the certificate's template; certificates keep the one they were issued with.

Revises: 0011
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IN_FORCE = sa.text("published_at IS NOT NULL AND retired_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "certificate_template",
        sa.Column("version", sa.Integer(), nullable=True, comment="版本"),
        sa.Column("filename", sa.String(length=200), nullable=False, comment="上传文件"),
        sa.Column("note", sa.Text(), nullable=True, comment="修改说明"),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="模板内容"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="文件摘要（SHA-256）"),
        sa.Column("organization_id", IDENTITY, nullable=False, comment="所属机构"),
        sa.Column("account_id", IDENTITY, nullable=False, comment="上传人"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="上传时间"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True, comment="发布时间"),
        sa.Column("published_by_id", IDENTITY, nullable=True, comment="发布人"),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True, comment="停用时间"),
        sa.Column("id", IDENTITY, nullable=False),
        sa.CheckConstraint(
            "(published_at IS NULL) = (published_by_id IS NULL) AND (published_at IS NULL) = (version IS NULL)",
            name=op.f("ck_certificate_template_published_has_publisher"),
        ),
        sa.CheckConstraint(
            "retired_at IS NULL OR published_at IS NOT NULL",
            name=op.f("ck_certificate_template_retired_was_published"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_certificate_template_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_certificate_template_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"], ["account.id"], name=op.f("fk_certificate_template_published_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_template")),
        sa.UniqueConstraint("version", name=op.f("uq_certificate_template_version")),
    )
    with op.batch_alter_table("certificate_template", schema=None) as batch_op:
        batch_op.create_index(
            op.f("ix_certificate_template_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            "uq_certificate_template_in_force", ["organization_id"], unique=True,
            sqlite_where=IN_FORCE, postgresql_where=IN_FORCE,
        )  # fmt: skip
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("template_id", IDENTITY, nullable=True, comment="证书模板"))
        batch_op.create_foreign_key(
            op.f("fk_certificate_template_id"), "certificate_template", ["template_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_certificate_template_id"), type_="foreignkey")
        batch_op.drop_column("template_id")
    op.drop_table("certificate_template")
