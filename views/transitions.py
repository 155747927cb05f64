"""Buttons, batch actions, previews and results: all derived from the workflow table of a grid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, RadioField, SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from models.base import today
from models.enums import ApproverRoute
from permissions import engine as permissions
from permissions.verbs import Verb
from services import picking, reading
from views.extensions import actor, db
from views.firing import done_sentence, fire_or_explain, groups_of
from views.grid_list import Action
from workflow import engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from views.selection import Selection
    from workflow.core import Transition, Workflow

MOST_HOURS = Decimal("99999.9")  # what the column holds
TENTH = Decimal("0.1")
NO_NUMBER = "认定学时须是不小于 0 的数"
PHRASES = "review_comment"
"""The dictionary of 审核意见常用语."""


class TransitionMixin:
    """What a grid with a workflow can do to its rows.

    Attributes:
        workflow: the table, or ``None``.
        offered_transitions: names offered here; ``None`` offers all the actor may use.
        canned: dictionary whose entries who decides can choose as the reason.
    """

    workflow: Workflow | None = None
    offered_transitions: frozenset[str] | None = None
    canned = PHRASES
    selection: Any

    def usable(self) -> list[Transition]:
        """Return the transitions of this grid that the permission table grants the actor.

        What takes a decision back is offered with the batch it was made in, and nowhere else.
        """
        if self.workflow is None:
            return []
        return [
            transition
            for transition in self.workflow.transitions
            if not transition.undoes
            and (self.offered_transitions is None or transition.name in self.offered_transitions)
            and permissions.may(actor(), transition.needs, self.workflow.model)
        ]

    def list_actions(self) -> list[Action]:
        """Return the transitions that many rows can take at once; the preview page is the confirmation."""
        return [Action(step.name, step.label, step.colour) for step in self.usable() if step.batch]

    def attention(self, _keys: Sequence[int]) -> dict[str, Any] | None:
        """Return how many of some rows had better be looked at first, and where (count, url); ``None`` where none."""
        return None

    def row_transitions(self, row: Any) -> list[Transition]:
        """Return the transitions the actor can fire on this very row, for its buttons."""
        return [
            transition
            for transition in self.usable()
            if getattr(row, row.__status__) in transition.sources
            and permissions.allows(db.session(), actor(), transition.needs, row)
        ]

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Any:
        """Preview a transition on the chosen rows, and fire it once it is confirmed."""
        name = request.form.get("action", "")
        transition = next((item for item in self.usable() if item.name == name), None)
        if transition is None or self.workflow is None:
            abort(403)
        chosen = self.selection()
        back = get_redirect_target() or self.get_url(".index_view")  # type: ignore[attr-defined]
        if not chosen.keys:
            flash(f"请先勾选要{transition.label}的记录", "warning")
            return redirect(back)
        if len(chosen.keys) > engine.MAXIMUM_ROWS:
            flash(f"一次最多办理 {engine.MAXIMUM_ROWS:,} 条记录，请先缩小筛选范围", "warning")
            return redirect(back)
        form = form_of(transition, single=len(chosen.keys) == 1)
        add_canned(form)
        if request.form.get("confirmed") and form.validate() and not chosen.changed:
            return self._fire(transition, chosen.keys, form, back)
        return self._preview(transition, chosen, form, back)

    def _preview(self, transition: Transition, chosen: Selection, form: FlaskForm, back: str) -> Any:
        groups = groups_of(self, self.workflow, transition, chosen.keys, parameters_of(form))
        hidden = [
            ("action", transition.name),
            ("url", back),
            ("batch_key", engine.new_batch_key()),
            *chosen.hidden_fields,
        ]
        return self.render(  # type: ignore[attr-defined]
            "admin/preview.html",
            title=f"{transition.label}：请核对后确认",
            transition=transition,
            changed=chosen.changed,
            outcome_groups=groups.shown,
            hidden_fields=hidden,
            form=form,
            canned=self._canned(transition, form),
            confirm_count=len(groups.done),
            consequences=self.consequences(transition, groups.done),
            in_background=groups.in_background,
            confirm_url=self.get_url(".action_view"),  # type: ignore[attr-defined]
            cancel_url=back,
        )

    def consequences(self, transition: Transition, keys: Sequence[int]) -> list[str]:  # noqa: ARG002
        """Return what else happens when these rows are decided, as sentences for who confirms it."""
        return []

    def _canned(self, transition: Transition, form: FlaskForm) -> list[str]:
        """Return the phrases who decides may pick from where a reason is asked for; who agrees need not give one."""
        if "reason" not in form or not permissions.may(actor(), Verb.DECIDE, self.workflow.model):  # type: ignore[union-attr]
            return []
        return reading.phrases(db.session(), self.canned, agreeing=not transition.reason)

    def _fire(self, transition: Transition, ids: Sequence[int], form: FlaskForm, back: str) -> Any:
        reason = form.reason.data if "reason" in form else None
        outcome = fire_or_explain(
            self.workflow, transition, ids, reason=reason, parameters=parameters_of(form)
        )
        if outcome is None:
            return redirect(back)
        if outcome.skipped == 0 and outcome.done == 1:
            flash(done_sentence(self.workflow, transition), "success")
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


def add_canned(form: FlaskForm) -> None:
    """Put the chosen phrase behind what was typed: without script it arrives as a field of its own."""
    phrase = request.form.get("canned", "").strip()
    if phrase and "reason" in form:
        form.reason.data = "\n".join(text for text in ((form.reason.data or "").strip(), phrase) if text)


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
            description="留空按核算学时认定；少于核算学时须在意见中说明，原视为完成当年专业科目学时的不再视为完成",
        )
    if "left_on" in transition.parameters:
        fields["left_on"] = DateField(
            f"{transition.label}日期",
            [InputRequired(f"请填写“{transition.label}日期”，如 2026-01-31")],
            default=today,
        )
    if "department_id" in transition.parameters:
        fields["department_id"] = _department_field()
    if transition.reason:
        fields["reason"] = TextAreaField(
            "原因", [DataRequired("请填写原因，对方会看到"), Length(max=500, message="原因最多 500 个字")]
        )
    elif "awarded_hours" in fields:
        fields["reason"] = TextAreaField("意见", [Length(max=500, message="意见最多 500 个字")])
    return type("TransitionForm", (FlaskForm,), fields)()


def _department_field() -> SelectField:
    own = picking.in_tree_order(picking.departments(db.session(), actor().organization_id or 0))
    return SelectField(
        "接收部门",
        default="",
        choices=[
            SelectChoice("", "按申请中的部门"),
            SelectChoice("0", "暂不分部门"),
            *(SelectChoice(option.value, "\u3000" * depth + option.label) for depth, option in own),
        ],
        description="接收后也可在“专业技术人员管理”中修改",
    )


def parameters_of(form: FlaskForm) -> dict[str, Any]:
    """Return what a transition's form asked for besides the reason, as the engine takes it."""
    parameters: dict[str, Any] = {}
    if "route" in form and form.route.data:
        parameters["route"] = form.route.data
    hours = form.awarded_hours.data if "awarded_hours" in form else None
    if hours is not None and 0 <= hours <= MOST_HOURS:  # a preview shows unchecked forms too
        parameters["awarded_hours"] = str(hours)
    if "department_id" in form and form.department_id.data:
        parameters["department_id"] = form.department_id.data
    if "left_on" in form and form.left_on.data:
        parameters["left_on"] = form.left_on.data.isoformat()
    return parameters
