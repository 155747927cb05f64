"""Base data of the filters: read once, the same for everybody, and read anew after a change."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select, update

from models import ClaimKind
from permissions.actor import VISITOR
from permissions.wall import ALL
from services import reading, remembered

READS = {
    "years": (reading.year_choices,),
    "kinds": (reading.kind_choices,),
    "regions": (reading.regions_within, ("410000", "420000")),
}


@pytest.fixture(autouse=True)
def _nothing_known():
    remembered.forget()
    yield
    remembered.forget()


@pytest.mark.parametrize(("read", "arguments"), [(read, rest) for read, *rest in READS.values()], ids=READS)
def test_what_is_remembered_is_read_once_and_the_same_for_a_visitor(
    open_session, connection, read, arguments
):
    system, visitor, asked = open_session(ALL), open_session(VISITOR), []
    event.listen(connection, "before_cursor_execute", lambda *given: asked.append(given[2]))
    first = remembered.remembered(read, system, *arguments)
    number = len(asked)
    assert first
    assert remembered.remembered(read, visitor, *arguments) == first
    assert len(asked) == number
    assert read(visitor, *arguments) == first, "only what is public may be remembered"


def _rename_one(session):
    session.scalars(select(ClaimKind)).first().name = "改名"
    session.flush()


def _rename_in_a_set(session):
    session.execute(update(ClaimKind).values(name="改名"))


@pytest.mark.parametrize("rename", [_rename_one, _rename_in_a_set])
def test_a_change_is_offered_once_it_is_committed(open_session, rename):
    session = open_session(ALL)
    assert "改名" not in dict(remembered.remembered(reading.kind_choices, session)).values()
    rename(session)
    assert "改名" not in dict(remembered.remembered(reading.kind_choices, session)).values()
    session.commit()
    assert "改名" in dict(remembered.remembered(reading.kind_choices, session)).values()


def test_what_another_process_changed_is_offered_after_a_while(open_session, connection, monkeypatch):
    session, table = open_session(ALL), ClaimKind.__table__
    known = remembered.remembered(reading.kind_choices, session)
    connection.execute(table.update().values(name=table.c.code))
    assert remembered.remembered(reading.kind_choices, session) == known
    remembered.forget()
    monkeypatch.setattr(remembered, "SECONDS", 0.0)
    changed = remembered.remembered(reading.kind_choices, session)
    assert changed != known
    connection.execute(table.update().values(name="再改"))
    assert remembered.remembered(reading.kind_choices, session) != changed
