"""When two claims rest on the same evidence: the pairs that guards refuse and checks report (product §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, literal, not_, or_, select

from models import Claim, ClaimAttachment, ClaimItem, ClaimKindVersion
from models.enums import WAITING, ClaimStatus
from workflow.alike import MERGED, same_kind

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

claim = Claim.__table__.c
other_claim = Claim.__table__.alias("other_claim").c
mine, theirs = (ClaimAttachment.__table__.alias(name).c for name in ("mine", "theirs"))
version, item = ClaimKindVersion.__table__.c, ClaimItem.__table__.c

COUNTING = (*WAITING, ClaimStatus.APPROVED)
"""Claims that use up their evidence: those somebody looks at or has approved, not drafts and what was refused."""
RANK = "rank"
"""Code of the item that says which author, inventor or member somebody is."""

ANOTHER = and_(other_claim.id != claim.id, other_claim.status.in_(COUNTING))
OF_SAME_PERSON = other_claim.person_id == claim.person_id
SAME_KEY = other_claim.evidence_key == claim.evidence_key
SAME_FILE = and_(mine.claim_id == claim.id, theirs.sha256 == mine.sha256, theirs.claim_id == other_claim.id)
SAME_KIND = same_kind(other_claim.kind_id, claim.kind_id)
IN_ANOTHER_YEAR = and_(
    SAME_KIND,
    other_claim.credit_year != claim.credit_year,
    claim.kind_version_id.in_(select(version.id).where(version.recurring.is_(True)).correlate(None)),
)
"""What counts anew each year (a project, a course of study) is proved by the same paper each year."""
UNNUMBERED = claim.kind_version_id.in_(
    select(item.kind_version_id).where(item.evidence.is_(True), item.required.is_(False)).correlate(None)
)
"""Kinds whose evidence may have a number of its own and need not, such as the DOI of a paper."""
SAME_UNNUMBERED = and_(
    UNNUMBERED,
    claim.title_key != "",
    other_claim.title_key == claim.title_key,
    or_(claim.evidence_key == claim.title_key, other_claim.evidence_key == other_claim.title_key),
)
"""One title of which one claim names the number and the other does not (``services.reuse.evidence_key``)."""
ASKING_FOR_NUMBERS = select(item.kind_version_id).where(item.evidence.is_(True)).correlate(None)
SAME_ACTIVITY = and_(
    claim.activity_key != "",
    other_claim.activity_key == claim.activity_key,
    other_claim.kind_id != claim.kind_id,
    SAME_KIND,
)
"""One title under a kind and under one merged with it: the keys of evidence and title differ by the kind's code."""
SAME_OF_MERGED = and_(
    SAME_ACTIVITY,
    other_claim.start_date == claim.start_date,
    not_(IN_ANOTHER_YEAR),
    or_(*(row.kind_version_id.not_in(ASKING_FOR_NUMBERS) for row in (claim, other_claim))),
)
"""The same on the same first day, which is what tells evidence without numbers; numbers are compared by ``services.reuse``."""
SAME_TITLE = or_(and_(claim.title_key != "", other_claim.title_key == claim.title_key), SAME_ACTIVITY)
SAME_EVIDENCE = or_(SAME_KEY, SAME_UNNUMBERED, SAME_OF_MERGED)
BY_THE_SAME_FILE = and_(SAME_FILE, not_(IN_ANOTHER_YEAR))

RANKED = claim.kind_version_id.in_(select(item.kind_version_id).where(item.code == RANK).correlate(None))
NUMBERED = claim.kind_version_id.in_(
    select(item.kind_version_id).where(item.evidence.is_(True), item.required.is_(True)).correlate(None)
)
"""Kinds whose evidence always has a number of its own, such as that of a certificate."""
SAME_RANK = and_(RANKED, other_claim["items"][RANK].as_string() == claim["items"][RANK].as_string())
SAME_HOLDER = or_(SAME_RANK, and_(NUMBERED, not_(RANKED)))
"""Two people cannot both be the first author, nor both hold the certificate of one number."""


def used_by_same_person(*, file: bool, counts: ColumnElement[bool] = ANOTHER) -> ColumnElement[bool]:
    """Return whether the claim's person has another claim on the same evidence.

    Args:
        file: by a file of the same content; else by the number, or the title and first day, it names.
        counts: which other claims count.
    """
    pair = select(literal(1)).where(OF_SAME_PERSON, other_claim.id != claim.id, counts)
    if file:
        return exists(pair.where(BY_THE_SAME_FILE).correlate(Claim.__table__))
    # One question each, so that the first is answered from the index of the keys.
    by_key, by_title, of_merged = (
        exists(pair.where(same).correlate(Claim.__table__))
        for same in (SAME_KEY, SAME_UNNUMBERED, SAME_OF_MERGED)
    )
    # The last is asked of merged kinds alone: many people go to one activity.
    return or_(by_key, by_title, and_(claim.kind_id.in_(MERGED), of_merged))
