"""委托代办: given by an administrator who will be absent, used and ended by either side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, DateInput, ListWidget

from models import Delegation
from models.base import today
from permissions import engine as permissions
from permissions.delegating import works_of
from permissions.verbs import Verb
from services import delegations
from services.delegations import LABELS, LONGEST, DelegationInput, Named
from services.errors import InputError
from views import filters
from views.base_data import KeptView
from views.dictionaries import as_day
from views.extensions import actor, db, request_id
from views.picking import offer
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Sequence

GIVEN, RECEIVED = "given", "received"
NOBODY = (
    "现在没有可以选择的代办人。代办人须是同类机构中与本机构同一上级，或是本机构直接上级、下级的管理员，其机构和账户都已启用。"
    "本机构的其他管理员权限相同，本来就能办理，不用委托：只有一位管理员的，可以在“管理人员管理”中新增第二位。"
)


class DelegationForm(FlaskForm):
    """Who decides what, and when."""

    delegate_id = SelectField(
        LABELS["delegate_id"], [DataRequired(f"请选择“{LABELS['delegate_id']}”")],
        description="同类机构中，与本机构同一上级，或是本机构的直接上级、下级的管理员。本机构的其他管理员本来就能办理，不用委托",
    )  # fmt: skip
    works = SelectMultipleField(
        LABELS["works"], [DataRequired(f"请至少选择一种“{LABELS['works']}”")],
        option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False),
    )  # fmt: skip
    first_day = StringField(
        LABELS["first_day"], [DataRequired(f"请填写“{LABELS['first_day']}”")], widget=DateInput()
    )
    last_day = StringField(
        LABELS["last_day"], [DataRequired(f"请填写“{LABELS['last_day']}”")], widget=DateInput(),
        description=f"当天仍可代办；一次最多 {LONGEST} 天，可以提前结束",
    )  # fmt: skip
    reason = StringField(
        LABELS["reason"], [DataRequired(f"请填写“{LABELS['reason']}”")], description="如 年休假"
    )


class DelegationView(KeptView):
    """Delegations one's office gave, and those given to oneself."""

    object_type = delegations.OBJECT
    create_label = "委托代办"
    reason_label = LABELS["reason"]
    saved = "已委托，双方都会收到消息；从第一天起，代办人登录后就可以代办"
    columns = ("office", "giver", "delegate_office", "delegate", "works", "first_day", "last_day", "state")
    details = (*columns, "reason", "created_at", "ended_at")
    labels = {
        "office": "委托机构", "giver": "委托人", "delegate_office": "代办人所在机构", "delegate": "代办人", "state": "状态",
    }  # fmt: skip
    sortable = ("first_day", "last_day")
    order = (Delegation.id.desc(),)
    filters = (
        filters.GridFilter(
            "side",
            "委托或代办",
            lambda: [(GIVEN, "本机构委托的"), (RECEIVED, "委托给我的")],
            lambda value: (
                Delegation.office_id == actor().organization_id
                if value == GIVEN
                else Delegation.delegate_id == actor().account_id
            ),
        ),
        filters.GridFilter(
            "going_on",
            "状态",
            lambda: [("1", "没有结束"), ("0", "已结束")],
            lambda value: Delegation.ended_at.is_(None) if value == "1" else Delegation.ended_at.is_not(None),
        ),
    )
    nothing_yet = "还没有委托。要休假或出差时，可以委托其他机构的管理员代办。"
    details_template = "admin/delegation/details.html"

    # ------------------------------------------------------------ what is shown
    def prepare(self, rows: Sequence[Delegation]) -> None:
        """Look up the names of both sides."""
        self._names.update(delegations.named(db.session(), rows))

    @property
    def _names(self) -> dict[int, Named]:
        found: dict[int, Named] = g.setdefault("delegation_names", {})
        return found

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values, both sides by name, the work and the state in words."""
        if path in {"giver", "office", "delegate", "delegate_office"}:
            if row.id not in self._names:
                self.prepare([row])
            return getattr(self._names[row.id], path)
        if path == "works":
            return delegations.works_told(row)
        return delegations.state_of(row) if path == "state" else super().value_of(row, path)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what can be done with the delegation."""
        who = actor()
        return {
            **super().extra_details(row),
            "record_title": f"{self.value_of(row, 'giver')} 委托 {self.value_of(row, 'delegate')} 代办",
            "office": self.value_of(row, "office"),
            "may_act": row.delegate_id == who.account_id and delegations.is_in_force(row),
            "may_end": permissions.allows(db.session(), who, Verb.WITHDRAW, row),
        }

    # ------------------------------------------------------------ what is done
    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Give a delegation; where nobody can take it, say who could and what helps instead of an empty list to choose from."""
        beginning = request.method == "GET" and self.can_create  # what was typed meanwhile is not lost
        if beginning and not delegations.candidates(db.session(), actor()):
            flash(NOBODY, "warning")
            return redirect(self.get_url(".index_view"))
        return super().create_view()

    def form_for(self, row: Any) -> FlaskForm:
        """Return the form; a delegation that was given is only ended."""
        if row is not None:
            abort(403)
        form = DelegationForm(first_day=today().isoformat())
        offer(form.delegate_id, delegations.candidates(db.session(), actor()))
        form.works.choices = [(work.value, work.label) for work in works_of(actor().user_type)]
        return form

    @property
    def can_edit(self) -> bool:
        """Nobody changes a delegation."""
        return False

    def write(self, form: Any, row: Any) -> Any:  # noqa: ARG002
        """Give a delegation."""
        days = {name: as_day(getattr(form, name).data) for name in ("first_day", "last_day")}
        typed = DelegationInput(
            as_key(form.delegate_id.data), form.works.data or [], reason=form.reason.data or "", **days
        )
        return delegations.give(db.session(), actor(), typed, request_id=request_id())

    @expose("/end/", methods=("POST",))
    def end_view(self) -> Any:
        """End a delegation before its last day."""
        row = self.get_one(request.form.get("id"))
        key = row.id
        self.lock(row)
        try:
            delegations.end(db.session(), actor(), row, request_id=request_id())
        except InputError as error:
            db.session.rollback()
            flash(str(error), "error")
        else:
            db.session.commit()
            flash("已提前结束，双方都会收到消息", "success")
        return redirect(self.get_url(".details_view", id=key), code=303)
