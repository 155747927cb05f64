"""A page in the middle of a bureau's list of claims, with its count."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload

from benchmarks import approve_10000
from benchmarks.batches import prepare
from benchmarks.databases import scratch
from benchmarks.figures import Figure
from models import Claim, Person
from permissions.engine import rows as allowed
from permissions.engine import view_scope
from permissions.verbs import Verb
from permissions.wall import ScopedSession, set_scope
from services import listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.batches import Job

NAME, SIZE, REPEATS = "list_page", 20, 20
OPTIONS = (joinedload(Claim.person), joinedload(Claim.employer), joinedload(Claim.kind))
BY_KEY = listing.by_key(Claim, OPTIONS)
WHERE = """
    FROM claim WHERE region_code >= :lower AND region_code < :upper
        AND status IN ('declared', 'approved', 'rejected', 'revoked')
"""


def ours(job: Job, offset: int) -> int:
    """Read count and page as a grid does: the actor's scope on the session, keys first."""
    with ScopedSession(job.store.engine) as session:
        set_scope(session, view_scope(job.actor))
        mine = [allowed(job.actor, Verb.VIEW, Claim)]
        rows, number = listing.page(session, Claim, mine, (), offset=offset, limit=SIZE, rows=BY_KEY)
        return number + sum(len(claim.person.name) + len(claim.employer.name) for claim in rows)


def bare(job: Job, offset: int) -> int:
    """Read the same with bare SQL: a capped count, the keys, the rows with their names."""
    lower, upper = job.actor.regions or ("", "")
    span = {"lower": lower, "upper": upper}
    with job.store.engine.connect() as connection:
        capped = text(f"SELECT count(*) FROM (SELECT 1 {WHERE} LIMIT {listing.CAP + 1}) AS capped")
        number = connection.execute(capped, span).scalar_one()
        page = text(
            f"""SELECT claim.*, person.name AS person_name, organization.name AS employer_name
            FROM claim JOIN person ON person.id = claim.person_id
            JOIN organization ON organization.id = claim.employer_id
            WHERE claim.id IN (SELECT id {WHERE} ORDER BY id DESC LIMIT {SIZE} OFFSET {offset})
            ORDER BY claim.id DESC"""
        )
        rows = connection.execute(page, span)
        return int(number) + sum(len(row.person_name) + len(row.employer_name) for row in rows)


def stock(job: Job, offset: int) -> int:
    """Read it as a stock grid does: count everything, then drag the joins through the offset."""
    with Session(job.store.engine) as session:
        mine = allowed(job.actor, Verb.VIEW, Claim)
        number = session.scalar(select(func.count()).select_from(Claim).join(Person).where(mine)) or 0
        page = (
            select(Claim).where(mine).options(*OPTIONS).order_by(Claim.id.desc()).offset(offset).limit(SIZE)
        )
        found = session.scalars(page)
        return min(number, listing.CAP + 1) + sum(
            len(row.person.name) + len(row.employer.name) for row in found
        )


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the page in the middle of the list, in milliseconds.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: claims waiting for the bureau.
        runs: timed rounds; each reads the page twenty times in every way.

    Raises:
        RuntimeError: the ways read different pages.
    """
    ways: dict[str, Callable[[Job, int], int]] = {"ours": ours, "bare": bare, "stock": stock}
    with scratch(kind) as store:
        job = prepare(approve_10000.CASE, store, rows)
        store.restore()
        offset = rows // 2
        answers = {name: way(job, offset) for name, way in ways.items()}
        if len(set(answers.values())) != 1:
            raise RuntimeError(f"{NAME}: {answers}")
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(runs):
            for name, way in ways.items():
                start = time.perf_counter()
                for _ in range(REPEATS):
                    way(job, offset)
                times[name].append((time.perf_counter() - start) / REPEATS * 1000)
        medians = {name: round(statistics.median(values), 3) for name, values in times.items()}
    return Figure(
        NAME, kind, "ms", medians["ours"], medians["bare"], {"stock_offset_and_full_count": medians["stock"]}
    )
