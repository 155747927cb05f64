"""One dictionary by Excel (``views.compared_files``)."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_admin.base import expose

from models import DictionaryItem
from permissions import engine as permissions
from permissions.verbs import Verb
from services import dictionary_editing, dictionary_sheet
from views.compared_files import ComparedFilesMixin
from views.extensions import actor, db, request_id


class DictionaryFilesMixin(ComparedFilesMixin):
    """The pages of the grid of dictionaries about workbooks."""

    get_one: Any
    get_url: Any
    name: str

    def _to_write(self) -> Any:
        if not permissions.may(actor(), Verb.CREATE, DictionaryItem):
            abort(403)
        return self.get_one(request.args.get("id"))

    @expose("/book/")
    def book_view(self) -> Any:
        """Send a dictionary as a workbook."""
        row, session = self.get_one(request.args.get("id")), db.session()
        return self.sent_book(
            row.label,
            dictionary_sheet.HEADER,
            dictionary_sheet.lines(session, row),
            [entry.id for entry in dictionary_editing.entries(session, row.code)],
            conditions=f"字典：{row.label}",
            about=dictionary_sheet.about(row),
            notes=dictionary_sheet.NOTES,
        )

    @expose("/compare/", methods=("GET", "POST"))
    def compare_view(self) -> Any:
        """Take a changed workbook and show what it would change."""
        row = self._to_write()
        book_url = self.get_url(".details_view", id=row.id)
        return self.compared_page(
            lambda name, data: dictionary_sheet.compare(db.session(), row, name, data),
            title=row.label,
            what="字典",
            above=[(self.name, self.get_url(".index_view")), (row.label, book_url)],
            fixed=dictionary_editing.fixed_reason(row.code),
            export_url=self.get_url(".book_view", id=row.id),
            save_url=self.get_url(".apply_view", id=row.id),
            upload_url=self.get_url(".compare_view", id=row.id),
            return_url=book_url,
        )

    @expose("/apply/", methods=("POST",))
    def apply_view(self) -> Any:
        """Write the changes that were shown and confirmed."""
        row, session = self._to_write(), db.session()
        dictionary_editing.hold(session, row.code)
        return self.applied(
            lambda code: dictionary_sheet.apply(session, actor(), row, code, request_id=request_id()),
            again=self.get_url(".compare_view", id=row.id),
            done=self.get_url(".details_view", id=row.id),
        )
