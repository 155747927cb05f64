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
    """Whether an organisation takes part; moved by the workflow of its first administrator's account."""

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


class PersonState(Labelled):
    """Relation of a professional to the employer."""

    PENDING = "pending", "待审核", "yellow"
    IN_SERVICE = "in_service", "在职", "green"
    LEFT = "left", "离职", "secondary"
    RETIRED = "retired", "退休", "secondary"
    VOID = "void", "已作废", "secondary"


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
DECIDED = (ClaimStatus.APPROVED, ClaimStatus.REJECTED, ClaimStatus.REVOKED)


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
