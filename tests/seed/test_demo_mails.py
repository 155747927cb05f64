"""The demo world tells its applicants as every world does, but nobody's mailbox is troubled."""

from __future__ import annotations

from sqlalchemy import func, select

from models import OutgoingMail
from permissions.wall import ALL, ScopedSession, set_scope


def test_mails_of_the_demo_world_wait_for_nobody(demo_world):
    mail = OutgoingMail
    with ScopedSession(demo_world.engine) as session:
        set_scope(session, ALL)
        found = session.execute(
            select(mail.template, mail.state, func.max(func.length(mail.body)))
            .group_by(mail.template, mail.state)
            .order_by(mail.template)
        ).all()
    assert [tuple(row) for row in found] == [
        ("account_approved", "withheld", 0),
        ("account_rejected", "withheld", 0),
        ("organization_change_approved", "withheld", 0),
        ("request_news", "withheld", 0),
    ]
