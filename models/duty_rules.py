"""What the database itself holds about the three duties across rows, by triggers on both engines.

* A duty is given by an active system administrator; where the duties are separated, by one who holds the security duty.
* Nobody goes from one duty to another in one step: it is taken away first.
* While they are separated, every duty keeps an active holder; and they can be separated only where every duty has one.

What concerns one row alone is a CHECK constraint, and one duty a citizen a unique index (``models.account``). A revision that
rebuilds the table ``account`` on SQLite has to create its triggers anew; a test compares them.
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from models.account import Account
from models.reference import SEPARATE_DUTIES, Setting

ON = f"EXISTS (SELECT 1 FROM setting WHERE key = '{SEPARATE_DUTIES}' AND value = 'on')"
GIVER = (
    "EXISTS (SELECT 1 FROM account AS giver WHERE giver.id = NEW.duty_given_by_id AND giver.user_type = 'system'"
    f" AND giver.status = 'active' AND (giver.duty = 'security' OR NOT {ON}))"
)
OTHER_HOLDER = "EXISTS (SELECT 1 FROM account AS other WHERE other.duty = OLD.duty AND other.status = 'active' AND other.id <> OLD.id)"
EVERY_DUTY = "(SELECT COUNT(DISTINCT duty) FROM account WHERE status = 'active' AND duty IS NOT NULL) = 3"
GIVEN, CHANGED, REMAINS, COMPLETE = (
    "duty_is_given_by_its_keeper", "duty_is_taken_before_another", "duty_keeps_a_holder", "duties_have_holders",
)  # fmt: skip
LEAVES = "OLD.status = 'active' AND (NEW.status <> 'active' OR NEW.duty IS NULL OR NEW.duty <> OLD.duty)"
STEPS = "OLD.duty IS NOT NULL AND NEW.duty IS NOT NULL AND NEW.duty <> OLD.duty"
TURNS_ON = f"NEW.key = '{SEPARATE_DUTIES}' AND NEW.value = 'on'"


def _sqlite(name: str, moment: str, table: str, when: str) -> str:
    return (
        f"CREATE TRIGGER {name} BEFORE {moment} ON {table} FOR EACH ROW WHEN {when}"
        f" BEGIN SELECT RAISE(ABORT, '{name}'); END"
    )


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NEW; END $$"


def _refuse(condition: str, name: str) -> str:
    return f"IF {condition} THEN RAISE EXCEPTION '{name}' USING ERRCODE = 'check_violation'; END IF;"


SQLITE: dict[str, tuple[str, ...]] = {
    "account": (
        _sqlite(GIVEN, "UPDATE OF duty, duty_given_by_id", "account", f"NEW.duty IS NOT NULL AND NOT {GIVER}"),
        _sqlite(f"{GIVEN}_at_once", "INSERT", "account", f"NEW.duty IS NOT NULL AND NOT {GIVER}"),
        _sqlite(CHANGED, "UPDATE OF duty", "account", STEPS),
        _sqlite(REMAINS, "UPDATE OF duty, status", "account",
                f"OLD.duty IS NOT NULL AND {LEAVES} AND {ON} AND NOT {OTHER_HOLDER}"),
    ),
    "setting": (
        _sqlite(COMPLETE, "UPDATE", "setting", f"{TURNS_ON} AND NOT {EVERY_DUTY}"),
        _sqlite(f"{COMPLETE}_at_once", "INSERT", "setting", f"{TURNS_ON} AND NOT {EVERY_DUTY}"),
    ),
}  # fmt: skip
# Two who leave, or one who leaves while somebody separates the duties, take turns: the row of the setting, or the holders, are locked first.
TAKE_TURNS = f"PERFORM 1 FROM setting WHERE key = '{SEPARATE_DUTIES}' FOR UPDATE;"
STAND_STILL = "PERFORM 1 FROM account WHERE duty IS NOT NULL ORDER BY id FOR SHARE;"
POSTGRESQL: dict[str, tuple[str, ...]] = {
    "account": (
        _function("account_duty_given", _refuse(f"NOT {GIVER}", GIVEN)),
        (
            f"CREATE TRIGGER {GIVEN} BEFORE UPDATE OF duty, duty_given_by_id ON account FOR EACH ROW"
            " WHEN (NEW.duty IS NOT NULL) EXECUTE FUNCTION account_duty_given()"
        ),
        (
            f"CREATE TRIGGER {GIVEN}_at_once BEFORE INSERT ON account FOR EACH ROW"
            " WHEN (NEW.duty IS NOT NULL) EXECUTE FUNCTION account_duty_given()"
        ),
        _function("account_duty_changed", _refuse("TRUE", CHANGED)),
        (
            f"CREATE TRIGGER {CHANGED} BEFORE UPDATE OF duty ON account FOR EACH ROW"
            f" WHEN ({STEPS}) EXECUTE FUNCTION account_duty_changed()"
        ),
        _function("account_duty_remains", f"{TAKE_TURNS} {_refuse(f'{ON} AND NOT {OTHER_HOLDER}', REMAINS)}"),
        (
            f"CREATE TRIGGER {REMAINS} BEFORE UPDATE OF duty, status ON account FOR EACH ROW"
            f" WHEN (OLD.duty IS NOT NULL AND {LEAVES}) EXECUTE FUNCTION account_duty_remains()"
        ),
    ),
    "setting": (
        _function("setting_duties_complete", f"{STAND_STILL} {_refuse(f'NOT {EVERY_DUTY}', COMPLETE)}"),
        (
            f"CREATE TRIGGER {COMPLETE} BEFORE INSERT OR UPDATE ON setting FOR EACH ROW"
            f" WHEN ({TURNS_ON}) EXECUTE FUNCTION setting_duties_complete()"
        ),
    ),
}

for _dialect, _of_tables in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
    for _table in (Account.__table__, Setting.__table__):
        for _statement in _of_tables[_table.name]:
            _rule = DDL(_statement)  # type: ignore[no-untyped-call]
            event.listen(_table, "after_create", _rule.execute_if(dialect=_dialect))
