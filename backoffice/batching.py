"""Large batches are the worker's: woken by the commit that starts one, and going on with those whose worker was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from backoffice.waking import on_commit
from services import batch_jobs
from workflow.core import WorkflowError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy.orm import Session


def carry_out(opened: Callable[[], AbstractContextManager[Session]], key: str) -> None:
    """Fire the portions of a batch, each in a transaction of its own.

    A portion that clashes with what others store at the same moment is fired again row by row; a row that clashes alone
    is passed over, and said so in its outcome.

    Args:
        opened: opens a transaction that sees everything, and commits it.
        key: of the batch; one that is not running is left alone.
    """
    more, singly = True, 0
    while more:
        try:
            with opened() as session:
                more = batch_jobs.advance(session, key, 1 if singly else batch_jobs.PORTION)
        except (WorkflowError, IntegrityError):
            if not singly:
                singly = batch_jobs.PORTION
                continue
            with opened() as session:
                batch_jobs.pass_over(session, key)
        singly = max(0, singly - 1)


def _tell(keys: Sequence[str]) -> None:
    from backoffice.jobs import run_batch  # noqa: PLC0415  (the jobs build the application, which listens here)

    for key in keys:
        run_batch(key)


on_commit(batch_jobs.STARTED, _tell)
