"""专业技术人员 of one's scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, url_for
from sqlalchemy.orm import joinedload

from models import Base, Person, PersonCorrection, Transfer, YearSummary
from models.base import today
from models.enums import PersonState, Sex, UserType
from models.journal import SEEN
from permissions import engine as permissions
from permissions.matrix import ADMITTED
from permissions.verbs import Verb
from services import reading, staff, statistics
from services.certificate_pdf import hours_text
from services.listing import of_people_matching
from services.years import shortfall
from views import filters, menu
from views.base import GridView
from views.exporting import ExportMixin
from views.extensions import actor, db
from views.history import history_of
from views.staff import StaffMixin, login_shown, seen_by
from views.staff_import import StaffImportMixin
from workflow.person import PERSON
from workflow.transfer import MOVABLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement

REVIEWERS = filters.OFFICES | {UserType.EMPLOYER}
STATES = tuple(state for state in PersonState if state is not PersonState.VOID)
RELATED = {
    "claim": "继续教育信息",
    "year-summary": "学时完成情况",
    "ledger": "学时台账",
    "certificate": "证书",
    "transfer": "单位调转",
    "correction": "信息更正",
}
"""Grids that show what a professional has, with what his page calls them."""
STARTABLE: dict[str, tuple[type[Base], str, tuple[PersonState, ...]]] = {
    "transfer": (Transfer, "办理单位调转", MOVABLE),
    "correction": (PersonCorrection, "办理信息更正", ADMITTED),
}
"""Requests about a professional that can be started from his page: table, label, and in which states."""


class PersonView(StaffMixin, StaffImportMixin, ExportMixin, GridView):
    """Professionals: the person himself, an employer's staff, a region's or an authority's people."""

    workflow = PERSON
    columns = ("name", "sex", "citizen_id", "employer", "department", "mobile", "state")
    details = ("name", "sex", "birth_date", "citizen_id", "employer", "department", "ethnicity_code", "native_place",
               "education_code", "degree_code", "school", "major_code", "title_series_code", "title_level_code",
               "mobile", "email", "state", "left_on", "created_at")  # fmt: skip
    more_columns = ("birth_date", "email", "school", "title_level_code", "left_on", "created_at")
    person_key = "id"
    sortable = ("name", "sex", "birth_date", "state", "left_on", "created_at")
    options = (joinedload(Person.employer), joinedload(Person.department))
    hint = "姓名或姓名首字母"
    filters = (
        filters.of_enum("state", "人员状态", Person.state, STATES),
        filters.of_department(lambda value: staff.in_department(db.session(), int(value))),
        filters.of_enum("sex", "性别", Person.sex, Sex),
        filters.of_employer(Person.employer_id),
        filters.of_region(Person.region_code),
        filters.GridFilter(
            "year_state",
            "年度完成",
            lambda: statistics.year_choices(db.session(), today().year),
            statistics.of_year_state,
            REVIEWERS,
        ),
        filters.GridFilter(
            "title_level",
            "职称级别",
            lambda: statistics.title_level_choices(db.session()),
            lambda value: statistics.of_title_level(db.session(), value),
            REVIEWERS,
        ),
        filters.GridFilter(
            "industry",
            "行业",
            lambda: statistics.industry_choices(db.session()),
            lambda value: statistics.of_industry(db.session(), value),
            filters.OFFICES,
        ),
        filters.LinkFilter(
            "unit",
            "所属单位",
            lambda key: reading.organization_named(db.session(), key),
            lambda key: Person.employer_id == key,
            filters.OFFICES,
        ),
        filters.GridFilter(
            "login",
            "账户",
            lambda: [("1", "已开通"), ("0", "未开通")],
            lambda value: staff.with_login() if value == "1" else ~staff.with_login(),
            frozenset({UserType.EMPLOYER}),
        ),
    )
    list_template = "admin/person/list.html"
    details_template = "admin/person/details.html"

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return everybody one answers for but registrations that came to nothing."""
        return permissions.rows(actor(), Verb.OVERSEE, Person), Person.state != PersonState.VOID

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name."""
        return of_people_matching(db.session(), Person.id, term)

    def value_of(self, row: Any, path: str) -> Any:
        """Return the label of a dictionary's code."""
        if path in staff.CODES and (code := getattr(row, path)):
            if "code_labels" not in g:
                g.code_labels = staff.code_labels(db.session())
            return g.code_labels[path].get(code, code)
        return super().value_of(row, path)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return login, years, what leads on, the history, and to himself who saw his data."""
        session, own = db.session(), actor().person_id == row.id
        return {
            "record_title": row.name,
            # In somebody's place the logins are out of sight, and the hours where they are not what was left.
            "login": login_shown(staff.login_of(session, row)) if actor().principal is None else None,
            "years": [
                {
                    "year": year.credit_year,
                    "public": hours_text(year.public_hours),
                    "specialty": hours_text(year.specialty_hours),
                    "missing": "；".join(shortfall(year)),
                }
                for year in staff.years_of(session, row)
            ]
            if permissions.may(actor(), Verb.VIEW, YearSummary)
            else None,
            "related": [
                (label, url_for(f"{endpoint}.index_view", person=row.id))
                for endpoint, label in RELATED.items()
                if menu.offered(endpoint)
            ],
            "startable": [
                (label, url_for(f"{endpoint}.create_view", person=row.id))
                for endpoint, (model, label, states) in STARTABLE.items()
                if row.state in states and permissions.may(actor(), Verb.CREATE, model)
            ],
            "history": history_of(PERSON, row.id, without=SEEN),
            "seen": seen_by(row.id) if own else None,
            **self.identifier_of(row),
        }
