"""Which claims are of one kind: a kind that was merged is taken for the one that stands for it (docs/decisions/0027)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from models import ClaimKind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

kind = ClaimKind.__table__.alias("standing").c


def standing(key: Any) -> ColumnElement[int]:
    """Return the key of the kind that stands for another, its own where it was not merged."""
    now = select(func.coalesce(kind.merged_into_id, kind.id)).where(kind.id == key)
    return now.correlate_except(kind.id.table).scalar_subquery()


def same_kind(one: Any, other: Any) -> ColumnElement[bool]:
    """Return whether two keys are of one kind, or of kinds merged into one."""
    return or_(one == other, standing(one) == standing(other))
