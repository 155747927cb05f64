"""单位信息管理, 施教机构信息维护, 本机构信息: what an organisation changes at once, and what it asks the office above for."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_wtf import FlaskForm
from wtforms import FileField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length

from models import Organization, OrganizationChange
from models.base import label_of, today
from models.enums import OrganizationKind, RequestStatus
from permissions import engine as permissions
from permissions.verbs import Verb
from services import organization_changes, own_organization, picking
from services.errors import InputError
from views import scans
from views.extensions import actor, db, request_id
from views.own_account import RolePage
from views.picking import offer
from views.stock_form import show_errors
from views.values import as_key, shown_text

BASIC, CHANGE = "organization", "organization-change"
FACTS = ("name", "code", "credit_code", "region", "bureau", "authority")


def _label(name: str) -> str:
    return label_of(Organization, name)


class BasicForm(FlaskForm):
    """What may be changed at once; codes are added by kind of organisation."""

    address = StringField(_label("address"))
    contact = StringField(_label("contact"))
    phone = StringField(_label("phone"), render_kw={"inputmode": "tel"})
    scan = FileField(_label("certificate_key"), description=f"更换时选择文件：{scans.HELP}")


class ChangeForm(FlaskForm):
    """What the office above decides."""

    name = StringField(
        _label("name"),
        [InputRequired("请填写“名称”"), Length(max=200, message="“名称”最多 200 个字，请删减")],
    )
    code = StringField(
        "组织机构代码或统一社会信用代码",
        [InputRequired("请填写组织机构代码")],
        description="9 位或 18 位；登录时填写的机构代码随之改变",
    )
    region_code = SelectField(
        _label("region_code"), [InputRequired("请选择“所属区域”")], choices=[], validate_choice=False
    )
    bureau_id = SelectField(
        _label("bureau_id"),
        [InputRequired("请选择列表中的“同级人社部门”")],
        choices=[],
        validate_choice=False,
        description="改选后由新的人社部门审核；通过后，未审批的申报和账户转由其办理",
    )
    authority_id = SelectField(
        _label("authority_id"),
        choices=[],
        validate_choice=False,
        description="没有行业主管部门的选“（没有）”",
    )
    scan = FileField("新的代码证扫描件", description=f"更改名称或代码时必须上传：{scans.HELP}")
    note = TextAreaField("变更说明", description="如批准更名的文号；审核人员会看到")


class OwnOrganizationView(RolePage):
    """The organisation administered."""

    @expose("/", methods=("GET", "POST"))
    def index_view(self) -> Any:
        """Show the organisation; store what it may change at once."""
        session, row = db.session(), self._own()
        codes = own_organization.codes_of(row.kind)
        selects = {
            name: SelectField(label, choices=[], validate_choice=False) for name, (label, _) in codes.items()
        }
        form = type("OwnForm", (BasicForm,), selects)(obj=row)
        for name, (_name, dictionary) in codes.items():
            offer(form[name], picking.dictionary(session, dictionary, getattr(row, name)))
        if request.method == "POST" and form.validate() and self._saved(form, codes):
            return redirect(self.get_url(".index_view"))
        requests = organization_changes.asked(session, actor())
        return self.render(
            "admin/own_organization/index.html",
            form=form,
            fields=[form[name] for name in (*codes, *own_organization.LINES)],
            kept=scans.kept_name(BASIC),
            facts=[(_label(name), shown_text(getattr(row, name))) for name in FACTS[:3] if getattr(row, name)]
            + ([(_label("region_code"), row.region.name)] if row.region else []),
            offices=own_organization.offices_above(session, row),
            scan=scans.shown(
                row.certificate_key,
                row.certificate_mime,
                url_for("files.organization_certificate", key=row.id),
            ),
            requests=[_shown(asked) for asked in requests],
            may_ask=permissions.may(actor(), Verb.CREATE, OrganizationChange),
            waiting=any(asked.status is RequestStatus.PENDING for asked in requests),
        )

    def _saved(self, form: Any, codes: Any) -> bool:
        session = db.session()
        try:
            typed = {name: form[name].data for name in (*codes, *own_organization.LINES)}
            changed = own_organization.save(
                session, actor(), typed, scans.uploaded(BASIC), request_id=request_id()
            )
        except InputError as error:
            session.rollback()
            show_errors(form, error)
            return False
        session.commit()
        scans.forget(BASIC)
        flash("已保存" if changed else "没有改动", "success" if changed else "info")
        return True

    @expose("/change/", methods=("GET", "POST"))
    def change_view(self) -> Any:
        """Ask the office above for another name, code, region or office."""
        if not permissions.may(actor(), Verb.CREATE, OrganizationChange):
            abort(403)
        row = self._own()
        form = ChangeForm(
            name=row.name, code=row.credit_code or row.code, region_code=row.region_code,
            bureau_id=str(row.bureau_id), authority_id=str(row.authority_id or ""),
        )  # fmt: skip
        self._offer(form, row.kind)
        if request.method == "POST" and form.validate() and self._asked(form):
            return redirect(self.get_url(".index_view"))
        return self.render(
            "admin/own_organization/change.html",
            form=form,
            kept=scans.kept_name(CHANGE),
            return_url=self.get_url(".index_view"),
        )

    @staticmethod
    def _offer(form: Any, kind: OrganizationKind) -> None:
        session = db.session()
        bureaus = (OrganizationKind.BUREAU, OrganizationKind.PROVINCE)
        offer(form.bureau_id, picking.offices(session, bureaus), own="本机关")
        if kind in organization_changes.HAS_REGION:
            offer(form.region_code, picking.regions(session), own="市本级")
        else:
            del form.region_code
        if kind in organization_changes.NAMES_AUTHORITY:
            offer(form.authority_id, picking.offices(session, (OrganizationKind.AUTHORITY,)), own="本机关")
            form.authority_id.choices[0] = SelectChoice("", "（没有）")
        else:
            del form.authority_id

    @staticmethod
    def _asked(form: Any) -> bool:
        session = db.session()
        try:
            typed = organization_changes.ChangeInput(
                name=form.name.data or "",
                code=form.code.data or "",
                region_code=form.region_code.data if "region_code" in form else None,
                bureau_id=as_key(form.bureau_id.data),
                authority_id=as_key(form.authority_id.data) if "authority_id" in form else None,
                note=form.note.data or "",
                scan=scans.uploaded(CHANGE),
            )
            organization_changes.file(session, actor(), typed, request_id=request_id())
        except InputError as error:
            session.rollback()
            show_errors(form, error)
            return False
        session.commit()
        scans.forget(CHANGE)
        flash("已提交变更申请，审核通过后生效；审核前可以撤回", "success")
        return True

    @expose("/withdraw/", methods=("POST",))
    def withdraw_view(self) -> Any:
        """Take a request back."""
        key = as_key(request.form.get("id"))
        if key is None:
            abort(400)
        session = db.session()
        done = organization_changes.withdraw(session, actor(), key, today=today(), request_id=request_id())
        session.commit()
        if done:
            flash("已撤回变更申请", "success")
        else:
            flash("这份申请不能撤回：可能刚刚已经审核，请查看结果", "warning")
        return redirect(self.get_url(".index_view"))

    @staticmethod
    def _own() -> Organization:
        try:
            return own_organization.own(db.session(), actor())
        except InputError:
            abort(403)


def _shown(asked: organization_changes.Asked) -> dict[str, Any]:
    return {
        "key": asked.key,
        "changes": asked.changes,
        "status": asked.status,
        "waiting": asked.status is RequestStatus.PENDING,
        "since": shown_text(asked.since),
        "holder": asked.holder,
        "reason": asked.reason,
        "note": asked.note,
    }
