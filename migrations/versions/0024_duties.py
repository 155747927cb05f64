"""The three duties of system administrators, and what the database holds about them by itself.

Revises: 0023
Written: 2026-11-26
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

OPEN = "status NOT IN ('rejected', 'withdrawn', 'removed')"
PARTIAL = (
    (
        "uq_account_administrator",
        ["organization_id", "citizen_id_index"],
        f"organization_id IS NOT NULL AND {OPEN}",
    ),
    ("uq_account_person_citizen", ["citizen_id_index"], f"user_type = 'person' AND {OPEN}"),
)
DUTY = ("uq_account_duty_citizen", ["citizen_id_index"], f"duty IS NOT NULL AND {OPEN}")
SQLITE = (
    "CREATE TRIGGER duty_is_given_by_its_keeper BEFORE UPDATE OF duty, duty_given_by_id ON account FOR EACH ROW WHEN NEW.duty IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account AS giver WHERE giver.id = NEW.duty_given_by_id AND giver.user_type = 'system' AND giver.status = 'active' AND (giver.duty = 'security' OR NOT EXISTS (SELECT 1 FROM setting WHERE key = 'separate_duties' AND value = 'on'))) BEGIN SELECT RAISE(ABORT, 'duty_is_given_by_its_keeper'); END",
    "CREATE TRIGGER duty_is_given_by_its_keeper_at_once BEFORE INSERT ON account FOR EACH ROW WHEN NEW.duty IS NOT NULL AND NOT EXISTS (SELECT 1 FROM account AS giver WHERE giver.id = NEW.duty_given_by_id AND giver.user_type = 'system' AND giver.status = 'active' AND (giver.duty = 'security' OR NOT EXISTS (SELECT 1 FROM setting WHERE key = 'separate_duties' AND value = 'on'))) BEGIN SELECT RAISE(ABORT, 'duty_is_given_by_its_keeper_at_once'); END",
    "CREATE TRIGGER duty_is_taken_before_another BEFORE UPDATE OF duty ON account FOR EACH ROW WHEN OLD.duty IS NOT NULL AND NEW.duty IS NOT NULL AND NEW.duty <> OLD.duty BEGIN SELECT RAISE(ABORT, 'duty_is_taken_before_another'); END",
    "CREATE TRIGGER duty_keeps_a_holder BEFORE UPDATE OF duty, status ON account FOR EACH ROW WHEN OLD.duty IS NOT NULL AND OLD.status = 'active' AND (NEW.status <> 'active' OR NEW.duty IS NULL OR NEW.duty <> OLD.duty) AND EXISTS (SELECT 1 FROM setting WHERE key = 'separate_duties' AND value = 'on') AND NOT EXISTS (SELECT 1 FROM account AS other WHERE other.duty = OLD.duty AND other.status = 'active' AND other.id <> OLD.id) BEGIN SELECT RAISE(ABORT, 'duty_keeps_a_holder'); END",
    "CREATE TRIGGER duties_have_holders BEFORE UPDATE ON setting FOR EACH ROW WHEN NEW.key = 'separate_duties' AND NEW.value = 'on' AND NOT (SELECT COUNT(DISTINCT duty) FROM account WHERE status = 'active' AND duty IS NOT NULL) = 3 BEGIN SELECT RAISE(ABORT, 'duties_have_holders'); END",
    "CREATE TRIGGER duties_have_holders_at_once BEFORE INSERT ON setting FOR EACH ROW WHEN NEW.key = 'separate_duties' AND NEW.value = 'on' AND NOT (SELECT COUNT(DISTINCT duty) FROM account WHERE status = 'active' AND duty IS NOT NULL) = 3 BEGIN SELECT RAISE(ABORT, 'duties_have_holders_at_once'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION account_duty_given() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NOT EXISTS (SELECT 1 FROM account AS giver WHERE giver.id = NEW.duty_given_by_id AND giver.user_type = 'system' AND giver.status = 'active' AND (giver.duty = 'security' OR NOT EXISTS (SELECT 1 FROM setting WHERE key = 'separate_duties' AND value = 'on'))) THEN RAISE EXCEPTION 'duty_is_given_by_its_keeper' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER duty_is_given_by_its_keeper BEFORE UPDATE OF duty, duty_given_by_id ON account FOR EACH ROW WHEN (NEW.duty IS NOT NULL) EXECUTE FUNCTION account_duty_given()",
    "CREATE TRIGGER duty_is_given_by_its_keeper_at_once BEFORE INSERT ON account FOR EACH ROW WHEN (NEW.duty IS NOT NULL) EXECUTE FUNCTION account_duty_given()",
    "CREATE FUNCTION account_duty_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF TRUE THEN RAISE EXCEPTION 'duty_is_taken_before_another' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER duty_is_taken_before_another BEFORE UPDATE OF duty ON account FOR EACH ROW WHEN (OLD.duty IS NOT NULL AND NEW.duty IS NOT NULL AND NEW.duty <> OLD.duty) EXECUTE FUNCTION account_duty_changed()",
    "CREATE FUNCTION account_duty_remains() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM setting WHERE key = 'separate_duties' FOR UPDATE; IF EXISTS (SELECT 1 FROM setting WHERE key = 'separate_duties' AND value = 'on') AND NOT EXISTS (SELECT 1 FROM account AS other WHERE other.duty = OLD.duty AND other.status = 'active' AND other.id <> OLD.id) THEN RAISE EXCEPTION 'duty_keeps_a_holder' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER duty_keeps_a_holder BEFORE UPDATE OF duty, status ON account FOR EACH ROW WHEN (OLD.duty IS NOT NULL AND OLD.status = 'active' AND (NEW.status <> 'active' OR NEW.duty IS NULL OR NEW.duty <> OLD.duty)) EXECUTE FUNCTION account_duty_remains()",
    "CREATE FUNCTION setting_duties_complete() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM account WHERE duty IS NOT NULL ORDER BY id FOR SHARE; IF NOT (SELECT COUNT(DISTINCT duty) FROM account WHERE status = 'active' AND duty IS NOT NULL) = 3 THEN RAISE EXCEPTION 'duties_have_holders' USING ERRCODE = 'check_violation'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER duties_have_holders BEFORE INSERT OR UPDATE ON setting FOR EACH ROW WHEN (NEW.key = 'separate_duties' AND NEW.value = 'on') EXECUTE FUNCTION setting_duties_complete()",
)
TRIGGERS = (
    ("account", "duty_is_given_by_its_keeper"),
    ("account", "duty_is_given_by_its_keeper_at_once"),
    ("account", "duty_is_taken_before_another"),
    ("account", "duty_keeps_a_holder"),
    ("setting", "duties_have_holders"),
)
FUNCTIONS = ("account_duty_given", "account_duty_changed", "account_duty_remains", "setting_duties_complete")


def upgrade() -> None:
    drop_partial()
    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(sa.Column("duty", sa.String(length=20), nullable=True, comment="三员职责"))
        batch_op.add_column(
            sa.Column(
                "duty_given_by_id",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                nullable=True,
                comment="职责授予人",
            )
        )
        batch_op.create_foreign_key(
            op.f("fk_account_duty_given_by_id"), "account", ["duty_given_by_id"], ["id"]
        )
        batch_op.create_check_constraint(op.f("ck_account_duty"), "duty IN ('system', 'security', 'audit')")
        batch_op.create_check_constraint(
            op.f("ck_account_duty_of_system"), "duty IS NULL OR user_type = 'system'"
        )
        batch_op.create_check_constraint(
            op.f("ck_account_duty_has_giver"), "(duty IS NULL) = (duty_given_by_id IS NULL)"
        )
        batch_op.create_check_constraint(op.f("ck_account_duty_from_another"), "duty_given_by_id <> id")
    create_partial(*PARTIAL, DUTY)
    for statement in SQLITE if is_sqlite() else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    for table, name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name}" if is_sqlite() else f"DROP TRIGGER {name} ON {table}")
    if is_sqlite():
        op.execute("DROP TRIGGER duties_have_holders_at_once")
    for name in () if is_sqlite() else FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.drop_index("uq_account_duty_citizen", "account")
    drop_partial()
    with op.batch_alter_table("account") as batch_op:
        for name in ("duty", "duty_of_system", "duty_has_giver", "duty_from_another"):
            batch_op.drop_constraint(op.f(f"ck_account_{name}"), type_="check")
        batch_op.drop_constraint(op.f("fk_account_duty_given_by_id"), type_="foreignkey")
        batch_op.drop_column("duty_given_by_id")
        batch_op.drop_column("duty")
    create_partial(*PARTIAL)


def is_sqlite() -> bool:
    """Tell which of the two databases this is."""
    return op.get_bind().dialect.name == "sqlite"


def drop_partial() -> None:
    """Drop the indexes whose condition a rebuilt table would lose."""
    for name, _columns, _condition in PARTIAL:
        op.drop_index(name, "account")


def create_partial(*indexes: tuple[str, list[str], str]) -> None:
    """Create unique indexes with their conditions."""
    for name, columns, condition in indexes:
        where = sa.text(condition)
        op.create_index(name, "account", columns, unique=True, sqlite_where=where, postgresql_where=where)
