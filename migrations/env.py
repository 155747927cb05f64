"""How Alembic reaches the database: by the URL ``backoffice.migrating`` puts into the config's attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from alembic import context
from alembic.operations import ops
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from backoffice.migrating import comparison
from models.base import open_engine
from models.types import EncryptedText, HoursType, UtcDateTime

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def plain_type(kind: str, item: Any, _autogen_context: AutogenContext) -> str | Literal[False]:
    """Write what the database sees of our types: a revision must not change when a Python type does."""
    if kind == "type" and isinstance(item, (EncryptedText, HoursType, UtcDateTime)):
        return f"sa.{item.impl!r}"
    return False


def tidy(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Leave out indexes where their whole table is dropped."""
    for script in directives:
        dropped = {op.table_name for op in script.downgrade_ops.ops if isinstance(op, ops.DropTableOp)}
        script.downgrade_ops.ops = [
            op
            for op in script.downgrade_ops.ops
            if not (isinstance(op, ops.ModifyTableOps) and op.table_name in dropped)
        ]


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
