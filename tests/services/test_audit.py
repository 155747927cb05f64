"""The journal is sealed in a chain; the first row that was changed afterwards is named."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, insert, select, text

from models import JournalEntry, JournalSeal
from models.base import open_engine
from permissions.wall import ALL, ScopedSession, set_scope
from services import audit

MOMENT = dt.datetime(2026, 11, 1, 8, 0, 0, 120000, tzinfo=dt.UTC)


@pytest.fixture
def session(engine):
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        yield session


SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # keeps anything in any column
POSTGRESQL = pytest.mark.parametrize(
    "database", ["postgresql"], indirect=True
)  # has several writers at a time


def write(session, *keys):
    """Write a journal row for each key."""
    rows = [
        {
            "id": key,
            "moment": MOMENT + dt.timedelta(seconds=key),
            "object_type": "account",
            "object_id": key,
            "action": "login",
            "reason": None if key % 2 else "口令错误",
            "details": {"次数": key, "alpha": [1.5, None, {"b": True, "a": "é"}]},
        }
        for key in keys
    ]
    session.execute(insert(JournalEntry), rows)
    session.commit()


def alter(session, statement, **values):
    session.execute(text(statement), values)
    session.commit()


def problem(session):
    return audit.verify(session).problem


@pytest.fixture
def sealed(session, monkeypatch):
    """Rows 1 to 10 and 14 to 25 in blocks of five."""
    monkeypatch.setattr(audit, "BLOCK", 5)
    write(session, *range(1, 11), *range(14, 26))
    assert audit.seal(session) == 22
    session.commit()
    return session


def test_an_empty_journal_is_fine(session):
    assert audit.seal(session) == 0
    assert audit.verify(session) == audit.AuditReport(0, 0, None, "")


def test_what_was_sealed_is_confirmed_and_what_came_later_is_counted(sealed):
    write(sealed, 26, 27)
    report = audit.verify(sealed)
    assert (report.sealed, report.unsealed, report.problem) == (22, 2, None)
    assert sealed.scalar(select(func.count()).select_from(JournalSeal)) == 5
    assert audit.seal(sealed) == 2
    assert audit.seal(sealed) == 0
    assert audit.verify(sealed).sealed == 24


def test_the_digest_does_not_depend_on_time_zone_or_order_of_json(sealed):
    before = '{"次数": 3, "alpha": [1.5, null, {"b": true, "a": "é"}]}'
    alter(sealed, "UPDATE journal_entry SET details = :details WHERE id = 3", details=before)
    if sealed.get_bind().dialect.name == "postgresql":
        alter(sealed, "SET TIME ZONE 'Asia/Shanghai'")
    assert problem(sealed) is None
    other = '{"alpha":[1.5,null,{"a":"é","b":true}],"次数":3}'
    alter(sealed, "UPDATE journal_entry SET details = :details WHERE id = 3", details=other)
    assert problem(sealed) is None


def test_both_databases_give_the_same_digest(session):
    write(session, 3)
    audit.seal(session)
    (block,) = session.scalars(select(JournalSeal))
    assert block.digests.hex() == "bccce450bc91e775d06f565e4b26428d585d7a91401a1f691c425dbfab48a7aa"


@pytest.mark.parametrize(
    "change",
    [
        "reason = '改过'",
        "reason = NULL, action = 'logout'",
        "object_id = 99",
        "details = '{}'",
        "moment = '2020-01-01 00:00:00.000000'",
        "batch_id = 'x'",
    ],
)
@pytest.mark.parametrize("key", [1, 8, 25])
def test_an_altered_row_is_named(sealed, change, key):
    alter(sealed, f"UPDATE journal_entry SET {change} WHERE id = :key", key=key)
    assert problem(sealed) == f"第 {key} 号日志被修改"


def test_the_first_of_several_is_named(sealed):
    alter(sealed, "UPDATE journal_entry SET action = 'x' WHERE id IN (7, 9, 20)")
    report = audit.verify(sealed)
    assert report.problem == "第 7 号日志被修改"
    assert report.sealed == 5


@pytest.mark.parametrize("key", [1, 3, 5, 6, 10, 14, 15, 25])
def test_a_removed_row_is_named(sealed, key):
    alter(sealed, "DELETE FROM journal_entry WHERE id = :key", key=key)
    assert problem(sealed) == f"第 {key} 号日志被删除"


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        ((2, 3), "第 2 号日志被删除"),
        ((4, 5), "第 4 号日志被删除"),
        (range(6, 11), "第 6 号日志被删除"),
        (range(1, 26), "第 1 号日志被删除"),
    ],
)
def test_of_several_removed_rows_the_first_is_named(sealed, gone, sentence):
    for key in gone:
        alter(sealed, "DELETE FROM journal_entry WHERE id = :key", key=key)
    assert problem(sealed) == sentence


def test_a_removed_row_beside_a_gap_is_named_by_its_neighbours(session):
    write(session, 1, 2, 5, 6)
    audit.seal(session)
    alter(session, "DELETE FROM journal_entry WHERE id = 2")
    assert problem(session) == "第 2 至 4 号之间有日志被删除"


@pytest.mark.parametrize("key", [-1, 11, 13])
def test_a_row_put_between_sealed_ones_is_named(sealed, key):
    write(sealed, key)
    assert problem(sealed) in (
        f"第 {key} 号日志不在链中：它是封存后插入的，或编号被改动",
        None if key < 0 else "",
    )


def test_a_row_put_into_a_gap_of_a_block_is_named(session):
    write(session, 1, 2, 5, 6)
    audit.seal(session)
    write(session, 3)
    assert problem(session) == "第 3 号日志不在链中：它是封存后插入的，或编号被改动"


def test_swapped_rows_are_named(sealed):
    for source, target in ((7, 900), (8, 7), (900, 8)):
        alter(
            sealed, "UPDATE journal_entry SET id = :target WHERE id = :source", source=source, target=target
        )
    assert problem(sealed) == "第 7 号日志被修改"


def test_a_row_moved_to_the_end_is_missed(sealed):
    alter(sealed, "UPDATE journal_entry SET id = 900 WHERE id = 7")
    assert problem(sealed) == "第 7 号日志被删除"


BROKEN = "封存第 6 至 10 号日志的记录被修改，或它前面的封存记录被删除"


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE journal_seal SET first_id = 5 WHERE last_id = 10", BROKEN.replace("6", "5")),
        ("UPDATE journal_seal SET sealed_at = '2020-01-01 00:00:00.000000' WHERE last_id = 10", BROKEN),
        ("UPDATE journal_seal SET chain = 'x' WHERE last_id = 10", BROKEN),
        ("UPDATE journal_seal SET digests = (SELECT digests FROM journal_seal WHERE last_id = 5) WHERE last_id = 10",
         BROKEN),
        ("DELETE FROM journal_seal WHERE last_id = 5", BROKEN),
    ],
)  # fmt: skip
def test_an_altered_or_removed_seal_is_named(sealed, statement, sentence):
    alter(sealed, statement)
    assert problem(sealed) == sentence


def test_a_cut_off_end_is_told_by_an_anchor_kept_elsewhere(sealed):
    anchor = audit.verify(sealed).head
    assert audit.verify(sealed, anchor=anchor).problem is None
    write(sealed, 30)
    audit.seal(sealed)
    assert audit.verify(sealed, anchor=anchor).problem is None
    alter(sealed, "DELETE FROM journal_seal WHERE last_id > 23")
    alter(sealed, "DELETE FROM journal_entry WHERE id > 23")
    assert problem(sealed) is None
    assert "找不到链值" in audit.verify(sealed, anchor=anchor).problem


@pytest.mark.parametrize(
    "change", ["details = '{'", "moment = 'gestern'", "action = x'00ff'"], ids=["json", "moment", "blob"]
)
@SQLITE
def test_a_row_made_unreadable_is_named(sealed, change):
    alter(sealed, f"UPDATE journal_entry SET {change} WHERE id = 8")
    assert problem(sealed) == "第 8 号日志被修改"


@SQLITE
def test_an_unreadable_row_is_not_made_good_by_sealing_it(session):
    write(session, 1, 2, 3)
    alter(session, "UPDATE journal_entry SET details = '{' WHERE id = 2")
    assert audit.seal(session) == 3
    assert problem(session) == "第 2 号日志被修改"


@POSTGRESQL
def test_sealing_waits_for_a_row_that_is_being_written(engine, session):
    """A row with a lower key must not turn up behind a seal."""
    write(session, 1)
    with ScopedSession(engine) as writer:
        set_scope(writer, ALL)
        writer.execute(insert(JournalEntry), [{"id": 2, "moment": MOMENT, "object_type": "a", "object_id": 1,
                                               "action": "login", "details": {}}])  # fmt: skip
        write(session, 3)
        assert audit.seal(session, wait=False) == 0
        session.commit()
        sealed = []

        def wait():
            with ScopedSession(engine) as other:
                set_scope(other, ALL)
                sealed.append(audit.seal(other))
                other.commit()

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        writer.commit()
        thread.join()
    assert sealed == [3]
    assert audit.verify(session).problem is None


@POSTGRESQL
def test_writing_goes_on_while_a_sealing_is_not_committed(engine, session):
    write(session, 1, 2)
    assert audit.seal(session) == 2
    with ScopedSession(engine) as other:
        set_scope(other, ALL)
        write(other, 3)
        assert audit.seal(other, wait=False) == 0
        other.commit()
    session.commit()
    assert audit.seal(session) == 1
    assert audit.verify(session).problem is None


def test_two_sealings_at_once_seal_every_row_once(engine, session):
    write(session, *range(1, 300))
    counts = []

    def run():
        own = open_engine(engine.url.render_as_string(hide_password=False))
        with ScopedSession(own) as other:
            set_scope(other, ALL)
            counts.append(audit.seal(other))
            other.commit()
        own.dispose()

    session.close()
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 299]
    assert audit.verify(session) == audit.AuditReport(299, 0, None, audit.verify(session).head)
