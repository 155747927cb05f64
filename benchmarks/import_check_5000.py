"""校验 of a workbook of five thousand people: read, every cell judged, the rows kept encrypted."""

from __future__ import annotations

import gc
import io
import json
import secrets
import statistics
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session
from stdnum.iso7064 import mod_11_2

from benchmarks.databases import scratch
from benchmarks.figures import Figure
from models import Account, ImportRow, ImportRun, Organization, Person, crypto
from models.base import now
from models.enums import ImportState, OrganizationKind, PersonState, RowOutcome
from models.identifiers import clean_citizen_id, make_citizen_id
from permissions.actor import load_actor
from permissions.engine import view_scope
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.load import LoadPlan, load
from services import importing
from services.spreadsheets import text_of
from services.staff_import import StaffImport

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.databases import Store
    from permissions.actor import Actor

NAME = "import_check_5000"
HALF = 2
"""The name of the contract says 5 000, the command line counts in tens of thousands."""
KNOWN_EVERY = 10  # so many rows, somebody the employer has already
BIRTH = date(1970, 1, 1)


def ours(store: Store, actor: Actor, data: bytes) -> None:
    """Check as the upload does: limits first, then every cell, rows kept; commits."""
    with ScopedSession(store.engine) as session:
        set_scope(session, view_scope(actor))
        importing.check(session, actor, StaffImport(), "人员.xlsx", data)
        session.commit()


def bare(store: Store, actor: Actor, data: bytes) -> None:
    """Do the least: read, check digits, one look-up a thousand, rows encrypted and kept in one INSERT."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1:]
    indexes = []
    for row in rows:
        if row[1][-1] != mod_11_2.calc_check_digit(row[1][:-1]):
            raise RuntimeError(f"{NAME}: the file has a wrong number")
        indexes.append(crypto.blind_index(row[1]))
    with store.engine.begin() as connection:
        known: set[str] = set()
        person = Person.__table__.c
        for start in range(0, len(indexes), 1000):
            wanted = person.citizen_id_index.in_(indexes[start : start + 1000])
            known.update(connection.scalars(select(person.citizen_id_index).where(wanted)))
        run = _run(actor, len(rows), sum(index in known for index in indexes))
        key = connection.execute(insert(ImportRun.__table__).values(run).returning(ImportRun.__table__.c.id))
        number = key.scalar_one()
        empty = crypto.encrypt("[]")
        statement = text(
            "INSERT INTO import_row (run_id, number, outcome, cells, errors)"
            " VALUES (:run_id, :number, :outcome, :cells, :errors)"
        )
        connection.execute(
            statement,
            [
                {
                    "run_id": number,
                    "number": place,
                    "outcome": "known" if index in known else "good",
                    "cells": crypto.encrypt(json.dumps([text_of(cell) for cell in row], ensure_ascii=False)),
                    "errors": empty,
                }
                for place, (row, index) in enumerate(zip(rows, indexes, strict=True), 2)
            ],
        )


def row_by_row(store: Store, actor: Actor, data: bytes) -> None:
    """Check as most programs do: for each row a look-up, an object and a flush."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[1:]
    with Session(store.engine) as session:
        run = ImportRun(**_run(actor, len(rows), 0))
        session.add(run)
        for place, row in enumerate(rows, 2):
            index = crypto.blind_index(clean_citizen_id(row[1]))
            known = session.scalar(
                select(Person.id).where(Person.citizen_id_index == index, Person.state != PersonState.VOID)
            )
            run.known_count += bool(known)
            run.good_count -= bool(known)
            outcome = RowOutcome.KNOWN if known else RowOutcome.GOOD
            session.flush()
            session.add(
                ImportRow(
                    run_id=run.id,
                    number=place,
                    outcome=outcome,
                    cells=[text_of(cell) for cell in row],
                    errors=[],
                )
            )
        session.commit()


def _run(actor: Actor, rows: int, known: int) -> dict[str, Any]:
    moment = now()
    return {
        "kind": "staff", "account_id": actor.account_id, "organization_id": actor.organization_id,
        "filename": "人员.xlsx", "columns": [], "state": ImportState.CHECKED, "row_count": rows,
        "good_count": rows - known, "known_count": known, "bad_count": 0, "done_count": 0, "created_at": moment,
        "touched_at": moment,
    }  # fmt: skip


WAYS: dict[str, Callable[[Store, Actor, bytes], None]] = {
    "ours": ours,
    "bare": bare,
    "row_by_row": row_by_row,
}


def prepare(store: Store, number: int) -> tuple[Actor, bytes]:
    """Load employers with staff; return an administrator and a workbook of ``number`` people, some his already.

    Raises:
        RuntimeError: nobody administers an employer.
    """
    with ScopedSession(store.engine) as session:
        set_scope(session, ALL)
        seed_base(session)
        plan = LoadPlan(counties=1, people_per_employer=number)
        load(session, people=number, claims_per_person=0, seed=1, plan=plan)
        session.commit()
        decider = session.scalar(
            select(Account.id)
            .join(Organization, Organization.id == Account.organization_id)
            .where(Organization.kind == OrganizationKind.EMPLOYER)
            .order_by(Account.id)
        )
        actor = load_actor(session, decider or 0)
        if actor is None:
            raise RuntimeError(f"{NAME}: nobody imports")
        staff = session.execute(
            select(Person.name, Person.citizen_id)
            .where(Person.employer_id == actor.organization_id)
            .limit(number // KNOWN_EVERY)
        ).all()
    store.freeze()
    known = [(row.name, row.citizen_id) for row in staff]
    fresh = [
        (f"新人{place}", make_citizen_id("410199", BIRTH + timedelta(days=place // 1000), place % 1000))
        for place in range(number - len(known))
    ]
    return actor, workbook([*known, *fresh])


def workbook(people: list[tuple[str, str]]) -> bytes:
    """Return a workbook with these names and numbers, and what else employers fill in."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("人员")
    head = [
        "姓名*",
        "身份证号*",
        "手机",
        "电子邮箱",
        "民族",
        "籍贯",
        "学历",
        "毕业院校",
        "所学专业",
        "职称级别",
    ]
    sheet.write_row(0, 0, head)
    for number, (name, citizen_id) in enumerate(people, 1):
        more = [f"138{secrets.randbelow(10**8):08}", f"p{number}@example.com", "汉族", "河南郑州", "大学本科毕业",
                "郑州大学", "临床医学类", "中级"]  # fmt: skip
        for place, cell in enumerate([name, citizen_id, *more]):
            sheet.write_string(number, place, cell)
    book.close()
    return target.getvalue()


def facts(store: Store) -> list[Any]:
    """Return what a check leaves behind, for comparing the ways."""
    with Session(store.engine) as session:
        counts = session.execute(
            select(ImportRun.row_count, ImportRun.good_count, ImportRun.known_count, ImportRun.bad_count)
        )
        rows = session.execute(
            select(ImportRow.number, ImportRow.outcome, ImportRow.cells).order_by(ImportRow.number)
        )
        return [*map(tuple, counts), *map(tuple, rows)]


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the check in seconds.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: twice the number of people.
        runs: timed runs of each way, in turns.

    Raises:
        RuntimeError: the ways leave different rows behind.
    """
    with scratch(kind) as store:
        actor, data = prepare(store, rows // HALF)
        left = {}
        times: dict[str, list[float]] = {name: [] for name in WAYS}
        for turn in range(runs + 1):
            for name, way in WAYS.items():
                store.restore()
                gc.collect()
                start = time.perf_counter()
                way(store, actor, data)
                if turn:  # the first one warms up and is compared
                    times[name].append(time.perf_counter() - start)
                else:
                    left[name] = facts(store)
        if any(found != left["bare"] for found in left.values()):
            raise RuntimeError(f"{NAME}: the ways leave different rows behind")
    medians = {name: round(statistics.median(values), 3) for name, values in times.items()}
    return Figure(NAME, kind, "s", medians.pop("ours"), medians.pop("bare"), medians)
