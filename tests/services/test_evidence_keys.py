"""Keys of evidence stored before numbers were written in one way are written anew by the upgrade, and nothing else is."""

from __future__ import annotations

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from factories import MOMENT, YEAR, make_claim
from sqlalchemy import select

from backoffice import migrating
from models import Claim, ClaimItem, ClaimKind, ClaimKindVersion, Person
from services import reuse


def make_version(system, code, *numbers, recurring=False):
    kind = ClaimKind(code=code, name=code, position=9)
    system.add(kind)
    system.flush()
    version = ClaimKindVersion(kind_id=kind.id, number=1, published_at=MOMENT, subjects=["specialty"], title_label="名称",
                               recurring=recurring, proof="证书", help="")  # fmt: skip
    system.add(version)
    system.flush()
    for position, number in enumerate(numbers, 1):
        system.add(ClaimItem(kind_version_id=version.id, code=number, label=number, type="text", position=position,
                             evidence=True))  # fmt: skip
    system.flush()
    return version


@pytest.fixture
def claims(world, system):
    """Claims with the keys of an earlier version: one patent and one book in two ways each, and what stays as it is."""
    person = system.get(Person, world.id(Person, "doctor"))
    patents = make_version(system, "patent", "patent_number")
    books = make_version(system, "book", "isbn", recurring=True)
    projects = make_version(system, "project", "project_number")

    def made(version, status="approved", **items):
        claim = make_claim(system, person, status=status, check_result="clean", items=items)
        claim.kind_id, claim.kind_version_id = version.kind_id, version.id
        return claim

    found = {
        "patent": made(patents, patent_number="ZL 2017 1 0601862.3"),
        "patent again": made(patents, "draft", patent_number="201710601862"),
        "patent that waits": made(patents, "declared", patent_number="CN201710601862"),
        "patent that waits, filed since": made(patents, "declared", patent_number="201710601862"),
        "another patent": made(patents, patent_number="ZL95115608.X"),
        "without number": made(patents, "draft"),
        "book": made(books, isbn="978-7-302-51161-8"),
        "book by its old number": made(books, isbn="7-302-51161-6"),
        "project": made(projects, project_number="豫 1"),
    }
    since = found["patent that waits, filed since"]
    since.evidence_key = reuse.key_of(
        "patent", ["patent_number"], since.items, title=since.title, first_day=since.start_date, year=None
    )
    system.commit()
    return {name: claim.id for name, claim in found.items()}


def upgraded(connection, system):
    script = ScriptDirectory(str(migrating.FOLDER)).get_revision("0029")
    with Operations.context(MigrationContext.configure(connection)):
        script.module.upgrade()
    system.expire_all()
    return {row.id: (row.evidence_key, row.check_result.value) for row in system.scalars(select(Claim))}


def test_one_piece_of_evidence_has_one_key_and_other_claims_keep_theirs(claims, connection, system):
    before = {row.id: row.evidence_key for row in system.scalars(select(Claim))}
    after = upgraded(connection, system)
    keys = {name: after[key][0] for name, key in claims.items()}
    alike = ("patent", "patent again", "patent that waits", "patent that waits, filed since")
    assert len({keys[name] for name in alike}) == 1
    assert keys["book"] == keys["book by its old number"]
    assert len(set(keys.values())) == len(keys) - 4
    for name in set(claims) - {"project"}:
        row = system.get(Claim, claims[name])
        assert row.evidence_key == reuse.evidence_key(row.kind_version, row, row.items), name
        assert row.credit_year == YEAR
    untouched = set(before) - {key for name, key in claims.items() if name != "project"}
    assert {key: after[key][0] for key in untouched} == {key: before[key] for key in untouched}
    assert upgraded(connection, system) == after, "once more changes nothing"


def test_what_waits_is_checked_again_and_what_was_decided_is_not(claims, connection, system):
    after = upgraded(connection, system)
    assert {name: after[key][1] for name, key in claims.items() if after[key][1] != "clean"} == {
        "patent that waits": "unchecked",
        "patent that waits, filed since": "unchecked",
    }


def test_many_are_gone_through_portion_by_portion(claims, connection, system, monkeypatch):
    whole = upgraded(connection, system)
    for key in claims.values():
        system.get(Claim, key).evidence_key = "formerly"
    system.commit()
    revision = ScriptDirectory(str(migrating.FOLDER)).get_revision("0029").module
    monkeypatch.setattr(revision, "PORTION", 2)
    with Operations.context(MigrationContext.configure(connection)):
        revision.upgrade()
    system.expire_all()
    again = {row.id: row.evidence_key for row in system.scalars(select(Claim))}
    assert {name: again[key] for name, key in claims.items() if name != "project"} == {
        name: whole[key][0] for name, key in claims.items() if name != "project"
    }
