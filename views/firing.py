"""Foretelling and firing a transition for a page: what would happen, by outcome, and what is said where it fails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import flash, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.base import today
from permissions import engine as permissions
from permissions.verbs import Verb
from services import batch_jobs, region_days
from views.extensions import actor, db, request_id
from workflow import engine
from workflow.outcomes import DONE
from workflow.undo import WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models import Base
    from workflow.core import Transition, Workflow

EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Groups:
    """What a transition would do to rows: their groups with examples, which would pass, and who would do it."""

    shown: list[dict[str, Any]]
    done: list[int]
    in_background: bool


def groups_of(
    view: Any,
    workflow: Workflow | None,
    transition: Transition,
    ids: Sequence[int],
    parameters: Mapping[str, Any],
) -> Groups:
    """Return what firing would do, by outcome.

    Args:
        view: the grid the rows belong to; it names the examples.
        workflow: the table.
        transition: its line.
        ids: keys of the rows.
        parameters: as they would be given.
    """
    outcomes = engine.preview(
        db.session(), actor(), workflow, transition.name, ids, today=today(), parameters=parameters
    )
    groups: dict[str, list[int]] = {}
    for key, outcome in outcomes.items():
        groups.setdefault(outcome, []).append(key)
    done = groups.pop(DONE, [])
    shown = []
    if done:
        passing = _group(view, f"可以{transition.label}", "success", done, lambda _row: {})
        shown.append(passing | {"attention": view.attention(done)})
    shown += [
        _group(
            view,
            engine.sentence_of(transition, outcome),
            "warning",
            keys,
            partial(view.in_the_way, transition, outcome),
            outcome,
        )
        for outcome, keys in sorted(groups.items())
    ]
    return Groups(shown, done, len(ids) > batch_jobs.AT_ONCE)


def fire_or_explain(
    workflow: Workflow | None,
    transition: Transition,
    ids: Sequence[int],
    *,
    parameters: Mapping[str, Any],
    reason: str | None = None,
) -> engine.Outcome | None:
    """Fire, or start the job that does, and commit; ``None`` where that failed, and a message says why.

    Args:
        workflow: the table.
        transition: its line.
        ids: keys of the rows.
        parameters: what its form asked for.
        reason: what was typed as one.
    """
    session = db.session()
    try:
        outcome = batch_jobs.fire(
            session,
            actor(),
            workflow,
            transition.name,
            ids,
            today=today(),
            reason=reason,
            parameters=parameters,
            batch_key=batch_key_of(request.form.get("batch_key")),
            request_id=request_id(),
        )
    except engine.WorkflowError as error:
        session.rollback()
        flash(str(error), "error")
        return None
    except IntegrityError:  # what a guard found free was taken in the same moment
        session.rollback()
        flash("与他人刚刚办理的记录冲突，本次没有办理，请刷新后再试", "error")
        return None
    session.commit()
    return outcome


def done_sentence(workflow: Workflow | None, transition: Transition) -> str:
    """Return what is said after one row was done."""
    done = f"已{transition.label}"
    if workflow is None or workflow.undoing(transition.name) is None:
        return done
    return f"{done}，{WINDOW.seconds // 60} 分钟内可在“批量办理记录”中撤回"


def batch_key_of(text: str | None) -> str | None:
    """Return a batch key as it arrived with a form; ``None`` where it can be none."""
    return text if text and len(text) == len(engine.new_batch_key()) and text.isalnum() else None


def _group(
    view: Any,
    label: str,
    tone: str,
    keys: list[int],
    in_the_way: Callable[[Any], dict[str, str]],
    outcome: str = DONE,
) -> dict[str, Any]:
    model: type[Base] = view.model
    shown = keys[:EXAMPLES]
    rows = db.session.scalars(
        select(model).where(model.id.in_(shown), permissions.rows(actor(), Verb.VIEW, model))
    ).all()
    examples = [
        {
            "id": row.id,
            "label": view.describe(row),
            "url": view.get_url(".details_view", id=row.id),
            "file": view.file_of(row),
            "in_the_way": in_the_way(row),
        }
        for row in rows
    ]
    return {
        "label": label,
        "tone": tone,
        "count": len(keys),
        "examples": examples,
        "notes": region_days.holding(db.session(), actor(), outcome, model, keys),
    }
