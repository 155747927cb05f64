"""What tells that evidence was used before, and the sentences that name the claim it was used for."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Claim, ClaimAttachment
from services.evidence_numbers import same_number
from workflow.alike import same_kind
from workflow.evidence import COUNTING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import ClaimKindVersion
    from services.claims import ClaimInput


def evidence_key(
    version: ClaimKindVersion,
    typed: ClaimInput | Claim,
    values: Mapping[str, Any],
    *,
    like: ClaimKindVersion | None = None,
) -> str:
    """Return what identifies the evidence of a claim: its numbers where the kind has any, else title and first day.

    Where the kind has numbers and this one has none, the title alone: ``workflow.evidence`` tells by it that a number is
    missing. An activity that counts anew each year (a project, a course of study) is evidence once per year.

    Args:
        version: of its kind.
        typed: the form, or the claim.
        values: its items.
        like: the version it is compared with as though it were of that kind; its own where left out.
    """
    numbers, like = [item.code for item in version.items if item.evidence], like or version
    year = typed.credit_year if like.recurring else None
    return key_of(like.kind.code, numbers, values, title=typed.title, first_day=typed.start_date, year=year)


def key_of(
    kind: str,
    numbers: Sequence[str],
    values: Mapping[str, Any],
    *,
    title: str,
    first_day: date | None,
    year: int | None,
) -> str:
    """Return :func:`evidence_key` of what a claim says, without the claim.

    Args:
        kind: code of the kind.
        numbers: codes of the items that number the evidence.
        values: of the items, by code.
        title: of the claim.
        first_day: of the activity.
        year: the credit year, where the activity counts anew each year.
    """
    parts = [same_number(code, str(values[code])) for code in numbers if values.get(code)]
    if not parts:
        parts = [title] if numbers else [title, str(first_day)]
    return _digest(kind, *parts, *([] if year is None else [str(year)]))


def title_key(version: ClaimKindVersion, title: str) -> str:
    """Return what two titles of a kind have in common that differ in width, case, blanks and punctuation only."""
    return _digest(version.kind.code, title)


def activity_key(title: str) -> str:
    """Return what the names of one activity have in common whatever it is filed as: a claim, or a class attended."""
    return _digest("activity", title)


def normalised(text: str) -> str:
    """Return text without what people write in different ways: width, case, blanks, dashes and other punctuation."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()


def errors(
    session: Session,
    person_id: int,
    claim: Claim | None,
    version: ClaimKindVersion,
    typed: ClaimInput,
    values: dict[str, Any],
) -> dict[str, str]:
    """Return what of a form was used for another claim of the same person, by field (product §4).

    Args:
        session: the actor's scoped session; claims he may not see are left to the guards.
        person_id: whose claim it is.
        claim: the claim that is changed; ``None`` for a new one.
        version: of its kind.
        typed: the form.
        values: its items as read.
    """
    mine = (Claim.person_id == person_id, Claim.status.in_(COUNTING), Claim.id != (claim.id if claim else 0))
    key, title = evidence_key(version, typed, values), title_key(version, typed.title)
    for other in session.scalars(
        select(Claim).where(*mine, same_kind(Claim.kind_id, version.kind_id)).order_by(Claim.id)
    ):
        # What it says, not its key: that may be of a way of writing numbers that came before, or of a kind merged since.
        theirs = evidence_key(other.kind_version, other, other.items, like=version)
        if key == theirs:
            field, label = _named_by(version, values)
        elif title in (key, theirs) and title == title_key(version, other.title):
            field, label = "title", version.title_label
        else:
            continue
        return {field: f"“{label}”与已有的申报{_shown(other)}相同，同一项不能重复申报，请核对后修改"}
    hashes = _hashes(session, claim, typed)
    found = session.execute(
        select(ClaimAttachment.sha256, Claim)
        .join(Claim, Claim.id == ClaimAttachment.claim_id)
        .where(*mine, ClaimAttachment.sha256.in_(hashes), *_counts(version, typed))
        .order_by(Claim.id)
    ).first()
    if found is None:
        return {}
    name = hashes[found[0]]
    return {"attachments": f"文件“{name}”已用于证明另一条申报{_shown(found[1])}，请改传本条自己的证明材料"}


def _numbers(version: ClaimKindVersion, values: Mapping[str, Any]) -> list[str]:
    return [item.code for item in version.items if item.evidence and values.get(item.code)]


def _named_by(version: ClaimKindVersion, values: Mapping[str, Any]) -> tuple[str, str]:
    """Return field and label of what the evidence is told by."""
    codes = _numbers(version, values)
    labels = {item.code: item.label for item in version.items}
    return (codes[0], labels[codes[0]]) if codes else ("title", version.title_label)


def _counts(version: ClaimKindVersion, typed: ClaimInput) -> Iterable[ColumnElement[bool]]:
    """What counts anew each year is proved by the same paper each year, as ``workflow.evidence.IN_ANOTHER_YEAR`` says."""
    if not version.recurring:
        return ()
    return (~same_kind(Claim.kind_id, version.kind_id) | (Claim.credit_year == typed.credit_year),)


def _hashes(session: Session, claim: Claim | None, typed: ClaimInput) -> dict[str, str]:
    """Return the names of the form's files by their content."""
    waiting = session.scalars(select(ClaimAttachment).where(ClaimAttachment.id.in_(typed.waiting)))
    kept = [file for file in claim.attachments if file.id not in typed.removed] if claim else []
    return {file.sha256: file.filename for file in (*kept, *waiting)}


def _shown(claim: Claim) -> str:
    return f"“{claim.title}”（{claim.credit_year} 年度，{claim.status.label}）"


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join([parts[0], *map(normalised, parts[1:])]).encode()).hexdigest()
