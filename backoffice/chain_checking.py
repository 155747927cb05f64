"""A large journal is verified by the worker: woken by the commit that orders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backoffice.waking import on_commit
from services import chain_checks

if TYPE_CHECKING:
    from collections.abc import Sequence


def _tell(accounts: Sequence[int]) -> None:
    from backoffice.jobs import verify_journal  # noqa: PLC0415  (the jobs build the application, which listens here)

    for account_id in accounts:
        verify_journal(account_id)


on_commit(chain_checks.STARTED, _tell)
