"""foundation.

Revises: nothing
Written: 2026-11-24
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915
    op.create_table(
        "announcement",
        sa.Column("title", sa.String(length=200), nullable=False, comment="标题"),
        sa.Column("body", sa.Text(), nullable=False, comment="内容"),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="发布日期"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="下线日期"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_announcement_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_table(
        "captcha_challenge",
        sa.Column("token", sa.String(length=43), nullable=False, comment="标识"),
        sa.Column("answer", sa.String(length=8), nullable=False, comment="答案"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, comment="失效时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captcha_challenge")),
        sa.UniqueConstraint("token", name=op.f("uq_captcha_challenge_token")),
    )
    op.create_index(
        op.f("ix_captcha_challenge_expires_at"), "captcha_challenge", ["expires_at"], unique=False
    )
    op.create_table(
        "certificate_serial",
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="区域"),
        sa.Column("last", sa.Integer(), nullable=False, comment="最后流水号"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_serial")),
        sa.UniqueConstraint(
            "credit_year", "region_code", name=op.f("uq_certificate_serial_credit_year_region_code")
        ),
    )
    op.create_table(
        "claim_kind",
        sa.Column("code", sa.String(length=32), nullable=False, comment="代码"),
        sa.Column("name", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column("position", sa.Integer(), nullable=False, comment="顺序"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_kind")),
        sa.UniqueConstraint("code", name=op.f("uq_claim_kind_code")),
    )
    op.create_table(
        "credit_year",
        sa.Column("year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column("claims_open", sa.Date(), nullable=False, comment="申报开始"),
        sa.Column("claims_close", sa.Date(), nullable=False, comment="申报截止"),
        sa.Column("approvals_open", sa.Date(), nullable=False, comment="审批开始"),
        sa.Column("approvals_close", sa.Date(), nullable=False, comment="审批截止"),
        sa.Column("note", sa.String(length=200), nullable=False, comment="说明"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("approvals_close >= approvals_open", name=op.f("ck_credit_year_approvals_period")),
        sa.CheckConstraint("claims_close >= claims_open", name=op.f("ck_credit_year_claims_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_year")),
        sa.UniqueConstraint("year", name=op.f("uq_credit_year_year")),
    )
    op.create_table(
        "dictionary",
        sa.Column("code", sa.String(length=32), nullable=False, comment="代码"),
        sa.Column("label", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column("source", sa.String(length=200), nullable=False, comment="依据"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary")),
        sa.UniqueConstraint("code", name=op.f("uq_dictionary_code")),
    )
    op.create_table(
        "journal_seal",
        sa.Column(
            "first_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="首条"
        ),
        sa.Column(
            "last_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="末条"
        ),
        sa.Column("digests", sa.LargeBinary(), nullable=False, comment="摘要"),
        sa.Column("chain", sa.String(length=64), nullable=False, comment="链值"),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False, comment="封存时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_seal")),
        sa.UniqueConstraint("chain", name=op.f("uq_journal_seal_chain")),
        sa.UniqueConstraint("last_id", name=op.f("uq_journal_seal_last_id")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=6), nullable=False, comment="区划代码"),
        sa.Column("name", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column(
            "level",
            sa.Enum(
                "province",
                "city",
                "county",
                name="regionlevel",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="级别",
        ),
        sa.Column("parent_code", sa.String(length=6), nullable=True, comment="上级区划"),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="启用日期"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="停用日期"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["parent_code"], ["region.code"], name=op.f("fk_region_parent_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("code", name=op.f("uq_region_code")),
    )
    op.create_index(op.f("ix_region_parent_code"), "region", ["parent_code"], unique=False)
    op.create_table(
        "claim_kind_version",
        sa.Column(
            "kind_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="类型"
        ),
        sa.Column("number", sa.Integer(), nullable=False, comment="版本"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False, comment="发布时间"),
        sa.Column("subjects", sa.JSON(), nullable=False, comment="科目类型"),
        sa.Column("title_label", sa.String(length=200), nullable=False, comment="名称项的标签"),
        sa.Column("recurring", sa.Boolean(), nullable=False, comment="每年重复计学时"),
        sa.Column("proof", sa.Text(), nullable=False, comment="证明材料"),
        sa.Column("help", sa.Text(), nullable=False, comment="说明"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["kind_id"], ["claim_kind.id"], name=op.f("fk_claim_kind_version_kind_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_kind_version")),
        sa.UniqueConstraint("kind_id", "number", name=op.f("uq_claim_kind_version_kind_id_number")),
    )
    op.create_table(
        "dictionary_item",
        sa.Column("dictionary_code", sa.String(length=32), nullable=False, comment="字典"),
        sa.Column("code", sa.String(length=32), nullable=False, comment="代码"),
        sa.Column("label", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column("parent_code", sa.String(length=32), nullable=True, comment="上级代码"),
        sa.Column("position", sa.Integer(), nullable=False, comment="顺序"),
        sa.Column("valid_from", sa.Date(), nullable=True, comment="启用日期"),
        sa.Column("valid_to", sa.Date(), nullable=True, comment="停用日期"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from",
            name=op.f("ck_dictionary_item_period"),
        ),
        sa.ForeignKeyConstraint(
            ["dictionary_code"], ["dictionary.code"], name=op.f("fk_dictionary_item_dictionary_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dictionary_item")),
        sa.UniqueConstraint("dictionary_code", "code", name=op.f("uq_dictionary_item_dictionary_code_code")),
    )
    op.create_table(
        "hour_rule",
        sa.Column("code", sa.String(length=64), nullable=False, comment="代码"),
        sa.Column("version", sa.Integer(), nullable=False, comment="版本"),
        sa.Column("kind_code", sa.String(length=32), nullable=False, comment="类型"),
        sa.Column("name", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column("priority", sa.Integer(), nullable=False, comment="次序"),
        sa.Column("subject", sa.String(length=32), nullable=True, comment="科目类型"),
        sa.Column("definition", sa.JSON(), nullable=False, comment="规则内容"),
        sa.Column("effective_from", sa.Integer(), nullable=False, comment="起始年度"),
        sa.Column("effective_to", sa.Integer(), nullable=True, comment="截止年度"),
        sa.Column("legal_basis", sa.Text(), nullable=False, comment="依据"),
        sa.Column("confirmed", sa.Boolean(), nullable=False, comment="已核定"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "effective_to IS NULL OR effective_to >= effective_from", name=op.f("ck_hour_rule_period")
        ),
        sa.ForeignKeyConstraint(["kind_code"], ["claim_kind.code"], name=op.f("fk_hour_rule_kind_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hour_rule")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_hour_rule_code_version")),
    )
    op.create_index(
        op.f("ix_hour_rule_kind_code_priority"), "hour_rule", ["kind_code", "priority"], unique=False
    )
    op.create_table(
        "organization",
        sa.Column(
            "kind",
            sa.Enum(
                "employer",
                "institution",
                "bureau",
                "authority",
                "province",
                "system",
                name="organizationkind",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="机构类型",
        ),
        sa.Column("code", sa.String(length=9), nullable=False, comment="组织机构代码"),
        sa.Column("credit_code", sa.String(length=18), nullable=True, comment="统一社会信用代码"),
        sa.Column("name", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column("name_initials", sa.String(length=200), nullable=False, comment="名称拼音首字母"),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "active",
                "disabled",
                "void",
                name="organizationstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="状态",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=True, comment="所属区域"),
        sa.Column(
            "bureau_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="同级人社部门",
        ),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="行业主管部门",
        ),
        sa.Column("industry_code", sa.String(length=32), nullable=True, comment="所属行业"),
        sa.Column("nature_code", sa.String(length=32), nullable=True, comment="单位性质"),
        sa.Column("affiliation_code", sa.String(length=32), nullable=True, comment="隶属关系"),
        sa.Column("level_code", sa.String(length=32), nullable=True, comment="单位级别"),
        sa.Column("address", sa.String(length=200), nullable=False, comment="地址"),
        sa.Column("contact", sa.String(length=200), nullable=False, comment="联系人"),
        sa.Column("phone", sa.String(length=200), nullable=False, comment="联系电话"),
        sa.Column("certificate_key", sa.String(length=64), nullable=True, comment="代码证扫描件"),
        sa.Column("certificate_mime", sa.String(length=64), nullable=True, comment="扫描件类型"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="登记时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "kind <> 'authority' OR industry_code IS NOT NULL",
            name=op.f("ck_organization_authority_has_industry"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('employer', 'institution', 'bureau') OR region_code IS NOT NULL",
            name=op.f("ck_organization_has_region"),
        ),
        sa.CheckConstraint(
            "kind NOT IN ('employer', 'institution', 'bureau', 'authority') OR bureau_id IS NOT NULL",
            name=op.f("ck_organization_has_bureau"),
        ),
        sa.CheckConstraint(
            "bureau_id IS NULL OR bureau_id <> id", name=op.f("ck_organization_not_its_own_bureau")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_organization_authority_id")
        ),
        sa.ForeignKeyConstraint(["bureau_id"], ["organization.id"], name=op.f("fk_organization_bureau_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_organization_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization")),
    )
    op.create_index(
        op.f("ix_organization_authority_id_id"), "organization", ["authority_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_organization_bureau_id_status_id"),
        "organization",
        ["bureau_id", "status", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_organization_name_initials"), "organization", ["name_initials"], unique=False)
    op.create_index(
        op.f("ix_organization_region_code_kind_id"),
        "organization",
        ["region_code", "kind", "id"],
        unique=False,
    )
    op.create_index(
        "uq_organization_code",
        "organization",
        ["code"],
        unique=True,
        sqlite_where=sa.text("status <> 'void'"),
        postgresql_where=sa.text("status <> 'void'"),
    )
    op.create_index(
        "uq_organization_single_office",
        "organization",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("kind IN ('province', 'system')"),
        postgresql_where=sa.text("kind IN ('province', 'system')"),
    )
    op.create_table(
        "requirement",
        sa.Column("year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column(
            "title_level_group",
            sa.Enum(
                "any",
                "senior_middle",
                "junior",
                name="titlelevelgroup",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="职称级别组",
        ),
        sa.Column("public_hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="公需学时"),
        sa.Column("specialty_hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="专业学时"),
        sa.Column("total_hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="总学时"),
        sa.Column("legal_basis", sa.String(length=200), nullable=False, comment="依据"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["year"], ["credit_year.year"], name=op.f("fk_requirement_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requirement")),
    )
    op.create_index(
        op.f("ix_requirement_year_title_level_group"),
        "requirement",
        ["year", "title_level_group"],
        unique=True,
    )
    op.create_table(
        "claim_item",
        sa.Column(
            "kind_version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="类型版本",
        ),
        sa.Column("code", sa.String(length=32), nullable=False, comment="代码"),
        sa.Column("label", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column(
            "type",
            sa.Enum(
                "text",
                "textarea",
                "integer",
                "decimal",
                "date",
                "boolean",
                "choice",
                "multiple_choice",
                name="itemtype",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="填写方式",
        ),
        sa.Column("dictionary_code", sa.String(length=32), nullable=True, comment="字典"),
        sa.Column("required", sa.Boolean(), nullable=False, comment="必填"),
        sa.Column("evidence", sa.Boolean(), nullable=False, comment="证据编号"),
        sa.Column("help", sa.String(length=200), nullable=False, comment="提示"),
        sa.Column("position", sa.Integer(), nullable=False, comment="顺序"),
        sa.Column("maximum_length", sa.Integer(), nullable=True, comment="最大长度"),
        sa.Column("minimum", sa.Double(), nullable=True, comment="最小值"),
        sa.Column("maximum", sa.Double(), nullable=True, comment="最大值"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(type IN ('choice', 'multiple_choice')) = (dictionary_code IS NOT NULL)",
            name=op.f("ck_claim_item_choice_has_dictionary"),
        ),
        sa.ForeignKeyConstraint(
            ["dictionary_code"], ["dictionary.code"], name=op.f("fk_claim_item_dictionary_code")
        ),
        sa.ForeignKeyConstraint(
            ["kind_version_id"], ["claim_kind_version.id"], name=op.f("fk_claim_item_kind_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_item")),
        sa.UniqueConstraint("kind_version_id", "code", name=op.f("uq_claim_item_kind_version_id_code")),
    )
    op.create_table(
        "department",
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属单位",
        ),
        sa.Column(
            "parent_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="上级部门",
        ),
        sa.Column("name", sa.String(length=200), nullable=False, comment="部门名称"),
        sa.Column("position", sa.Integer(), nullable=False, comment="顺序"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "parent_id IS NULL OR parent_id <> id", name=op.f("ck_department_not_its_own_parent")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_department_organization_id")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["department.id"], name=op.f("fk_department_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department")),
        sa.UniqueConstraint(
            "organization_id", "parent_id", "name", name=op.f("uq_department_organization_id_parent_id_name")
        ),
    )
    op.create_index(op.f("ix_department_organization_id"), "department", ["organization_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("citizen_id", sa.String(length=255), nullable=False, comment="身份证号"),
        sa.Column("citizen_id_index", sa.String(length=64), nullable=False, comment="身份证号索引"),
        sa.Column("name", sa.String(length=200), nullable=False, comment="姓名"),
        sa.Column("name_initials", sa.String(length=200), nullable=False, comment="姓名拼音首字母"),
        sa.Column(
            "sex",
            sa.Enum("1", "2", name="sex", native_enum=False, create_constraint=True, length=20),
            nullable=False,
            comment="性别",
        ),
        sa.Column("birth_date", sa.Date(), nullable=False, comment="出生年月"),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "in_service",
                "left",
                "retired",
                "void",
                name="personstate",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="人员状态",
        ),
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
        sa.Column("ethnicity_code", sa.String(length=32), nullable=True, comment="民族"),
        sa.Column("native_place", sa.String(length=200), nullable=False, comment="籍贯"),
        sa.Column("school", sa.String(length=200), nullable=False, comment="毕业院校"),
        sa.Column("major_code", sa.String(length=32), nullable=True, comment="所学专业"),
        sa.Column("education_code", sa.String(length=32), nullable=True, comment="学历"),
        sa.Column("degree_code", sa.String(length=32), nullable=True, comment="学位"),
        sa.Column("title_series_code", sa.String(length=32), nullable=True, comment="职称系列"),
        sa.Column("title_level_code", sa.String(length=32), nullable=True, comment="职称级别"),
        sa.Column("mobile", sa.String(length=200), nullable=False, comment="手机"),
        sa.Column("email", sa.String(length=200), nullable=False, comment="电子邮箱"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="登记时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_person_has_name")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_person_authority_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_person_department_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["organization.id"], name=op.f("fk_person_employer_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_person_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index(op.f("ix_person_authority_id_id"), "person", ["authority_id", "id"], unique=False)
    op.create_index(
        op.f("ix_person_employer_id_department_id_id"),
        "person",
        ["employer_id", "department_id", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_person_employer_id_id"), "person", ["employer_id", "id"], unique=False)
    op.create_index(op.f("ix_person_name"), "person", ["name"], unique=False)
    op.create_index(op.f("ix_person_name_initials"), "person", ["name_initials"], unique=False)
    op.create_index(op.f("ix_person_region_code_id"), "person", ["region_code", "id"], unique=False)
    op.create_index(
        "uq_person_citizen_id",
        "person",
        ["citizen_id_index"],
        unique=True,
        sqlite_where=sa.text("state <> 'void'"),
        postgresql_where=sa.text("state <> 'void'"),
    )
    op.create_table(
        "account",
        sa.Column(
            "user_type",
            sa.Enum(
                "person",
                "employer",
                "institution",
                "bureau",
                "authority",
                "province",
                "system",
                name="usertype",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="用户类型",
        ),
        sa.Column(
            "organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="所属机构",
        ),
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="专业技术人员",
        ),
        sa.Column("citizen_id", sa.String(length=255), nullable=False, comment="身份证号"),
        sa.Column("citizen_id_index", sa.String(length=64), nullable=False, comment="身份证号索引"),
        sa.Column("real_name", sa.String(length=200), nullable=False, comment="真实姓名"),
        sa.Column("mobile", sa.String(length=200), nullable=False, comment="手机"),
        sa.Column("email", sa.String(length=200), nullable=False, comment="电子邮箱"),
        sa.Column("password", sa.String(length=255), nullable=False, comment="密码"),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False, comment="会话标识"),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "active",
                "rejected",
                "withdrawn",
                "disabled",
                name="accountstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="账户状态",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column(
            "approver_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审核机构",
        ),
        sa.Column(
            "decided_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审核人",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="审核时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="审核意见"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="注册时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status IN ('active', 'rejected', 'disabled')) = (decided_at IS NOT NULL)",
            name=op.f("ck_account_decided_has_time"),
        ),
        sa.CheckConstraint(
            "(user_type = 'person') = (organization_id IS NULL)",
            name=op.f("ck_account_administrator_has_organization"),
        ),
        sa.CheckConstraint(
            "(user_type = 'person') = (person_id IS NOT NULL)", name=op.f("ck_account_person_has_person")
        ),
        sa.CheckConstraint(
            "status <> 'rejected' OR (reason IS NOT NULL AND decided_by_id IS NOT NULL)",
            name=op.f("ck_account_rejected_has_reason"),
        ),
        sa.ForeignKeyConstraint(["approver_id"], ["organization.id"], name=op.f("fk_account_approver_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_account_decided_by_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_account_organization_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_account_fs_uniquifier")),
    )
    op.create_index(
        op.f("ix_account_approver_id_status_id"), "account", ["approver_id", "status", "id"], unique=False
    )
    op.create_index(op.f("ix_account_citizen_id_index"), "account", ["citizen_id_index"], unique=False)
    op.create_index(op.f("ix_account_person_id"), "account", ["person_id"], unique=False)
    op.create_index(
        "uq_account_administrator",
        "account",
        ["organization_id", "citizen_id_index"],
        unique=True,
        sqlite_where=sa.text("organization_id IS NOT NULL AND status NOT IN ('rejected', 'withdrawn')"),
        postgresql_where=sa.text("organization_id IS NOT NULL AND status NOT IN ('rejected', 'withdrawn')"),
    )
    op.create_index(
        "uq_account_person_citizen",
        "account",
        ["citizen_id_index"],
        unique=True,
        sqlite_where=sa.text("user_type = 'person' AND status NOT IN ('rejected', 'withdrawn')"),
        postgresql_where=sa.text("user_type = 'person' AND status NOT IN ('rejected', 'withdrawn')"),
    )
    op.create_table(
        "year_summary",
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="专业技术人员",
        ),
        sa.Column(
            "employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="所属单位",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="所属区域"),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="行业主管部门",
        ),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column("public_hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="公需学时"),
        sa.Column("specialty_hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="专业学时"),
        sa.Column("specialty_completions", sa.Integer(), nullable=False, comment="视为完成专业科目的次数"),
        sa.Column("required_public", sa.Numeric(precision=6, scale=1), nullable=False, comment="应修公需"),
        sa.Column("required_specialty", sa.Numeric(precision=6, scale=1), nullable=False, comment="应修专业"),
        sa.Column("required_total", sa.Numeric(precision=6, scale=1), nullable=False, comment="应修总学时"),
        sa.Column("complete", sa.Boolean(), nullable=False, comment="是否完成"),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, comment="更新时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "public_hours >= 0 AND specialty_hours >= 0", name=op.f("ck_year_summary_hours_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_year_summary_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["credit_year"], ["credit_year.year"], name=op.f("fk_year_summary_credit_year")
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["organization.id"], name=op.f("fk_year_summary_employer_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_year_summary_person_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_year_summary_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_year_summary")),
    )
    op.create_index(
        op.f("ix_year_summary_employer_id_credit_year_complete_id"),
        "year_summary",
        ["employer_id", "credit_year", "complete", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_year_summary_region_code_credit_year_id"),
        "year_summary",
        ["region_code", "credit_year", "id"],
        unique=False,
    )
    op.create_index("uq_year_summary_person_year", "year_summary", ["person_id", "credit_year"], unique=True)
    op.create_table(
        "batch",
        sa.Column("key", sa.String(length=32), nullable=False, comment="批次"),
        sa.Column("workflow", sa.String(length=32), nullable=False, comment="流程"),
        sa.Column("transition", sa.String(length=32), nullable=False, comment="操作"),
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False, comment="操作人"
        ),
        sa.Column("reason", sa.Text(), nullable=True, comment="原因"),
        sa.Column("parameters", sa.JSON(), nullable=False, comment="参数"),
        sa.Column("done_count", sa.Integer(), nullable=False, comment="完成"),
        sa.Column("skipped_count", sa.Integer(), nullable=False, comment="未处理"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_batch_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
        sa.UniqueConstraint("key", name=op.f("uq_batch_key")),
    )
    op.create_index(op.f("ix_batch_actor_id_id"), "batch", ["actor_id", "id"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("number", sa.String(length=32), nullable=False, comment="证书编号"),
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="专业技术人员",
        ),
        sa.Column(
            "employer_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="发证时单位",
        ),
        sa.Column("region_code", sa.String(length=6), nullable=False, comment="发证时区域"),
        sa.Column(
            "authority_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="发证时行业主管部门",
        ),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="年度"),
        sa.Column(
            "status",
            sa.Enum(
                "valid",
                "revoked",
                name="certificatestatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="证书状态",
        ),
        sa.Column("snapshot", sa.JSON(), nullable=False, comment="证书内容"),
        sa.Column("seal", sa.String(length=64), nullable=False, comment="内容校验"),
        sa.Column(
            "issued_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="制证人",
        ),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False, comment="制证时间"),
        sa.Column("print_count", sa.Integer(), nullable=False, comment="打印次数"),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="撤销时间"),
        sa.Column("revoked_reason", sa.Text(), nullable=True, comment="撤销原因"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status = 'revoked') = (revoked_at IS NOT NULL AND revoked_reason IS NOT NULL)",
            name=op.f("ck_certificate_revoked_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_certificate_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["credit_year"], ["credit_year.year"], name=op.f("fk_certificate_credit_year")
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["organization.id"], name=op.f("fk_certificate_employer_id")
        ),
        sa.ForeignKeyConstraint(["issued_by_id"], ["account.id"], name=op.f("fk_certificate_issued_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_person_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_certificate_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_certificate_number")),
    )
    op.create_index(
        op.f("ix_certificate_employer_id_credit_year_id"),
        "certificate",
        ["employer_id", "credit_year", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_certificate_region_code_credit_year_id"),
        "certificate",
        ["region_code", "credit_year", "id"],
        unique=False,
    )
    op.create_index(
        "uq_certificate_one_valid",
        "certificate",
        ["person_id", "credit_year"],
        unique=True,
        sqlite_where=sa.text("status = 'valid'"),
        postgresql_where=sa.text("status = 'valid'"),
    )
    op.create_table(
        "claim",
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="专业技术人员",
        ),
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
        sa.Column(
            "kind_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="继续教育类型",
        ),
        sa.Column(
            "kind_version_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="类型版本",
        ),
        sa.Column("credit_year", sa.Integer(), nullable=False, comment="计入年度"),
        sa.Column(
            "subject",
            sa.Enum(
                "public", "specialty", name="subject", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="科目类型",
        ),
        sa.Column("title", sa.String(length=200), nullable=False, comment="名称"),
        sa.Column("start_date", sa.Date(), nullable=False, comment="开始日期"),
        sa.Column("end_date", sa.Date(), nullable=False, comment="结束日期"),
        sa.Column("content", sa.String(length=1000), nullable=False, comment="内容"),
        sa.Column("items", sa.JSON(), nullable=False, comment="类型项目"),
        sa.Column("complete", sa.Boolean(), nullable=False, comment="填写完整"),
        sa.Column("evidence_key", sa.String(length=64), nullable=False, comment="证据标识"),
        sa.Column("computed_hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="核算学时"),
        sa.Column("hours_explanation", sa.Text(), nullable=False, comment="学时说明"),
        sa.Column("rule_code", sa.String(length=64), nullable=True, comment="学时规则"),
        sa.Column("rule_version", sa.Integer(), nullable=True, comment="规则版本"),
        sa.Column("completes_specialty_year", sa.Boolean(), nullable=False, comment="视为完成专业科目"),
        sa.Column("awarded_hours", sa.Numeric(precision=6, scale=1), nullable=True, comment="认定学时"),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "submitted",
                "returned",
                "accepted",
                "declared",
                "approved",
                "rejected",
                "revoked",
                name="claimstatus",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
            comment="认定结果",
        ),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, comment="状态时间"),
        sa.Column(
            "approver_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审批机构",
        ),
        sa.Column(
            "registered_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="代登记人",
        ),
        sa.Column("submission_key", sa.String(length=32), nullable=True, comment="提交标识"),
        sa.Column(
            "declared_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="申报人",
        ),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True, comment="申报时间"),
        sa.Column(
            "decided_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="审批人",
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True, comment="审批时间"),
        sa.Column("reason", sa.Text(), nullable=True, comment="审核意见"),
        sa.Column(
            "revoked_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="撤销人",
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="撤销时间"),
        sa.Column("revoked_reason", sa.Text(), nullable=True, comment="撤销原因"),
        sa.Column("revision", sa.Integer(), nullable=False, comment="修订号"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="填报时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(status = 'revoked') = (revoked_at IS NOT NULL AND revoked_by_id IS NOT NULL AND revoked_reason IS NOT NULL)",
            name=op.f("ck_claim_revoked_has_reason"),
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'rejected', 'revoked')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name=op.f("ck_claim_decided_has_decider"),
        ),
        sa.CheckConstraint(
            "(status IN ('approved', 'revoked')) = (awarded_hours IS NOT NULL)",
            name=op.f("ck_claim_approved_has_hours"),
        ),
        sa.CheckConstraint(
            "(status IN ('declared', 'approved', 'rejected', 'revoked')) = (declared_at IS NOT NULL AND declared_by_id IS NOT NULL AND approver_id IS NOT NULL)",
            name=op.f("ck_claim_declared_has_approver"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'returned') OR complete", name=op.f("ck_claim_beyond_draft_is_complete")
        ),
        sa.CheckConstraint(
            "status NOT IN ('returned', 'rejected') OR reason IS NOT NULL",
            name=op.f("ck_claim_refused_has_reason"),
        ),
        sa.CheckConstraint(
            "awarded_hours IS NULL OR (awarded_hours >= 0 AND awarded_hours <= computed_hours)",
            name=op.f("ck_claim_awarded_within_rule"),
        ),
        sa.CheckConstraint("computed_hours >= 0", name=op.f("ck_claim_hours_not_negative")),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_claim_period")),
        sa.ForeignKeyConstraint(["approver_id"], ["organization.id"], name=op.f("fk_claim_approver_id")),
        sa.ForeignKeyConstraint(["authority_id"], ["organization.id"], name=op.f("fk_claim_authority_id")),
        sa.ForeignKeyConstraint(["credit_year"], ["credit_year.year"], name=op.f("fk_claim_credit_year")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_claim_decided_by_id")),
        sa.ForeignKeyConstraint(["declared_by_id"], ["account.id"], name=op.f("fk_claim_declared_by_id")),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name=op.f("fk_claim_department_id")),
        sa.ForeignKeyConstraint(["employer_id"], ["organization.id"], name=op.f("fk_claim_employer_id")),
        sa.ForeignKeyConstraint(["kind_id"], ["claim_kind.id"], name=op.f("fk_claim_kind_id")),
        sa.ForeignKeyConstraint(
            ["kind_version_id"], ["claim_kind_version.id"], name=op.f("fk_claim_kind_version_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_claim_person_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_claim_region_code")),
        sa.ForeignKeyConstraint(["registered_by_id"], ["account.id"], name=op.f("fk_claim_registered_by_id")),
        sa.ForeignKeyConstraint(["revoked_by_id"], ["account.id"], name=op.f("fk_claim_revoked_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        sa.UniqueConstraint("submission_key", name=op.f("uq_claim_submission_key")),
    )
    op.create_index(
        op.f("ix_claim_approver_id_status_id"), "claim", ["approver_id", "status", "id"], unique=False
    )
    op.create_index(op.f("ix_claim_credit_year_id"), "claim", ["credit_year", "id"], unique=False)
    op.create_index(op.f("ix_claim_employer_id_id"), "claim", ["employer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_claim_employer_id_status_subject_id"),
        "claim",
        ["employer_id", "status", "subject", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_claim_person_id_evidence_key"), "claim", ["person_id", "evidence_key"], unique=False
    )
    op.create_index(op.f("ix_claim_person_id_id"), "claim", ["person_id", "id"], unique=False)
    op.create_index(op.f("ix_claim_region_code_id"), "claim", ["region_code", "id"], unique=False)
    op.create_table(
        "journal_entry",
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False, comment="时间"),
        sa.Column(
            "actor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True, comment="操作人"
        ),
        sa.Column(
            "actor_organization_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="操作机构",
        ),
        sa.Column(
            "on_behalf_of_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="代办对象",
        ),
        sa.Column("object_type", sa.String(length=32), nullable=False, comment="对象类型"),
        sa.Column("object_id", sa.Integer(), nullable=False, comment="对象序号"),
        sa.Column("action", sa.String(length=32), nullable=False, comment="操作"),
        sa.Column("from_status", sa.String(length=32), nullable=True, comment="原状态"),
        sa.Column("to_status", sa.String(length=32), nullable=True, comment="新状态"),
        sa.Column("reason", sa.Text(), nullable=True, comment="原因"),
        sa.Column("details", sa.JSON(), nullable=False, comment="内容"),
        sa.Column("request_id", sa.String(length=32), nullable=True, comment="请求标识"),
        sa.Column("batch_id", sa.String(length=32), nullable=True, comment="批次"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["actor_id"], ["account.id"], name=op.f("fk_journal_entry_actor_id")),
        sa.ForeignKeyConstraint(
            ["actor_organization_id"],
            ["organization.id"],
            name=op.f("fk_journal_entry_actor_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["on_behalf_of_id"], ["person.id"], name=op.f("fk_journal_entry_on_behalf_of_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
    )
    op.create_index(op.f("ix_journal_entry_actor_id_id"), "journal_entry", ["actor_id", "id"], unique=False)
    op.create_index(
        op.f("ix_journal_entry_actor_organization_id_id"),
        "journal_entry",
        ["actor_organization_id", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_journal_entry_batch_id"), "journal_entry", ["batch_id"], unique=False)
    op.create_index(
        op.f("ix_journal_entry_object_type_object_id_id"),
        "journal_entry",
        ["object_type", "object_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_journal_entry_claim_declared_once",
        "journal_entry",
        ["object_id"],
        unique=True,
        sqlite_where=sa.text("object_type = 'claim' AND action = 'declare'"),
        postgresql_where=sa.text("object_type = 'claim' AND action = 'declare'"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column(
            "person_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="专业技术人员",
        ),
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
        sa.Column(
            "subject",
            sa.Enum(
                "public", "specialty", name="subject", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="科目类型",
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "posting", "reversal", name="entrykind", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="记账类型",
        ),
        sa.Column("hours", sa.Numeric(precision=6, scale=1), nullable=False, comment="学时"),
        sa.Column("completes_specialty_year", sa.Boolean(), nullable=False, comment="视为完成专业科目"),
        sa.Column(
            "source_type",
            sa.Enum(
                "claim", "grade", name="sourcetype", native_enum=False, create_constraint=True, length=20
            ),
            nullable=False,
            comment="来源类型",
        ),
        sa.Column("source_id", sa.Integer(), nullable=False, comment="来源序号"),
        sa.Column("round", sa.Integer(), nullable=False, comment="入账次数"),
        sa.Column(
            "reversal_of_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="冲销的分录",
        ),
        sa.Column("rule_code", sa.String(length=64), nullable=True, comment="学时规则"),
        sa.Column("rule_version", sa.Integer(), nullable=True, comment="规则版本"),
        sa.Column(
            "posted_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="记账人",
        ),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False, comment="记账时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'posting' AND hours >= 0) OR (kind = 'reversal' AND hours <= 0)",
            name=op.f("ck_ledger_entry_sign"),
        ),
        sa.CheckConstraint(
            "(kind = 'reversal') = (reversal_of_id IS NOT NULL)",
            name=op.f("ck_ledger_entry_reversal_names_entry"),
        ),
        sa.ForeignKeyConstraint(
            ["authority_id"], ["organization.id"], name=op.f("fk_ledger_entry_authority_id")
        ),
        sa.ForeignKeyConstraint(
            ["credit_year"], ["credit_year.year"], name=op.f("fk_ledger_entry_credit_year")
        ),
        sa.ForeignKeyConstraint(
            ["employer_id"], ["organization.id"], name=op.f("fk_ledger_entry_employer_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ledger_entry_person_id")),
        sa.ForeignKeyConstraint(["posted_by_id"], ["account.id"], name=op.f("fk_ledger_entry_posted_by_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_ledger_entry_region_code")),
        sa.ForeignKeyConstraint(
            ["reversal_of_id"], ["ledger_entry.id"], name=op.f("fk_ledger_entry_reversal_of_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    op.create_index(
        op.f("ix_ledger_entry_employer_id_id"), "ledger_entry", ["employer_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_entry_person_id_credit_year_subject"),
        "ledger_entry",
        ["person_id", "credit_year", "subject"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ledger_entry_region_code_id"), "ledger_entry", ["region_code", "id"], unique=False
    )
    op.create_index("uq_ledger_entry_reversal_of", "ledger_entry", ["reversal_of_id"], unique=True)
    op.create_index(
        "uq_ledger_entry_source_round",
        "ledger_entry",
        ["source_type", "source_id", "kind", "round"],
        unique=True,
    )
    op.create_table(
        "notice",
        sa.Column(
            "account_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="收件账户",
        ),
        sa.Column("title", sa.Text(), nullable=False, comment="标题"),
        sa.Column("body", sa.Text(), nullable=False, comment="内容"),
        sa.Column("link", sa.String(length=200), nullable=False, comment="链接"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, comment="时间"),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True, comment="已读时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(
        op.f("ix_notice_account_id_read_at_id"), "notice", ["account_id", "read_at", "id"], unique=False
    )
    op.create_table(
        "batch_item",
        sa.Column("batch_key", sa.String(length=32), nullable=False, comment="批次"),
        sa.Column(
            "object_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="对象序号",
        ),
        sa.Column("outcome", sa.String(length=40), nullable=False, comment="结果"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_key"], ["batch.key"], name=op.f("fk_batch_item_batch_key"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_item")),
        sa.UniqueConstraint("batch_key", "object_id", name=op.f("uq_batch_item_batch_key_object_id")),
    )
    op.create_table(
        "claim_attachment",
        sa.Column(
            "claim_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
            comment="继续教育信息",
        ),
        sa.Column(
            "uploaded_by_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=False,
            comment="上传人",
        ),
        sa.Column("filename", sa.String(length=200), nullable=False, comment="文件名"),
        sa.Column("mime", sa.String(length=64), nullable=False, comment="文件类型"),
        sa.Column("size", sa.Integer(), nullable=False, comment="大小（字节）"),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="SHA-256"),
        sa.Column("media_key", sa.String(length=64), nullable=False, comment="存储标识"),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False, comment="上传时间"),
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_claim_attachment_not_empty")),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["claim.id"], name=op.f("fk_claim_attachment_claim_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["account.id"], name=op.f("fk_claim_attachment_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_attachment")),
        sa.UniqueConstraint("media_key", name=op.f("uq_claim_attachment_media_key")),
    )
    op.create_index(op.f("ix_claim_attachment_claim_id"), "claim_attachment", ["claim_id"], unique=False)
    op.create_index(op.f("ix_claim_attachment_sha256"), "claim_attachment", ["sha256"], unique=False)
    op.create_index(
        op.f("ix_claim_attachment_uploaded_by_id_claim_id"),
        "claim_attachment",
        ["uploaded_by_id", "claim_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("claim_attachment")
    op.drop_table("batch_item")
    op.drop_table("notice")
    op.drop_table("ledger_entry")
    op.drop_table("journal_entry")
    op.drop_table("claim")
    op.drop_table("certificate")
    op.drop_table("batch")
    op.drop_table("year_summary")
    op.drop_table("account")
    op.drop_table("person")
    op.drop_table("department")
    op.drop_table("claim_item")
    op.drop_table("requirement")
    op.drop_table("organization")
    op.drop_table("hour_rule")
    op.drop_table("dictionary_item")
    op.drop_table("claim_kind_version")
    op.drop_table("region")
    op.drop_table("journal_seal")
    op.drop_table("dictionary")
    op.drop_table("credit_year")
    op.drop_table("claim_kind")
    op.drop_table("certificate_serial")
    op.drop_table("captcha_challenge")
    op.drop_table("announcement")
