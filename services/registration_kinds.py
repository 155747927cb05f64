"""What the registration of each kind of organisation asks for, in what words, and who decides it (product §2.1, §3).

The wizard, its checks and the pages that lead to it are all read from :data:`KINDS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from models.enums import OrganizationKind

EMPLOYER, INSTITUTION, BUREAU, AUTHORITY = (
    OrganizationKind.EMPLOYER,
    OrganizationKind.INSTITUTION,
    OrganizationKind.BUREAU,
    OrganizationKind.AUTHORITY,
)
HR_OFFICES = (BUREAU, OrganizationKind.PROVINCE)


class Asked(Enum):
    """How a field is answered: typed, or chosen from regions, offices or a dictionary."""

    LINE = auto()
    REGION = auto()
    OFFICE = auto()
    CODE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the basic data.

    Attributes:
        name: column of ``Organization``.
        label: what the form calls it.
        how: how it is answered.
        help: an explanation with an example.
        required: whether it must be answered.
        dictionary: whose entries are offered, for :attr:`Asked.CODE`.
        offices: kinds of the offices offered, for :attr:`Asked.OFFICE`.
    """

    name: str
    label: str
    how: Asked = Asked.LINE
    help: str = ""
    required: bool = False
    dictionary: str = ""
    offices: tuple[OrganizationKind, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistrationKind:
    """The registration of one kind of organisation.

    Attributes:
        kind: the kind.
        title: what the page is called.
        hint: who registers here, and who decides it.
        done: what stands at the end.
        fields: the basic data, in order.
    """

    kind: OrganizationKind
    title: str
    hint: str
    done: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """Return the field of that name, ``None`` where this kind does not ask for it."""
        return next((field for field in self.fields if field.name == name), None)


def _name(label: str, help_text: str) -> Field:
    return Field("name", label, help=help_text, required=True)


def _region(help_text: str) -> Field:
    return Field("region_code", "所属区域", Asked.REGION, help_text, required=True)


def _bureau(label: str, help_text: str) -> Field:
    return Field("bureau_id", label, Asked.OFFICE, help_text, required=True, offices=HR_OFFICES)


def _authority(help_text: str) -> Field:
    return Field("authority_id", "行业主管部门", Asked.OFFICE, help_text, offices=(AUTHORITY,))


def _code(name: str, label: str, dictionary: str, help_text: str = "", *, required: bool = False) -> Field:
    return Field(name, label, Asked.CODE, help_text, required, dictionary)


FULL_NAME = "与证书上的名称一致"
WHERE_TO = (Field("address", "地址"), Field("phone", "联系电话", help="带区号，如 0371-12345678"))
NOT_THERE = "列表中没有的，请该机关先注册"

KINDS: dict[OrganizationKind, RegistrationKind] = {
    one.kind: one
    for one in (
        RegistrationKind(
            EMPLOYER,
            "单位注册",
            "法人单位注册，由同级人社部门审批",
            "您已完成单位注册，请耐心等待所属人社部门审批",
            (
                _name("单位名称", FULL_NAME),
                _region("单位由哪一级管理就选哪一级：郑州市金水区的单位选“金水区”，郑州市直单位选“郑州市（市本级）”"),
                _bureau("同级人社部门",
                        "审核本单位账户和公需科目申报的人社局：金水区的单位选金水区人社局，郑州市直单位选郑州市人社局，"
                        f"省直单位选省人社厅。{NOT_THERE}"),
                _authority("审核专业科目申报的主管部门：医院选卫生健康委员会，学校选教育局（厅）；没有的可不选"),
                _code("nature_code", "单位性质", "unit_nature"),
                _code("affiliation_code", "单位隶属关系", "affiliation"),
                _code("level_code", "单位级别", "unit_level"),
                _code("industry_code", "单位所属行业", "industry"),
                *WHERE_TO,
            ),
        ),
        RegistrationKind(
            INSTITUTION,
            "施教机构注册",
            "举办继续教育培训的机构注册，由同级人社部门审批",
            "您已完成施教机构注册，请耐心等待所属人社部门审批",
            (
                _name("施教机构名称", FULL_NAME),
                _region("机构由哪一级管理就选哪一级：郑州市金水区的机构选“金水区”，省、市直的选所在市的“市本级”"),
                _bureau("同级人社部门",
                        "审核本机构账户和公需科目培训计划的人社局：郑州市直的培训学院选郑州市人社局，省属高校的"
                        f"继续教育学院选省人社厅。{NOT_THERE}"),
                _authority("审核专业科目培训计划的主管部门：医学类培训选卫生健康委员会，师资培训选教育局（厅）；"
                           "没有的可不选，专业科目也由同级人社部门审核"),
                _code("industry_code", "所属行业", "industry", "以培训的主要对象为准：培训医护人员的选“卫生”"),
                _code("level_code", "培训机构级别", "institution_level",
                      "认定本机构为继续教育基地（施教机构）的机关级别：省人社厅认定的选“省级”，郑州市人社局认定的选"
                      "“市级”；还没有认定的，选同级人社部门的级别", required=True),
                *WHERE_TO,
            ),
        ),
        RegistrationKind(
            BUREAU,
            "人社局注册",
            "市、区县人社局注册，由上级人社部门审批",
            "您已完成人社局注册，请耐心等待上级人社部门审批",
            (
                _name("人社局名称", "写全称，如“郑州市金水区人力资源和社会保障局”"),
                _region("本局管理的区域：区县局选本区县，市局选“市本级”。一个区域只有一个人社局"),
                _bureau("上级人社部门",
                        "审核本局账户的机关：区县局选所在市的人社局，如金水区选郑州市人社局；市局和省直管县选省人社厅。"
                        f"{NOT_THERE}"),
                *WHERE_TO,
            ),
        ),
        RegistrationKind(
            AUTHORITY,
            "行业主管部门注册",
            "审核专业科目的主管部门（如卫健委、教育局）注册，由同级人社部门审批",
            "您已完成行业主管部门注册，请耐心等待所属人社部门审批",
            (
                _name("行业主管部门名称", "写全称，如“郑州市卫生健康委员会”"),
                _bureau("同级人社部门",
                        "审核本部门账户的人社部门：市卫生健康委员会选本市人社局，省直厅局选省人社厅。"
                        f"{NOT_THERE}"),
                _code("industry_code", "主管行业", "industry",
                      "本部门主管的行业：卫生健康委员会选“卫生和社会工作”，教育局选“教育”", required=True),
                *WHERE_TO,
            ),
        ),
    )
}  # fmt: skip
