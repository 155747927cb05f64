"""Registration of an organisation in three steps; which basic data a kind is asked for is declared in the services."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask_security import hash_password
from flask_wtf import FlaskForm
from wtforms import FileField, StringField
from wtforms.validators import InputRequired

from models.enums import OrganizationKind
from services import attachments, picking
from services.errors import InputError
from services.registration_kinds import KINDS, Asked
from services.registration_organizations import (
    OrganizationInput,
    check_code,
    must_be_registrable,
    register_organization,
)
from views.captcha import add_captcha
from views.extensions import csrf, db, limiter
from views.picking import offer
from views.portal.account_fields import AccountFields, line_field, select_field
from views.portal.blueprint import portal
from views.portal.kept import REGISTERED, Kept
from views.stale import is_stale
from views.stock_form import show_errors
from views.values import as_key

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from services.registration_kinds import RegistrationKind

STEPS = ("机构代码与证书", "基本信息", "第一管理员")
LAST = len(STEPS) - 1
ENDPOINT = "portal.register_"
SCANS = frozenset(
    {attachments.AttachmentKind.JPEG, attachments.AttachmentKind.PNG, attachments.AttachmentKind.PDF}
)
SCAN_HELP = "jpg、png 或 pdf，不超过 20 MB"
LOST = "这次注册的前几步没有保存下来（超过一天未继续，或换了浏览器）。刚才填写的内容已保留，请从这一步继续"


class CodeStep(FlaskForm):
    """第一步."""

    code = StringField(
        "组织机构代码或统一社会信用代码",
        [InputRequired("请填写“组织机构代码或统一社会信用代码”")],
        description="9 位组织机构代码或 18 位统一社会信用代码，二者视为同一机构",
    )
    scan = FileField("机构代码证扫描件", description=SCAN_HELP)


class AdministratorStep(AccountFields):
    """第三步."""


@functools.cache
def basic_step(asked: RegistrationKind) -> type[FlaskForm]:
    """Return the form of the second step, made of the fields a kind is asked for."""
    fields = {
        field.name: (line_field if field.how is Asked.LINE else select_field)(
            field.label, required=field.required, help_text=field.help
        )
        for field in asked.fields
    }
    return type("BasicStep", (FlaskForm,), fields)


def _offer_choices(form: Any, asked: RegistrationKind) -> None:
    database = db.session()
    for field in asked.fields:
        if field.how is Asked.REGION:
            offer(form[field.name], picking.regions(database), own="市本级")
        elif field.how is Asked.OFFICE:
            offer(form[field.name], picking.offices(database, field.offices), own="本机关")
        elif field.how is Asked.CODE:
            offer(form[field.name], picking.dictionary(database, field.dictionary))


def _form_of(asked: RegistrationKind, step: int, kept: Kept) -> Any:
    cls: type[FlaskForm] = (CodeStep, basic_step(asked), AdministratorStep)[step]
    form: Any = (add_captcha(cls) if step == LAST else cls)(data=kept.data)
    if step == 1:
        _offer_choices(form, asked)
    return form


def _ask_scan(form: CodeStep, kept: Kept) -> None:
    """Ask for a scan as long as none is kept."""
    uploaded = bool(kept.data.get("certificate_key"))
    form.scan.flags.required = not uploaded
    if uploaded:
        form.scan.description = f"已上传，需要更换时再选择；{SCAN_HELP}"


@csrf.exempt  # checked by the page itself (views/stale.py)
@limiter.limit("60/minute", methods=["POST"])
def register_organization_page() -> ResponseReturnValue:
    """Register an organisation; what was typed stays on the server until the end."""
    kind = OrganizationKind.of((request.endpoint or "").removeprefix(ENDPOINT))
    asked, kept = KINDS[kind], Kept(kind.value)
    step, reached = _step_shown(kept), kept.data.get("step", 0)
    form, status = _form_of(asked, step, kept), 200
    if request.method == "POST":
        if step == LAST:
            kept.fix_citizen_id(form)
        if is_stale(form):
            status = 400
        else:
            answer = (
                _take(form, asked, kept, step)
                if step <= reached
                else _begin_again(form, asked, kept, reached)
            )
            if answer is not None:
                return answer
    if step == 0:
        _ask_scan(form, kept)
    kept.hide_citizen_id(form)
    page = render_template(
        "portal/register_organization.html", asked=asked, steps=STEPS, step=step, form=form, kept=kept
    )
    return page, status


for _kind in KINDS:
    portal.add_url_rule(
        f"/register/{_kind.value}",
        f"register_{_kind.value}",
        register_organization_page,
        methods=["GET", "POST"],
    )


def _step_shown(kept: Kept) -> int:
    """Return the step asked for: one reached before, or the one a form that is sent belongs to."""
    reached: int = kept.data.get("step", 0)
    text = request.form.get("step") or request.args.get("step") or ""
    if text not in {str(step) for step in range(len(STEPS))}:
        return reached
    return int(text) if request.method == "POST" else min(int(text), reached)


def _at(kept: Kept, step: int) -> ResponseReturnValue:
    return redirect(url_for(ENDPOINT + kept.kind, step=step))


def _begin_again(form: Any, asked: RegistrationKind, kept: Kept, reached: int) -> ResponseReturnValue:
    """Go back to the step that is missing: the draft is gone, what was sent with this step is kept.

    Where it is gone because it was registered, the step was only sent once more: say again that it is done.
    """
    if not kept.data and session.get(REGISTERED) == asked.done:
        return redirect(url_for("portal.register_done"))
    kept.keep(form)
    flash(LOST, "warning")
    return _at(kept, reached)


def _take(form: Any, asked: RegistrationKind, kept: Kept, step: int) -> ResponseReturnValue | None:
    """Keep what was sent, check it and go on; return ``None`` to show the step again."""
    if request.form.get("restart"):
        kept.finish()
        db.session.commit()
        return _at(kept, 0)
    kept.keep(form)
    if request.form.get("back"):
        return _at(kept, max(step - 1, 0))
    if not form.validate():
        return None
    try:
        if step == 0:
            _check_first(kept, form)
            session.pop(REGISTERED, None)  # another one begins
        elif step == 1:
            must_be_registrable(db.session(), _typed(asked, kept.data))
        else:
            register_organization(
                db.session(), form.credentials(), _typed(asked, kept.data), hash_password, after=kept.after
            )
            kept.finish()
            db.session.commit()
            session[REGISTERED] = asked.done
            return redirect(url_for("portal.register_done"))
    except InputError as error:
        db.session.rollback()
        show_errors(form, error)
        return None
    kept.data["step"] = max(kept.data.get("step", 0), step + 1)
    kept.save()
    return _at(kept, step + 1)


def _check_first(kept: Kept, form: CodeStep) -> None:
    """Check the code, and keep a good scan even where the code has to be typed again."""
    errors = check_code(db.session(), form.code.data or "")
    upload = request.files.get("scan")
    if upload and upload.filename:
        data = upload.stream.read(attachments.MAXIMUM_BYTES + 1)
        try:
            kind = attachments.sniff(data, upload.filename)
        except attachments.AttachmentError as error:
            errors["scan"] = error.sentence
        else:
            if kind not in SCANS:
                errors["scan"] = "扫描件请用 jpg、png 或 pdf 文件"
            else:
                key = current_app.media.put(data)
                kept.data |= {"certificate_key": key, "certificate_mime": kind.mime}
                kept.save(files=[key])
    elif "certificate_key" not in kept.data:
        errors["scan"] = "请上传机构代码证扫描件"
    if errors:
        raise InputError(errors)


def _typed(asked: RegistrationKind, data: dict[str, Any]) -> OrganizationInput:
    values = {
        field.name: as_key(data.get(field.name))
        if field.how is Asked.OFFICE
        else data.get(field.name) or ("" if field.how is Asked.LINE else None)
        for field in asked.fields
    }
    return OrganizationInput(
        kind=asked.kind,
        code=data.get("code") or "",
        certificate_key=data.get("certificate_key"),
        certificate_mime=data.get("certificate_mime"),
        **values,
    )
