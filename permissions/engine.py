"""Questions to the permission table. A check of one object asks the database the same expression as a list."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, false, or_, select, true

from permissions.delegating import lets
from permissions.matrix import GRANTS, INTERNAL, PUBLIC, Grant
from permissions.verbs import Verb
from permissions.wall import ViewScope, unscoped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import UserType
    from permissions.actor import Actor


KNOWN_ACTORS = 256
"""For so many actors the expressions are kept: they follow from the actor alone, and a page asks for dozens."""
EXPRESSIONS_EACH = 60


def grants_of(actor: Actor, verb: Verb, model: type[Base]) -> tuple[Grant, ...]:
    """Return the lines of the table for an actor's user type and duties, one verb and model; of them what was left to who stands in for somebody."""
    return tuple(
        grant
        for grant in _lines(actor.user_type, verb, model)
        if grant.is_for(actor) and lets(actor, verb, grant)
    )


@cache
def _lines(user_type: UserType | None, verb: Verb, model: type[Base]) -> tuple[Grant, ...]:
    return tuple(
        grant
        for grant in GRANTS
        if grant.user_type == user_type and grant.model is model and verb in grant.verbs
    )


def may(actor: Actor, verb: Verb, model: type[Base]) -> bool:
    """Tell whether there is any row of ``model`` the actor could do ``verb`` to: for menus and buttons."""
    return (verb is Verb.VIEW and model in PUBLIC) or bool(grants_of(actor, verb, model))


@lru_cache(KNOWN_ACTORS * EXPRESSIONS_EACH)
def rows(actor: Actor, verb: Verb, model: type[Base]) -> ColumnElement[bool]:
    """Return the SQL expression of the rows of ``model`` the actor may do ``verb`` to. Default: none."""
    return _fresh_rows(actor, verb, model)


def _fresh_rows(actor: Actor, verb: Verb, model: type[Base]) -> ColumnElement[bool]:
    if verb is Verb.VIEW and model in PUBLIC:
        return true()
    lines = grants_of(actor, verb, model)
    if not lines:
        return false()
    return or_(*(_expression(grant, actor) for grant in lines))


def _expression(grant: Grant, actor: Actor) -> ColumnElement[bool]:
    scope = grant.rows(actor)
    if not grant.while_in:
        return scope
    status: Any = getattr(grant.model, grant.model.__status__)
    return and_(scope, status.in_(grant.while_in))


def allows(session: Session, actor: Actor, verb: Verb, row: Base) -> bool:
    """Tell whether the actor may do ``verb`` to this very row, by asking the database.

    Args:
        session: any session; pending changes are flushed first, so that the answer holds for what will be stored.
        actor: who asks.
        verb: what is to be done.
        row: a stored row.
    """
    model = type(row)
    session.flush()
    with unscoped(session, "the expression is the permission"):
        return bool(
            session.scalar(
                select(select(model.id).where(model.id == row.id, rows(actor, verb, model)).exists())
            )
        )


@lru_cache(KNOWN_ACTORS)
def view_scope(actor: Actor) -> ViewScope:
    """Return the VIEW expression of every mapped table: what the second wall puts on each statement."""
    return ViewScope({model: _fresh_rows(actor, Verb.VIEW, model) for model in mapped_models()})


def mapped_models() -> Iterable[type[Base]]:
    """Return every mapped class, in a fixed order."""
    from models import Base  # noqa: PLC0415  (only the type is needed above)

    return sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda model: model.__name__)


def unlisted_models() -> list[type[Base]]:
    """Return mapped classes that neither a grant nor PUBLIC nor INTERNAL speaks of; must be empty."""
    listed = {grant.model for grant in GRANTS} | PUBLIC | INTERNAL
    return [model for model in mapped_models() if model not in listed]
