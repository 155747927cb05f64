"""Where stored files lie: a folder, or a bucket that speaks S3, under keys that say nothing about them."""

from __future__ import annotations

import io
import re
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE, S3 = "file://", "s3://"
S3_OPTIONS = ("endpoint_url", "region_name")
_KEY = re.compile(r"[0-9a-f]{32}")


class MediaStore(Protocol):
    """Keeps bytes under opaque keys, outside of everything a web server hands out by itself."""

    def put(self, data: bytes) -> str:
        """Keep the bytes and return their new key."""

    def put_from(self, source: BinaryIO) -> str:
        """Keep what is left to read of a file, in little memory, and return its new key."""

    def open(self, key: str) -> BinaryIO:
        """Open the bytes for reading; ``ValueError`` for what is no key, ``FileNotFoundError`` for an unknown one."""

    def delete(self, key: str) -> None:
        """Forget the bytes, also when they are gone already; ``ValueError`` for what is no key."""

    def stored(self) -> Iterator[tuple[str, datetime]]:
        """Yield every key with the moment its bytes were stored."""


class LocalMediaStore:
    """A media store in a folder, two levels deep so that no folder grows large.

    Args:
        root: the folder; created with the first file.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Keep the bytes under a random key of 32 hexadecimal characters."""
        return self.put_from(io.BytesIO(data))

    def put_from(self, source: BinaryIO) -> str:
        """Keep what is left to read of a file under such a key."""
        key = secrets.token_hex(16)
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            shutil.copyfileobj(source, file)
        return key

    def open(self, key: str) -> BinaryIO:
        """Open for reading; raises ``ValueError`` for what is no key, ``FileNotFoundError`` for an unknown one."""
        return self._path(key).open("rb")

    def delete(self, key: str) -> None:
        """Remove the file if it is there; raises ``ValueError`` for what is no key."""
        self._path(key).unlink(missing_ok=True)

    def stored(self) -> Iterator[tuple[str, datetime]]:
        """Yield key and moment of every file; what is no file of ours is passed over."""
        for path in self.root.glob("??/??/*"):
            if _KEY.fullmatch(path.name):
                yield path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC)

    def _path(self, key: str) -> Path:
        return self.root / _place(key)


class BucketMediaStore:
    """A media store in a bucket of S3 or of what speaks like it, with the same places as in a folder.

    Credentials come from where every program of S3 looks: ``AWS_ACCESS_KEY_ID`` and ``AWS_SECRET_ACCESS_KEY``, a
    profile, or the machine's role.

    Args:
        root: bucket and prefix.
        **options: ``endpoint_url``, ``region_name``.
    """

    def __init__(self, root: str, **options: str) -> None:
        self.root = root.strip("/")
        self._options = options

    @property
    def _files(self) -> Any:
        import s3fs  # noqa: PLC0415  (takes half a second, and most installations have a folder)

        # One instance for the same options, and a new one in each process: connections must not cross a fork.
        return s3fs.S3FileSystem(client_kwargs=self._options, use_listings_cache=False)

    def put(self, data: bytes) -> str:
        """Keep the bytes under a random key of 32 hexadecimal characters."""
        key = secrets.token_hex(16)
        self._files.pipe_file(self._path(key), data)
        return key

    def put_from(self, source: BinaryIO) -> str:
        """Keep what is left to read of a file under such a key, sent in portions."""
        key = secrets.token_hex(16)
        with self._files.open(self._path(key), "wb") as file:
            shutil.copyfileobj(source, file)
        return key

    def open(self, key: str) -> BinaryIO:
        """Open for reading, fetched in portions; raises ``ValueError`` for what is no key, ``FileNotFoundError`` for an unknown one."""
        opened: BinaryIO = self._files.open(self._path(key), "rb")
        return opened

    def delete(self, key: str) -> None:
        """Remove the bytes if they are there; raises ``ValueError`` for what is no key."""
        try:
            self._files.rm_file(self._path(key))
        except FileNotFoundError:
            return

    def stored(self) -> Iterator[tuple[str, datetime]]:
        """Yield key and moment of every object of ours."""
        for path, about in self._files.find(self.root, detail=True).items():
            name = path.rpartition("/")[2]
            if _KEY.fullmatch(name):
                yield name, about["LastModified"]

    def _path(self, key: str) -> str:
        return f"{self.root}/{_place(key)}"


def store_of(url: str) -> MediaStore:
    """Return the store of a setting.

    Args:
        url: ``file:///folder``, or ``s3://bucket/prefix`` with ``?endpoint_url=…&region_name=…`` where it is not Amazon's.

    Raises:
        ValueError: neither; the text goes behind the name of the setting.
    """
    if url.startswith(FILE):
        return LocalMediaStore(Path(url.removeprefix(FILE)))
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if not url.startswith(S3) or not parts.netloc:
        raise ValueError("must be file:///folder or s3://bucket/prefix")
    if unknown := set(options) - set(S3_OPTIONS):
        raise ValueError(f"knows {' and '.join(S3_OPTIONS)}, not {', '.join(sorted(unknown))}")
    return BucketMediaStore(parts.netloc + parts.path, **options)


def _place(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("not a media key")
    return f"{key[:2]}/{key[2:4]}/{key}"
