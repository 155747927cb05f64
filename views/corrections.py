"""信息更正: a wrong name or citizen id, asked for with a scan, decided by the employer."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flask import current_app, request, session, url_for
from flask_admin.base import expose
from flask_wtf import FlaskForm
from wtforms import FileField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from models import PersonCorrection
from models.enums import RequestStatus, UserType
from models.identifiers import mask_citizen_id
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import certificates_at_stake, corrections, open_records, staff, transfers
from services.attachments import MAXIMUM_BYTES, MEGABYTE, AttachmentError
from services.errors import InputError
from views import filters
from views.at_stake import falling
from views.extensions import actor, db, request_id
from views.login_help import unkept
from views.requesting import RequestView, whose_field
from workflow.correction import CORRECTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

    from models import Person
    from services.open_records import OpenRecord
    from workflow.core import Transition

KEPT = "correction_scan"
WHY = "审核信息更正申请"


class CorrectionForm(FlaskForm):
    """What a correction asks for."""

    person_id = whose_field()
    name = StringField("更正后姓名", description="不更正姓名的留空")
    citizen_id = StringField(
        "更正后身份证号", description="不更正身份证号的留空；通过后用新号码登录",
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )  # fmt: skip
    explanation = TextAreaField(
        "更正原因",
        [
            InputRequired("请填写“更正原因”"),
            Length(max=transfers.EXPLANATION_LENGTH, message="“更正原因”最多 500 个字，请删减"),
        ],
    )
    scan = FileField(
        "证件扫描件",
        description=f"能证明正确信息的身份证或户籍证明：jpg、png 或 pdf，不超过 {MAXIMUM_BYTES // MEGABYTE} MB",
    )


class CorrectionView(RequestView):
    """Corrections of one's own, or of the employer's people."""

    workflow = CORRECTION
    form_class = CorrectionForm
    start_label = {UserType.PERSON: "申请更正", UserType.EMPLOYER: "代为申请"}
    columns = ("old_name", "new_name", "changes", "status", "status_since", "created_at")
    details = ("old_name", "new_name", "old_citizen_id", "new_citizen_id", "new_sex", "new_birth_date", "explanation",
               "started", "created_at", "status", "status_since", "reason")  # fmt: skip
    labels = {"started": "发起", "changes": "更正内容"}
    person_key = "person_id"
    sortable = ("old_name", "status", "status_since", "created_at")
    order = ((PersonCorrection.status != RequestStatus.PENDING).asc(), PersonCorrection.id.desc())
    hint = "姓名"
    filters = (filters.of_enum("status", "办理状态", PersonCorrection.status, RequestStatus),)
    nothing_yet = "还没有信息更正申请。"
    details_template = "admin/correction/details.html"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by the old or the new name."""
        return PersonCorrection.old_name.contains(term, autoescape=True) | PersonCorrection.new_name.contains(
            term, autoescape=True
        )

    def value_of(self, row: Any, path: str) -> Any:
        """Return what is corrected in words."""
        if path == "changes":
            changed = {
                "姓名": row.old_name != row.new_name,
                "身份证号": row.old_citizen_id_index != row.new_citizen_id_index,
            }
            return "、".join(label for label, different in changed.items() if different)
        return super().value_of(row, path)

    # ------------------------------------------------------------ starting one
    def open_records(self, person: Person) -> Sequence[OpenRecord]:
        """Return what is not decided yet."""
        with unscoped(db.session(), "whatever waits forbids the correction"):
            return open_records.requests_of(db.session(), person.id)

    def more(self, form: CorrectionForm, person: Person | None) -> dict[str, Any]:
        """Return what is registered now, and the scan that was uploaded already."""
        registered = []
        if person is not None:
            registered = [
                ("现登记姓名", person.name),
                ("现登记身份证号", mask_citizen_id(person.citizen_id)),
            ]
            if count := certificates_at_stake.of_person(db.session(), person.id):
                registered.append(
                    ("有效证书", f"{count} 份，更正通过后随之撤销，由单位按更正后的信息重新制发")
                )
        kept = session.get(KEPT) if request.method == "POST" and person else None
        kept = kept if kept and kept["person_id"] == getattr(person, "id", None) else None
        form.scan.flags.required = not kept
        return {"registered": registered, "kept_file": kept["name"] if kept else ""}

    def start(self, form: CorrectionForm, person_id: int | None) -> int:
        """Start a correction; a good scan is kept even where the rest is refused."""
        scan, error = self._scan(person_id)
        typed = corrections.CorrectionInput(
            person_id, form.name.data or "", form.citizen_id.data or "", form.explanation.data or "", scan
        )
        try:
            key = corrections.start(db.session(), actor(), typed, request_id=request_id())
        except InputError as refused:
            raise InputError(refused.errors | ({"scan": error} if error else {})) from refused
        session.pop(KEPT, None)
        return key

    @staticmethod
    def _scan(person_id: int | None) -> tuple[corrections.Scan | None, str]:
        """Return the scan sent now, or with this form before; and what is wrong with it."""
        upload = request.files.get("scan")
        if upload and upload.filename:
            data = upload.stream.read(MAXIMUM_BYTES + 1)
            try:
                scan = corrections.keep_scan(current_app.media, upload.filename, data)
            except AttachmentError as error:
                return None, error.sentence
            session[KEPT] = asdict(scan) | {"person_id": person_id}
        kept = dict(session.get(KEPT) or {})
        # A scan left over from a form about somebody else proves nothing here.
        return (corrections.Scan(**kept), "") if kept and kept.pop("person_id") == person_id else (None, "")

    # ------------------------------------------------------------ deciding one
    def consequences(self, transition: Transition, keys: Sequence[int]) -> list[str]:
        """Return how many certificates show what a correction puts right."""
        if transition.name != "approve":
            return []
        count = certificates_at_stake.with_corrections(db.session(), keys)
        return falling(count, "证书上的姓名或证件号码将与更正后的不符")

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return scan, history, and what is needed to see the full ids."""
        kind = "pdf" if row.scan_mime == "application/pdf" else "image"
        return super().extra_details(row) | {
            "scan": {
                "url": url_for("files.correction_scan", key=row.id),
                "kind": kind,
                "name": row.scan_name,
            },
            "may_unmask": permissions.allows(db.session(), actor(), Verb.UNMASK, row),
            "citizen_ids": (),
            "unmask_reason": WHY,
            "unmask_error": "",
            "most_reason": staff.REASON_LENGTH,
        }

    @expose("/unmask/", methods=("POST",))
    def unmask_view(self) -> Any:
        """Show both full citizen ids once, to who decides; the person can see that."""
        row = self.get_one(request.form.get("id"))
        self.must(Verb.UNMASK, row)
        typed = request.form.get("reason", "")
        told: dict[str, Any]
        try:
            full = corrections.unmask(db.session(), actor(), row, typed, request_id=request_id())
        except InputError as error:
            db.session.rollback()
            told = {"unmask_reason": typed, "unmask_error": error.errors["reason"]}
        else:
            db.session.commit()
            told = {"citizen_ids": full}
        return unkept(self.details_page(row, **told))
