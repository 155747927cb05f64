"""行政区划 by Excel (``views.compared_files``): what the list shows, or all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort
from flask_admin.base import expose

from models import Region
from services import exporting, region_sheet
from views.compared_files import ComparedFilesMixin
from views.extensions import actor, db, request_id

if TYPE_CHECKING:
    from views.grid_state import ListState


class RegionFilesMixin(ComparedFilesMixin):
    """The pages of the grid of regions about workbooks."""

    can_create: bool
    get_url: Any
    list_state: Any
    name: str

    @expose("/book/")
    def book_view(self) -> Any:
        """Send the regions of the list as a workbook, in the list's order."""
        state: ListState = self.list_state()
        session, narrowed = db.session(), state.narrowed or "全部"
        keys = exporting.keys(session, Region, state.conditions, state.order)
        return self.sent_book(
            self.name,
            region_sheet.HEADER,
            region_sheet.lines(session, keys),
            keys,
            conditions=narrowed,
            about={"条件": narrowed},
            notes=region_sheet.NOTES,
        )

    @expose("/compare/", methods=("GET", "POST"))
    def compare_view(self) -> Any:
        """Take a changed workbook and show what it would change."""
        if not self.can_create:
            abort(403)
        list_url = self.get_url(".index_view")
        return self.compared_page(
            lambda name, data: region_sheet.compare(db.session(), name, data),
            title=self.name,
            what=Region.__label__,
            above=[(self.name, list_url)],
            fixed="",
            export_url=self.get_url(".book_view"),
            save_url=self.get_url(".apply_view"),
            upload_url=self.get_url(".compare_view"),
            return_url=list_url,
        )

    @expose("/apply/", methods=("POST",))
    def apply_view(self) -> Any:
        """Write the changes that were shown and confirmed."""
        if not self.can_create:
            abort(403)
        session = db.session()
        return self.applied(
            lambda code: region_sheet.apply(session, actor(), code, request_id=request_id()),
            again=self.get_url(".compare_view"),
            done=self.get_url(".index_view"),
        )
