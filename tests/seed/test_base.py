"""Reference data is put in once, brought up to date where a file changed, and never touched otherwise."""

from __future__ import annotations

import json
import shutil
import time
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from models import (
    Base,
    ClaimItem,
    ClaimKindVersion,
    CreditYear,
    Dictionary,
    DictionaryItem,
    HourRule,
    Region,
    Requirement,
)
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.loading import REFERENCE, read_objects, read_table
from services.rulebook import compute

TABLES = [Base.metadata.tables[name] for name in (
    "region", "dictionary", "dictionary_item", "credit_year", "requirement", "claim_kind", "claim_kind_version",
    "claim_item", "hour_rule", "calendar_day",
)]  # fmt: skip


@pytest.fixture
def session(engine):
    with ScopedSession(engine) as session:
        set_scope(session, ALL)
        yield session


@pytest.fixture
def folder(tmp_path):
    """A copy of the reference files, to be changed."""
    return shutil.copytree(REFERENCE, tmp_path / "reference")


def content(session):
    return {table.name: session.execute(select(table).order_by(table.c.id)).all() for table in TABLES}


def change(folder, name, edit):
    """Change the objects of a JSON file."""
    objects = read_objects(name, folder)
    edit(objects)
    (folder / name).write_text(json.dumps(objects, ensure_ascii=False), encoding="utf-8")


def replace(folder, name, old, new):
    file = folder / name
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new), encoding="utf-8")


def lines(report):
    """Return what was written, by list."""
    return {line.code: (line.inserted, line.updated) for line in report if line.inserted or line.updated}


def test_everything_in_the_files_is_stored_in_under_two_seconds(session):
    start = time.perf_counter()
    report = {line.code: line for line in seed_base(session)}
    session.commit()
    assert time.perf_counter() - start < 2
    lists = {
        "regions": ("行政区划", len(read_table("regions.csv"))),
        "credit_years": ("年度", 30),
        "requirements": ("学时要求", len(read_table("requirements.csv"))),
        "calendar_days": ("工作日历", len(read_table("calendar_days.csv"))),
        "claim_kinds": ("继续教育类型", 15),
        "hour_rules": ("学时规则", len(read_objects("hour_rules.json"))),
        "saved_views": ("常用视图", len(read_table("saved_views.csv"))),
        **{
            line["code"]: (line["label"], len(read_table(f"dictionaries/{line['code']}.csv")))
            for line in read_table("dictionaries.csv")
        },
    }
    assert {code: (line.label, line.entries) for code, line in report.items()} == lists
    assert all(line.inserted == line.entries and line.updated == 0 for line in report.values())
    stored = {name: len(rows) for name, rows in content(session).items()}
    assert stored["region"] == lists["regions"][1]
    assert stored["dictionary_item"] == sum(
        len(read_table(f"dictionaries/{line['code']}.csv")) for line in read_table("dictionaries.csv")
    )
    assert stored["claim_item"] == sum(len(kind["items"]) for kind in read_objects("claim_kinds.json"))


def test_what_is_stored_is_what_the_files_say(session):
    seed_base(session)
    jiyuan = session.scalars(select(Region).where(Region.code == "419001")).one()
    assert (jiyuan.name, str(jiyuan.level), jiyuan.parent_code) == ("济源市", "county", "419000")
    han = session.scalars(select(DictionaryItem).where(DictionaryItem.dictionary_code == "ethnicity")).first()
    assert han.dictionary.source == "GB/T 3304-1991"
    year = session.scalars(select(Requirement).where(Requirement.year == 2026)).one()
    assert (year.public_hours, year.specialty_hours, year.total_hours) == (30, 60, 90)
    item = session.scalars(select(ClaimItem).where(ClaimItem.code == "claimed_hours")).one()
    assert (item.minimum, item.kind_version.number) == (Decimal("0.5"), 1)
    characters = session.scalars(select(ClaimItem).where(ClaimItem.code == "characters")).all()
    assert max(item.maximum for item in characters) == 10_000_000
    result = compute(session, "academic_exchange", {"level": "national", "reads_paper": True, "paper_length": 3000},
                     2026)  # fmt: skip
    assert (result.hours, result.rule_version, result.confirmed) == (Decimal(20), 1, True)


def test_seeding_twice_changes_nothing(session):
    seed_base(session)
    session.commit()
    before = content(session)
    assert lines(seed_base(session)) == {}
    assert not session.new
    session.commit()
    assert content(session) == before


def test_seeding_again_writes_no_row(session):
    """Not even the same values: other sessions wait for nothing and PostgreSQL keeps no dead rows."""
    seed_base(session)
    session.commit()
    if session.get_bind().dialect.name == "postgresql":
        marks = [
            session.execute(text(f"SELECT id, xmin, ctid FROM {table.name} ORDER BY id")).all()
            for table in TABLES
        ]
        seed_base(session)
        session.commit()
        assert marks == [
            session.execute(text(f"SELECT id, xmin, ctid FROM {table.name} ORDER BY id")).all()
            for table in TABLES
        ]
        return
    before = session.scalar(text("SELECT total_changes()"))
    seed_base(session)
    assert session.scalar(text("SELECT total_changes()")) == before


def test_a_changed_line_is_brought_up_to_date_and_nothing_else_is_touched(session, folder):
    seed_base(session, folder)
    session.commit()
    before = content(session)
    replace(folder, "regions.csv", "419001,济源市", "419001,济源示范区")
    replace(folder, "dictionaries/sex.csv", "男", "男性")
    replace(folder, "credit_years.csv", "1998,1998-01-01,1999-03-31", "1998,1998-01-01,1999-04-30")
    replace(folder, "requirements.csv", "1998,junior,0,0,56", "1998,junior,0,0,48")
    replace(folder, "calendar_days.csv", "2026-02-28,true", "2026-02-28,false")
    assert lines(seed_base(session, folder)) == {
        "regions": (0, 1), "sex": (0, 1), "credit_years": (0, 1), "requirements": (0, 1), "calendar_days": (0, 1),
    }  # fmt: skip
    session.commit()
    after = content(session)
    changed = {name: len(set(map(str, after[name])) - set(map(str, rows))) for name, rows in before.items()}
    assert {name: count for name, count in changed.items() if count} == {
        "region": 1, "dictionary_item": 1, "credit_year": 1, "requirement": 1, "calendar_day": 1,
    }  # fmt: skip
    assert session.scalar(select(Region.name).where(Region.code == "419001")) == "济源示范区"


def test_a_new_line_is_added_and_a_line_that_left_the_file_stays(session, folder):
    seed_base(session, folder)
    replace(folder, "regions.csv", "419001,济源市,county,419000,2025\n", "419099,新设区,county,419000,2026\n")
    assert lines(seed_base(session, folder)) == {"regions": (1, 0)}
    names = session.scalars(
        select(Region.name).where(Region.parent_code == "419000").order_by(Region.code)
    ).all()
    assert names == ["济源市", "新设区"]


def test_columns_no_file_speaks_of_are_left_alone(session, folder):
    seed_base(session, folder)
    session.execute(text("UPDATE region SET valid_to = '2026-12-31' WHERE code = '419001'"))
    replace(folder, "regions.csv", "419001,济源市", "419001,济源示范区")
    seed_base(session, folder)
    assert str(session.scalar(select(Region.valid_to).where(Region.code == "419001"))) == "2026-12-31"


def test_entries_an_administrator_added_stay(session):
    seed_base(session)
    session.add(DictionaryItem(dictionary_code="sex", code="8", label="测试", position=99))
    session.add(Dictionary(code="own", label="自建", source="测试"))
    session.flush()
    assert lines(seed_base(session)) == {}
    assert session.scalar(select(DictionaryItem.label).where(DictionaryItem.code == "8",
                                                             DictionaryItem.dictionary_code == "sex")) == "测试"  # fmt: skip


def test_changed_items_are_published_as_a_new_version_and_the_old_one_is_kept(session, folder):
    seed_base(session, folder)
    session.commit()
    before = content(session)
    change(folder, "claim_kinds.json", lambda kinds: kinds[0]["items"][0].update(label="所攻读的学历"))
    assert lines(seed_base(session, folder)) == {"claim_kinds": (1, 0)}
    session.commit()
    after = content(session)
    for table in ("claim_kind_version", "claim_item"):
        assert set(map(str, before[table])) < set(map(str, after[table]))
    newest = session.scalars(select(ClaimKindVersion).where(ClaimKindVersion.number == 2)).one()
    assert (newest.kind.code, newest.items[0].label) == ("degree_study", "所攻读的学历")
    assert lines(seed_base(session, folder)) == {}


def test_a_version_an_administrator_published_is_not_overruled_by_the_same_file(session):
    seed_base(session)
    first = session.scalars(select(ClaimKindVersion)).first()
    copied = {name: getattr(first, name) for name in ("kind_id", "subjects", "title_label", "recurring", "proof",
                                                      "help", "published_at")}  # fmt: skip
    session.add(ClaimKindVersion(number=2, **copied))
    session.flush()
    assert lines(seed_base(session)) == {}


def test_a_renamed_kind_needs_no_new_version(session, folder):
    seed_base(session, folder)
    change(folder, "claim_kinds.json", lambda kinds: kinds[0].update(name="学历教育"))
    assert lines(seed_base(session, folder)) == {"claim_kinds": (0, 1)}


@pytest.mark.parametrize(
    ("edit", "versions"),
    [
        ({"unit_hours": "20"}, 2),
        ({"effective_to": 2030}, 2),
        ({"priority": 5}, 2),
        ({"confirmed": False, "legal_basis": "另一文件"}, 1),
    ],
)
def test_a_rule_that_computes_differently_becomes_a_new_version(session, folder, edit, versions):
    seed_base(session, folder)
    (code,) = {rule["code"] for rule in read_objects("hour_rules.json")[:1]}
    first = session.execute(select(HourRule.__table__).where(HourRule.code == code)).one()
    change(folder, "hour_rules.json", lambda rules: rules[0].update(edit))
    seed_base(session, folder)
    stored = session.execute(
        select(HourRule.__table__).where(HourRule.code == code).order_by(HourRule.version)
    ).all()
    assert stored[0] == first
    assert [rule.version for rule in stored] == list(range(1, versions + 1))
    assert lines(seed_base(session, folder)) == {}


def test_a_file_that_contradicts_itself_stores_nothing(session, folder):
    replace(folder, "credit_years.csv", "1998,1998-01-01,1999-03-31", "1998,1999-01-01,1998-03-31")
    with pytest.raises(Exception, match="ck_credit_year_claims_period"):
        seed_base(session, folder)
    session.rollback()
    assert session.scalars(select(CreditYear)).all() == []
    assert session.scalars(select(Region)).all() == []
