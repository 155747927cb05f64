"""The queues of claims: an employer's two and the approver's, split into what is clean and what needs attention."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from models import Claim
from models.enums import CheckResult
from services import findings, listing, queues
from views.claim_grid import OF_RESULT, ClaimGrid
from views.cockpit import CockpitMixin
from views.extensions import actor, db
from views.grid_state import VIEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from views.grid_state import ListState

RESULT = "check_result"
SHOWN = (CheckResult.CLEAN, CheckResult.ATTENTION, CheckResult.UNCHECKED)


class Part(NamedTuple):
    """A part of a queue: what it is called, how many claims it has, where it is, and whether it is what is shown."""

    label: str
    number: str
    url: str
    current: bool


class ClaimQueue(ClaimGrid):
    """Claims that wait for the actor's office (``services.queues``), oldest first."""

    order = (Claim.id.asc(),)
    nothing_yet = "没有等待办理的记录，都办完了。"
    list_template = "admin/claim/queue.html"
    more_columns = tuple(path for path in ClaimGrid.more_columns if path != RESULT)

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return what waits."""
        return (queues.condition(self.endpoint_name, actor()),)

    def attention(self, keys: Sequence[int]) -> dict[str, Any] | None:
        """Return how many of some claims need attention, and the part of the queue they are in."""
        number = findings.attention(db.session(), keys)
        url = self.get_url(".index_view", **{RESULT: CheckResult.ATTENTION.value})
        return {"count": number, "url": url} if number else None

    def parts(self, state: ListState) -> list[Part]:
        """Return the parts of the queue with what else narrows it kept, those without a claim left out save the two."""
        rest = {name: value for name, value in state.arguments.items() if name not in {RESULT, VIEW}}
        whole = [item for item in state.conditions if not any(item is part for part in OF_RESULT.values())]
        numbers = listing.counts(db.session(), Claim, [(*whole, OF_RESULT[result]) for result in SHOWN])
        chosen = state.arguments.get(RESULT)
        return [Part("全部", "", self.address(rest or {VIEW: "0"}), chosen is None)] + [
            Part(
                result.label,
                listing.short_count(number),
                self.address(rest | {RESULT: result.value}),
                chosen == result.value,
            )
            for result, number in zip(SHOWN, numbers, strict=True)
            if number or result is not CheckResult.UNCHECKED
        ]


class ClaimReviewView(CockpitMixin, ClaimQueue):
    """其它继续教育形式申报: what an employer's people filed of one subject, to review and declare."""

    offered_transitions = frozenset({"accept", "return", "declare"})
    columns = (
        "title",
        RESULT,
        *(path for path in ClaimGrid.columns[1:] if path not in {"subject", "employer.name"}),
    )
    filters = tuple(item for item in ClaimGrid.filters if item.name != "subject")


class ClaimDecisionView(CockpitMixin, ClaimQueue):
    """The approver's queue: what was declared to this office."""

    offered_transitions = frozenset({"approve", "reject"})
    columns = (
        "title",
        RESULT,
        *(path for path in ClaimGrid.columns[1:] if path not in {"status", "credit_year"}),
    )
    more_columns = ("credit_year", *ClaimQueue.more_columns)
    filters = tuple(item for item in ClaimGrid.filters if item.name != "status")
