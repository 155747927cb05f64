"""The second wall: a session that carries the actor's VIEW scope and puts it on every ORM statement.

Views can forget a filter; related values, searches on related columns, selects of a form and lazy loads are easily
forgotten. The wall is on the session itself, built from the same permission table, and fails closed: a session
without a scope raises instead of answering.

What criteria cannot cover (Core statements on scoped tables, text, bulk mappings, changes of unseen rows) is refused.
System work (uniqueness, numbering, the workflow's set-based statements, jobs) says so with :func:`unscoped`.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NoReturn

from sqlalchemy import Column, Select, Table, TextClause, event, inspect, select
from sqlalchemy.orm import RelationshipDirection, Session, with_loader_criteria
from sqlalchemy.sql import visitors

from models import Base

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import ORMExecuteState

ALL = "all"
_SCOPE, _OPTIONS = "view_scope", "view_scope_options"


class ScopeError(Exception):
    """A statement the wall does not let through: a programming error, answered with 500 and never with data."""


def set_scope(session: Session, scope: dict[type[Base], ColumnElement[bool]] | str) -> None:
    """Give a session its scope: the VIEW expression of every mapped class, or ``ALL`` for system work.

    The options are built once here, as plain SQL expressions: a callable would be evaluated once per class and
    silently keep its first answer.
    """
    session.info[_SCOPE] = scope
    if isinstance(scope, dict):
        session.info[_OPTIONS] = [
            with_loader_criteria(model, expression, include_aliases=True)
            for model, expression in scope.items()
        ]


@contextlib.contextmanager
def unscoped(session: Session, reason: str) -> Iterator[None]:
    """Let statements see every row, for the ``reason`` given.

    Rows loaded inside leave the session's memory afterwards unless they are being changed, so that a later
    ``get`` cannot find them there.
    """
    if not reason:
        raise ScopeError("unscoped work names its reason")
    before = session.info.get(_SCOPE)
    if before == ALL:
        yield
        return
    session.flush()  # what was changed before is still checked by the actor's own scope
    known = set(session.identity_map.keys())
    session.info[_SCOPE] = ALL
    try:
        yield
        session.flush()
    finally:
        session.info[_SCOPE] = before
        for key in set(session.identity_map.keys()) - known:
            row = session.identity_map.get(key)
            if row is not None and row not in session.dirty and row not in session.deleted:
                session.expunge(row)


class ScopedSession(Session):
    """A session with the wall. Use it, or a subclass, for everything that acts for a user."""

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise ScopeError("bulk mappings go around the wall; use add() or update()")

    bulk_save_objects = _refuse
    bulk_insert_mappings = _refuse
    bulk_update_mappings = _refuse


@event.listens_for(ScopedSession, "do_orm_execute", propagate=True)
def _put_scope(state: ORMExecuteState) -> None:
    scope = state.session.info.get(_SCOPE)
    if scope == ALL or state.is_column_load:
        return
    if scope is None:
        raise ScopeError("this session has no scope")
    statement: Any = state.statement
    if not state.is_orm_statement:
        if _touches_mapped_table(statement):
            raise ScopeError("Core and text statements on mapped tables need unscoped()")
        return
    if state.is_insert or state.is_executemany:
        raise ScopeError("set-based INSERT and bulk UPDATE need unscoped()")
    if state.is_update and _changes_keys(statement):
        raise ScopeError("a set-based UPDATE of a key could move rows out of scope; it needs unscoped()")
    if getattr(state, "is_from_statement", False):
        raise ScopeError("from_statement() needs unscoped()")
    if not state.is_relationship_load and _names_raw_table(statement):
        raise ScopeError("a Core table inside an ORM statement needs unscoped()")
    state.statement = statement.options(*state.session.info[_OPTIONS])


def _is_mapped(table: object) -> bool:
    return isinstance(table, Table) and table.metadata is Base.metadata


def _touches_mapped_table(statement: Any) -> bool:
    return any(
        isinstance(element, TextClause)
        or _is_mapped(element)
        or (isinstance(element, Column) and _is_mapped(element.table))
        for element in visitors.iterate(statement)
    )


def _names_raw_table(statement: Any) -> bool:
    if not isinstance(statement, Select):
        return False
    parts: Iterable[Any] = (
        *statement._raw_columns,  # noqa: SLF001  (SQLAlchemy has no public way to list them with annotations)
        *statement._from_obj,  # noqa: SLF001
        *(join[0] for join in statement._setup_joins),  # noqa: SLF001
    )
    for part in parts:
        table = part if isinstance(part, Table) else part.table if isinstance(part, Column) else None
        if _is_mapped(table) and "parententity" not in part._annotations:  # noqa: SLF001
            return True
    return False


def _changes_keys(statement: Any) -> bool:
    columns = statement.table.c
    foreign = {column.key for column in columns if column.foreign_keys or column.primary_key}
    return any(getattr(column, "key", column) in foreign for column in (statement._values or {}))  # noqa: SLF001


@event.listens_for(ScopedSession, "before_flush", propagate=True)
def _check_before(session: Session, _context: object, _instances: object) -> None:
    if session.info.get(_SCOPE) == ALL:
        return
    with session.no_autoflush:
        for row in _touched(session):
            if row not in session.new:
                _must_see(session, type(row), row.id, "changes a row out of scope")
            _check_parents(session, row)


@event.listens_for(ScopedSession, "after_flush", propagate=True)
def _check_after(session: Session, _context: object) -> None:
    if session.info.get(_SCOPE) == ALL:
        return
    with session.no_autoflush:
        for row in [*session.new, *session.dirty]:
            if isinstance(row, Base) and (row in session.new or session.is_modified(row)):
                _must_see(session, type(row), inspect(row).identity or row.id, "leaves a row out of scope")


def _touched(session: Session) -> Iterator[Base]:
    for row in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(row, Base) and (row not in session.dirty or session.is_modified(row)):
            yield row


def _must_see(session: Session, model: type[Base], identity: Any, complaint: str) -> None:
    scope = session.info.get(_SCOPE)
    if not isinstance(scope, dict):
        raise ScopeError("this session has no scope")
    key = identity[0] if isinstance(identity, tuple) else identity
    table: Any = model.__table__
    found = session.connection().execute(select(table.c.id).where(table.c.id == key, scope[model])).first()
    if found is None:
        raise ScopeError(f"{complaint}: {model.__name__}")


def _check_parents(session: Session, row: Base) -> None:
    """A foreign key may be set only to a row the actor sees, and cleared only if he saw the old one."""
    state = inspect(row)
    for relation in state.mapper.relationships:
        if relation.direction is not RelationshipDirection.MANYTOONE:
            continue
        parent = relation.mapper.class_
        target = next(iter(relation.remote_side)).key
        key = state.mapper.get_property_by_column(next(iter(relation.local_columns))).key
        history = state.attrs[key].history
        changed = [value for value in (*(history.added or ()), *(history.deleted or ())) if value is not None]
        linked = state.attrs[relation.key].history.added
        changed += [
            getattr(other, target) for other in linked if other is not None and inspect(other).persistent
        ]
        for value in changed:
            table: Any = parent.__table__
            scope = session.info[_SCOPE]
            statement = select(table.c.id).where(table.c[target] == value, scope[parent])
            if session.connection().execute(statement).first() is None:
                raise ScopeError(f"{type(row).__name__}.{relation.key} points out of scope")
