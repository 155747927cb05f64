"""The stage the demo story is played on: everybody acts in a session of his own, with his own scope."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from reportlab.pdfgen.canvas import Canvas

from models.base import today
from permissions.actor import VISITOR, load_actor
from permissions.engine import view_scope
from permissions.wall import ALL, ScopedSession, set_scope, unscoped
from services.certificate_text import TEXT_FONT, register_fonts
from services.registration import Credentials
from workflow import letters, undo
from workflow.engine import fire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection, Engine

    from permissions.actor import Actor
    from seed.demo_people import Citizen
    from services.media import MediaStore
    from workflow.core import Workflow

DEMO_PASSWORD = "Jijiaotong-2026"  # noqa: S105  (known to everybody: it opens the logins of the demo world only)
PAGE = 420, 297  # points
MARGIN, FIRST_LINE, LINE, POINTS = 40, 245, 26, 14


class DemoError(Exception):
    """The demo world cannot be built or played in; the text is a Chinese sentence for the operator."""


@dataclass
class Stage:
    """Where the story is played, and by whom.

    Attributes:
        bind: an engine (each act is a transaction of its own) or a connection inside a transaction (all acts
            together are one).
        store: keeps the attachments.
        hash_password: turns a password into its hash.
        accounts: key of the login by name of the office or employer it administers.
        offices: key of the organisation by its name.
    """

    bind: Engine | Connection
    store: MediaStore
    hash_password: Callable[[str], str]
    accounts: dict[str, int] = field(default_factory=dict)
    offices: dict[str, int] = field(default_factory=dict)

    @cached_property
    def today(self) -> date:
        """The day the story is played."""
        return today()

    @contextmanager
    def acting(self, account_id: int) -> Iterator[tuple[ScopedSession, Actor]]:
        """Open a session as the holder of a login; it commits at the end.

        Raises:
            DemoError: the login may not act.
        """
        with self._session() as session:
            with unscoped(session, "who acts decides the scope"):
                actor = load_actor(session, account_id)
            if actor is None:
                raise DemoError(f"第 {account_id} 号账户不能办理业务：未审核、已停用，或所属机构已停用")
            set_scope(session, view_scope(actor))
            yield session, actor
            session.commit()

    @contextmanager
    def visiting(self) -> Iterator[ScopedSession]:
        """Open a session as a visitor; it commits at the end."""
        with self._session() as session:
            set_scope(session, view_scope(VISITOR))
            yield session
            session.commit()

    @contextmanager
    def watching(self) -> Iterator[ScopedSession]:
        """Open a session that sees everything, for the set-up and for looking at results; it commits at the end."""
        with self._session() as session:
            set_scope(session, ALL)
            yield session
            session.commit()

    def _session(self) -> ScopedSession:
        """Open a session whose mails are never sent and whose news wait for nothing: nobody takes the story back."""
        return ScopedSession(
            self.bind,
            join_transaction_mode="create_savepoint",
            info={letters.WITHHOLD: True, undo.AT_ONCE: True},
        )

    def fire(
        self,
        account_id: int,
        workflow: Workflow,
        transition: str,
        ids: Sequence[int],
        *,
        reason: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> int:
        """Fire a transition as the holder of a login and return how many rows it moved; none is no firing.

        Raises:
            DemoError: a row was skipped: the story asks for something the workflow does not allow.
        """
        if not ids:
            return 0
        with self.acting(account_id) as (session, actor):
            outcome = fire(
                session, actor, workflow, transition, ids,
                today=self.today, reason=reason, parameters=parameters,
            )  # fmt: skip
            if outcome.done != len(ids):
                skipped = "、".join(f"{name} {count} 条" for name, count in outcome.counts.items())
                raise DemoError(f"“{workflow[transition].label}”没有处理全部 {len(ids)} 条记录：{skipped}")
        return outcome.done


def credentials(citizen: Citizen) -> Credentials:
    """Return the account block a citizen of the demo world types in."""
    return Credentials(citizen.citizen_id, DEMO_PASSWORD, citizen.name, citizen.mobile, citizen.email)


def proof(*lines: str) -> bytes:
    """Return a small PDF with these lines, as proof of something that never happened."""
    register_fonts()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=PAGE, invariant=1)
    canvas.setTitle(lines[0])
    canvas.setFont(TEXT_FONT, POINTS)
    for position, line in enumerate((*lines, "（演示材料，内容均为虚构）")):
        canvas.drawString(MARGIN, FIRST_LINE - LINE * position, line)
    canvas.showPage()
    canvas.save()
    return target.getvalue()
