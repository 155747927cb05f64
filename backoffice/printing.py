"""Large orders of certificates are the worker's: woken by the commit that starts one, and going on with those whose worker was killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backoffice.waking import on_commit
from services import certificate_runs
from services.certificate_work import carry_out

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["carry_out"]


def _tell(keys: Sequence[int]) -> None:
    from backoffice.jobs import run_certificates  # noqa: PLC0415  (the jobs build the application, which listens here)

    for key in keys:
        run_certificates(key)


on_commit(certificate_runs.STARTED, _tell)
