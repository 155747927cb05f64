"""What a number of 培训统计 narrows the grids of classes, students and grades to; links alone set it."""

from __future__ import annotations

import calendar
from datetime import date
from typing import TYPE_CHECKING, Any

from models import TrainingClass
from models.enums import ClassStatus, GradeResult
from services import training_statistics
from views import filters
from views.extensions import db

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement

MONTHS = 12
PLAN, INSTITUTION, MONTH, PASSED = "of_plan", "taught_at", "ended", "passed"
HELD = "held"


def of_numbers(model: Any, of_class: Callable[[ColumnElement[bool]], ColumnElement[bool]]) -> tuple[Any, ...]:
    """Return the filters of a grid.

    Args:
        model: its table, which names institution and plan.
        of_class: condition on a class → condition on the table.
    """
    return (
        filters.LinkFilter(
            PLAN,
            "培训计划",
            lambda key: training_statistics.plan_named(db.session(), key),
            lambda key: model.plan_id == key,
        ),
        filters.LinkFilter(
            INSTITUTION,
            "施教机构",
            lambda key: training_statistics.institution_named(db.session(), key),
            lambda key: model.organization_id == key,
        ),
        filters.LinkFilter(MONTH, "结业月份", _month_named, lambda key: of_class(_ended_in(key))),
    )


def of_class_status(name: str, of_class: Callable[[ColumnElement[bool]], ColumnElement[bool]]) -> Any:
    """Return the filter over the state of a class; one choice is everything but cancelled ones.

    Args:
        name: the query parameter.
        of_class: condition on a class → condition on the table.
    """
    status = TrainingClass.status
    return filters.GridFilter(
        name,
        "办班状态",
        lambda: [*((state.value, state.label) for state in ClassStatus), (HELD, "除已取消外")],
        lambda value: of_class(status != ClassStatus.CANCELLED if value == HELD else status == value),
    )


def month_key(year: int, month: int) -> int:
    """Return a month as the address says it: 202603."""
    return year * 100 + month


def of_result(column: Any) -> filters.GridFilter:
    """Return the filter that tells those who passed from those who did not."""
    return filters.GridFilter(
        PASSED,
        "是否合格",
        lambda: [("1", "合格以上"), ("0", GradeResult.FAILED.label)],
        lambda value: column != GradeResult.FAILED if value == "1" else column == GradeResult.FAILED,
    )


def _days_of(key: int) -> tuple[date, date] | None:
    year, month = divmod(key, 100)
    if not (date.min.year <= year <= date.max.year and 1 <= month <= MONTHS):
        return None
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _month_named(key: int) -> str | None:
    return f"{key // 100} 年 {key % 100} 月" if _days_of(key) else None


def _ended_in(key: int) -> ColumnElement[bool]:
    days = _days_of(key)
    assert days, "named before it is asked for"  # noqa: S101
    return TrainingClass.end_date.between(*days)
