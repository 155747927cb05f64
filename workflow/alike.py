"""Which claims are of one kind: a kind that was merged is taken for the one that stands for it (docs/decisions/0027)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, tuple_

from models import ClaimKind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

kind, twin = (ClaimKind.__table__.alias(name).c for name in ("one_kind", "twin_kind"))
PAIRS = (
    select(kind.id, twin.id)
    .where(
        kind.id != twin.id,
        func.coalesce(kind.merged_into_id, kind.id) == func.coalesce(twin.merged_into_id, twin.id),
    )
    .correlate(None)
)
"""Every two kinds of which one stands for the other, or a third for both: few, and looked up once for a whole statement."""
MERGED = PAIRS.with_only_columns(kind.id)
"""Every kind that is taken together with another."""


def same_kind(one: Any, other: Any) -> ColumnElement[bool]:
    """Return whether two keys are of one kind, or of kinds merged into one."""
    return or_(one == other, tuple_(one, other).in_(PAIRS))
