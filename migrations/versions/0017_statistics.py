"""Maintained counts of 统计分析 and marks of employers to be counted.

Every employer with people or entries is marked: the worker counts them within minutes of the upgrade.

Revises: 0016
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hours_count",
        sa.Column(
            "employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="当时单位",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="当时区域"),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="当时行业主管部门",
        ),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="计入年度"),
        sa.Column("month", sa.String(length=7), nullable=False, comment="入账月份"),
        sa.Column(
            "subject",
            sa.Enum(
                "public", "specialty", name="subject", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="科目类型",
        ),
        sa.Column(
            "kind_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="继续教育类型",
        ),
        sa.Column("hours", sa.Numeric(precision=14, scale=1), nullable=False, comment="学时"),
        sa.Column("entries", sa.BigInteger(), nullable=False, comment="笔数"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("entries > 0", name=op.f("ck_hours_count_something")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_hours_count_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["organization.id"], name=op.f("fk_hours_count_employer_id")
        ),
        sa.ForeignKeyConstraint(["kind_id"], ["claim_kind.id"], name=op.f("fk_hours_count_kind_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_hours_count_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hours_count")),
    )
    with op.batch_alter_table("hours_count", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_hours_count_authority_id_credit_year"),
            ["authority_id", "credit_year"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_hours_count_employer_id_credit_year"), ["employer_id", "credit_year"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_hours_count_region_code_credit_year"), ["region_code", "credit_year"], unique=False
        )

    op.create_table(
        "statistic_mark",
        sa.Column(
            "employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属单位",
        ),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False, comment="变动时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["organization.id"], name=op.f("fk_statistic_mark_employer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statistic_mark")),
    )
    with op.batch_alter_table("statistic_mark", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statistic_mark_employer_id"), ["employer_id"], unique=False)

    op.create_table(
        "people_count",
        sa.Column(
            "employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属单位",
        ),
        sa.Column(
            "department_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="所属部门",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="行业主管部门",
        ),
        sa.Column("title_level_code", sa.String(length=32), nullable=True, comment="职称级别"),
        sa.Column("credit_year", sa.Integer(), nullable=True, comment="已完成的年度"),
        sa.Column("people", sa.Integer(), nullable=False, comment="人数"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_people_count_somebody")),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_people_count_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_people_count_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["organization.id"], name=op.f("fk_people_count_employer_id")
        ),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_people_count_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_count")),
    )
    with op.batch_alter_table("people_count", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_people_count_authority_id_credit_year"),
            ["authority_id", "credit_year"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_people_count_employer_id_credit_year"),
            ["employer_id", "credit_year"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_people_count_region_code_credit_year"),
            ["region_code", "credit_year"],
            unique=False,
        )

    op.execute(
        "INSERT INTO statistic_mark (employer_id, marked_at) SELECT employer_id, CURRENT_TIMESTAMP FROM "
        "(SELECT employer_id FROM person UNION SELECT employer_id FROM ledger_entry) AS employers"
    )


def downgrade() -> None:
    op.drop_table("people_count")
    op.drop_table("statistic_mark")
    op.drop_table("hours_count")
