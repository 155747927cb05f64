"""Filing and changing claims; the journal keeps every version."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from models import Claim, ClaimAttachment, ClaimKind, ClaimKindVersion, Person
from models.base import today
from models.enums import ClaimStatus, PersonState, Subject, UserType
from services import attachments, claim_items, images, journal, reuse, rulebook
from services.errors import InputError
from services.reading import open_years
from services.validity import has_ended
from workflow.alike import same_kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.hours import HoursResult
    from services.media import MediaStore

TITLE_LENGTH, CONTENT_LENGTH, MAXIMUM_FILES = 200, 1000, 20


@dataclass(frozen=True, slots=True)
class ClaimInput:
    """What a claim form holds, as typed.

    Attributes:
        kind_code: the claim kind.
        title: 名称, or what the kind calls it.
        credit_year: the year the hours shall count in.
        subject: 公需 or 专业.
        start_date: first day.
        end_date: last day.
        content: at most 1000 characters.
        items: text (or list of texts) by item code.
        person_id: whom an employer registers the claim for; ``None`` for one's own.
        waiting: keys of attachments uploaded with this form.
        removed: keys of attachments to take away.
        submission_key: identifies the form, so that sending it twice files one claim.
    """

    kind_code: str
    title: str
    credit_year: int | None
    subject: Subject | None
    start_date: date | None
    end_date: date | None
    content: str = ""
    items: dict[str, Any] = field(default_factory=dict)
    person_id: int | None = None
    waiting: Sequence[int] = ()
    removed: Sequence[int] = ()
    submission_key: str | None = None


def current_version(session: Session, kind_code: str, number: int | None = None) -> ClaimKindVersion | None:
    """Return the version of a kind in force, or a certain one; ``None`` where there is none."""
    versions = (
        select(ClaimKindVersion)
        .join(ClaimKind, ClaimKind.id == ClaimKindVersion.kind_id)
        .where(ClaimKind.code == kind_code)
        .order_by(ClaimKindVersion.number.desc())
        .limit(1)
    )
    if number is not None:
        versions = versions.where(ClaimKindVersion.number == number)
    return session.scalars(versions).first()


def open_version(session: Session, kind_code: str) -> ClaimKindVersion | None:
    """Return the version new claims of a kind are filed by; ``None`` where there is none, or the kind was retired."""
    version = current_version(session, kind_code)
    return None if version is None or has_ended(version) else version


def compute(session: Session, typed: ClaimInput, version: ClaimKindVersion, person_id: int) -> HoursResult:
    """Compute the hours of what is typed so far, with its explanation; wrong answers count as not given."""
    values, _errors, _gaps = claim_items.read_items(
        version, typed.items, claim_items.choices_of(session, version.items)
    )
    return _compute(session, values, typed, version, person_id)


def _compute(
    session: Session, values: dict[str, Any], typed: ClaimInput, version: ClaimKindVersion, person_id: int
) -> HoursResult:
    return rulebook.compute(
        session,
        version.kind.code,
        values,
        typed.credit_year or today().year,
        subject=typed.subject,
        labels={item.code: item.label for item in version.items},
        already_this_year=hours_of_kind(session, person_id, version.kind_id, typed.credit_year),
    )


def hours_of_kind(session: Session, person_id: int, kind_id: int, year: int | None) -> Decimal:
    """Return the approved hours a person has in a year from one kind and those merged with it, for the yearly cap."""
    total = session.scalar(
        select(func.sum(Claim.awarded_hours)).where(
            Claim.person_id == person_id,
            same_kind(Claim.kind_id, kind_id),
            Claim.credit_year == year,
            Claim.status == ClaimStatus.APPROVED,
        )
    )
    return total or Decimal(0)


def save(
    session: Session,
    actor: Actor,
    typed: ClaimInput,
    *,
    claim: Claim | None = None,
    finished: bool,
    request_id: str | None = None,
) -> Claim:
    """Create or change a claim.

    Args:
        session: the actor's scoped session.
        actor: a person, or an employer's administrator who registers on behalf.
        typed: the form.
        claim: the claim to change, already checked to be editable; ``None`` to create one.
        finished: whether it is about to be submitted: then nothing required may be missing.
        request_id: for the journal.

    Raises:
        InputError: by field; nothing was stored.
    """
    version = claim.kind_version if claim else open_version(session, typed.kind_code)
    if version is None:
        raise InputError({"kind": "没有这种继续教育类型，或它已停用，请重新选择"})
    person = _person(session, actor, typed, claim)
    errors = _common_errors(session, typed, version, claim.region_code if claim else person.region_code)
    values, wrong, gaps = claim_items.read_items(
        version, typed.items, claim_items.choices_of(session, version.items)
    )
    errors |= wrong
    files = _files(claim, typed)
    if finished:
        errors |= gaps
        if not files:
            errors["attachments"] = f"请上传证明材料：{version.proof}"
    if len(files) > MAXIMUM_FILES:
        errors["attachments"] = f"证明材料最多 {MAXIMUM_FILES} 个文件，请合并后上传"
    if finished and not errors:
        errors |= reuse.errors(session, person.id, claim, version, typed, values)
    year, subject, start, end = typed.credit_year, typed.subject, typed.start_date, typed.end_date
    if errors or year is None or subject is None or start is None or end is None:
        raise InputError(errors)
    before = snapshot(claim) if claim else None
    result = _compute(session, values, typed, version, person.id)
    created = claim is None
    claim = claim or _new_claim(actor, person, version, typed.submission_key)
    with session.no_autoflush:  # a row filled in by half must not be stored on the way
        claim.title, claim.content = typed.title.strip(), typed.content.strip()
        claim.credit_year, claim.subject, claim.start_date, claim.end_date = year, subject, start, end
        claim.items, claim.complete = values, not gaps
        claim.evidence_key = reuse.evidence_key(version, typed, values)
        claim.title_key = reuse.title_key(version, typed.title)
        claim.activity_key = reuse.activity_key(typed.title)
        claim.computed_hours, claim.hours_explanation = result.hours, result.explanation
        claim.rule_code, claim.rule_version = result.rule_code, result.rule_version
        claim.completes_specialty_year = result.completes_specialty_year
    if created:
        session.add(claim)
    session.flush()
    _attach(session, claim, typed)
    after = snapshot(claim)
    if before != after:  # a form sent twice changes nothing the second time
        journal.record(
            session, actor, "claim", claim.id, "edit" if before else "create",
            details={"before": before, "after": after}, on_behalf_of_id=person.id, request_id=request_id,
        )  # fmt: skip
    return claim


def filed_with(session: Session, typed: ClaimInput) -> Claim | None:
    """Return the claim this very form was saved as before: a double click, or the back button."""
    if not typed.submission_key:
        return None
    return session.scalars(select(Claim).where(Claim.submission_key == typed.submission_key)).first()


def is_about(claim: Claim, actor: Actor, typed: ClaimInput) -> bool:
    """Tell whether a form is still about the same kind and person as the claim it was saved as."""
    person = actor.person_id if actor.user_type is UserType.PERSON else typed.person_id
    return (claim.kind_version.kind.code, claim.person_id) == (typed.kind_code, person)


def says_the_same(session: Session, claim: Claim, typed: ClaimInput) -> bool:
    """Tell whether a form says what the stored claim says, files aside."""
    version = claim.kind_version
    values, _wrong, _gaps = claim_items.read_items(
        version, typed.items, claim_items.choices_of(session, version.items)
    )
    stored = (claim.title, claim.content, claim.credit_year, claim.subject, claim.start_date, claim.end_date)
    title, content = typed.title.strip(), typed.content.strip()
    return dict(claim.items) == values and stored == (
        title, content, typed.credit_year, typed.subject, typed.start_date, typed.end_date
    )  # fmt: skip


def delete(session: Session, actor: Actor, claim: Claim, *, request_id: str | None = None) -> None:
    """Delete a claim that may still be edited; the journal keeps what it said."""
    journal.record(
        session,
        actor,
        "claim",
        claim.id,
        "delete",
        details={"before": snapshot(claim)},
        request_id=request_id,
    )
    for file in claim.attachments:
        session.delete(file)
    session.flush()
    session.delete(claim)
    session.flush()


def upload(session: Session, actor: Actor, store: MediaStore, filename: str, data: bytes) -> ClaimAttachment:
    """Keep an uploaded file until its form is saved.

    Raises:
        services.attachments.AttachmentError: the file cannot be accepted.
    """
    kind = attachments.sniff(data, filename)
    file = ClaimAttachment(
        uploaded_by_id=actor.account_id,
        filename=attachments.clean_filename(filename),
        mime=kind.mime,
        size=len(data),
        sha256=attachments.sha256(data),
        media_key=store.put(data),
    )
    if kind.is_picture:
        looked_at = images.preview(data)
        file.preview_key, file.image_hash = store.put(looked_at), images.fingerprint(looked_at)
    session.add(file)
    session.flush()
    return file


def waiting_files(session: Session, actor: Actor, keys: Sequence[int]) -> list[ClaimAttachment]:
    """Return the files uploaded with a form that was not saved yet, so that it can show them again."""
    return list(
        session.scalars(
            select(ClaimAttachment).where(
                ClaimAttachment.id.in_(keys),
                ClaimAttachment.claim_id.is_(None),
                ClaimAttachment.uploaded_by_id == actor.account_id,
            )
        )
    )


def snapshot(claim: Claim) -> dict[str, Any]:
    """Return what a version of a claim said, as JSON."""
    return {
        "title": claim.title,
        "credit_year": claim.credit_year,
        "subject": claim.subject.value,
        "start_date": claim.start_date.isoformat(),
        "end_date": claim.end_date.isoformat(),
        "content": claim.content,
        "items": dict(claim.items),
        "computed_hours": str(claim.computed_hours),
        "attachments": [f"{file.filename} {file.sha256}" for file in claim.attachments],
    }


def _person(session: Session, actor: Actor, typed: ClaimInput, claim: Claim | None) -> Person:
    key = (
        claim.person_id
        if claim
        else actor.person_id
        if actor.user_type is UserType.PERSON
        else typed.person_id
    )
    person = session.get(Person, key) if key else None
    if person is None:
        raise InputError({"person_id": "请选择本单位的专业技术人员"})
    if person.state is not PersonState.IN_SERVICE:
        raise InputError({"person_id": f"{person.name}当前为“{person.state.label}”，不能申报"})
    return person


def _common_errors(
    session: Session, typed: ClaimInput, version: ClaimKindVersion, region_code: str
) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not typed.title.strip():
        errors["title"] = f"请填写“{version.title_label}”"
    elif len(typed.title.strip()) > TITLE_LENGTH:
        errors["title"] = f"“{version.title_label}”最多 {TITLE_LENGTH} 个字，请删减"
    if len(typed.content) > CONTENT_LENGTH:
        errors["content"] = f"“内容”有 {len(typed.content)} 个字，最多 {CONTENT_LENGTH} 个字，请删减"
    if typed.subject is None or typed.subject.value not in version.subjects:
        errors["subject"] = "请选择这种类型可以计入的科目类型"
    day = today()
    if typed.credit_year not in open_years(session, day, region_code):
        errors["credit_year"] = "请选择当前开放申报的年度"
    if typed.start_date is None:
        errors["start_date"] = "请填写有效的“开始日期”，例如 2026-01-31"
    if typed.end_date is None:
        errors["end_date"] = "请填写有效的“结束日期”，例如 2026-01-31"
    elif typed.end_date > day:
        errors["end_date"] = "“结束日期”不能晚于今天，活动结束后再申报"
    elif typed.start_date and typed.end_date < typed.start_date:
        errors["end_date"] = "“结束日期”不能早于“开始日期”"
    return errors


def _new_claim(actor: Actor, person: Person, version: ClaimKindVersion, key: str | None) -> Claim:
    return Claim(
        person_id=person.id,
        employer_id=person.employer_id,
        department_id=person.department_id,
        region_code=person.region_code,
        authority_id=person.authority_id,
        kind_id=version.kind_id,
        kind_version_id=version.id,
        registered_by_id=None if actor.user_type is UserType.PERSON else actor.account_id,
        submission_key=key,
    )


def _files(claim: Claim | None, typed: ClaimInput) -> list[int]:
    kept = [file.id for file in claim.attachments if file.id not in typed.removed] if claim else []
    return kept + list(typed.waiting)


def _attach(session: Session, claim: Claim, typed: ClaimInput) -> None:
    if typed.waiting:
        known = {file.sha256 for file in claim.attachments if file.id not in typed.removed}
        for file in session.scalars(
            select(ClaimAttachment).where(
                ClaimAttachment.id.in_(typed.waiting), ClaimAttachment.claim_id.is_(None)
            )
        ):
            if file.sha256 in known:  # uploaded a second time with the same form
                session.delete(file)
                continue
            known.add(file.sha256)
            file.claim_id = claim.id
    for file in list(claim.attachments):
        if file.id in typed.removed:
            session.delete(file)
    session.flush()
    session.expire(claim, ["attachments"])
