"""accounts.

Revises: 0002
Written: 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "login_throttle",
        sa.Column("key", sa.String(length=64), nullable=False, comment="对象摘要"),
        sa.Column("failures", sa.Integer(), nullable=False, comment="失败次数"),
        sa.Column("counted_since", sa.DateTime(timezone=True), nullable=False, comment="计数开始"),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True, comment="锁定至"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_throttle")),
        sa.UniqueConstraint("key", name=op.f("uq_login_throttle_key")),
    )
    with op.batch_alter_table("login_throttle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_throttle_counted_since"), ["counted_since"], unique=False)

    op.create_table(
        "outgoing_mail",
        sa.Column("key", sa.String(length=32), nullable=False, comment="标识"),
        sa.Column("template", sa.String(length=32), nullable=False, comment="模板"),
        sa.Column("recipient", sa.String(length=254), nullable=False, comment="收件地址"),
        sa.Column("subject", sa.Text(), nullable=False, comment="主题"),
        sa.Column("body", sa.Text(), nullable=False, comment="正文"),
        sa.Column("html", sa.Text(), nullable=False, comment="网页正文"),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sent",
                "failed",
                "withheld",
                name="mailstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="状态",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="生成时间"),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="已尝试次数"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, comment="下次发送时间"),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True, comment="发出时间"),
        sa.Column("error", sa.Text(), nullable=False, comment="未发出的原因"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_outgoing_mail_sent_has_time")
        ),
        sa.CheckConstraint(
            "state <> 'failed' OR error <> ''", name=op.f("ck_outgoing_mail_failed_has_error")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'failed') OR (body = '' AND html = '')",
            name=op.f("ck_outgoing_mail_gone_has_no_body"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_outgoing_mail_key")),
    )
    with op.batch_alter_table("outgoing_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outgoing_mail_created_at"), ["created_at"], unique=False)
        batch_op.create_index(
            "ix_outgoing_mail_due",
            ["due_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "import_run",
        sa.Column("kind", sa.String(length=32), nullable=False, comment="导入内容"),
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="导入人",
        ),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属机构",
        ),
        sa.Column("filename", sa.String(length=200), nullable=False, comment="文件名"),
        sa.Column("columns", sa.JSON(), nullable=False, comment="列"),
        sa.Column(
            "state",
            sa.Enum(
                "checked",
                "running",
                "done",
                "stopped",
                name="importstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="状态",
        ),
        sa.Column("row_count", sa.Integer(), nullable=False, comment="总行数"),
        sa.Column("good_count", sa.Integer(), nullable=False, comment="可导入行数"),
        sa.Column("bad_count", sa.Integer(), nullable=False, comment="错误行数"),
        sa.Column("known_count", sa.Integer(), nullable=False, comment="已有行数"),
        sa.Column("done_count", sa.Integer(), nullable=False, comment="已导入行数"),
        sa.Column("reason", sa.Text(), nullable=True, comment="中止原因"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="校验时间"),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False, comment="最近处理时间"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True, comment="结束时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(state IN ('done', 'stopped')) = (finished_at IS NOT NULL)",
            name=op.f("ck_import_run_ended_has_time"),
        ),
        sa.CheckConstraint(
            "state <> 'stopped' OR reason IS NOT NULL", name=op.f("ck_import_run_stopped_has_reason")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_import_run_account_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_import_run_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    with op.batch_alter_table("import_run", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_import_run_organization_id_kind_id"),
            ["organization_id", "kind", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_import_run_state_touched_at"), ["state", "touched_at"], unique=False
        )

    op.create_table(
        "login_session",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="账户"
        ),
        sa.Column("key_hash", sa.String(length=64), nullable=False, comment="会话密钥摘要"),
        sa.Column("address", sa.String(length=45), nullable=False, comment="网络地址"),
        sa.Column("device", sa.String(length=60), nullable=False, comment="设备"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="登录时间"),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False, comment="最近使用"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True, comment="结束时间"),
        sa.Column(
            "ended_why",
            sa.Enum(
                "logout",
                "idle",
                "expired",
                "elsewhere",
                "password",
                "disabled",
                name="sessionend",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=True,
            comment="结束原因",
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_login_session_ended_has_reason")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_session_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_login_session_key_hash")),
    )
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_login_session_account_id_id"), ["account_id", "id"], unique=False
        )

    op.create_table(
        "recovery_code",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="账户"
        ),
        sa.Column("code_hash", sa.String(length=64), nullable=False, comment="备用码摘要"),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True, comment="使用时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("account_id", "code_hash", name=op.f("uq_recovery_code_account_id_code_hash")),
    )
    op.create_table(
        "recovery_link",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="账户"
        ),
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="链接摘要"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="申请时间"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="失效时间"),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True, comment="使用时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_link_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_recovery_link_token_hash")),
    )
    with op.batch_alter_table("recovery_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_link_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_recovery_link_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "second_factor",
        sa.Column(
            "account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="账户"
        ),
        sa.Column("secret", sa.String(length=255), nullable=False, comment="密钥"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="设置时间"),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True, comment="启用时间"),
        sa.Column("last_step", sa.Integer(), nullable=True, comment="最近时间步"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("account_id", name=op.f("uq_second_factor_account_id")),
    )
    op.create_table(
        "import_row",
        sa.Column(
            "run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="导入记录"
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="行号"),
        sa.Column(
            "outcome",
            sa.Enum(
                "good",
                "bad",
                "known",
                "done",
                name="rowoutcome",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="结果",
        ),
        sa.Column("cells", sa.Text(), nullable=False, comment="单元格"),
        sa.Column("errors", sa.Text(), nullable=False, comment="错误"),
        sa.Column(
            "object_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="生成的记录",
        ),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_run.id"], name=op.f("fk_import_row_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_row")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_import_row_run_id_number")),
    )
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_import_row_run_id_outcome_number"), ["run_id", "outcome", "number"], unique=False
        )

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "initial_password_until",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="初始密码有效期至",
            )
        )

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True, comment="离职退休日期"))
        batch_op.create_check_constraint(
            batch_op.f("ck_person_gone_has_date"), "(state IN ('left', 'retired')) = (left_on IS NOT NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_person_gone_has_date"), type_="check")
        batch_op.drop_column("left_on")

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_column("initial_password_until")

    op.drop_table("import_row")
    op.drop_table("second_factor")
    op.drop_table("recovery_link")
    op.drop_table("recovery_code")
    op.drop_table("login_session")
    op.drop_table("import_run")
    op.drop_table("outgoing_mail")
    op.drop_table("login_throttle")
