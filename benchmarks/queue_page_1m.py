"""The approver's queue, a whole request, of an office with a hundred times as many declared claims as another.

"Ours" is the page where rows × 100 claims wait (1 000 000 by default), the lower bound the same page where only ``rows`` do: what is
measured is that the length of a queue does not matter.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from sqlalchemy import text

from benchmarks import approve_10000
from benchmarks.batches import prepare
from benchmarks.databases import scratch
from benchmarks.figures import Figure
from benchmarks.list_render import IN_OURS, SIZE, cells_of, log_in, medians_of, site_of
from models import Claim

if TYPE_CHECKING:
    from benchmarks.batches import Job
    from benchmarks.list_render import Visit

NAME, GRID, TIMES, REPEATS = "queue_page_1m", "claim-decision", 100, 10
ATTENTION = 20
"""Of so many claims one needs attention."""
OWN = {
    "evidence_key": "substr(evidence_key, 1, 50) || '-' || series.n",
    "check_result": f"CASE WHEN (id + series.n) % {ATTENTION} = 0 THEN 'attention' ELSE 'clean' END",
    "submission_key": "NULL",
}
SERIES = """
    WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {last})
    INSERT INTO claim ({columns}) {select} FROM claim CROSS JOIN series WHERE status = 'declared' AND approver_id = {office}
"""
POSTGRES = """
    INSERT INTO claim ({columns}) {select} FROM claim CROSS JOIN generate_series(1, {last}) AS series (n)
    WHERE status = 'declared' AND approver_id = {office}
"""


def multiply(job: Job, times: int) -> None:
    """Give the job's office so many times its declared claims, by one statement."""
    names = [column.name for column in Claim.__table__.columns if column.name != "id"]
    select = "SELECT " + ", ".join(OWN.get(name, f"claim.{name}") for name in names)
    template = POSTGRES if job.store.kind == "postgresql" else SERIES
    statement = template.format(
        columns=", ".join(names), select=select, last=times - 1, office=job.actor.organization_id
    )
    with job.store.engine.begin() as connection:
        connection.execute(text(statement))
    with job.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for command in ("ANALYZE",) if job.store.kind == "sqlite" else ("VACUUM ANALYZE",):
            connection.exec_driver_sql(command)


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the page, in milliseconds.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: claims waiting in the short queue.
        runs: timed rounds; each opens both pages ten times, in turns.

    Raises:
        RuntimeError: a page shows no full page of rows.
    """
    with ExitStack() as stack:
        pages: dict[str, Visit] = {}
        for name, times in (("long", TIMES), ("short", 1)):
            store = stack.enter_context(scratch(kind))
            job = prepare(approve_10000.CASE, store, rows)
            store.restore()
            multiply(job, times)
            pages[name] = log_in(stack.enter_context(site_of(job)), job, GRID)
            shown = len(cells_of(pages[name](), IN_OURS))
            if shown < min(SIZE, rows):
                raise RuntimeError(f"{NAME}: the {name} queue shows only {shown} rows")
        medians = medians_of(dict(pages), REPEATS * runs)
    return Figure(NAME, kind, "ms", medians["long"], medians["short"])
