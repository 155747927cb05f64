"""Stores of files: a folder, and a bucket on a server that speaks S3, behave alike; what nothing names is deleted."""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets

import pytest
from factories import make_attachment
from moto.server import ThreadedMotoServer

from models import Account, Organization, RegistrationDraft
from permissions.wall import ALL, set_scope
from services import stored_files
from services.media import BucketMediaStore, LocalMediaStore, store_of

LATER = dt.datetime.now(dt.UTC) + stored_files.ORPHAN_AGE + dt.timedelta(hours=1)


@pytest.fixture(scope="module")
def s3():
    """A server of S3 on this machine, with a bucket."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path, monkeypatch):
    if request.param == "folder":
        return store_of(f"file://{tmp_path / 'media'}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    url = request.getfixturevalue("s3")
    made = store_of(f"s3://files-{secrets.token_hex(4)}/claims?endpoint_url={url}&region_name=eu-central-1")
    made._files.mkdir(made.root.partition("/")[0])  # noqa: SLF001  (an operator makes the bucket)
    return made


def test_bytes_come_back_under_an_opaque_key(store):
    key, other = store.put(b"proof"), store.put(b"proof")
    assert re.fullmatch("[0-9a-f]{32}", key)
    assert key != other
    with store.open(key) as file:
        assert file.read() == b"proof"
    assert {name for name, _moment in store.stored()} == {key, other}


def test_deleted_bytes_are_gone_and_may_be_deleted_again(store):
    key = store.put(b"proof")
    store.delete(key)
    store.delete(key)
    with pytest.raises(FileNotFoundError):
        store.open(key)


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n", "/" + "a" * 31]
)
def test_what_is_no_key_opens_and_deletes_nothing(tmp_path, key):
    for store in (LocalMediaStore(tmp_path), BucketMediaStore("bucket")):
        with pytest.raises(ValueError, match="not a media key"):
            store.open(key)
        with pytest.raises(ValueError, match="not a media key"):
            store.delete(key)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://host/x", "must be file:///folder or s3://"),
        ("s3:///prefix", "must be file:///folder or s3://"),
        ("s3://bucket?key=x", "knows endpoint_url and region_name, not key"),
    ],
)
def test_a_wrong_setting_is_refused_in_words(url, words):
    with pytest.raises(ValueError, match=words):
        store_of(url)


def test_only_old_files_nothing_names_are_deleted(world, open_session, tmp_path):
    store = LocalMediaStore(tmp_path)
    attached, shown, scanned, drafted, lost, new = (store.put(b"x") for _ in range(6))
    with open_session("all") as session:
        set_scope(session, ALL)
        uploader = session.get(Account, world.id(Account, "doctor"))
        file = make_attachment(session, None, uploader)
        file.media_key, file.preview_key = attached, shown
        session.get(Organization, world.id(Organization, "hospital")).certificate_key = scanned
        session.add(
            RegistrationDraft(token_hash="x", kind="employer", files=[drafted], data={}, expires_at=LATER)
        )
        session.flush()
        assert stored_files.clean_up(session, store, dt.datetime.now(dt.UTC)) == 0, "all of them are new"
        ages = {path.name: path for path in tmp_path.rglob("*") if path.is_file()}
        for name, path in ages.items():
            if name != new:
                os.utime(path, (0, 0))
        assert stored_files.clean_up(session, store, dt.datetime.now(dt.UTC)) == 1
    assert {name for name, _moment in store.stored()} == {attached, shown, scanned, drafted, new}
    assert not ages[lost].exists()
