"""The workbench's home page: what waits for me, my year or that of my people, what was decided, announcements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, request, url_for
from flask_admin import AdminIndexView, expose

from models import Claim
from models.base import now, today
from permissions import engine as permissions
from permissions.verbs import Verb
from services import (
    announcement_board,
    completion,
    duties,
    home,
    listing,
    settings,
    standing_in,
    statistics_waiting,
)
from services.certificate_pdf import hours_text
from services.queues import QUEUES
from views import menu
from views.extensions import actor, db
from views.frame import context
from views.values import shown_text
from workflow.tables import WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from permissions.actor import Actor

UNFINISHED: dict[str, tuple[str, str, dict[str, str]]] = {
    "returned": ("退回修改的申报", "claim.index_view", {"status": "returned"}),
    "draft": ("还没有提交的草稿", "claim.index_view", {"status": "draft"}),
    "plan-rejected": ("未通过、待修改的培训计划", "training-plan.index_view", {"status": "rejected"}),
    "plan-draft": ("还没有提交的培训计划", "training-plan.index_view", {"status": "draft"}),
    "class-start": ("已到开班日期的培训班", "training-class.index_view", {"due": "start"}),
    "class-finish": ("已过结业日期的培训班", "training-class.index_view", {"due": "finish"}),
    "certificate": ("可以制发证书", "certificate-printing.index_view", {"state": "ready"}),
    "notice": ("未读消息", "notice.index_view", {}),
}
"""Label, page and its filter of what waits and is no queue of the menu."""


class LoggedInMixin:
    """A page for everybody who logged in."""

    def is_accessible(self) -> bool:
        """Tell whether somebody logged in."""
        return actor().account_id is not None

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:  # noqa: ARG002
        """Send a visitor to the login page."""
        return redirect(url_for("security.login", next=request.full_path))


class HomeView(LoggedInMixin, AdminIndexView):
    """Flask-Admin's index page, for those who logged in."""

    @expose("/")
    def index(self) -> str:
        """Show the actor's home page."""
        session, who, day = db.session(), actor(), today()
        entries = menu.entries_of(who)
        endpoints = [entry.endpoint for entry in entries]
        year = _year_asked_for(day.year)
        return self.render(
            "admin/index.html",
            todos=_todos(endpoints),
            left=_left(who),
            without_duty=duties.givers(session, who),
            starts=[entry for entry in entries if entry.view == "create_view"],
            year=year,
            years=[(day.year, url_for(".index")), (day.year - 1, url_for(".index", year=day.year - 1))],
            own=completion.own_year(session, year) if who.person_id else None,
            scope=completion.of_scope(session, who, year) if menu.offered("year-summary") else None,
            year_url=url_for("year-summary.index_view", **({} if who.person_id else {"credit_year": year})),
            decisions=_decisions() if permissions.may(who, Verb.SUBMIT, Claim) else None,
            batches=_batches(),
            base_data=_base_data(entries),
            care=_care() if "hour-rule" in endpoints else [],
            entries=entries,
            announcements=announcements(who) if menu.offered("news") else None,
            hours_text=hours_text,
        )


def _year_asked_for(current: int) -> int:
    """Return the year chosen on the page: this one or the last."""
    return current - 1 if request.args.get("year") == str(current - 1) else current


def _todos(endpoints: list[str]) -> list[dict[str, Any]]:
    session, moment = db.session(), now()
    after = settings.value(session, settings.REMIND_AFTER)
    reminded = statistics_waiting.reminded_since(session, today())
    result = []
    for todo in home.todos(session, actor(), endpoints):
        label, endpoint, arguments = UNFINISHED.get(
            todo.name,
            (menu.title_of(todo.name), f"{todo.name}.index_view", _narrowed(todo.name)),
        )
        late = todo.since is not None and todo.name in QUEUES and todo.since < reminded
        result.append(
            {
                "label": label,
                "count": f"{todo.count:,}",
                "waited": home.waited(todo.since, moment) if todo.since else "",
                "late": f"已满 {settings.REMIND_AFTER.kind.shown(after)}" if late else "",
                "url": url_for(endpoint, **arguments),
            }
        )
    return result


def _left(who: Actor) -> list[dict[str, Any]]:
    """Return what waits where the actor stands in for somebody; asked only where the top of the page says that he may."""
    if not context()["frame"].standing.delegations:
        return []
    found = standing_in.waiting(
        db.session(), who, today(), lambda one: [entry.endpoint for entry in menu.entries_of(one)]
    )
    return [
        {
            "id": one.delegation_id,
            "giver": one.giver,
            "waiting": [
                f"{QUEUES[name].label} {listing.short_count(count)} 件"
                for name, count in one.waiting.items()
                if count
            ],
        }
        for one in found
    ]


def _narrowed(endpoint: str) -> Mapping[str, str]:
    return QUEUES[endpoint].arguments if endpoint in QUEUES else {}


def _decisions() -> list[dict[str, Any]]:
    return [
        {
            "title": claim.title,
            "url": url_for("claim.details_view", id=claim.id),
            "status": claim.status,
            "when": shown_text(claim.status_since),
            "note": claim.revoked_reason or claim.reason or "",
        }
        for claim in home.decisions(db.session())
    ]


def _batches() -> list[dict[str, Any]]:
    return [
        {
            "label": WORKFLOWS[batch.workflow][batch.transition].label,
            "object": WORKFLOWS[batch.workflow].model.__label__,
            "url": url_for("batch.details_view", id=batch.id),
            "when": shown_text(batch.created_at),
            "done": batch.done_count,
            "skipped": batch.skipped_count,
        }
        for batch in home.batches(db.session())
    ]


def _base_data(entries: tuple[menu.Entry, ...]) -> list[dict[str, Any]]:
    counts = home.base_data(db.session(), [entry.endpoint for entry in entries])
    return [
        {
            "label": entry.label,
            "icon": entry.icon,
            "count": f"{counts[entry.endpoint]:,}",
            "url": url_for(entry.key),
        }
        for entry in entries
        if entry.endpoint in counts
    ]


def _care() -> list[dict[str, str]]:
    return [
        {"sentence": item.sentence, "url": url_for(f"{item.endpoint}.index_view", **item.arguments)}
        for item in home.care(db.session(), today())
    ]


def announcements(who: Actor, most: int | None = announcement_board.MOST) -> list[dict[str, Any]]:
    """Return the announcements of the day for somebody as pages show them."""
    return [
        {
            "key": row.id,
            "title": row.title,
            "date": row.valid_from.isoformat(),
            "summary": row.body,
            "read": read_at is not None,
        }
        for row, read_at in announcement_board.of_the_day(db.session(), who, most)
    ]
