"""Papers of a class on A4: 学员名册, 签到表 and 成绩册, with embedded fonts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Enrollment, Grade, Organization, Person, TrainingClass
from models.enums import EnrollmentStatus, Labelled
from models.identifiers import mask_citizen_id
from services.certificate_pdf import hours_text
from services.certificate_text import missing_characters
from services.class_paper_pages import WIDTH, Column, Page, document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

SIGNED_DAYS = 5
"""Days beside each other on a page of the sign-in sheet; longer classes get more pages."""
MOST_PAGES = 300
"""Pages of one sign-in sheet: longer ones are printed a span of days at a time. One group of days is always printed whole."""
SIGNED_WIDTH = 62.0  # points
NOBODY = "—"


class Paper(Labelled):
    """What can be printed of a class: its name, and what it is called."""

    ROSTER = "roster", "学员名册"
    SIGN_IN = "sign-in", "签到表"
    GRADES = "grades", "成绩册"


ROWS = {Paper.ROSTER: 24, Paper.SIGN_IN: 18, Paper.GRADES: 24}
"""Rows of a page: each has room for two lines."""
HEIGHTS = {Paper.ROSTER: 26.0, Paper.SIGN_IN: 34.0, Paper.GRADES: 26.0}
"""Height of a row, in points: somebody signs in it."""


class PaperError(Exception):
    """A paper cannot be printed; the text is a Chinese sentence for the user."""


@dataclass(frozen=True, slots=True)
class Line:
    """A student as he is printed."""

    number: int
    name: str
    citizen_id: str
    employer: str
    phone: str
    attendance: str
    result: str
    score: str


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a class that are signed for on one sheet: the first and the last."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day."""
        return [self.first + timedelta(days=day) for day in range((self.last - self.first).days + 1)]

    def __str__(self) -> str:
        first, last = _day(self.first), _day(self.last)
        return first if first == last else f"{first}至{last}"


def _day(day: date) -> str:
    return f"{day.month}月{day.day}日"


NUMBER, NAME = Column("序号", 28, "number"), Column("姓名", 62, "name")
CITIZEN_ID = Column("身份证号", 112, "citizen_id")
LISTED: dict[Paper, tuple[Column, ...]] = {
    Paper.ROSTER: (
        NUMBER,
        NAME,
        CITIZEN_ID,
        Column("工作单位", 231, "employer", centred=False),
        Column("手机", 90, "phone"),
    ),
    Paper.GRADES: (
        NUMBER,
        NAME,
        CITIZEN_ID,
        Column("工作单位", 171, "employer", centred=False),
        Column("出勤率", 48, "attendance"),
        Column("成绩", 54, "result"),
        Column("分数", 48, "score"),
    ),
}
"""The columns of the papers that are no sign-in sheets."""


def _signed(days: Sequence[date]) -> tuple[Column, ...]:
    room = WIDTH - NUMBER.width - NAME.width - SIGNED_WIDTH * len(days)
    employer = Column("工作单位", room, "employer", centred=False)
    return (NUMBER, NAME, employer, *(Column(_day(day), SIGNED_WIDTH) for day in days))


def spans_of(klass: TrainingClass, students: int) -> list[Span]:
    """Return the days of a class as its sign-in sheets show them: one span, or more where one would get too long.

    Args:
        klass: the class.
        students: how many are on its roll.
    """
    pages = max(1, -(-students // ROWS[Paper.SIGN_IN]))
    step = SIGNED_DAYS * max(1, MOST_PAGES // pages)
    starts = Span(klass.start_date, klass.end_date).days[::step]
    return [Span(day, min(day + timedelta(days=step - 1), klass.end_date)) for day in starts]


def render(session: Session, klass: TrainingClass, paper: Paper, span: Span | None = None) -> bytes:
    """Return a paper of a class as PDF.

    Args:
        session: the actor's scoped session; students and grades out of his sight are not on it.
        klass: the class.
        paper: which.
        span: the days of a sign-in sheet; all of the class where not given.

    Raises:
        PaperError: a text has a character the font lacks, nobody is on the roll, or the sheet gets too long.
    """
    lines = list(_lines(session, klass))
    if not lines:
        raise PaperError("该班还没有在册学员，请先登记学员再打印")
    whole = Span(klass.start_date, klass.end_date)
    days = (span or whole).days
    if days[0] < whole.first or days[-1] > whole.last:
        raise PaperError(f"签到日期须在培训班起止日期（{whole}）之内，请从培训班页面重新选择")
    groups = [days[start : start + SIGNED_DAYS] for start in range(0, len(days), SIGNED_DAYS)]
    portions = [lines[start : start + ROWS[paper]] for start in range(0, len(lines), ROWS[paper])]
    tables = [_signed(group) for group in groups] if paper is Paper.SIGN_IN else [LISTED[paper]]
    count = len(tables) * len(portions)
    if len(tables) > 1 and count > MOST_PAGES:
        raise PaperError(f"签到表共 {count:,} 页，一次最多打印 {MOST_PAGES} 页，请在本页按日期分段打印")
    institution = session.get_one(Organization, klass.organization_id).name
    facts = _facts(klass, institution, len(lines))
    _must_be_printable(lines, facts)
    signed = (
        "授课教师签字：________________　　负责人签字：________________　　" if paper is Paper.GRADES else ""
    )
    shown = ((columns, portion) for columns in tables for portion in portions)
    pages = (
        Page(paper.label, facts, columns, portion, HEIGHTS[paper], f"{signed}第 {number} 页，共 {count} 页")
        for number, (columns, portion) in enumerate(shown, 1)
    )
    return b"".join(document(pages, f"{klass.name} {paper.label}"))


def _facts(klass: TrainingClass, institution: str, count: int) -> list[tuple[str, ...]]:
    plan = klass.plan
    return [
        (f"培训计划：{plan.name}（{plan.number}）",),
        (f"班次：{klass.name}", f"施教机构：{institution}"),
        (f"地点：{klass.place}", f"时间：{klass.start_date} 至 {klass.end_date}"),
        (f"{plan.subject.label}科目，{hours_text(plan.hours)} 学时，共 {count} 人",),
    ]


def _must_be_printable(lines: Sequence[Line], facts: Sequence[tuple[str, ...]]) -> None:
    for line in lines:
        if missing := missing_characters(f"{line.name}{line.employer}{line.phone}"):
            raise PaperError(
                f"第 {line.number} 名学员“{line.name}”的姓名、单位或手机中有打印字体没有的字符：{missing}，"
                "请联系系统管理员补充字体"
            )
    if missing := missing_characters("".join(text for fact in facts for text in fact)):
        raise PaperError(
            f"培训计划、班次、地点或机构名称中有打印字体没有的字符：{missing}，请联系系统管理员补充字体"
        )


def _lines(session: Session, klass: TrainingClass) -> Iterator[Line]:
    rows = session.execute(
        select(
            Person.name,
            Person.citizen_id,
            Organization.name.label("employer"),
            Enrollment.phone,
            Enrollment.attendance,
            Grade.result,
            Grade.score,
        )
        .select_from(Enrollment)
        # Who has left for another scope meanwhile keeps his line.
        .outerjoin(Person, Person.id == Enrollment.person_id)
        .outerjoin(Organization, Organization.id == Enrollment.employer_id)
        .outerjoin(Grade, Grade.enrollment_id == Enrollment.id)
        .where(Enrollment.class_id == klass.id, Enrollment.status == EnrollmentStatus.ENROLLED)
        .order_by(Enrollment.id)
    )
    for number, row in enumerate(rows, 1):
        yield Line(
            number=number,
            name=row.name or NOBODY,
            citizen_id=mask_citizen_id(row.citizen_id) if row.citizen_id else NOBODY,
            employer=row.employer or NOBODY,
            phone=row.phone,
            attendance="" if row.attendance is None else f"{row.attendance}%",
            result=row.result.label if row.result else "",
            score="" if row.score is None else f"{row.score.normalize():f}",
        )
