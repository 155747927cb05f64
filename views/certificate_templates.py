"""证书模板: versions of the certificate's layout, uploaded, looked at and published by the system administrator."""

from __future__ import annotations

import io
from typing import Any

from flask import abort, flash, redirect, request, send_file
from flask_admin.base import expose
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload
from wtforms import TextAreaField

from models import CertificateTemplate
from permissions import engine as permissions
from permissions.verbs import Verb
from services import certificate_archive, certificate_templates
from services.errors import InputError
from views import filters
from views.base import GridView
from views.extensions import actor, db, request_id
from views.stock_form import show_errors

DOCUMENT, ARCHIVE = "application/pdf", "application/zip"


class TemplateForm(FlaskForm):
    """The packed folder."""

    file = FileField(
        "模板压缩包",
        [FileRequired("请选择模板压缩包")],
        description=f"zip 文件，不超过 {certificate_archive.MAXIMUM_BYTES // 2**20} MB；template.html 放在最外层，图片和字体放在同一文件夹。",
        render_kw={"accept": ".zip"},
    )
    note = TextAreaField(
        "修改说明", description=f"改了什么，最多 {certificate_templates.NOTE_LENGTH} 个字，可以不填。"
    )


class CertificateTemplateView(GridView):
    """Every version and every draft."""

    editable = True
    can_edit = False  # another version is uploaded instead
    create_label = "上传新版本"
    columns = ("filename", "version", "note", "account.real_name", "created_at", "published_at", "retired_at")
    details = (*columns[:5], "published_at", "published_by.real_name", "retired_at", "sha256")
    labels = {"account.real_name": "上传人", "published_by.real_name": "发布人"}
    sortable = ("version", "created_at", "published_at")
    order = (CertificateTemplate.id.desc(),)
    options = (joinedload(CertificateTemplate.account), joinedload(CertificateTemplate.published_by))
    filters = (
        filters.GridFilter(
            "published",
            "是否发布",
            lambda: [("0", "未发布"), ("1", "已发布")],
            lambda value: (
                CertificateTemplate.published_at.is_not(None)
                if value == "1"
                else CertificateTemplate.published_at.is_(None)
            ),
        ),
    )
    details_template = "admin/certificate_template/details.html"

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Take a template and keep it as a draft once it can be printed with."""
        if not self.can_create:
            abort(403)
        form = TemplateForm()
        if form.validate_on_submit():
            upload = form.file.data
            with upload.stream as stream:
                data = stream.read(certificate_archive.MAXIMUM_BYTES + 1)
            try:
                row = certificate_templates.upload(
                    db.session(), actor(), upload.filename, data, (form.note.data or "").strip(),
                    request_id=request_id(),
                )  # fmt: skip
                key = row.id
                db.session.commit()
            except InputError as error:
                db.session.rollback()
                show_errors(form, error)
            else:
                flash("已存为草稿，请先预览，再发布", "success")
                return redirect(self.get_url(".details_view", id=key), code=303)
        return self.render(
            "admin/certificate_template/upload.html", form=form, return_url=self.get_url(".index_view")
        )

    @expose("/starter/")
    def starter_view(self) -> Any:
        """Send the template the system comes with."""
        if not self.can_create:
            abort(403)
        return _sent(certificate_archive.starter(), ARCHIVE, "证书模板（系统自带）.zip")

    @expose("/preview/")
    def preview_view(self) -> Any:
        """Show sample certificates of one version in the browser."""
        row = self.get_one(request.args.get("id"))
        return _sent(
            certificate_templates.preview(db.session(), row), DOCUMENT, f"证书模板预览 {row}.pdf", inline=True
        )

    @expose("/file/")
    def file_view(self) -> Any:
        """Send a version as it was uploaded."""
        row = self.get_one(request.args.get("id"))
        return _sent(row.content, ARCHIVE, f"证书模板 {row}.zip")

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """A version is not changed: another one is uploaded."""
        abort(403)

    @expose("/publish/", methods=("POST",))
    def publish_view(self) -> Any:
        """Publish a draft."""
        row = self.get_one(request.form.get("id"))
        key = row.id
        self.lock(row)
        self.must(Verb.EDIT, row)
        session = db.session()
        try:
            version = certificate_templates.publish(session, actor(), row, request_id=request_id())
            session.commit()
        except IntegrityError:  # somebody else published in this very moment
            session.rollback()
            flash("没有发布：另一位管理员刚刚发布了新版本，请核对后再试", "error")
        else:
            flash(f"已发布为第 {version} 版，以后制发的证书使用这一版；已制发的证书仍用原来的版面", "success")
        return redirect(self.get_url(".details_view", id=key), code=303)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what a version is used for."""
        return {
            "draft": row.published_at is None,
            "changeable": permissions.allows(db.session(), actor(), Verb.EDIT, row),
            "in_force": row.published_at and not row.retired_at,
        }

    def delete_model(self, model: Any) -> bool:
        """Give a draft up."""
        certificate_templates.discard(db.session(), actor(), model, request_id=request_id())
        db.session.commit()
        flash("已删除草稿，正在使用的模板不变", "success")
        return True


def _sent(data: bytes, mime: str, name: str, *, inline: bool = False) -> Any:
    response = send_file(io.BytesIO(data), mimetype=mime, download_name=name, as_attachment=not inline)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
