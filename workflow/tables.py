"""Every workflow table, by name."""

from __future__ import annotations

from workflow.account import ACCOUNT
from workflow.claim import CLAIM
from workflow.correction import CORRECTION
from workflow.grading import GRADE, GRADE_SHEET
from workflow.organization import ORGANIZATION
from workflow.organization_change import ORGANIZATION_CHANGE
from workflow.person import PERSON
from workflow.training import ENROLLMENT, TRAINING_CLASS, TRAINING_PLAN
from workflow.transfer import TRANSFER

WORKFLOWS = {
    workflow.name: workflow
    for workflow in (
        CLAIM, TRAINING_PLAN, TRAINING_CLASS, ENROLLMENT, GRADE, GRADE_SHEET, ACCOUNT, PERSON, ORGANIZATION,
        ORGANIZATION_CHANGE, TRANSFER, CORRECTION,
    )
}  # fmt: skip
