"""成绩单: made and declared by the institution, decided by the office it goes to, as a whole or row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from models import Grade, GradeSheet
from models.enums import SheetStatus, Subject, UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from services import grade_sheets, grades, listing, queues
from services.certificate_pdf import hours_text
from services.errors import InputError
from views import filters
from views.base import GridView
from views.extensions import actor, db, request_id
from views.history import history_of
from views.values import as_key
from workflow.grading import GRADE, GRADE_SHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement

    from services.listing import Page
    from workflow.core import Transition

ROWS = 100
COUNT = "row_count"
STOPPED_BY = "stopped_by"
"""The filter of the grid of grades for the rows of a sheet that one of its guards does not hold for."""


class GradeSheetGrid(GridView):
    """What every grid of grade sheets shows, and the page of one."""

    workflow = GRADE_SHEET
    columns = ("training_class.name", "number", "plan.name", "organization.name", COUNT, "credit_year", "subject", "status",
               "status_since")  # fmt: skip
    more_columns = ("submitted_at", "decided_at", "created_at", "approver.name")
    details = ("plan.name", "training_class.name", "number", "organization.name", "approver.name", "credit_year", "subject",
               "status", "status_since", "submitted_at", "decided_at", "reason")  # fmt: skip
    labels = {
        "training_class.name": "培训班",
        "plan.name": "培训计划",
        "organization.name": "施教机构",
        "approver.name": "审批机构",
        COUNT: "学员人数",
    }
    self_evident = {UserType.INSTITUTION: frozenset({"organization.name"})}
    sortable = ("number", "credit_year", "status", "status_since", "submitted_at", "decided_at", "created_at")
    options = (joinedload(GradeSheet.training_class),)
    order = (GradeSheet.id.desc(),)
    hint = "培训班或计划名称"
    details_template = "admin/grade_sheet/details.html"
    filters: tuple[filters.Filter, ...] = (
        filters.of_enum("status", "办理状态", GradeSheet.status, SheetStatus),
        filters.of_year("年度", GradeSheet.credit_year),
        filters.of_enum("subject", "科目类型", GradeSheet.subject, Subject),
        filters.TextFilter(
            "institution",
            "施教机构",
            lambda text: GradeSheet.organization_id.in_(listing.organizations_named(db.session(), text)),
            filters.OFFICES,
        ),
        filters.of_region(GradeSheet.region_code),
        filters.of_moments("since", "状态时间", GradeSheet.status_since),
        filters.of_office(GradeSheet.approver_id, filters.OFFICES, label="审批机构"),
        filters.LinkFilter(
            "class",
            "班次",
            lambda key: grades.name_of_class(db.session(), key),
            lambda key: GradeSheet.class_id == key,
        ),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by the class or its plan."""
        return GradeSheet.class_id.in_(grades.classes_named(db.session(), term))

    def is_numeric(self, path: str) -> bool:
        """Tell that the number of students is a figure, too."""
        return path == COUNT or super().is_numeric(path)

    def _load(self, *args: Any, **kwargs: Any) -> Page:
        loaded = super()._load(*args, **kwargs)
        self._count(loaded.rows)
        return loaded

    @staticmethod
    def _count(rows: Sequence[Any]) -> None:
        counts = grade_sheets.counts(db.session(), [row.id for row in rows])
        for row in rows:
            setattr(row, COUNT, counts.get(row.id, 0))

    def value_of(self, row: Any, path: str) -> Any:
        """Return the number of students where it was counted."""
        return row.__dict__.get(COUNT) if path == COUNT else super().value_of(row, path)

    def describe(self, row: Any) -> str:
        """Return class, number, institution and how many students are on it."""
        self._count([row])
        office = (
            ""
            if actor().user_type is UserType.INSTITUTION
            else f"，{self.value_of(row, 'organization.name')}"
        )
        return f"{row}（{self.value_of(row, COUNT)} 人{office}）"

    def in_the_way(self, transition: Transition, outcome: str, row: Any) -> dict[str, str]:
        """Return whose rows of a sheet stop a transition, and where the list of them is."""
        known = [(name, guard.name) for name, guard in grade_sheets.STOPPING]
        if (transition.name, outcome) not in known:
            return {}
        place = known.index((transition.name, outcome))
        rows = grade_sheets.stopping(db.session(), actor(), row.id, place)
        url = self.get_url("grade.index_view", sheet=row.id, **{STOPPED_BY: place + 1})
        return {"text": grade_sheets.named(db.session(), rows), "url": url} if rows else {}

    # ------------------------------------------------------------ the page of a sheet
    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return the rows of a sheet, what can be done with them, and the history."""
        session, page = db.session(), as_key(request.args.get("page")) or 0
        numbers = grade_sheets.figures(session, row)
        pages = max(1, -(-numbers.rows // ROWS))
        page = min(page, pages - 1)
        shown = grade_sheets.rows(session, row.id, offset=page * ROWS, limit=ROWS)
        editing = row.status in grade_sheets.OPEN and permissions.allows(session, actor(), Verb.SUBMIT, row)
        here = {"id": row.id, "url": self.get_url(".index_view")}
        return {
            "record_title": str(row),
            "history": history_of(GRADE_SHEET, row.id),
            "numbers": numbers,
            "hours": hours_text(numbers.hours) if numbers.hours else "",
            "rows": [self._row(one) for one in shown],
            "steps": [] if editing else self._steps(shown),
            "editing": editing,
            "deletable": permissions.allows(session, actor(), Verb.DELETE, row),
            "page": page,
            "pages": pages,
            "page_url": lambda number: self.get_url(".details_view", **here, page=number),
            "here": self.get_url(".details_view", **here, **({"page": page} if page else {})),
            "list_url": self.get_url("grade.index_view", sheet=row.id),
            "class_url": self.get_url("grade.enter_view", **{"class": row.class_id}) if editing else "",
        }

    @staticmethod
    def _row(one: Any) -> dict[str, Any]:
        return {
            "key": one.id,
            "name": one.person.name if one.person else "—",
            "employer": one.employer.name if one.employer else "—",
            "result": one.result,
            "score": "" if one.score is None else f"{one.score.normalize():f}",
            "hours": "" if one.hours is None else hours_text(one.hours),
            "status": one.status,
            "reason": one.revoked_reason or one.reason or "",
        }

    @staticmethod
    def _steps(shown: Sequence[Any]) -> list[Transition]:
        """Return what the actor may do to single rows of this page."""
        there = {one.status for one in shown}
        return [
            step
            for step in GRADE.transitions
            if step.batch
            and not step.undoes
            and step.sources & there
            and permissions.may(actor(), step.needs, Grade)
        ]


class GradeSheetView(GradeSheetGrid):
    """学员成绩申报 of an institution; every declared sheet an office sees."""

    editable = True
    can_edit = False  # rows go on and off; there is nothing else to edit
    create_label = "制作成绩单"
    offered_transitions = frozenset({"submit", "withdraw", "approve", "return"})
    nothing_yet = "还没有申报的成绩单。"

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Choose a finished class and make a sheet of its graded students."""
        if not self.can_create:
            abort(403)
        session, back = db.session(), get_redirect_target() or self.get_url(".index_view")
        if request.method == "POST":
            try:
                row = grade_sheets.create(
                    session, actor(), as_key(request.form.get("class")) or 0, request_id=request_id()
                )
                key = row.id
                session.commit()
            except InputError as error:
                session.rollback()
                flash(str(error), "error")
            except IntegrityError:  # somebody made one in the same moment
                session.rollback()
                flash("该班的成绩单刚刚由他人制作，请返回列表查看", "error")
            else:
                flash("成绩单已制作，请核对后点“申报”", "success")
                return redirect(self.get_url(".details_view", id=key), code=303)
        chosen = as_key(request.args.get("class"))
        return self.render(
            "admin/grade_sheet/new.html",
            offers=grade_sheets.offers(session, chosen),
            most=grade_sheets.SHOWN_CLASSES,
            return_url=back,
        )

    def _change(self, change: Callable[[Any], int], told: str) -> Any:
        """Change the rows of the sheet the form names, and go back to its page."""
        row = self.get_one(request.form.get("id"))
        self.lock(row)
        here, session = self.get_url(".details_view", id=row.id), db.session()
        try:
            number = change(row)
            session.commit()
        except InputError as error:
            session.rollback()
            flash(str(error), "error")
        else:
            flash(told.format(number), "success")
        return redirect(here, code=303)

    @expose("/add/", methods=("POST",))
    def add_view(self) -> Any:
        """Put students graded since onto a sheet."""
        if not self.can_create:
            abort(403)
        return self._change(
            lambda row: grade_sheets.add_rows(db.session(), actor(), row, request_id=request_id()),
            "已补入 {} 名学员",
        )

    @expose("/remove/", methods=("POST",))
    def remove_view(self) -> Any:
        """Take students off a sheet."""
        if not self.can_create:
            abort(403)
        keys = [key for text in request.form.getlist("rowid") if (key := as_key(text))]
        return self._change(
            lambda row: grade_sheets.remove_rows(db.session(), actor(), row, keys, request_id=request_id()),
            "已移出 {} 名学员，成绩仍保留，可列入其他成绩单",
        )

    def delete_model(self, model: Any) -> bool:
        """Delete a draft; its students can go onto another sheet."""
        session = db.session()
        try:
            grade_sheets.delete(session, actor(), model, request_id=request_id())
            session.commit()
        except InputError as error:
            session.rollback()
            flash(str(error), "error")
            return False
        flash("成绩单已删除，学员成绩仍保留", "success")
        return True


class GradeSheetDecisionView(GradeSheetGrid):
    """审核成绩单: what was declared to this office and waits, the oldest first."""

    offered_transitions = frozenset({"approve", "return"})
    columns = tuple(path for path in GradeSheetGrid.columns if path != "status")
    filters = tuple(item for item in GradeSheetGrid.filters if item.name != "status")
    order = (GradeSheet.id.asc(),)
    nothing_yet = "没有等待审核的成绩单，都办完了。"

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return what waits."""
        return (queues.condition(self.endpoint_name, actor()),)
