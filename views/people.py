"""专业技术人员 of one's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import joinedload

from models import Person
from models.enums import PersonState, Sex
from services import reading
from services.listing import of_people_matching
from views import filters
from views.base import GridView
from views.extensions import db

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class PersonView(GridView):
    """Professionals: the person himself, an employer's staff, a region's or an authority's people."""

    columns = ("name", "sex", "citizen_id", "employer", "department", "mobile", "state")
    details = ("name", "sex", "birth_date", "citizen_id", "employer", "department", "native_place", "school", "mobile",
               "email", "state", "created_at")  # fmt: skip
    sortable = ("name", "state")
    options = (joinedload(Person.employer), joinedload(Person.department))
    hint = "姓名或姓名首字母"
    filters = (
        filters.of_enum("state", "人员状态", Person.state, PersonState),
        filters.of_enum("sex", "性别", Person.sex, Sex),
        filters.of_number(
            "department", "部门", Person.department_id, lambda: reading.department_choices(db.session())
        ),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name."""
        return of_people_matching(db.session(), Person.id, term)
