"""Where a number of 统计分析 leads: to the list that counts the same rows, or nowhere where no list does."""

from __future__ import annotations

import calendar
from typing import TYPE_CHECKING, Any

from flask import url_for

from models.enums import PersonState, PlanStatus, SheetStatus, UserType
from services import statistics
from services.queues import PENDING, QUEUES
from views import filters, menu

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.completion import Group
    from services.statistics import Table
    from services.statistics_hours import Posted
    from services.statistics_waiting import Waiting

REGIONAL = (UserType.BUREAU, UserType.PROVINCE)
OWN_QUEUES: dict[str, tuple[str, Mapping[str, str]]] = {
    "grade-sheet": ("grade-sheet-decision", {}),
    "training-plan": ("training-plan-decision", {}),
    "account": ("account-review", PENDING),
    "organization-change": ("organization-change", PENDING),
    "transfer": ("transfer", QUEUES["transfer"].arguments),
    "correction": ("correction", QUEUES["correction"].arguments),
}
"""Grid of one's own queue of each stage, with what narrows it to what waits."""
PENDING_ANYWHERE = {**PENDING, filters.OFFICE: filters.ALL}
LISTS: dict[str, tuple[str, Mapping[str, str]]] = {
    "grade-sheet": ("grade-sheet", {"status": SheetStatus.SUBMITTED.value}),
    "training-plan": ("training-plan", {"status": PlanStatus.SUBMITTED.value}),
    "account": ("account-review", PENDING_ANYWHERE),
    "organization-change": ("organization-change", PENDING_ANYWHERE),
    "transfer": ("transfer", PENDING),
    "correction": ("correction", PENDING),
}
"""Grid of everything of a stage that is in sight, with what narrows it to what waits."""


def of_people(
    session: Session, actor: Actor, year: int, region: str | None
) -> Callable[[Table, Group, str], str]:
    """Return a function (table, line, figure) → address of the people a figure counts.

    Figures are ``people``, ``complete`` and ``missing``. A line that puts several things together leads nowhere, nor does a
    department with others below it, for whose list takes those in.
    """
    elsewhere = region is not None and actor.user_type not in REGIONAL
    parents = statistics.departments_with_parts(session) if actor.user_type is UserType.EMPLOYER else set()
    where: dict[str, Callable[[Any], dict[str, str] | None]] = {
        "region": lambda key: {"region": key} if actor.user_type in REGIONAL else None,
        "industry": lambda key: {"industry": key} if key else None,
        "employer": lambda key: {"unit": str(key)},
        "department": lambda key: {"department": str(key)} if key and key not in parents else None,
        "title": lambda key: {"title_level": key or statistics.NONE},
        "year": lambda _key: {},
    }

    def address(table: Table, group: Group, figure: str) -> str:
        whole = table.total is not None and group is table.total
        if (
            elsewhere
            or (table.others is not None and group is table.others)
            or (not whole and group.key in table.alone)
        ):
            return ""
        narrowed = {} if whole else where[table.code](group.key)
        if narrowed is None:
            return ""
        base = {"region": region} if region else {}
        of_year = group.key if table.code == "year" else year
        state = {
            "people": {},
            "complete": {"year_state": f"{of_year}-1"},
            "missing": {"year_state": f"{of_year}-0"},
        }
        return url_for(
            "person.index_view", state=PersonState.IN_SERVICE.value, **(base | narrowed | state[figure])
        )

    return address


def of_entries(actor: Actor, year: int, region: str | None) -> Callable[[str, Posted], str]:
    """Return a function (table, line) → address of the ledger entries a line counts."""
    elsewhere = region is not None and actor.user_type not in REGIONAL

    def address(code: str, line: Posted) -> str:
        if elsewhere:
            return ""
        narrowed = {"region": region} if region else {}
        if line.key is not None and code == "kind":
            narrowed |= {"activity": str(line.key)}
        elif line.key is not None:
            last = calendar.monthrange(int(line.key[:4]), int(line.key[5:]))[1]
            narrowed |= {"posted_from": f"{line.key}-01", "posted_to": f"{line.key}-{last}"}
        return url_for("ledger.index_view", credit_year=year, **narrowed)

    return address


def of_waiting(actor: Actor) -> Callable[[Waiting], str]:
    """Return a function line → address of what waits there; of claims that are still their employer's, offices know only the number."""

    def of_claims(line: Waiting) -> str:
        declared = line.stage == "claim-declared"
        if not declared and actor.user_type is not UserType.EMPLOYER:
            return ""
        office = {filters.OFFICE: line.office_id} if declared and line.office_id else {}
        return url_for("claim.index_view", status=line.stage.removeprefix("claim-"), **office)

    def address(line: Waiting) -> str:
        if line.stage.startswith("claim-"):
            return of_claims(line)
        own = line.office_id == actor.organization_id
        endpoint, narrowed = (OWN_QUEUES if own else LISTS).get(line.stage, ("", {}))
        if not menu.offered(endpoint):
            return ""
        office = {filters.OFFICE: str(line.office_id)} if line.office_id and not own else {}
        return url_for(f"{endpoint}.index_view", **{**narrowed, **office})

    return address
