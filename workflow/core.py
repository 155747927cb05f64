"""The words a workflow table is written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from models import Base
    from models.enums import Labelled
    from permissions.actor import Actor
    from permissions.verbs import Verb


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
    """

    session: Session
    actor: Actor
    moment: datetime
    today: date
    reason: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    batch_key: str = ""
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of a transition: one SQL expression and the sentence shown where it does not hold."""

    name: str
    sentence: str
    holds: Callable[[Firing], ColumnElement[bool]]


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


@dataclass(frozen=True, slots=True)
class Workflow:
    """The table of one thing: its states are the members of the status column's enum."""

    name: str
    model: type[Base]
    initial: Labelled
    transitions: tuple[Transition, ...]

    def __getitem__(self, name: str) -> Transition:
        """Return the transition called ``name``; raises ``KeyError``."""
        for transition in self.transitions:
            if transition.name == name:
                return transition
        raise KeyError(name)

    @property
    def states(self) -> tuple[Labelled, ...]:
        """Every state, in the order of its enum."""
        return tuple(type(self.initial))

    def leaving(self, state: Labelled) -> tuple[Transition, ...]:
        """Return the transitions that start from ``state``."""
        return tuple(transition for transition in self.transitions if state in transition.sources)
