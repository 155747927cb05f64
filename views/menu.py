"""The menu of each role, in the manual's words. Titles of pages are read from here too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request, url_for

from models.enums import UserType
from views.extensions import actor

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask_admin.base import BaseView

PERSON, EMPLOYER, INSTITUTION, BUREAU, AUTHORITY, PROVINCE, SYSTEM = UserType


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a menu.

    Attributes:
        group: heading it stands under.
        endpoint: the grid, as in ``/admin/<endpoint>/``.
        label: what the role calls it.
        icon: Tabler icon.
        view: Flask-Admin's route, ``index_view`` or ``create_view``.
    """

    group: str
    endpoint: str
    label: str
    icon: str
    view: str = "index_view"

    @property
    def key(self) -> str:
        """Return Flask's endpoint."""
        return f"{self.endpoint}.{self.view}"


MESSAGES = (
    Entry("我的工作台", "notice", "消息", "bell"),
    Entry("我的工作台", "batch", "批量办理记录", "checklist"),
    Entry("我的工作台", "journal", "我的操作记录", "history"),
)

MENUS: dict[UserType, tuple[Entry, ...]] = {
    PERSON: (
        Entry("继续教育信息", "claim", "查看继续教育信息", "list-details"),
        Entry("继续教育信息", "claim", "申报继续教育信息", "file-plus", "create_view"),
        Entry("继续教育信息", "year-summary", "查看学时完成情况", "chart-bar"),
        Entry("继续教育信息", "ledger", "学时台账", "book"),
        Entry("继续教育信息", "certificate", "我的证书", "certificate"),
        Entry("账号管理", "person", "个人基本信息", "id"),
        *MESSAGES,
    ),
    EMPLOYER: (
        Entry("管理功能", "account-review", "审核注册账号", "user-check"),
        Entry("管理功能", "person", "专业技术人员管理", "users"),
        Entry("管理功能", "claim", "继续教育信息管理", "list-details"),
        Entry("管理功能", "claim-public", "其它继续教育形式申报（公需）", "file-check"),
        Entry("管理功能", "claim-specialty", "其它继续教育形式申报（专业）", "file-certificate"),
        Entry("管理功能", "claim", "其它继续教育形式登记", "file-plus", "create_view"),
        Entry("管理功能", "year-summary", "学时完成情况", "chart-bar"),
        Entry("管理功能", "ledger", "学时台账", "book"),
        Entry("管理功能", "certificate-printing", "证书打印", "printer"),
        Entry("管理功能", "certificate", "已发证书", "certificate"),
        Entry("管理员管理", "organization", "单位信息", "building"),
        Entry("管理员管理", "department", "组织机构管理", "sitemap"),
        *MESSAGES,
    ),
    INSTITUTION: (
        Entry("管理员信息管理", "organization", "施教机构信息", "building"),
        *MESSAGES,
    ),
    BUREAU: (
        Entry("账号信息", "account-review", "审核账户", "user-check"),
        Entry("账号信息", "organization", "管理账户", "building-community"),
        Entry("继续教育", "claim", "管理专业技术人员继续教育信息", "list-details"),
        Entry("继续教育", "claim-decision", "审核专业技术人员继续教育申报信息", "gavel"),
        Entry("继续教育", "person", "专业技术人员", "users"),
        Entry("继续教育", "year-summary", "学时完成情况", "chart-bar"),
        Entry("继续教育", "ledger", "学时台账", "book"),
        Entry("继续教育", "certificate", "已发证书", "certificate"),
        *MESSAGES,
    ),
    AUTHORITY: (
        Entry("管理员信息管理", "organization", "所属单位", "building-community"),
        Entry("继续教育", "person", "管理专业技术人员", "users"),
        Entry("继续教育", "claim-decision", "审核继续教育人员信息", "gavel"),
        Entry("继续教育", "claim", "继续教育信息", "list-details"),
        Entry("继续教育", "year-summary", "学时完成情况", "chart-bar"),
        Entry("继续教育", "ledger", "学时台账", "book"),
        Entry("继续教育", "certificate", "已发证书", "certificate"),
        *MESSAGES,
    ),
    PROVINCE: (
        Entry("账号信息", "account-review", "审核账户", "user-check"),
        Entry("账号信息", "organization", "管理账户", "building-community"),
        Entry("继续教育", "claim", "管理继续教育信息", "list-details"),
        Entry("继续教育", "claim-decision", "审核申报信息", "gavel"),
        Entry("继续教育", "person", "专业技术人员", "users"),
        Entry("继续教育", "year-summary", "学时完成情况", "chart-bar"),
        Entry("继续教育", "ledger", "学时台账", "book"),
        Entry("继续教育", "certificate", "已发证书", "certificate"),
        *MESSAGES,
    ),
    SYSTEM: (
        Entry("基础数据管理", "region", "行政区划", "map"),
        Entry("基础数据管理", "dictionary", "字典", "books"),
        Entry("基础数据管理", "dictionary-item", "字典项", "list"),
        Entry("基础数据管理", "claim-kind", "继续教育类型", "category"),
        Entry("基础数据管理", "claim-item", "类型项目", "forms"),
        Entry("基础数据管理", "hour-rule", "学时规则", "calculator"),
        Entry("基础数据管理", "credit-year", "年度", "calendar"),
        Entry("基础数据管理", "requirement", "学时要求", "target"),
        Entry("管理员管理", "organization", "省厅与系统机构", "building"),
        *MESSAGES,
    ),
}


def entries_of(user_type: UserType | None) -> tuple[Entry, ...]:
    """Return the menu of a role; a visitor has none."""
    return MENUS[user_type] if user_type else ()


def offered(endpoint: str) -> bool:
    """Tell whether the actor's menu leads to a grid; grids outside one's menu are closed."""
    return any(entry.endpoint == endpoint for entry in entries_of(actor().user_type))


def title_of(endpoint: str) -> str | None:
    """Return what the actor's role calls a grid."""
    return next((entry.label for entry in entries_of(actor().user_type) if entry.endpoint == endpoint), None)


@dataclass(frozen=True, slots=True)
class Item:
    """A menu line as the page frame reads it (Flask-Admin's menu interface)."""

    entry: Entry
    _view: BaseView | None

    @property
    def name(self) -> str:
        """Return the label."""
        return self.entry.label

    def is_category(self) -> bool:
        """Tell that this is no heading."""
        return False

    def is_accessible(self) -> bool:
        """Tell that the line is the role's own."""
        return True

    is_visible = is_accessible

    def is_active(self, _view: object) -> bool:
        """Tell whether this line leads to the page shown."""
        if self.entry.view == "create_view":
            return request.endpoint == self.entry.key
        return (request.endpoint or "").split(".")[0] == self.entry.endpoint and not (
            request.endpoint or ""
        ).endswith(".create_view")

    def get_url(self) -> str:
        """Return the address."""
        return url_for(self.entry.key)

    def get_icon_value(self) -> str:
        """Return the Tabler icon's name."""
        return self.entry.icon


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and its lines."""

    name: str
    children: tuple[Item, ...]

    def is_category(self) -> bool:
        """Tell that this is a heading."""
        return True

    def is_accessible(self) -> bool:
        """Tell that the heading is the role's own."""
        return True

    is_visible = is_accessible

    def get_children(self) -> tuple[Item, ...]:
        """Return the lines."""
        return self.children


def build(view_of: Callable[[str], BaseView | None]) -> list[Group]:
    """Return the actor's menu.

    Args:
        view_of: finds the view of an endpoint, for its badge.
    """
    groups: dict[str, list[Item]] = {}
    for entry in entries_of(actor().user_type):
        view = view_of(entry.endpoint) if entry.view == "index_view" else None
        groups.setdefault(entry.group, []).append(Item(entry, view))
    return [Group(name, tuple(items)) for name, items in groups.items()]
