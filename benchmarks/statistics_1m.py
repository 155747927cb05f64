"""统计分析 of the province, a whole request for each of its tabs, with 1 000 000 people.

"Ours" is the tab 完成情况, the lower bound its own statements once more through the bare driver: the rest is what the page is made of.
The other tabs stand beside it. Counts are made anew after the load, as every night; the figure of that is the worker's, not the page's.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from sqlalchemy import select

from benchmarks.batches import Job
from benchmarks.databases import scratch
from benchmarks.figures import Figure
from benchmarks.list_render import log_in, medians_of, replay, site_of, statements_of
from models import Account
from models.enums import UserType
from permissions.actor import load_actor
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.load import load
from services import statistics_keeping

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.databases import Store

NAME, TIMES, REPEATS = "statistics_1m", 100, 3
PART = 50_000
"""People loaded in one transaction: one far larger than SQLite's cache takes many times as long a person."""
TABS = {"completion": "statistics", "hours": "statistics/hours", "waiting": "statistics/waiting"}


def prepare(store: Store, people: int) -> Job:
    """Load so many people with a claim each, count them, and say who looks at the counts.

    Raises:
        RuntimeError: the load made no administrator of the province.
    """
    with ScopedSession(store.engine) as session:
        set_scope(session, ALL)
        seed_base(session)
        for number, start in enumerate(range(0, people, PART), 1):
            load(session, people=min(PART, people - start), claims_per_person=1, seed=number)
            session.commit()
        statistics_keeping.rebuild(session)
        session.commit()
        reader = session.scalar(select(Account.id).where(Account.user_type == UserType.PROVINCE).limit(1))
        actor = load_actor(session, reader or 0)
    if actor is None:
        raise RuntimeError(f"{NAME}: nobody looks at the whole province")
    store.freeze()
    return Job(store, actor, [])


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the pages, in milliseconds.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        rows: a hundredth of the people.
        runs: timed rounds; each opens every tab three times, in turns.
    """
    with ExitStack() as stack:
        store = stack.enter_context(scratch(kind))
        job = prepare(store, rows * TIMES)
        store.restore()
        app = stack.enter_context(site_of(job))
        ways: dict[str, Callable[[], object]] = {
            name: log_in(app, job, address) for name, address in TABS.items()
        }
        statements = statements_of(app, log_in(app, job, TABS["completion"]))
        connection = store.engine.raw_connection()
        stack.callback(connection.close)
        medians = medians_of(ways | {"bare": lambda: replay(connection, statements)}, REPEATS * runs)
    others = {f"{name}_tab": medians[name] for name in TABS if name != "completion"}
    return Figure(NAME, kind, "ms", medians["completion"], medians["bare"], others)
