"""What the review cockpit shows of a queue and beside a claim: neighbours by position, the person's year, what else."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models import BatchItem, Claim, YearSummary
from models.base import CHINA
from models.enums import Subject
from services import listing
from services.certificate_pdf import hours_text
from services.years import shortfall

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from typing import Any

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models import Person
    from models.enums import ClaimStatus

AROUND = 15
"""Claims shown before and behind the current one."""
OTHERS = 20
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Where a claim stands in the queue, counted from 1, and what the queue shows of it."""

    number: int
    key: int
    title: str
    person: str
    hours: str
    waited: str


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a queue around one claim.

    Attributes:
        places: the claims with their numbers, in the queue's order.
        current: number of the claim itself, 0 where the list does not hold it (it is filtered out, or too far back).
        total: claims in the queue, counted no further than ``listing.CAP`` + 1.
    """

    places: Sequence[Place]
    current: int
    total: int

    @property
    def before(self) -> Place | None:
        """The claim before the current one."""
        return next((place for place in reversed(self.places) if place.number < self.current), None)

    @property
    def behind(self) -> Place | None:
        """The claim behind the current one; where the list does not hold that, its first."""
        return next((place for place in self.places if place.number > self.current), None)


@dataclass(frozen=True, slots=True)
class Other:
    """Another claim: its hours are those awarded, or computed where nothing was awarded yet."""

    key: int
    title: str
    person: str
    hours: str
    subject: Subject
    status: ClaimStatus


@dataclass(frozen=True, slots=True)
class Meter:
    """Hours of one subject in a year: had, asked for, and what this claim would add."""

    label: str
    had: str
    required: str
    percent: int
    added: str


@dataclass(frozen=True, slots=True)
class Year:
    """How a person's year stands: its meters and what is missing, in words."""

    meters: Sequence[Meter]
    gaps: Sequence[str]


def window(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    key: int,
    today: date,
) -> Window:
    """Return the claims around one, with their numbers.

    The database numbers the keys of the queue, at most ``listing.CAP``; only the rows shown are read.

    Args:
        session: the actor's scoped session.
        conditions: what makes the queue, besides the scope.
        order: its order; the key is added as the last word, as in ``listing.page``.
        key: the claim in the middle.
        today: the day waiting is counted to.
    """
    numbered = _numbered(conditions, order).cte("queue")
    here = select(numbered.c.number).where(numbered.c.id == key).scalar_subquery()
    middle = func.coalesce(here, 1)
    found = session.execute(
        select(numbered.c.id, numbered.c.number)
        .where(numbered.c.number.between(middle - AROUND, middle + AROUND))
        .order_by(numbered.c.number)
    ).all()
    claims = {
        claim.id: claim
        for claim in session.scalars(
            select(Claim).where(Claim.id.in_([row.id for row in found])).options(joinedload(Claim.person))
        )
    }
    places = [_place(row.number, claims[row.id], today) for row in found if row.id in claims]
    current = next((place.number for place in places if place.key == key), 0)
    return Window(places, current, listing.count(session, Claim, conditions))


def _place(number: int, claim: Claim, today: date) -> Place:
    return Place(
        number,
        claim.id,
        claim.title,
        name_of(claim),
        hours_text(claim.computed_hours),
        waited(claim.status_since, today),
    )


def _numbered(conditions: Sequence[ColumnElement[bool]], order: Sequence[ColumnElement[Any]]) -> Any:
    words = (*order, Claim.id.desc())
    number = func.row_number().over(order_by=words).label("number")
    # Ordered by the words and not by the number: so an index that has the order lets the limit end the scan.
    return select(Claim.id.label("id"), number).where(*conditions).order_by(*words).limit(listing.CAP)


def key_at(
    session: Session,
    conditions: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[Any]],
    number: int,
) -> int | None:
    """Return the key of the claim with this number in the queue; ``None`` behind its end."""
    if number > listing.CAP:
        return None
    return session.scalar(
        select(Claim.id).where(*conditions).order_by(*order, Claim.id.desc()).limit(1).offset(number - 1)
    )


def first_waiting(
    session: Session, conditions: Sequence[ColumnElement[bool]], keys: Sequence[int]
) -> int | None:
    """Return the first of some keys that is still in the queue."""
    waiting = set(session.scalars(select(Claim.id).where(Claim.id.in_(keys), *conditions)))
    return next((key for key in keys if key in waiting), None)


def fired_before(session: Session, batch_key: str | None, key: int) -> bool:
    """Tell whether the actor fired this very form at this claim before: a double click, or the back button."""
    statement = select(BatchItem.id).where(BatchItem.batch_key == batch_key, BatchItem.object_id == key)
    return batch_key is not None and session.scalar(statement) is not None


def name_of(claim: Claim) -> str:
    """Return whose claim it is; somebody who changed to an employer out of one's scope has no name here."""
    person: Person | None = claim.person
    return person.name if person else "—"


def other_of(session: Session, key: int) -> Other | None:
    """Return a claim of one's scope, for the line that says what became of it."""
    claim = session.scalars(select(Claim).where(Claim.id == key).options(joinedload(Claim.person))).first()
    return _other(claim) if claim else None


def others_of_year(session: Session, claim: Claim) -> list[Other]:
    """Return the person's other claims of that year in one's scope, newest first."""
    rows = session.scalars(
        select(Claim)
        .where(
            Claim.person_id == claim.person_id, Claim.credit_year == claim.credit_year, Claim.id != claim.id
        )
        .options(joinedload(Claim.person))
        .order_by(Claim.id.desc())
        .limit(OTHERS)
    )
    return [_other(row) for row in rows]


def _other(claim: Claim) -> Other:
    hours = claim.computed_hours if claim.awarded_hours is None else claim.awarded_hours
    return Other(claim.id, claim.title, name_of(claim), hours_text(hours), claim.subject, claim.status)


def year_of(session: Session, claim: Claim) -> Year | None:
    """Return how the person's year stands; ``None`` where no hours were posted to it yet."""
    summary = session.scalars(
        select(YearSummary).where(
            YearSummary.person_id == claim.person_id, YearSummary.credit_year == claim.credit_year
        )
    ).first()
    if summary is None:
        return None
    public, specialty = summary.public_hours, summary.specialty_hours
    return Year(
        (
            _meter("公需", public, summary.required_public, claim, Subject.PUBLIC),
            _meter("专业", specialty, summary.required_specialty, claim, Subject.SPECIALTY),
            _meter("合计", public + specialty, summary.required_total, claim, claim.subject),
        ),
        shortfall(summary),
    )


def _meter(label: str, had: Decimal, required: Decimal, claim: Claim, subject: Subject) -> Meter:
    percent = min(WHOLE, int(had * WHOLE / required)) if required else WHOLE
    added = claim.computed_hours if claim.subject is subject else Decimal(0)
    return Meter(label, hours_text(had), hours_text(required), percent, hours_text(added) if added else "")


def waited(since: datetime, today: date) -> str:
    """Return how long something has been waiting: 今天, or whole days."""
    days = (today - since.astimezone(CHINA).date()).days
    return f"{days} 天" if days > 0 else "今天"
