"""Buttons, batch actions, previews and results: all derived from the workflow table of a grid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import DecimalField, RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError

from models.base import today
from models.enums import ApproverRoute
from permissions import engine as permissions
from permissions.verbs import Verb
from views.extensions import actor, db, request_id
from views.values import as_key
from workflow import engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import Base
    from workflow.core import Transition, Workflow

EXAMPLES = 10
MOST_HOURS = Decimal("99999.9")  # what the column holds
TENTH = Decimal("0.1")
NO_NUMBER = "认定学时须是不小于 0 的数"


class TransitionMixin:
    """What a grid with a workflow can do to its rows.

    Attributes:
        workflow: the table, or ``None``.
        offered_transitions: names offered here; ``None`` offers all the actor may use.
    """

    workflow: Workflow | None = None
    offered_transitions: frozenset[str] | None = None

    def usable(self) -> list[Transition]:
        """Return the transitions of this grid that the permission table grants the actor."""
        if self.workflow is None:
            return []
        return [
            transition
            for transition in self.workflow.transitions
            if (self.offered_transitions is None or transition.name in self.offered_transitions)
            and permissions.may(actor(), transition.needs, self.workflow.model)
        ]

    def get_actions_list(self) -> tuple[list[tuple[str, str]], dict[str, str]]:
        """Return Flask-Admin's (actions, confirmations); the preview page is the confirmation."""
        return [(transition.name, transition.label) for transition in self.usable() if transition.batch], {}

    def row_transitions(self, row: Any) -> list[Transition]:
        """Return the transitions the actor can fire on this very row, for its buttons."""
        return [
            transition
            for transition in self.usable()
            if row.status in transition.sources
            and permissions.allows(db.session(), actor(), transition.needs, row)
        ]

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Preview a transition on the chosen rows, and fire it once it is confirmed."""
        name = request.form.get("action", "")
        transition = next((item for item in self.usable() if item.name == name), None)
        if transition is None or self.workflow is None:
            abort(403)
        ids = _keys(request.form.getlist("rowid"))
        back = get_redirect_target() or self.get_url(".index_view")  # type: ignore[attr-defined]
        if not ids:
            flash(f"请先勾选要{transition.label}的记录", "warning")
            return redirect(back)
        if len(ids) > engine.MAXIMUM_ROWS:
            abort(413)
        form = form_of(transition, single=len(ids) == 1)
        if request.form.get("confirmed") and form.validate():
            return self._fire(transition, ids, form, back)
        return self._preview(transition, ids, form, back)

    def _preview(self, transition: Transition, ids: Sequence[int], form: FlaskForm, back: str) -> Any:
        outcomes = engine.preview(
            db.session(),
            actor(),
            self.workflow,
            transition.name,
            ids,
            today=today(),
            parameters=_parameters(form),
        )
        groups: dict[str, list[int]] = {}
        for key, outcome in outcomes.items():
            groups.setdefault(outcome, []).append(key)
        done = groups.pop(engine.DONE, [])
        shown = [_group(self, f"可以{transition.label}", "success", done)] if done else []
        shown += [
            _group(self, engine.sentence_of(transition, outcome), "warning", keys)
            for outcome, keys in sorted(groups.items())
        ]
        hidden = [
            ("action", transition.name),
            ("url", back),
            ("batch_key", engine.new_batch_key()),
            *(("rowid", str(key)) for key in ids),
        ]
        return self.render(  # type: ignore[attr-defined]
            "admin/preview.html",
            title=f"{transition.label}：请核对后确认",
            transition=transition,
            outcome_groups=shown,
            hidden_fields=hidden,
            form=form,
            confirm_count=len(done),
            confirm_url=self.get_url(".action_view"),  # type: ignore[attr-defined]
            cancel_url=back,
        )

    def _fire(self, transition: Transition, ids: Sequence[int], form: FlaskForm, back: str) -> Any:
        session = db.session()
        try:
            outcome = engine.fire(
                session,
                actor(),
                self.workflow,
                transition.name,
                ids,
                today=today(),
                reason=form.reason.data if "reason" in form else None,
                parameters=_parameters(form),
                batch_key=_batch_key(request.form.get("batch_key")),
                request_id=request_id(),
            )
        except engine.WorkflowError as error:
            session.rollback()
            flash(str(error), "error")
            return redirect(back)
        session.commit()
        if outcome.skipped == 0 and outcome.done == 1:
            flash(f"已{transition.label}", "success")
            return redirect(back)
        return redirect(self.get_url("batch.details_view", key=outcome.batch_key, url=back))  # type: ignore[attr-defined]


class HoursField(DecimalField):
    """A number of hours; what reads as a number and is none (NaN, sNaN, Infinity) is refused as text is."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed.

        Raises:
            ValueError: it is no finite number.
        """
        super().process_formdata(valuelist)
        if self.data is not None and not self.data.is_finite():
            self.data = None
            raise ValueError(NO_NUMBER)


def _in_tenths(_form: FlaskForm, field: HoursField) -> None:
    # Rounding would award other hours than were typed.
    if field.data is not None and 0 <= field.data <= MOST_HOURS and field.data != field.data.quantize(TENTH):
        raise ValidationError("认定学时最多一位小数，请改为如 7.5")


def form_of(transition: Transition, *, single: bool) -> FlaskForm:
    """Return the form of a transition: its reason and parameters.

    Args:
        transition: the line of the table.
        single: whether it is about one row; awarding other hours makes sense only then.
    """
    fields: dict[str, Any] = {}
    if "route" in transition.parameters:
        fields["route"] = RadioField(
            "专业科目申报至",
            choices=[SelectChoice(route.value, route.label) for route in ApproverRoute],
            default=ApproverRoute.BUREAU.value,
            description="公需科目一律由同级人社部门审批",
        )
    if "awarded_hours" in transition.parameters and single:
        fields["awarded_hours"] = HoursField(
            "认定学时",
            [
                Optional(),
                NumberRange(min=Decimal(0), max=MOST_HOURS, message=NO_NUMBER),
                _in_tenths,
            ],
            places=1,
            description="留空按核算学时认定；少于核算学时须在意见中说明",
        )
    if transition.reason:
        fields["reason"] = TextAreaField(
            "原因", [DataRequired("请填写原因，申报人会看到"), Length(max=500, message="原因最多 500 个字")]
        )
    elif "awarded_hours" in fields:
        fields["reason"] = TextAreaField("意见", [Length(max=500, message="意见最多 500 个字")])
    return type("TransitionForm", (FlaskForm,), fields)()


def _parameters(form: FlaskForm) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    if "route" in form and form.route.data:
        parameters["route"] = form.route.data
    hours = form.awarded_hours.data if "awarded_hours" in form else None
    if hours is not None and 0 <= hours <= MOST_HOURS:  # a preview shows unchecked forms too
        parameters["awarded_hours"] = str(hours)
    return parameters


def _keys(texts: Sequence[str]) -> list[int]:
    keys = [as_key(text) for text in texts]
    if None in keys:
        abort(400)
    return [key for key in keys if key is not None]


def _batch_key(text: str | None) -> str | None:
    return text if text and len(text) == len(engine.new_batch_key()) and text.isalnum() else None


def _group(view: Any, label: str, tone: str, keys: list[int]) -> dict[str, Any]:
    model: type[Base] = view.model
    shown = keys[:EXAMPLES]
    rows = db.session.scalars(
        select(model).where(model.id.in_(shown), permissions.rows(actor(), Verb.VIEW, model))
    )
    examples = [
        {"id": row.id, "label": view.describe(row), "url": view.get_url(".details_view", id=row.id)}
        for row in rows
    ]
    return {"label": label, "tone": tone, "count": len(keys), "examples": examples}
