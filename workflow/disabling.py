"""Who may take a disabling back: the office that disabled, or one above it (docs/decisions/0019)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from models import JournalEntry
from permissions import scopes
from workflow.core import Firing, Guard

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

entry = JournalEntry.__table__.alias("disabling").c


def not_disabled_above(table: Table, name: str) -> Guard:
    """Return the guard of enabling: what a superior disabled is not enabled by a lower office.

    Args:
        table: of what is enabled.
        name: what the journal calls it.
    """
    disabler = (
        select(entry.actor_organization_id)
        .where(entry.object_type == name, entry.object_id == table.c.id, entry.action == "disable")
        .order_by(entry.id.desc())
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )

    def holds(firing: Firing) -> ColumnElement[bool]:
        below = scopes.chosen(scopes.organization.id, scopes.organizations_below(firing.actor))
        own = scopes.tied(disabler, firing.actor.organization_id)
        return or_(disabler.is_(None), own, disabler.in_(below))

    return Guard("disabled_above", "由上级机构停用的，须由停用它的机构或其上级启用", holds)
