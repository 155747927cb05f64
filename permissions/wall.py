"""The second wall: a session that carries the actor's VIEW scope and puts it on every ORM statement.

Views can forget a filter; related values, searches on related columns, selects of a form and lazy loads are easily
forgotten. The wall is on the session itself, built from the same permission table, and fails closed: a session
without a scope raises instead of answering.

What criteria cannot cover (Core statements on scoped tables, text, bulk mappings, changes of unseen rows) is refused.
System work (uniqueness, numbering, the workflow's set-based statements, jobs) says so with :func:`unscoped`.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BinaryExpression,
    Column,
    ColumnClause,
    ColumnElement,
    CompoundSelect,
    Select,
    TableClause,
    TextClause,
    UnaryExpression,
    UpdateBase,
    event,
    inspect,
    select,
)
from sqlalchemy.orm import LoaderCriteriaOption, RelationshipDirection, Session
from sqlalchemy.orm.interfaces import CriteriaOption
from sqlalchemy.sql import visitors
from sqlalchemy.sql._util_cy import anon_map
from sqlalchemy.sql.cache_key import NO_CACHE
from sqlalchemy.sql.ddl import ExecutableDDLElement
from sqlalchemy.sql.elements import ExpressionClauseList
from sqlalchemy.sql.selectable import AliasedReturnsRows, Join, SelectBase

from models import Base

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import ORMExecuteState

ALL = "all"
_SCOPE = "view_scope"


class _ScopeOption(LoaderCriteriaOption):
    """Criteria of one model, written in terms of the very entity they are put on.

    ``_resolve_where_criteria`` is the one place where SQLAlchemy turns an option into SQL for an entity. SQLAlchemy 2.1 leaves the columns of a plain expression alone where an alias is joined, explicitly or by
    ``joinedload``: the alias would go unfiltered.
    """

    _traverse_internals = LoaderCriteriaOption._traverse_internals  # noqa: SLF001  (what it is cached by)

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        names = {column: name for name, column in ext_info.mapper.columns.items()}

        def attribute(element: Any, **_: Any) -> Any:
            if isinstance(element, SelectBase):
                return element  # a subselect of the same table speaks of other rows
            name = names.get(element) if isinstance(element, Column) else None
            return name and getattr(ext_info.entity, name).__clause_element__()

        plain = super()._resolve_where_criteria(ext_info)
        return visitors.replacement_traverse(plain, {}, attribute)


class _Wall(CriteriaOption):
    """The criteria of every model as one option of a statement.

    SQLAlchemy computes what a statement is cached by from all its options each time it is run; three dozen of them cost
    more than most of our statements. These never change and share no parameter with anything outside, so that their part of
    the key and their parameters are computed once for an actor. Keys of actors of one kind are equal: they share compiled
    statements, and only the parameters differ.

    Being put on a SELECT that is compiled is also where that is judged: one found compiled is one that was judged before.
    """

    propagate_to_loaders = True

    def __init__(self, options: Iterable[_ScopeOption]) -> None:
        self._options = tuple(options)
        numbers = anon_map()
        parameters: list[Any] = []
        parts = tuple(option._gen_cache_key(numbers, parameters) for option in self._options)  # noqa: SLF001
        if NO_CACHE in numbers:
            raise ScopeError("a scope that cannot be cached would be compiled for every statement")
        self._key = _short((type(self), parts))
        self._parameters = tuple(parameters)

    def _gen_cache_key(self, anon_map: Any, bindparams: list[Any]) -> tuple[Any, ...]:
        number, found = anon_map.get_anon(self)
        if found:
            return number, type(self)
        bindparams.extend(self._parameters)
        return self._key

    def get_global_criteria(self, attributes: dict[Any, Any]) -> None:
        """Hand the criteria of each model over."""
        for option in self._options:
            option.get_global_criteria(attributes)

    def process_compile_state(self, compile_state: Any) -> None:
        """Put the criteria on a statement that is being compiled.

        Raises:
            ScopeError: it is a SELECT with parts they would not reach.
        """
        statement = getattr(compile_state, "select_statement", None)
        # Below the root path there is what SQLAlchemy wrote itself, to load a relation.
        if isinstance(statement, Select) and compile_state.current_path.is_root:
            _refuse_if(_beyond_criteria(statement))
        self.get_global_criteria(compile_state.global_attributes)

    def process_compile_state_replaced_entities(self, compile_state: Any, mapper_entities: Any) -> None:  # noqa: ARG002
        """Put them on a statement whose entities were replaced."""
        self.process_compile_state(compile_state)


@functools.cache
def _short(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return one and the same short stand-in for equal keys.

    A tuple is hashed anew each time it is looked up, and the criteria of all models are thousands of parts.
    """
    return key[0], object()


class ViewScope(Mapping[type[Base], ColumnElement[bool]]):
    """The VIEW expression of every mapped class for one actor, and the same as an option of a statement.

    Plain SQL expressions, made for this scope and used nowhere else: a callable would be evaluated once per class and
    silently keep its first answer, and a parameter that stands in the statement itself as well would be taken for the same.
    """

    def __init__(self, expressions: dict[type[Base], ColumnElement[bool]]) -> None:
        self._expressions = expressions
        self.wall = _Wall(
            _ScopeOption(model, expression, include_aliases=True) for model, expression in expressions.items()
        )
        self._walled: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def on(self, statement: Any) -> Any:
        """Return a statement with the wall on it; for one that is kept, the same object again and again.

        SQLAlchemy remembers on the object what a statement is cached by, which is most of what running a long one costs.
        """
        walled = self._walled.get(statement)
        if walled is None:
            walled = self._walled[statement] = statement.options(self.wall)
        return walled

    def __getitem__(self, model: type[Base]) -> ColumnElement[bool]:
        return self._expressions[model]

    def __iter__(self) -> Iterator[type[Base]]:
        return iter(self._expressions)

    def __len__(self) -> int:
        return len(self._expressions)


class ScopeError(Exception):
    """A statement the wall does not let through: a programming error, answered with 500 and never with data."""


def set_scope(session: Session, scope: ViewScope | str) -> None:
    """Give a session its scope: the VIEW expression of every mapped class, or ``ALL`` for system work.

    Rows loaded under an earlier scope that the new one does not show are forgotten.

    Raises:
        ScopeError: such a row has unsaved changes.
    """
    before = session.info.get(_SCOPE)
    session.info[_SCOPE] = scope
    if isinstance(scope, ViewScope) and before is not None:
        _forget_hidden(session)


def _forget_hidden(session: Session) -> None:
    with session.no_autoflush:
        for row in list(session.identity_map.values()):
            model: Any = type(row)
            if _sees(session, model, model.__table__.c.id, inspect(row).identity[0]):
                session.expire(row, list(_loaded_relations(row)))
            elif row in session.dirty or row in session.deleted:
                raise ScopeError(f"the scope changed before a change of {model.__name__} was saved")
            else:
                session.expunge(row)


@contextlib.contextmanager
def unscoped(session: Session, reason: str) -> Iterator[None]:
    """Let statements see every row, for the ``reason`` given.

    Rows and relations loaded inside leave the session's memory afterwards, so that a later ``get`` or attribute
    cannot find them there; changes made inside are flushed before, and given up where the work fails.
    """
    if not reason.strip():
        raise ScopeError("unscoped work names its reason")
    before = session.info.get(_SCOPE)
    if before == ALL:
        yield
        return
    session.flush()  # what was changed before is still checked by the actor's own scope
    known = {row: _loaded_relations(row) for row in session.identity_map.values()}
    session.info[_SCOPE] = ALL
    try:
        yield
        session.flush()
    finally:
        session.info[_SCOPE] = before
        for row in list(session.identity_map.values()):
            if row not in known:
                session.expunge(row)
            elif news := _loaded_relations(row) - known[row]:
                session.expire(row, list(news))


@functools.cache
def _relations(model: type[Base]) -> frozenset[str]:
    return frozenset(model.__mapper__.relationships.keys())


def _loaded_relations(row: Any) -> frozenset[str]:
    model: Any = type(row)
    return frozenset(_relations(model).intersection(inspect(row).dict))


class ScopedSession(Session):
    """A session with the wall. Use it, or a subclass, for everything that acts for a user."""

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise ScopeError("bulk mappings go around the wall; use add() or update()")

    bulk_save_objects = _refuse
    bulk_insert_mappings = _refuse
    bulk_update_mappings = _refuse


# ---------------------------------------------------------------- statements
@event.listens_for(ScopedSession, "do_orm_execute", propagate=True)
def _put_scope(state: ORMExecuteState) -> None:
    scope = state.session.info.get(_SCOPE)
    if scope == ALL or state.is_column_load:
        return
    if scope is None:
        raise ScopeError("this session has no scope")
    _refuse_if(_complaint(state))
    if state.is_orm_statement:
        state.statement = scope.on(state.statement)


def _refuse_if(complaint: str) -> None:
    if complaint:
        raise ScopeError(f"{complaint}: this needs unscoped()")


def _complaint(state: ORMExecuteState) -> str:
    """Return what criteria could not cover in a statement, or nothing; a SELECT is judged where it is compiled."""
    statement: Any = state.statement
    complaint = ""
    if not state.is_orm_statement:
        if _has_text(statement) or _names_table(statement):
            complaint = "Core or text statement on a table"
    elif state.is_insert or state.is_executemany:
        complaint = "set-based INSERT, or UPDATE by key"
    elif state.is_update and _changes_keys(statement, state.parameters):
        complaint = (
            "set-based UPDATE of a key or status, which moves rows out of scope or around the workflow"
        )
    elif getattr(state, "is_from_statement", False):
        complaint = "from_statement()"
    elif not state.is_relationship_load and not isinstance(statement, Select):
        complaint = _beyond_criteria(statement)
    return complaint


def _beyond_criteria(statement: Any) -> str:
    found = _has_text(statement) or _has_core(statement)
    return "text, a Core table or a nested write inside an ORM statement" if found else ""


def _has_text(statement: Any) -> bool:
    """Tell whether anything in the statement is text, DDL, or a write inside another statement."""
    return isinstance(statement, ExecutableDDLElement) or any(
        isinstance(element, TextClause)
        or (isinstance(element, UpdateBase) and element is not statement)
        or (isinstance(element, ColumnClause) and element.is_literal and not _is_harmless(element.name))
        for element in visitors.iterate(statement)
    )


def _is_harmless(literal: str) -> bool:
    return literal == "*" or literal.isdigit()  # what count() and exists() are written with


def _names_table(statement: Any) -> bool:
    return any(
        isinstance(element, TableClause) or (isinstance(element, ColumnClause) and element.table is not None)
        for element in visitors.iterate(statement)
    )


def _sources(statement: Any) -> Iterator[Any]:
    """Yield what the data of a statement comes from. SQLAlchemy has no public way to list it with annotations.

    Conditions are left out: permission expressions are Core themselves.
    """
    if isinstance(statement, CompoundSelect):
        yield from statement.selects
    elif isinstance(statement, Select):
        yield from statement._raw_columns  # noqa: SLF001
        yield from statement._from_obj  # noqa: SLF001
        for target, _on, origin, _flags in statement._setup_joins:  # noqa: SLF001
            yield from (part for part in (target, origin) if part is not None)
    elif isinstance(statement, UpdateBase):
        yield from statement._returning  # noqa: SLF001
        yield from (getattr(statement, "_values", None) or {}).values()


def _has_core(statement: Any) -> bool:
    parts = list(_sources(statement))
    entities = {part._annotations.get("parententity") for part in parts if hasattr(part, "_annotations")}  # noqa: SLF001
    filtered = {entity.mapper.local_table for entity in entities if entity is not None and entity.is_mapper}
    # A plain column of a table that is there as a mapped class is filtered with it; set-based DELETE selects so.
    return any(_is_core(part) for part in parts if not (isinstance(part, Column) and part.table in filtered))


def _is_core(part: Any, *, entity: bool = False) -> bool:
    """Tell whether a source reaches a table other than through a mapped class, which alone takes criteria."""
    entity = entity or "parententity" in getattr(part, "_annotations", ())
    within: Iterable[Any] = getattr(part, "get_children", tuple)()
    if isinstance(part, TableClause):
        return not entity
    if isinstance(part, Select | CompoundSelect):
        return _has_core(part)
    if isinstance(part, ColumnClause):
        within = () if part.table is None else (part.table,)
    elif isinstance(part, AliasedReturnsRows):
        within = (part.element,)
    elif isinstance(part, Join):
        within, entity = (part.left, part.right), False
    elif isinstance(part, BinaryExpression | ExpressionClauseList | UnaryExpression) and _is_condition(part):
        within = ()
    return any(_is_core(child, entity=entity) for child in within)


def _is_condition(part: Any) -> bool:
    return part.type.python_type is bool


def _changes_keys(statement: Any, parameters: Any) -> bool:
    foreign = {column.key for column in statement.table.c if column.foreign_keys or column.primary_key} | {
        "status"
    }
    written = [*(statement._values or ()), *(parameters or ())]  # noqa: SLF001
    return any(getattr(column, "key", column) in foreign for column in written)


# ---------------------------------------------------------------- rows
@event.listens_for(ScopedSession, "before_flush", propagate=True)
def _check_before(session: Session, _context: object, _instances: object) -> None:
    if session.info.get(_SCOPE) == ALL:
        return
    with session.no_autoflush:
        for row in _touched(session):
            if row not in session.new:
                _must_see(session, row, "changes a row out of scope")
            if row not in session.deleted:
                _check_parents(session, row)


@event.listens_for(ScopedSession, "after_flush", propagate=True)
def _check_after(session: Session, _context: object) -> None:
    if session.info.get(_SCOPE) == ALL:
        return
    with session.no_autoflush:
        for row in [*session.new, *session.dirty]:
            if isinstance(row, Base) and (row in session.new or session.is_modified(row)):
                _must_see(session, row, "leaves a row out of scope")


def _touched(session: Session) -> Iterator[Base]:
    for row in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(row, Base) and (row not in session.dirty or session.is_modified(row)):
            yield row


def _sees(session: Session, model: type[Base], column: ColumnElement[Any], value: Any) -> bool:
    scope = session.info.get(_SCOPE)
    if not isinstance(scope, ViewScope):
        raise ScopeError("this session has no scope")
    statement = select(model.__table__.c.id).where(column == value, scope[model])
    return session.connection().execute(statement).first() is not None


def _must_see(session: Session, row: Base, complaint: str) -> None:
    identity = inspect(row).identity
    if not _sees(session, type(row), type(row).__table__.c.id, identity[0] if identity else row.id):
        raise ScopeError(f"{complaint}: {type(row).__name__}")


@functools.cache
def _foreign_keys(model: type[Base]) -> dict[str, tuple[type[Base], Any]]:
    """Return the model and column each foreign key of ``model`` points to, by attribute name."""
    of_table = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    mapper = model.__mapper__
    targets = (
        (column, next(iter(column.foreign_keys)).column) for column in mapper.columns if column.foreign_keys
    )
    return {
        mapper.get_property_by_column(column).key: (of_table[target.table], target)
        for column, target in targets
    }


def _check_parents(session: Session, row: Base) -> None:
    """A foreign key may be set only to a row the actor sees, and changed or cleared only if he sees the old one."""
    state = inspect(row)
    foreign = _foreign_keys(type(row))
    news: dict[str, set[Any]] = {}
    for name in foreign:
        if added := state.attrs[name].history.added:
            news[name] = set(added)
    for relation in state.mapper.relationships:
        if relation.direction is RelationshipDirection.MANYTOONE and (
            added := state.attrs[relation.key].history.added
        ):
            name = str(state.mapper.get_property_by_column(next(iter(relation.local_columns))).key)
            parents = [parent for parent in added if parent is None or inspect(parent).persistent]
            target = str(next(iter(relation.remote_side)).key)
            news.setdefault(name, set()).update(parent and getattr(parent, target) for parent in parents)
    if not news:
        return
    stored: dict[str, Any] = {}
    if state.identity:
        table = type(row).__table__
        columns = [state.mapper.columns[name].label(name) for name in news]
        statement = select(*columns).where(table.c.id == state.identity[0])
        stored = dict(session.connection().execute(statement).mappings().one())
    for name, values in news.items():
        model, column = foreign[name]
        old = stored.get(name)
        for value in values | {old} if values != {old} else ():
            if value is not None and not _sees(session, model, column, value):
                raise ScopeError(f"{type(row).__name__}.{name} points out of scope")
