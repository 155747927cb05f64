"""When two claims rest on the same evidence: the pairs that guards refuse and checks report (product §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, literal, not_, or_, select

from models import Claim, ClaimAttachment, ClaimItem, ClaimKindVersion
from models.enums import WAITING, ClaimStatus

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
IN_ANOTHER_YEAR = and_(
    other_claim.kind_id == claim.kind_id,
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
SAME_EVIDENCE = or_(SAME_KEY, SAME_UNNUMBERED)
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
    # Two questions, so that the first is answered from the index of the keys.
    return or_(
        exists(pair.where(SAME_KEY).correlate(Claim.__table__)),
        exists(pair.where(SAME_UNNUMBERED).correlate(Claim.__table__)),
    )
