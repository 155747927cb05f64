"""The menu of each role, in the manual's words. Titles of pages are read from here too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.enums import DelegatedWork, Duty, UserType
from views.extensions import actor

if TYPE_CHECKING:
    from permissions.actor import Actor

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
    Entry("我的工作台", "news", "公告栏", "news"),
    Entry("我的工作台", "batch", "批量办理记录", "checklist"),
)
OWN_LOGS = (
    Entry("我的工作台", "journal", "我的操作记录", "history"),
    Entry("我的工作台", "login-journal", "登录日志", "login"),
    Entry("我的工作台", "lookup", "谁看过我的信息", "eye"),
)
OVERSIGHT = (
    Entry("日志与会话", "journal", "操作日志", "history"),
    Entry("日志与会话", "login-journal", "登录日志", "login"),
    Entry("日志与会话", "online-session", "在线会话", "users"),
)


TRAINING_OF_OFFICES = (
    Entry("培训管理", "training-plan-decision", "审批培训计划", "clipboard-check"),
    Entry("培训管理", "training-plan", "管理培训计划", "clipboard-list"),
    Entry("培训管理", "training-class", "培训班", "chalkboard"),
    Entry("培训管理", "grade-sheet-decision", "审核成绩单", "clipboard-check"),
    Entry("培训管理", "grade-sheet", "管理成绩单", "file-certificate"),
    Entry("培训管理", "enrollment", "培训学员", "users-group"),
    Entry("培训管理", "grade", "学员成绩", "school"),
    Entry("培训管理", "training-statistics", "培训统计", "chart-bar"),
)


def own_login(group: str) -> tuple[Entry, ...]:
    """Return what everybody keeps of his own login, under the role's own heading."""
    return (
        Entry(group, "profile", "个人基本信息维护", "user-edit"),
        Entry(group, "password", "修改密码", "password"),
        Entry(group, "login-security", "登录与安全", "shield-lock"),
    )


MENUS: dict[UserType, tuple[Entry, ...]] = {
    PERSON: (
        Entry("继续教育信息", "claim", "查看继续教育信息", "list-details"),
        Entry("继续教育信息", "claim", "申报继续教育信息", "file-plus", "create_view"),
        Entry("继续教育信息", "year-summary", "查看学时完成情况", "chart-bar"),
        Entry("继续教育信息", "ledger", "学时台账", "book"),
        Entry("继续教育信息", "certificate", "我的证书", "certificate"),
        Entry("继续教育信息", "enrollment", "我的培训", "users-group"),
        Entry("继续教育信息", "grade", "我的培训成绩", "school"),
        Entry("账号管理", "person", "我的登记信息", "id"),
        Entry("账号管理", "transfer", "单位调转", "arrows-exchange"),
        Entry("账号管理", "correction", "信息更正申请", "user-edit"),
        *own_login("账号管理"),
        *MESSAGES,
        *OWN_LOGS,
    ),
    EMPLOYER: (
        Entry("管理功能", "account-review", "审核注册账号", "user-check"),
        Entry("管理功能", "account", "管理账户", "user-cog"),
        Entry("管理功能", "person", "专业技术人员管理", "users"),
        Entry("管理功能", "transfer", "单位调转（调入、调出）", "arrows-exchange"),
        Entry("管理功能", "correction", "信息更正审核", "user-edit"),
        Entry("管理功能", "claim", "继续教育信息管理", "list-details"),
        Entry("管理功能", "claim-public", "其它继续教育形式申报（公需）", "file-check"),
        Entry("管理功能", "claim-specialty", "其它继续教育形式申报（专业）", "file-certificate"),
        Entry("管理功能", "claim", "其它继续教育形式登记", "file-plus", "create_view"),
        Entry("管理功能", "enrollment", "本单位人员培训", "users-group"),
        Entry("管理功能", "grade", "本单位人员培训成绩", "school"),
        Entry("管理功能", "year-summary", "学时完成情况", "chart-bar"),
        Entry("管理功能", "ledger", "学时台账", "book"),
        Entry("管理功能", "statistics", "统计分析", "report-analytics"),
        Entry("管理功能", "certificate-printing", "证书打印", "printer"),
        Entry("管理功能", "certificate", "已发证书", "certificate"),
        Entry("管理功能", "certificate-run", "证书办理记录", "checklist"),
        Entry("管理员管理", "own-organization", "单位信息管理", "building"),
        Entry("管理员管理", "administrator", "管理人员管理", "user-shield"),
        Entry("管理员管理", "delegation", "委托代办", "arrows-exchange"),
        Entry("管理员管理", "department", "组织机构管理", "sitemap"),
        Entry("管理员管理", "permission-view", "权限透视", "zoom-check"),
        *own_login("管理员管理"),
        *MESSAGES,
        *OVERSIGHT,
    ),
    INSTITUTION: (
        Entry("培训信息管理", "training-plan", "培训计划管理", "clipboard-list"),
        Entry("培训信息管理", "training-class", "培训班管理", "chalkboard"),
        Entry("培训信息管理", "enrollment", "学员管理", "users-group"),
        Entry("培训信息管理", "grade", "学员成绩管理", "pencil"),
        Entry("培训信息管理", "grade-sheet", "学员成绩申报", "file-check"),
        Entry("培训信息管理", "training-statistics", "培训统计", "chart-bar"),
        Entry("管理员信息管理", "own-organization", "施教机构信息维护", "building"),
        Entry("管理员信息管理", "administrator", "管理人员管理", "user-shield"),
        Entry("管理员信息管理", "permission-view", "权限透视", "zoom-check"),
        *own_login("管理员信息管理"),
        *MESSAGES,
        *OVERSIGHT,
    ),
    BUREAU: (
        Entry("账号信息", "account-review", "审核账户", "user-check"),
        Entry("账号信息", "organization-change", "审核机构信息变更", "arrows-exchange"),
        Entry("账号信息", "organization", "管理账户", "building-community"),
        Entry("账号信息", "own-organization", "本机构信息", "building"),
        Entry("账号信息", "account", "登录账户管理", "user-cog"),
        Entry("账号信息", "administrator", "管理人员管理", "user-shield"),
        Entry("账号信息", "delegation", "委托代办", "arrows-exchange"),
        Entry("账号信息", "permission-view", "权限透视", "zoom-check"),
        Entry("账号信息", "access-review", "权限审查", "report-search"),
        *own_login("账号信息"),
        Entry("继续教育", "claim", "管理专业技术人员继续教育信息", "list-details"),
        Entry("继续教育", "claim-decision", "审核专业技术人员继续教育申报信息", "gavel"),
        Entry("继续教育", "person", "专业技术人员", "users"),
        Entry("继续教育", "transfer", "单位调转", "arrows-exchange"),
        Entry("继续教育", "year-summary", "学时完成情况", "chart-bar"),
        Entry("继续教育", "ledger", "学时台账", "book"),
        Entry("继续教育", "statistics", "统计分析", "report-analytics"),
        Entry("继续教育", "certificate", "已发证书", "certificate"),
        *TRAINING_OF_OFFICES,
        *MESSAGES,
        *OVERSIGHT,
    ),
    AUTHORITY: (
        Entry("管理员信息管理", "organization", "所属单位", "building-community"),
        Entry("管理员信息管理", "own-organization", "本机构信息", "building"),
        Entry("管理员信息管理", "administrator", "管理人员管理", "user-shield"),
        Entry("管理员信息管理", "delegation", "委托代办", "arrows-exchange"),
        Entry("管理员信息管理", "permission-view", "权限透视", "zoom-check"),
        *own_login("管理员信息管理"),
        Entry("继续教育", "person", "管理专业技术人员", "users"),
        Entry("继续教育", "transfer", "单位调转", "arrows-exchange"),
        Entry("继续教育", "claim-decision", "审核继续教育人员信息", "gavel"),
        Entry("继续教育", "claim", "继续教育信息", "list-details"),
        Entry("继续教育", "year-summary", "学时完成情况", "chart-bar"),
        Entry("继续教育", "ledger", "学时台账", "book"),
        Entry("继续教育", "statistics", "统计分析", "report-analytics"),
        Entry("继续教育", "certificate", "已发证书", "certificate"),
        *TRAINING_OF_OFFICES,
        *MESSAGES,
        *OVERSIGHT,
    ),
    PROVINCE: (
        Entry("账号信息", "account-review", "审核账户", "user-check"),
        Entry("账号信息", "organization-change", "审核机构信息变更", "arrows-exchange"),
        Entry("账号信息", "organization", "管理账户", "building-community"),
        Entry("账号信息", "own-organization", "本机构信息", "building"),
        Entry("账号信息", "account", "登录账户管理", "user-cog"),
        Entry("账号信息", "administrator", "管理员管理", "user-shield"),
        Entry("账号信息", "permission-view", "权限透视", "zoom-check"),
        Entry("账号信息", "access-review", "权限审查", "report-search"),
        *own_login("账号信息"),
        Entry("账号信息", "announcement", "通知公告", "news"),
        Entry("账号信息", "announcement-read", "公告阅读情况", "eye"),
        Entry("继续教育", "claim", "管理继续教育信息", "list-details"),
        Entry("继续教育", "claim-decision", "审核申报信息", "gavel"),
        Entry("继续教育", "person", "专业技术人员", "users"),
        Entry("继续教育", "transfer", "单位调转", "arrows-exchange"),
        Entry("继续教育", "year-summary", "学时完成情况", "chart-bar"),
        Entry("继续教育", "ledger", "学时台账", "book"),
        Entry("继续教育", "statistics", "统计分析", "report-analytics"),
        Entry("继续教育", "certificate", "已发证书", "certificate"),
        *TRAINING_OF_OFFICES,
        *MESSAGES,
        *OVERSIGHT,
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
        Entry("基础数据管理", "calendar-day", "工作日历", "calendar-event"),
        Entry("基础数据管理", "rule-draft", "规则修改草稿", "pencil"),
        Entry("基础数据管理", "rehearsal", "规则试算", "report-analytics"),
        Entry("基础数据管理", "certificate-template", "证书模板", "certificate"),
        Entry("基础数据管理", "announcement", "通知公告", "news"),
        Entry("基础数据管理", "announcement-read", "公告阅读情况", "eye"),
        Entry("基础数据管理", "setting", "系统参数", "settings"),
        Entry("管理员管理", "organization", "省厅与系统机构", "building"),
        Entry("管理员管理", "account", "省厅管理员", "user-cog"),
        Entry("管理员管理", "administrator", "管理人员管理", "user-shield"),
        Entry("管理员管理", "duties", "三员分立", "users-group"),
        Entry("管理员管理", "permission-view", "权限透视", "zoom-check"),
        Entry("管理员管理", "access-review", "权限审查", "report-search"),
        *own_login("管理员管理"),
        *MESSAGES,
        *OVERSIGHT,
    ),
}


ALWAYS_OPEN = frozenset({"notice", "batch"})
GRIDS_OF_WORK: dict[DelegatedWork, frozenset[str]] = {
    DelegatedWork.CLAIMS: frozenset({"claim", "claim-public", "claim-specialty", "claim-decision", "person"}),
    DelegatedWork.TRAINING: frozenset(
        {
            "training-plan",
            "training-plan-decision",
            "training-class",
            "grade-sheet",
            "grade-sheet-decision",
            "grade",
        }
    ),
    DelegatedWork.ACCOUNTS: frozenset({"account-review", "organization-change"}),
    DelegatedWork.REQUESTS: frozenset({"transfer", "correction", "person"}),
}
"""What of the menu is left to who stands in for somebody; all other grids are closed to him."""


DUTY_GROUPS = {
    "基础数据管理": frozenset({Duty.SYSTEM}),
    "管理员管理": frozenset({Duty.SECURITY}),
    "日志与会话": frozenset({Duty.AUDIT}),
}
"""Which of the three duties a heading of the system administrator's menu belongs to, where they are separated."""
DUTY_ENTRIES = {
    "profile": frozenset(),
    "password": frozenset(),
    "login-security": frozenset(),
    "permission-view": frozenset({Duty.SECURITY, Duty.AUDIT}),
    "access-review": frozenset({Duty.SECURITY, Duty.AUDIT}),
    "organization": frozenset({Duty.SECURITY, Duty.AUDIT}),
    "online-session": frozenset({Duty.SECURITY}),
}
"""Lines that differ from their heading; an empty set is for whatever the duty."""


def entries_of(who: Actor) -> tuple[Entry, ...]:
    """Return somebody's menu: his role's; of the system administrator's what his duties are about; for who stands in for somebody what was left to him.

    A visitor has none.
    """
    entries = MENUS[who.user_type] if who.user_type else ()
    if who.user_type is SYSTEM:
        return tuple(entry for entry in entries if _is_for(entry, who.duties))
    if who.principal is None:
        return entries
    left = ALWAYS_OPEN.union(*(GRIDS_OF_WORK[work] for work in who.principal.works))
    return tuple(entry for entry in entries if entry.endpoint in left and entry.view == "index_view")


def _is_for(entry: Entry, duties: frozenset[Duty]) -> bool:
    wanted = DUTY_ENTRIES.get(entry.endpoint, DUTY_GROUPS.get(entry.group, frozenset()))
    return not wanted or bool(wanted & duties)


def offered(endpoint: str) -> bool:
    """Tell whether the actor's menu leads to a grid; grids outside one's menu are closed."""
    return any(entry.endpoint == endpoint for entry in entries_of(actor()))


def title_of(endpoint: str) -> str | None:
    """Return what the actor's role calls a grid."""
    return next((entry.label for entry in entries_of(actor()) if entry.endpoint == endpoint), None)


def entry_of(flask_endpoint: str) -> Entry | None:
    """Return the line of the actor's menu that leads to a page, such as ``claim.details_view``."""
    endpoint, _, view = flask_endpoint.partition(".")
    of_grid = [entry for entry in entries_of(actor()) if entry.endpoint == endpoint]
    exact = next((entry for entry in of_grid if entry.view == view), None)
    return exact or next((entry for entry in of_grid if entry.view == "index_view"), None)
