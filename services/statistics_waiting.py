"""统计分析, what waits: how much, at which office, and for how long.

Claims come by the hundred thousand: offices read of them, and of those that still wait at employers below, maintained counts
(:mod:`services.statistics_keeping`). Everything else, and what an employer sees of his own, is counted where it stands.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, literal, select, union_all

from models import (
    Account,
    Claim,
    GradeSheet,
    OrganizationChange,
    PersonCorrection,
    TrainingPlan,
    Transfer,
    WaitingCount,
)
from models.base import CHINA
from models.enums import AccountStatus, ClaimStatus, PlanStatus, RequestStatus, SheetStatus
from models.types import china_day
from permissions import engine as permissions
from permissions.verbs import Verb
from services import reading, settings
from services.working_days import calendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from models.enums import Labelled
    from permissions.actor import Actor


class Stage(NamedTuple):
    """Something that waits: what it is called, its table, its state, and the column of the office it waits for."""

    label: str
    model: Any
    status: Labelled
    office: Any


STAGES: dict[str, Stage] = {
    "claim-submitted": Stage("申报待单位审核", Claim, ClaimStatus.SUBMITTED, Claim.employer_id),
    "claim-accepted": Stage("申报待单位上报", Claim, ClaimStatus.ACCEPTED, Claim.employer_id),
    "claim-declared": Stage("申报待审批", Claim, ClaimStatus.DECLARED, Claim.approver_id),
    "grade-sheet": Stage("成绩单待审批", GradeSheet, SheetStatus.SUBMITTED, GradeSheet.approver_id),
    "training-plan": Stage("培训计划待审批", TrainingPlan, PlanStatus.SUBMITTED, TrainingPlan.approver_id),
    "account": Stage("账户待审核", Account, AccountStatus.PENDING, Account.approver_id),
    "organization-change": Stage(
        "机构信息变更待审核", OrganizationChange, RequestStatus.PENDING, OrganizationChange.approver_id
    ),
    "transfer": Stage("单位调转待办理", Transfer, RequestStatus.PENDING, Transfer.to_employer_id),
    "correction": Stage(
        "信息更正待审核", PersonCorrection, RequestStatus.PENDING, PersonCorrection.employer_id
    ),
}
"""What can wait, in the order it is shown."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of what waits.

    Attributes:
        stage: a key of :data:`STAGES`.
        office_id: whom it waits for; ``None`` for all offices together.
        office: its name.
        count: how many.
        median: days the middle one waits; of two middle ones the shorter time.
        oldest: days the oldest waits.
        late: how many have waited so many working days that their office is reminded.
    """

    stage: str
    office_id: int | None
    office: str
    count: int
    median: int
    oldest: int
    late: int

    @property
    def label(self) -> str:
        """Return what waits, in words."""
        return STAGES[self.stage].label


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits in one's scope: stage by stage, and office by office, those with the oldest first."""

    stages: tuple[Waiting, ...]
    offices: tuple[Waiting, ...]


def of_scope(session: Session, actor: Actor, day: dt.date) -> Queues:
    """Return what waits among the rows the actor may see, in two statements.

    Args:
        session: the actor's scoped session.
        actor: whose scope.
        day: today in China; ages are whole calendar days, reminders go by working days.
    """
    parts = [
        _part(actor, code, stage)
        for code, stage in STAGES.items()
        if permissions.may(actor, Verb.VIEW, stage.model)
    ]
    found: dict[tuple[str, int], dict[dt.date, int]] = {}
    for code, office, since, number in session.execute(union_all(*parts)):
        found.setdefault((code, office), {})[dt.date.fromisoformat(since)] = int(number)
    names = reading.office_names(session, {office for _code, office in found})
    late = reminded_since(session, day).astimezone(CHINA).date()
    offices = [
        _waiting(code, office, names[office], days, day, late) for (code, office), days in found.items()
    ]
    offices.sort(key=lambda line: (-line.oldest, -line.count, list(STAGES).index(line.stage), line.office))
    stages = []
    for code in STAGES:
        together: dict[dt.date, int] = {}
        for (other, _office), days in found.items():
            for since, number in days.items() if other == code else ():
                together[since] = together.get(since, 0) + number
        stages += [_waiting(code, None, "", together, day, late)] if together else []
    return Queues(tuple(stages), tuple(offices))


def reminded_since(session: Session, day: dt.date) -> dt.datetime:
    """Return the moment before which something arrived that an office is reminded of on a day."""
    return calendar(session).waiting_since(day, settings.value(session, settings.REMIND_AFTER))


def office_named(session: Session, column: Any, key: int) -> str | None:
    """Return the name of an office that decides a row of the session's scope, ``None`` where it decides none.

    Args:
        session: whose scope.
        column: of a table, with the office that decides.
        key: of the office.
    """
    held = session.scalar(select(column).where(column == key).limit(1))
    return reading.office_names(session, {key}).get(key) if held else None


def _part(actor: Actor, code: str, stage: Stage) -> Any:
    if stage.model is Claim and permissions.may(actor, Verb.VIEW, WaitingCount):
        return (
            select(literal(code), WaitingCount.office_id, WaitingCount.since, func.sum(WaitingCount.claims))
            .where(WaitingCount.status == stage.status, permissions.rows(actor, Verb.VIEW, WaitingCount))
            .group_by(WaitingCount.office_id, WaitingCount.since)
        )
    since = china_day(stage.model.status_since)
    return (
        select(literal(code), stage.office, since, func.count())
        .where(
            stage.model.status == stage.status,
            stage.office.is_not(None),
            permissions.rows(actor, Verb.VIEW, stage.model),
        )
        .group_by(stage.office, since)
    )


def _waiting(
    code: str, office_id: int | None, office: str, days: Mapping[dt.date, int], day: dt.date, late: dt.date
) -> Waiting:
    count = sum(days.values())
    ages = sorted(((day - since).days, number) for since, number in days.items())
    overdue = sum(number for since, number in days.items() if since < late)
    return Waiting(code, office_id, office, count, _middle(ages, (count + 1) // 2), ages[-1][0], overdue)


def _middle(ages: Iterable[tuple[int, int]], position: int) -> int:
    """Return the age at a position, counted from the shortest."""
    passed = 0
    for age, number in ages:
        passed += number
        if passed >= position:
            return age
    raise ValueError(position)
