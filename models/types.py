"""Column types that behave the same on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import operator
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Integer, Numeric, String, Text, func, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import TypeDecorator

from models import crypto

if TYPE_CHECKING:
    from enum import StrEnum

    from sqlalchemy import ColumnElement, Dialect
    from sqlalchemy.sql.operators import OperatorType
    from sqlalchemy.types import TypeEngine

TENTH = Decimal("0.1")


class EncryptedText(TypeDecorator[str]):
    """Text encrypted by :mod:`models.crypto`, up to about 150 bytes.

    The database can neither compare nor sort it: look a value up by its blind index.
    """

    impl = String(255)
    cache_ok = True

    class Comparator(String.Comparator[str]):
        """Refuses every operator that could only work on ciphertext."""

        def operate(self, op: OperatorType, *other: Any, **kwargs: Any) -> ColumnElement[Any]:
            """Allow the question whether there is a value at all; raises ``TypeError`` for anything else."""
            if op in (operators.is_, operators.is_not):
                return super().operate(op, *other, **kwargs)
            raise TypeError(f"{self.expr} is encrypted: compare its blind index instead")

        reverse_operate = operate

    comparator_factory = Comparator

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else crypto.encrypt(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Decrypt on the way out; raises ``models.crypto.CryptoError`` for an altered value."""
        return None if value is None else crypto.decrypt(value)


class EncryptedJson(TypeDecorator[Any]):
    """JSON of any length, encrypted by :mod:`models.crypto`; the database can do nothing with it but keep it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Encrypt on the way in."""
        return None if value is None else crypto.encrypt(json.dumps(value, ensure_ascii=False))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Decrypt on the way out; raises ``models.crypto.CryptoError`` for an altered value."""
        return None if value is None else json.loads(crypto.decrypt(value))


class MemberSet(TypeDecorator[frozenset[Any]]):
    """Some members of an enumeration, kept in its order as their values between blanks: `` person employer ``.

    The database can ask for one with :func:`has_member`.
    """

    impl = String(200)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: frozenset[Any] | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Turn into text."""
        if value is None:
            return None
        values = [member.value for member in self.enum if member in value]
        return f" {' '.join(values)} " if values else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> frozenset[Any] | None:  # noqa: ARG002
        """Turn back into members."""
        return None if value is None else frozenset(self.enum(word) for word in value.split())


def has_member(column: ColumnElement[Any], member: StrEnum) -> ColumnElement[bool]:
    """Return whether a column of :class:`MemberSet` has a member."""
    return type_coerce(column, String).contains(f" {member} ")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out. SQLite, which knows no zones, keeps the UTC wall clock."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC; raises ``ValueError`` for a naive moment, which could mean any zone."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError("a moment needs its time zone, such as datetime.now(UTC)")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment in UTC, whatever zone the connection speaks."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class HoursType(TypeDecorator[Decimal]):
    """学时: NUMERIC(6,1), ``Decimal`` in and out, also through ``sum``, ``max`` and ``coalesce``.

    SQLite computes in binary floating point and the driver knows no ``Decimal``; whole tenths survive that when
    results are rounded. Results are rounded here; where SQL itself stores or compares a computed value, wrap it in
    :func:`whole_tenths`.
    """

    impl = Numeric(6, 1)
    cache_ok = True
    _floating: Numeric[Any] = Numeric(6, 1, asdecimal=False)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Let SQLite see floats under the same column type."""
        return dialect.type_descriptor(self._floating if dialect.name == "sqlite" else self.impl_instance)

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Take whole tenths, because the two databases would round finer values differently.

        Raises:
            TypeError: for floats.
            ValueError: for values finer than a tenth.
        """
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, Decimal | int):
            raise TypeError(f"hours are Decimal or int, not {type(value).__name__}")
        if not (hours := Decimal(value)).is_finite() or hours != hours.quantize(TENTH):
            raise ValueError(f"hours have one decimal place, not {value}")
        return hours

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        """Return ``Decimal`` rounded to a tenth."""
        return None if value is None else Decimal(str(value)).quantize(TENTH, ROUND_HALF_UP)

    def coerce_compared_value(self, op: OperatorType | None, value: Any) -> TypeEngine[Any]:  # noqa: ARG002
        """Treat the other side as hours, save for factors and divisors, which may be any number."""
        if op in (operator.mul, operator.truediv):
            return _Factor()
        return self


class HoursSumType(HoursType):
    """学时 of many people together: as :class:`HoursType`, with room for a province."""

    impl = Numeric(14, 1)
    cache_ok = True
    _floating = Numeric(14, 1, asdecimal=False)


class _Factor(HoursType):
    """What hours are multiplied with or divided by: any number. The outcome is hours again."""

    impl = Numeric()
    cache_ok = True
    _floating = Numeric(asdecimal=False)

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(value)


def whole_tenths(expression: ColumnElement[Any]) -> ColumnElement[Decimal]:
    """Round a computed number of hours in SQL, so that it is stored and compared exactly on both databases."""
    return func.round(expression, 1, type_=HoursType())


class bits_apart(GenericFunction[int]):  # noqa: N801  (a function of SQL)
    """In how many bits two numbers of 64 bits differ, written by each database in its own way."""

    type = Integer()
    inherit_cache = True


@compiles(bits_apart, "sqlite")
def _on_sqlite(element: bits_apart, compiler: Any, **kwargs: Any) -> str:
    return f"differing_bits({compiler.process(element.clauses, **kwargs)})"


@compiles(bits_apart, "postgresql")
def _on_postgresql(element: bits_apart, compiler: Any, **kwargs: Any) -> str:
    left, right = (compiler.process(part, **kwargs) for part in element.clauses)
    return f"bit_count(CAST(({left} # {right}) AS BIT(64)))"


class china_day(GenericFunction[str]):  # noqa: N801  (a function of SQL)
    """The calendar day in China of a moment as ISO 8601 text, written by each database in its own way."""

    type = String()
    inherit_cache = True


@compiles(china_day, "sqlite")
def _day_on_sqlite(element: china_day, compiler: Any, **kwargs: Any) -> str:
    return f"strftime('%Y-%m-%d', {compiler.process(element.clauses, **kwargs)}, '+8 hours')"


@compiles(china_day, "postgresql")
def _day_on_postgresql(element: china_day, compiler: Any, **kwargs: Any) -> str:
    return (
        f"to_char({compiler.process(element.clauses, **kwargs)} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"
    )
