"""What grids of requests about a professional share: transfers and corrections, asked for by him or his employer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_admin.base import expose
from wtforms import SelectField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired

from models.enums import UserType
from permissions.verbs import Verb
from services import reading, transfers
from services.errors import InputError
from views.base import GridView
from views.extensions import actor, db
from views.history import history_of
from views.picking import CHOOSE
from views.stock_form import show_errors
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask_wtf import FlaskForm

    from models import Person
    from services.open_records import OpenRecord


def whose_field() -> SelectField:
    """Return the field in which an employer says whom a request is about."""
    return SelectField(
        "专业技术人员",
        [DataRequired("请选择本单位的专业技术人员")],
        choices=[CHOOSE],
        validate_choice=False,
    )


class RequestView(GridView):
    """A grid of requests: the page that starts one, and the page of one.

    Attributes:
        form_class: what is asked for; it has the field ``person_id``.
        start_template: the page of that form.
        start_label: what the button that starts one says, by user type.
    """

    form_class: type[FlaskForm]
    start_template = "admin/request/form.html"
    start_label: dict[UserType | None, str] = {}
    editable = True
    can_edit = False  # a request is withdrawn and started anew
    can_delete = False

    @property
    def create_label(self) -> str:
        """What the button that starts one says."""
        return self.start_label.get(actor().user_type, "新增")

    def start(self, form: Any, person_id: int | None) -> int:
        """Start what was typed and return its key; raises ``InputError``."""
        raise NotImplementedError

    def open_records(self, person: Person) -> Sequence[OpenRecord]:
        """Return what forbids starting one about somebody."""
        raise NotImplementedError

    def more(self, form: Any, person: Person | None) -> dict[str, Any]:  # noqa: ARG002
        """Return what else the page of the form shows."""
        return {}

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Ask what a request needs, then start it."""
        if not self.can_create:
            abort(403)
        form = self.form_class()
        person = self._whom(form)
        if request.method == "POST" and not request.form.get("reload") and form.validate():
            answer = self._start(form, person)
            if answer is not None:
                return answer
        records = self.open_records(person) if person else []
        return self.render(
            self.start_template,
            form=form,
            person=person,
            open_records=[
                {"label": record.label, "url": url_for(f"{record.endpoint}.details_view", id=record.key)}
                for record in records
            ],
            return_url=self.get_url(".index_view"),
            **self.more(form, person),
        )

    def _whom(self, form: Any) -> Person | None:
        """Return whom the form is about, and let an employer choose."""
        key = as_key(form.person_id.data) or as_key(request.args.get("person"))
        try:
            person = transfers.candidate(db.session(), actor(), key)
        except InputError:
            person = None
        if actor().user_type is UserType.PERSON:
            del form.person_id
            return person
        offered = dict(reading.staff_choices(db.session()))
        if person is not None:
            offered.setdefault(person.id, f"{person.name}（{person.state.label}）")
            form.person_id.data = str(person.id)
        form.person_id.choices = [
            CHOOSE,
            *(SelectChoice(str(number), name) for number, name in offered.items()),
        ]
        return person

    def _start(self, form: Any, person: Person | None) -> Any:
        session = db.session()
        try:
            key = self.start(form, person.id if person else None)
        except InputError as error:
            session.rollback()
            show_errors(form, error)
            return None
        self.must(Verb.CREATE, self.get_one(key))
        session.commit()
        flash("已提交，审核结果会发消息通知您", "success")
        return redirect(self.get_url(".details_view", id=key))

    def value_of(self, row: Any, path: str) -> Any:
        """Return who started a request in words."""
        if path == "started":
            return "单位" if row.started_by_organization_id else "本人"
        return super().value_of(row, path)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return the title and the history."""
        return {"record_title": str(row), "history": history_of(self.workflow, row.id)}
