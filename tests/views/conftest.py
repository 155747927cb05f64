"""The application over the named world, on both databases, and a browser for each of its people.

The application and its database are made once per process; a test that wrote anything gets the database put back
after it. The day is fixed: years open and close.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from factories import session_key
from flask_security import hash_password
from originals import Original, original_of
from site_client import PASSWORD, Client, picture
from sqlalchemy import event, update
from sqlalchemy import select as choose
from world import World, build_world

from backoffice.app import create_app
from backoffice.config import Settings
from models import (
    Account,
    Base,
    ClaimAttachment,
    HourRule,
    JournalSeal,
    LoginSession,
    Organization,
    OrganizationChange,
    PersonCorrection,
    TrainingAttachment,
    crypto,
)
from models.base import open_engine
from permissions import engine as permissions
from permissions.matrix import PUBLIC
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from services import remembered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from services.media import LocalMediaStore

NOON = dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC)
WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


@dataclass
class Site:
    """The running application and its database.

    Attributes:
        app: the application, without a captcha.
        captcha_app: the same with one.
        world: names of the rows.
        engine: the application's own engine.
        sessions: key of each account's login in a session cookie, by account name.
        citizens: citizen id of each account, by account name.
    """

    app: Any
    captcha_app: Any
    world: World
    engine: Engine
    database: Any
    original: Original
    sessions: dict[str, str]
    citizens: dict[str, str]
    written: bool = False

    @contextlib.contextmanager
    def session(self) -> Iterator[ScopedSession]:
        """Open a session that sees everything; what it did is committed."""
        with ScopedSession(self.engine) as session, session.begin():
            set_scope(session, ALL)
            yield session

    def get(self, model: type[Base], name: str | int) -> Any:
        """Return the row of that name or key as it is stored now."""
        key = name if isinstance(name, int) else self.world.id(model, name)
        with ScopedSession(self.engine, expire_on_commit=False) as session:
            set_scope(session, ALL)
            return session.get(model, key)

    def all(self, statement: Any) -> list[Any]:
        """Return what a statement selects, whole rows or single columns."""
        with ScopedSession(self.engine) as session:
            set_scope(session, ALL)
            return list(session.scalars(statement))

    def put(self, model: type[Base], name: str | int, /, **values: Any) -> None:
        """Change a stored row behind everybody's back."""
        key = name if isinstance(name, int) else self.world.id(model, name)
        table = model.__table__
        with self.engine.begin() as connection:
            connection.execute(table.update().where(table.c.id == key).values(**values))
        remembered.forget()

    @contextlib.contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect what the application asks the database."""
        asked: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            asked.append(statement)

        event.listen(self.engine, "before_cursor_execute", note)
        try:
            yield asked
        finally:
            event.remove(self.engine, "before_cursor_execute", note)

    def snapshot(self) -> dict[str, list[Any]]:
        """Return every row of every table that is not base data, to show that nothing changed."""
        # The journal is sealed after a request, whatever the request did.
        models = [model for model in permissions.mapped_models() if model not in PUBLIC | {JournalSeal}]
        with self.engine.connect() as connection:
            return {
                model.__name__: list(
                    connection.execute(choose(model.__table__).order_by(model.__table__.c.id))
                )
                for model in models
            }

    def restore(self) -> None:
        """Put the database back to the world as it was built."""
        self.original.put_back(self.engine, _engine_of(self.captcha_app))
        remembered.forget()
        self.written = False


def _engine_of(app: Any) -> Engine:
    from views.extensions import db

    with app.app_context():
        return db.engine


def _build(
    url: str, store: LocalMediaStore, password_hash: str
) -> tuple[World, dict[str, str], dict[str, str]]:
    engine = open_engine(url)
    with ScopedSession(engine) as session:
        world = build_world(session)
        seed_base(session)
        session.execute(update(HourRule).where(HourRule.code == "test.rule").values(effective_to=1999))
        set_scope(session, ALL)
        for file in session.scalars(choose(ClaimAttachment)):
            file.media_key = store.put(picture())
        for file in session.scalars(choose(TrainingAttachment)):
            file.media_key, file.mime = store.put(picture()), "image/png"
        for row in session.scalars(choose(PersonCorrection)):
            row.scan_key = store.put(picture())
        for name in ("hospital", "school", "clinic"):
            office = session.get(Organization, world.id(Organization, name))
            office.certificate_key, office.certificate_mime = store.put(picture()), "image/png"
        asked = session.get(OrganizationChange, world.id(OrganizationChange, "academy"))
        asked.certificate_key, asked.certificate_mime = store.put(picture()), "image/png"
        sessions, citizens = {}, {}
        for name, key in world.ids[Account].items():
            account = session.get(Account, key)
            account.password = password_hash
            sessions[name], citizens[name] = session_key(account.id), account.citizen_id
        # As if everybody used his login all day long: no page of a test writes down that it is in use.
        tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        session.execute(update(LoginSession).values(created_at=tomorrow, last_seen_at=tomorrow))
        session.commit()
    engine.dispose()
    return world, sessions, citizens


@pytest.fixture(autouse=True)
def fixed_day(monkeypatch):
    """Let the calendar stand still; moments go on."""
    monkeypatch.setattr("models.base.now", lambda: NOON)


@pytest.fixture(scope="session")
def whole_site(database, tmp_path_factory, keys):
    """The application on a database of its own, for the whole run."""
    folder = tmp_path_factory.mktemp("var")
    url = database.make("site")
    settings = Settings(
        env="testing",
        database_url=url,
        queue_url=f"sqlite:///{folder / 'queue.db'}",
        media_url=f"file://{folder / 'media'}",
        secret_key="not-secret-" * 4,
        data_keys=crypto.generate_setting(),
        var=folder,
        captcha=False,
        public_url="http://localhost",
    )
    keyring = crypto.keyring()
    app, captcha_app = create_app(settings), create_app(replace(settings, captcha=True))
    crypto.configure(keyring)  # one keyring for all tests of this process
    with app.app_context():
        password_hash = hash_password(PASSWORD)
    world, sessions, citizens = _build(url, app.media, password_hash)
    site = Site(app, captcha_app, world, _engine_of(app), database, original_of(url), sessions, citizens)

    def notice_writing(_connection, _cursor, statement, *_rest):
        site.written = site.written or statement.lstrip().upper().startswith(WRITES)

    for engine in (site.engine, _engine_of(captcha_app)):
        event.listen(engine, "before_cursor_execute", notice_writing)
    yield site
    site.original.dispose()
    site.engine.dispose()
    _engine_of(captcha_app).dispose()


@pytest.fixture
def site(whole_site):
    """The application; what the test changed is taken back."""
    yield whole_site
    if whole_site.written:
        whole_site.restore()


@pytest.fixture
def client_of(site):
    """Return a function that opens the browser of somebody of the world who has logged in, or of a visitor."""

    def open_as(name: str) -> Client:
        client = Client(site.app)
        if name != "visitor":
            with client.http.session_transaction() as cookie:
                cookie["_user_id"], cookie["_fresh"] = site.sessions[name], True
        return client

    return open_as


@pytest.fixture
def visitor(client_of):
    """The browser of somebody who did not log in."""
    return client_of("visitor")
