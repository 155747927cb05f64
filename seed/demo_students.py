"""Who attended the classes of the demo world, with which results, and what became of their grade sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Grade, GradeSheet, Organization, Person, TrainingClass
from models.enums import GradeResult, OrganizationKind, PersonState, SheetStatus
from services import enrolling, grade_sheets
from services.enrolling import Entry
from workflow.grading import GRADE, GRADE_SHEET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from seed.demo_stage import Stage

EXCELLENT, PASSED, FAILED = GradeResult
DRAFT, SUBMITTED, APPROVED, RETURNED = SheetStatus
RESULTS = (PASSED, EXCELLENT, PASSED, PASSED, FAILED, PASSED, None)
"""In turn; the last is still to be graded."""
ATTENDANCE = (100, 95, 90, 88, 60, 100, 85)
STUDENTS: Mapping[tuple[str, str], tuple[int, int]] = {
    ("人工智能与数字素养公需科目培训", "第一期"): (0, 18),
    ("人工智能与数字素养公需科目培训", "第二期"): (18, 14),
    ("人工智能与数字素养公需科目培训", "第三期"): (32, 6),
    ("中小学教师信息技术应用能力提升培训", "春季班"): (3, 10),
    ("中小学教师信息技术应用能力提升培训", "秋季班"): (13, 8),
    ("科学精神与职业道德公需科目培训", "第一期"): (21, 7),
    ("数控机床编程与误差补偿技术培训", "第一期"): (28, 9),
}
"""By plan and class: the first of everybody in service, and how many."""
SHEETS: Mapping[tuple[str, str], SheetStatus] = {
    ("人工智能与数字素养公需科目培训", "第一期"): APPROVED,
    ("中小学教师信息技术应用能力提升培训", "春季班"): SUBMITTED,
    ("科学精神与职业道德公需科目培训", "第一期"): DRAFT,
    ("数控机床编程与误差补偿技术培训", "第一期"): RETURNED,
}
RETURNED_BECAUSE = "成绩与考核记录不一致，请核对后重新申报。"


def enrol(stage: Stage, classes: Mapping[tuple[str, str], int], accounts: Mapping[str, int]) -> None:
    """Put students into classes that take some.

    Args:
        stage: of the demo world.
        classes: keys by plan and class.
        accounts: of each plan's institution, by the plan's name.
    """
    with stage.watching() as session:
        people = session.scalars(
            select(Person.id)
            .join(Organization, Organization.id == Person.employer_id)
            .where(Person.state == PersonState.IN_SERVICE, Organization.kind == OrganizationKind.EMPLOYER)
            # Mixed across employers, and the same each time.
            .order_by(Person.id % 7, Person.id)
        ).all()
    for name, (first, number) in STUDENTS.items():
        entries = [
            Entry(key, "13900000000", ATTENDANCE[place % len(ATTENDANCE)], RESULTS[place % len(RESULTS)])
            for place, key in enumerate(people[first : first + number])
        ]
        with stage.acting(accounts[name[0]]) as (session, actor):
            enrolling.enrol(session, actor, classes[name], entries)


def declare(stage: Stage, classes: Mapping[tuple[str, str], int], accounts: Mapping[str, int]) -> None:
    """Make the grade sheets of finished classes and let their offices decide; arguments as :func:`enrol`."""
    names = {key: name for name, key in stage.offices.items()}
    for name, end in SHEETS.items():
        account = accounts[name[0]]
        with stage.acting(account) as (session, actor):
            sheet = grade_sheets.create(session, actor, classes[name]).id
        if end is DRAFT:
            continue
        stage.fire(account, GRADE_SHEET, "submit", [sheet])
        with stage.watching() as session:
            office = stage.accounts[names[session.get_one(TrainingClass, classes[name]).approver_id]]
            rows = session.scalars(select(Grade.id).where(Grade.sheet_id == sheet).order_by(Grade.id)).all()
        if end is APPROVED:
            stage.fire(office, GRADE_SHEET, "approve", [sheet])
        elif end is RETURNED:  # two rows go back, the others are decided
            stage.fire(office, GRADE, "return", rows[:2], reason=RETURNED_BECAUSE)
            stage.fire(office, GRADE, "approve", rows[2:])
        with stage.watching() as session:
            reached = session.get_one(GradeSheet, sheet).status
            if reached is not end:
                raise RuntimeError(f"{name}: {reached} instead of {end}")
