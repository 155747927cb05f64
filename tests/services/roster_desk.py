"""Words the tests of students share: an institution's administrator at work on a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from workbooks import workbook

from models import Enrollment, Grade, ImportRow, ImportRun, JournalEntry, Person, TrainingClass
from services import enrolling, import_runs, importing
from services.importers import IMPORTERS
from services.roster_import import RosterImport

HEAD = ("姓名*", "身份证号*", "单位", "手机", "出勤率", "成绩", "备注")


@dataclass
class Desk:
    """Sessions of one test share its connection, one after the other."""

    world: Any
    open: Any
    klass: str = "class-running"
    who: str = "academy_admin"

    @property
    def actor(self):
        return self.world.actors[self.who]

    @property
    def class_id(self):
        return self.world.id(TrainingClass, self.klass)

    def watching(self):
        return self.open("all")

    def set_class(self, **values):
        with self.watching() as session:
            session.execute(
                update(TrainingClass.__table__)
                .where(TrainingClass.__table__.c.id == self.class_id)
                .values(**values)
            )
            session.commit()

    def number(self, name):
        """Return the citizen id of somebody of the world."""
        with self.watching() as session:
            return session.get(Person, self.world.id(Person, name)).citizen_id

    def row(self, who="doctor", **typed):
        """Return a row of the sheet for somebody of the world."""
        filled = {"姓名*": who, "身份证号*": self.number(who), **typed}
        return [filled.get(label, "") for label in HEAD]

    def check(self, rows, *, head=HEAD, above=(), data=None):
        with self.open(self.actor) as session:
            data = workbook(rows, head, sheet="学员", above=above) if data is None else data
            run = importing.check(session, self.actor, RosterImport(self.class_id), "学员.xlsx", data)
            session.commit()
            return run.id

    def begin(self, run):
        with self.open(self.actor) as session:
            import_runs.start(session, self.actor, session.get(ImportRun, run))
            session.commit()

    def portion(self, run, *, killed=False):
        with self.watching() as session:
            more = import_runs.advance(session, IMPORTERS, run)
            session.rollback() if killed else session.commit()
            return more

    def carry_out(self, run):
        self.begin(run)
        while self.portion(run):
            pass

    def enrol(self, *people, **typed):
        with self.open(self.actor) as session:
            entries = [enrolling.Entry(self.world.id(Person, name), **typed) for name in people]
            keys = enrolling.enrol(session, self.actor, self.class_id, entries)
            session.commit()
            return keys

    def counts(self, run):
        """Return rows of a run: all, good, bad, known, done."""
        with self.watching() as session:
            run = session.get(ImportRun, run)
            return run.row_count, run.good_count, run.bad_count, run.known_count, run.done_count

    def errors(self, run):
        """Return (row, column) → sentence of what a check found."""
        with self.watching() as session:
            rows = session.scalars(select(ImportRow).where(ImportRow.run_id == run))
            return {(row.number, error["column"]): error["sentence"] for row in rows for error in row.errors}

    def student(self, name):
        """Return somebody's enrolment in the class with his grade; ``None`` where he is not in it."""
        with self.watching() as session:
            statement = (
                select(Enrollment, Grade)
                .outerjoin(Grade, Grade.enrollment_id == Enrollment.id)
                .where(
                    Enrollment.class_id == self.class_id,
                    Enrollment.person_id == self.world.id(Person, name),
                )
            )
            found = session.execute(statement).one_or_none()
            session.expunge_all()
            return found

    def journal(self, student):
        """Return (action, details) of what the journal says about a student."""
        with self.watching() as session:
            rows = select(JournalEntry.action, JournalEntry.details).where(
                JournalEntry.object_type == "enrollment", JournalEntry.object_id == student
            )
            return [tuple(row) for row in session.execute(rows.order_by(JournalEntry.id))]

    def facts(self):
        """Return everything an import of students may change."""
        with self.watching() as session:
            tables = (Enrollment.__table__, Grade.__table__, JournalEntry.__table__)
            return [session.execute(table.select().order_by(table.c.id)).all() for table in tables[:2]] + [
                session.scalar(select(func.count()).select_from(tables[2]))
            ]
