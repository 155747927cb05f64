"""Nobody assigns a status: a stored row changes state only through :mod:`workflow.engine`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import LoaderCallableStatus

from workflow.tables import WORKFLOWS

if TYPE_CHECKING:
    from models.enums import Labelled


class StatusError(Exception):
    """A status was assigned instead of being reached by a transition: a programming error."""


def _refuse_all_but(initial: Labelled) -> Any:
    def refuse(row: Any, value: Any, old: Any, _initiator: Any) -> None:
        new = not inspect(row).persistent and old in (None, LoaderCallableStatus.NO_VALUE)
        if value != old and not (new and value == initial):
            raise StatusError(
                f"the status of {type(row).__name__} is reached by a transition, never assigned"
            )

    return refuse


for _workflow in WORKFLOWS.values():
    _status = getattr(_workflow.model, _workflow.model.__status__)
    event.listen(_status, "set", _refuse_all_but(_workflow.initial))
