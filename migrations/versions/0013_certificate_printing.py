"""Orders of certificates and their person-years; 证书打印 is narrowed by state instead of 是否完成.

Revises: 0012
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "certificate_run",
        sa.Column("key", sa.String(length=32), nullable=False, comment="批次"),
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
            comment="办理人",
        ),
        sa.Column(
            "wanted",
            sa.Enum(
                "issue",
                "print",
                "both",
                name="certificateorder",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="办理内容",
        ),
        sa.Column(
            "form",
            sa.Enum(
                "pdf", "zip", name="certificateform", native_enum=False, create_constraint=True, length=20
            ),
            nullable=True,
            comment="文件形式",
        ),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "cancelled",
                "stopped",
                name="batchstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="进度",
        ),
        sa.Column("row_count", sa.Integer(), nullable=False, comment="人员年度数"),
        sa.Column("settled_count", sa.Integer(), nullable=False, comment="已核对数"),
        sa.Column("issued_count", sa.Integer(), nullable=False, comment="制发数"),
        sa.Column("printed_count", sa.Integer(), nullable=False, comment="打印数"),
        sa.Column("refused_count", sa.Integer(), nullable=False, comment="未办理数"),
        sa.Column("parts", sa.JSON(), nullable=False, comment="已打印的部分"),
        sa.Column("media_key", sa.String(length=64), nullable=True, comment="文件标识"),
        sa.Column(
            "file_size",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="文件大小（字节）",
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True, comment="文件保留至"),
        sa.Column("reason", sa.Text(), nullable=True, comment="中止原因"),
        sa.Column("request_id", sa.String(length=32), nullable=True, comment="请求标识"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="办理时间"),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False, comment="最近处理时间"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True, comment="结束时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(state <> 'running') = (finished_at IS NOT NULL)", name=op.f("ck_certificate_run_ended_has_time")
        ),
        sa.CheckConstraint(
            "(wanted = 'issue') = (form IS NULL)", name=op.f("ck_certificate_run_printing_has_form")
        ),
        sa.CheckConstraint(
            "state <> 'stopped' OR reason IS NOT NULL", name=op.f("ck_certificate_run_stopped_has_reason")
        ),
        sa.CheckConstraint(
            "media_key IS NULL OR expires_at IS NOT NULL", name=op.f("ck_certificate_run_file_expires")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_certificate_run_account_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_certificate_run_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_run")),
        sa.UniqueConstraint("key", name=op.f("uq_certificate_run_key")),
    )
    with op.batch_alter_table("certificate_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_certificate_run_media_key"), ["media_key"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_certificate_run_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_certificate_run_state_touched_at"), ["state", "touched_at"], unique=False
        )

    op.create_table(
        "certificate_run_item",
        sa.Column(
            "run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="证书办理"
        ),
        sa.Column(
            "summary_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="年度完成情况",
        ),
        sa.Column(
            "step",
            sa.Enum(
                "waiting",
                "ready",
                "done",
                "refused",
                "left",
                name="certificatestep",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="结果",
        ),
        sa.Column(
            "certificate_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="证书",
        ),
        sa.Column("issued", sa.Boolean(), nullable=False, comment="本次制发"),
        sa.Column("reason", sa.Text(), nullable=True, comment="未办理的原因"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_run_item_certificate_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["certificate_run.id"],
            name=op.f("fk_certificate_run_item_run_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_run_item")),
        sa.UniqueConstraint("run_id", "summary_id", name=op.f("uq_certificate_run_item_run_id_summary_id")),
    )
    with op.batch_alter_table("certificate_run_item", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certificate_run_item_run_id_step_id"), ["run_id", "step", "id"], unique=False
        )

    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certificate_person_id_credit_year_status"),
            ["person_id", "credit_year", "status"],
            unique=False,
        )
    _rename_view("已完成", "complete", "1", "可以办理", "state", "ready")


def _rename_view(name: str, field: str, value: str, new_name: str, new_field: str, new_value: str) -> None:
    """Let the view everybody is offered ask for what its grid is narrowed by now."""
    view = sa.table(
        "saved_view",
        sa.column("endpoint"),
        sa.column("name"),
        sa.column("arguments", sa.JSON),
        sa.column("audience"),
    )
    op.execute(
        view.update()
        .where(view.c.endpoint == "certificate-printing", view.c.audience == "system", view.c.name == name)
        .where(sa.cast(view.c.arguments, sa.Text).contains(f'"{field}": "{value}"'))
        .values(name=new_name, arguments={new_field: new_value})
    )


def downgrade() -> None:
    _rename_view("可以办理", "state", "ready", "已完成", "complete", "1")
    with op.batch_alter_table("certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificate_person_id_credit_year_status"))

    op.drop_table("certificate_run_item")
    op.drop_table("certificate_run")
