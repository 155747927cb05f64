"""Alembic without an ini file: upgrade, downgrade, compare, and write the next revision.

``python -m backoffice.migrating "add transfers"`` writes ``migrations/versions/NNNN_add_transfers.py`` from what the
models have and the revisions before have not. To write a revision anew that was never released, delete its file first.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Constraint, Index, inspect
from sqlalchemy.pool import NullPool

from models import Base
from models.base import open_engine

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.engine.reflection import Inspector

FOLDER = Path(__file__).parents[1] / "migrations"


def upgrade(url: str, target: str = "head") -> None:
    """Bring a database to a revision.

    Args:
        url: SQLAlchemy URL of the database.
        target: the revision, the newest when left out.
    """
    command.upgrade(_config(url), target)


def downgrade(url: str, target: str) -> None:
    """Take a database back to an earlier revision, or to ``base``: all tables are dropped.

    Args:
        url: SQLAlchemy URL of the database.
        target: the revision.
    """
    command.downgrade(_config(url), target)


def heads() -> tuple[str, ...]:
    """Return the newest revisions; there must be exactly one."""
    return tuple(ScriptDirectory.from_config(_config("sqlite://")).get_heads())


def check(url: str) -> list[str]:
    """Return in what the database differs from the models, one sentence each; nothing where they agree.

    Alembic compares tables, columns, keys and indexes; CHECK constraints and the conditions of partial indexes, which
    it passes over, are compared here. PostgreSQL rewrites conditions, so there only their presence is compared.

    Args:
        url: SQLAlchemy URL of the database.
    """
    engine = open_engine(url, poolclass=NullPool)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts=comparison())
            differences = compare_metadata(context, Base.metadata)
            return [_sentence(difference) for difference in differences] + _constraint_differences(connection)
    finally:
        engine.dispose()


def revise(message: str) -> Path:
    """Write the next revision and return its file.

    Args:
        message: what it does, in English.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = _config(f"sqlite:///{folder}/scratch.db")
        command.upgrade(config, "head")
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        script: Any = command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
    file = Path(script.path)
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if " ### " not in line), encoding="utf-8")
    for options in (("format",), ("check", "--fix-only"), ("check", "--add-noqa"), ("format",)):
        subprocess.run([sys.executable, "-m", "ruff", *options, "--quiet", str(file)], check=True)  # noqa: S603  (our own arguments)
    return file


def comparison() -> dict[str, Any]:
    """Return what Alembic looks at when it compares a database with the models."""
    return {"target_metadata": Base.metadata, "compare_type": True, "compare_server_default": True}


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["url"] = url  # not an option: passwords may contain what ConfigParser would interpret
    return config


def _sentence(difference: Any) -> str:
    """Name what Alembic found: the operation that would bring the database to the models, and on what."""
    if isinstance(difference, list):  # changes of one column
        return "; ".join(_sentence(one) for one in difference)
    operation, *parts = difference
    names = []
    for part in parts:
        if isinstance(part, (Index, Constraint)):
            names.append(f"{getattr(part.table, 'name', '')}.{part.name}")
        elif part is not None and not isinstance(part, dict):
            names.append(str(getattr(part, "name", None) or part))
    return " ".join([operation, *names])


def _constraint_differences(connection: Connection) -> list[str]:
    inspector = inspect(connection)
    stored = set(inspector.get_table_names())
    return [
        difference
        for table in Base.metadata.sorted_tables
        if table.name in stored
        for difference in (
            *_checks(inspector, table),
            *_conditions(inspector, table, connection.dialect.name),
        )
    ]


def _checks(inspector: Inspector, table: Table) -> list[str]:
    wanted = {
        str(constraint.name) for constraint in table.constraints if isinstance(constraint, CheckConstraint)
    }
    found = {str(row["name"]) for row in inspector.get_check_constraints(table.name)}
    return [f"missing CHECK {table.name}.{name}" for name in sorted(wanted - found)] + [
        f"unknown CHECK {table.name}.{name}" for name in sorted(found - wanted)
    ]


def _conditions(inspector: Inspector, table: Table, dialect: str) -> list[str]:
    key = f"{dialect}_where"
    found = {
        row["name"]: row.get("dialect_options", {}).get(key) for row in inspector.get_indexes(table.name)
    }
    differences = []
    for index in table.indexes:
        wanted, there = index.dialect_options[dialect]["where"], found.get(str(index.name))
        same = str(wanted) == str(there) if dialect == "sqlite" else (wanted is None) == (there is None)
        if index.name in found and not same:
            differences.append(f"index {index.name} is kept WHERE {there}, not WHERE {wanted}")
    return differences


if __name__ == "__main__":
    sys.stdout.write(f"{revise(' '.join(sys.argv[1:]))}\n")
