"""Base data by Excel: taken along as a workbook, and an upload that shows every change before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request

from models.base import now
from services import exporting
from services.errors import InputError
from views.exporting import sent_workbook
from views.extensions import actor, db, request_id
from views.stock_form import show_errors
from views.uploads import sent_workbook_of, workbook_form
from views.values import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from services.comparing import Comparison

SHOWN = 500
HOW = "在“导出 Excel”得到的文件上修改。上传后先列出每一处改动，点“确认写入”后才写入。"


class ComparedFilesMixin:
    """What the grids have in common whose rows come and go as workbooks."""

    endpoint_name: str
    render: Any

    def sent_book(
        self,
        title: str,
        header: Sequence[str],
        lines: Iterable[Sequence[Any]],
        keys: Sequence[int],
        *,
        conditions: str,
        about: Mapping[str, str],
        notes: Sequence[str],
    ) -> Any:
        """Send rows as a workbook, and journal it.

        Args:
            title: its name.
            header: labels of the columns.
            lines: the cells of each row.
            keys: of the rows.
            conditions: what narrowed them, for the journal.
            about: what they are, in words.
            notes: how it is filled in.
        """
        lines = list(lines)
        exporting.record(
            db.session(), actor(), self.endpoint_name, keys, conditions=conditions, request_id=request_id()
        )
        told = {**about, "导出人": actor().label, "导出时间": str(shown_text(now()))}
        told |= {f"填写说明 {number}": note for number, note in enumerate(notes, 1)}
        db.session.commit()
        return sent_workbook(title, header, lines, told)

    def compared_page(self, compare: Callable[[str, bytes], Comparison[Any]], **said: Any) -> Any:
        """Take a changed workbook and show what it would change.

        Args:
            compare: what the file says beside what is stored, by name and content.
            said: what else ``base_data/import.html`` shows.
        """
        form, found = workbook_form("改好的 Excel 文件", HOW), None
        if form.validate_on_submit():
            db.session.commit()  # reading a large file takes a second, and nobody has to wait for it
            try:
                found = compare(*sent_workbook_of(form))
            except InputError as error:
                show_errors(form, error)
        shown = found.changes[:SHOWN] if found else []
        return self.render("admin/base_data/import.html", form=form, found=found, shown=shown, **said)

    def applied(self, apply: Callable[[str], int], *, again: str, done: str) -> Any:
        """Write the changes that were shown and confirmed.

        Args:
            apply: what writes them and returns their number.
            again: where one goes where they cannot be written.
            done: where one goes afterwards.
        """
        session = db.session()
        try:
            number = apply(request.form.get("change", ""))
            session.commit()
        except InputError as error:
            session.rollback()
            flash(str(error), "error")
            return redirect(again, code=303)
        except ValueError:
            session.rollback()
            abort(400)
        flash(f"已写入 {number} 项，各处填报页即时生效", "success")
        return redirect(done, code=303)
