"""A sheet of 5 000 passed grades is approved as a whole: hours to ledger and year summaries, a notice to each student."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, literal, select, text
from sqlalchemy.orm import Session

from benchmarks.approve_10000 import PLAN, UPSERT_SUMMARIES, summary_of
from benchmarks.batches import CLAIMS_EACH, FACTS, TODAY, Job, contest
from benchmarks.databases import scratch
from benchmarks.plain import PlainEntry, PlainGrade, PlainJournal, PlainNotice, PlainSheet, PlainSummary, new
from models import (
    Account,
    Claim,
    Enrollment,
    Grade,
    GradeSheet,
    Organization,
    Person,
    TrainingClass,
    TrainingPlan,
)
from models.base import now
from models.enums import (
    ClassStatus,
    EntryKind,
    GradeResult,
    GradeStatus,
    OrganizationKind,
    SheetStatus,
    SourceType,
)
from permissions.actor import load_actor
from permissions.engine import view_scope
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.load import load
from seed.load_rows import organization
from workflow.engine import fire
from workflow.grading import GRADE_SHEET

if TYPE_CHECKING:
    from datetime import datetime

    from benchmarks.databases import Store
    from benchmarks.figures import Figure
    from models import Base

NAME = "grade_sheet_5000"
HALF = 2
"""The name of the contract says 5 000, the command line counts in tens of thousands."""
YEAR, HOURS = 2026, 30
CLASS_NAME = "公需科目培训班"
CALLED = f"{CLASS_NAME} {CLASS_NAME}"
"""What messages call the class: plan and class bear the same name here."""
TABLES = {
    **{model: names for model, names in FACTS.items() if model is not Claim},
    Grade: ("id", "status", "hours", "decided_by_id", "reason", "revision"),
    GradeSheet: ("id", "status", "decided_by_id", "reason", "revision"),
}
MOVE_SHEET = """
    UPDATE grade_sheet SET status = 'approved', status_since = :moment, revision = revision + 1,
        decided_by_id = :actor, decided_at = :moment, reason = NULL
    WHERE id {ids} AND status = 'submitted'
"""
MOVE_ROWS = """
    UPDATE grade SET status = 'approved', status_since = :moment, revision = revision + 1,
        decided_by_id = :actor, decided_at = :moment, reason = NULL
    WHERE sheet_id {ids} AND status = 'submitted'
"""
JOURNAL_OF_SHEET = """
    INSERT INTO journal_entry (moment, actor_id, actor_organization_id, object_type, object_id, action, from_status,
        to_status, details, batch_id)
    SELECT :moment, :actor, :organization, 'grade_sheet', id, 'approve', 'submitted', 'approved', '{}', :batch
    FROM grade_sheet WHERE id {ids}
"""
JOURNAL_OF_ROWS = """
    INSERT INTO journal_entry (moment, actor_id, actor_organization_id, on_behalf_of_id, object_type, object_id,
        action, from_status, to_status, details, batch_id)
    SELECT :moment, :actor, :organization, person_id, 'grade', id, 'approve', 'submitted', 'approved', '{}', :batch
    FROM grade WHERE sheet_id {ids}
"""
INSERT_LEDGER = """
    INSERT INTO ledger_entry (person_id, employer_id, region_code, authority_id, credit_year, subject, kind, hours,
        completes_specialty_year, source_type, source_id, round, posted_by_id, posted_at)
    SELECT person_id, employer_id, region_code, authority_id, credit_year, subject, 'posting', hours, false, 'grade', id, 0,
        :actor, :moment
    FROM grade WHERE sheet_id {ids} AND result <> 'failed'
"""
SUMMARIES = UPSERT_SUMMARIES.replace("awarded_hours", "hours").replace(
    "FROM claim WHERE id {ids}", "FROM grade WHERE sheet_id {ids} AND result <> 'failed'"
)
TELL_STUDENTS = """
    INSERT INTO notice (account_id, title, body, link, created_at)
    SELECT account.id, '培训成绩已认定：' || training_plan.name || ' ' || training_class.name, '', '/admin/grade/details/?id=' || grade.id, :moment
    FROM grade JOIN training_class ON training_class.id = grade.class_id
        JOIN training_plan ON training_plan.id = training_class.plan_id JOIN account ON account.person_id = grade.person_id
    WHERE grade.sheet_id {ids} AND account.status = 'active' AND account.user_type = 'person'
"""
TELL_INSTITUTION = """
    INSERT INTO notice (account_id, title, body, link, created_at)
    SELECT account.id, '成绩单已办结：' || training_plan.name || ' ' || training_class.name, '', '/admin/grade-sheet/details/?id=' || grade_sheet.id, :moment
    FROM grade_sheet JOIN training_class ON training_class.id = grade_sheet.class_id
        JOIN training_plan ON training_plan.id = training_class.plan_id JOIN account ON account.organization_id = grade_sheet.organization_id
    WHERE grade_sheet.id {ids} AND account.status = 'active'
"""


def measure(kind: str, *, rows: int, runs: int, rivals: bool = True) -> Figure:
    """Measure ``rows`` / 2 passed rows of one sheet.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: twice the number of students.
        runs: timed runs of our way and of the lower bound, in turns.
        rivals: whether the rival runs too, once.
    """
    with scratch(kind) as store:
        job = prepare(store, max(1, rows // HALF))
        others = {"orm_loop_one_transaction": orm_loop} if rivals else {}
        return contest(NAME, job, ours, bare, others, runs, TABLES)


def ours(job: Job) -> None:
    """Decide through the workflow engine, on a session with the actor's scope, as a request does."""
    with ScopedSession(job.store.engine) as session:
        set_scope(session, view_scope(job.actor))
        outcome = fire(session, job.actor, GRADE_SHEET, "approve", job.ids, today=TODAY)
        session.commit()
    if outcome.done != len(job.ids):
        raise RuntimeError(f"{NAME}: {dict(outcome.counts)}")


def bare(job: Job) -> None:
    """Write the same rows with bare statements: no guards, no locks in order, no batch items."""
    job.bare(MOVE_SHEET, MOVE_ROWS, JOURNAL_OF_SHEET, JOURNAL_OF_ROWS, INSERT_LEDGER, SUMMARIES, TELL_STUDENTS,
             TELL_INSTITUTION)  # fmt: skip


def orm_loop(job: Job) -> None:
    """Decide row by row in one transaction, looking everything up where it is needed."""
    moment, batch = now(), uuid.uuid4().hex
    with Session(job.store.engine) as session:
        sheet: Any = session.get(PlainSheet, job.ids[0])
        table: Any = PlainGrade
        for key in session.scalars(
            select(table.id).where(table.sheet_id == sheet.id).order_by(table.id)
        ).all():
            row: Any = session.get(PlainGrade, key)
            if row.status == GradeStatus.SUBMITTED:
                _approve_row(session, job, row, moment, batch)
        _decide(job, sheet, SheetStatus.APPROVED, moment)
        session.add(_journal(job, "grade_sheet", sheet.id, None, moment, batch))
        for account in session.scalars(
            select(Account.id).where(Account.organization_id == sheet.organization_id)
        ):
            session.add(new(PlainNotice, account_id=account, title=f"成绩单已办结：{CALLED}", body="",
                            link=f"/admin/grade-sheet/details/?id={sheet.id}", created_at=moment))  # fmt: skip
        session.commit()


def _approve_row(session: Session, job: Job, row: Any, moment: datetime, batch: str) -> None:
    _decide(job, row, GradeStatus.APPROVED, moment)
    session.add(_journal(job, "grade", row.id, row.person_id, moment, batch))
    key = {"person_id": row.person_id, "credit_year": row.credit_year}
    summary: Any = session.scalar(select(PlainSummary).filter_by(**key)) or summary_of(session, row, moment)
    summary.public_hours += row.hours
    summary.complete = (
        summary.public_hours >= summary.required_public
        and summary.specialty_hours >= summary.required_specialty
        and summary.public_hours + summary.specialty_hours >= summary.required_total
    )
    summary.updated_at = moment
    same = ("person_id", "employer_id", "region_code", "authority_id", "credit_year", "subject")
    session.add(new(PlainEntry, **{name: getattr(row, name) for name in same}, kind=EntryKind.POSTING, hours=row.hours,
                    completes_specialty_year=False, source_type=SourceType.GRADE, source_id=row.id, round=0,
                    posted_by_id=job.actor.account_id, posted_at=moment))  # fmt: skip
    recipient = session.scalar(select(Account.id).where(Account.person_id == row.person_id))
    session.add(new(PlainNotice, account_id=recipient, title=f"培训成绩已认定：{CALLED}", body="",
                    link=f"/admin/grade/details/?id={row.id}", created_at=moment))  # fmt: skip


def _decide(job: Job, row: Any, status: Any, moment: datetime) -> None:
    row.status, row.status_since, row.revision = status, moment, row.revision + 1
    row.decided_by_id, row.decided_at, row.reason = job.actor.account_id, moment, None


def _journal(job: Job, kind: str, key: int, person: int | None, moment: datetime, batch: str) -> Any:
    return new(PlainJournal, moment=moment, actor_id=job.actor.account_id, on_behalf_of_id=person, object_type=kind,
               actor_organization_id=job.actor.organization_id, object_id=key, action="approve", from_status="submitted",
               to_status="approved", details={}, batch_id=batch)  # fmt: skip


# ---------------------------------------------------------------- what is there before
def prepare(store: Store, rows: int) -> Job:
    """Load people with claims of their own and grades of a former class, and the submitted sheet to be decided."""
    with ScopedSession(store.engine) as session:
        set_scope(session, ALL)
        seed_base(session)
        load(session, people=rows, claims_per_person=CLAIMS_EACH, seed=1, plan=PLAN)
        bureau, region, decider = session.execute(
            select(Organization.id, Organization.region_code, Account.id)
            .join(Account, Account.organization_id == Organization.id)
            .where(Organization.kind == OrganizationKind.BUREAU)
            .order_by(Organization.id.desc())
            .limit(1)
        ).one()
        school = organization(999_999, OrganizationKind.INSTITUTION, "培训学院", region, None)
        office = _put(session, Organization, **school | {"bureau_id": bureau})
        common = {"organization_id": office, "region_code": region, "approver_id": bureau, "subject": "public",
                  "credit_year": YEAR}  # fmt: skip
        _sheet(session, rows, decider, common, "上一期", 1, SheetStatus.APPROVED)
        key = _sheet(session, rows, decider, common, CLASS_NAME, 2, SheetStatus.SUBMITTED)
        session.commit()
        session.execute(text("ANALYZE"))
        session.commit()
        actor = load_actor(session, decider)
    if actor is None:
        raise RuntimeError(f"{NAME}: nobody decides")
    store.freeze()
    return Job(store, actor, [key])


def _sheet(
    session: Session,
    rows: int,
    account: int,
    common: dict[str, Any],
    name: str,
    month: int,
    status: SheetStatus,
) -> int:
    """Store a plan, its class with a student for each person, and a sheet with all their grades; return its key."""
    moment, first = now(), date(YEAR, month, 1)
    submitted = {"submitted_by_id": account, "submitted_at": moment}
    decided = {"decided_by_id": account, "decided_at": moment}
    plan = _put(
        session, TrainingPlan, **common, **submitted, **decided, number=f"PX{month}", name=name, activity_key=name,
        category_code="rotation", mode_code="classroom", hours=Decimal(HOURS), start_date=first, end_date=first,
        audience="专业技术人员", planned_people=rows, content="公需科目", leader="周主任", phone="", status="approved",
    )  # fmt: skip
    klass = _put(
        session, TrainingClass, **common, plan_id=plan, name=name, activity_key=name, start_date=first, end_date=first,
        place="一号教室", capacity=rows, contact="吴老师", phone="", status=ClassStatus.FINISHED,
    )  # fmt: skip
    was_decided = decided if status is SheetStatus.APPROVED else {}
    sheet = _put(
        session, GradeSheet, **common, **submitted, **was_decided, plan_id=plan, class_id=klass, number=1, status=status,
        created_by_id=account,
    )  # fmt: skip
    held = {"class_id": klass, "plan_id": plan, "status_since": moment, "created_at": moment}
    person = Person.__table__.c
    whose = ("employer_id", "region_code", "authority_id")
    _copy(
        session,
        Enrollment,
        held
        | {
            "organization_id": common["organization_id"],
            "enrolled_by_id": account,
            "phone": "",
            "status": "enrolled",
        },
        {"person_id": person.id, **{name: person[name] for name in whose}},
    )
    student = Enrollment.__table__.c
    _copy(
        session,
        Grade,
        held | was_decided | {name: value for name, value in common.items() if name != "region_code"}
        | {"sheet_id": sheet, "result": GradeResult.PASSED, "hours": Decimal(HOURS), "status": GradeStatus(status.value),
           "revision": 1},
        {"enrollment_id": student.id, "person_id": student.person_id, **{name: student[name] for name in whose}},
        student.class_id == klass,
    )  # fmt: skip
    return sheet


def _put(session: Session, model: type[Base], **values: Any) -> int:
    table: Any = model.__table__
    return int(session.execute(insert(table).values(**values).returning(table.c.id)).scalar_one())


def _copy(
    session: Session, model: type[Base], same: dict[str, Any], each: dict[str, Any], *conditions: Any
) -> None:
    """Store a row for each row that is read: ``same`` values, and those of ``each``."""
    table: Any = model.__table__
    row = {name: literal(value, table.c[name].type) for name, value in same.items()} | each
    session.execute(insert(table).from_select(list(row), select(*row.values()).where(*conditions)))
