"""Small words for workflow tests, which fire as the world's people do: through a session with their own view."""

from __future__ import annotations

import contextlib

from factories import TODAY
from sqlalchemy import func, select

from models import Batch, BatchItem, Certificate, Claim, JournalEntry, LedgerEntry, Notice, YearSummary
from permissions.actor import Actor
from workflow import engine
from workflow.account import ACCOUNT
from workflow.claim import CLAIM
from workflow.correction import CORRECTION
from workflow.organization import ORGANIZATION
from workflow.organization_change import ORGANIZATION_CHANGE
from workflow.person import PERSON
from workflow.transfer import TRANSFER

REASON = "材料与所填内容不符"


class Stage:
    """The world, and what can be done on it."""

    def __init__(self, world, connection, open_session):
        self.world, self.connection, self.open = world, connection, open_session
        self.system = open_session("all")

    def actor(self, name):
        return self.world.actors[name]

    @property
    def today(self):
        return TODAY

    @staticmethod
    def actor_of(account):
        """Return the actor of an account of any status."""
        return Actor(account.id, account.user_type, account.organization_id, account.person_id,
                     citizen_id_index=account.citizen_id_index)  # fmt: skip

    def fire(self, who, name, *rows, table=CLAIM, today=TODAY, **more):
        """Fire as ``who`` on rows or keys and commit."""
        keys = [getattr(row, "id", row) for row in rows]
        with self.acting(who) as (session, actor):
            return engine.fire(session, actor, table, name, keys, today=today, **more)

    def preview(self, who, name, *rows, table=CLAIM, **more):
        """Tell what firing would do."""
        keys = [getattr(row, "id", row) for row in rows]
        with self.acting(who) as (session, actor):
            return engine.preview(session, actor, table, name, keys, today=TODAY, **more)

    @contextlib.contextmanager
    def acting(self, who):
        """Open a session as somebody. Savepoints of one connection end in the order they began, reversed."""
        actor = self.actor(who) if isinstance(who, str) else who
        self.system.commit()
        session = self.open(actor)
        try:
            yield session, actor
            session.commit()
        finally:
            session.close()

    def told(self, who, name, row, **more):
        """Fire on one row and return what became of it."""
        (outcome,) = self.fire(who, name, row, **more).counts
        return outcome

    def row(self, model, name):
        return self.system.get(model, self.world.id(model, name))

    def row_of(self, row):
        """Return a row as it is stored now."""
        self.system.refresh(row)
        return row

    def count(self, model, *conditions):
        return self.system.scalar(select(func.count()).select_from(model).where(*conditions))

    def traces(self):
        """Count what a firing leaves behind besides its batch."""
        return {
            model: self.count(model)
            for model in (JournalEntry, LedgerEntry, YearSummary, Notice, Certificate)
        }

    def status(self, row):
        return self.system.scalar(
            select(type(row).__table__.c[row.__status__]).where(type(row).__table__.c.id == row.id)
        )

    def last_journal(self, row):
        return self.system.scalars(
            select(JournalEntry).where(JournalEntry.object_id == row.id, JournalEntry.object_type == row.__tablename__)
            .order_by(JournalEntry.id.desc()).limit(1)
        ).one()  # fmt: skip

    def outcomes(self, key):
        rows = self.system.execute(
            select(BatchItem.object_id, BatchItem.outcome).where(BatchItem.batch_key == key)
        )
        return dict(rows.all())

    def batch(self, key):
        return self.system.scalars(select(Batch).where(Batch.key == key)).one()

    def summary(self, person, year):
        return self.system.scalars(
            select(YearSummary).where(YearSummary.person_id == person.id, YearSummary.credit_year == year)
        ).one_or_none()

    def entries(self, claim):
        return self.system.scalars(
            select(LedgerEntry).where(LedgerEntry.source_id == claim.id).order_by(LedgerEntry.id)
        ).all()


__all__ = [
    "ACCOUNT", "CLAIM", "CORRECTION", "ORGANIZATION", "ORGANIZATION_CHANGE", "PERSON", "REASON", "TRANSFER", "Claim", "Stage",
]  # fmt: skip
