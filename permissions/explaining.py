"""Why an actor may or may not do something to a row: the lines of the permission table, each with what the database answers.

Nothing is decided here. A line's scope is the very expression :mod:`permissions.engine` puts into a list or a batch; the
verdict follows from the lines, and a test holds it against the engine's own for every actor, verb and row of the test world.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, func, literal, select

from permissions.delegating import lets
from permissions.matrix import GRANTS, PUBLIC, Grant
from permissions.verbs import Verb
from permissions.wall import unscoped

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import Labelled, UserType
    from permissions.actor import Actor


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, held against a row and a verb.

    Attributes:
        grant: the line.
        names_verb: whether the verb is one of its verbs.
        in_duty: whether it takes no duty, or one the actor holds.
        left: whether it is left to him for the verb: to who stands in for somebody only what was delegated.
        in_scope: whether the row is one of its rows.
        in_state: whether the row's status is one it is limited to.
    """

    grant: Grant
    names_verb: bool
    in_duty: bool
    left: bool
    in_scope: bool
    in_state: bool

    @property
    def holds(self) -> bool:
        """Whether this line alone allows it."""
        return self.names_verb and self.in_duty and self.left and self.in_scope and self.in_state


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why, or why not.

    Attributes:
        verb: what was asked about.
        model: the table.
        key: the row's key.
        exists: whether there is such a row.
        public: whether the verb is looking at base data, which everybody may.
        state: the row's status; ``None`` where its table has none, or there is no row.
        lines: every line of the table for the actor's user type and this table, those that name the verb first.
    """

    verb: Verb
    model: type[Base]
    key: int
    exists: bool
    public: bool
    state: Labelled | None
    lines: tuple[Line, ...]

    @property
    def allowed(self) -> bool:
        """The verdict: the same as ``engine.allows``."""
        return self.exists and (self.public or any(line.holds for line in self.lines))

    @property
    def named(self) -> tuple[Line, ...]:
        """The lines that name the verb."""
        return tuple(line for line in self.lines if line.names_verb)

    @property
    def states_wanted(self) -> tuple[Labelled, ...]:
        """The states in which the row's own lines would allow it, where only its state is in the way."""
        states = [
            state
            for line in self.named
            if line.in_duty and line.left and line.in_scope
            for state in line.grant.while_in
        ]
        return tuple(dict.fromkeys(states))


@dataclass(frozen=True, slots=True)
class Standing:
    """How an actor stands to a row: what the database says of every line, before a verb is asked about.

    Attributes:
        model: the table.
        key: the row's key.
        exists: whether there is such a row.
        state: the row's status; ``None`` where its table has none, or there is no row.
        actor: who.
        scopes: each line for the actor's user type and the table, with whether the row is one of its rows.
    """

    model: type[Base]
    key: int
    exists: bool
    state: Labelled | None
    actor: Actor
    scopes: tuple[tuple[Grant, bool], ...]

    def about(self, verb: Verb) -> Explanation:
        """Return what that means for one verb."""
        lines = [
            Line(
                grant,
                names_verb=verb in grant.verbs,
                in_duty=grant.is_for(self.actor),
                left=lets(self.actor, verb, grant),
                in_scope=in_scope,
                in_state=self.exists and (not grant.while_in or self.state in grant.while_in),
            )
            for grant, in_scope in self.scopes
        ]
        return Explanation(
            verb=verb,
            model=self.model,
            key=self.key,
            exists=self.exists,
            public=verb is Verb.VIEW and self.model in PUBLIC,
            state=self.state,
            lines=tuple(sorted(lines, key=lambda line: not line.names_verb)),
        )


def lines_of(user_type: UserType | None, model: type[Base]) -> tuple[Grant, ...]:
    """Return every line of the table for a user type and a table, in the table's order."""
    return tuple(grant for grant in GRANTS if grant.user_type == user_type and grant.model is model)


def explain(session: Session, actor: Actor, verb: Verb, model: type[Base], key: int) -> Explanation:
    """Tell why an actor may or may not do ``verb`` to a row.

    Whether whoever asks may know it is the caller's business: what comes back speaks of the row.

    Args:
        session: any session; pending changes are flushed first.
        actor: whose rights are explained.
        verb: what is to be done.
        model: the table.
        key: the row's key.
    """
    return standing_of(session, actor, model, key).about(verb)


def standing_of(session: Session, actor: Actor, model: type[Base], key: int) -> Standing:
    """Return which lines of the table hold for a row, whatever the verb, in one statement; arguments as in :func:`explain`."""
    grants = lines_of(actor.user_type, model)
    status: Any = getattr(model, model.__status__) if _has_status(model) else literal(None)
    scopes = [func.coalesce(grant.rows(actor), false()) for grant in grants]  # unknown is no
    session.flush()
    with unscoped(session, "the expressions are the permission that is explained"):
        row = session.execute(
            select(status, *(scope.label(f"line_{number}") for number, scope in enumerate(scopes)))
            .select_from(model)
            .where(model.id == key)
        ).one_or_none()
    found = tuple(map(bool, row[1:])) if row else (False,) * len(grants)
    return Standing(
        model, key, row is not None, row[0] if row else None, actor, tuple(zip(grants, found, strict=True))
    )


def _has_status(model: type[Base]) -> bool:
    return model.__status__ in model.__mapper__.columns
