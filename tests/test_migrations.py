"""The revisions build what the models say, on both databases, forwards and backwards."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import uuid

import pytest
from sqlalchemy import create_engine, inspect, make_url, select, text
from sqlalchemy.pool import NullPool

from backoffice import migrating
from models import Base
from models.base import open_engine
from models.identifiers import make_citizen_id

DEFAULT_POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
SECOND = """
import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table("dictionary") as batch:
        batch.alter_column("source", existing_type=sa.String(200), type_=sa.String(300))


def downgrade():
    with op.batch_alter_table("dictionary") as batch:
        batch.alter_column("source", existing_type=sa.String(300), type_=sa.String(200))
"""


@contextlib.contextmanager
def fresh_database(kind, folder):
    """Give the URL of an empty database, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / uuid.uuid4().hex}.db"
        return
    url = make_url(os.environ.get("BACKOFFICE_TEST_POSTGRES_URL", DEFAULT_POSTGRES))
    name = f"backoffice_migrations_{uuid.uuid4().hex}"
    server = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request):
    return request.param


@pytest.fixture
def url(kind, tmp_path):
    with fresh_database(kind, tmp_path) as url:
        yield url


@contextlib.contextmanager
def connected(url):
    engine = open_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        yield connection


def picture(url):
    """Return everything the database tells about its tables, in an order that does not depend on how it was built."""
    with connected(url) as connection:
        inspector = inspect(connection)
        return {
            table: {
                "columns": sorted(map(str, inspector.get_columns(table))),
                "primary key": str(inspector.get_pk_constraint(table)),
                "foreign keys": sorted(map(str, inspector.get_foreign_keys(table))),
                "unique": sorted(map(str, inspector.get_unique_constraints(table))),
                "checks": sorted(map(str, inspector.get_check_constraints(table))),
                "indexes": sorted(
                    str(
                        index
                        | {
                            "dialect_options": {
                                k: str(v) for k, v in index.get("dialect_options", {}).items()
                            }
                        }
                    )
                    for index in inspector.get_indexes(table)
                ),
            }
            for table in inspector.get_table_names()
            if table != "alembic_version"
        } | triggers(connection)


def triggers(connection):
    """Return what the triggers say, by name; an empty database has none."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
    else:
        found = connection.execute(
            text("SELECT tgname, pg_get_triggerdef(t.oid) || p.prosrc FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
                 " WHERE NOT tgisinternal")
        )  # fmt: skip
    return {f"trigger {name}": told for name, told in found}


def test_there_is_one_head():
    assert len(migrating.heads()) == 1


def test_the_revisions_build_exactly_what_the_models_build(kind, url, tmp_path):
    migrating.upgrade(url)
    with fresh_database(kind, tmp_path) as other:
        with connected(other) as connection:
            Base.metadata.create_all(connection)
        expected = picture(other)
    assert expected
    assert picture(url) == expected
    assert migrating.check(url) == []


def test_an_empty_database_differs_in_every_table(url):
    assert {f"add_table {name}" for name in Base.metadata.tables} <= set(migrating.check(url))


def test_going_down_leaves_nothing_and_going_up_again_is_complete(url):
    migrating.upgrade(url)
    migrating.downgrade(url, "base")
    assert picture(url) == {}
    migrating.upgrade(url)
    assert migrating.check(url) == []


def test_upgrading_twice_keeps_the_rows(url):
    migrating.upgrade(url)
    with connected(url) as connection:
        connection.execute(
            Base.metadata.tables["region"].insert().values(code="410000", name="河南省", level="province")
        )
    migrating.upgrade(url)
    with connected(url) as connection:
        assert connection.scalar(text("SELECT name FROM region")) == "河南省"


def test_departments_of_one_name_at_the_top_are_told_apart_before_the_database_asks_for_it(url):
    migrating.upgrade(url, "0003")
    office = ("INSERT INTO organization (id, kind, code, name, name_initials, status, address, contact, phone, created_at)"
              " VALUES (1, 'system', '000000019', '单位', '', 'active', '', '', '', '2026-01-01')")  # fmt: skip
    with connected(url) as connection:
        connection.execute(text(office))
        for key, parent, name in (
            (1, None, "内科"),
            (2, None, "内科"),
            (3, None, "内科（2）"),
            (4, 1, "内科"),
            (5, None, "外科"),
        ):
            connection.execute(
                text(
                    "INSERT INTO department (id, organization_id, parent_id, name, position) VALUES (:k, 1, :p, :n, 0)"
                ),
                {"k": key, "p": parent, "n": name},
            )
    migrating.upgrade(url)
    with connected(url) as connection:
        names = connection.scalars(text("SELECT name FROM department ORDER BY id")).all()
    assert names == ["内科", "内科（3）", "内科（2）", "内科", "外科"]


def test_views_saved_before_lose_the_parameters_that_hold_a_citizen_id(url):
    number = make_citizen_id("410101", dt.date(1970, 1, 1), 7)
    spaced = f"李炎 {number[:6]} {number[6:14]}-{number[14:]}"
    code = "524100005555550187"  # of an organisation, and of figures only
    saved = (
        ({"search": number, "subject": "public"}, {"subject": "public"}),
        ({"employer": spaced}, {}),
        ({"search": "李炎", "status": "declared", "sort": "-title"}, None),
        ({"employer": code, "person": "12", "posted_from": "2026-01-01"}, None),
        ({}, None),
    )
    migrating.upgrade(url, "0026")
    insert = text(
        "INSERT INTO saved_view (id, endpoint, name, audience, arguments, created_at)"
        " VALUES (:key, 'claim', :name, 'system', :arguments, '2026-01-01')"
    )
    with connected(url) as connection:
        for key, (before, _after) in enumerate(saved, 1):
            connection.execute(insert, {"key": key, "name": f"视图{key}", "arguments": json.dumps(before)})
    migrating.upgrade(url)
    view = Base.metadata.tables["saved_view"].c
    with connected(url) as connection:
        found = connection.scalars(select(view.arguments).order_by(view.id)).all()
    assert found == [before if after is None else after for before, after in saved]


def test_twenty_rows_were_everybody_s_and_are_the_usual_number_now(url):
    migrating.upgrade(url, "0029")
    day = "2026-01-01"
    rows = (
        ("organization", {"id": 1, "kind": "system", "code": "000000019", "name": "单位", "name_initials": "", "status": "active",
                          "address": "", "contact": "", "phone": "", "created_at": day}),
        ("account", {"id": 1, "user_type": "system", "organization_id": 1, "citizen_id": "", "citizen_id_index": "",
                     "real_name": "", "mobile": "", "email": "", "password": "", "fs_uniquifier": "", "status": "active",
                     "status_since": day, "created_at": day, "decided_at": day}),
        *(("grid_setting", {"account_id": 1, "endpoint": grid, "density": "normal", "page_size": size})
          for grid, size in (("claim", 20), ("grade", 50))),
    )  # fmt: skip
    with connected(url) as connection:
        for table, values in rows:
            names = f"({', '.join(values)}) VALUES (:{', :'.join(values)})"
            connection.execute(text(f"INSERT INTO {table} {names}"), values)
    migrating.upgrade(url)
    size = Base.metadata.tables["grid_setting"].c
    with connected(url) as connection:
        assert connection.scalars(select(size.page_size).order_by(size.id)).all() == [None, 50]
    migrating.downgrade(url, "0029")
    with connected(url) as connection:
        assert connection.scalars(select(size.page_size).order_by(size.id)).all() == [20, 50]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("DROP INDEX ix_person_name", ["add_index person.ix_person_name"]),
        ("DROP INDEX uq_certificate_one_valid", ["add_index certificate.uq_certificate_one_valid"]),
        ("ALTER TABLE notice ADD COLUMN remark VARCHAR(20)", ["remove_column notice remark"]),
        (
            "DROP TABLE notice",
            [
                "add_table notice",
                "add_index notice.ix_notice_account_id_read_at_id",
                "add_index notice.ix_notice_batch",
            ],
        ),
    ],
)
def test_a_change_by_hand_is_named(url, change, named):
    migrating.upgrade(url)
    with connected(url) as connection:
        connection.execute(text(change))
    assert migrating.check(url) == named


def test_a_partial_index_that_lost_its_condition_is_named(url):
    migrating.upgrade(url)
    with connected(url) as connection:
        connection.execute(text("DROP INDEX uq_person_citizen_id"))
        connection.execute(text("CREATE UNIQUE INDEX uq_person_citizen_id ON person (citizen_id_index)"))
    (difference,) = migrating.check(url)
    assert "uq_person_citizen_id" in difference


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_dropped_check_is_named(url):
    migrating.upgrade(url)
    with connected(url) as connection:
        connection.execute(text("ALTER TABLE claim DROP CONSTRAINT ck_claim_awarded_within_rule"))
    assert migrating.check(url) == ["missing CHECK claim.ck_claim_awarded_within_rule"]


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(url, tmp_path, monkeypatch):
    folder = shutil.copytree(migrating.FOLDER, tmp_path / "migrations")
    for later in set(folder.glob("versions/[0-9]*.py")) - set(folder.glob("versions/0001*.py")):
        later.unlink()
    (folder / "versions" / "0002_remark.py").write_text(SECOND, encoding="utf-8")
    monkeypatch.setattr(migrating, "FOLDER", folder)
    migrating.upgrade(url, "0001")
    tables = Base.metadata.tables
    with connected(url) as connection:
        connection.execute(tables["dictionary"].insert().values(code="sex", label="性别", source="测试"))
        connection.execute(
            tables["dictionary_item"].insert().values(dictionary_code="sex", code="1", label="男", position=1)
        )
    for step in (migrating.upgrade, lambda url: migrating.downgrade(url, "0001")):
        step(url)
        with connected(url) as connection:
            assert connection.scalar(text("SELECT label FROM dictionary_item")) == "男"


def test_the_next_revision_is_written_from_what_the_models_have_more(tmp_path, monkeypatch):
    folder = shutil.copytree(migrating.FOLDER, tmp_path / "migrations")
    monkeypatch.setattr(migrating, "FOLDER", folder)
    for file in folder.glob("versions/*.py"):
        file.unlink()
    file = migrating.revise("foundation")
    assert file.name == "0001_foundation.py"
    assert file.read_text(encoding="utf-8").count("op.create_table(") == len(Base.metadata.tables)
    url = f"sqlite:///{tmp_path / 'again.db'}"
    migrating.upgrade(url)
    assert migrating.check(url) == []
