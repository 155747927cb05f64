"""Taking back what was just decided: for 30 minutes, by whoever did it, as long as nobody built on it.

Taking back is a transition of its own, with its own line in the table, its own journal row and its own guards; what was
posted is posted back. Its parameter ``batch`` is the key of the batch that is taken back. What the person would be
told waits until the time is over (``held_until``), and is dropped where the decision is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, cast, delete, exists, func, literal, select

from models import Certificate, JournalEntry, Notice, Person
from models.enums import CertificateStatus
from workflow.core import Guard

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select, Table

    from models import Base
    from workflow.core import Firing

BATCH = "batch"
"""The parameter of a transition that takes something back: the key of the batch."""
WINDOW = timedelta(minutes=30)
AT_ONCE = "tell_at_once"
"""Set in ``session.info`` where nothing is ever taken back: the demo world."""

certificate, person = Certificate.__table__.c, Person.__table__.c
notice = Notice.__table__.c
entry, newest = JournalEntry.__table__.alias("undone").c, JournalEntry.__table__.alias("newest").c


def held_until(firing: Firing) -> datetime | None:
    """Return until when news of a decision that can be taken back waits."""
    return None if AT_ONCE in firing.session.info else firing.moment + WINDOW


def page_of(model: type[Base]) -> ColumnElement[str]:
    """Return the path of a row's page, for a statement on its table."""
    table = model.__table__
    endpoint = table.name.replace("_", "-")
    return literal(f"/admin/{endpoint}/details/?id=") + cast(table.c.id, Notice.link.type)


def drop_news(model: type[Base]) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that drops what would have been told about the decisions taken back."""

    def effect(firing: Firing, chosen: Select[int]) -> None:
        pages = select(page_of(model)).where(model.__table__.c.id.in_(chosen))
        dropped = and_(notice.batch_key == firing.parameters.get(BATCH), notice.link.in_(pages))
        firing.session.execute(delete(Notice.__table__).where(dropped))

    return effect


def drop_waiting_news(model: type[Base]) -> Callable[[Firing, Select[int]], None]:
    """Return an effect that drops what nobody was told of rows yet, whichever batch it came from."""

    def effect(firing: Firing, chosen: Select[int]) -> None:
        pages = select(page_of(model)).where(model.__table__.c.id.in_(chosen))
        waiting = notice.held_until > literal(firing.moment, Notice.held_until.type)
        firing.session.execute(delete(Notice.__table__).where(waiting, notice.link.in_(pages)))

    return effect


def decided_by_batch(table: Table, firing: Firing, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return whether the batch that is taken back decided about a row of ``table``, and how."""
    about = and_(
        entry.object_type == table.name,
        entry.object_id == table.c.id,
        entry.batch_id == firing.parameters.get(BATCH, ""),
    )
    return exists(select(literal(1)).where(about, *conditions).correlate(table))


def _is_newest(table: Table) -> ColumnElement[bool]:
    last = select(func.max(newest.id)).where(newest.object_type == table.name, newest.object_id == table.c.id)
    return entry.id == last.correlate(table).scalar_subquery()


def _certified_since(table: Table) -> ColumnElement[bool]:
    issued = and_(
        certificate.person_id == table.c.person_id,
        certificate.credit_year == table.c.credit_year,
        certificate.status == CertificateStatus.VALID,
        certificate.issued_at >= table.c.decided_at,
    )
    return exists(select(literal(1)).where(issued).correlate(table))


def _still_there(table: Table) -> ColumnElement[bool]:
    same = and_(
        person.id == table.c.person_id,
        person.employer_id == table.c.employer_id,
        person.region_code == table.c.region_code,
    )
    return exists(select(literal(1)).where(same).correlate(table))


def taking_back(model: type[Base], name: str) -> tuple[Guard, ...]:
    """Return the guards of taking back the transition called ``name``, in the order their sentences are shown."""
    table = model.__table__

    def decided(firing: Firing, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
        return decided_by_batch(table, firing, *conditions)

    guards = (
        Guard("not_of_batch", "不是这一批办理的", lambda firing: decided(firing, entry.action == name)),
        Guard("not_own_decision", "只能由原办理人撤回",
              lambda firing: decided(firing, entry.actor_id == firing.actor.account_id)),
        Guard("too_late", f"办理后已超过 {WINDOW.seconds // 60} 分钟，不能撤回",
              lambda firing: decided(firing, entry.moment > literal(firing.moment - WINDOW, JournalEntry.moment.type))),
        Guard("used_since", "办理之后又有新的操作，不能撤回", lambda firing: decided(firing, _is_newest(table))),
    )  # fmt: skip
    if "person_id" not in table.c:
        return guards
    moved = Guard("moved_since", "该人员已调往其他单位，或单位已改由其他区域管理，不能撤回",
                  lambda _firing: _still_there(table))  # fmt: skip
    return (*guards, moved)


def no_certificate_since(model: type[Base]) -> Guard:
    """Return the guard that nothing was certified on the strength of what is taken back."""
    return Guard(
        "certified_since",
        "该人员该年度已据此制发证书，不能撤回；确有错误的请用“撤销认定”",
        lambda _firing: ~_certified_since(model.__table__),
    )
