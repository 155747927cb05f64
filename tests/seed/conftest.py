"""The demo world, built once per database; tests only look at it, those that go on in it get a copy."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from flask_security import hash_password
from sqlalchemy import make_url, text

from backoffice.app import create_app
from backoffice.config import Settings
from models import crypto
from models.base import open_engine
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.demo import build_demo
from views.extensions import db

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from seed.demo import DemoReport

PUBLIC_URL = "http://demo.example.com"


@dataclass
class Demo:
    """The demo world and the application that serves it.

    Attributes:
        app: the application.
        engine: its database.
        report: what building the world reported.
        hashed: every password that was hashed for it.
    """

    app: Any
    engine: Engine
    report: DemoReport
    hashed: list[str]


def make_app(url, folder):
    """Return an application on a database, and leave the keyring of the test process alone."""
    settings = Settings(
        env="testing",
        database_url=url,
        queue_url=f"sqlite:///{folder / 'queue.db'}",
        media_url=f"file://{folder / 'media'}",
        secret_key="not-secret-" * 4,
        data_keys=crypto.generate_setting(),
        var=folder,
        captcha=False,
        public_url=PUBLIC_URL,
    )
    keyring = crypto.keyring()
    app = create_app(settings)
    crypto.configure(keyring)
    return app


def engine_of(app):
    with app.app_context():
        return db.engine


@pytest.fixture(scope="session")
def demo_world(database, tmp_path_factory, keys):
    """The demo world; do not change it."""
    folder = tmp_path_factory.mktemp("demo")
    url = database.make("demo")
    engine = open_engine(url)
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        seed_base(session)
        session.commit()
    app = make_app(url, folder)
    hashed = []

    def counted(password):
        hashed.append(password)
        return hash_password(password)

    with app.app_context():
        report = build_demo(engine, app.media, counted, public_url=PUBLIC_URL)
    yield Demo(app, engine, report, hashed)
    engine.dispose()
    engine_of(app).dispose()


@pytest.fixture
def demo_copy(demo_world, database, tmp_path):
    """An application on a copy of the demo world, to go on in."""
    for engine in (demo_world.engine, engine_of(demo_world.app)):
        engine.dispose()  # PostgreSQL copies only what nobody is connected to, SQLite closes its log
    source = demo_world.engine.url
    if database.server is None:
        target = f"sqlite:///{tmp_path / 'copy.db'}"
        shutil.copy(source.database, make_url(target).database)
    else:
        name = f"{source.database}_copy"
        with database.server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {source.database}"))
        target = source.set(database=name).render_as_string(hide_password=False)
    app = make_app(target, tmp_path)
    yield app
    engine_of(app).dispose()
    if database.server is not None:
        with database.server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
