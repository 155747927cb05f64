"""Databases and the world for tests: everything that touches a database runs on SQLite and on PostgreSQL.

``BACKOFFICE_TEST_POSTGRES_URL`` names a server and a database to connect to; every test process makes its own
databases there and drops them at the end. Without PostgreSQL the tests fail: half of them would be no tests.
"""

from __future__ import annotations

import gc
import os
import socket
import sqlite3
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from duty_desk import build_desk
from originals import original_of
from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from world import build_world
from xdist.scheduler import LoadScopeScheduling

from models import Base, crypto
from models.base import open_engine
from permissions import engine as permissions
from permissions.wall import ALL, ScopedSession, set_scope

if TYPE_CHECKING:
    from pathlib import Path

POSTGRES_URL = "BACKOFFICE_TEST_POSTGRES_URL"
DEFAULT_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
POSTGRES = "[postgresql"
QUICK = "synchronous_commit = off", "jit = off", "plan_cache_mode = force_generic_plan"
"""What PostgreSQL may save itself where tables are tiny and no power cut is feared; no answer depends on it."""
LOCAL = {"127.0.0.1", "::1", "localhost"}
_strangers: list[object] = []


# ---------------------------------------------------------------- what is built once is built once
TOGETHER = ("tests/browser/", "tests/seed/test_demo")
"""Tests that share a demo world which takes long to build: one process runs all of them for a database."""


def pytest_collection_modifyitems(items):
    """Run everything on SQLite, then everything on PostgreSQL."""
    items.sort(key=lambda item: POSTGRES in item.nodeid)


class Together(LoadScopeScheduling):
    """Deals tests out one by one, except for those that belong together.

    Marks of ``xdist_group`` do not do it: pytest-xdist 3.8 writes them into an attribute that pytest 9.2 no longer reads.
    """

    def _split_scope(self, nodeid):
        group = next((start for start in TOGETHER if nodeid.startswith(start)), None)
        return nodeid if group is None else f"{group} {POSTGRES in nodeid}"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


def pytest_collection_finish():
    """Spare the garbage collector what stays anyway: looking through it again and again takes a twentieth of the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


# ---------------------------------------------------------------- the network is closed
def _only_local(connect):
    def guarded(self, address):
        if self.family != socket.AF_UNIX and address[0] not in LOCAL:
            _strangers.append(address)
            raise ConnectionRefusedError(f"tests do not reach {address}")
        return connect(self, address)

    return guarded


@pytest.fixture(autouse=True, scope="session")
def closed_network():
    """Refuse every connection that leaves this machine; the hook below fails the test that tried."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", _only_local(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", _only_local(socket.socket.connect_ex))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call():
    _strangers.clear()
    result = yield
    if _strangers:
        pytest.fail(f"the test tried to reach the network: {_strangers}")
    return result


@pytest.fixture(autouse=True, scope="session")
def keys():
    """Give the process one keyring for its whole life; tests of the keyring put theirs back."""
    previous = crypto.configure(crypto.Keyring.from_setting(crypto.generate_setting()))
    yield
    crypto.configure(previous)


# ---------------------------------------------------------------- databases
@event.listens_for(Engine, "connect")
def _promise_no_order(connection, _entry):
    """Hand rows nobody asked to be sorted out backwards: PostgreSQL has its own order for them, another one on a bad day."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA reverse_unordered_selects = ON")


@dataclass
class Database:
    """One kind of database and how to get more of it."""

    name: str
    folder: Path
    worker: str
    server: Engine | None = None
    made: list[str] = field(default_factory=list)

    def make(self, purpose: str) -> str:
        """Make an empty database with the schema and return its URL."""
        if self.server is None:
            url = f"sqlite:///{self.folder / purpose}.db"
        else:
            database = f"backoffice_test_{self.worker}_{os.getpid()}_{purpose}"
            with self.server.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {database}"))
                connection.execute(
                    text(f"ALTER DATABASE {database} SET synchronous_commit = off")
                )  # no power cut here
            self.made.append(database)
            url = self.server.url.set(database=database).render_as_string(hide_password=False)
        engine = open_engine(url)
        Base.metadata.create_all(engine)
        engine.dispose()
        return url

    def drop(self) -> None:
        """Drop what was made."""
        if self.server is not None:
            with self.server.connect() as connection:
                for database in self.made:
                    connection.execute(text(f"DROP DATABASE {database} WITH (FORCE)"))
            self.server.dispose()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(request, tmp_path_factory, worker_id):
    """Each of the two databases in turn."""
    database = Database(request.param, tmp_path_factory.mktemp("database"), worker_id)
    if request.param == "postgresql":
        url = make_url(os.environ.get(POSTGRES_URL, DEFAULT_POSTGRES))
        database.server = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            database.server.connect().close()
        except OperationalError:
            database.server.dispose()
            pytest.fail(
                f"no PostgreSQL at {url.host}:{url.port}: start one, or name another in {POSTGRES_URL}",
                pytrace=False,
            )
    yield database
    database.drop()


@pytest.fixture(scope="session")
def empty_url(database):
    """One database with the schema and no row; :func:`engine` keeps it that way."""
    return database.make("empty")


@pytest.fixture(scope="session")
def emptiness(empty_url):
    """What :func:`engine` goes back to."""
    original = original_of(empty_url)
    yield original
    original.dispose()


@pytest.fixture
def engine(database, empty_url, emptiness):
    """An engine on an empty database, for tests that commit or need several connections."""
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()
    emptiness.put_back()


# ---------------------------------------------------------------- the world, shared and never changed
@pytest.fixture(scope="session")
def world_engine(database):
    """An engine on a database in which the world was built once."""
    engine = open_engine(database.make("world"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def world(world_engine):
    """The named world (:mod:`world`). Change it only through ``connection``, which takes everything back."""
    with ScopedSession(world_engine) as session:
        world = build_world(session)
        session.commit()
    return world


@pytest.fixture
def connection(world, world_engine):
    """A connection to the world whose transaction is rolled back after the test, whatever was committed in it."""
    with world_engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


@pytest.fixture
def open_session(connection):
    """Return a function that opens a session as an actor, or as ``ALL``, inside the test's transaction."""
    sessions = []

    def open_as(who):
        session = ScopedSession(connection, join_transaction_mode="create_savepoint")
        set_scope(session, ALL if who == ALL else permissions.view_scope(who))
        sessions.append(session)
        return session

    yield open_as
    for session in reversed(sessions):  # their savepoints lie inside each other
        session.close()


@pytest.fixture
def system(open_session):
    """A session that sees everything, for looking at results."""
    return open_session(ALL)


@pytest.fixture
def duty_desk(world, system):
    """Administrators of the system's office with the three duties; nothing is separated yet."""
    return build_desk(system, world)
