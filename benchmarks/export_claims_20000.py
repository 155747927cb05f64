"""Twenty thousand claims of one employer as an Excel workbook, as the grid writes it."""

from __future__ import annotations

import gc
import io
import statistics
import time
from typing import TYPE_CHECKING, Any

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select, text

from benchmarks.databases import scratch
from benchmarks.figures import Figure
from models import Account, Claim
from models.enums import ClaimStatus, Subject, UserType
from permissions.actor import load_actor
from permissions.engine import rows as allowed
from permissions.engine import view_scope
from permissions.verbs import Verb
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.load import LoadPlan, load
from services import exporting, narrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.databases import Store
    from permissions.actor import Actor

    Way = Callable[[Store, Actor, io.BytesIO], None]

NAME = "export_claims_20000"
HEADER = ("名称", "姓名", "继续教育类型", "计入年度", "科目类型", "核算学时", "认定结果")
PATHS = ("title", "person.name", "kind", "credit_year", "subject", "computed_hours", "status")
CLAIMS_EACH = 20
CLAIMS_PER_ROW = 2
"""The name of the contract says 20 000, the command line counts in tens of thousands."""
SQL = """
    SELECT claim.title, person.name, claim_kind.name AS kind, claim.credit_year, claim.subject, claim.computed_hours, claim.status
    FROM claim JOIN person ON person.id = claim.person_id JOIN claim_kind ON claim_kind.id = claim.kind_id
    WHERE claim.employer_id = :employer ORDER BY claim.id DESC
"""


def ours(store: Store, actor: Actor, target: io.BytesIO) -> None:
    """Export as the grid does: the actor's scope on the session, keys first, a thousand rows at a time."""
    with ScopedSession(store.engine) as session:
        set_scope(session, view_scope(actor))
        keys = exporting.keys(session, Claim, [allowed(actor, Verb.EXPORT, Claim)], ())

        def lines() -> Iterator[list[Any]]:
            for row in exporting.rows(session, narrow.by_key(Claim, PATHS), keys):
                yield [row.title, row.person.name, row.kind, row.credit_year, row.subject.label,
                       row.computed_hours, row.status.label]  # fmt: skip

        exporting.write(target, "申报", HEADER, lines(), {})


def bare(store: Store, actor: Actor, target: io.BytesIO) -> None:
    """Write the same from one SELECT, straight into the same library in its streaming mode."""
    subjects, states = ({item.value: item.label for item in enum} for enum in (Subject, ClaimStatus))
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    sheet = book.add_worksheet("申报")
    with store.engine.connect() as connection:
        for place, label in enumerate(HEADER):
            sheet.write_string(0, place, label)
        rows = connection.execution_options(yield_per=1000).execute(
            text(SQL), {"employer": actor.organization_id}
        )
        for number, row in enumerate(rows, 1):
            line = (row.title, row.name, row.kind, row.credit_year, subjects[row.subject],
                    float(row.computed_hours), states[row.status])  # fmt: skip
            for place, cell in enumerate(line):
                sheet.write(number, place, cell)
    book.close()


WAYS: dict[str, Way] = {"ours": ours, "bare": bare}


def prepare(store: Store, claims: int) -> Actor:
    """Load claims of one employer and return its administrator.

    Raises:
        RuntimeError: nobody administers it.
    """
    people = -(-claims // CLAIMS_EACH)
    plan = LoadPlan(counties=1, people_per_employer=people, statuses={ClaimStatus.DECLARED: 1})
    with ScopedSession(store.engine) as session:
        set_scope(session, ALL)
        seed_base(session)
        load(session, people=people, claims_per_person=CLAIMS_EACH, seed=1, plan=plan)
        session.commit()
        employer = session.scalar(select(func.min(Claim.employer_id)))
        found = select(Account.id).where(
            Account.organization_id == employer, Account.user_type == UserType.EMPLOYER
        )
        actor = load_actor(session, session.scalar(found) or 0)
    if actor is None:
        raise RuntimeError(f"{NAME}: nobody exports")
    store.freeze()
    store.restore()
    return actor


def cells(store: Store, actor: Actor, way: Way) -> list[list[Any]]:
    """Return what a way writes, read back."""
    target = io.BytesIO()
    way(store, actor, target)
    return CalamineWorkbook.from_filelike(io.BytesIO(target.getvalue())).get_sheet_by_index(0).to_python()


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the export in seconds.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: half the number of claims.
        runs: timed runs of each way, in turns.

    Raises:
        RuntimeError: the ways write different sheets.
    """
    with scratch(kind) as store:
        claims = rows * CLAIMS_PER_ROW
        actor = prepare(store, claims)
        sheets = {name: cells(store, actor, way) for name, way in WAYS.items()}
        if sheets["ours"] != sheets["bare"] or len(sheets["ours"]) < claims + 1:
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
    return Figure(NAME, kind, "s", medians["ours"], medians["bare"])
