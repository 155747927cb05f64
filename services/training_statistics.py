"""培训统计: plans, classes, people, pass rate and hours of one's scope in a year, by month and by whoever gives or takes part.

Every figure is counted over the rows the permission table lets the actor see, as the grids beside it show them. A cancelled
class counts nowhere but among the states of classes; by month only those count that are over.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, extract, func, literal, select

from models import Enrollment, Grade, Organization, TrainingClass, TrainingPlan
from models.enums import ClassStatus, EnrollmentStatus, GradeResult, GradeStatus, Labelled, UserType
from models.types import HoursType, whole_tenths
from permissions import engine as permissions
from permissions.verbs import Verb

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Row, Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

MOST_GROUPS = 10
SUMMED = ("classes", "students", "decided", "passed")
TOTAL = "合计"
PASSED = (GradeResult.EXCELLENT, GradeResult.PASSED)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one line of a table says.

    Attributes:
        name: of the month, plan or institution; 合计 of the sum.
        classes: number of classes.
        students: people on the rolls; somebody in two classes counts twice.
        people: different people, where it was asked; else 0.
        decided: grades somebody decided about.
        passed: of these 优秀 and 合格.
        hours: 学时 approved.
        key: number of the month, or key of the plan or institution; ``None`` of the sum.
    """

    name: str
    classes: int
    students: int
    people: int
    decided: int
    passed: int
    hours: Decimal
    key: int | None = None

    @property
    def failed(self) -> int:
        """Grades of 不合格."""
        return self.decided - self.passed

    @property
    def percent(self) -> float | None:
        """合格率 in percent of the decided, with one decimal; ``None`` where nothing was decided."""
        return round(100 * self.passed / self.decided, 1) if self.decided else None

    @property
    def rate(self) -> str:
        """合格率 as it is shown, or a dash."""
        return "—" if self.percent is None else f"{self.percent:.1f}%"


@dataclass(frozen=True, slots=True)
class Statistics:
    """A year of training in one's scope.

    Attributes:
        year: which.
        plans: number of plans by state, without empty ones.
        classes: number of classes by state, without empty ones.
        months: finished classes by the month they ended in, all twelve.
        finished: the sum of these.
        by: what the groups are: 培训计划 or 施教机构.
        by_plan: whether they are plans.
        groups: those with the most students, in that order; all classes but cancelled ones.
        others: how many groups there are besides.
        total: of all groups.
    """

    year: int
    plans: Mapping[Labelled, int]
    classes: Mapping[Labelled, int]
    months: tuple[Figures, ...]
    finished: Figures
    by: str
    by_plan: bool
    groups: tuple[Figures, ...]
    others: int
    total: Figures


def of_scope(session: Session, actor: Actor, year: int, most: int | None = MOST_GROUPS) -> Statistics:
    """Return the figures of a year in five statements.

    Args:
        session: the actor's scoped session.
        actor: whose scope.
        year: the plans' 年度.
        most: groups to list; ``None`` for all.
    """
    by_plan = actor.user_type is UserType.INSTITUTION
    owner: Any = TrainingPlan if by_plan else Organization
    key = TrainingClass.plan_id if by_plan else TrainingClass.organization_id
    month = extract("month", TrainingClass.end_date)
    finished = _figures(actor, year).where(TrainingClass.status == ClassStatus.FINISHED)
    by_month = {
        int(row.month): row
        for row in session.execute(finished.add_columns(month.label("month")).group_by(month))
    }
    months = tuple(
        _line(f"{number} 月", by_month[number], number) if number in by_month else _nothing(number)
        for number in range(1, 13)
    )
    whole = session.execute(_figures(actor, year)).one()
    named = (
        _figures(actor, year)
        .add_columns(owner.name.label("name"), key.label("key"))
        .join(owner, owner.id == key)
    )
    ranked: list[Any] = list(session.execute(named.group_by(key, owner.name)))
    ranked = sorted(ranked, key=lambda row: (-row.students, row.name))
    return Statistics(
        year=year,
        plans=_by_state(session, actor, TrainingPlan, year),
        classes=_by_state(session, actor, TrainingClass, year),
        months=months,
        finished=_sum(months),
        by=owner.__label__ if by_plan else TrainingPlan.organization_id.info["label"],
        by_plan=by_plan,
        groups=tuple(_line(row.name, row, row.key) for row in ranked[:most]),
        others=0 if most is None else max(0, len(ranked) - most),
        total=_line(TOTAL, whole),
    )


def plan_named(session: Session, key: int) -> str | None:
    """Return the name of a plan; ``None`` where the session sees no such plan."""
    return session.scalar(select(TrainingPlan.name).where(TrainingPlan.id == key))


def institution_named(session: Session, key: int) -> str | None:
    """Return the name of an institution; ``None`` where the session sees no such organisation."""
    return session.scalar(select(Organization.name).where(Organization.id == key))


def _by_state(session: Session, actor: Actor, model: Any, year: int) -> dict[Labelled, int]:
    statement = (
        select(model.status, func.count(model.id))
        .where(model.credit_year == year, permissions.rows(actor, Verb.VIEW, model))
        .group_by(model.status)
    )
    found: dict[Labelled, int] = {row[0]: row[1] for row in session.execute(statement)}
    return {state: found[state] for state in type(model.__table__.c.status.default.arg) if state in found}


def _figures(actor: Actor, year: int) -> Select[Any]:
    """Return the figures of a year, to be grouped; cancelled classes are not among them.

    Students and grades are counted where they may be seen: an office sees classes outside its region for its own people
    in them only.
    """
    student = and_(
        Enrollment.class_id == TrainingClass.id,
        Enrollment.status == EnrollmentStatus.ENROLLED,
        permissions.rows(actor, Verb.VIEW, Enrollment),
    )
    decided = and_(
        Grade.enrollment_id == Enrollment.id,
        Grade.status == GradeStatus.APPROVED,
        permissions.rows(actor, Verb.VIEW, Grade),
    )
    hours = func.sum(case((Grade.result.in_(PASSED), Grade.hours), else_=literal(0, HoursType)))
    columns: list[Any] = [
        func.count(TrainingClass.id.distinct()).label("classes"),
        func.count(Enrollment.id.distinct()).label("students"),
        func.count(Enrollment.person_id.distinct()).label("people"),
        func.count(Grade.id).label("decided"),
        func.count(case((Grade.result.in_(PASSED), Grade.id))).label("passed"),
        whole_tenths(func.coalesce(hours, literal(0, HoursType))).label("hours"),
    ]
    return (
        select(*columns)
        .select_from(TrainingClass)
        .outerjoin(Enrollment, student)
        .outerjoin(Grade, decided)
        .where(
            TrainingClass.credit_year == year,
            TrainingClass.status != ClassStatus.CANCELLED,
            permissions.rows(actor, Verb.VIEW, TrainingClass),
        )
    )


def _line(name: str, row: Row[Any], key: int | None = None) -> Figures:
    return Figures(name, row.classes, row.students, row.people, row.decided, row.passed, row.hours, key)


def _sum(months: Sequence[Figures]) -> Figures:
    """Return the sum of months; a class ends in one of them, a person may have been in several."""
    sums = {name: sum(getattr(one, name) for one in months) for name in SUMMED}
    return Figures(TOTAL, people=0, hours=sum((one.hours for one in months), Decimal(0)), **sums)


def _nothing(month: int) -> Figures:
    return Figures(f"{month} 月", 0, 0, 0, 0, 0, Decimal(0), month)
