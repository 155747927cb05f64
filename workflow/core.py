"""The words a workflow table is written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Column, ColumnElement, Select
    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import Labelled
    from permissions.actor import Actor
    from permissions.verbs import Verb


class WorkflowError(Exception):
    """A firing that cannot start, or was given up; the text is a Chinese sentence for the user."""


@dataclass(frozen=True, slots=True)
class Firing:
    """One firing of a transition: who, when, why, with which parameters.

    Attributes:
        session: where the statements run.
        actor: who decides.
        moment: when, in UTC.
        today: the calendar day years open and close by.
        reason: the sentence given, or ``None``.
        parameters: what the form of the transition asked for.
        batch_key: identifies the batch; firing the same key twice does nothing the second time.
        request_id: the request it came with.
        ids: keys of all rows it is fired on, for guards about what would be left.
    """

    session: Session
    actor: Actor
    moment: datetime
    today: date
    reason: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    batch_key: str = ""
    request_id: str | None = None
    ids: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a transition: one SQL expression and the sentence shown where it does not hold.

    Attributes:
        name: identifier, also the outcome.
        sentence: what is shown.
        holds: the expression.
        rows: where it speaks of the rows of a sheet, the condition of those it does not hold for.
    """

    name: str
    sentence: str
    holds: Callable[[Firing], ColumnElement[bool]]
    rows: Callable[[Firing], ColumnElement[bool]] | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One line of a workflow table.

    Attributes:
        name: identifier, also the journal's action.
        sources: states it starts from.
        target: state it leads to.
        label: what the button says.
        needs: the verb the permission table must grant.
        colour: colour of the button.
        batch: whether it is offered for many rows at once.
        reason: whether a reason must be given.
        parameters: names of what else the form asks for.
        guards: conditions, in the order their sentences are shown.
        sets: columns written besides the status.
        effects: set-based statements run in the same transaction.
        locks: rows of other tables that must stand still, because a guard counts what belongs to them: each maps the
            keys of the rows fired on to a SELECT of theirs, in key order; they are locked one after the other.
        key: the letter that fires it where rows are worked through one by one; empty for none.
        undoes: name of the transition it takes back (``workflow.undo``); empty for none.
        counted: whether the journal counts how often it was taken back before, because it may happen only once.
    """

    name: str
    sources: frozenset[Labelled]
    target: Labelled
    label: str
    needs: Verb
    colour: str = "primary"
    batch: bool = False
    reason: bool = False
    parameters: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    sets: Callable[[Firing], dict[str, Any]] | None = None
    effects: tuple[Callable[[Firing, Select[int]], None], ...] = ()
    locks: tuple[Callable[[Select[int]], Select[int]], ...] = ()
    key: str = ""
    undoes: str = ""
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """A way between states that is no transition of the table itself: an effect of another one, or how rows begin."""

    source: Labelled | None
    target: Labelled
    label: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """The table of one thing: its states are the members of the status column's enum."""

    name: str
    model: type[Base]
    initial: Labelled
    transitions: tuple[Transition, ...]
    passages: tuple[Passage, ...] = ()

    @property
    def status(self) -> Column[Any]:
        """The column the transitions move."""
        return self.model.__table__.c[self.model.__status__]

    def __getitem__(self, name: str) -> Transition:
        """Return the transition called ``name``; raises ``KeyError``."""
        for transition in self.transitions:
            if transition.name == name:
                return transition
        raise KeyError(name)

    def undoing(self, name: str) -> Transition | None:
        """Return the transition that takes back the one called ``name``, where there is one."""
        return next((transition for transition in self.transitions if transition.undoes == name), None)

    @property
    def states(self) -> tuple[Labelled, ...]:
        """Every state, in the order of its enum."""
        return tuple(type(self.initial))

    def leaving(self, state: Labelled) -> tuple[Transition, ...]:
        """Return the transitions that start from ``state``."""
        return tuple(transition for transition in self.transitions if state in transition.sources)
