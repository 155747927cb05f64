"""Databases of a benchmark: made, loaded once, and put back to the loaded state before every run.

A run works on a fresh copy of the loaded database, so that it may commit like the real thing; copying is not timed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import uuid
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, make_url, text

from models import Base
from models.base import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS = ("sqlite", "postgresql")
POSTGRES_URL = "BACKOFFICE_TEST_POSTGRES_URL"
DEFAULT_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


def postgres_url() -> str:
    """Return the URL of a database on the PostgreSQL server to use; only its server matters."""
    return os.environ.get(POSTGRES_URL, DEFAULT_POSTGRES)


class Store(ABC):
    """One database with a loaded state to go back to; ``engine`` is always the same, so statements stay compiled."""

    kind: str
    engine: Engine

    def restore(self) -> None:
        """Go back to the loaded state, with warm caches and an open connection."""
        self.engine.dispose()
        self._copy()
        with self.engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                connection.exec_driver_sql(f"SELECT count(*), max(id) FROM {table.name}")

    def freeze(self) -> None:
        """Make the present content the loaded state."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")  # the load has left figures for the planner
        self.engine.dispose()
        self._keep()

    @abstractmethod
    def _keep(self) -> None: ...

    @abstractmethod
    def _copy(self) -> None: ...

    @abstractmethod
    def drop(self) -> None:
        """Remove everything this store made."""


class SqliteStore(Store):
    """A file in a temporary folder, copied."""

    kind = "sqlite"

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="jijiaotong-bench-"))
        self._live, self._loaded = self._folder / "live.db", self._folder / "loaded.db"
        self.engine = open_engine(f"sqlite:///{self._live}")

    def freeze(self) -> None:
        """Make the present content the loaded state; the log is folded into the file first."""
        raw = self.engine.raw_connection()
        for command in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            raw.cursor().execute(command).fetchall()
        raw.close()
        self.engine.dispose()
        self._keep()

    def _keep(self) -> None:
        shutil.copyfile(self._live, self._loaded)

    def _copy(self) -> None:
        for suffix in ("-wal", "-shm"):
            self._live.with_name(self._live.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self._loaded, self._live)

    def drop(self) -> None:
        """Remove the folder."""
        self.engine.dispose()
        shutil.rmtree(self._folder)


class PostgresStore(Store):
    """A database on the server named by ``BACKOFFICE_TEST_POSTGRES_URL``, copied as a template."""

    kind = "postgresql"

    def __init__(self) -> None:
        url = make_url(postgres_url())
        self._server = create_engine(url, isolation_level="AUTOCOMMIT")
        self._live = f"jijiaotong_bench_{os.getpid()}_{uuid.uuid4().hex[:8]}"
        self._loaded = f"{self._live}_loaded"
        self._run(f"CREATE DATABASE {self._live}")
        self.engine = open_engine(url.set(database=self._live).render_as_string(hide_password=False))

    def _run(self, command: str) -> None:
        with self._server.connect() as connection:
            connection.execute(text(command))

    def _keep(self) -> None:
        self._run(f"DROP DATABASE IF EXISTS {self._loaded}")
        self._run(f"ALTER DATABASE {self._live} RENAME TO {self._loaded}")

    def _copy(self) -> None:
        self._run(f"DROP DATABASE IF EXISTS {self._live}")
        self._run(f"CREATE DATABASE {self._live} TEMPLATE {self._loaded}")

    def drop(self) -> None:
        """Drop both databases."""
        self.engine.dispose()
        for name in (self._live, self._loaded):
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._server.dispose()


@contextlib.contextmanager
def scratch(kind: str) -> Iterator[Store]:
    """Give a new database with the schema, and drop it at the end.

    Args:
        kind: ``sqlite`` or ``postgresql``.
    """
    store = SqliteStore() if kind == "sqlite" else PostgresStore()
    try:
        Base.metadata.create_all(store.engine)
        yield store
    finally:
        store.drop()
