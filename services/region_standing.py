"""Which division stands for a merged one, where rows are found and counted by region; nobody's responsibility moves.

A merged division goes where its own ``merged_into`` says, one that only ended with its city where that of the city says, from
the day after its last one; and on from there. Every row so belongs to exactly one division that is not merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select, true
from sqlalchemy.orm import aliased

from models import Region
from models.base import today
from models.enums import OrganizationKind
from permissions.actor import region_range
from permissions.scopes import within
from services.reading import way
from services.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

Span = tuple[str, str]
"""A half-open range of region codes."""
EVERYWHERE: Span = ("", "~")


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for what, to somebody who looks at a part of the country, and at one region of it or at all.

    Attributes:
        into: by the code of each merged division the one it went into.
        spans: within which the last division on the way stands for the first: the region looked at where it was merged itself,
            which is then shown as it was, and what the reader answers for. What went beyond it stands for itself to him.
        region: the codes of the region looked at; ``None`` for all.
    """

    into: Mapping[str, str]
    spans: tuple[Span, ...]
    region: Span | None

    def of(self, code: str) -> str:
        """Return the code of the division that stands for one."""
        passed = way(code, self.into)
        for span in self.spans:
            if inside := [one for one in passed if _lies(one, span)]:
                return inside[-1]
        return code

    def rows(self, column: Any) -> ColumnElement[bool]:
        """Return the condition of the rows of the region looked at, with all that went into it and without what left it."""
        if self.region is None:
            return true()
        now = {code: _lies(self.of(code), self.region) for code in self.into}
        came = sorted(code for code, here in now.items() if here and not _lies(code, self.region))
        left = sorted(code for code, here in now.items() if not here and _lies(code, self.region))
        own = within(column, self.region)
        own = or_(own, column.in_(came)) if came else own
        return and_(own, column.not_in(left)) if left else own

    def now(self, column: Any) -> ColumnElement[Any]:
        """Return the code of the division that stands for that of a column."""
        known = {code: last for code in self.into if (last := self.of(code)) != code}
        return case(known, value=column, else_=column) if known else column


def standing(session: Session, view: Span | None, region: str | None = None) -> Standing:
    """Return what stands for what today.

    Args:
        session: any session; regions are public.
        view: the region codes the reader answers for; ``None`` where he does not answer by region.
        region: code of the region looked at.
    """
    into = remembered(merged, session)
    looked_at = region_range(region, OrganizationKind.BUREAU)
    as_it_was = (looked_at,) if looked_at and region in into else ()
    return Standing(into, (*as_it_was, view or EVERYWHERE), looked_at)


def merged(session: Session) -> Mapping[str, str]:
    """Return by the code of each division that is merged by today the one it went into."""
    city, last = aliased(Region), today()
    # Where both are merged, a county's own word counts, not that of its city.
    own = case((Region.valid_to < last, Region.merged_into))
    target = func.coalesce(own, case((city.valid_to < last, city.merged_into)))
    statement = (
        select(Region.code, target)
        .outerjoin(city, city.code == Region.parent_code)
        .where(target.is_not(None))
        .order_by(Region.code)
    )
    return {code: into for code, into in session.execute(statement)}  # noqa: C416  (rows, not pairs)


def _lies(code: str, span: Span) -> bool:
    return span[0] <= code < span[1]
