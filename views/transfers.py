"""单位调转: asked for by the person or the old employer, decided by the receiving one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask_wtf import FlaskForm
from sqlalchemy import or_
from sqlalchemy.orm import joinedload
from wtforms import DateField, TextAreaField
from wtforms.validators import InputRequired, Length

from models import Transfer
from models.enums import RequestStatus, UserType
from services import open_records, transfers
from views import filters
from views.extensions import actor, db, request_id
from views.requesting import RequestView, whose_field
from views.values import as_key
from views.workplace import WorkplaceFields
from workflow.transfer import TRANSFER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from models import Person
    from services.open_records import OpenRecord


class TransferForm(WorkplaceFields, FlaskForm):
    """What a transfer asks for."""

    person_id = whose_field()
    start_date = DateField("到岗日期", [InputRequired("请填写“到岗日期”，如 2026-01-31")])
    explanation = TextAreaField(
        "调转原因",
        [
            InputRequired("请填写“调转原因”"),
            Length(max=transfers.EXPLANATION_LENGTH, message="“调转原因”最多 500 个字，请删减"),
        ],
        description="接收单位审核时会看到",
    )


class TransferView(RequestView):
    """Transfers of one's own, to and from one's employer, or in one's region."""

    workflow = TRANSFER
    form_class = TransferForm
    start_label = {UserType.PERSON: "申请调转", UserType.EMPLOYER: "办理调出"}
    columns = ("person_name", "from_name", "to_name", "start_date", "status", "status_since")
    details = ("person_name", "citizen_id", "from_name", "to_name", "department", "start_date", "explanation",
               "started", "created_at", "status", "status_since", "reason")  # fmt: skip
    more_columns = ("citizen_id", "created_at", "decided_at")
    labels = {"started": "发起"}
    self_evident = {UserType.PERSON: frozenset({"person_name"})}
    person_key = "person_id"
    sortable = ("person_name", "from_name", "to_name", "start_date", "status", "status_since", "created_at")
    options = (joinedload(Transfer.department),)
    order = ((Transfer.status != RequestStatus.PENDING).asc(), Transfer.id.desc())
    hint = "姓名"
    filters = (
        filters.of_enum("status", "办理状态", Transfer.status, RequestStatus),
        filters.GridFilter(
            "direction",
            "调入调出",
            lambda: [("in", "调入"), ("out", "调出")],
            lambda value: (
                (Transfer.to_employer_id if value == "in" else Transfer.from_employer_id)
                == actor().organization_id
            ),
            frozenset({UserType.EMPLOYER}),
        ),
        filters.TextFilter(
            "employer",
            "单位",
            lambda text: or_(
                Transfer.from_name.contains(text, autoescape=True),
                Transfer.to_name.contains(text, autoescape=True),
            ),
        ),
        filters.of_dates("starts", "到岗日期", Transfer.start_date),
        filters.of_office(Transfer.to_employer_id, filters.OFFICES),
    )
    nothing_yet = "还没有单位调转。"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name."""
        return Transfer.person_name.contains(term, autoescape=True)

    def open_records(self, person: Person) -> Sequence[OpenRecord]:
        """Return what is not decided yet."""
        return open_records.of_person(db.session(), person.id)

    def more(self, form: TransferForm, person: Person | None) -> dict[str, Any]:  # noqa: ARG002
        """Let the form offer employers."""
        form.fill()
        return {"workplace": [form.region_city, form.region_county, form.employer, form.department]}

    def start(self, form: TransferForm, person_id: int | None) -> int:
        """Start a transfer."""
        day = form.start_date.data
        typed = transfers.TransferInput(
            person_id=person_id,
            employer_id=as_key(form.employer.data),
            department_id=as_key(form.department.data),
            start_date=day if isinstance(day, date) else None,
            explanation=form.explanation.data or "",
        )
        return transfers.start(db.session(), actor(), typed, request_id=request_id())
