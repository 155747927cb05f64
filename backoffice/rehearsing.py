"""Large rehearsals are the worker's: woken by the commit that starts one, and going on with those whose worker was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backoffice.waking import on_commit
from services import rehearsals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session


def carry_out(opened: Callable[[], AbstractContextManager[Session]], key: int) -> None:
    """Compute a rehearsal, a portion in each transaction.

    Args:
        opened: opens a transaction that sees everything, and commits it.
        key: of the run; one that is not running is left alone.
    """
    more = True
    while more:
        with opened() as session:
            more = rehearsals.advance(session, key)


def _tell(keys: Sequence[int]) -> None:
    from backoffice.jobs import run_rehearsal  # noqa: PLC0415  (the jobs build the application, which listens here)

    for key in keys:
        run_rehearsal(key)


on_commit(rehearsals.STARTED, _tell)
