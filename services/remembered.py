"""Base data that every list offers to narrow it by, remembered by the process for a moment.

Years, kinds and regions change a few times a year and are asked for with every page. Only what is public may be
remembered: it is the same whoever asks.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import event

from permissions.matrix import PUBLIC
from permissions.wall import ScopedSession

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from sqlalchemy.orm import ORMExecuteState, Session

T = TypeVar("T")
SECONDS = 30.0
"""How long another process may still offer what was changed; the one that changed it forgets at once."""
_CHANGED = "changed_base_data"
_known: WeakKeyDictionary[Any, dict[Hashable, tuple[float, Any]]] = WeakKeyDictionary()


def remembered(read: Callable[..., T], session: Session, *arguments: Hashable) -> T:
    """Return ``read(session, *arguments)``, from memory where it was read within :data:`SECONDS`.

    Args:
        read: asks for public base data and nothing else; its answer is shared, so that nobody may change it.
        session: any session of the database.
        *arguments: what else ``read`` takes.
    """
    known = _known.setdefault(session.get_bind(), {})
    until, answer = known.get((read, *arguments), (0.0, None))
    if until <= time.monotonic():
        answer = read(session, *arguments)
        known[read, *arguments] = time.monotonic() + SECONDS, answer
    return cast("T", answer)


def forget() -> None:
    """Read everything anew from now on."""
    _known.clear()


@event.listens_for(ScopedSession, "after_flush", propagate=True)
def _note(session: Session, _context: object) -> None:
    if any(type(row) in PUBLIC for row in (*session.new, *session.dirty, *session.deleted)):
        session.info[_CHANGED] = True


@event.listens_for(ScopedSession, "do_orm_execute", propagate=True)
def _note_set(state: ORMExecuteState) -> None:
    """Note what is written in sets, which no flush knows of."""
    if (state.is_insert or state.is_update or state.is_delete) and state.bind_mapper is not None:
        state.session.info[_CHANGED] = state.bind_mapper.class_ in PUBLIC or state.session.info.get(
            _CHANGED, False
        )


@event.listens_for(ScopedSession, "after_commit", propagate=True)
def _forget_changed(session: Session) -> None:
    if session.info.pop(_CHANGED, False):
        forget()
