"""One dictionary by Excel: taken along, and an upload that shows every change before it is written."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose

from models import DictionaryItem
from models.base import now
from permissions import engine as permissions
from permissions.verbs import Verb
from services import dictionary_editing, dictionary_sheet, exporting
from services.errors import InputError
from views.exporting import sent_workbook
from views.extensions import actor, db, request_id
from views.stock_form import show_errors
from views.uploads import sent_workbook_of, workbook_form
from views.values import shown_text

SHOWN = 500
HOW = "在“导出 Excel”得到的文件上修改。上传后先列出每一处改动，点“确认写入”后才写入。"


class DictionaryFilesMixin:
    """The pages of the grid of dictionaries about workbooks."""

    endpoint_name: str
    get_one: Any
    get_url: Any
    render: Any

    def _to_write(self) -> Any:
        if not permissions.may(actor(), Verb.CREATE, DictionaryItem):
            abort(403)
        return self.get_one(request.args.get("id"))

    @expose("/book/")
    def book_view(self) -> Any:
        """Send a dictionary as a workbook."""
        row = self.get_one(request.args.get("id"))
        lines = list(dictionary_sheet.lines(db.session(), row))
        keys = [entry.id for entry in dictionary_editing.entries(db.session(), row.code)]
        exporting.record(
            db.session(),
            actor(),
            self.endpoint_name,
            keys,
            conditions=f"字典：{row.label}",
            request_id=request_id(),
        )
        about = {"字典": f"{row.label}（{row.code}）", "依据": row.source, "导出人": actor().label,
                 "导出时间": str(shown_text(now()))}  # fmt: skip
        about |= {f"填写说明 {number}": note for number, note in enumerate(dictionary_sheet.NOTES, 1)}
        title = row.label
        db.session.commit()
        return sent_workbook(title, dictionary_sheet.HEADER, lines, about)

    @expose("/compare/", methods=("GET", "POST"))
    def compare_view(self) -> Any:
        """Take a changed workbook and show what it would change."""
        row = self._to_write()
        form, found = workbook_form("改好的 Excel 文件", HOW), None
        if form.validate_on_submit():
            name, data = sent_workbook_of(form)
            try:
                found = dictionary_sheet.compare(db.session(), row, name, data)
            except InputError as error:
                show_errors(form, error)
        return self.render(
            "admin/base_data/import.html",
            dictionary=row,
            form=form,
            found=found,
            shown=found.changes[:SHOWN] if found else [],
            fixed=dictionary_editing.fixed_reason(row.code),
            save_url=self.get_url(".apply_view", id=row.id),
            upload_url=self.get_url(".compare_view", id=row.id),
            return_url=self.get_url(".details_view", id=row.id),
        )

    @expose("/apply/", methods=("POST",))
    def apply_view(self) -> Any:
        """Write the changes that were shown and confirmed."""
        row = self._to_write()
        session, key = db.session(), row.id
        dictionary_editing.hold(session, row.code)
        try:
            number = dictionary_sheet.apply(
                session, actor(), row, request.form.get("change", ""), request_id=request_id()
            )
            session.commit()
        except InputError as error:
            session.rollback()
            flash(str(error), "error")
            return redirect(self.get_url(".compare_view", id=key), code=303)
        except ValueError:
            session.rollback()
            abort(400)
        flash(f"已写入 {number} 项，各处填报页即时生效", "success")
        return redirect(self.get_url(".details_view", id=key), code=303)
