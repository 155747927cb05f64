"""The outbox: writing one mail, and keeping book of what the worker takes and sends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, select, update

from models import OutgoingMail
from models.enums import MailState
from permissions.wall import unscoped
from workflow import letters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

LEASE = timedelta(minutes=15)
"""How long a taken mail is nobody else's; a worker that died held it no longer than that."""
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440))
"""How long to wait after the first, second, … attempt; after the last one there is none: about two days."""
KEPT = timedelta(days=90)

mail = OutgoingMail.__table__.c


class Taken(NamedTuple):
    """A mail in the hands of one worker until its lease ends.

    Attributes:
        id: key of the row.
        key: random name; the mail has it on every attempt.
        recipient: address.
        subject: one line.
        body: plain text.
        html: the same as a page, or empty.
        created_at: when it was written.
        attempts: which attempt this is, from 1.
        due_at: when the lease ends.
    """

    id: int
    key: str
    recipient: str
    subject: str
    body: str
    html: str
    created_at: datetime
    attempts: int
    due_at: datetime


def send(session: Session, to: str, template: str, **values: Any) -> None:
    """Put a mail into the outbox, in the transaction that causes it; the worker sends it after the commit.

    Args:
        session: the transaction; the caller commits.
        to: the recipient's address. One that nothing can be delivered to is recorded as failed, for the operator:
            whoever asked must not learn from it who has an address here.
        template: name of the letter, ``templates/mail/<name>.txt`` (and ``.html``).
        **values: what the head of the template asks for.

    Raises:
        jinja2.TemplateError: no such letter, or a value is missing: a programming error.
    """
    with unscoped(session, "the outbox is nobody's to read"):
        letters.write(session, template, [(to, values)])


def take(session: Session, moment: datetime, limit: int) -> list[Taken]:
    """Take mails that are due, the longest waiting first; no other worker gets them before their lease ends.

    The caller commits before it sends.

    Args:
        session: a session that sees everything.
        moment: now.
        limit: how many at most.
    """
    due = (
        select(mail.id)
        .where(mail.state == MailState.WAITING, mail.due_at <= moment)
        .order_by(mail.due_at, mail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL; SQLite lets one writer in at a time
        .cte("due")
    )
    rows = session.execute(
        update(OutgoingMail.__table__)
        .where(mail.id.in_(select(due.c.id)))
        .values(attempts=mail.attempts + 1, due_at=moment + LEASE)
        .returning(*(mail[name] for name in Taken._fields))
    )
    return sorted((Taken(*row) for row in rows), key=lambda taken: (taken.created_at, taken.id))


def record_sent(session: Session, taken: Taken, moment: datetime) -> None:
    """Write down that a mail went, and drop its text; the caller commits.

    Args:
        session: a session that sees everything.
        taken: the mail.
        moment: when it went.
    """
    session.execute(
        update(OutgoingMail.__table__)
        .where(mail.id == taken.id)
        .values(state=MailState.SENT, sent_at=moment, error="", body="", html="")
    )


def record_failure(
    session: Session, failed: Sequence[Taken], moment: datetime, error: str, *, final: bool
) -> None:
    """Write down that an attempt failed: the mails are due again later, or given up; the caller commits.

    A mail that another worker took or sent meanwhile is left alone.

    Args:
        session: a session that sees everything.
        failed: the mails.
        moment: when.
        error: the reason, a Chinese sentence for the operator.
        final: whether another attempt would be in vain.
    """
    for taken in failed:
        given_up = final or taken.attempts > len(DELAYS)
        values: dict[str, Any] = {"error": error}
        values |= {"state": MailState.FAILED} if given_up else {"due_at": moment + DELAYS[taken.attempts - 1]}
        session.execute(
            update(OutgoingMail.__table__)
            .where(mail.id == taken.id, mail.state == MailState.WAITING, mail.attempts == taken.attempts)
            .values(values)
        )


def forget(session: Session, moment: datetime) -> int:
    """Delete mails that came to an end and are older than 90 days; the caller commits.

    Args:
        session: a session that sees everything.
        moment: now.

    Returns:
        How many.
    """
    gone = session.execute(
        delete(OutgoingMail.__table__)
        .where(mail.state != MailState.WAITING, mail.created_at < moment - KEPT)
        .returning(mail.id)
    )
    return len(gone.scalars().all())
