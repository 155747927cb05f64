"""Telling the holder of a login what was done to it, by message and mail, where no transition does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.base import now, today
from workflow.core import Firing
from workflow.effects import tell_applicant
from workflow.selection import keys

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor


def tell_holder(session: Session, actor: Actor, account_id: int, title: str, letter: str) -> None:
    """Put ``title`` into the inbox of an account and mail ``letter`` to its holder; must run inside ``unscoped``.

    Args:
        session: the transaction that causes it; the caller commits.
        actor: who did it.
        account_id: whose login.
        title: what the inbox shows.
        letter: name of the letter.
    """
    tell_applicant(title, letter)(Firing(session, actor, now(), today()), keys(session, [account_id]))
