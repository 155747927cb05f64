"""What a test committed is taken back whole: rows changed, removed and added, what hung on them, and counters."""

from __future__ import annotations

from originals import original_of
from sqlalchemy import delete, func, insert, select, update
from world import build_world

from models import Account, Base, Claim, ImportRow, ImportRun, JournalEntry, Notice, Region
from models.base import open_engine
from permissions.wall import ScopedSession


def everything(engine):
    with engine.connect() as connection:
        return {
            table.name: connection.execute(select(table).order_by(table.c.id)).all()
            for table in Base.metadata.sorted_tables
        }


def test_whatever_was_committed_is_taken_back_time_and_again(database):
    url = database.make("original")
    engine = open_engine(url)
    with ScopedSession(engine) as session:
        build_world(session)
        session.commit()
    before = everything(engine)
    engine.dispose()
    original = original_of(url)
    given = []
    for _ in range(2):
        with engine.begin() as connection:
            connection.execute(update(Claim.__table__).values(title="改"))
            connection.execute(delete(JournalEntry.__table__))
            connection.execute(delete(ImportRun.__table__))
            connection.execute(insert(Region.__table__).values(code="411000", name="许昌市", level="city"))
            account = connection.scalar(select(func.min(Account.id)))
            new = (
                insert(Notice.__table__)
                .values(account_id=account, title="新")
                .returning(Notice.__table__.c.id)
            )
            given.append(connection.scalar(new))
        after = everything(engine)
        changed = {
            model.__tablename__ for model in (Claim, JournalEntry, ImportRun, ImportRow, Region, Notice)
        }
        assert {name for name in before if before[name] != after[name]} == changed
        engine.dispose()
        original.put_back()
        assert everything(engine) == before
        engine.dispose()
    assert given[0] == given[1]
    original.dispose()
