"""基础数据 grids of the system administrator. Kinds, rules and requirements are changed by way of a draft."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from sqlalchemy.orm import joinedload, selectinload

from models import (
    Announcement,
    AnnouncementRead,
    Base,
    CalendarDay,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    CreditYear,
    Dictionary,
    DictionaryItem,
    HourRule,
    Region,
    Requirement,
    RuleDraft,
)
from models.base import label_of
from models.enums import DraftTarget
from permissions import engine as permissions
from permissions.verbs import Verb
from services import dictionary_book, kind_editing, kind_keeping, reading, requirement_editing, rule_drafts
from services.dictionary_editing import WAYS
from services.rule_drafts import EDITORS
from views import filters
from views.announcements import AnnouncementView
from views.base import GridView
from views.base_data import history
from views.calendar_days import CalendarDayView
from views.credit_years import CreditYearView
from views.dictionaries import DictionaryItemView, DictionaryView
from views.extensions import actor, db, request_id
from views.grid_state import SEARCH
from views.news import AnnouncementReadView
from views.regions import RegionView
from views.rule_drafts import start_button
from views.values import shown_text

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class ReferenceView(GridView):
    """Base data with a code and a name; found by either, and by the name's pinyin."""

    find_in: tuple[Any, ...] = ()
    hint = "代码、名称或拼音"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by code, name or pinyin."""
        found = dictionary_book.matching(db.session(), self.model, self.find_in, term)
        condition: ColumnElement[bool] = self.model.id.in_(found)
        return condition


class DraftedMixin:
    """Base data that is changed by a draft: its details say what it says, and begin one."""

    target: DraftTarget
    details_template = "admin/rules/reference.html"

    def key_of(self, row: Any) -> str:
        """Return what drafts call a row by."""
        return str(row.code)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what is published, in words, and the button that begins a change."""
        editor, key = EDITORS[self.target], self.key_of(row)
        stored = editor.stored(db.session(), key)
        start = start_button(self.target, key) if stored else None
        return {
            "says": editor.described(db.session(), stored) if stored else [],
            "start": start,
            "history": self.changes_of(row) if start else [],
        }

    def changes_of(self, row: Any) -> list[dict[str, Any]]:
        """Return who published what of a row, for whoever keeps it."""
        return history(
            "rule_draft", rule_drafts.published_of(self.target, self.key_of(row)), actions=("publish",)
        )


class ClaimKindView(DraftedMixin, ReferenceView):
    """继续教育类型."""

    target = DraftTarget.KIND

    columns = ("name", "code", "position", "state", "valid_to")
    labels = {"valid_to": label_of(ClaimKindVersion, "valid_to"), "state": "状态"}
    order = (ClaimKind.position.asc(), ClaimKind.id.asc())
    options = (selectinload(ClaimKind.versions), joinedload(ClaimKind.merged_into))
    find_in = (ClaimKind.code, ClaimKind.name)
    list_template = "admin/rules/kinds.html"

    @property
    def moved_by(self) -> str:
        """The form that moves a kind, where the whole list stands in its own order."""
        return "move-form" if self._may_move and not request.args.get(SEARCH) else ""

    @property
    def _may_move(self) -> bool:
        return permissions.may(actor(), Verb.EDIT, ClaimKind)

    @property
    def can_draft(self) -> bool:
        """Whether the actor may begin a new kind."""
        return permissions.may(actor(), Verb.CREATE, RuleDraft)

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values, the last day of the version in force, and whether the kind is used."""
        if path == "valid_to":
            return shown_text(row.versions[0].valid_to) if row.versions else None
        return reading.kind_state(row) if path == "state" else super().value_of(row, path)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what is published, why the code stays, and who moved the kind or published what of it."""
        return {
            **super().extra_details(row),
            "locked": kind_editing.code_lock(db.session(), {"code": row.code}) if self._may_move else "",
        }

    def changes_of(self, row: Any) -> list[dict[str, Any]]:
        """Return who moved a kind, and who published what of it."""
        lines = [*super().changes_of(row), *history(kind_keeping.OBJECT, [row.id])]
        return sorted(lines, key=itemgetter("when"), reverse=True)

    @expose("/move/", methods=("POST",))
    def move_view(self) -> Any:
        """Move a kind one step, and go back to it."""
        if not self._may_move:
            abort(403)
        way = next((way for way in WAYS if way in request.form), None) or abort(400)
        row = self.get_one(request.form[way])
        kind_keeping.hold(db.session())
        self.must(Verb.EDIT, row)
        if not kind_keeping.move(db.session(), actor(), row, way, request_id=request_id()):
            flash(f"“{row.name}”已经在最{'前' if way == 'up' else '后'}", "info")
        key = row.id
        db.session.commit()
        return redirect(f"{get_redirect_target() or self.get_url('.index_view')}#row-{key}", code=303)


class ClaimItemView(ReferenceView):
    """类型项目."""

    columns = ("kind_version.kind", "kind_version.number", "label", "code", "type", "dictionary_code", "required",
               "help")  # fmt: skip
    options = (joinedload(ClaimItem.kind_version).joinedload(ClaimKindVersion.kind),)
    order = (ClaimItem.kind_version_id.asc(), ClaimItem.position.asc())
    find_in = (ClaimItem.code, ClaimItem.label)


class HourRuleView(DraftedMixin, ReferenceView):
    """学时规则."""

    target = DraftTarget.RULE

    columns = (
        "kind",
        "name",
        "version",
        "priority",
        "effective_from",
        "effective_to",
        "confirmed",
        "legal_basis",
    )
    details = (*columns, "code")
    sortable = ("priority",)
    options = (joinedload(HourRule.kind),)
    order = (HourRule.kind_code.asc(), HourRule.priority.asc())
    find_in = (HourRule.code, HourRule.name)
    filters = (filters.of_boolean("confirmed", "是否核定", HourRule.confirmed, "已核定", "待核定"),)


class RequirementView(DraftedMixin, GridView):
    """学时要求."""

    target = DraftTarget.REQUIREMENT

    columns = ("year", "title_level_group", "public_hours", "specialty_hours", "total_hours", "legal_basis")
    sortable = ("year",)
    order = (Requirement.year.desc(),)

    def key_of(self, row: Any) -> str:
        """Return year and group."""
        return requirement_editing.key_of(row)


GRIDS: tuple[tuple[type[GridView], type[Base], str], ...] = (
    (AnnouncementView, Announcement, "announcement"),
    (AnnouncementReadView, AnnouncementRead, "announcement-read"),
    (RegionView, Region, "region"),
    (DictionaryView, Dictionary, "dictionary"),
    (DictionaryItemView, DictionaryItem, "dictionary-item"),
    (ClaimKindView, ClaimKind, "claim-kind"),
    (ClaimItemView, ClaimItem, "claim-item"),
    (HourRuleView, HourRule, "hour-rule"),
    (CreditYearView, CreditYear, "credit-year"),
    (RequirementView, Requirement, "requirement"),
    (CalendarDayView, CalendarDay, "calendar-day"),
)
