"""Finding people to enrol, who are mostly other employers': by what one must know of somebody, never by browsing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from models import Enrollment, ImportRow, Organization, Person, TrainingClass, TrainingPlan
from models.crypto import blind_index
from models.enums import EnrollmentStatus, PersonState, RowOutcome
from models.identifiers import IdentifierError, clean_citizen_id, mask_citizen_id
from permissions.wall import unscoped
from services.enrolling import WITHDRAWN, why_not
from services.errors import InputError
from services.importing import places_of
from services.roster_import import CITIZEN_ID, EMPLOYER, MOBILE, NAME, UNKNOWN, RosterImport
from services.typed_text import visible
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import ImportRun

FOUND, OFFERED = 20, 200
NAMESAKES = f"同名的人员超过 {FOUND} 位，请再填写单位名称，或用身份证号查找"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody found.

    Attributes:
        key: of the professional.
        name: as registered.
        citizen_id: masked.
        employer: his employer.
        refusal: why he cannot be added; empty where he can.
    """

    key: int
    name: str
    citizen_id: str
    employer: str
    refusal: str


def find(
    session: Session, class_id: int, *, citizen_id: str = "", name: str = "", employer: str = ""
) -> list[Candidate]:
    """Return who has exactly this citizen id, or exactly this name; at most :data:`FOUND` people.

    Args:
        session: the institution's session.
        class_id: the class they are looked for.
        citizen_id: in full; then nothing else is looked at.
        name: the full name.
        employer: part of the employer's name, to tell namesakes apart.

    Raises:
        InputError: by field: nothing to look for, nobody, or too many.
    """
    citizen_id, name, employer = citizen_id.strip(), visible(name), visible(employer)
    if citizen_id:
        try:
            number = clean_citizen_id(citizen_id)
        except IdentifierError as error:
            raise InputError({"citizen_id": error.sentence}) from error
        conditions = [Person.citizen_id_index == blind_index(number)]
    elif len(name) > 1:
        conditions = [Person.name == name]
        if employer:
            conditions.append(Organization.name.contains(employer, autoescape=True))
    else:
        raise InputError({"citizen_id" if not name else "name": "请填写完整的身份证号，或完整的姓名"})
    found = _candidates(session, class_id, *conditions)
    field = "citizen_id" if citizen_id else "name"
    if not found:
        raise InputError({field: UNKNOWN if citizen_id else "没有查到，请核对姓名和单位，或用身份证号查找"})
    if len(found) > FOUND:
        raise InputError({field: NAMESAKES})
    return found


def candidates(session: Session, class_id: int, people: Sequence[int]) -> list[Candidate]:
    """Return people found before, as they stand now, in the order they were chosen."""
    found = {one.key: one for one in _candidates(session, class_id, Person.id.in_(keys(session, people)))}
    return [found[key] for key in people if key in found]


def _candidates(session: Session, class_id: int, *conditions: ColumnElement[bool]) -> list[Candidate]:
    with unscoped(session, "somebody is found by what one knows of him, whoever employs him"):
        rows = session.execute(
            select(Person, Organization.name.label("employer"), Enrollment.status.label("standing"))
            .join(Organization, Organization.id == Person.employer_id)
            .outerjoin(Enrollment, (Enrollment.person_id == Person.id) & (Enrollment.class_id == class_id))
            .where(*conditions, Person.state != PersonState.VOID)
            .order_by(Organization.name, Person.id)
            .limit(OFFERED + 1)
        ).all()
        return [
            Candidate(
                row.Person.id,
                row.Person.name,
                mask_citizen_id(row.Person.citizen_id),
                row.employer,
                _refusal(row.Person.state, row.standing),
            )
            for row in rows
        ]


def _refusal(state: PersonState, standing: EnrollmentStatus | None) -> str:
    if standing is EnrollmentStatus.ENROLLED:
        return "已在册"
    return WITHDRAWN if standing else why_not(state)


def class_choices(session: Session, chosen: int | None, *conditions: Any) -> list[tuple[str, str]]:
    """Return the latest classes of one's scope, and the chosen one whatever its age."""
    statement = select(TrainingClass.id, TrainingClass.name, TrainingPlan.name.label("plan")).join(
        TrainingPlan, TrainingPlan.id == TrainingClass.plan_id
    )
    rows = session.execute(
        statement.where(*conditions).order_by(TrainingClass.id.desc()).limit(OFFERED)
    ).all()
    if chosen and chosen not in {row.id for row in rows}:
        rows = [*rows, *session.execute(statement.where(TrainingClass.id == chosen, *conditions))]
    return [(str(row.id), f"{row.plan}：{row.name}") for row in rows]


def plan_choices(session: Session, chosen: int | None) -> list[tuple[str, str]]:
    """Return the latest plans of one's scope that have students, and the chosen one whatever its age."""
    held = TrainingPlan.id.in_(select(TrainingClass.plan_id))
    wanted = select(TrainingPlan.id, TrainingPlan.name, TrainingPlan.credit_year)
    rows = session.execute(wanted.where(held).order_by(TrainingPlan.id.desc()).limit(OFFERED)).all()
    if chosen and chosen not in {row.id for row in rows}:
        rows = [*rows, *session.execute(wanted.where(TrainingPlan.id == chosen))]
    return [(str(row.id), f"{row.name}（{row.credit_year}）") for row in rows]


def employed_at(session: Session, text: str) -> ColumnElement[bool]:
    """Return the condition of students whose employer's name, initials or code fit what was typed."""
    offices = select(Organization.id).where(
        or_(
            Organization.name.contains(text, autoescape=True),
            Organization.name_initials.startswith(text.lower(), autoescape=True),
            Organization.credit_code == text.upper(),
        )
    )
    condition: ColumnElement[bool] = Enrollment.employer_id.in_(list(session.scalars(offices)))
    return condition


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody of a file whom the system does not know."""

    number: int
    name: str
    citizen_id: str
    employer: str
    phone: str


def strangers(session: Session, run: ImportRun) -> list[Stranger]:
    """Return who of an import is not registered, in the order of the file."""
    rows = session.scalars(
        select(ImportRow)
        .where(ImportRow.run_id == run.id, ImportRow.outcome == RowOutcome.BAD)
        .order_by(ImportRow.number)
    )
    _header, places = places_of(RosterImport().columns, [[label for _letter, label in run.columns]])

    def cell(row: ImportRow, name: str) -> str:
        return visible(row.cells[places[name]]) if name in places else ""

    return [
        Stranger(
            row.number,
            cell(row, NAME.name),
            cell(row, CITIZEN_ID.name),
            cell(row, EMPLOYER.name),
            cell(row, MOBILE.name),
        )
        for row in rows
        if any(error["sentence"] == UNKNOWN for error in row.errors)
    ]
