"""成绩 by Excel: download, and upload that shows every change before it is saved."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose

from services import exporting, grade_book, grades
from services.errors import InputError
from views.extensions import actor, db, request_id
from views.importing import sent_file
from views.stock_form import show_errors
from views.uploads import sent_workbook_of, workbook_form

if TYPE_CHECKING:
    from flask_wtf import FlaskForm

    from services.grade_book import Comparison

SHOWN = 500
CHANGE, OVERWRITE = "change", "overwrite"
HOW = "用本页“下载 Excel”得到的文件填写。上传后先列出每一处改动，不会直接保存。"


class GradeBookMixin:
    """The pages of the grid of grades about workbooks."""

    class_to_grade: Any
    endpoint_name: str
    get_url: Any
    render: Any

    @expose("/book/")
    def book_view(self) -> Any:
        """Send the grades of a class as a workbook to be filled in."""
        klass = self.class_to_grade(request.args.get("class"))
        file, name = io.BytesIO(), f"{klass.name}_学员成绩.xlsx"
        keys = grade_book.write(db.session(), actor(), klass, file)
        exporting.record(
            db.session(), actor(), self.endpoint_name, keys, conditions=f"培训班：{klass.name}",
            request_id=request_id(),
        )  # fmt: skip
        db.session.commit()
        return sent_file(file, name)

    @expose("/book/compare/", methods=("GET", "POST"))
    def book_compare_view(self) -> Any:
        """Take a filled-in workbook and show what it would change."""
        klass = self.class_to_grade(request.args.get("class"))
        form, found = workbook_form("填好的 Excel 文件", HOW), None
        if form.validate_on_submit():
            db.session.commit()  # reading a large file takes a second, and nobody has to wait for it
            name, data = sent_workbook_of(form)
            try:
                found = grade_book.compare(db.session(), actor(), klass, name, data)
            except InputError as error:
                show_errors(form, error)
        return self._compared(klass, form, found)

    def _compared(self, klass: Any, form: FlaskForm, found: Comparison | None) -> str:
        changes = found.changes if found else []
        conflicts = [change for change in changes if change.conflict]
        plain = [change for change in changes if not change.conflict]
        return str(
            self.render(
                "admin/grade/book.html",
                klass=klass,
                form=form,
                found=found,
                conflicts=conflicts,
                plain=plain[:SHOWN],
                left_out=max(0, len(plain) - SHOWN),
                number=len(plain),
                codes="\n".join(change.code for change in plain),
                save_url=self.get_url(".book_save_view", **{"class": klass.id}),
                upload_url=self.get_url(".book_compare_view", **{"class": klass.id}),
                return_url=self.get_url(".enter_view", **{"class": klass.id}),
            )
        )

    @expose("/book/save/", methods=("POST",))
    def book_save_view(self) -> Any:
        """Store the changes that were shown and confirmed."""
        klass = self.class_to_grade(request.args.get("class"))
        session, key = db.session(), klass.id
        lines = [*request.form.get(CHANGE, "").splitlines(), *request.form.getlist(OVERWRITE)]
        try:
            typed = [grade_book.read_change(line) for line in lines if line]
        except ValueError:
            abort(400)
        saved = grades.save(session, actor(), key, typed, action="import", request_id=request_id())
        session.commit()
        left = len(saved.conflicts) + len(saved.closed)
        if saved.done or not left:
            flash(f"已保存 {len(saved.done)} 名学员的成绩", "success")
        if left:
            flash(
                f"有 {left} 名学员的成绩在您核对时被他人修改或申报，没有保存，请重新上传同一个文件核对",
                "warning",
            )
        return redirect(self.get_url(".enter_view", **{"class": key}), code=303)
