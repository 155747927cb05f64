"""Large imports are the worker's: woken by the commit that starts one, and going on with those whose worker was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backoffice.waking import on_commit
from services import import_runs
from services.importers import IMPORTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session


def carry_out(opened: Callable[[], AbstractContextManager[Session]], key: int) -> None:
    """Store the good rows of an import, a portion in each transaction.

    Args:
        opened: opens a transaction that sees everything, and commits it.
        key: of the run; one that is not running is left alone.
    """
    more = True
    while more:
        with opened() as session:
            more = import_runs.advance(session, IMPORTERS, key)


def _tell(keys: Sequence[int]) -> None:
    from backoffice.jobs import run_import  # noqa: PLC0415  (the jobs build the application, which listens here)

    for key in keys:
        run_import(key)


on_commit(import_runs.STARTED, _tell)
