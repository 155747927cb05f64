"""Pickers: selects that a script turns into a dialog with search and tree, and what such a dialog asks the server.

Without script the selects stay as they are. What a dialog sends is no more than what a select would: the service that
stores the form checks it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, jsonify, redirect, request, url_for
from wtforms.fields import SelectChoice

from models import Claim
from permissions import engine as permissions
from permissions.verbs import Verb
from services import picking, picking_trees
from views.extensions import actor, db, limiter
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask.typing import ResponseReturnValue
    from wtforms import SelectField

pickers = Blueprint("picking", __name__)
LONG = 15
"""A select with more lines than this, or with lines below each other, is chosen from in a dialog."""
CHOOSE = SelectChoice("", "请选择")


def offer(field: SelectField, options: Sequence[picking.Option], *, own: str = "不细分") -> None:
    """Let a select offer these lines, indented below each other, in a dialog where there are many.

    Args:
        field: of a form that is being built.
        options: its lines; one stands below the line its ``parent`` names.
        own: what the dialog adds to a line that has others below it, where the line itself is meant.
    """
    ordered = picking.in_tree_order(options)
    field.choices = [CHOOSE, *(_choice(depth, option) for depth, option in ordered)]
    if len(ordered) > LONG or any(depth for depth, _ in ordered):
        field.render_kw = {**(field.render_kw or {}), "data-picker": "tree", "data-own": own}


def _choice(depth: int, option: picking.Option) -> SelectChoice:
    below = {"data-parent": option.parent} if depth else {}
    return SelectChoice(option.value, "\u3000" * depth + option.label, below)


@pickers.get("/picking/workplace")
@limiter.limit("240/minute")
def workplace() -> ResponseReturnValue:
    """Answer the picker of region, employer and department, for visitors who register."""
    return _answer(picking_trees.workplaces, picking_trees.workplaces_named)


@pickers.get("/admin/picking/staff")
@limiter.limit("240/minute")
def staff() -> ResponseReturnValue:
    """Answer the picker of whom an office files a claim for; the session's scope decides whom it may see."""
    if actor().account_id is None:
        return redirect(url_for("security.login"))
    if actor().organization_id is None or not permissions.may(actor(), Verb.CREATE, Claim):
        abort(403)
    return _answer(picking_trees.staff, picking_trees.staff_named)


def _answer(
    level: Callable[[Any, str, int | None], picking_trees.Nodes],
    named: Callable[[Any, str], picking_trees.Nodes],
) -> ResponseReturnValue:
    """Answer ``?query=`` with what has that name, else what stands below ``?parent=`` (kind and key)."""
    term = request.args.get("query", "").strip()[: picking_trees.TERM_LENGTH]
    if term:
        found = named(db.session(), term)
    else:
        kind, _, key = request.args.get("parent", "").partition(":")
        found = level(db.session(), kind, as_key(key))
    return jsonify(lines=found.lines, more=found.more)
