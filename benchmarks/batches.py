"""Measures one batch transition: through the workflow engine, as bare SQL, and as its rivals would write it.

Every contender decides the same claims on a copy of the same database and commits; they must leave the same facts,
or the comparison would be void.
"""

from __future__ import annotations

import gc
import statistics
import time
import uuid
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from benchmarks.databases import scratch
from benchmarks.figures import Figure
from models import Account, Claim, JournalEntry, LedgerEntry, Notice, YearSummary
from models.base import now
from models.types import UtcDateTime
from permissions.actor import load_actor
from permissions.engine import view_scope
from permissions.wall import ALL, ScopedSession, set_scope
from seed.base import seed_base
from seed.load import LoadPlan, load
from workflow.engine import fire
from workflow.tables import CLAIM

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.databases import Store
    from models import Base
    from models.enums import ClaimStatus
    from permissions.actor import Actor

    Tables = dict[type[Base], tuple[str, ...]]

YEARS = (2025, 2026)
TODAY = date(2026, 3, 1)  # claims and approvals of both years are open on this day
SPARE = 1.3  # claims loaded for one that is decided
CLAIMS_EACH = 2


@dataclass(frozen=True, slots=True)
class Job:
    """What a contender is asked to do: decide ``ids`` on ``store`` as ``actor``, and commit."""

    store: Store
    actor: Actor
    ids: list[int]

    def bare(self, *statements: str) -> None:
        """Run statements in one transaction; ``{ids}`` stands for the keys, ``:moment`` … for the usual values."""
        array = self.store.kind == "postgresql"
        chosen = "= ANY(CAST(:ids AS bigint[]))" if array else "IN (SELECT value FROM json_each(:ids))"
        values: dict[str, Any] = {
            "ids": self.ids if array else str(self.ids),
            "moment": now(),
            "actor": self.actor.account_id,
            "organization": self.actor.organization_id,
            "batch": uuid.uuid4().hex,
        }
        with self.store.engine.begin() as connection:
            for statement in statements:
                prepared = text(statement.replace("{ids}", chosen))
                names = prepared.compile().params
                if "moment" in names:
                    prepared = prepared.bindparams(bindparam("moment", type_=UtcDateTime()))
                connection.execute(prepared, {name: values[name] for name in names})


@dataclass(frozen=True, slots=True)
class Case:
    """One benchmark of a batch transition.

    Attributes:
        name: of the benchmark.
        transition: of the claim workflow.
        source: status of the claims before.
        decider: account that decides one claim, as a column of the claims' employer or approver.
        plan: shape of the load.
        bare: the least that must be written, set-based.
        rivals: other ways, run once each.
    """

    name: str
    transition: str
    source: ClaimStatus
    decider: Any
    plan: LoadPlan
    bare: Callable[[Job], None]
    rivals: dict[str, Callable[[Job], None]]


def measure(case: Case, kind: str, *, rows: int, runs: int, rivals: bool = True) -> Figure:
    """Measure one case on one database.

    Args:
        case: what to measure.
        kind: ``sqlite`` or ``postgresql``.
        rows: number of claims decided.
        runs: timed runs of our way and of the lower bound, in turns; one more of each warms up and is compared.
        rivals: whether the rivals run too, once each.

    Raises:
        RuntimeError: a contender left other facts than the others.
    """
    with scratch(kind) as store:
        job = prepare(case, store, rows)
        return contest(
            case.name, job, lambda job: ours(case, job), case.bare, case.rivals if rivals else {}, runs
        )


def contest(
    name: str,
    job: Job,
    our_way: Callable[[Job], None],
    bare: Callable[[Job], None],
    rivals: dict[str, Callable[[Job], None]],
    runs: int,
    tables: Tables | None = None,
) -> Figure:
    """Let contenders do the same job in turns and compare what they leave behind.

    Args:
        name: of the benchmark.
        job: what is to be done, on a store that is frozen.
        our_way: through the engine.
        bare: the lower bound.
        rivals: other ways, run once each.
        runs: timed runs of our way and of the lower bound.
        tables: what is compared; :data:`FACTS` where left out.

    Raises:
        RuntimeError: a contender left other facts than the others.
    """
    contenders = {"ours": our_way, "lower bound": bare}
    facts = {who: _facts_after(job, contender, tables) for who, contender in contenders.items()}
    times: dict[str, list[float]] = {who: [] for who in contenders}
    for _ in range(runs):
        for who, contender in contenders.items():
            times[who].append(_time(job, contender))
    others = {}
    for who, contender in rivals.items():
        others[who] = round(_time(job, contender), 4)
        facts[who] = read_facts(job.store, tables)
    _compare(name, facts)
    medians = {who: round(statistics.median(values), 4) for who, values in times.items()}
    return Figure(name, job.store.kind, "s", medians["ours"], medians["lower bound"], others)


def ours(case: Case, job: Job) -> None:
    """Decide through the workflow engine, on a session with the actor's scope, as a request does."""
    with ScopedSession(job.store.engine) as session:
        set_scope(session, view_scope(job.actor))
        outcome = fire(session, job.actor, CLAIM, case.transition, job.ids, today=TODAY)
        session.commit()
    if outcome.done != len(job.ids):
        raise RuntimeError(f"{case.name}: {dict(outcome.counts)}")


def prepare(case: Case, store: Store, rows: int) -> Job:
    """Load what a case needs, make it the store's loaded state, and say what is to be decided by whom.

    Raises:
        RuntimeError: the load holds fewer such claims than wanted.
    """
    with ScopedSession(store.engine) as session:
        set_scope(session, ALL)
        seed_base(session)
        people = int(rows * SPARE / CLAIMS_EACH) + 1
        load(session, people=people, claims_per_person=CLAIMS_EACH, seed=1, plan=case.plan)
        session.commit()
        ready = select(Claim.id).where(Claim.status == case.source).order_by(Claim.id)
        ids = list(session.scalars(ready.limit(rows)))
        if len(ids) != rows:
            raise RuntimeError(f"{case.name}: only {len(ids)} claims are {case.source}")
        decider = session.scalar(
            select(Account.id)
            .where(Account.organization_id == case.decider)
            .where(Claim.id == ids[0])
            .order_by(Account.id)
            .limit(1)
        )
        actor = load_actor(session, decider or 0)
    if actor is None:
        raise RuntimeError(f"{case.name}: nobody decides")
    store.freeze()
    return Job(store, actor, ids)


def _time(job: Job, contender: Callable[[Job], None]) -> float:
    job.store.restore()
    gc.collect()
    start = time.perf_counter()
    contender(job)
    return time.perf_counter() - start


def _facts_after(job: Job, contender: Callable[[Job], None], tables: Tables | None) -> dict[str, list[Any]]:
    job.store.restore()
    contender(job)
    return read_facts(job.store, tables)


FACTS: Tables = {
    Claim: ("id", "status", "approver_id", "declared_by_id", "decided_by_id", "awarded_hours", "reason", "revision"),
    JournalEntry: ("object_id", "action", "from_status", "to_status", "actor_id", "on_behalf_of_id", "details"),
    LedgerEntry: ("source_id", "person_id", "credit_year", "subject", "kind", "hours", "round", "posted_by_id"),
    YearSummary: ("person_id", "credit_year", "public_hours", "specialty_hours", "specialty_completions",
                  "required_public", "required_specialty", "required_total", "complete"),
    Notice: ("account_id", "title", "link"),
}  # fmt: skip
"""What a decision writes, without moments and random keys."""


def read_facts(store: Store, tables: Tables | None = None) -> dict[str, list[Any]]:
    """Return everything decisions write, in a fixed order, for comparing contenders."""
    facts = {}
    with Session(store.engine) as session:
        for model, names in (tables or FACTS).items():
            rows = session.execute(select(*(getattr(model, name) for name in names)))
            facts[model.__tablename__] = sorted((tuple(row) for row in rows), key=repr)
    return facts


def _compare(benchmark: str, facts: dict[str, dict[str, list[Any]]]) -> None:
    reference = facts["lower bound"]
    for name, found in facts.items():
        different = [table for table, rows in found.items() if rows != reference[table]]
        if different:
            raise RuntimeError(f"{benchmark}: {name} and the lower bound differ in {', '.join(different)}")
