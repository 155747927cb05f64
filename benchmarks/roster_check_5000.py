"""校验 of a workbook of five thousand students of a class: read, every cell judged, the rows kept encrypted."""

from __future__ import annotations

import gc
import io
import statistics
import time
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from stdnum.iso7064 import mod_11_2

from benchmarks.databases import scratch
from benchmarks.figures import Figure
from benchmarks.import_check_5000 import facts
from models import (
    Account,
    Enrollment,
    ImportRow,
    ImportRun,
    Organization,
    Person,
    TrainingClass,
    TrainingPlan,
    crypto,
)
from models.base import now
from models.enums import ClassStatus, ImportState, OrganizationKind, PlanStatus, RowOutcome, Subject, UserType
from permissions.actor import Actor
from permissions.engine import view_scope
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.load import LoadPlan, load
from services import importing
from services.roster_import import RosterImport
from services.spreadsheets import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.databases import Store

NAME = "roster_check_5000"
HALF = 2
"""The name says 5 000, the command line counts in tens of thousands."""
YEAR = 2026
CELLS = ["95", "合格"]


def ours(store: Store, actor: Actor, class_id: int, data: bytes) -> None:
    """Check as the upload does: limits first, then every cell, the people, the class and its places; commits."""
    with ScopedSession(store.engine) as session:
        set_scope(session, view_scope(actor))
        importing.check(session, actor, RosterImport(class_id), "学员.xlsx", data)
        session.commit()


def bare(store: Store, actor: Actor, class_id: int, data: bytes) -> None:
    """Do the least: read, check digits, one look-up of all people, rows encrypted and kept in one INSERT."""
    rows = _rows(data)
    if any(row[1][-1] != mod_11_2.calc_check_digit(row[1][:-1]) for row in rows):
        raise RuntimeError(f"{NAME}: the file has a wrong number")
    indexes = [crypto.blind_index(row[1]) for row in rows]
    with store.engine.begin() as connection:
        person = Person.__table__.c
        known = set(
            connection.scalars(select(person.citizen_id_index).where(person.citizen_id_index.in_(indexes)))
        )
        if known != set(indexes):
            raise RuntimeError(f"{NAME}: the file has strangers")
        table = ImportRun.__table__
        key = connection.execute(
            insert(table).values(_run(actor, class_id, len(rows))).returning(table.c.id)
        ).scalar_one()
        connection.execute(
            insert(ImportRow.__table__), [_kept(key, *numbered) for numbered in _numbered(rows)]
        )


def row_by_row(store: Store, actor: Actor, class_id: int, data: bytes) -> None:
    """Check as most programs do: for each row a look-up of the person and of his enrolment, an object and a flush."""
    rows = _rows(data)
    with Session(store.engine) as session:
        run = ImportRun(**_run(actor, class_id, len(rows)))
        session.add(run)
        for number, row in _numbered(rows):
            index = crypto.blind_index(row[1])
            person = session.scalars(select(Person).where(Person.citizen_id_index == index)).one()
            there = select(Enrollment.id).where(
                Enrollment.class_id == class_id, Enrollment.person_id == person.id
            )
            if session.scalar(there):
                raise RuntimeError(f"{NAME}: somebody is enrolled")
            session.flush()
            session.add(ImportRow(**_kept(run.id, number, row)))
        session.commit()


def _rows(data: bytes) -> list[Any]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1:]


def _numbered(rows: list[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(rows, 2))


def _kept(run: int, number: int, row: Any) -> dict[str, Any]:
    cells = [text_of(cell) for cell in row]
    return {"run_id": run, "number": number, "outcome": RowOutcome.GOOD, "cells": cells, "errors": []}


def _run(actor: Actor, class_id: int, rows: int) -> dict[str, Any]:
    moment = now()
    return {
        "kind": "roster", "account_id": actor.account_id, "organization_id": actor.organization_id, "class_id": class_id,
        "filename": "学员.xlsx", "columns": [], "state": ImportState.CHECKED, "row_count": rows, "good_count": rows,
        "known_count": 0, "bad_count": 0, "done_count": 0, "created_at": moment, "touched_at": moment,
    }  # fmt: skip


WAYS: dict[str, Callable[[Store, Actor, int, bytes], None]] = {
    "ours": ours,
    "bare": bare,
    "row_by_row": row_by_row,
}


def prepare(store: Store, number: int) -> tuple[Actor, int, bytes]:
    """Load people and a running class; return its administrator, its key and a workbook of ``number`` of the people."""
    with ScopedSession(store.engine) as session:
        set_scope(session, ALL)
        seed_base(session)
        load(session, people=number, claims_per_person=0, seed=1, plan=LoadPlan(counties=1))
        account = session.scalars(select(Account.id).order_by(Account.id).limit(1)).one()
        bureau = session.scalars(
            select(Organization).where(Organization.kind == OrganizationKind.BUREAU).order_by(Organization.id)
        ).first()
        if bureau is None:
            raise RuntimeError(f"{NAME}: no office approves plans")
        institution = Organization(
            name="测速培训学院", kind=OrganizationKind.INSTITUTION, code="900000017", region_code=bureau.region_code,
            bureau_id=bureau.id,
        )  # fmt: skip
        session.add(institution)
        session.flush()
        actor = Actor(account, UserType.INSTITUTION, organization_id=institution.id)
        class_id = _class(session, institution, bureau.id, account, number)
        people = session.execute(
            select(Person.name, Person.citizen_id, Organization.name.label("employer"))
            .join(Organization, Organization.id == Person.employer_id)
            .limit(number)
        ).all()
        session.commit()
    store.freeze()
    return actor, class_id, workbook([(row.name, row.citizen_id, row.employer) for row in people])


def _class(session: Session, institution: Organization, approver: int, account: int, number: int) -> int:
    """Put a running class under an approved plan, past the workflow: a fixture of states."""
    moment, first, last = now(), date(YEAR, 3, 1), date(YEAR, 6, 30)
    shared = {
        "organization_id": institution.id, "region_code": institution.region_code, "approver_id": approver,
        "credit_year": YEAR, "subject": Subject.PUBLIC, "activity_key": "测速", "start_date": first, "end_date": last,
        "phone": "0371-60000000", "status_since": moment, "created_at": moment, "revision": 1,
    }  # fmt: skip
    plans, classes = TrainingPlan.__table__, TrainingClass.__table__
    plan = shared | {
        "number": "PX1", "name": "测速", "category_code": "rotation", "mode_code": "classroom", "hours": Decimal(30),
        "audience": "全体", "planned_people": number, "content": "测速", "leader": "周", "status": PlanStatus.APPROVED,
        "submitted_by_id": account, "submitted_at": moment, "decided_by_id": account, "decided_at": moment,
    }  # fmt: skip
    key = session.execute(insert(plans).values(plan).returning(plans.c.id)).scalar_one()
    klass = shared | {
        "plan_id": key, "name": "第一期", "place": "一号教室", "capacity": number, "contact": "吴", "timetable": "",
        "attendance_minimum": 80, "status": ClassStatus.RUNNING,
    }  # fmt: skip
    return int(session.execute(insert(classes).values(klass).returning(classes.c.id)).scalar_one())


def workbook(people: list[tuple[str, str, str]]) -> bytes:
    """Return a workbook with these people, their attendance and results."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("学员")
    sheet.write_row(0, 0, ["姓名*", "身份证号*", "单位", "手机", "出勤率", "成绩"])
    for number, (name, citizen_id, employer) in enumerate(people, 1):
        cells = [name, citizen_id, employer, f"138{number:08}", *CELLS]
        for place, cell in enumerate(cells):
            sheet.write_string(number, place, cell)
    book.close()
    return target.getvalue()


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the check in seconds.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: twice the number of students.
        runs: timed runs of each way, in turns.

    Raises:
        RuntimeError: the ways leave different rows behind.
    """
    with scratch(kind) as store:
        job = prepare(store, rows // HALF)
        left = {}
        times: dict[str, list[float]] = {name: [] for name in WAYS}
        for turn in range(runs + 1):
            for name, way in WAYS.items():
                store.restore()
                gc.collect()
                start = time.perf_counter()
                way(store, *job)
                if turn:  # the first one warms up and is compared
                    times[name].append(time.perf_counter() - start)
                else:
                    left[name] = facts(store)
        if any(found != left["bare"] for found in left.values()):
            raise RuntimeError(f"{NAME}: the ways leave different rows behind")
    medians = {name: round(statistics.median(values), 3) for name, values in times.items()}
    return Figure(NAME, kind, "s", medians.pop("ours"), medians.pop("bare"), medians)
