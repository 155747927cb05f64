"""What can become of one row of a batch, besides the name of a guard; the sentences stand in :mod:`workflow.engine`."""

from __future__ import annotations

DONE, MISSING, STATUS, SCOPE = "done", "missing", "status", "scope"
WAITING, CANCELLED, STOPPED, CONFLICT = "waiting", "cancelled", "stopped", "conflict"
"""Outcomes of a batch that is done in the background."""
NOT_JUDGED = (WAITING, CANCELLED, STOPPED, CONFLICT)
"""Whether the row was there, or in scope, was never asked."""
