"""Mails are written here and sent by the worker: a rolled back decision sends none, a committed one surely does.

A letter is ``templates/mail/<name>.txt``: ``Subject: …`` in its first line, an empty line, the text; beside it there may
be ``<name>.html``. ``public_url`` is known to every template. Values are texts, or lists of them; a citizen id among them is masked.
"""

from __future__ import annotations

import re
import uuid
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from email_validator import EmailNotValidError, validate_email
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, select_autoescape
from sqlalchemy import insert

from models import OutgoingMail
from models.base import now
from models.enums import MailState
from models.identifiers import mask_citizen_id
from models.mail import PUBLIC_URL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

FOLDER = Path(__file__).parents[1] / "templates" / "mail"
WITHHOLD = "withhold_mail"
"""Set in ``session.info`` where mails are recorded and never sent: the demo world."""
WRITTEN = "mail_written"
"""Set in ``session.info`` once this transaction has a mail that waits."""
UNDELIVERABLE = "收件人没有可以投递的电子邮箱"
_CITIZEN_ID = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{16}[\dXx](?![0-9A-Za-z])", re.ASCII)


class Letter(NamedTuple):
    """A mail as it reads."""

    subject: str
    body: str
    html: str


def render(template: str, values: Mapping[str, Any]) -> Letter:
    """Return a letter with its values filled in.

    Args:
        template: name of the letter.
        values: what the head of the template asks for.

    Raises:
        jinja2.TemplateNotFound: there is no such letter.
        jinja2.UndefinedError: a value is missing.
        ValueError: the template does not begin with its subject.
    """
    environment = _environment(FOLDER)
    filled = {name: _masked(value) for name, value in values.items()}
    head, _, body = environment.get_template(f"{template}.txt").render(filled).strip().partition("\n\n")
    if not head.startswith("Subject:"):
        raise ValueError(f"templates/mail/{template}.txt does not begin with its subject")
    try:
        html = environment.get_template(f"{template}.html").render(filled).strip()
    except TemplateNotFound as missing:
        if missing.name != f"{template}.html":
            raise
        html = ""
    return Letter(" ".join(head.removeprefix("Subject:").split()), f"{body.strip()}\n", html)


def write(
    session: Session,
    template: str,
    mails: Iterable[tuple[str, Mapping[str, Any]]],
    moment: datetime | None = None,
) -> None:
    """Put a letter to each recipient into the outbox: one statement, whatever their number.

    An address nothing can be delivered to fails alone, and says so.

    Args:
        session: the transaction that causes the mails; it may write to any table.
        template: name of the letter.
        mails: recipient's address, and the values of the letter to him.
        moment: when; now where not given.
    """
    at = moment or now()
    rows = [
        _row(template, recipient, values, at, withheld=WITHHOLD in session.info)
        for recipient, values in mails
    ]
    if not rows:
        return
    session.execute(insert(OutgoingMail.__table__), rows)
    if any(row["state"] is MailState.WAITING for row in rows):
        session.info[WRITTEN] = True


def _row(
    template: str, recipient: str, values: Mapping[str, Any], moment: datetime, *, withheld: bool
) -> dict[str, Any]:
    letter = render(template, values)
    address = _deliverable(recipient)
    state = MailState.WITHHELD if withheld else MailState.WAITING if address else MailState.FAILED
    kept = state is MailState.WAITING
    return {
        "key": uuid.uuid4().hex,
        "template": template,
        "recipient": address or "",
        "subject": letter.subject,
        "body": letter.body if kept else "",
        "html": letter.html if kept else "",
        "state": state,
        "created_at": moment,
        "due_at": moment,
        "error": "" if address else UNDELIVERABLE,
    }


def _deliverable(address: str) -> str | None:
    """Return an address as a mail server takes it; ``None`` for what is none, a header of its own above all."""
    try:
        return validate_email(address, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


def _masked(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_masked(part) for part in value]
    if not isinstance(value, str):
        return value
    return _CITIZEN_ID.sub(lambda found: mask_citizen_id(found[0]), value)


@cache
def _environment(folder: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["public_url"] = PUBLIC_URL
    return environment
