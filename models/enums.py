"""Every closed list of the system: value, Chinese label and colour stand here and nowhere else."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """A text value that knows its Chinese label and the colour of its badge."""

    label: str
    colour: str

    def __new__(cls, value: str, label: str, colour: str = "secondary") -> Self:
        """Build a member from (value, label, colour)."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.colour = colour
        return member

    @classmethod
    def of(cls, value: str) -> Self:
        """Return the member with a stored value; raises ``ValueError`` for any other."""
        member: Self = cls._value2member_map_.get(value)  # type: ignore[assignment]
        if member is None:
            raise ValueError(f"{value!r} is no {cls.__name__}")
        return member


class OrganizationKind(Labelled):
    """The six kinds of organisation; with 个人 they are the seven user types."""

    EMPLOYER = "employer", "单位", "blue"
    INSTITUTION = "institution", "施教机构", "cyan"
    BUREAU = "bureau", "人社部门", "indigo"
    AUTHORITY = "authority", "行业主管部门", "purple"
    PROVINCE = "province", "省人社厅", "red"
    SYSTEM = "system", "系统管理员", "dark"


class UserType(Labelled):
    """Who logs in (用户类型); values are the login form's contract."""

    PERSON = "person", "个人", "green"
    EMPLOYER = (
        OrganizationKind.EMPLOYER.value,
        OrganizationKind.EMPLOYER.label,
        OrganizationKind.EMPLOYER.colour,
    )
    INSTITUTION = (
        OrganizationKind.INSTITUTION.value,
        OrganizationKind.INSTITUTION.label,
        OrganizationKind.INSTITUTION.colour,
    )
    BUREAU = OrganizationKind.BUREAU.value, OrganizationKind.BUREAU.label, OrganizationKind.BUREAU.colour
    AUTHORITY = (
        OrganizationKind.AUTHORITY.value,
        OrganizationKind.AUTHORITY.label,
        OrganizationKind.AUTHORITY.colour,
    )
    PROVINCE = (
        OrganizationKind.PROVINCE.value,
        OrganizationKind.PROVINCE.label,
        OrganizationKind.PROVINCE.colour,
    )
    SYSTEM = OrganizationKind.SYSTEM.value, OrganizationKind.SYSTEM.label, OrganizationKind.SYSTEM.colour


class OrganizationStatus(Labelled):
    """Whether an organisation takes part (workflow ``organization``); its first administrator's account begins it."""

    PENDING = "pending", "待审核", "yellow"
    ACTIVE = "active", "正常", "green"
    DISABLED = "disabled", "停用", "secondary"
    VOID = "void", "已作废", "secondary"


class AccountStatus(Labelled):
    """States of a login (workflow ``account``)."""

    PENDING = "pending", "待审核", "yellow"
    ACTIVE = "active", "正常", "green"
    REJECTED = "rejected", "未通过", "red"
    WITHDRAWN = "withdrawn", "已撤回", "secondary"
    DISABLED = "disabled", "停用", "secondary"
    REMOVED = "removed", "已取消", "secondary"


class Duty(Labelled):
    """What a system administrator answers for where the three duties are separated (三员分立); nobody has two."""

    SYSTEM = "system", "系统管理员", "dark"
    SECURITY = "security", "安全管理员", "orange"
    AUDIT = "audit", "审计管理员", "teal"


class SessionEnd(Labelled):
    """Why a login is over."""

    LOGOUT = "logout", "退出", "secondary"
    IDLE = "idle", "长时间未操作", "secondary"
    EXPIRED = "expired", "到期", "secondary"
    ELSEWHERE = "elsewhere", "在其他设备上结束", "orange"
    PASSWORD = "password", "密码已更改", "orange"
    DISABLED = "disabled", "账户停用", "red"
    FORCED = "forced", "被管理员强制退出", "red"


class PersonState(Labelled):
    """Relation of a professional to the employer."""

    PENDING = "pending", "待审核", "yellow"
    IN_SERVICE = "in_service", "在职", "green"
    LEFT = "left", "离职", "secondary"
    RETIRED = "retired", "退休", "secondary"
    VOID = "void", "已作废", "secondary"


class MailChoice(Labelled):
    """What of one's inbox goes out by mail. Mails about a login itself always go at once."""

    AT_ONCE = "at_once", "每条消息即时发邮件", "blue"
    DAILY = "daily", "每日汇总发一封邮件", "green"
    NEVER = "never", "不发邮件", "secondary"


class RequestStatus(Labelled):
    """States of a request: an organisation to be changed, a person to go to another employer or to be corrected."""

    PENDING = "pending", "待审核", "yellow"
    APPROVED = "approved", "已通过", "green"
    REJECTED = "rejected", "未通过", "red"
    WITHDRAWN = "withdrawn", "已撤回", "secondary"


class Sex(Labelled):
    """GB/T 2261.1, the two values a citizen id can carry."""

    MALE = "1", "男", "blue"
    FEMALE = "2", "女", "pink"


class Subject(Labelled):
    """科目类型."""

    PUBLIC = "public", "公需", "cyan"
    SPECIALTY = "specialty", "专业", "indigo"


class ClaimStatus(Labelled):
    """认定结果: the states of a claim (workflow ``claim``)."""

    DRAFT = "draft", "草稿", "secondary"
    SUBMITTED = "submitted", "待单位审核", "yellow"
    RETURNED = "returned", "退回修改", "orange"
    ACCEPTED = "accepted", "待申报", "azure"
    DECLARED = "declared", "待审批", "blue"
    APPROVED = "approved", "通过", "green"
    REJECTED = "rejected", "不通过", "red"
    REVOKED = "revoked", "已撤销", "dark"


CHANGEABLE = (ClaimStatus.DRAFT, ClaimStatus.RETURNED)
DECLARED_OR_LATER = (ClaimStatus.DECLARED, ClaimStatus.APPROVED, ClaimStatus.REJECTED, ClaimStatus.REVOKED)
WAITING = (ClaimStatus.SUBMITTED, ClaimStatus.ACCEPTED, ClaimStatus.DECLARED)
"""Somebody has to look at these."""
DECIDED = (ClaimStatus.APPROVED, ClaimStatus.REJECTED, ClaimStatus.REVOKED)


class CheckResult(Labelled):
    """核查结果: what the checks found before anybody looked at a claim that waits."""

    UNCHECKED = "unchecked", "待核查", "secondary"
    CLEAN = "clean", "无异常", "green"
    ATTENTION = "attention", "需关注", "red"


class ReminderLevel(Labelled):
    """Who is told that something waits too long."""

    REMIND = "remind", "提醒办理机构", "orange"
    ESCALATE = "escalate", "通知上级机构", "red"


class DelegatedWork(Labelled):
    """Kinds of work that can be left to somebody else during an absence."""

    CLAIMS = "claims", "继续教育申报", "blue"
    TRAINING = "training", "培训计划和成绩单", "cyan"
    ACCOUNTS = "accounts", "注册账户和机构信息变更", "indigo"
    REQUESTS = "requests", "单位调转和信息更正", "purple"


class DelegationEnd(Labelled):
    """How a delegation came to its end."""

    EARLY = "early", "提前结束", "orange"
    LAPSED = "lapsed", "已到期", "secondary"


class ApproverRoute(Labelled):
    """Whom the employer declares a specialty claim to."""

    BUREAU = "bureau", "同级人社部门"
    AUTHORITY = "authority", "行业主管部门"


class EntryKind(Labelled):
    """What a ledger entry does."""

    POSTING = "posting", "入账", "green"
    REVERSAL = "reversal", "冲销", "red"


class SourceType(Labelled):
    """What a ledger entry stems from."""

    CLAIM = "claim", "继续教育申报"
    GRADE = "grade", "培训成绩"


class CertificateStatus(Labelled):
    """What a verifier is told about a certificate that exists."""

    VALID = "valid", "真实有效", "green"
    REVOKED = "revoked", "已撤销", "red"


class Revocation(Labelled):
    """Why a certificate is revoked, in the words everybody is told; what the office wrote stays inside the system."""

    HOURS = "hours", "所依据的学时认定已被撤销"
    IDENTITY = "identity", "姓名或证件号码已更正"

    def reason(self, detail: str | None = None) -> str:
        """Return what is stored as the reason."""
        return f"{self.label}：{detail}" if detail else self.label

    @classmethod
    def of_reason(cls, reason: str) -> Self | None:
        """Return the kind a stored reason is of; ``None`` where it is of none."""
        return next((kind for kind in cls if reason.startswith(kind.label)), None)


class YearState(Labelled):
    """What a person-year is to who issues certificates; derived, never stored."""

    READY = "ready", "齐全", "blue"
    LACKING = "lacking", "未齐", "orange"
    ISSUED = "issued", "已发", "green"
    REVOKED = "revoked", "已撤销", "red"


class CertificateOrder(Labelled):
    """What an order of certificates asks for."""

    ISSUE = "issue", "办理", "primary"
    PRINT = "print", "打印", "primary"
    BOTH = "both", "办理并打印", "primary"


class CertificateForm(Labelled):
    """How printed certificates are handed over."""

    PDF = "pdf", "一个 PDF 文件"
    ZIP = "zip", "ZIP 包"


class CertificateStep(Labelled):
    """How far one person-year of an order is."""

    WAITING = "waiting", "等待办理", "secondary"
    READY = "ready", "等待打印", "blue"
    DONE = "done", "已办理", "green"
    REFUSED = "refused", "未办理", "orange"
    LEFT = "left", "没有办到", "secondary"


class TitleLevelGroup(Labelled):
    """For whom a requirement holds: everybody since 2016, before by title level."""

    ANY = "any", "不分级别"
    SENIOR_MIDDLE = "senior_middle", "高级、中级"
    JUNIOR = "junior", "初级"


class ItemType(Labelled):
    """How an item of a claim kind is typed in and checked."""

    TEXT = "text", "文本"
    TEXTAREA = "textarea", "多行文本"
    INTEGER = "integer", "整数"
    DECIMAL = "decimal", "小数"
    DATE = "date", "日期"
    BOOLEAN = "boolean", "是否"
    CHOICE = "choice", "单选"
    MULTIPLE_CHOICE = "multiple_choice", "多选"


class RegionLevel(Labelled):
    """Level of an administrative division (GB/T 2260)."""

    PROVINCE = "province", "省级"
    CITY = "city", "地级"
    COUNTY = "county", "县级"


class ViewAudience(Labelled):
    """Who finds a saved view in the row above the grid."""

    PRIVATE = "private", "仅自己", "secondary"
    ORGANIZATION = "organization", "本机构", "azure"
    SYSTEM = "system", "所有用户", "purple"


class Density(Labelled):
    """How close the rows of a grid stand."""

    COMPACT = "compact", "紧凑"
    NORMAL = "normal", "标准"
    RELAXED = "relaxed", "宽松"


class ImportState(Labelled):
    """How far an import is."""

    CHECKED = "checked", "待导入", "yellow"
    RUNNING = "running", "导入中", "blue"
    DONE = "done", "已导入", "green"
    STOPPED = "stopped", "已中止", "red"


class BatchState(Labelled):
    """How far a batch is; one done in its own request is done at once."""

    RUNNING = "running", "办理中", "blue"
    DONE = "done", "已办完", "green"
    CANCELLED = "cancelled", "已取消", "orange"
    STOPPED = "stopped", "已中止", "red"


class RowOutcome(Labelled):
    """What becomes of one row of an import."""

    GOOD = "good", "可以导入", "azure"
    BAD = "bad", "有错误", "red"
    KNOWN = "known", "已有，不重复导入", "secondary"
    DONE = "done", "已导入", "green"


class DraftTarget(Labelled):
    """What a draft changes once it is published."""

    KIND = "kind", "继续教育类型", "azure"
    RULE = "rule", "学时规则", "purple"
    REQUIREMENT = "requirement", "学时要求", "orange"


class RehearsalState(Labelled):
    """How far a rehearsal is."""

    RUNNING = "running", "试算中", "blue"
    DONE = "done", "已完成", "green"
    STOPPED = "stopped", "已中止", "red"


class MailState(Labelled):
    """What became of a mail."""

    WAITING = "waiting", "待发送", "yellow"
    SENT = "sent", "已发送", "green"
    FAILED = "failed", "发送失败", "red"
    WITHHELD = "withheld", "不发送", "secondary"


class PlanStatus(Labelled):
    """States of a training plan (workflow ``training_plan``)."""

    DRAFT = "draft", "草稿", "secondary"
    SUBMITTED = "submitted", "待审批", "blue"
    APPROVED = "approved", "已通过", "green"
    REJECTED = "rejected", "未通过", "red"
    CLOSED = "closed", "已结束", "dark"


OPEN_TO_CHANGE = (PlanStatus.DRAFT, PlanStatus.REJECTED)
"""A plan is frozen from its submission on; one that was refused may be mended."""
PLAN_SUBMITTED_OR_LATER = (PlanStatus.SUBMITTED, PlanStatus.APPROVED, PlanStatus.REJECTED, PlanStatus.CLOSED)


class ClassStatus(Labelled):
    """States of a training class (workflow ``training_class``)."""

    PLANNED = "planned", "筹备中", "secondary"
    PUBLISHED = "published", "已发布", "azure"
    RUNNING = "running", "开班中", "blue"
    FINISHED = "finished", "已结业", "green"
    CANCELLED = "cancelled", "已取消", "dark"


ENROLLING = (ClassStatus.PUBLISHED, ClassStatus.RUNNING)
"""A class takes students while it is one of these."""
GRADING = (ClassStatus.RUNNING, ClassStatus.FINISHED)
"""Attendance and grades are recorded while it is one of these."""


class EnrollmentStatus(Labelled):
    """States of a student in a class (workflow ``enrollment``)."""

    ENROLLED = "enrolled", "在册", "green"
    WITHDRAWN = "withdrawn", "已退班", "secondary"


class GradeResult(Labelled):
    """成绩 of a student."""

    EXCELLENT = "excellent", "优秀", "green"
    PASSED = "passed", "合格", "azure"
    FAILED = "failed", "不合格", "red"


class GradeStatus(Labelled):
    """States of a grade (workflow ``grade``)."""

    DRAFT = "draft", "未申报", "secondary"
    SUBMITTED = "submitted", "待审批", "blue"
    APPROVED = "approved", "已认定", "green"
    RETURNED = "returned", "退回修改", "orange"
    REVOKED = "revoked", "已撤销", "dark"


GRADE_CHANGEABLE = (GradeStatus.DRAFT, GradeStatus.RETURNED)
GRADE_DECLARED = (GradeStatus.SUBMITTED, GradeStatus.APPROVED, GradeStatus.REVOKED)
"""What a student and his employer are shown: what the institution stands by."""


class SheetStatus(Labelled):
    """States of a grade sheet (workflow ``grade_sheet``)."""

    DRAFT = "draft", "草稿", "secondary"
    SUBMITTED = "submitted", "待审批", "blue"
    APPROVED = "approved", "已办结", "green"
    RETURNED = "returned", "退回修改", "orange"


SHEET_DECLARED = (SheetStatus.SUBMITTED, SheetStatus.APPROVED, SheetStatus.RETURNED)
