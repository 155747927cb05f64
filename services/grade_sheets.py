"""学员成绩申报: sheets made of a class's graded rows, kept up until they are submitted, and corrected once returned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, exists, func, literal, select, update
from sqlalchemy.orm import contains_eager, joinedload

from models import Enrollment, Grade, GradeSheet, Person, TrainingClass
from models.base import now, today
from models.enums import (
    GRADE_CHANGEABLE,
    ClassStatus,
    EnrollmentStatus,
    GradeResult,
    GradeStatus,
    SheetStatus,
)
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import journal
from services.errors import InputError
from workflow import selection
from workflow.core import Firing
from workflow.engine import new_batch_key
from workflow.grading import GRADE_SHEET, settle_sheets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

STOPPING = tuple(
    (step.name, guard)
    for step in GRADE_SHEET.transitions
    if not step.undoes
    for guard in step.guards
    if guard.rows is not None
)
"""Transitions of a sheet with those of their guards that single rows of it can fail."""
NAMED = 5
OPEN = (SheetStatus.DRAFT, SheetStatus.RETURNED)
"""Rows go on and off a sheet while it is one of these."""
SHOWN_CLASSES = 200
grade, enrollment = Grade.__table__.c, Enrollment.__table__.c


@dataclass(frozen=True, slots=True)
class Offer:
    """A finished class and what could be declared of it.

    Attributes:
        key: of the class.
        name: of the class.
        plan: name of its plan.
        ended: the day it ended.
        ready: students with a result who are on no sheet.
        missing: students without a result.
    """

    key: int
    name: str
    plan: str
    ended: str
    ready: int
    missing: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The rows of a sheet in numbers, and what its class has besides.

    Attributes:
        by_status: number of rows by the grade's status.
        by_result: number of rows by result; ``None`` for those without.
        hours: what the rows that earn hours earn together, in hours.
        ready: students of the class with a result who are on no sheet.
        missing: students of the class without a result, on no sheet.
    """

    by_status: dict[GradeStatus, int]
    by_result: dict[Any, int]
    hours: Any
    ready: int
    missing: int

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(self.by_status.values())


def _on_the_roll() -> ColumnElement[bool]:
    return Grade.enrollment_id.in_(
        select(enrollment.id).where(
            enrollment.class_id == Grade.class_id, enrollment.status == EnrollmentStatus.ENROLLED
        )
    )


def _waiting(class_id: Any) -> ColumnElement[bool]:
    """Return the grades of a class that are on no sheet and could be, once they have a result."""
    return and_(
        Grade.class_id == class_id,
        Grade.sheet_id.is_(None),
        Grade.status.in_(GRADE_CHANGEABLE),
        _on_the_roll(),
    )


def offers(session: Session, key: int | None = None) -> list[Offer]:
    """Return the finished classes of the session's scope with something to declare or to grade, the latest first.

    Args:
        session: the institution's session.
        key: only this class.
    """
    ready = func.count(Grade.result)
    missing = func.count(Grade.id) - ready
    statement = (
        select(Grade.class_id, ready.label("ready"), missing.label("missing"))
        .join(Grade.training_class)
        .where(
            TrainingClass.status == ClassStatus.FINISHED,
            Grade.sheet_id.is_(None),
            Grade.status.in_(GRADE_CHANGEABLE),
            _on_the_roll(),
        )
        .group_by(Grade.class_id)
        .order_by(func.max(TrainingClass.end_date).desc(), Grade.class_id.desc())
        .limit(SHOWN_CLASSES)
    )
    if key is not None:
        statement = statement.where(Grade.class_id == key)
    numbers = {row.class_id: (row.ready, row.missing) for row in session.execute(statement)}
    named = (
        select(TrainingClass)
        .join(TrainingClass.plan)
        .where(TrainingClass.id.in_(numbers))
        .options(contains_eager(TrainingClass.plan))
    )
    found = {row.id: row for row in session.scalars(named)}
    return [
        Offer(key, found[key].name, found[key].plan.name, found[key].end_date.isoformat(), *counted)
        for key, counted in numbers.items()
        if key in found
    ]


def figures(session: Session, sheet: GradeSheet) -> Figures:
    """Return the rows of a sheet in numbers, as far as the session sees them."""
    counted = session.execute(
        select(
            Grade.status,
            Grade.result,
            func.count(Grade.id).label("number"),
            func.sum(case((Grade.status == GradeStatus.REVOKED, literal(0)), else_=Grade.hours)).label(
                "hours"
            ),
        )
        .where(Grade.sheet_id == sheet.id)
        .group_by(Grade.status, Grade.result)
    ).all()
    order = {None: -1} | {result: place for place, result in enumerate(GradeResult)}
    counted = sorted(counted, key=lambda row: order[row.result])
    by_status: dict[GradeStatus, int] = {}
    by_result: dict[Any, int] = {}
    for row in counted:
        by_status[row.status] = by_status.get(row.status, 0) + row.number
        by_result[row.result] = by_result.get(row.result, 0) + row.number
    ready, missing = session.execute(
        select(func.count(Grade.result), func.count(Grade.id) - func.count(Grade.result)).where(
            _waiting(sheet.class_id)
        )
    ).one()
    hours = sum((row.hours for row in counted if row.hours), start=0)
    return Figures(by_status, by_result, hours, ready, missing)


def create(session: Session, actor: Actor, class_id: int, *, request_id: str | None = None) -> GradeSheet:
    """Make a sheet of all graded rows of a finished class that are on none; the caller commits.

    Args:
        session: the institution's session.
        actor: its administrator.
        class_id: the class.
        request_id: for the journal.

    Raises:
        InputError: the class is not the actor's or not finished, or has no such row.
    """
    if not permissions.may(actor, Verb.CREATE, GradeSheet):
        raise InputError({"": "您没有制作成绩单的权限"})
    klass = session.scalars(
        select(TrainingClass).where(
            TrainingClass.id == class_id, TrainingClass.status == ClassStatus.FINISHED
        )
    ).first()
    if klass is None:
        raise InputError({"": "请选择本机构已结业的培训班；没有结业的请先在“培训班管理”中办理结业"})
    last = session.scalar(select(func.max(GradeSheet.number)).where(GradeSheet.class_id == klass.id)) or 0
    row = GradeSheet(
        class_id=klass.id,
        plan_id=klass.plan_id,
        organization_id=klass.organization_id,
        region_code=klass.region_code,
        approver_id=klass.approver_id,
        credit_year=klass.credit_year,
        subject=klass.subject,
        number=last + 1,
        created_by_id=actor.account_id,
    )
    session.add(row)
    session.flush()
    if not permissions.allows(session, actor, Verb.CREATE, row):
        raise InputError({"": "您没有制作该班成绩单的权限"})
    number = _attach(session, actor, row)
    if not number:
        raise InputError(
            {"": "该班没有可以申报的成绩：学员还没有填写成绩，或都已在成绩单上。请先在“学员成绩管理”中填写"}
        )
    journal.record(
        session, actor, "grade_sheet", row.id, "create", details={"rows": number}, request_id=request_id
    )
    return row


def add_rows(session: Session, actor: Actor, sheet: GradeSheet, *, request_id: str | None = None) -> int:
    """Put rows graded since onto a sheet and return how many; the caller holds the sheet's lock and commits.

    Args:
        session: the institution's session.
        actor: its administrator.
        sheet: a draft, or one that was returned.
        request_id: for the journal.

    Raises:
        InputError: the sheet is with its approver, or there is no such row.
    """
    _must_be_open(session, actor, sheet)
    number = _attach(session, actor, sheet)
    if not number:
        raise InputError({"": "没有可以补入的学员：有成绩的学员都已在成绩单上"})
    journal.record(
        session, actor, "grade_sheet", sheet.id, "add_rows", details={"change": f"补入 {number} 人"},
        request_id=request_id,
    )  # fmt: skip
    return number


def remove_rows(
    session: Session, actor: Actor, sheet: GradeSheet, keys: Sequence[int], *, request_id: str | None = None
) -> int:
    """Take rows off a sheet and return how many; the caller holds the sheet's lock and commits.

    A returned sheet whose last open row leaves is settled by what became of the others.

    Args:
        session: the institution's session.
        actor: its administrator.
        sheet: a draft, or one that was returned.
        keys: of the grades.
        request_id: for the journal.

    Raises:
        InputError: the sheet is with its approver, no such row is on it, or a returned sheet would be left empty.
    """
    _must_be_open(session, actor, sheet)
    leaving = and_(
        grade.sheet_id == sheet.id,
        grade.id.in_(selection.keys(session, keys)),
        grade.status.in_(GRADE_CHANGEABLE),
        grade.organization_id == sheet.organization_id,
    )
    sheet_id, returned = sheet.id, sheet.status is SheetStatus.RETURNED
    with unscoped(session, "the sheet was checked, and its rows are its institution's"):
        changed: Any = session.execute(
            update(Grade.__table__).where(leaving).values(sheet_id=None, revision=grade.revision + 1)
        )
        if not changed.rowcount:
            raise InputError({"": "请勾选要移出的学员；已申报或已认定的不能移出"})
        left = session.scalar(select(exists().where(grade.sheet_id == sheet_id)))
        if returned and not left:
            raise InputError({"": "退回的成绩单至少保留一名学员，请修改成绩后重新申报"})
    number = int(changed.rowcount)
    journal.record(
        session, actor, "grade_sheet", sheet_id, "remove_rows", details={"change": f"移出 {number} 人"},
        request_id=request_id,
    )  # fmt: skip
    if returned:
        firing = Firing(session, actor, now(), today(), batch_key=new_batch_key(), request_id=request_id)
        with unscoped(session, "what becomes of the sheet is decided by its rows"):
            settle_sheets(firing, [sheet_id])
    session.expire_all()
    return number


def delete(session: Session, actor: Actor, sheet: GradeSheet, *, request_id: str | None = None) -> None:
    """Delete a draft; its rows can go onto another sheet. The caller holds the sheet's lock and commits.

    Raises:
        InputError: it was declared already.
    """
    if not permissions.allows(session, actor, Verb.DELETE, sheet):
        raise InputError({"": "只能删除没有申报的成绩单"})
    key, name = sheet.id, str(sheet)
    with unscoped(session, "the permission was checked"):
        session.execute(
            update(Grade.__table__)
            .where(grade.sheet_id == key)
            .values(sheet_id=None, revision=grade.revision + 1)
        )
    session.expire_all()
    session.delete(sheet)
    session.flush()
    journal.record(
        session, actor, "grade_sheet", key, "delete", details={"name": name}, request_id=request_id
    )


def _must_be_open(session: Session, actor: Actor, sheet: GradeSheet) -> None:
    if sheet.status not in OPEN or not permissions.allows(session, actor, Verb.SUBMIT, sheet):
        raise InputError({"": "成绩单已申报，不能再增减学员；请先撤回，或待审批机构退回"})


def _attach(session: Session, actor: Actor, sheet: GradeSheet) -> int:
    """Put every graded row of the class that is on no sheet onto this one."""
    key = sheet.id
    mine = and_(
        _waiting(sheet.class_id), Grade.result.is_not(None), permissions.rows(actor, Verb.EDIT, Grade)
    )
    with unscoped(session, "the actor's own expression says which"):
        # In key order, as everybody who decides about many rows locks them.
        found = session.scalars(select(grade.id).where(mine).order_by(grade.id).with_for_update()).all()
        if found:
            session.execute(
                update(Grade.__table__)
                .where(grade.id.in_(selection.keys(session, found)))
                .values(sheet_id=key, revision=grade.revision + 1)
            )
    session.expire_all()
    return len(found)


def counts(session: Session, keys: Sequence[int]) -> dict[int, int]:
    """Return how many rows each of some sheets has, as far as the session sees them."""
    statement = select(Grade.sheet_id, func.count(Grade.id)).where(Grade.sheet_id.in_(keys))
    return {key: number for key, number in session.execute(statement.group_by(Grade.sheet_id)) if key}


def rows(session: Session, sheet_id: int, *, offset: int, limit: int) -> Sequence[Grade]:
    """Return a page of the rows of a sheet in the order of the roll."""
    statement = (
        select(Grade)
        .where(Grade.sheet_id == sheet_id)
        .order_by(Grade.id)
        .offset(offset)
        .limit(limit)
        .options(joinedload(Grade.person).load_only(Person.name), joinedload(Grade.employer))
    )
    return session.scalars(statement).all()


def stopping(session: Session, actor: Actor, sheet_id: int, place: int) -> list[int]:
    """Return the keys of the rows of a sheet that a guard does not hold for, in the order of the roll.

    Args:
        session: any session.
        actor: who would decide.
        sheet_id: the sheet.
        place: of the guard in :data:`STOPPING`.
    """
    _step, guard = STOPPING[place]
    assert guard.rows is not None  # noqa: S101
    firing = Firing(session, actor, now(), today(), ids=(sheet_id,))
    mine = (grade.sheet_id == sheet_id, permissions.rows(actor, Verb.VIEW, Grade))
    with unscoped(session, "guards are asked as a firing asks them, of rows the actor sees"):
        return list(session.scalars(select(Grade.id).where(*mine, guard.rows(firing)).order_by(Grade.id)))


def named(session: Session, keys: Sequence[int]) -> str:
    """Return whose grades these are: the first names as far as the session sees them, and how many there are."""
    statement = select(Person.name).join(Grade, Grade.person_id == Person.id)
    first = session.scalars(statement.where(Grade.id.in_(keys[:NAMED])).order_by(Grade.id)).all()
    return f"{'、'.join(first)} 等 {len(keys)} 人" if len(keys) > len(first) else "、".join(first)
