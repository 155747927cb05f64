"""Column types on both databases: the same values in, the same values out, the same metadata."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    case,
    create_engine,
    event,
    func,
    insert,
    literal,
    make_url,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, StatementError

from models import crypto
from models.crypto import CryptoError, Keyring
from models.enums import UserType
from models.types import EncryptedJson, EncryptedText, HoursType, MemberSet, UtcDateTime, whole_tenths

POSTGRES_URL = "BACKOFFICE_TEST_POSTGRES_URL"
POSTGRES = os.environ.get(POSTGRES_URL, "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
METADATA = MetaData()
SAMPLE = Table(
    "sample",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("secret", EncryptedText),
    Column("cells", EncryptedJson),
    Column("moment", UtcDateTime),
    Column("hours", HoursType),
)
COPY = Table(
    "copy", METADATA, Column("id", Integer, primary_key=True), Column("hours", HoursType, nullable=False)
)
HOURS = SAMPLE.c.hours
MOMENT = datetime(2026, 3, 1, 8, 30, 15, 250_000, tzinfo=UTC)


@pytest.fixture(autouse=True)
def keyring():
    previous = crypto.configure(Keyring({"k1": bytes(32)}, "k1", bytes(32)))
    yield
    crypto.configure(previous)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request, tmp_path_factory):
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('types')}/types.db")
        yield engine
        engine.dispose()
        return
    name = f"types_test_{os.getpid()}"
    server = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        if POSTGRES_URL in os.environ:
            raise
        pytest.skip(f"no PostgreSQL here; {POSTGRES_URL} names one")
    engine = create_engine(make_url(POSTGRES).set(database=name))

    @event.listens_for(engine, "connect")
    def speak_another_zone(connection, _record):  # results must be UTC whatever the session speaks
        connection.execute("SET TIME ZONE 'Asia/Shanghai'")

    yield engine
    engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def connection(engine):
    METADATA.create_all(engine)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    METADATA.drop_all(engine)


def keep(connection, column, *values):
    connection.execute(
        insert(SAMPLE), [{"id": number, column: value} for number, value in enumerate(values, 1)]
    )


def dialect_insert(connection, table):
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)


def test_metadata_compares_identical(connection):
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    assert compare_metadata(context, METADATA) == []


def test_encrypted_text_comes_back_and_is_not_readable_in_the_database(connection):
    keep(connection, "secret", "41010519850228241X", None)
    assert connection.scalars(select(SAMPLE.c.secret).order_by(SAMPLE.c.id)).all() == [
        "41010519850228241X",
        None,
    ]
    raw = connection.scalar(text("SELECT secret FROM sample WHERE id = 1"))
    assert raw.startswith("k1:")
    assert "410105" not in raw


def test_encrypted_json_comes_back_whatever_its_length_and_is_not_readable_in_the_database(connection):
    cells = ["41010519850228241X", "张三", "", "长" * 5000]
    keep(connection, "cells", cells, None)
    assert connection.scalars(select(SAMPLE.c.cells).order_by(SAMPLE.c.id)).all() == [cells, None]
    raw = connection.scalar(text("SELECT cells FROM sample WHERE id = 1"))
    assert "410105" not in raw
    assert "张三" not in raw


def test_an_altered_encrypted_text_is_noticed(connection):
    connection.execute(text("INSERT INTO sample (id, secret) VALUES (1, 'k1:AAAA')"))
    with pytest.raises(CryptoError, match="altered"):
        connection.scalars(select(SAMPLE.c.secret)).all()


def test_an_encrypted_column_can_be_asked_whether_it_is_filled(connection):
    keep(connection, "secret", "x", None)
    assert connection.scalars(select(SAMPLE.c.id).where(SAMPLE.c.secret.is_(None))).all() == [2]
    assert connection.scalars(select(SAMPLE.c.id).where(SAMPLE.c.secret.is_not(None))).all() == [1]


@pytest.mark.parametrize(
    "comparison",
    [
        lambda column: column == "x",
        lambda column: column != "x",
        lambda column: column.in_(["x"]),
        lambda column: column.like("x%"),
        lambda column: column.contains("x"),
        lambda column: column.desc(),
        lambda column: "x" + column,
    ],
)
def test_comparing_an_encrypted_column_is_refused(comparison):
    with pytest.raises(TypeError, match="blind index"):
        comparison(SAMPLE.c.secret)


@pytest.mark.parametrize("moment", [MOMENT, MOMENT.astimezone(timezone(timedelta(hours=8))), None])
def test_a_moment_comes_back_in_utc(connection, moment):
    keep(connection, "moment", moment)
    found = connection.scalar(select(SAMPLE.c.moment))
    assert found == moment
    assert found is None or found.tzinfo is UTC


def test_moments_are_compared_across_zones_and_through_functions(connection):
    keep(connection, "moment", MOMENT, MOMENT + timedelta(hours=1))
    shanghai = MOMENT.astimezone(timezone(timedelta(hours=8)))
    assert connection.scalars(select(SAMPLE.c.id).where(SAMPLE.c.moment <= shanghai)).all() == [1]
    assert connection.scalar(select(func.max(SAMPLE.c.moment))) == MOMENT + timedelta(hours=1)


def test_a_naive_moment_is_refused(connection):
    with pytest.raises(StatementError, match="time zone"):
        keep(connection, "moment", datetime(2026, 3, 1))  # noqa: DTZ001  (naive is the case)


@pytest.mark.parametrize("hours", ["0", "0.1", "0.3", "2.0", "33.3", "90", "99999.9", "-12.5"])
def test_hours_come_back_as_the_same_decimal(connection, hours):
    keep(connection, "hours", Decimal(hours))
    found = connection.scalar(select(HOURS))
    assert isinstance(found, Decimal)
    assert found == Decimal(hours)
    assert connection.scalars(select(SAMPLE.c.id).where(Decimal(hours) == HOURS)).all() == [1]


def test_a_whole_number_is_taken_and_none_stays_none(connection):
    keep(connection, "hours", 12, None)
    assert connection.scalars(select(HOURS).order_by(SAMPLE.c.id)).all() == [Decimal(12), None]


@pytest.mark.parametrize(
    "hours",
    [1.5, True, "1.5", Decimal("1.25"), Decimal("NaN"), Decimal("Infinity")],
    ids=lambda value: f"{value!r}",
)
def test_hours_of_another_kind_are_refused(connection, hours):
    with pytest.raises(StatementError, match="hours"):
        keep(connection, "hours", hours)


def test_a_sum_of_tenths_is_exact_and_decimal(connection):
    keep(connection, "hours", *[Decimal("0.1")] * 10)
    total = connection.scalar(select(func.sum(HOURS)))
    assert isinstance(total, Decimal)
    assert total == 1
    assert str(total) == "1.0"


def test_a_sum_in_sql_is_compared_exactly_when_rounded(connection):
    keep(connection, "hours", *[Decimal("0.1")] * 10)
    reached = select(func.count(SAMPLE.c.id)).having(whole_tenths(func.sum(HOURS)) >= Decimal(1))
    assert connection.scalar(reached) == 10


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (func.coalesce(func.sum(HOURS), 0), Decimal("7.5")),
        (func.coalesce(func.sum(HOURS), Decimal(0)), Decimal("7.5")),
        (func.max(HOURS), Decimal("5.0")),
        (func.sum(HOURS + Decimal("0.1")), Decimal("7.7")),
        (func.sum(HOURS - HOURS), Decimal("0.0")),
        (func.sum(HOURS * 2), Decimal("15.0")),
        (func.sum(HOURS * Decimal("0.25")), Decimal("1.9")),
        (func.sum(HOURS / 2), Decimal("3.8")),
        (func.sum(case((HOURS > 3, HOURS), else_=Decimal(0))), Decimal("5.0")),
        (func.sum(HOURS).filter(HOURS < 3), Decimal("2.5")),
        (whole_tenths(func.sum(HOURS)), Decimal("7.5")),
        (literal(Decimal("1.5"), HoursType), Decimal("1.5")),
    ],
    ids=str,
)
def test_an_expression_of_hours_stays_decimal(connection, expression, expected):
    keep(connection, "hours", Decimal("2.5"), Decimal(5))
    found = connection.scalar(select(expression).select_from(SAMPLE).limit(1))
    assert isinstance(found, Decimal)
    assert found == expected


def test_half_of_a_whole_number_is_not_cut(connection):
    keep(connection, "hours", Decimal(5))
    assert connection.scalar(select(HOURS / 2)) == Decimal("2.5")
    assert connection.scalar(select(HOURS / Decimal("0.25"))) == 20
    assert connection.scalar(select(HOURS / HOURS)) == 1


def test_a_sum_of_nothing_is_the_default(connection):
    assert connection.scalar(select(func.coalesce(func.sum(HOURS), Decimal(0)))) == 0
    assert connection.scalar(select(func.sum(HOURS))) is None


def test_insert_from_select_with_a_conflict_adds_up_exactly(connection):
    keep(connection, "hours", Decimal("0.1"), Decimal("0.2"))
    statement = dialect_insert(connection, COPY).from_select(
        ["id", "hours"], select(SAMPLE.c.id, HOURS).where(literal(value=True))
    )
    statement = statement.on_conflict_do_update(
        index_elements=[COPY.c.id], set_={"hours": whole_tenths(COPY.c.hours + statement.excluded.hours)}
    )
    for _ in range(3):
        connection.execute(statement)
    assert connection.scalars(select(COPY.c.hours).order_by(COPY.c.id)).all() == [
        Decimal("0.3"),
        Decimal("0.6"),
    ]
    assert connection.scalars(select(COPY.c.id).where(COPY.c.hours == Decimal("0.3"))).all() == [1]


def test_an_update_adds_a_literal(connection):
    keep(connection, "hours", Decimal("0.2"))
    connection.execute(update(SAMPLE).values(hours=whole_tenths(HOURS + Decimal("0.1"))))
    assert connection.scalars(select(SAMPLE.c.id).where(HOURS.in_([Decimal("0.3")]))).all() == [1]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        (frozenset(), ""),
        (frozenset({UserType.PERSON}), " person "),
        (frozenset({UserType.SYSTEM, UserType.EMPLOYER}), " employer system "),
        (None, None),
    ],
)
def test_members_are_kept_in_their_own_order_between_blanks(members, text):
    kind = MemberSet(UserType)
    assert kind.process_bind_param(members, None) == text
    assert kind.process_result_value(text, None) == members
