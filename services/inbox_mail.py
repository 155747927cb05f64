"""What of an inbox goes by mail: chosen by its owner, written by the worker, into the outbox, in the transaction that says so.

``notice.mailed_at`` says that a message went, or that a letter said the same; a digest is besides one row for (account, day).
A worker that is killed took both back, and another begins again. Messages held back are not mailed before they are shown.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, literal, or_, select, update

from models import Account, MailDigest, MailPreference, Notice
from models.base import CHINA, label_of, now
from models.enums import AccountStatus, MailChoice
from models.types import UtcDateTime
from permissions import engine as permissions
from permissions.verbs import Verb
from services import journal, settings
from services.errors import InputError
from services.mail import KEPT
from workflow import letters
from workflow.postings import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

PORTION = 200
"""Mails written in one transaction."""
LISTED = 30
"""Messages a digest names; it says how many more there are."""
INBOX = "/admin/notice/"

account, notice = Account.__table__.c, Notice.__table__.c
preference, digest = MailPreference.__table__.c, MailDigest.__table__.c


# ---------------------------------------------------------------- choosing
def choice_of(session: Session, actor: Actor) -> MailChoice:
    """Return what an account chose; nothing by mail where it never did."""
    row = _own(session, actor)
    return row.choice if row else MailChoice.NEVER


def choose(session: Session, actor: Actor, chosen: str | None, *, request_id: str | None = None) -> bool:
    """Store another choice, which holds for messages from now on; return whether anything changed. The caller commits.

    Raises:
        InputError: ``choice``.
    """
    new = next((one for one in MailChoice if one.value == chosen), None)
    if new is None:
        raise InputError({"choice": f"请选择“{label_of(MailPreference, 'choice')}”"})
    before = choice_of(session, actor)
    if new is before:
        return False
    row = _own(session, actor) or MailPreference(account_id=actor.account_id)
    row.choice, row.chosen_at = new, now()
    session.add(row)
    if not permissions.allows(session, actor, Verb.EDIT, row):
        raise PermissionError("somebody else's choice")
    journal.record(
        session, actor, "account", actor.account_id or 0, "edit",
        details={"choice": [label_of(MailPreference, "choice"), before.label, new.label]}, request_id=request_id,
    )  # fmt: skip
    return True


def address_of(session: Session, actor: Actor) -> str:
    """Return where the mails of an account go; empty where it has no address."""
    return session.scalar(select(Account.email).where(Account.id == actor.account_id)) or ""


def _own(session: Session, actor: Actor) -> MailPreference | None:
    return session.scalars(
        select(MailPreference).where(MailPreference.account_id == actor.account_id)
    ).first()


# ---------------------------------------------------------------- writing
def write_at_once(session: Session, moment: datetime) -> int:
    """Write a mail for each new message of those who want every one; return how many. The caller commits.

    Args:
        session: a session that sees everything.
        moment: now.
    """
    rows = session.execute(
        select(notice.id, notice.title, notice.body, notice.link, account.email, account.real_name)
        .where(*_wanted(MailChoice.AT_ONCE, moment))
        .order_by(notice.id)
        .limit(PORTION)
        .with_for_update(
            of=Notice.__table__, skip_locked=True
        )  # PostgreSQL; SQLite lets one writer in at a time
    ).all()
    mails = [
        (row.email, {"name": row.real_name, "title": row.title, "body": row.body, "path": row.link or INBOX})
        for row in rows
    ]
    letters.write(session, "inbox_message", mails, moment)
    _mark(session, [row.id for row in rows], moment)
    return len(mails)


def write_digests(session: Session, moment: datetime) -> int:
    """Write the digest of the day for those who want one and have unread messages; return how many. The caller commits.

    Nothing is written before the hour the system administrator set (``settings.DIGEST_HOUR``), by China's clock.

    Args:
        session: a session that sees everything.
        moment: now.
    """
    local = moment.astimezone(CHINA)
    if local.hour < settings.value(session, settings.DIGEST_HOUR):
        return 0
    had = exists(literal(1)).where(digest.account_id == account.id, digest.day == local.date())
    due = session.scalars(
        select(account.id)
        .where(*_wanted(MailChoice.DAILY, moment), ~had)
        .distinct()
        .order_by(account.id)
        .limit(PORTION)
    ).all()
    taken = _take(session, due, moment)
    if not taken:
        return 0
    rows = session.execute(
        select(notice.id, notice.title, notice.created_at, notice.held_until, notice.account_id, account.email,
               account.real_name)
        .where(*_wanted(MailChoice.DAILY, moment), account.id.in_(taken))
        .order_by(notice.account_id, notice.id.desc())
    ).all()  # fmt: skip
    mails = [_digest(list(group)) for _, group in groupby(rows, key=lambda row: row.account_id)]
    letters.write(session, "inbox_digest", mails, moment)
    _mark(session, [row.id for row in rows], moment)
    return len(mails)


def _take(session: Session, due: Sequence[int], moment: datetime) -> list[int]:
    """Return those whose digest of the day is this worker's to write: the unique key lets another one's stand."""
    if not due:
        return []
    day = moment.astimezone(CHINA).date()
    rows = [{"account_id": key, "day": day, "written_at": moment} for key in due]
    taken = (
        upsert(session, MailDigest.__table__)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["account_id", "day"])
        .returning(digest.account_id)
    )
    return list(session.scalars(taken))


def _wanted(choice: MailChoice, moment: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of unread messages to be mailed, of accounts that chose so and have an address."""
    at = literal(moment, UtcDateTime())
    shown_at = func.coalesce(notice.held_until, notice.created_at)
    return (
        preference.choice == choice,
        account.id == preference.account_id,
        account.status == AccountStatus.ACTIVE,
        account.email != "",
        notice.account_id == account.id,
        notice.read_at.is_(None),
        notice.mailed_at.is_(None),
        or_(notice.held_until.is_(None), notice.held_until <= at),
        and_(shown_at > preference.chosen_at, shown_at <= at),
    )


def _digest(rows: list[Any]) -> tuple[str, dict[str, Any]]:
    """Return address and values of a digest of the messages of one account, the newest first."""
    lines = [
        f"{(row.held_until or row.created_at).astimezone(CHINA):%m-%d %H:%M}　{row.title}"
        for row in rows[:LISTED]
    ]
    return rows[0].email, {
        "name": rows[0].real_name,
        "count": len(rows),
        "lines": lines,
        "more": len(rows) - len(lines),
        "path": INBOX,
    }


def _mark(session: Session, keys: list[int], moment: datetime) -> None:
    session.execute(update(Notice.__table__).where(notice.id.in_(keys)).values(mailed_at=moment))


def forget(session: Session, moment: datetime) -> int:
    """Delete the record of digests older than the mails themselves are kept; return how many. The caller commits."""
    gone = session.execute(
        delete(MailDigest.__table__).where(digest.day < (moment - KEPT).date()).returning(digest.id)
    )
    return len(gone.scalars().all())
