"""Puts a database back to what it was when a test had committed something in it.

SQLite: the file is copied. PostgreSQL: table by table, for making a database anew takes a hundred times as long. A copy
of every row stands in a schema of its own; what changed since, PostgreSQL tells itself: a row that was written carries
the number of a later transaction (``xmin``), and a table that lost a row has fewer.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import make_url, text

from models import Base
from models.base import open_engine

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

TABLES = [table.name for table in Base.metadata.sorted_tables]
ASIDE = "original"
SWEEP_EVERY = 50  # times: every test leaves dead rows behind, which nobody else clears away on a busy machine

_PRINTS = text(
    " UNION ALL ".join(f"SELECT '{name}', count(*), max(xmin::text::bigint) FROM {name}" for name in TABLES)
)
_COUNTERS = text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'")
_COUNT_FROM = text(
    "SELECT setval(CAST(:name AS regclass), coalesce(CAST(:value AS bigint), 1), CAST(:value AS bigint) IS NOT NULL)"
)
# Whoever was left in the middle of something goes; connections at rest go on, they know the database by now.
_THROW_OUT = text(
    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'"
)


class Original(Protocol):
    """A database as it was when this object was made."""

    def put_back(self, *engines: Engine) -> None:
        """Undo everything that was committed since.

        Args:
            engines: those of this process that will go on with the database.
        """

    def dispose(self) -> None:
        """Close what this object keeps open."""


def _close(engines: tuple[Engine, ...]) -> None:
    for engine in engines:
        engine.dispose()


def original_of(url: str) -> Original:
    """Remember what stands in a database now."""
    return _File(url) if make_url(url).get_backend_name() == "sqlite" else _Rows(url)


class _File:
    def __init__(self, url: str) -> None:
        self.live = Path(make_url(url).database or "")
        self.kept = self.live.with_suffix(".original")
        shutil.copy(self.live, self.kept)

    def put_back(self, *engines: Engine) -> None:
        _close(engines)
        for ending in ("", "-wal", "-shm"):  # whoever still has it open keeps the old file
            self.live.with_name(self.live.name + ending).unlink(missing_ok=True)
        shutil.copy(self.kept, self.live)

    def dispose(self) -> None:
        pass


class _Rows:
    """Of PostgreSQL; the user must be allowed to set ``session_replication_role``, which a superuser is."""

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url, pool_size=1)
        self.times = 0
        with self.engine.begin() as connection:
            connection.execute(text(f"CREATE SCHEMA {ASIDE}"))
            for name in TABLES:
                connection.execute(text(f"CREATE UNLOGGED TABLE {ASIDE}.{name} AS TABLE public.{name}"))
        with self.engine.begin() as connection:
            self.prints = self._prints(connection)
            self.counters = self._counters(connection)

    def put_back(self, *engines: Engine) -> None:
        with self.engine.begin() as connection:
            if connection.execute(_THROW_OUT).all():
                _close(engines)
            changed = [name for name, found in self._prints(connection).items() if found != self.prints[name]]
            # Everything is put back or nothing is: no key dangles in the end, and none is followed on the way.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for name in changed:
                connection.execute(text(f"DELETE FROM {name}"))
                connection.execute(text(f"INSERT INTO {name} SELECT * FROM {ASIDE}.{name}"))
            for name, value in self._counters(connection).items():
                if value != self.counters[name]:
                    connection.execute(_COUNT_FROM, {"name": name, "value": self.counters[name]})
            self.prints = self._prints(connection)
        self.times += 1
        if self.times % SWEEP_EVERY == 0:
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"VACUUM {', '.join(TABLES)}"))

    def dispose(self) -> None:
        self.engine.dispose()

    @staticmethod
    def _prints(connection: Connection) -> dict[str, tuple[int, int | None]]:
        return {name: (count, newest) for name, count, newest in connection.execute(_PRINTS)}

    @staticmethod
    def _counters(connection: Connection) -> dict[str, int | None]:
        return dict(connection.execute(_COUNTERS).all())
