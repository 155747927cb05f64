"""Who lives in the demo world: offices, employers and professionals. All of them are invented.

Names are written with a digit behind them, the sex by GB/T 2261.1: 1 male, 2 female. Among them are names a careless
system trips over: rare characters, a name with an interpunct, a very long one, and namesakes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from models.enums import OrganizationKind
from models.identifiers import make_citizen_id, make_organization_code
from services.offices import SYSTEM_CODE

EARLIEST_BIRTH, BIRTH_STEP, BIRTH_SPAN = date(1968, 1, 1), 137, 10_500  # the last two in days
FIRST_ADMINISTRATOR = 300
"""Serial of the first administrator; professionals are numbered from 1 on."""


@dataclass(frozen=True, slots=True)
class Citizen:
    """An invented citizen.

    Attributes:
        number: serial in the demo world; id, mobile and e-mail follow from it.
        name: the name.
        male: the sex.
        area: area code of the citizen id.
    """

    number: int
    name: str
    male: bool
    area: str = "410105"

    @property
    def birth_date(self) -> date:
        """Date of birth."""
        return EARLIEST_BIRTH + timedelta(days=self.number * BIRTH_STEP % BIRTH_SPAN)

    @property
    def citizen_id(self) -> str:
        """The citizen id, valid and of nobody."""
        return make_citizen_id(self.area, self.birth_date, self.number * 2 % 1000 + self.male)

    @property
    def mobile(self) -> str:
        """A mobile number."""
        return f"1380000{self.number:04d}"

    @property
    def email(self) -> str:
        """An address in a domain that delivers to nobody."""
        return f"demo{self.number:04d}@example.com"


@dataclass(frozen=True, slots=True)
class Office:
    """An office an installation begins with; ``superior`` is the name of its 同级人社部门."""

    kind: OrganizationKind
    name: str
    code: str
    administrator: Citizen
    region: str = "410000"
    superior: str | None = None
    industry: str | None = None


@dataclass(frozen=True, slots=True)
class Employer:
    """An employer that registers itself.

    Attributes:
        name: 单位名称.
        code: 组织机构代码.
        region: region code.
        bureau: name of the bureau that approves it.
        authority: name of its 行业主管部门, if any.
        nature: 单位性质 code.
        affiliation: 隶属关系 code.
        industry: 行业 code.
        address: 地址.
        administrator: its first administrator.
        departments: names of its departments.
        series: 职称系列 code of its people.
        major: 所学专业 code of its people.
        topics: what its people study and write about.
        people: its professionals; the last of them still wait for approval.
        rejected: one whose registration is rejected, if any.
    """

    name: str
    code: str
    region: str
    bureau: str
    authority: str | None
    nature: str
    affiliation: str
    industry: str
    address: str
    administrator: Citizen
    departments: tuple[str, ...] = ()
    series: str = ""
    major: str = ""
    topics: tuple[str, ...] = ()
    people: tuple[Citizen, ...] = ()
    rejected: Citizen | None = None


def _citizens(first: int, area: str, names: str) -> tuple[Citizen, ...]:
    return tuple(
        Citizen(first + position, word[:-1], word[-1] == "1", area)
        for position, word in enumerate(names.split())
    )


def _administrator(offset: int, name: str, area: str = "410105") -> Citizen:
    return _citizens(FIRST_ADMINISTRATOR + offset, area, name)[0]


_BUREAU, _AUTHORITY, _INSTITUTION = (
    OrganizationKind.BUREAU,
    OrganizationKind.AUTHORITY,
    OrganizationKind.INSTITUTION,
)
PROVINCE = Office(
    OrganizationKind.PROVINCE,
    "河南省人力资源和社会保障厅",
    make_organization_code(41_000_001),
    _administrator(1, "沈明远1"),
)
SYSTEM = Office(OrganizationKind.SYSTEM, "系统管理", SYSTEM_CODE, _administrator(0, "程思齐2"))
ZHENGZHOU, LUOYANG = "郑州市人力资源和社会保障局", "洛阳市人力资源和社会保障局"
HEALTH, EDUCATION = "河南省卫生健康委员会", "河南省教育厅"
OFFICES = (
    Office(_BUREAU, ZHENGZHOU, make_organization_code(41_000_011), _administrator(2, "郑立群1"), "410100", PROVINCE.name),
    Office(_BUREAU, LUOYANG, make_organization_code(41_000_012), _administrator(3, "罗雅琴2", "410305"), "410300",
           PROVINCE.name),
    Office(_BUREAU, "郑州市金水区人力资源和社会保障局", make_organization_code(41_000_013),
           _administrator(4, "金玉堂1"), "410105", ZHENGZHOU),
    Office(_BUREAU, "郑州市二七区人力资源和社会保障局", make_organization_code(41_000_014),
           _administrator(5, "田小麦2", "410103"), "410103", ZHENGZHOU),
    Office(_BUREAU, "洛阳市涧西区人力资源和社会保障局", make_organization_code(41_000_015),
           _administrator(6, "谷长风1", "410305"), "410305", LUOYANG),
    Office(_AUTHORITY, HEALTH, make_organization_code(41_000_021), _administrator(7, "白若溪2"),
           superior=PROVINCE.name, industry="Q"),
    Office(_AUTHORITY, EDUCATION, make_organization_code(41_000_022), _administrator(8, "文载道1"),
           superior=PROVINCE.name, industry="P"),
    Office(_INSTITUTION, "郑州市专业技术人员继续教育基地", make_organization_code(41_000_031),
           _administrator(9, "师广学1"), "410100", ZHENGZHOU, "P"),
    Office(_INSTITUTION, "洛阳市工程技术培训学院", make_organization_code(41_000_032),
           _administrator(10, "艾知新2", "410305"), "410300", LUOYANG, "P"),
)  # fmt: skip

HOSPITAL = Employer(
    name="郑州市金水区人民医院", code=make_organization_code(41_000_101), region="410105", nature="23",
    bureau="郑州市金水区人力资源和社会保障局", authority=HEALTH, affiliation="50", industry="84",
    address="郑州市金水区健康路 1 号", administrator=_administrator(20, "魏兰亭2"),
    departments=("内科", "外科", "护理部", "检验科", "药剂科"), series="04", major="1002",
    topics=("慢性病患者分级管理", "老年患者围手术期护理", "基层医院抗菌药物合理使用", "急诊胸痛救治流程优化",
            "糖尿病足早期筛查", "检验结果互认质量控制"),
    people=_citizens(1, "410105",
                     "李䶮1 王秀英2 张伟1 赵堃1 刘婉清2 陈志强1 杨雪梅2 黄海涛1 周慧敏2 吴建华1 徐静2 孙宏伟1 胡晓燕2 "
                     "朱文博1 高雅琴2 林国栋1 何丽娟2 郭子轩1 马晓东1 罗诗涵2 梁永康1 宋玉兰2 郑毅1 谢芳菲2 韩冰1 唐欣怡2"),
)  # fmt: skip
SCHOOL = Employer(
    name="郑州市第四十七实验中学", code=make_organization_code(41_000_102), region="410100", nature="22",
    bureau=ZHENGZHOU, authority=EDUCATION, affiliation="40", industry="83",
    address="郑州市中原东路 47 号", administrator=_administrator(21, "冯致和1"),
    departments=("语文教研组", "数学教研组", "英语教研组", "理化生教研组"), series="22", major="0401",
    topics=("初中数学单元整体教学", "整本书阅读教学策略", "英语听说课堂评价", "物理实验教学创新", "跨学科主题学习设计",
            "学生心理健康教育"),
    people=_citizens(40, "410102",
                     "王喆1 欧阳修远1 张伟1 李晓彤2 刘思远1 陈蕾2 司马文静2 赵鹏飞1 孙倩2 钱学礼1 周雨桐2 吴昊天1 郑爱华2 "
                     "冯春生1 褚云霞2 卫东方1 蒋梦琪2 韩志远1 秦月如2 许光明1 吕美玲2 施浩然1"),
)  # fmt: skip
INSTITUTE = Employer(
    name="洛阳市涧西区机械设计研究所", code=make_organization_code(41_000_103), region="410305", nature="31",
    bureau="洛阳市涧西区人力资源和社会保障局", authority=None, affiliation="50", industry="74",
    address="洛阳市涧西区建设路 12 号", administrator=_administrator(22, "车大成1", "410305"),
    departments=("总体设计室", "液压传动室", "工艺室"), series="05", major="0802",
    topics=("矿山机械减速器轻量化设计", "液压系统故障诊断", "数控机床误差补偿", "焊接残余应力控制", "拖拉机动力换挡匹配"),
    people=_citizens(70, "410305",
                     "阿卜杜热西提·买买提1 张建国1 古丽巴哈尔·阿卜杜克热木·玉素甫·艾尼瓦尔江·吐尔逊娜依2 曹铁军1 魏红2 陶然1 "
                     "姜大力1 戚继明1 谢雨欣2 邹振宇1 喻丹青2 柏树林1 窦月红2 章子杰1 云飞扬1 苏小曼2 潘岳1"),
    rejected=Citizen(95, "葛小兵", male=True, area="410305"),
)  # fmt: skip
CENTRE = Employer(
    name="郑州市二七区疾病预防控制中心", code=make_organization_code(41_000_104), region="410103", nature="22",
    bureau="郑州市二七区人力资源和社会保障局", authority=HEALTH, affiliation="50", industry="84",
    address="郑州市二七区康复前街 9 号", administrator=_administrator(23, "苗青2", "410103"),
    departments=("传染病防治科", "免疫规划科", "公共卫生科", "检验室"), series="04", major="1004",
    topics=("流感样病例监测", "学龄儿童疫苗接种率提升", "饮用水卫生监测", "诺如病毒聚集性疫情处置", "慢性病综合防控示范区建设"),
    people=_citizens(110, "410103",
                     "方圆2 石磊1 姚佳怡2 谭志勇1 廖雪2 范文杰1 汪小玲2 金成武1 夏至清2 钟鸣1 田野1 任盈盈2 姜子楠1 崔莹莹2 "
                     "尉迟敬1 慕容雪2"),
)  # fmt: skip
EMPLOYERS = (HOSPITAL, SCHOOL, INSTITUTE, CENTRE)

LIBRARY = Employer(
    name="洛阳市青年图书馆", code=make_organization_code(41_000_105), region="410300", nature="22",
    bureau=LUOYANG, authority=None, affiliation="40", industry="88", address="洛阳市开元大道 8 号",
    administrator=_administrator(24, "书云舒2", "410305"),
)  # fmt: skip
"""Has registered and waits for its bureau."""

COLLEGE = Office(
    _INSTITUTION, "郑州市高新区职业技能培训学院", make_organization_code(41_000_033), _administrator(25, "倪知行1"),
    "410100", ZHENGZHOU, "P",
)  # fmt: skip
"""A training institution that has registered and waits for its bureau."""


def codes() -> frozenset[str]:
    """Return the organisation codes of the demo world."""
    return frozenset(place.code for place in (SYSTEM, PROVINCE, *OFFICES, *EMPLOYERS, LIBRARY, COLLEGE))
