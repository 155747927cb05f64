"""The worker is woken by the commit that gives it something to do; where it is not told, it finds the work by itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from flask import current_app, has_app_context
from sqlalchemy import event

from views.extensions import RequestSession

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

log = logging.getLogger(__name__)


def on_commit(mark: str, tell: Callable[[Any], None]) -> None:
    """Call ``tell`` after each commit of a request that left something under ``mark`` in its ``session.info``.

    Args:
        mark: the name; what lies there is given to ``tell`` and gone.
        tell: puts a task into the queue. Whatever it raises is logged: the commit stands, and must not look like an error.
    """

    def wake(session: Session) -> None:
        if session.in_nested_transaction():
            return
        given = session.info.pop(mark, None)
        if not given or not has_app_context() or current_app.testing:
            return
        try:
            tell(given)
        except Exception:
            log.exception("the worker was not woken for %s", mark)

    event.listen(RequestSession, "after_commit", wake, propagate=True)
