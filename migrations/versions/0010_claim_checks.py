"""Checks before anybody looks: findings, their result on the claim, and what tells the same evidence.

Claims that wait stay 待核查 until the worker's next run looks at them.

Revises: 0007
Written: 2026-11-26
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RESULTS = "check_result IN ('unchecked', 'clean', 'attention')"
PORTION = 5000


def _title_key(kind: str, title: str) -> str:
    plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", title)).casefold()
    return hashlib.sha256(f"{kind}|{plain}".encode()).hexdigest()


def _fill() -> None:
    connection = op.get_bind()
    claim = sa.table(
        "claim", sa.column("id"), sa.column("kind_id"), sa.column("title"), sa.column("title_key"),
        sa.column("check_result"),
    ).c  # fmt: skip
    kind = sa.table("claim_kind", sa.column("id"), sa.column("code")).c
    rows = sa.select(claim.id, kind.code, claim.title).join_from(
        claim.id.table, kind.id.table, kind.id == claim.kind_id
    )
    last = 0
    change = (
        sa.update(claim.id.table)
        .where(claim.id == sa.bindparam("key"))
        .values(title_key=sa.bindparam("plain"), check_result=sa.literal("unchecked"))
    )
    while part := connection.execute(rows.where(claim.id > last).order_by(claim.id).limit(PORTION)).all():
        values = [{"key": row.id, "plain": _title_key(row.code, row.title)} for row in part]
        connection.execute(change, values)
        last = part[-1].id


def upgrade() -> None:
    op.create_table(
        "claim_finding",
        sa.Column("claim_id", IDENTITY, nullable=False, comment="继续教育信息"),
        sa.Column("check_name", sa.String(length=32), nullable=False, comment="核查项"),
        sa.Column("other_id", IDENTITY, nullable=True, comment="相关申报"),
        sa.Column("others", sa.Integer(), nullable=False, comment="相关申报数"),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False, comment="发现时间"),
        sa.Column("id", IDENTITY, nullable=False),
        sa.CheckConstraint("others >= 0", name=op.f("ck_claim_finding_others")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_claim_finding_claim_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_finding")),
        sa.UniqueConstraint("claim_id", "check_name", name=op.f("uq_claim_finding_claim_id_check_name")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.add_column(sa.Column("title_key", sa.String(length=64), nullable=True, comment="名称标识"))
        batch_op.add_column(
            sa.Column("check_result", sa.String(length=20), nullable=True, comment="核查结果")
        )
    _fill()
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.alter_column("title_key", existing_type=sa.String(64), nullable=False)
        batch_op.alter_column("check_result", existing_type=sa.String(20), nullable=False)
        batch_op.create_check_constraint(op.f("ck_claim_checkresult"), RESULTS)
        batch_op.drop_index(op.f("ix_claim_employer_id_status_subject_id"))
        for columns in (
            ["approver_id", "status", "check_result", "id"],
            ["employer_id", "status", "subject", "check_result", "id"],
            ["evidence_key"],
        ):
            batch_op.create_index(op.f(f"ix_claim_{'_'.join(columns)}"), columns, unique=False)
    with op.batch_alter_table("claim_attachment", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("preview_key", sa.String(length=64), nullable=True, comment="预览图标识")
        )
        batch_op.add_column(sa.Column("image_hash", sa.BigInteger(), nullable=True, comment="图像指纹"))


def downgrade() -> None:
    with op.batch_alter_table("claim_attachment", schema=None) as batch_op:
        batch_op.drop_column("image_hash")
        batch_op.drop_column("preview_key")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_claim_checkresult"), type_="check")
        for columns in ("evidence_key", "employer_id_status_subject_check_result_id",
                        "approver_id_status_check_result_id"):  # fmt: skip
            batch_op.drop_index(op.f(f"ix_claim_{columns}"))
        batch_op.create_index(
            op.f("ix_claim_employer_id_status_subject_id"),
            ["employer_id", "status", "subject", "id"],
            unique=False,
        )
        batch_op.drop_column("check_result")
        batch_op.drop_column("title_key")
    op.drop_table("claim_finding")
