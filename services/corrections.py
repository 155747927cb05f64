"""Asking for a correction of name or citizen id, and seeing the full ids of one that is to be decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import literal, select
from sqlalchemy.exc import IntegrityError

from models import Person, PersonCorrection
from models.base import now, today
from models.crypto import blind_index
from models.enums import PersonState, Sex
from models.identifiers import IdentifierError, birth_date_of, clean_citizen_id, sex_of
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import attachments, journal, open_records, staff
from services.errors import InputError
from services.registration import initials
from services.transfers import candidate, check_explanation
from services.typed_text import too_long, visible
from workflow.core import Firing
from workflow.correction import id_taken
from workflow.news import tell_about_correction

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.media import MediaStore

KINDS = frozenset(
    {attachments.AttachmentKind.JPEG, attachments.AttachmentKind.PNG, attachments.AttachmentKind.PDF}
)


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan that was uploaded: where it is kept, what it is, what it was called."""

    key: str
    mime: str
    name: str


@dataclass(frozen=True, slots=True)
class CorrectionInput:
    """What the form of a correction holds, as typed; what is left empty stays as it is.

    Attributes:
        person_id: whom an employer asks for; not read where somebody asks for himself.
        name: the right name.
        citizen_id: the right citizen id.
        explanation: why.
        scan: of the identity card.
    """

    person_id: int | None
    name: str
    citizen_id: str
    explanation: str
    scan: Scan | None


def keep_scan(store: MediaStore, filename: str, data: bytes) -> Scan:
    """Keep an uploaded scan until its form is stored.

    Raises:
        services.attachments.AttachmentError: the file cannot be accepted.
    """
    kind = attachments.sniff(data, filename)
    if kind not in KINDS:
        raise attachments.AttachmentError("扫描件请用 jpg、png 或 pdf 文件")
    return Scan(store.put(data), kind.mime, attachments.clean_filename(filename))


def start(session: Session, actor: Actor, typed: CorrectionInput, *, request_id: str | None = None) -> int:
    """Store a correction that waits for the employer, and tell everybody concerned; return its key.

    Args:
        session: the actor's session; the caller checks what was stored, and commits.
        actor: the person, or an administrator of his employer.
        typed: the form.
        request_id: for the journal.

    Raises:
        InputError: by field; nothing was stored.
    """
    person = candidate(session, actor, typed.person_id)
    errors = check_explanation(typed.explanation)
    name, number = visible(typed.name) or person.name, person.citizen_id
    errors |= too_long({"name": ("更正后姓名", name)})
    if visible(typed.citizen_id):
        try:
            number = clean_citizen_id(typed.citizen_id)
        except IdentifierError as error:
            errors["citizen_id"] = error.sentence
    if "citizen_id" not in errors and (name, number) == (person.name, person.citizen_id):
        errors["name"] = "更正后的姓名和身份证号与现在登记的相同，请填写要更正的内容"
    if typed.scan is None:
        errors["scan"] = "请上传能证明正确信息的证件扫描件"
    if person.state in (PersonState.PENDING, PersonState.VOID):
        errors["person_id"] = f"{person.name}当前为“{person.state.label}”，不能办理信息更正"
    key = person.id
    with unscoped(session, "uniqueness is over everybody, and whatever is open counts"):
        session.execute(select(Person.id).where(Person.id == key).with_for_update())
        # Asked last: a form that could not be stored anyway tells nobody who is registered.
        if not errors and number != person.citizen_id and (state := _taken_by_state(session, number, key)):
            errors["citizen_id"] = (
                f"该身份证号已登记（{state}），不能更正为这个号码；请核对，确属本人的请联系单位核实"
            )
        if records := open_records.requests_of(session, key):
            errors[""] = open_records.sentence(records, "申请信息更正")
        if errors or typed.scan is None or actor.account_id is None:
            raise InputError(errors)
        row = PersonCorrection(
            person_id=key,
            employer_id=person.employer_id,
            old_name=person.name,
            new_name=name,
            new_name_initials=initials(name),
            old_citizen_id=person.citizen_id,
            new_citizen_id=number,
            new_sex=Sex.of(sex_of(number)),
            new_birth_date=birth_date_of(number),
            explanation=typed.explanation.strip(),
            scan_key=typed.scan.key,
            scan_mime=typed.scan.mime,
            scan_name=typed.scan.name,
            started_by_id=actor.account_id,
            started_by_organization_id=actor.organization_id,
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:  # the same id, or the same person, at the same moment
            raise InputError({"": "该人员或该身份证号已有一项信息更正在办理，请等待审核后再申请"}) from error
        journal.record(
            session, actor, "correction", row.id, "start", on_behalf_of_id=key, request_id=request_id
        )
        started = Firing(session, actor, now(), today(), request_id=request_id)
        tell_about_correction("新的信息更正申请")(started, select(literal(row.id)))
        return row.id


def _taken_by_state(session: Session, number: str, person_id: int) -> str:
    """Say by which state a citizen id is taken by somebody else, never by whom; empty where it is free."""
    index = blind_index(number)
    if not session.scalar(select(id_taken(index, person_id))):
        return ""
    state = session.scalar(
        select(Person.state).where(Person.citizen_id_index == index, Person.state != PersonState.VOID)
    )
    return (state or PersonState.PENDING).label


def unmask(
    session: Session, actor: Actor, row: PersonCorrection, reason: str, *, request_id: str | None = None
) -> tuple[str, str]:
    """Return the full old and new citizen id; the journal tells the person who saw them and why.

    Args:
        session: the actor's session; the caller commits before he shows them.
        actor: an administrator of the employer that decides.
        row: the correction.
        reason: as typed.
        request_id: for the journal.

    Raises:
        InputError: no reason, or no permission.
    """
    reason = staff.check_reason(reason)
    if not permissions.allows(session, actor, Verb.UNMASK, row):
        raise InputError({"reason": "信息更正已经审核，不能再查看完整身份证号"})
    journal.record(
        session, actor, "person", row.person_id, "unmask",
        reason=reason, details={"correction": row.id}, request_id=request_id,
    )  # fmt: skip
    return row.old_citizen_id, row.new_citizen_id
