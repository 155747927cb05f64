"""Backup and restore on both databases, with the real dump programs."""

from __future__ import annotations

import os
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from backoffice import backups, migrating
from backoffice.config import Settings, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER = sa.make_url(
    os.environ.get("BACKOFFICE_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
)


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Settings, Settings]]:
    """An installation to back up, and a new one to restore into."""
    names = [f"backup_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    server = sa.create_engine(SERVER, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    if request.param == "postgresql":
        for name in names:
            with server.connect() as connection:
                connection.execute(sa.text(f"CREATE DATABASE {name}"))
        urls = [SERVER.set(database=name).render_as_string(hide_password=False) for name in names]
    else:
        urls = [f"sqlite:///{tmp_path / name}.db" for name in names]
    settings = load({"BACKOFFICE_VAR": str(tmp_path / "var")})
    yield (
        replace(settings, database_url=urls[0], media_url=f"file://{tmp_path / 'media'}"),
        replace(settings, database_url=urls[1], media_url=f"file://{tmp_path / 'restored'}"),
    )
    if request.param == "postgresql":
        for name in names:
            with server.connect() as connection:
                connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def _run(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sa.text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def test_what_was_backed_up_is_there_after_the_restore(
    places: tuple[Settings, Settings], tmp_path: Path
) -> None:
    old, new = places
    migrating.upgrade(old.database_url)
    _run(old.database_url, "INSERT INTO dictionary (code, label, source) VALUES ('x', '民族', '本系统')")
    (old.media_root / "ab").mkdir(parents=True)
    (old.media_root / "ab" / "file").write_bytes(b"proof")
    archive = tmp_path / "backup.tar.gz"
    backups.backup(old, str(archive))
    backups.restore(new, str(archive))
    assert _run(new.database_url, "SELECT code, label FROM dictionary") == [("x", "民族")]
    assert (new.media_root / "ab" / "file").read_bytes() == b"proof"
    assert migrating.check(new.database_url) == []


def test_a_restore_never_overwrites_data(places: tuple[Settings, Settings], tmp_path: Path) -> None:
    old, new = places
    migrating.upgrade(old.database_url)
    migrating.upgrade(new.database_url)
    archive = tmp_path / "backup.tar.gz"
    backups.backup(old, str(archive))
    with pytest.raises(backups.BackupError, match="不是空的"):
        backups.restore(new, str(archive))


def test_a_backup_never_overwrites_a_file(places: tuple[Settings, Settings], tmp_path: Path) -> None:
    taken = tmp_path / "taken.tar.gz"
    taken.write_bytes(b"something")
    with pytest.raises(backups.BackupError, match="已存在"):
        backups.backup(places[0], str(taken))
    assert taken.read_bytes() == b"something"


def test_a_stranger_s_file_is_refused_in_one_sentence(
    places: tuple[Settings, Settings], tmp_path: Path
) -> None:
    stranger = tmp_path / "stranger.tar.gz"
    stranger.write_bytes(b"no archive")
    with pytest.raises(backups.BackupError, match="不是本系统的备份文件"):
        backups.restore(places[1], str(stranger))
