"""Backup and restore: database and stored files in one archive.

The keyring (``BACKOFFICE_DATA_KEYS``) is not part of it: an archive that fell into wrong hands shows no citizen id,
and without the keyring, kept elsewhere, it cannot be read by anybody.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from models.base import now

if TYPE_CHECKING:
    from backoffice.config import Settings

MANIFEST, DATABASE, MEDIA = "manifest.json", "database", "media"
FORMAT = 1
IN_A_BUCKET = "；上传的文件在 S3 存储桶里，不在备份中，请另用存储桶的版本或复制功能备份"


class BackupError(Exception):
    """Backup or restore is not possible; the text is one sentence for the operator."""


def backup(settings: Settings, path: str) -> str:
    """Write an archive.

    Args:
        settings: whose database and files.
        path: the archive to write, ``….tar.gz``; must not exist.

    Raises:
        BackupError: the file exists, or the database's dump program failed.
    """
    target = Path(path)
    if target.exists():
        raise BackupError(f"{target} 已存在，请换一个文件名")
    url = sa.make_url(settings.database_url)
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / DATABASE
        if url.get_backend_name() == "sqlite":
            _copy_sqlite(Path(str(url.database)), dump)
        else:
            _run(["pg_dump", "--format=custom", f"--file={dump}", _libpq(url)])
        manifest = Path(folder) / MANIFEST
        about = {"format": FORMAT, "database": url.get_backend_name(), "made_at": now().isoformat()}
        manifest.write_text(json.dumps(about), encoding="utf-8")
        partial = target.with_name(target.name + ".part")
        with tarfile.open(partial, "w:gz") as archive:
            archive.add(manifest, MANIFEST)
            archive.add(dump, DATABASE)
            if settings.media_root and settings.media_root.is_dir():
                archive.add(settings.media_root, MEDIA)
        partial.rename(target)
    return f"已备份到 {target}{'' if settings.media_root else IN_A_BUCKET}"


def restore(settings: Settings, path: str) -> str:
    """Put an archive back into an installation that holds nothing yet.

    Raises:
        BackupError: not an archive of ours, of another kind of database, or the installation is in use.
    """
    url = sa.make_url(settings.database_url)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(path, "r:gz") as archive:
                archive.extractall(folder, filter="data")
            about = json.loads((Path(folder) / MANIFEST).read_text(encoding="utf-8"))
        except (tarfile.TarError, OSError, ValueError) as error:
            raise BackupError(f"{path} 不是本系统的备份文件") from error
        if about.get("format") != FORMAT or about.get("database") != url.get_backend_name():
            raise BackupError(f"备份来自 {about.get('database')}，不能恢复到 {url.get_backend_name()}")
        if not _is_empty(url):
            raise BackupError("目标数据库不是空的；请恢复到新建的数据库，以免覆盖数据")
        dump = Path(folder) / DATABASE
        if url.get_backend_name() == "sqlite":
            database = Path(str(url.database))
            database.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(dump, database)
        else:
            _run(["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={_libpq(url)}", str(dump)])
        files = Path(folder) / MEDIA
        if settings.media_root and files.is_dir():
            shutil.copytree(files, settings.media_root, dirs_exist_ok=True)
    return f"已从 {path} 恢复"


def _copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database that may be in use; the backup interface sees one moment of it."""
    if not source.exists():
        raise BackupError("数据库还不存在，没有可备份的内容")
    with sqlite3.connect(source) as live, sqlite3.connect(target) as copy:
        live.backup(copy)
    live.close()
    copy.close()


def _is_empty(url: sa.URL) -> bool:
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return True
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return not sa.inspect(engine).get_table_names()


def _libpq(url: sa.URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _run(command: list[str]) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise BackupError(f"没有找到 {command[0]}，请先安装 PostgreSQL 客户端")
    done = subprocess.run(  # noqa: S603  (a fixed program; the address is the operator's own setting)
        [program, *command[1:]], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{command[0]} 失败：{done.stderr.strip()}")
