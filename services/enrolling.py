"""People become students of a class: their enrolments with the grades that begin with them, in few statements.

A class is locked first, so its capacity holds whoever enrols at the same moment; the last word about who is in it already
has the unique index over class and person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from models import Enrollment, Grade, Person, TrainingClass
from models.base import now
from models.enums import ENROLLING, EnrollmentStatus, GradeResult, GradeStatus, PersonState
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from workflow.postings import upsert
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from permissions.actor import Actor

WITHDRAWN = "已退班，请在“学员管理”中勾选后点“恢复在册”"
MOST = 200
"""People enrolled at once by the picker; more come with a workbook."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody to be enrolled.

    Attributes:
        person_id: key of the professional.
        phone: as cleaned by ``models.identifiers.clean_mobile``; empty for none.
        attendance: percent, where it is known already.
        result: the grade, where it is known already.
    """

    person_id: int
    phone: str = ""
    attendance: int | None = None
    result: GradeResult | None = None


def locked_class(session: Session, actor: Actor, class_id: int) -> TrainingClass | None:
    """Return a class of the actor's institution as it stands now, locked until the commit; must run inside ``unscoped``."""
    statement = select(TrainingClass).where(
        TrainingClass.id == class_id, TrainingClass.organization_id == actor.organization_id
    )
    return session.scalars(
        statement.with_for_update().execution_options(populate_existing=True)
    ).one_or_none()


def room(session: Session, klass: TrainingClass) -> int:
    """Return how many more students a class takes; none is 0 or less."""
    there = select(func.count()).where(
        Enrollment.class_id == klass.id, Enrollment.status == EnrollmentStatus.ENROLLED
    )
    return klass.capacity - (session.scalar(there) or 0)


def why_closed(klass: TrainingClass) -> str:
    """Return why a class takes no students; empty where it does."""
    if klass.status in ENROLLING:
        return ""
    way_out = "，请先发布" if klass.status.value == "planned" else ""
    return f"培训班{klass.status.label}，不能登记学员{way_out}"


def why_not(state: PersonState) -> str:
    """Return why somebody of this state cannot be enrolled; empty where he can."""
    if state is PersonState.IN_SERVICE:
        return ""
    if state is PersonState.PENDING:
        return "该人员的注册尚待其单位审核，审核通过后再登记"
    return f"该人员登记为“{state.label}”，不能报名；重新入职的请由其单位恢复在职"


def enrol(
    session: Session,
    actor: Actor,
    class_id: int,
    entries: Sequence[Entry],
    *,
    request_id: str | None = None,
) -> list[int]:
    """Enrol the chosen people and return the keys of those who were not in the class before; the caller commits.

    Args:
        session: the institution's session.
        actor: its administrator.
        class_id: the class.
        entries: who, each person once.
        request_id: the request it came with.

    Raises:
        InputError: under the person's key, or "" for the whole: nobody is enrolled then.
    """
    if not permissions.may(actor, Verb.CREATE, Enrollment):
        raise InputError({"": "您没有登记学员的权限，请联系本机构管理员"})
    with unscoped(session, "people of any employer may be enrolled by who knows them"):
        klass = locked_class(session, actor, class_id)
        if klass is None:
            raise InputError({"": "培训班不存在，请重新选择"})
        if sentence := why_closed(klass):
            raise InputError({"": sentence})
        if not entries or len(entries) > MOST:
            raise InputError(
                {"": f"一次最多登记 {MOST} 人，更多的请用“导入学员”" if entries else "请先查找并加入学员"}
            )
        known = _students(session, class_id, [entry.person_id for entry in entries])
        new = [entry for entry in entries if entry.person_id not in known]
        errors = _refusals(session, new, known)
        if not errors and (free := room(session, klass)) < len(new):
            errors = {
                "": f"班级名额还剩 {max(free, 0)} 人，本次要登记 {len(new)} 人，请减少人数或先增加班级容量"
            }
        if errors:
            raise InputError(errors)
        return list(put(session, actor, klass, new, "enrol", request_id=request_id).values())


def _students(session: Session, class_id: int, people: Iterable[int]) -> dict[int, EnrollmentStatus]:
    rows = session.execute(
        select(Enrollment.person_id, Enrollment.status).where(
            Enrollment.class_id == class_id, Enrollment.person_id.in_(list(people))
        )
    )
    return {row.person_id: row.status for row in rows}


def _refusals(
    session: Session, entries: Sequence[Entry], known: Mapping[int, EnrollmentStatus]
) -> dict[str, str]:
    rows = session.execute(
        select(Person.id, Person.state).where(Person.id.in_([entry.person_id for entry in entries]))
    )
    states = {row.id: row.state for row in rows}
    refused = {
        str(entry.person_id): why_not(states.get(entry.person_id, PersonState.VOID)) for entry in entries
    }
    left = {str(key): WITHDRAWN for key, status in known.items() if status is EnrollmentStatus.WITHDRAWN}
    return {key: sentence for key, sentence in refused.items() if sentence} | left


def put(
    session: Session,
    actor: Actor,
    klass: TrainingClass,
    entries: Sequence[Entry],
    action: str,
    *,
    details: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> dict[int, int]:
    """Store enrolments with their grades and return the key of each by person; who was enrolled in this very moment is left.

    Must run inside ``unscoped``, on a class that is locked.

    Args:
        session: any session.
        actor: who enrols.
        klass: the locked class.
        entries: who, each person once; capacity and states are the caller's.
        action: of the journal.
        details: of the journal.
        request_id: the request it came with.

    Raises:
        PermissionError: a row came out that the actor may not create.
    """
    if not entries:
        return {}
    moment = now()
    people = _held_people(session, [entry.person_id for entry in entries])
    rows = [
        {
            "class_id": klass.id,
            "plan_id": klass.plan_id,
            "organization_id": klass.organization_id,
            **people[entry.person_id],
            "phone": entry.phone,
            "attendance": entry.attendance,
            "status": EnrollmentStatus.ENROLLED,
            "status_since": moment,
            "enrolled_by_id": actor.account_id,
            "created_at": moment,
        }
        for entry in entries
    ]
    table = Enrollment.__table__
    statement = upsert(session, table).on_conflict_do_nothing(
        index_elements=[table.c.class_id, table.c.person_id]
    )
    added = session.execute(statement.returning(table.c.id, table.c.person_id), rows)
    stored = {row.person_id: row.id for row in added}
    if stored:
        session.execute(
            insert(Grade),
            [
                _grade(klass, people[entry.person_id], stored[entry.person_id], entry.result)
                for entry in entries
                if entry.person_id in stored
            ],
        )
        ids = list(stored.values())
        _must_be_allowed(session, actor, ids)
        journal.record_many(
            session, actor, "enrollment", keys(session, ids), action, details=details, request_id=request_id
        )
    return stored


def _held_people(session: Session, people: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return where people belong; nobody moves them until the commit."""
    rows = session.execute(
        select(
            Person.id.label("person_id"),
            Person.employer_id,
            Person.department_id,
            Person.region_code,
            Person.authority_id,
        )
        .where(Person.id.in_(keys(session, people)))
        .order_by(Person.id)
        .with_for_update(read=True)
    )
    return {row.person_id: row._asdict() for row in rows}


def _grade(
    klass: TrainingClass, belongs: dict[str, Any], student: int, result: GradeResult | None
) -> dict[str, Any]:
    return {
        "enrollment_id": student,
        "class_id": klass.id,
        "plan_id": klass.plan_id,
        "organization_id": klass.organization_id,
        "approver_id": klass.approver_id,
        **{name: value for name, value in belongs.items() if name != "department_id"},
        "credit_year": klass.credit_year,
        "subject": klass.subject,
        "result": result,
        "status": GradeStatus.DRAFT,
    }


def _must_be_allowed(session: Session, actor: Actor, students: Sequence[int]) -> None:
    chosen = keys(session, students)
    for model, column in ((Enrollment, Enrollment.id), (Grade, Grade.enrollment_id)):
        allowed = select(func.count()).where(column.in_(chosen), permissions.rows(actor, Verb.CREATE, model))
        if session.scalar(allowed) != len(students):
            raise PermissionError(f"{model.__name__} rows their author may not create")
