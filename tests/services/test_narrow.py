"""Rows as plain columns: the same as entities say, the wall included, and nothing to write back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import Claim, Grade, Organization, Person, Region
from services import narrow
from services.listing import KEYS
from views.claim_grid import ClaimGrid

PATHS = (*ClaimGrid.columns, *ClaimGrid.more_columns, "person_id")
EVERYBODY = (
    "doctor",
    "hospital_admin",
    "school_admin",
    "jinshui_admin",
    "zhengzhou_admin",
    "health_admin",
    "province_admin",
)


def claims(session):
    """Return the claims a session sees, both ways, by key."""
    whole = {row.id: row for row in session.scalars(select(Claim))}
    rows = session.scalars(narrow.by_key(Claim, PATHS), {KEYS: list(whole)}).all()
    return whole, {row.id: row for row in rows}


def said(row, path):
    """Return what a path says of a row, whole or narrow: a related row is called by its name."""
    for name in path.split("."):
        row = None if row is None else getattr(row, name)
    return str(row) if isinstance(row, Organization | Region) or hasattr(row, "__table__") else row


@pytest.mark.parametrize("who", EVERYBODY)
def test_they_say_what_entities_say(world, open_session, who):
    with open_session(world.actors[who]) as session:
        whole, rows = claims(session)
        assert rows.keys() == whole.keys()
        assert rows
        for key, row in rows.items():
            assert {path: said(row, path) for path in PATHS} == {
                path: said(whole[key], path) for path in PATHS
            }


def test_who_is_out_of_sight_is_not_there(world, system, open_session):
    claim = system.get(Claim, world.id(Claim, "doctor-declared"))
    person = system.get(Person, claim.person_id)
    person.employer_id = world.id(Organization, "school")
    system.flush()
    with open_session(world.actors["hospital_admin"]) as session:
        row = session.scalars(narrow.by_key(Claim, ("person.name", "kind")), {KEYS: [claim.id]}).one()
        assert (row.person, bool(row.kind)) == (None, True)
    with open_session(world.actors["school_admin"]) as session:
        assert session.scalars(narrow.by_key(Claim, ("title",)), {KEYS: [claim.id]}).all() == []


def test_nothing_else_is_loaded(world, open_session):
    with open_session(world.actors["hospital_admin"]) as session:
        row = session.scalars(
            narrow.by_key(Claim, ("title", "person.name")), {KEYS: [world.id(Claim, "doctor-declared")]}
        ).one()
        assert vars(row).keys() == {"id", "title", "person"}
        assert vars(row.person).keys() == {"id", "name"}
        assert not session.identity_map


@pytest.mark.parametrize(
    ("model", "paths", "sentence"),
    [
        (Claim, ["person.employer.name"], "further than one relation"),
        (Claim, ["title.length"], "further than one relation"),
        (Claim, ["kind", "kind.code"], "by its name and by its columns"),
        (Grade, ["enrollment"], "a row without a name"),
        (Claim, ["nonsense"], "nonsense"),
    ],
)
def test_what_cannot_be_read_so_is_said_at_once(model, paths, sentence):
    with pytest.raises((ValueError, KeyError), match=sentence):
        narrow.by_key(model, paths)
