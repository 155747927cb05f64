"""The grid of claims of one's scope, where people file and employers register them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, current_app, flash, jsonify, redirect, request
from flask_admin.base import expose
from sqlalchemy.exc import IntegrityError

from models.base import today
from models.enums import ClaimStatus, UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from services import claim_items, claims, reading, region_days
from services.attachments import MAXIMUM_BYTES, MEGABYTE, AttachmentError
from services.certificate_pdf import hours_text
from services.errors import InputError
from services.region_periods import region_of
from views import claim_form
from views.claim_grid import ClaimGrid, file_link
from views.exporting import ExportMixin
from views.extensions import actor, db, request_id
from views.stock_form import show_errors
from views.values import as_key
from workflow import engine
from workflow.claim import CLAIM

if TYPE_CHECKING:
    from services.hours import HoursResult
    from workflow.core import Transition


def _must_be_done(outcome: engine.Outcome, transition: Transition) -> None:
    """Turn what stood in the way of one claim into a sentence on top of its form."""
    if not outcome.done:
        raise InputError({"": engine.sentence_of(transition, next(iter(outcome.counts)))})


def _saved(*, finished: bool) -> str:
    """Return what is said after a form was saved: an employer registers, a person submits."""
    if actor().user_type is UserType.EMPLOYER:
        return "已登记，待申报" if finished else "草稿已保存，登记后才能申报"
    return "已提交" if finished else "草稿已保存，提交后单位才能看到"


def shown_hours(result: HoursResult) -> dict[str, Any]:
    """Return what the form shows of computed hours."""
    pending = result.rule_code is not None and not result.confirmed
    warnings = ["该类型的学时标准待核定，以审批结果为准。"] if pending else []
    return {"hours": hours_text(result.hours), "explanation": result.explanation, "warnings": warnings}


class ClaimView(ExportMixin, ClaimGrid):
    """All claims of one's scope; a person files and an employer registers here."""

    editable = True
    columns = (*ClaimGrid.columns[:-2], "awarded_hours", *ClaimGrid.columns[-2:])
    more_columns = tuple(path for path in ClaimGrid.more_columns if path != "awarded_hours")
    list_template = "admin/claim/list.html"
    offered_transitions = frozenset({"submit", "withdraw", "register", "revoke"})
    create_label = "申报"

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Choose a kind, then fill in its form."""
        if not self.can_create:
            abort(403)
        version = claims.open_version(db.session(), request.args.get("kind", ""))
        back = self.get_url(".index_view")
        if version is None:
            kinds = [
                {
                    "label": kind.name,
                    "help": kind.versions[0].proof,
                    "url": self.get_url(".create_view", kind=kind.code),
                }
                for kind in reading.kinds_to_claim(db.session())
            ]
            return self.render("admin/claim/choose_kind.html", kinds=kinds, return_url=back)
        return self._form(version, None)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Change a claim while it is a draft or was returned."""
        if not self.can_edit:
            abort(403)
        claim = self.get_one(request.args.get("id"))
        self.must(Verb.EDIT, claim)
        return self._form(claim.kind_version, claim)

    def delete_model(self, model: Any) -> bool:
        """Delete a draft; the journal keeps what it said."""
        claims.delete(db.session(), actor(), model, request_id=request_id())
        db.session.commit()
        flash("已删除", "success")
        return True

    @expose("/hours/", methods=("POST",))
    def hours_view(self) -> Any:
        """Answer the form's preview: hours and explanation of what is typed so far."""
        if not (self.can_create or self.can_edit):
            abort(403)
        number = as_key(request.args.get("version"))  # a claim keeps the version it was filed with
        version = claims.current_version(db.session(), request.args.get("kind", ""), number) or abort(404)
        form = claim_form.build(version, {}, [], [], None)
        typed = claim_form.read(form, version.kind.code)
        result = claims.compute(db.session(), typed, version, actor().person_id or typed.person_id or 0)
        return jsonify(shown_hours(result))

    def _form(self, version: Any, claim: Any) -> Any:
        session = db.session()
        on_behalf = actor().user_type is UserType.EMPLOYER
        people = reading.staff_choices(session) if on_behalf and claim is None else None
        choices = claim_items.choices_of(session, version.items)
        region = claim.region_code if claim else region_of(session, actor())
        years = reading.open_years(session, today(), region)
        closed = region_days.closed_years(session, today(), region)
        form = claim_form.build(version, choices, years, people, claim, closed=closed)
        if request.method == "POST":
            self._keep_uploads(form)
            finished = request.form.get("command") in {"submit", "register"}
            if not any(field.errors for field in form):
                answer = self._save(form, version, claim, finished=finished)
                if answer is not None:
                    return answer
        return self._render_form(form, version, claim, on_behalf=on_behalf)

    def _keep_uploads(self, form: Any) -> None:
        """Keep good files even where the rest of the form is refused, so that nobody uploads twice."""
        session = db.session()
        keys = claim_form.waiting_keys(form)
        errors = []
        for upload in form.attachments.data or []:
            if not getattr(upload, "filename", ""):
                continue
            if len(keys) >= claims.MAXIMUM_FILES:
                most = claims.MAXIMUM_FILES
                errors.append(f"证明材料最多 {most} 个文件，前 {most} 个已保留，其余请合并后上传")
                break
            try:
                with upload.stream as stream:
                    data = stream.read(MAXIMUM_BYTES + 1)
                keys.append(claims.upload(session, actor(), current_app.media, upload.filename, data).id)
            except AttachmentError as error:
                errors.append(error.sentence)
        session.commit()
        removed = set(request.form.getlist("remove_attachment"))
        form.waiting.data = ",".join(str(key) for key in keys if str(key) not in removed)
        form.attachments.errors = errors

    def _save(self, form: Any, version: Any, claim: Any, *, finished: bool) -> Any:
        """Save what was typed; return ``None`` to show the form again."""
        for _ in range(2):
            try:
                return self._try_save(form, version, claim, finished=finished)
            except IntegrityError:  # the same form was sent twice at once: the second time it finds the first
                db.session.rollback()
        form.submission_key.data = claim_form.new_key()
        flash("保存没有成功，请再点一次", "error")
        return None

    def _earlier(self, form: Any, typed: claims.ClaimInput) -> tuple[Any, bool]:
        """Return the claim this form was saved as before, and whether that is all there is to do.

        Raises:
            InputError: the form has become about something else since.
        """
        session = db.session()
        earlier = claims.filed_with(session, typed)
        if earlier is None:
            return None, False
        if claims.is_about(earlier, actor(), typed):
            self.lock(earlier)
            if permissions.allows(session, actor(), Verb.EDIT, earlier):
                return earlier, False
            if claims.says_the_same(session, earlier, typed):
                return earlier, True
        form.submission_key.data = claim_form.new_key()
        raise InputError(
            {
                "": f"这张表已保存为“{earlier.title}”（{earlier.status.label}）。"
                "如要另外再报一条，请再点一次；如要修改那一条，请从列表中打开它"
            }
        )

    def _try_save(self, form: Any, version: Any, claim: Any, *, finished: bool) -> Any:
        session = db.session()
        typed = claim_form.read(form, version.kind.code)
        try:
            if claim is not None:  # it may have been submitted while its files were looked at
                self.lock(claim)
                self.must(Verb.EDIT, claim)
            else:
                claim, nothing_to_do = self._earlier(form, typed)
                if nothing_to_do:
                    flash(_saved(finished=finished), "success")
                    return redirect(self.get_url(".details_view", id=claim.id))
            known = {file.id for file in claims.waiting_files(session, actor(), typed.waiting)}
            known |= {file.id for file in claim.attachments} if claim else set()
            if not known.issuperset(typed.waiting):
                abort(404)
            saved = claims.save(
                session, actor(), typed, claim=claim, finished=finished, request_id=request_id()
            )
            self.must(Verb.VIEW if saved.status is not ClaimStatus.DRAFT else Verb.EDIT, saved)
            name = "register" if actor().user_type is UserType.EMPLOYER else "submit"
            if finished and saved.status in CLAIM[name].sources:
                outcome = engine.fire(
                    session, actor(), CLAIM, name, [saved.id], today=today(), request_id=request_id()
                )
                _must_be_done(outcome, CLAIM[name])
            key = saved.id
            session.commit()
        except InputError as error:
            session.rollback()
            session.expire_all()
            fields = {
                name if name in form else claim_form.PREFIX + name: text
                for name, text in error.errors.items()
            }
            show_errors(form, InputError(fields))
            return None
        flash(_saved(finished=finished), "success")
        return redirect(self.get_url(".details_view", id=key))

    def _render_form(self, form: Any, version: Any, claim: Any, *, on_behalf: bool) -> str:
        session = db.session()
        removed = set(request.form.getlist("remove_attachment"))
        files = [
            file_link(file) | {"removed": str(file.id) in removed}
            for file in (claim.attachments if claim else [])
        ]
        files += [
            file_link(file) for file in claims.waiting_files(session, actor(), claim_form.waiting_keys(form))
        ]
        last = ("register", "登记") if on_behalf else ("submit", "提交")
        return self.render(
            "admin/claim/form.html",
            form=form,
            kind={"label": version.kind.name, "help": version.help},
            sections=claim_form.sections(form, version),
            attachment_field=form.attachments,
            attachments=files,
            attachment_hint=f"可传多个文件：jpg、png、pdf、zip，单个不超过 {MAXIMUM_BYTES // MEGABYTE} MB。",
            preview_url=self.get_url(".hours_view", kind=version.kind.code, version=version.number),
            hours=self._hours(form, version, claim),
            buttons=[
                {"name": last[0], "label": last[1], "colour": "primary", "formnovalidate": True},
                {"name": "draft", "label": "保存草稿", "colour": "outline-secondary", "formnovalidate": True},
            ],
            return_url=self.get_url(".index_view"),
        )

    @staticmethod
    def _hours(form: Any, version: Any, claim: Any) -> dict[str, Any] | None:
        """Return the hours of what is on the page, so that they show without script too."""
        if claim is None and request.method == "GET":
            return None
        typed = claim_form.read(form, version.kind.code)
        person = claim.person_id if claim else actor().person_id or typed.person_id or 0
        return shown_hours(claims.compute(db.session(), typed, version, person))
