"""What the training institutions of the demo world planned and taught: plans in every state, classes in several.

The order is the workflow's: plans are filed and decided, classes opened under them, people taught, and only then classes
are finished, grades declared and plans closed. Students join between :func:`_open` and :func:`_finish`: a class that is
over takes none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Organization, TrainingPlan
from models.enums import ClassStatus, PlanStatus, Subject
from seed import demo_students
from seed.demo_claims import CURRENT_YEAR
from seed.demo_people import EDUCATION, ZHENGZHOU
from seed.demo_stage import proof
from services import classes, organization_changes, plan_files, plans
from services.plan_reading import CourseLine, PlanInput
from workflow.organization_change import ORGANIZATION_CHANGE
from workflow.training import TRAINING_CLASS, TRAINING_PLAN

if TYPE_CHECKING:
    from seed.demo_stage import Stage

BASE, ACADEMY = "郑州市专业技术人员继续教育基地", "洛阳市工程技术培训学院"
FIRST, LAST = date(CURRENT_YEAR, 1, 10), date(CURRENT_YEAR, 12, 20)
DRAFT, SUBMITTED, APPROVED, REJECTED, CLOSED = PlanStatus
PLANNED, PUBLISHED, RUNNING, FINISHED, CANCELLED = ClassStatus
PUBLIC, SPECIALTY = Subject
DAYS: dict[ClassStatus, tuple[date, date]] = {
    PLANNED: (date(CURRENT_YEAR, 12, 14), date(CURRENT_YEAR, 12, 18)),
    PUBLISHED: (date(CURRENT_YEAR, 12, 7), date(CURRENT_YEAR, 12, 11)),
    RUNNING: (date(CURRENT_YEAR, 10, 12), date(CURRENT_YEAR, 12, 18)),
    FINISHED: (date(CURRENT_YEAR, 3, 9), date(CURRENT_YEAR, 3, 13)),
    CANCELLED: (date(CURRENT_YEAR, 6, 1), date(CURRENT_YEAR, 6, 5)),
}
"""When a class is held, by the state it ends in; what has begun or is over did so today at the latest."""
REJECTED_BECAUSE = "课程安排与培训内容不符，请核对后修改。"
CANCELLED_BECAUSE = "报名人数不足，已通知学员改报第三期。"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan and how its story ends.

    Attributes:
        institution: name of the institution.
        name: 计划名称.
        subject: 科目类型.
        category: 培训类别 code.
        audience: 培训对象.
        courses: name, teacher and hours of each.
        end: the state it ends in.
        classes: name of each class with the state it ends in.
    """

    institution: str
    name: str
    subject: Subject
    category: str
    audience: str
    courses: tuple[tuple[str, str, int], ...]
    end: PlanStatus = APPROVED
    classes: tuple[tuple[str, ClassStatus], ...] = ()

    @property
    def hours(self) -> int:
        """学时 of the plan: those of its courses."""
        return sum(hours for _name, _teacher, hours in self.courses)


@dataclass(slots=True)
class Taught:
    """What stands after the story: keys by name, for what is played on it."""

    plans: dict[str, int] = field(default_factory=dict)
    classes: dict[tuple[str, str], int] = field(default_factory=dict)
    """By name of the plan and name of the class."""


EVERYBODY = "全市各类专业技术人员"
PLANS = (
    Plan(BASE, "人工智能与数字素养公需科目培训", PUBLIC, "public_course", EVERYBODY,
         (("人工智能发展概论", "陆文渊", 8), ("数字素养与数据安全", "贺知微", 8), ("智能办公实务", "顾怀瑾", 8),
          ("结业测评", "陆文渊", 6)),
         classes=(("第一期", FINISHED), ("第二期", RUNNING), ("第三期", PUBLISHED), ("第四期", PLANNED), ("加开班", CANCELLED))),
    Plan(BASE, "中小学教师信息技术应用能力提升培训", SPECIALTY, "rotation", "中小学在职教师",
         (("智慧课堂教学设计", "杜若飞", 20), ("学情数据分析", "杜若飞", 16), ("微课制作", "祝明轩", 24)),
         classes=(("春季班", FINISHED), ("秋季班", RUNNING))),
    Plan(BASE, "科学精神与职业道德公需科目培训", PUBLIC, "public_course", EVERYBODY,
         (("科学家精神", "贺知微", 10), ("职业道德规范", "顾怀瑾", 10), ("学术诚信", "陆文渊", 10)), CLOSED,
         classes=(("第一期", FINISHED),)),
    Plan(BASE, "知识产权保护与运用公需科目培训", PUBLIC, "public_course", EVERYBODY,
         (("知识产权法律基础", "岳清和", 15), ("专利检索与运用", "岳清和", 15)), SUBMITTED),
    Plan(BASE, "学校心理健康教育骨干研修", SPECIALTY, "advanced_seminar", "中小学心理健康教育教师",
         (("学生心理危机识别", "宁思远", 24), ("团体辅导技术", "宁思远", 16)), SUBMITTED),
    Plan(BASE, "实验教学安全管理专题培训", SPECIALTY, "special_lecture", "中学理化生实验教师",
         (("危险化学品管理", "祝明轩", 10),), REJECTED),
    Plan(BASE, "绿色低碳发展公需科目培训", PUBLIC, "public_course", EVERYBODY,
         (("碳达峰碳中和政策解读", "岳清和", 12), ("绿色生产生活方式", "顾怀瑾", 18)), DRAFT),
    Plan(ACADEMY, "数控机床编程与误差补偿技术培训", SPECIALTY, "post_training", "机械行业工程技术人员",
         (("数控编程", "靳长河", 24), ("误差测量与补偿", "靳长河", 24), ("上机考核", "靳长河", 12)),
         classes=(("第一期", FINISHED), ("第二期", PUBLISHED))),
    Plan(ACADEMY, "智能制造急需紧缺人才培养", SPECIALTY, "urgent_talent", "装备制造企业技术骨干",
         (("工业机器人集成", "柳岸明", 30), ("产线数字孪生", "柳岸明", 30)), SUBMITTED),
    Plan(ACADEMY, "沟通与团队协作公需科目培训", PUBLIC, "public_course", "洛阳市企事业单位专业技术人员",
         (("职场沟通", "费孝文", 15), ("团队建设", "费孝文", 15)), DRAFT),
)  # fmt: skip


def play(stage: Stage) -> Taught:
    """Let institutions plan and teach, and their offices decide.

    Raises:
        seed.demo_stage.DemoError: the workflow did not let a step through.
        services.errors.InputError: a form was filled in wrongly.
    """
    taught = Taught()
    _name_authority(stage)
    for plan in PLANS:
        taught.plans[plan.name] = _file(stage, plan)
    _decide(stage, taught)
    _open(stage, taught)
    accounts = {plan.name: stage.accounts[plan.institution] for plan in PLANS}
    demo_students.enrol(stage, taught.classes, accounts)
    _finish(stage, taught)
    demo_students.declare(stage, taught.classes, accounts)
    return taught


def _name_authority(stage: Stage) -> None:
    """The base names the education authority as its own: what it teaches of a specialty goes there."""
    account = stage.accounts[BASE]
    with stage.acting(account) as (session, actor):
        base = session.get_one(Organization, actor.organization_id)
        typed = organization_changes.ChangeInput(
            base.name, base.code, base.region_code, base.bureau_id, stage.offices[EDUCATION],
            note="教师培训业务由省教育厅主管",
        )  # fmt: skip
        change = organization_changes.file(session, actor, typed)
    stage.fire(stage.accounts[ZHENGZHOU], ORGANIZATION_CHANGE, "approve", [change])


def _file(stage: Stage, plan: Plan) -> int:
    papers = {
        "培训通知.pdf": proof(
            "关于举办培训的通知", plan.name, f"主办：{plan.institution}", f"对象：{plan.audience}"
        ),
        "课程表.pdf": proof(
            "课程表", *(f"{name}  {teacher}  {hours} 学时" for name, teacher, hours in plan.courses)
        ),
    }
    typed = PlanInput(
        lines={
            "name": plan.name,
            "category_code": plan.category,
            "mode_code": "classroom" if plan.subject is SPECIALTY else "mixed",
            "hours": str(plan.hours),
            "planned_people": "200",
            "audience": plan.audience,
            "content": "、".join(name for name, _teacher, _hours in plan.courses)
            + "，理论讲授与实践相结合，结业时考核。",
            "leader": "师广学" if plan.institution == BASE else "艾知新",
            "phone": "0371-60000031" if plan.institution == BASE else "0379-60000032",
        },
        credit_year=CURRENT_YEAR,
        subject=plan.subject,
        start_date=FIRST,
        end_date=LAST,
        courses=[CourseLine(name, teacher, str(hours)) for name, teacher, hours in plan.courses],
        files=[plan_files.keep(stage.store, name, data) for name, data in papers.items()],
    )
    account = stage.accounts[plan.institution]
    with stage.acting(account) as (session, actor):
        key = plans.save(session, actor, typed, finished=plan.end is not DRAFT).id
    if plan.end is not DRAFT:
        stage.fire(account, TRAINING_PLAN, "submit", [key])
    return key


def _decide(stage: Stage, taught: Taught) -> None:
    """Let the office each plan went to decide it, one batch an office."""
    names = {key: name for name, key in stage.offices.items()}
    with stage.watching() as session:
        office = {row.id: names.get(row.approver_id or 0) for row in session.scalars(select(TrainingPlan))}
    for transition, ends, reason in (
        ("approve", (APPROVED, CLOSED), None),
        ("reject", (REJECTED,), REJECTED_BECAUSE),
    ):
        batches: dict[str, list[int]] = {}
        for plan in PLANS:
            if plan.end in ends:
                key = taught.plans[plan.name]
                batches.setdefault(office[key] or "", []).append(key)
        for name, keys in batches.items():
            stage.fire(stage.accounts[name], TRAINING_PLAN, transition, keys, reason=reason)


def _open(stage: Stage, taught: Taught) -> None:
    """Set classes up, publish and start them."""
    for plan in PLANS:
        account = stage.accounts[plan.institution]
        for name, end in plan.classes:
            first, last = DAYS[end]
            if end in (RUNNING, FINISHED):
                first = min(first, stage.today)
            if end is FINISHED:
                last = min(last, stage.today)
            typed = classes.ClassInput(
                lines={
                    "name": name,
                    "place": "培训楼三层报告厅",
                    "capacity": "60",
                    "contact": "教务处",
                    "phone": "0371-60000033" if plan.institution == BASE else "0379-60000034",
                    "timetable": "上午 8:30 至 12:00，下午 14:30 至 18:00，最后半天考核。",
                    "attendance_minimum": "80" if plan.subject is SPECIALTY else "",
                },
                start_date=first,
                end_date=last,
            )
            with stage.acting(account) as (session, actor):
                above = session.get_one(TrainingPlan, taught.plans[plan.name])
                key = classes.save(session, actor, above, typed).id
            taught.classes[plan.name, name] = key
            if end is not PLANNED:
                stage.fire(account, TRAINING_CLASS, "publish", [key])
            if end in (RUNNING, FINISHED):
                stage.fire(account, TRAINING_CLASS, "start", [key])


def _finish(stage: Stage, taught: Taught) -> None:
    """Finish what is over, cancel what nobody joined, and close the plan that is done with."""
    for plan in PLANS:
        account = stage.accounts[plan.institution]
        ended = {
            end: [taught.classes[plan.name, name] for name, one in plan.classes if one is end]
            for end in ClassStatus
        }
        stage.fire(account, TRAINING_CLASS, "finish", ended[FINISHED])
        stage.fire(account, TRAINING_CLASS, "cancel", ended[CANCELLED], reason=CANCELLED_BECAUSE)
        if plan.end is CLOSED:
            stage.fire(account, TRAINING_PLAN, "close", [taught.plans[plan.name]])
