"""基础数据 grids of the system administrator, read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import or_
from sqlalchemy.orm import joinedload

from models import (
    Base,
    ClaimItem,
    ClaimKind,
    ClaimKindVersion,
    CreditYear,
    Dictionary,
    DictionaryItem,
    HourRule,
    Region,
    Requirement,
)
from models.enums import RegionLevel
from services import reading
from views import filters
from views.base import GridView
from views.extensions import db

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class ReferenceView(GridView):
    """Base data with a code and a name; found by either."""

    find_in: tuple[Any, ...] = ()
    hint = "代码或名称"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by code or name."""
        return or_(*(column.contains(term, autoescape=True) for column in self.find_in))


class RegionView(ReferenceView):
    """行政区划."""

    columns = ("code", "name", "level", "parent_code", "valid_to")
    sortable = ("code", "name")
    order = (Region.code.asc(),)
    find_in = (Region.code, Region.name)
    filters = (filters.of_enum("level", "级别", Region.level, RegionLevel),)


class DictionaryView(ReferenceView):
    """字典."""

    columns = ("code", "label", "source")
    order = (Dictionary.code.asc(),)
    find_in = (Dictionary.code, Dictionary.label)


class DictionaryItemView(ReferenceView):
    """字典项."""

    columns = ("dictionary", "code", "label", "parent_code", "position", "valid_to")
    sortable = ("code", "position")
    order = (DictionaryItem.dictionary_code.asc(), DictionaryItem.position.asc())
    options = (joinedload(DictionaryItem.dictionary),)
    find_in = (DictionaryItem.code, DictionaryItem.label)
    filters = (
        filters.GridFilter(
            "dictionary",
            "字典",
            lambda: reading.dictionaries(db.session()),
            lambda value: DictionaryItem.dictionary_code == value,
        ),
    )


class ClaimKindView(ReferenceView):
    """继续教育类型."""

    columns = ("position", "code", "name")
    order = (ClaimKind.position.asc(),)
    find_in = (ClaimKind.code, ClaimKind.name)


class ClaimItemView(ReferenceView):
    """类型项目."""

    columns = ("kind_version.kind", "kind_version.number", "label", "code", "type", "dictionary_code", "required",
               "help")  # fmt: skip
    options = (joinedload(ClaimItem.kind_version).joinedload(ClaimKindVersion.kind),)
    order = (ClaimItem.kind_version_id.asc(), ClaimItem.position.asc())
    find_in = (ClaimItem.code, ClaimItem.label)


class HourRuleView(ReferenceView):
    """学时规则."""

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
    details = (*columns, "code", "definition")
    sortable = ("priority",)
    options = (joinedload(HourRule.kind),)
    order = (HourRule.kind_code.asc(), HourRule.priority.asc())
    find_in = (HourRule.code, HourRule.name)
    filters = (filters.of_boolean("confirmed", "是否核定", HourRule.confirmed, "已核定", "待核定"),)


class CreditYearView(GridView):
    """年度."""

    columns = ("year", "claims_open", "claims_close", "approvals_open", "approvals_close", "note")
    sortable = ("year",)
    order = (CreditYear.year.desc(),)


class RequirementView(GridView):
    """学时要求."""

    columns = ("year", "title_level_group", "public_hours", "specialty_hours", "total_hours", "legal_basis")
    sortable = ("year",)
    order = (Requirement.year.desc(),)


GRIDS: tuple[tuple[type[GridView], type[Base], str], ...] = (
    (RegionView, Region, "region"),
    (DictionaryView, Dictionary, "dictionary"),
    (DictionaryItemView, DictionaryItem, "dictionary-item"),
    (ClaimKindView, ClaimKind, "claim-kind"),
    (ClaimItemView, ClaimItem, "claim-item"),
    (HourRuleView, HourRule, "hour-rule"),
    (CreditYearView, CreditYear, "credit-year"),
    (RequirementView, Requirement, "requirement"),
)
