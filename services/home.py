"""What a home page counts: queues with their oldest entry, and the year in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from models import YearSummary
from models.base import CHINA, today
from models.enums import UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from services.certificate_pdf import hours_text
from services.queues import QUEUES
from services.years import shortfall

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor


@dataclass(frozen=True, slots=True)
class Todo:
    """A queue: how many wait, and since which day the oldest does."""

    count: int
    oldest: str


def todo(session: Session, actor: Actor, endpoint: str) -> Todo | None:
    """Return what waits in a queue of the actor's menu; ``None`` where the endpoint is no queue."""
    if endpoint not in QUEUES:
        return None
    model, condition = QUEUES[endpoint]
    number, since = session.execute(
        select(func.count(model.id), func.min(model.status_since)).where(
            permissions.rows(actor, Verb.VIEW, model), condition(actor)
        )
    ).one()
    return Todo(number, since.astimezone(CHINA).strftime("%Y-%m-%d") if since else "")


def cards(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """Return the figures of the current year: a person's own, or completion in one's scope."""
    year = today().year
    if actor.user_type is UserType.PERSON:
        return _own_year(session, year)
    if not permissions.may(actor, Verb.VIEW, YearSummary):
        return []
    result = []
    for shown in (year, year - 1):
        total, complete = session.execute(
            select(
                func.count(YearSummary.id), func.count(YearSummary.id).filter(YearSummary.complete.is_(True))
            ).where(YearSummary.credit_year == shown)
        ).one()
        result.append(
            {
                "label": f"{shown} 年度已完成",
                "value": f"{complete} / {total}",
                "hint": "人（有学时记录的人员）",
            }
        )
    return result


def _own_year(session: Session, year: int) -> list[dict[str, Any]]:
    summary = session.scalars(select(YearSummary).where(YearSummary.credit_year == year)).first()
    if summary is None:
        return [{"label": f"{year} 年度", "value": "0 学时", "hint": "还没有通过认定的学时"}]
    return [
        {"label": f"{year} 年度公需", "value": hours_text(summary.public_hours), "hint": "学时"},
        {"label": f"{year} 年度专业", "value": hours_text(summary.specialty_hours), "hint": "学时"},
        {
            "label": f"{year} 年度合计",
            "value": hours_text(summary.public_hours + summary.specialty_hours),
            "hint": "；".join(shortfall(summary)) or "已完成",
        },
    ]
