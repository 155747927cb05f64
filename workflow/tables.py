"""Every workflow table, by name."""

from __future__ import annotations

from workflow.account import ACCOUNT
from workflow.claim import CLAIM

WORKFLOWS = {workflow.name: workflow for workflow in (CLAIM, ACCOUNT)}
