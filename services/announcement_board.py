"""Announcements as one reads them: which are for the actor today, that he read one, and how many of its audience did."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, case, func, or_, select, true

from models import Account, Announcement, AnnouncementRead, Organization, Person
from models.base import now
from models.enums import AccountStatus, UserType
from permissions.scopes import announcements_for_one, itself_and_above
from permissions.wall import unscoped
from services.validity import in_force
from workflow.postings import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

MOST = 10
"""Announcements a first page shows."""
OFFERED = 100
"""Announcements a filter offers."""


class Shown(NamedTuple):
    """An announcement of the day, and when the actor read it; ``None`` where he has not."""

    announcement: Announcement
    read_at: datetime | None


class Figure(NamedTuple):
    """Of one user type: how many accounts an announcement is for, and how many of them read it."""

    user_type: UserType
    audience: int
    read: int


def of_the_day(session: Session, actor: Actor, most: int | None = MOST) -> Sequence[Shown]:
    """Return the announcements for the actor that are shown today, newest first; to their authors not those for others.

    Args:
        session: the actor's session.
        actor: who reads; a visitor gets those for everybody.
        most: how many at most; ``None`` for all.
    """
    return [Shown(row, read_at) for row, read_at in session.execute(_shown_to(actor).limit(most))]


def one(session: Session, actor: Actor, key: int | None) -> Shown | None:
    """Return one of them; ``None`` where it is not for the actor, or not shown today."""
    found = session.execute(_shown_to(actor).where(Announcement.id == key)).first()
    return Shown(*found) if found else None


def _shown_to(actor: Actor) -> Select[Announcement, datetime | None]:
    own = and_(
        AnnouncementRead.announcement_id == Announcement.id, AnnouncementRead.account_id == actor.account_id
    )
    return (
        select(Announcement, AnnouncementRead.read_at)
        .outerjoin(AnnouncementRead, own)
        .where(in_force(Announcement), announcements_for_one(actor))
        .order_by(Announcement.valid_from.desc(), Announcement.id.desc())
    )


def record(session: Session, actor: Actor, shown: Shown) -> None:
    """Write down that the actor read an announcement; a second time changes nothing. The caller commits."""
    if shown.read_at is not None or actor.account_id is None or actor.user_type is None:
        return
    values = {
        "announcement_id": shown.announcement.id, "account_id": actor.account_id, "user_type": actor.user_type,
        "read_at": now(),
    }  # fmt: skip
    with unscoped(session, "one's own reading, of an announcement one sees"):  # the wall takes no ON CONFLICT
        session.execute(
            upsert(session, AnnouncementRead.__table__)
            .values(values)
            .on_conflict_do_nothing(index_elements=["announcement_id", "account_id"])
        )


def choices(session: Session) -> list[tuple[str, str]]:
    """Return (key, title) of the latest announcements the session sees, to narrow a list by."""
    rows = session.execute(
        select(Announcement.id, Announcement.title)
        .order_by(Announcement.valid_from.desc(), Announcement.id.desc())
        .limit(OFFERED)
    )
    return [(str(key), title) for key, title in rows]


def figures(session: Session, row: Announcement) -> list[Figure]:
    """Return by user type how many active accounts an announcement is for now, and how many of these read it.

    Args:
        session: of its author; counted are all accounts, without names.
        row: the announcement.
    """
    kinds = [kind for kind in UserType if row.everyone or kind in row.audience]
    own = and_(AnnouncementRead.account_id == Account.id, AnnouncementRead.announcement_id == row.id)
    with unscoped(session, "counts without names, for whoever wrote the announcement"):
        counted = session.execute(
            select(Account.user_type, func.count(Account.id), func.count(AnnouncementRead.id))
            .outerjoin(AnnouncementRead, own)
            .outerjoin(Person, Person.id == Account.person_id)
            .outerjoin(Organization, Organization.id == Account.organization_id)
            .where(Account.status == AccountStatus.ACTIVE, Account.user_type.in_(kinds), _near(row))
            .group_by(Account.user_type)
        )
        found = {kind: Figure(kind, audience, read) for kind, audience, read in counted}
    return [found.get(kind, Figure(kind, 0, 0)) for kind in kinds]


def _near(row: Announcement) -> ColumnElement[bool]:
    """Return the condition of accounts in the region of an announcement: the same as ``announcements_for_one``, seen from it."""
    if row.region_code is None:
        return true()
    own = case((Account.person_id.is_not(None), Person.region_code), else_=Organization.region_code)
    return or_(*(code == row.region_code for code in itself_and_above(own)))
