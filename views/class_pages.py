"""Pages of the grid of students that are about one class: which class that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, request
from sqlalchemy.orm import joinedload

from models import TrainingClass
from services import roster
from views.extensions import db
from views.values import as_key, shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

CLASS = "class"


class ClassPagesMixin:
    """What pages about one class share; the class stands in their address."""

    def class_named(self) -> TrainingClass | None:
        """Return the class of the address, ``None`` where it names none; one out of sight is 404."""
        text = request.args.get(CLASS, "")
        if not text:
            return None
        return self.class_of(as_key(text))

    def class_of(self, key: int | None) -> TrainingClass:
        """Return a class of one's scope; everything else is 404."""
        found = db.session.get(TrainingClass, key, options=[joinedload(TrainingClass.plan)]) if key else None
        return found or abort(404)

    def choose_class(self, title: str, conditions: Sequence[ColumnElement[bool]], nothing: str) -> str:
        """Return the page that asks for the class first.

        Args:
            title: of the page.
            conditions: which classes it can be.
            nothing: the sentence where there is none.
        """
        return self.render(  # type: ignore[attr-defined]
            "admin/enrollment/choose_class.html",
            title=title,
            classes=roster.class_choices(db.session(), None, *conditions),
            nothing=nothing,
            return_url=self.get_url(".index_view"),  # type: ignore[attr-defined]
        )

    @staticmethod
    def about_class(klass: TrainingClass, free: int | None = None) -> list[tuple[str, Any]]:
        """Return what a page says of its class; ``free`` are the places left."""
        places = f"{klass.capacity} 人" + ("" if free is None else f"，还可登记 {max(free, 0)} 人")
        return [
            ("培训班", f"{klass.plan.name}：{klass.name}"),
            ("办班状态", klass.status),
            ("起止日期", f"{shown_text(klass.start_date)} 至 {shown_text(klass.end_date)}"),
            ("班级容量", places),
        ]
