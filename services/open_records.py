"""What of a professional is not decided yet and stands in the way of a transfer or a correction, to be linked to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Claim, Grade, PersonCorrection, TrainingClass, Transfer
from models.enums import RequestStatus
from permissions.wall import unscoped
from workflow.transfer import OPEN_CLAIMS, OPEN_GRADES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class OpenRecord:
    """Something that is not decided yet: what it is called, and the grid and key of its page."""

    label: str
    endpoint: str
    key: int


def requests_of(session: Session, person_id: int) -> list[OpenRecord]:
    """Return a professional's transfers and corrections that wait; must run inside ``unscoped``."""
    return [
        OpenRecord(f"{row.__label__}（{row.status.label}）", row.__tablename__, row.id)
        for row in [
            *session.scalars(_waiting(Transfer, person_id)),
            *session.scalars(_waiting(PersonCorrection, person_id)),
        ]
    ]


def _waiting(model: Any, person_id: int) -> Any:
    return select(model).where(model.person_id == person_id, model.status == RequestStatus.PENDING)


def of_person(session: Session, person_id: int) -> list[OpenRecord]:
    """Return everything of a professional one sees that forbids a transfer, claims first.

    Args:
        session: any session; who may ask for the transfer sees these records.
        person_id: whose.
    """
    with unscoped(session, "whatever is open forbids the transfer"):
        claims = session.scalars(
            select(Claim)
            .where(Claim.person_id == person_id, Claim.status.in_(OPEN_CLAIMS))
            .order_by(Claim.id)
        ).all()
        listed = [OpenRecord(f"{row.title}（{row.status.label}）", "claim", row.id) for row in claims]
        grades = session.execute(
            select(Grade.id, Grade.status, TrainingClass.name)
            .join(TrainingClass, TrainingClass.id == Grade.class_id)
            .where(Grade.person_id == person_id, Grade.status.in_(OPEN_GRADES))
            .order_by(Grade.id)
        )
        listed += [OpenRecord(f"{row.name} 的成绩（{row.status.label}）", "grade", row.id) for row in grades]
        return listed + requests_of(session, person_id)


def sentence(records: Sequence[OpenRecord], what: str) -> str:
    """Return why ``what`` cannot be started, naming what is open."""
    return f"还有未办结的事项，暂不能{what}：{'、'.join(record.label for record in records)}"
