"""The review cockpit: the claims of a queue one after the other, each with its evidence and one button per decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from werkzeug.exceptions import NotFound

from models import Claim
from models.base import today
from models.enums import Subject
from services import cockpit, listing, reading, region_days
from views.extensions import actor, db, request_id
from views.firing import batch_key_of
from views.transitions import PHRASES, add_canned, form_of, parameters_of
from views.values import as_key, shown_text
from workflow import engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask_wtf import FlaskForm

    from views.grid_state import ListState
    from workflow.core import Transition

GONE = "刚才那一条已不在待办之列（已被他人办理，或由本人撤回），您的操作没有执行。请看下一条。"
OWN_KEYS = (
    ("S", "跳过，看下一条"),
    ("J K", "下一条、上一条"),
    ("[ ]", "上一份、下一份证明材料"),
    ("+ - 0", "图片放大、缩小、适合窗口"),
    ("O", "图片旋转 90°"),
    ("1 至 9", "填入前九条审核意见常用语"),
    ("Ctrl + Enter", "在意见框里：提交刚才选的操作"),
    ("Esc", "离开输入框"),
    ("?", "显示本表"),
)
"""What the keys do besides the transitions' own letters."""


class CockpitMixin:
    """Work through a queue of claims one by one, in the order and filter of the list.

    Attributes:
        cockpit: tells the list page to lead here.
        cockpit_facts: attribute paths shown of a claim.
    """

    cockpit = True
    cockpit_facts = ("person.name", "person.citizen_id", "employer.name", "department", "kind", "subject",
                     "credit_year")  # fmt: skip
    cockpit_template = "admin/claim/cockpit.html"

    # What the grid has: see views.base.
    get_one: Any
    get_url: Any
    list_state: Any
    label_of: Any
    value_of: Any
    usable: Any
    row_transitions: Any
    extra_details: Any
    render: Any
    workflow: Any
    self_evident: Any

    @expose("/cockpit/")
    def cockpit_view(self) -> Any:
        """Show a claim of the queue: the one named by ``id``, else the one at number ``at``, else the first.

        A link of the queue carries both: where the claim is no longer waiting, the one that took its number is next.
        """
        state: ListState = self.list_state()
        at = as_key(request.args.get("at"))
        if "end" in request.args:
            return self._end(state)
        if "id" not in request.args:
            key = cockpit.key_at(db.session(), state.conditions, state.order, at or 1)
            return self._show(self.get_one(key), state) if key else self._end(state)
        row = self._waiting(request.args["id"])
        if row is not None:
            return self._show(row, state)
        if at is None:
            abort(404)
        return self._gone(state, request.args["id"], at)

    @expose("/decide/", methods=("POST",))
    def decide_view(self) -> Any:
        """Fire one transition at one claim, then go on to the next of the queue."""
        name = request.form.get("action", "")
        transition = next((item for item in self.usable() if item.name == name), None)
        if transition is None:
            abort(403)
        state: ListState = self.list_state()
        key, at = as_key(request.form.get("id")), as_key(request.form.get("at"))
        batch_key = batch_key_of(request.form.get("batch_key"))
        row = self._waiting(key)
        if key is None or (row is None and at is None):
            abort(404)
        if row is None:
            if cockpit.fired_before(db.session(), batch_key, key):
                return self._go(state, at=at, last=key)
            return self._gone(state, key, at)
        form = form_of(transition, single=True)
        add_canned(form)
        if not form.validate():
            return self._show(row, state, pressed=form, problems=_sentences(form))
        behind = self._behind(state, key)
        problem = self._fire_one(transition, key, form, batch_key)
        if not problem:
            db.session.commit()
            following = cockpit.first_waiting(db.session(), state.conditions, behind)
            place = {"id": following, "at": at} if following else {"end": 1}
            return self._go(state, **place, last=key)
        db.session.rollback()
        row = self._waiting(key)
        return self._show(row, state, pressed=form, problems=[problem]) if row else self._gone(state, key, at)

    def _fire_one(self, transition: Transition, key: int, form: FlaskForm, batch_key: str | None) -> str:
        """Fire and return what stood in the way; empty where it is done, now or by an earlier click."""
        try:
            outcome = engine.fire(
                db.session(),
                actor(),
                self.workflow,
                transition.name,
                [key],
                today=today(),
                reason=form.reason.data if "reason" in form else None,
                parameters=parameters_of(form),
                batch_key=batch_key,
                request_id=request_id(),
            )
        except engine.WorkflowError as error:
            return str(error)
        if outcome.done:
            return ""
        name = next(iter(outcome.counts))
        days = region_days.holding(db.session(), actor(), name, Claim, [key])
        return "。".join([engine.sentence_of(transition, name), *days])

    # ------------------------------------------------------------ where to go
    def _waiting(self, key: Any) -> Any:
        """Return the claim if it is in the actor's scope and this queue."""
        try:
            return self.get_one(key)
        except NotFound:
            return None

    def _behind(self, state: ListState, key: int) -> list[int]:
        window = cockpit.window(db.session(), state.conditions, state.order, key, today())
        return [place.key for place in window.places if place.number > window.current]

    def _go(self, state: ListState, **place: Any) -> Any:
        return redirect(self._address(state, **place), code=303)

    def _gone(self, state: ListState, key: object, at: int | None) -> Any:
        flash(GONE, "warning")
        return self._go(state, at=at, last=as_key(key))

    def _address(self, state: ListState, **place: Any) -> str:
        return str(self.get_url(".cockpit_view", **state.arguments, **place))

    # ------------------------------------------------------------ pages
    def _end(self, state: ListState) -> str:
        total = listing.count(db.session(), Claim, state.conditions)
        return str(
            self.render(
                self.cockpit_template,
                claim=None,
                last=self._last(),
                remaining=listing.short_count(total) if total else "",
                narrowed=bool(state.chips),
                start_url=self._address(state),
                unfiltered_url=self.get_url(".cockpit_view"),
                list_url=self.get_url(".index_view", **state.arguments),
            )
        )

    def _show(
        self, row: Any, state: ListState, pressed: FlaskForm | None = None, problems: list[str] | None = None
    ) -> str:
        """Show a claim, with what was typed where a decision was refused.

        Args:
            row: the claim.
            state: the list it was opened from.
            pressed: the form that was refused.
            problems: why, in sentences.
        """
        session = db.session()
        window = cockpit.window(session, state.conditions, state.order, row.id, today())
        steps = self.row_transitions(row)

        def url(place: cockpit.Place | None) -> str:
            return self._address(state, id=place.key, at=place.number) if place else ""

        return str(
            self.render(
                self.cockpit_template,
                claim=row,
                last=self._last(),
                facts=self._facts(row),
                queue=window.places,
                number=window.current,
                total=listing.short_count(window.total),
                person=cockpit.name_of(row),
                place_url=url,
                before_url=url(window.before),
                behind_url=url(window.behind),
                skip_url=url(window.behind) or self._address(state, end=1),
                list_url=self.get_url(".index_view", **state.arguments),
                decide_url=self.get_url(".decide_view", **state.arguments),
                at=window.current or 1,
                batch_key=engine.new_batch_key(),
                steps=steps,
                fields=_fields(steps, pressed),
                reason_label=_reason_label(steps),
                route_is_fixed=row.subject is Subject.PUBLIC,
                problems=problems or [],
                canned=reading.phrases(session, PHRASES),
                own_keys=OWN_KEYS,
                year=cockpit.year_of(session, row),
                others=cockpit.others_of_year(session, row),
                **self.extra_details(row),
            )
        )

    def _facts(self, row: Any) -> list[tuple[str, Any]]:
        plain = self.self_evident.get(actor().user_type, frozenset())
        facts = [
            (self.label_of(path), self.value_of(row, path))
            for path in self.cockpit_facts
            if path not in plain
        ]
        facts.append(("起止日期", f"{shown_text(row.start_date)} 至 {shown_text(row.end_date)}"))
        if row.registered_by_id is not None:
            facts.append((self.label_of("registered_by"), self.value_of(row, "registered_by")))
        return facts

    def _last(self) -> cockpit.Other | None:
        """Return the claim decided just before, as it stands now."""
        key = as_key(request.args.get("last"))
        return cockpit.other_of(db.session(), key) if key else None


def _fields(steps: Sequence[Transition], pressed: FlaskForm | None) -> dict[str, Any]:
    """Return one field of each name the transitions ask for; those of the refused form first, for their errors."""
    forms = [pressed] if pressed else []
    forms += [form_of(step, single=True) for step in steps]
    fields: dict[str, Any] = {}
    for form in forms:
        for field in form:
            if field.name != "csrf_token":
                fields.setdefault(field.name, field)
    return fields


def _reason_label(steps: Sequence[Transition]) -> str:
    """Return what the text box is called: which decision must say why, and whether others may."""
    asking = "、".join(step.label for step in steps if step.reason)
    free = any("awarded_hours" in step.parameters for step in steps)
    return f"意见（{asking}须填写）" if free else f"{asking}原因"


def _sentences(form: FlaskForm) -> list[str]:
    """Return the first complaint about each field; one that does not name its field is put behind the name."""
    complaints = [(field.label.text, str(field.errors[0]).rstrip("。")) for field in form if field.errors]
    return [said if label in said else f"“{label}”{said}" for label, said in complaints]
