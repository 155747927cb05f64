"""Starting a transfer, and the names of people one has records of but does not see any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import literal, select
from sqlalchemy.exc import IntegrityError

from models import Department, Organization, Person, Transfer
from models.base import now, today
from models.enums import OrganizationKind, OrganizationStatus, RequestStatus, UserType
from permissions.wall import unscoped
from services import journal, open_records
from services.errors import InputError
from services.typed_text import visible
from workflow.core import Firing
from workflow.news import tell_about_transfer
from workflow.transfer import MOVABLE

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

EXPLANATION_LENGTH = 500
FARTHEST = timedelta(days=366)
"""How far ahead somebody may begin at the new employer."""


@dataclass(frozen=True, slots=True)
class TransferInput:
    """What the form of a transfer holds, as typed.

    Attributes:
        person_id: whom an employer sends away; not read where somebody asks for himself.
        employer_id: the receiving employer.
        department_id: where he shall work there, if known.
        start_date: his first day there.
        explanation: why.
    """

    person_id: int | None
    employer_id: int | None
    department_id: int | None
    start_date: date | None
    explanation: str


def candidate(session: Session, actor: Actor, person_id: int | None) -> Person:
    """Return whom a transfer or correction would be about, of the actor's own scope.

    Raises:
        InputError: ``person_id``: nobody of his.
    """
    own = actor.user_type is UserType.PERSON
    key = actor.person_id if own else person_id
    person = session.get(Person, key) if key else None
    if person is None or (not own and person.employer_id != actor.organization_id):
        raise InputError({"person_id": "请选择本单位的专业技术人员"})
    return person


def check_explanation(typed: str) -> dict[str, str]:
    """Return the sentence about a reason that is missing or too long, by field."""
    if not visible(typed):
        return {"explanation": "请填写原因，审核单位会看到"}
    if len(typed) > EXPLANATION_LENGTH:
        return {"explanation": f"原因最多 {EXPLANATION_LENGTH} 个字，请删减"}
    return {}


def start(session: Session, actor: Actor, typed: TransferInput, *, request_id: str | None = None) -> int:
    """Store a transfer that waits for the receiving employer, and tell everybody concerned; return its key.

    Args:
        session: the actor's session; the caller checks what was stored, and commits.
        actor: the person, or an administrator of the old employer.
        typed: the form.
        request_id: for the journal.

    Raises:
        InputError: by field; nothing was stored.
    """
    person = candidate(session, actor, typed.person_id)
    errors = check_explanation(typed.explanation)
    if person.state not in MOVABLE:
        errors["person_id"] = f"{person.name}当前为“{person.state.label}”，不能调转"
    if typed.start_date is None:
        errors["start_date"] = "请填写有效的“到岗日期”，例如 2026-01-31"
    elif typed.start_date > today() + FARTHEST:
        errors["start_date"] = "“到岗日期”不能晚于一年以后"
    key, old_id = person.id, person.employer_id
    with unscoped(session, "the receiving employer is not in the actor's scope, and whatever is open counts"):
        session.execute(select(Person.id).where(Person.id == key).with_for_update())
        old, new = session.get_one(Organization, old_id), _receiver(session, typed, errors)
        if new is not None and new.id == old_id:
            errors["employer"] = "接收单位就是现在的单位，请选择其他单位"
        if records := open_records.of_person(session, key):
            errors[""] = open_records.sentence(records, "调转")
        if errors or new is None or typed.start_date is None or actor.account_id is None:
            raise InputError(errors)
        row = Transfer(
            person_id=key,
            person_name=person.name,
            citizen_id=person.citizen_id,
            from_employer_id=old.id,
            from_name=old.name,
            from_region_code=person.region_code,
            from_authority_id=person.authority_id,
            to_employer_id=new.id,
            to_name=new.name,
            to_region_code=new.region_code,
            to_authority_id=new.authority_id,
            department_id=typed.department_id,
            start_date=typed.start_date,
            explanation=typed.explanation.strip(),
            started_by_id=actor.account_id,
            started_by_organization_id=actor.organization_id,
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:  # somebody else started one at the same moment
            raise InputError({"": "该人员刚刚已有一项单位调转在办理，请刷新后查看"}) from error
        journal.record(
            session, actor, "transfer", row.id, "start",
            details={"to": new.name}, on_behalf_of_id=key, request_id=request_id,
        )  # fmt: skip
        started = Firing(session, actor, now(), today(), request_id=request_id)
        tell_about_transfer("新的单位调转申请")(started, select(literal(row.id)))
        return row.id


def _receiver(session: Session, typed: TransferInput, errors: dict[str, str]) -> Organization | None:
    new = session.get(Organization, typed.employer_id) if typed.employer_id else None
    if (
        new is None
        or new.kind is not OrganizationKind.EMPLOYER
        or (new.status is not OrganizationStatus.ACTIVE)
    ):
        errors["employer"] = "请选择已审核通过的接收单位"
        return None
    department = session.get(Department, typed.department_id) if typed.department_id else None
    if typed.department_id and (department is None or department.organization_id != new.id):
        errors["department"] = "请选择接收单位之下的部门"
    return new


# ---------------------------------------------------------------- people who went away
def moved_people(session: Session, keys: Collection[int]) -> dict[int, Transfer]:
    """Return the last transfer one sees of each professional: it knows the name of who is out of sight since.

    Args:
        session: the actor's scoped session.
        keys: of professionals the actor has records of, but does not see.
    """
    gone = select(Transfer).where(Transfer.person_id.in_(keys), Transfer.status == RequestStatus.APPROVED)
    return {row.person_id: row for row in session.scalars(gone.order_by(Transfer.id))}


def moved_matching(term: str) -> Select[int]:
    """Return ``SELECT person_id`` of people who went elsewhere, of one's scope, whose name fits ``term``."""
    return select(Transfer.person_id).where(
        Transfer.status == RequestStatus.APPROVED, Transfer.person_name.contains(term, autoescape=True)
    )
