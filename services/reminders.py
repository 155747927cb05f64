"""Reminders of what waits too long: to the office that holds it, then to the office above it.

The rule (docs/decisions/0031): on a working day an office is told of a queue in which something has waited
``REMIND_AFTER`` full working days, and, unless ``ESCALATE`` says no, the office above it where something has waited ``ESCALATE_AFTER``;
as long as that lasts, again after as many working days. Each is a row of ``reminder``, written in the transaction of its messages under a unique key: a worker that
was killed, or two at once, double nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, String, delete, func, insert, literal, select, true

from models import Account, Notice, Organization, Reminder
from models.base import CHINA
from models.enums import AccountStatus, OrganizationStatus, ReminderLevel
from models.types import UtcDateTime
from permissions.wall import unscoped
from services import settings, standing_in
from services.queues import QUEUES, address
from services.working_days import calendar
from workflow.postings import upsert
from workflow.selection import keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from services.working_days import Calendar

AFTER = {ReminderLevel.REMIND: settings.REMIND_AFTER, ReminderLevel.ESCALATE: settings.ESCALATE_AFTER}
NAMED = 20
"""Offices a message names; of more it tells how many."""
KEPT = timedelta(days=400)
sent, office, account = Reminder.__table__.c, Organization.__table__.c, Account.__table__.c


@dataclass(frozen=True, slots=True)
class Late:
    """What waits too long at one office, as far as one account is to know.

    Attributes:
        account_id: who is told.
        office_id: where it waits.
        office: its name.
        count: how much.
        oldest: full working days the oldest has waited.
        delegation_id: by which delegation he decides there in somebody's place; ``None`` for an administrator of the office
            told.
    """

    account_id: int
    office_id: int
    office: str
    count: int
    oldest: int
    delegation_id: int | None = None


def remind(session: Session, endpoint: str, moment: datetime) -> int:
    """Tell everybody concerned of one queue; the caller commits, so that a queue is told as a whole or not at all.

    The number of statements is the same whatever waits.

    Args:
        session: any session; the work runs unscoped.
        endpoint: the queue, a key of ``QUEUES``.
        moment: now.

    Returns:
        Number of messages; none on a day that is not worked.
    """
    known, day = calendar(session), moment.astimezone(CHINA).date()
    if not known.works(day):
        return 0
    number = 0
    with unscoped(session, "queues of every office, counts without names"):
        for level, setting in AFTER.items():
            if level is ReminderLevel.ESCALATE and not settings.value(session, settings.ESCALATE):
                continue
            after = settings.value(session, setting)
            found = _write_down(session, endpoint, level, after, moment, known)
            late = _addressed(session, endpoint, level, found, known, moment) if found else []
            notices = [{**one, "created_at": moment} for one in _notices(endpoint, level, after, late)]
            if notices:
                session.execute(insert(Notice.__table__), notices)
            number += len(notices)
    return number


def forget(session: Session, day: date) -> None:
    """Drop what was told more than a year ago."""
    with unscoped(session, "old reminders are of no use to anybody"):
        session.execute(delete(Reminder.__table__).where(sent.day < day - KEPT))


def _write_down(
    session: Session, endpoint: str, level: ReminderLevel, after: int, moment: datetime, known: Calendar
) -> Sequence[Any]:
    """Write down which offices are to be told of, and return them: (office_id, count, oldest_since)."""
    queue, day = QUEUES[endpoint], moment.astimezone(CHINA).date()
    again = select(sent.office_id).where(
        sent.queue == endpoint, sent.level == level, sent.day >= known.back(day + timedelta(days=1), after)
    )
    late = (
        select(
            literal(endpoint, String),
            queue.office,
            literal(level, Reminder.level.type),
            literal(day, Date),
            func.count(),
            func.min(queue.model.status_since),
            literal(moment, UtcDateTime),
        )
        .where(
            queue.waits,
            queue.model.status_since < known.waiting_since(day, after),
            queue.office.is_not(None),
            queue.office.not_in(again),
            true() if level is ReminderLevel.REMIND else queue.office.in_(_has_superior()),
        )
        .group_by(queue.office)
    )
    names = ["queue", "office_id", "level", "day", "count", "oldest_since", "created_at"]
    statement = upsert(session, Reminder.__table__).from_select(names, late)
    wanted = statement.on_conflict_do_nothing().returning(sent.office_id, sent.count, sent.oldest_since)
    return session.execute(wanted).all()


def _has_superior() -> Any:
    return select(office.id).where(office.bureau_id.is_not(None))


def _addressed(
    session: Session,
    endpoint: str,
    level: ReminderLevel,
    found: Sequence[Any],
    known: Calendar,
    moment: datetime,
) -> list[Late]:
    """Return what each administrator is to know, and who decides in his place, in two statements; the longest wait first."""
    told = Organization.__table__.alias("told")
    offices = keys(session, [row.office_id for row in found])
    to = office.id if level is ReminderLevel.REMIND else office.bureau_id
    rows = session.execute(
        select(account.id, office.id, office.name)
        .select_from(
            Organization.__table__.join(told, told.c.id == to).join(
                Account.__table__, account.organization_id == told.c.id
            )
        )
        .where(
            office.id.in_(offices),
            told.c.status == OrganizationStatus.ACTIVE,
            account.status == AccountStatus.ACTIVE,
        )
        .order_by(account.id, office.id)
    )
    waits = {row.office_id: (row.count, known.waited(row.oldest_since, moment)) for row in found}
    late = [Late(holder, key, name, *waits[key]) for holder, key, name in rows]
    if level is ReminderLevel.REMIND:
        day = moment.astimezone(CHINA).date()
        for delegate, key, name, by in standing_in.reached(session, QUEUES[endpoint].model, offices, day):
            late.append(Late(delegate, key, name, *waits[key], by))
    return sorted(late, key=lambda one: (one.account_id, -one.oldest, -one.count, one.office))


def _notices(
    endpoint: str, level: ReminderLevel, after: int, late: Sequence[Late]
) -> Iterator[dict[str, Any]]:
    """Yield one message for each account and place it decides in."""
    what = QUEUES[endpoint].label
    by_account: dict[tuple[int, int | None], list[Late]] = {}
    for one in late:
        by_account.setdefault((one.account_id, one.delegation_id), []).append(one)
    for (key, delegation), lines in by_account.items():
        count, oldest = sum(one.count for one in lines), max(one.oldest for one in lines)
        told = f"{what}有 {count:,} 件等待已满 {after} 个工作日，最早一件已等 {oldest} 个工作日"
        if delegation is not None:
            yield {
                "account_id": key,
                "title": f"代{lines[0].office}办理：{told}",
                "body": "请打开委托，以委托机构的名义办理。",
                "link": f"/admin/delegation/details/?id={delegation}",
            }
            continue
        if level is ReminderLevel.REMIND:
            yield {"account_id": key, "title": told, "body": "请及时办理。", "link": address(endpoint)}
            continue
        where = lines[0].office if len(lines) == 1 else f"{len(lines)} 个下级机构"
        yield {
            "account_id": key,
            "title": f"{where}：{told}",
            "body": _named(lines) if len(lines) > 1 else "请督促办理。",
            "link": _page_of(lines),
        }


def _named(lines: Sequence[Late]) -> str:
    named = "；".join(
        f"{one.office} {one.count:,} 件，最早已等 {one.oldest} 个工作日" for one in lines[:NAMED]
    )
    more = f"；另有 {len(lines) - NAMED} 个机构" if len(lines) > NAMED else ""
    return f"请督促办理。{named}{more}。"


def _page_of(lines: Sequence[Late]) -> str:
    """Return the page of the only office, with its telephone, or what waits at all of them."""
    return (
        f"/admin/organization/details/?id={lines[0].office_id}"
        if len(lines) == 1
        else "/admin/statistics/waiting/"
    )
