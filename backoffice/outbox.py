"""Sends what lies in the outbox: the worker does, every minute and when a request has just put a mail there."""

from __future__ import annotations

import html
import logging
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from backoffice.carriers import Carrier, CarryError, Folder, Smtp, sender_of, server_of
from backoffice.waking import on_commit
from models.base import CHINA, now
from models.mail import PUBLIC_URL
from services import mail
from workflow.letters import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy.orm import Session

    from backoffice.config import Settings
    from services.mail import Taken

BATCH = 20
"""Mails taken at once: far fewer than leave within a lease."""
ROUNDS = 50
"""Batches of one run; then other jobs have their turn, and the next minute goes on."""
SAFETY = timedelta(minutes=5)
"""What one mail may take, every answer of the server as late as can be: none is begun so shortly before its lease ends."""
POLICY = SMTP.clone(cte_type="7bit")  # any server takes it
log = logging.getLogger(__name__)


def carrier_of(settings: Settings) -> Carrier:
    """Return what takes mails away in this installation: a mail server, or the folder ``outbox`` below ``VAR``."""
    sender = sender_of(settings.mail_from)
    if settings.mail_url:
        return Smtp(server_of(settings.mail_url), sender)
    return Folder(settings.var / "outbox", sender)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Takes mails out of the outbox and gives them to a carrier, each recorded as sent before the next goes.

    Attributes:
        opened: opens a transaction that sees everything, and commits it.
        carrier: what takes the mails away.
        public_url: the system's address.
        clock: tells the moment.
    """

    opened: Callable[[], AbstractContextManager[Session]]
    carrier: Carrier
    public_url: str
    clock: Callable[[], datetime] = now

    def run(self) -> int:
        """Send what is due and return how many mails went."""
        total = 0
        with self.carrier:
            for _ in range(ROUNDS):
                with self.opened() as session:
                    batch = mail.take(session, self.clock(), BATCH)
                sent, others_may = self._send(batch)
                total += sent
                if not batch or not others_may:
                    break
        return total

    def _send(self, batch: list[Taken]) -> tuple[int, bool]:
        """Send a batch; return how many mails went, and whether others may follow."""
        sent = 0
        for position, taken in enumerate(batch):
            if self.clock() > taken.due_at - SAFETY:
                return sent, False
            if error := self._attempt(taken):
                failed = batch[position:] if error.stop else [taken]
                log.warning("%d mail(s) not sent, the first is no. %d: %s", len(failed), taken.id, error)
                with self.opened() as session:
                    mail.record_failure(session, failed, self.clock(), error.report, final=error.final)
                if error.stop:
                    return sent, False
            else:
                with self.opened() as session:
                    mail.record_sent(session, taken, self.clock())
                sent += 1
        return sent, True

    def _attempt(self, taken: Taken) -> CarryError | None:
        try:
            message = message_of(taken, self.carrier.sender, self.public_url)
            self.carrier.carry(f"{taken.created_at:%Y%m%dT%H%M%SZ}-{taken.key}", taken.recipient, message)
        except CarryError as error:
            return error
        except Exception as error:  # one mail that cannot be written must not hold up the others for ever
            log.exception("mail no. %d", taken.id)
            return CarryError("系统出错，邮件没有发出", type(error).__name__)
        return None


def message_of(taken: Taken, sender: Address, public_url: str) -> EmailMessage:
    """Return a mail with its head, the same on every attempt: servers may recognise a second copy by its Message-ID.

    Args:
        taken: the mail.
        sender: whom it comes from.
        public_url: the system's address.
    """
    message = EmailMessage(POLICY)
    message["From"] = sender
    message["To"] = Address(addr_spec=taken.recipient)
    message["Subject"] = taken.subject
    message["Date"] = format_datetime(taken.created_at.astimezone(CHINA))
    message["Message-ID"] = f"<{taken.key}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes in answer
    message.set_content(taken.body.replace(PUBLIC_URL, public_url))
    if taken.html:
        message.add_alternative(taken.html.replace(PUBLIC_URL, html.escape(public_url)), subtype="html")
    return message


def _tell(_written: bool) -> None:  # noqa: FBT001  (the mark itself says nothing more)
    from backoffice.jobs import deliver_mail  # noqa: PLC0415  (the jobs build the application, which listens here)

    deliver_mail()


on_commit(WRITTEN, _tell)
