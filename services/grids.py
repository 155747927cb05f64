"""How an account likes a grid, and the views kept by name. The session's scope decides which exist for whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Integer, String, and_, bindparam, func, literal, select

from models import GridSetting, SavedView
from models.enums import Density, ViewAudience
from permissions import engine as permissions
from permissions import scopes
from permissions.verbs import Verb
from services import settings
from services.errors import InputError
from services.settings import PAGE_SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

MOST_VIEWS = 30
NAME_LENGTH = 20
POSITION = {audience: place for place, audience in enumerate(reversed(ViewAudience))}
"""Everybody's views stand first, one's own last."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a grid is laid out for one account.

    Attributes:
        columns: column paths in order; ``None`` for the grid's own.
        density: how close the rows stand.
        page_size: rows on a page; what the system administrator set (:func:`usual`) where the account chose none.
    """

    columns: tuple[str, ...] | None = None
    density: Density = Density.NORMAL
    page_size: int = PAGE_SIZES[0]


class View(NamedTuple):
    """A saved view, as a list offers it."""

    id: int
    name: str
    audience: ViewAudience
    arguments: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Liking:
    """How an account likes a grid, and what it may choose from.

    Attributes:
        layout: as stored, or the grid's own.
        views: the saved views the account may see: everybody's, the office's, its own.
        default: the one the grid opens with, if it is still to be seen.
    """

    layout: Layout
    views: Sequence[View]
    default: View | None


def setting_of(session: Session, actor: Actor, endpoint: str) -> GridSetting | None:
    """Return the stored setting of an account in a grid."""
    return session.scalars(
        select(GridSetting).where(
            GridSetting.account_id == actor.account_id, GridSetting.endpoint == endpoint
        )
    ).first()


def liking_of(session: Session, actor: Actor, endpoint: str) -> Liking:
    """Return how an account likes a grid and which saved views it may see, in one statement."""
    found = session.execute(_liking(), {"account": actor.account_id, "grid": endpoint}).all()
    columns, density, page_size, default, *_view = found[0]
    views = sorted((View(*row[4:]) for row in found if row.id), key=lambda view: POSITION[view.audience])
    return Liking(
        _layout(session, columns, density, page_size),
        views,
        next((view for view in views if view.id == default), None),
    )


@cache
def _liking() -> Select[Any]:
    """Return the statement behind :func:`liking_of`: every list asks it, so that it is put together once."""
    # Either may be missing: both hang on a row that is always there.
    always = select(literal(1).label("one")).subquery()
    grid = bindparam("grid", type_=String())
    stored = and_(
        GridSetting.account_id == bindparam("account", type_=Integer()), GridSetting.endpoint == grid
    )
    return (
        select(
            GridSetting.columns,
            GridSetting.density,
            GridSetting.page_size,
            GridSetting.default_view_id,
            *(getattr(SavedView, name) for name in View._fields),
        )
        .select_from(always)
        .outerjoin(GridSetting, stored)
        .outerjoin(SavedView, SavedView.endpoint == grid)
        .order_by(SavedView.id)
    )


def usual(session: Session) -> Layout:
    """Return how a grid is laid out for an account that chose nothing."""
    return Layout(page_size=settings.value(session, settings.PAGE_SIZE))


def layout_of(session: Session, setting: GridSetting | None) -> Layout:
    """Return a stored setting as a layout; what is not stored is the usual."""
    if setting is None:
        return usual(session)
    return _layout(session, setting.columns, setting.density, setting.page_size)


def _layout(
    session: Session, columns: Sequence[str] | None, density: Density | None, page_size: int | None
) -> Layout:
    own = usual(session)
    return Layout(tuple(columns) if columns else None, density or own.density, page_size or own.page_size)


def _own(session: Session, actor: Actor, endpoint: str) -> GridSetting:
    stored = setting_of(session, actor, endpoint)
    if stored is None:
        stored = GridSetting(account_id=actor.account_id, endpoint=endpoint)
        session.add(stored)
    return stored


def keep_layout(session: Session, actor: Actor, endpoint: str, layout: Layout) -> None:
    """Remember a layout for the account; with as many rows as usual it has as many as will be usual then."""
    stored = _own(session, actor, endpoint)
    stored.columns = list(layout.columns) if layout.columns else None
    stored.density = layout.density
    stored.page_size = layout.page_size if layout.page_size != usual(session).page_size else None


def reset_layout(session: Session, actor: Actor, endpoint: str) -> None:
    """Go back to the usual layout; the default view stays."""
    keep_layout(session, actor, endpoint, usual(session))


def save_view(
    session: Session,
    actor: Actor,
    endpoint: str,
    *,
    name: str,
    audience: ViewAudience,
    arguments: Mapping[str, str],
) -> SavedView:
    """Keep a view under a name; one's own view of that name takes the new conditions.

    Args:
        session: the actor's session.
        actor: who saves it.
        endpoint: the grid.
        name: 1 to 20 characters.
        audience: who finds it.
        arguments: query parameters of the list, never with a citizen id.

    Raises:
        InputError: no name, too long a name, too many views, or an audience that is not the actor's to give.
    """
    name = " ".join(name.split())
    if audience not in audiences(actor):
        raise InputError({"audience": f"您不能保存“{audience.label}”可见的视图，请改选可见范围"})
    if not name:
        raise InputError({"name": "请填写视图名称"})
    if len(name) > NAME_LENGTH:
        raise InputError({"name": f"视图名称最多 {NAME_LENGTH} 个字，请缩短"})
    view = session.scalars(
        select(SavedView).where(
            SavedView.endpoint == endpoint, SavedView.account_id == actor.account_id, SavedView.name == name
        )
    ).first()
    if view is None:
        number = session.scalar(
            select(func.count(SavedView.id)).where(
                SavedView.endpoint == endpoint, SavedView.account_id == actor.account_id
            )
        )
        if (number or 0) >= MOST_VIEWS:
            raise InputError({"name": f"每个列表最多保存 {MOST_VIEWS} 个视图，请先删除不用的"})
        view = SavedView(endpoint=endpoint, name=name, account_id=actor.account_id)
        session.add(view)
    view.organization_id = actor.organization_id if audience is ViewAudience.ORGANIZATION else None
    view.audience, view.arguments = audience, dict(arguments)
    session.flush()
    return view


def delete_view(session: Session, view: SavedView) -> None:
    """Delete a view; whoever had it as default gets the whole list again."""
    session.delete(view)


def set_default(session: Session, actor: Actor, endpoint: str, view: SavedView | None) -> None:
    """Open the grid with this view from now on, or with the whole list."""
    _own(session, actor, endpoint).default_view_id = view.id if view else None


SCOPES = {
    ViewAudience.PRIVATE: scopes.own_views,
    ViewAudience.ORGANIZATION: scopes.views_of_organization,
    ViewAudience.SYSTEM: scopes.views_of_system,
}
"""The scope by which the permission table grants each audience."""


def audiences(actor: Actor) -> list[ViewAudience]:
    """Return whom the actor may save a view for; nobody while he acts in somebody's place."""
    if not permissions.may(actor, Verb.CREATE, SavedView):
        return []
    granted = {grant.rows for grant in permissions.grants_of(actor, Verb.CREATE, SavedView)}
    return [audience for audience, scope in SCOPES.items() if scope in granted]
