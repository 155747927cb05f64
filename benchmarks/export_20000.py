"""Twenty thousand people of a bureau as an Excel workbook, identifiers masked."""

from __future__ import annotations

import gc
import io
import statistics
import time
from typing import TYPE_CHECKING, Any

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from benchmarks.databases import scratch
from benchmarks.figures import Figure
from models import Account, Organization, Person, crypto
from models.enums import OrganizationKind, PersonState, Sex
from models.identifiers import mask_citizen_id
from permissions import fields
from permissions.actor import load_actor
from permissions.engine import rows as allowed
from permissions.engine import view_scope
from permissions.verbs import Verb
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.load import LoadPlan, load
from services import exporting, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.databases import Store
    from permissions.actor import Actor

NAME = "export_20000"
HEADER = ("姓名", "性别", "身份证号", "所属单位", "所属部门", "手机", "人员状态")
OPTIONS = (joinedload(Person.employer), joinedload(Person.department))
PEOPLE_PER_RUN = 2
"""The name of the contract says 20 000, the command line counts in tens of thousands."""
SQL = """
    SELECT person.name, person.sex, person.citizen_id, employer.name AS employer, department.name AS department,
        person.mobile, person.state
    FROM person JOIN organization AS employer ON employer.id = person.employer_id
    LEFT JOIN department ON department.id = person.department_id
    WHERE person.region_code >= :lower AND person.region_code < :upper ORDER BY person.id DESC
"""


def ours(store: Store, actor: Actor, target: io.BytesIO) -> None:
    """Export as the grid does: the actor's scope on the session, keys first, a thousand rows at a time."""
    with ScopedSession(store.engine) as session:
        set_scope(session, view_scope(actor))
        keys = exporting.keys(session, Person, [allowed(actor, Verb.EXPORT, Person)], ())

        def lines() -> Iterator[list[str]]:
            for row in exporting.rows(session, listing.by_key(Person, OPTIONS), keys):
                masked = str(fields.shown(Person, "citizen_id", row.citizen_id))
                department = row.department.name if row.department else ""
                yield [
                    row.name,
                    row.sex.label,
                    masked,
                    row.employer.name,
                    department,
                    row.mobile,
                    row.state.label,
                ]

        exporting.write(target, "人员", HEADER, lines(), {})


def bare(store: Store, actor: Actor, target: io.BytesIO) -> None:
    """Write the same from one SELECT, straight into the same library in its streaming mode."""
    lower, upper = actor.regions or ("", "")
    sexes, states = {item.value: item.label for item in Sex}, {item.value: item.label for item in PersonState}
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    sheet = book.add_worksheet("人员")
    with store.engine.connect() as connection:
        for place, label in enumerate(HEADER):
            sheet.write_string(0, place, label)
        rows = connection.execution_options(yield_per=1000).execute(
            text(SQL), {"lower": lower, "upper": upper}
        )
        for number, row in enumerate(rows, 1):
            line = (row.name, sexes[row.sex], mask_citizen_id(crypto.decrypt(row.citizen_id)), row.employer,
                    row.department or "", row.mobile, states[row.state])  # fmt: skip
            for place, cell in enumerate(line):
                sheet.write_string(number, place, cell)
    book.close()


def everything_in_memory(store: Store, actor: Actor, target: io.BytesIO) -> None:
    """Write the same as a stock export does: all objects at once, related ones loaded row by row, a sheet in memory."""
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet("人员")
    with Session(store.engine) as session:
        found = session.scalars(
            select(Person).where(allowed(actor, Verb.EXPORT, Person)).order_by(Person.id.desc())
        ).all()
        for place, label in enumerate(HEADER):
            sheet.write(0, place, label)
        for number, row in enumerate(found, 1):
            line = (row.name, row.sex.label, mask_citizen_id(row.citizen_id), row.employer.name,
                    row.department.name if row.department else "", row.mobile, row.state.label)  # fmt: skip
            for place, cell in enumerate(line):
                sheet.write(number, place, cell)
    book.close()


WAYS: dict[str, Callable[[Store, Actor, io.BytesIO], None]] = {
    "ours": ours,
    "bare": bare,
    "orm_all_at_once": everything_in_memory,
}


def prepare(store: Store, people: int) -> Actor:
    """Load people of one county and return the administrator of its bureau.

    Raises:
        RuntimeError: nobody administers it.
    """
    with ScopedSession(store.engine) as session:
        set_scope(session, ALL)
        seed_base(session)
        load(session, people=people, claims_per_person=0, seed=1, plan=LoadPlan(counties=1))
        session.commit()
        region = session.scalar(select(Person.region_code).limit(1))
        decider = session.scalar(
            select(Account.id)
            .join(Organization, Organization.id == Account.organization_id)
            .where(Organization.region_code == region, Organization.kind == OrganizationKind.BUREAU)
        )
        actor = load_actor(session, decider or 0)
    if actor is None:
        raise RuntimeError(f"{NAME}: nobody exports")
    store.freeze()
    return actor


def cells(store: Store, actor: Actor, way: Callable[[Store, Actor, io.BytesIO], None]) -> list[list[Any]]:
    """Return what a way writes, read back."""
    target = io.BytesIO()
    way(store, actor, target)
    return CalamineWorkbook.from_filelike(io.BytesIO(target.getvalue())).get_sheet_by_index(0).to_python()


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the export in seconds.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: half the number of people.
        runs: timed runs of each way, in turns.

    Raises:
        RuntimeError: the ways write different sheets.
    """
    people = rows * PEOPLE_PER_RUN
    with scratch(kind) as store:
        actor = prepare(store, people)
        store.restore()
        sheets = {name: cells(store, actor, way) for name, way in WAYS.items()}
        if any(sheet != sheets["bare"] for sheet in sheets.values()) or len(sheets["bare"]) != people + 1:
            raise RuntimeError(f"{NAME}: the ways write different sheets")
        del sheets
        times: dict[str, list[float]] = {name: [] for name in WAYS}
        for _ in range(runs):
            for name, way in WAYS.items():
                gc.collect()
                start = time.perf_counter()
                way(store, actor, io.BytesIO())
                times[name].append(time.perf_counter() - start)
    medians = {name: round(statistics.median(values), 3) for name, values in times.items()}
    return Figure(NAME, kind, "s", medians.pop("ours"), medians.pop("bare"), medians)
