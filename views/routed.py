"""Lists of what waits for one's own office to decide, which a number of 待办与时限 opens for other offices too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import or_

from views import filters
from views.extensions import actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from models.enums import Labelled


class RoutedMixin:
    """What goes before ``GridView`` where rows name the office that decides in ``approver_id``.

    Attributes:
        model: the table, with ``approver_id`` and ``status``.
        waiting: the status of a row nobody decided yet.
    """

    model: Any
    waiting: ClassVar[Labelled]

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return what this office decides or decided, and what waits for other offices in one's scope."""
        return (or_(self._routed_here(), self.model.status == self.waiting),)

    def narrow_unless(self, arguments: Mapping[str, str]) -> Sequence[ColumnElement[bool]]:
        """Return what this office decides, unless a number of 待办与时限 led here for others."""
        return () if arguments.get(filters.OFFICE) else (self._routed_here(),)

    def _routed_here(self) -> ColumnElement[bool]:
        routed_here: ColumnElement[bool] = self.model.approver_id == actor().organization_id
        return routed_here
