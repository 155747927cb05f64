"""What the frame around every page shows: who acts, the menu with its counters, where one is, and help."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import g, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from models.enums import DelegatedWork
from services import frame, guide, listing, settings
from views import menu
from views.addresses import address
from views.extensions import actor, db
from views.fragments import kept

if TYPE_CHECKING:
    from markupsafe import Markup

TITLE = "继续教育信息管理系统"
MOST_SHOWN = 999
"""Larger counters are shown as “999+”, so that they stay beside their entry."""


def _version() -> str:
    project = Path(__file__).resolve().parent.parent / "pyproject.toml"
    return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])


VERSION = _version()


def count_text(number: int) -> str:
    """Return a counter as the frame shows it."""
    return f"{MOST_SHOWN}+" if number > MOST_SHOWN else str(number)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the menu.

    Attributes:
        label: what the role calls it.
        url: where it leads.
        icon: Tabler icon.
        active: whether it leads to the page shown.
        count: what waits there, as text; empty for nothing.
        spoken: the same for those who hear it.
    """

    label: str
    url: str
    icon: str
    active: bool
    count: str
    spoken: str


@dataclass(frozen=True, slots=True)
class Group:
    """A heading of the menu and its lines."""

    name: str
    lines: tuple[Line, ...]


class Frame:
    """Read by the templates; asks the database once a request, and only where something of it is shown.

    Args:
        counting: whether there are counters; not on the page that says the database failed.
    """

    title = TITLE
    version = VERSION

    def __init__(self, *, counting: bool = True) -> None:
        self._counting = counting

    @cached_property
    def standing(self) -> frame.Standing:
        """Who acts and what waits."""
        if not self._counting:
            return frame.Standing(person=actor().label)
        endpoints = [entry.endpoint for entry in menu.entries_of(actor())]
        return frame.standing(db.session(), actor(), endpoints)

    @property
    def role(self) -> str:
        """The user type one logged in as; of a system administrator his duty, where the three are separated."""
        user_type, duties = actor().user_type, actor().duties
        if len(duties) == 1:
            return next(iter(duties)).label
        return user_type.label if user_type else ""

    @property
    def acting_for(self) -> str:
        """The work one does in somebody's place; empty for who acts for himself."""
        principal = actor().principal
        return "、".join(work.label for work in DelegatedWork if principal and work in principal.works)

    @property
    def unread(self) -> str:
        """The number of unread messages as text; empty for none."""
        return count_text(self.standing.unread) if self.standing.unread else ""

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The actor's menu."""
        groups: dict[str, list[Line]] = {}
        for entry in menu.entries_of(actor()):
            groups.setdefault(entry.group, []).append(self._line(entry))
        return tuple(Group(name, tuple(lines)) for name, lines in groups.items())

    @property
    def menu(self) -> Markup:
        """The same as HTML."""
        return kept("macros/menu.html", "menu", self.groups)

    def _line(self, entry: menu.Entry) -> Line:
        waits = self.standing.waiting.get(entry.endpoint, 0) if entry.view == "index_view" else 0
        return Line(
            label=entry.label,
            url=address(entry.key),
            icon=entry.icon,
            active=entry is self._entry,
            count=count_text(waits) if waits else "",
            spoken=f"{listing.short_count(waits)} 条待办" if waits else "",
        )

    @cached_property
    def _entry(self) -> menu.Entry | None:
        return menu.entry_of(request.endpoint or "")

    @property
    def group(self) -> str:
        """The heading the page shown stands under; empty where the menu does not lead to it."""
        return self._entry.group if self._entry else ""

    @cached_property
    def support(self) -> str:
        """Whom to ask when something does not work; empty where the system administrator named nobody."""
        try:
            return settings.value(db.session(), settings.SUPPORT)
        except SQLAlchemyError:  # the page says already that the database failed
            return ""

    @cached_property
    def help_url(self) -> str:
        """The role's guide, at the place that speaks of the page shown."""
        user_type = actor().user_type
        if user_type is None:
            return url_for("help.index")
        names = (self._entry.label, self._entry.group, "列表") if self._entry else ("首页",)
        return url_for("help.index", _anchor=guide.of_role(user_type).anchor_of(*names) or None)


def context() -> dict[str, Any]:
    """Return what every template may read: ``frame``, and ``actor_label`` (empty for a visitor)."""
    who = actor()
    if "frame" not in g:
        g.frame = Frame()
    return {"actor_label": who.label if who.account_id else "", "frame": g.frame}


def without_counters() -> None:
    """Let this request's frame show no counters: the database may be what failed."""
    g.frame = Frame(counting=False)
