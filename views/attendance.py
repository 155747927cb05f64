"""出勤率 typed down a column, a page of students at a time."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from sqlalchemy.orm import joinedload

from models import Enrollment, TrainingClass
from models.enums import ENROLLING, ClassStatus, EnrollmentStatus
from permissions import engine as permissions
from permissions.verbs import Verb
from services import attendance, listing
from services.attendance import Typed
from services.errors import InputError
from views.class_pages import CLASS
from views.extensions import actor, db, request_id
from views.values import as_key

PAGE_SIZE = 50
BY_KEY = listing.by_key(Enrollment, (joinedload(Enrollment.person), joinedload(Enrollment.employer)))
OPEN = (
    TrainingClass.attendance_minimum.is_not(None),
    TrainingClass.status.in_((*ENROLLING, ClassStatus.FINISHED)),
)
NO_CLASS = "没有需要登记出勤率的培训班：班次填写了“最低出勤率”的，发布后才能登记。"
FIELD, BEFORE = "attendance-", "before-"


class AttendanceMixin:
    """The page on which attendance is typed."""

    @property
    def can_attend(self) -> bool:
        """Whether the actor may write attendance down for anybody."""
        return permissions.may(actor(), Verb.EDIT, Enrollment)

    @expose("/attendance/", methods=("GET", "POST"))
    def attendance_view(self) -> Any:
        """Show a page of students with their attendance, and store what was typed."""
        if not self.can_attend:
            abort(403)
        klass = self.class_named()  # type: ignore[attr-defined]
        if klass is None:
            return self.choose_class("登记出勤率", OPEN, NO_CLASS)  # type: ignore[attr-defined]
        if klass.attendance_minimum is None:
            flash("该班没有填写最低出勤率，不登记出勤率；需要登记的请先修改培训班", "warning")
            return redirect(self.get_url(".index_view", **{CLASS: klass.id}))  # type: ignore[attr-defined]
        page = max((as_key(request.args.get("page")) or 1), 1)
        typed, errors = _typed(), {}
        if request.method == "POST":
            session = db.session()
            try:
                number = attendance.record(session, actor(), klass.id, typed, request_id=request_id())
            except InputError as error:
                session.rollback()
                errors = error.errors
            else:
                session.commit()
                flash(f"已保存 {number} 名学员的出勤率" if number else "没有改动", "success")
                onward = page + 1 if request.form.get("next") else page
                return redirect(self._attendance_page(klass.id, onward), code=303)
        return self._attendance_form(klass.id, page, typed, errors)

    def _attendance_page(self, key: int, page: int) -> str:
        return str(self.get_url(".attendance_view", **{CLASS: key, "page": page}))  # type: ignore[attr-defined]

    def _attendance_form(self, key: int, page: int, typed: dict[int, Typed], errors: dict[str, str]) -> str:
        session, klass = db.session(), self.class_of(key)  # type: ignore[attr-defined]
        there = (Enrollment.class_id == key, Enrollment.status == EnrollmentStatus.ENROLLED)
        number = listing.count(session, Enrollment, there)
        pages = max(-(-number // PAGE_SIZE), 1)
        page = min(page, pages)
        rows = listing.page(
            session,
            Enrollment,
            there,
            (Enrollment.id,),
            offset=(page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
            rows=BY_KEY,
        ).rows
        open_ones = self.which(Verb.EDIT, [row.id for row in rows])  # type: ignore[attr-defined]
        return self.render(  # type: ignore[attr-defined]
            "admin/enrollment/attendance.html",
            about=[
                *self.about_class(klass),  # type: ignore[attr-defined]
                ("最低出勤率", f"{klass.attendance_minimum}%"),
            ],
            minimum=klass.attendance_minimum,
            rows=[
                {
                    "key": row.id,
                    "name": self.value_of(row, "person.name"),  # type: ignore[attr-defined]
                    "citizen_id": self.value_of(row, "person.citizen_id"),  # type: ignore[attr-defined]
                    "employer": self.value_of(row, "employer.name"),  # type: ignore[attr-defined]
                    "stored": "" if row.attendance is None else row.attendance,
                    "text": typed[row.id].text if row.id in typed and errors else row.attendance,
                    "editable": row.id in open_ones,
                    "error": errors.get(str(row.id), ""),
                }
                for row in rows
            ],
            page=page,
            pages=pages,
            count=number,
            wrong=len(errors),
            page_url=lambda number: self._attendance_page(key, number + 1),
            form_url=self._attendance_page(key, page),
            return_url=self.get_url(".index_view", **{CLASS: key}),  # type: ignore[attr-defined]
        )


def _typed() -> dict[int, Typed]:
    """Return what the form holds, by student."""
    found = {}
    for name, text in request.form.items():
        key = as_key(name.removeprefix(FIELD)) if name.startswith(FIELD) else None
        if key is not None:
            before = request.form.get(f"{BEFORE}{key}", "")
            found[key] = Typed(text, int(before) if before.isascii() and before.isdecimal() else None)
    return found
