"""基础数据 grids of the system administrator. Kinds, rules and requirements are changed by way of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from services import dictionary_book, requirement_editing
from services.rule_drafts import EDITORS
from views import filters
from views.announcements import AnnouncementView
from views.base import GridView
from views.calendar_days import CalendarDayView
from views.credit_years import CreditYearView
from views.dictionaries import DictionaryItemView, DictionaryView
from views.extensions import actor, db
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
        return {
            "says": editor.described(db.session(), stored) if stored else [],
            "start": start_button(self.target, key) if stored else None,
        }


class ClaimKindView(DraftedMixin, ReferenceView):
    """继续教育类型."""

    target = DraftTarget.KIND

    columns = ("position", "code", "name", "valid_to")
    labels = {"valid_to": label_of(ClaimKindVersion, "valid_to")}
    order = (ClaimKind.position.asc(),)
    options = (selectinload(ClaimKind.versions),)
    find_in = (ClaimKind.code, ClaimKind.name)
    list_template = "admin/rules/kinds.html"

    @property
    def can_draft(self) -> bool:
        """Whether the actor may begin a new kind."""
        return permissions.may(actor(), Verb.CREATE, RuleDraft)

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values, and the last day of the version in force."""
        if path == "valid_to":
            return shown_text(row.versions[0].valid_to) if row.versions else None
        return super().value_of(row, path)


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
