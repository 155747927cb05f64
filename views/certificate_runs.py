"""证书办理记录: how far an order of certificates is, what became of each person-year, and its file."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, request, send_file
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from sqlalchemy.orm import joinedload

from models import CertificateRun
from models.enums import BatchState
from services import certificate_files, certificate_runs, journal
from services.errors import InputError
from views.base import GridView
from views.extensions import actor, db, request_id
from views.values import shown_text

MOST = 500
KILOBYTE = 1024


class CertificateRunView(GridView):
    """Orders of one's own employer."""

    columns = ("created_at", "wanted", "form", "state", "row_count", "issued_count", "printed_count",
               "refused_count", "account.real_name")  # fmt: skip
    labels = {"account.real_name": "办理人"}
    sortable = ("created_at",)
    options = (joinedload(CertificateRun.account),)
    order = (CertificateRun.id.desc(),)
    nothing_yet = "还没有办理过。在“证书打印”中勾选人员年度后办理或打印。"

    def details_page(self, row: Any, **more: Any) -> str:
        """Return the page of an order."""
        session = db.session()
        rows = certificate_runs.rows(session, row, MOST)
        return self.render(
            "admin/certificate/run.html",
            run=row,
            when=shown_text(row.created_at),
            running=row.state is BatchState.RUNNING,
            cancelled=row.state is BatchState.CANCELLED,
            progress=certificate_runs.progress(row),
            file=self._file(row),
            rows=rows,
            left_out=max(0, row.row_count - len(rows)),
            here=self.get_url(".details_view", id=row.id),
            return_url=get_redirect_target() or self.get_url("certificate-printing.index_view"),
            **more,
        )

    def _file(self, row: Any) -> dict[str, Any] | None:
        if row.expires_at is None:
            return None
        size = (row.file_size or 0) / KILOBYTE
        return {
            "there": certificate_runs.file_of(row) is not None,
            "until": shown_text(row.expires_at),
            "size": f"{size / KILOBYTE:.1f} MB" if size >= KILOBYTE else f"{size:.0f} KB",
            "opens": row.form in certificate_files.SHOWN_IN_PLACE,
            "revoked": certificate_runs.revoked_since(db.session(), row),
        }

    @expose("/file/", methods=("POST",))
    def file_view(self) -> Any:
        """Send the finished file to an administrator of the employer; who fetched it is journaled."""
        session = db.session()
        row = self.get_one(request.form.get("id"))
        media_key = certificate_runs.file_of(row)
        if media_key is None:
            flash("文件已超过保留时间，请在“证书打印”中重新打印", "warning")
            return redirect(self.get_url(".details_view", id=row.id), code=303)
        name = certificate_files.title(row.form, row.printed_count)
        mime, opens = certificate_files.MIME[row.form], row.form in certificate_files.SHOWN_IN_PLACE
        try:
            stream = current_app.media.open(media_key)
        except FileNotFoundError:
            abort(404)
        journal.record(session, actor(), "certificate_run", row.id, "download", request_id=request_id())
        session.commit()
        answer = send_file(stream, mimetype=mime, as_attachment=not opens, download_name=name)
        answer.headers["Cache-Control"] = "private, no-store"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @expose("/cancel/", methods=("POST",))
    def cancel_view(self) -> Any:
        """End a running order: certificates issued stay."""
        session = db.session()
        row = self.get_one(request.form.get("id"))
        key = row.id
        try:
            parts = certificate_runs.cancel(session, actor(), row, request_id=request_id())
        except InputError as error:
            session.rollback()
            flash(str(error), "warning")
        else:
            session.commit()
            for part in parts:
                current_app.media.delete(part)
            flash("已取消其余的；已经制发的证书有效，可以再次打印", "success")
        return redirect(self.get_url(".details_view", id=key), code=303)
