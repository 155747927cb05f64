"""How Alembic reaches the database: by the URL ``backoffice.migrating`` puts into the config's attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from alembic import context, op
from alembic.operations import ops
from sqlalchemy import CheckConstraint, event, inspect
from sqlalchemy.pool import NullPool

from backoffice.migrating import comparison
from models import Base
from models.base import open_engine
from models.types import EncryptedJson, EncryptedText, HoursType, MemberSet, UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.autogenerate.api import AutogenContext
    from sqlalchemy import Connection


def plain_type(kind: str, item: Any, _autogen_context: AutogenContext) -> str | Literal[False]:
    """Write what the database sees of our types: a revision must not change when a Python type does."""
    if kind == "type" and isinstance(item, (EncryptedJson, EncryptedText, HoursType, MemberSet, UtcDateTime)):
        return f"sa.{item.impl!r}"
    return False


def tidy(migration: Any, _revision: Any, directives: list[Any]) -> None:
    """Add the CHECK constraints of stored tables, which Alembic passes over; no index of a table that is dropped."""
    for script in directives:
        for table, name, condition in new_checks(migration.connection):
            check = ops.CreateCheckConstraintOp(op.f(name), table, condition)
            of_table(script.upgrade_ops, table).append(check)
            of_table(script.downgrade_ops, table).insert(0, ops.DropConstraintOp(op.f(name), table, "check"))
        dropped = {
            change.table_name for change in script.downgrade_ops.ops if isinstance(change, ops.DropTableOp)
        }
        script.downgrade_ops.ops = [
            change
            for change in script.downgrade_ops.ops
            if not (isinstance(change, ops.ModifyTableOps) and change.table_name in dropped)
        ]


def new_checks(connection: Connection) -> Iterator[tuple[str, str, str]]:
    """Yield table, name and condition of every CHECK that a stored table lacks; the first revision has them all."""
    inspector = inspect(connection)
    stored = inspector.get_table_names()
    for table in Base.metadata.sorted_tables:
        if table.name not in stored:
            continue
        known = {check["name"] for check in inspector.get_check_constraints(table.name)}
        for constraint in sorted(table.constraints, key=lambda constraint: str(constraint.name)):
            if isinstance(constraint, CheckConstraint) and constraint.name not in known:
                yield table.name, str(constraint.name), str(constraint.sqltext)


def of_table(container: Any, table: str) -> list[Any]:
    """Return the changes of one table within a revision."""
    for change in container.ops:
        if isinstance(change, ops.ModifyTableOps) and change.table_name == table:
            found: list[Any] = change.ops
            return found
    container.ops.append(ops.ModifyTableOps(table, []))
    added: list[Any] = container.ops[-1].ops
    return added


def free_foreign_keys(connection: Any, _entry: Any) -> None:
    """Let SQLite rebuild a table others refer to: dropping the old one would delete or refuse its children."""
    connection.execute("PRAGMA foreign_keys=OFF").close()


def run() -> None:
    """Run the wanted command."""
    engine = open_engine(context.config.attributes["url"], poolclass=NullPool)
    sqlite = engine.dialect.name == "sqlite"
    if sqlite:
        event.listen(engine, "connect", free_foreign_keys)
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                render_as_batch=context.script.get_current_head() is not None,  # the first one alters nothing
                render_item=plain_type,
                process_revision_directives=tidy,
                **comparison(),
            )
            with context.begin_transaction():
                context.run_migrations()
            if sqlite and (orphans := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise RuntimeError(f"rows without their parent: {orphans[:10]}")
    finally:
        engine.dispose()


run()
