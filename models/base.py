"""The declarative base, the shared column types and the engine both databases are opened with."""

from __future__ import annotations

import contextvars
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, BigInteger, Engine, Integer, MetaData, String, Text, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, mapped_column

from models.types import HoursType, UtcDateTime

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy import Table
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

CHINA = ZoneInfo("Asia/Shanghai")

Identity = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only INTEGER PRIMARY KEY

Code = Annotated[str, mapped_column(String(32))]
Name = Annotated[str, mapped_column(String(200))]
LongText = Annotated[str, mapped_column(Text)]
HoursNumber = Annotated[Decimal, mapped_column(HoursType)]
Moment = Annotated[datetime, mapped_column(UtcDateTime)]
JsonObject = Annotated[dict[str, Any], mapped_column(JSON)]

write_intent: contextvars.ContextVar[bool] = contextvars.ContextVar("write_intent", default=True)
"""Whether the coming SQLite transaction will write: it then takes the write lock at its start, because a
reader that turns writer later is refused at once when somebody else wrote in between."""


def now() -> datetime:
    """Return this moment in UTC; the one clock of the system."""
    return datetime.now(UTC)


def today() -> date:
    """Return the calendar day in China, which years and deadlines are counted by."""
    return now().astimezone(CHINA).date()


class Base(DeclarativeBase):
    """Base of every table. A class says its Chinese label once, in ``__label__``."""

    metadata = MetaData(naming_convention=NAMING)
    __label__: str = ""
    __status__: str = "status"
    """Name of the column a workflow moves, where there is one."""
    __named_by__: str = ""
    """Name of the column that says which row this is, where one does."""
    if TYPE_CHECKING:
        __table__: ClassVar[Table]  # every class here is mapped to a plain table

    id: Mapped[int] = mapped_column(Identity, primary_key=True, info={"label": "序号"})

    def __str__(self) -> str:
        return str(getattr(self, self.__named_by__)) if self.__named_by__ else super().__str__()


def column(label: str, *args: Any, **kwargs: Any) -> MappedColumn[Any]:
    """Declare a column with its Chinese label, the only place where the label stands.

    Args:
        label: what grids, forms, exports and the data dictionary call the column.
        *args: passed on to :func:`sqlalchemy.orm.mapped_column`.
        **kwargs: passed on to :func:`sqlalchemy.orm.mapped_column`.
    """
    info = {"label": label, **kwargs.pop("info", {})}
    return mapped_column(*args, info=info, comment=label, **kwargs)


def choice(label: str, enum: type[StrEnum], **kwargs: Any) -> MappedColumn[Any]:
    """Declare a column whose values are the members of ``enum``, checked by the database."""
    from sqlalchemy import Enum  # noqa: PLC0415  (the name would shadow enum.Enum for readers of this module)

    kind = Enum(
        enum,
        native_enum=False,
        length=20,
        create_constraint=True,
        name=enum.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )
    return column(label, kind, **kwargs)


def label_of(model: type[Base], attribute: str) -> str:
    """Return the Chinese label of a column; raises ``KeyError`` where none was given."""
    return str(model.__mapper__.columns[attribute].info["label"])


def open_engine(url: str, **options: Any) -> Engine:
    """Open a database with the settings the system relies on.

    Args:
        url: SQLAlchemy URL, ``sqlite:///…`` or ``postgresql+psycopg://…``.
        **options: passed on to :func:`sqlalchemy.create_engine`.
    """
    engine = create_engine(url, **options)
    prepare_engine(engine)
    return engine


def prepare_engine(engine: Engine) -> None:
    """Make a SQLite engine keep real transactions, foreign keys and a write-ahead log, and PostgreSQL run plans as they are."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _postgresql_connect)


def _postgresql_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The guards of a batch are many expressions over few rows: compiling them takes longer than all the rest of it.
    cursor = connection.cursor()
    cursor.execute("SET jit = off")
    cursor.close()
    connection.commit()


def _sqlite_connect(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own transactions let savepoints leak
    connection.create_function("differing_bits", 2, differing_bits, deterministic=True)
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "busy_timeout=15000", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def differing_bits(left: int | None, right: int | None) -> int | None:
    """Return in how many of their 64 bits two numbers differ, as ``models.types.bits_apart`` does in SQL."""
    return None if left is None or right is None else ((left ^ right) & (2**64 - 1)).bit_count()


def _sqlite_begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write_intent.get() else "BEGIN")
