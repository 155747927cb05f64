"""What is printed of a class: a door of the grid of classes."""

from __future__ import annotations

from datetime import date
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, send_file
from flask_admin.base import expose

from models import Enrollment, GradeSheet
from permissions import engine as permissions
from permissions.verbs import Verb
from services import class_papers
from services.class_papers import Paper, PaperError, Span
from views.extensions import actor, db

if TYPE_CHECKING:
    from collections.abc import Callable

FROM, TO = "from", "to"


def may_print() -> bool:
    """Tell whether the actor keeps classes or decides about their grades; who only took part prints no lists."""
    who = actor()
    return permissions.may(who, Verb.EDIT, Enrollment) or permissions.may(who, Verb.DECIDE, GradeSheet)


class ClassPapersMixin:
    """The papers of a class as PDF."""

    if TYPE_CHECKING:
        get_one: Callable[[Any], Any]
        get_url: Callable[..., str]

    @expose("/paper/<paper>/")
    def paper_view(self, paper: str) -> Any:
        """Send one."""
        if paper not in {known.value for known in Paper}:
            abort(404)
        klass = self.get_one(request.args.get("id"))
        if not may_print():
            abort(403)
        wanted = Paper.of(paper)
        try:
            data = class_papers.render(db.session(), klass, wanted, _span())
        except PaperError as error:
            flash(str(error), "error")
            return redirect(self.get_url(".details_view", id=klass.id))
        return send_file(
            BytesIO(data), mimetype="application/pdf", download_name=f"{klass.name}-{wanted.label}.pdf"
        )

    def papers_of(self, klass: Any, students: int) -> list[tuple[str, str]]:
        """Return label and address of each paper the actor may print of a class.

        Args:
            klass: the class.
            students: how many are on its roll.
        """
        if not may_print():
            return []
        papers = []
        for paper in Paper:
            spans = class_papers.spans_of(klass, students) if paper is Paper.SIGN_IN else []
            address = partial(self.get_url, ".paper_view", paper=paper.value, id=klass.id)
            papers += (
                [(f"{paper.label}（{span}）", address(**{FROM: span.first, TO: span.last})) for span in spans]
                if len(spans) > 1
                else [(paper.label, address())]
            )
        return papers


def _span() -> Span | None:
    """Return the days the address asks for; ``None`` for all; what is no day, or ends before it begins, is 404."""
    texts = [request.args.get(end, "") for end in (FROM, TO)]
    if not any(texts):
        return None
    try:
        first, last = map(date.fromisoformat, texts)
    except ValueError:
        abort(404)
    return Span(first, last) if first <= last else abort(404)
