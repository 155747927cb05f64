"""What a home page tells besides the year: what waits and since when, what was decided, and the base data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, literal, or_, select, union_all

from models import (
    Batch,
    CalendarDay,
    Certificate,
    Claim,
    ClaimItem,
    ClaimKind,
    CreditYear,
    Dictionary,
    DictionaryItem,
    HourRule,
    Notice,
    Region,
    Requirement,
    TrainingClass,
    TrainingPlan,
    YearSummary,
)
from models.base import today
from models.enums import CHANGEABLE, OPEN_TO_CHANGE, CertificateStatus, ClaimStatus
from permissions import engine as permissions
from permissions.verbs import Verb
from services import classes
from services.queues import QUEUES, among, condition
from services.working_days import calendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from models import Base
    from permissions.actor import Actor

RECENT = 6
NOVEMBER = 11
FINISHED = tuple(status for status in ClaimStatus if status not in (ClaimStatus.DRAFT, ClaimStatus.SUBMITTED))
"""States somebody other than the person put a claim into."""

OTHER = (
    "returned",
    "draft",
    "plan-rejected",
    "plan-draft",
    "class-start",
    "class-finish",
    "certificate",
    "notice",
)
"""What may wait besides the queues, in the order it is shown."""

BASE_DATA: dict[str, type[Base]] = {
    "region": Region,
    "dictionary": Dictionary,
    "dictionary-item": DictionaryItem,
    "claim-kind": ClaimKind,
    "claim-item": ClaimItem,
    "hour-rule": HourRule,
    "credit-year": CreditYear,
    "requirement": Requirement,
    "calendar-day": CalendarDay,
}
"""Tables of base data by the endpoint of their grid."""


@dataclass(frozen=True, slots=True)
class Todo:
    """Something that waits for the actor.

    Attributes:
        name: the endpoint of a queue, or one of :data:`OTHER`.
        count: how many.
        since: since when the oldest does; ``None`` where nothing waits.
    """

    name: str
    count: int
    since: datetime | None


def todos(session: Session, actor: Actor, endpoints: Iterable[str]) -> list[Todo]:
    """Return what waits for the actor, in one statement.

    Args:
        session: the actor's scoped session.
        actor: whom it waits for.
        endpoints: the grids of the menu; queues among them are named even where they are empty.
    """
    queues = among(actor, endpoints)
    parts = [_queue(actor, endpoint) for endpoint in queues]
    parts += [*_unfinished(actor), *_training(actor)]
    if permissions.may(actor, Verb.ISSUE, YearSummary):
        parts.append(_issuable())
    parts.append(_waiting("notice", Notice, Notice.created_at).where(Notice.read_at.is_(None)))
    found = [Todo(*row) for row in session.execute(union_all(*parts))]
    order = {name: position for position, name in enumerate([*queues, *OTHER])}
    shown = [todo for todo in found if todo.count or todo.name in queues]
    return sorted(shown, key=lambda todo: order[todo.name])


def _waiting(name: str, model: Any, since: Any) -> Select[Any]:
    return select(
        literal(name).label("name"),
        func.count(model.id).label("number"),
        func.min(since).label("since"),
    )


def _queue(actor: Actor, endpoint: str) -> Select[Any]:
    model = QUEUES[endpoint].model
    rows = permissions.rows(actor, Verb.VIEW, model)
    return _waiting(endpoint, model, model.status_since).where(rows, condition(endpoint, actor))


def _unfinished(actor: Actor) -> list[Select[Any]]:
    """Claims one filed, or registered on somebody's behalf, and has to finish."""
    own = [
        permissions.rows(actor, verb, Claim)
        for verb in (Verb.SUBMIT, Verb.REGISTER)
        if permissions.may(actor, verb, Claim)
    ]
    if not own:
        return []
    return [
        _waiting(status.value, Claim, Claim.status_since).where(Claim.status == status, or_(*own))
        for status in CHANGEABLE
    ]


def _training(actor: Actor) -> list[Select[Any]]:
    """Plans an institution has to finish or mend, and classes whose day to begin or to end has come."""
    if not permissions.may(actor, Verb.CONDUCT, TrainingClass):
        return []
    own_plans = permissions.rows(actor, Verb.SUBMIT, TrainingPlan)
    own_classes = permissions.rows(actor, Verb.CONDUCT, TrainingClass)
    plans = [
        _waiting(f"plan-{status.value}", TrainingPlan, TrainingPlan.status_since).where(
            TrainingPlan.status == status, own_plans
        )
        for status in OPEN_TO_CHANGE
    ]
    return plans + [
        _waiting(f"class-{step}", TrainingClass, TrainingClass.status_since).where(
            classes.overdue(step, today()), own_classes
        )
        for step in ("start", "finish")
    ]


def _issuable() -> Select[Any]:
    issued = exists().where(
        Certificate.person_id == YearSummary.person_id,
        Certificate.credit_year == YearSummary.credit_year,
        Certificate.status == CertificateStatus.VALID,
    )
    return _waiting("certificate", YearSummary, YearSummary.updated_at).where(
        YearSummary.complete.is_(True), ~issued
    )


def waited(since: datetime, moment: datetime) -> str:
    """Return a time of waiting in words, as in ``12 天``."""
    seconds = (moment - since).total_seconds()
    hours = int(seconds // 3600)
    if hours < 1:
        return "1 小时以内"
    return f"{hours // 24} 天" if hours >= 24 else f"{hours} 小时"  # noqa: PLR2004  (hours of a day)


def decisions(session: Session) -> Sequence[Claim]:
    """Return what became of the claims of the session's scope, the latest first."""
    return session.scalars(
        select(Claim)
        .where(Claim.status.in_(FINISHED))
        .order_by(Claim.status_since.desc(), Claim.id.desc())
        .limit(RECENT)
    ).all()


def batches(session: Session) -> Sequence[Batch]:
    """Return what the session's actor decided, the latest first."""
    return session.scalars(select(Batch).order_by(Batch.id.desc()).limit(RECENT)).all()


def base_data(session: Session, endpoints: Iterable[str]) -> Mapping[str, int]:
    """Return the number of rows of each table of base data among these grids, in one statement."""
    known = [endpoint for endpoint in dict.fromkeys(endpoints) if endpoint in BASE_DATA]
    if not known:
        return {}
    counts = [select(func.count(BASE_DATA[name].id)).scalar_subquery() for name in known]
    return dict(zip(known, session.execute(select(*counts)).one(), strict=True))


@dataclass(frozen=True, slots=True)
class Care:
    """Something of the base data that needs care: what, and the grid and filter it is seen in."""

    sentence: str
    endpoint: str
    arguments: Mapping[str, str] = field(default_factory=dict)


def care(session: Session, day: date) -> list[Care]:
    """Return what of the base data needs care on a day.

    Args:
        session: a session that may read base data.
        day: the calendar day in China; from November on the next year has to stand too.
    """
    pending = session.scalar(
        select(func.count(HourRule.id)).where(
            HourRule.confirmed.is_(False),
            or_(HourRule.effective_to.is_(None), HourRule.effective_to >= day.year),
        )
    )
    result = []
    if pending:
        result.append(
            Care(f"{pending} 条学时规则待核定，暂按候选标准计算学时", "hour-rule", {"confirmed": "0"})
        )
    required = exists().where(Requirement.year == CreditYear.year)
    years = {
        year.year: (year, has_requirement)
        for year, has_requirement in session.execute(
            select(CreditYear, required).where(CreditYear.year.in_((day.year, day.year + 1)))
        )
    }
    for year in (day.year, day.year + 1) if day.month >= NOVEMBER else (day.year,):
        row, has_requirement = years.get(year, (None, False))
        result += _care_of_year(year, row, day, required=has_requirement)
        if not calendar(session).knows(year):
            result.append(Care(f"{year} 年还没有登记放假和调休，暂按周一至周五计算工作日", "calendar-day"))
    return result


def _care_of_year(year: int, row: CreditYear | None, day: date, *, required: bool) -> Iterator[Care]:
    if row is None:
        yield Care(f"{year} 年度还没有设置，不能申报", "credit-year")
        return
    if not required:
        yield Care(f"{year} 年度还没有学时要求，不能判断是否完成", "requirement")
    if year != day.year:
        return
    for label, opens, closes in (
        ("申报", row.claims_open, row.claims_close),
        ("审批", row.approvals_open, row.approvals_close),
    ):
        if not opens <= day <= closes:
            yield Care(f"{year} 年度的{label}现在没有开放（{opens} 至 {closes}）", "credit-year")
