"""When a year may be claimed for and decided in a region: by its own period, else by the nearest above it, else by the year's.

A county's period counts before its city's, that before the province's (``RegionPeriod``). One SQL expression over the year and
the region that stand on a row, so that a batch of any size asks once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, select

from models import CreditYear, RegionPeriod
from permissions.scopes import itself_and_above

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy import ColumnElement

general, own = CreditYear.__table__, RegionPeriod.__table__


def claims_open(
    day: date, year: ColumnElement[int], region: ColumnElement[str | None]
) -> ColumnElement[bool]:
    """Return whether a year takes claims in a region on a day.

    Args:
        day: the calendar day in China.
        year: of the row.
        region: code of the row's region; where it is NULL, the year's own period holds.
    """
    return _holds(year, region, lambda row: and_(row.claims_open <= day, row.claims_close >= day))


def approvals_open(
    day: date, year: ColumnElement[int], region: ColumnElement[str | None]
) -> ColumnElement[bool]:
    """Return whether hours of a year are decided in a region on a day; arguments as of :func:`claims_open`."""
    return _holds(year, region, lambda row: and_(row.approvals_open <= day, row.approvals_close >= day))


def approvals_not_over(
    day: date, year: ColumnElement[int], region: ColumnElement[str | None]
) -> ColumnElement[bool]:
    """Return whether hours of a year can still be decided in a region: it is open, or will be."""
    return _holds(year, region, lambda row: row.approvals_close >= day)


def _holds(
    year: ColumnElement[int],
    region: ColumnElement[str | None],
    condition: Callable[[Any], ColumnElement[bool]],
) -> ColumnElement[bool]:
    # A region's code is greater than those above it (GB/T 2260): the nearest comes last in their order.
    nearest = (
        select(condition(own.c))
        .where(own.c.year == year, own.c.region_code.in_(itself_and_above(region)))
        .order_by(own.c.region_code.desc())
        .limit(1)
        .correlate_except(own)
        .scalar_subquery()
    )
    otherwise = year.in_(select(general.c.year).where(condition(general.c)).correlate(None))
    return func.coalesce(nearest, otherwise)
