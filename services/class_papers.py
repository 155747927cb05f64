"""Papers of a class on A4: 学员名册, 签到表 and 成绩册, with embedded fonts.

Rows are put on pages here, a fixed number each, so that every page has its head, its number and room for long names, and
so that xhtml2pdf, which recurses once a page, never sees more than one portion of them.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from pypdf import PdfWriter
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

from models import Enrollment, Grade, Organization, TrainingClass
from models.enums import EnrollmentStatus, Labelled
from models.identifiers import mask_citizen_id
from services.certificate_pdf import hours_text
from services.certificate_text import missing_characters, register_fonts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

FOLDER = Path(__file__).resolve().parent.parent / "templates" / "print" / "class"
PAGES_PER_PORTION = 50
SIGNED_DAYS = 5
"""Days beside each other on a page of the sign-in sheet; longer classes get more pages."""
_NO_RESOURCES = ResourceAccessPolicy.server(allow_remote=False)


class Paper(Labelled):
    """What can be printed of a class: its name, and what it is called."""

    ROSTER = "roster", "学员名册"
    SIGN_IN = "sign-in", "签到表"
    GRADES = "grades", "成绩册"


ROWS = {Paper.ROSTER: 24, Paper.SIGN_IN: 18, Paper.GRADES: 24}
"""Rows of a page: each has room for two lines."""


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
class Page:
    """A page: its lines, and the days signed for on a sign-in sheet."""

    number: int
    lines: Sequence[Line]
    days: Sequence[date]


def render(session: Session, klass: TrainingClass, paper: Paper) -> bytes:
    """Return a paper of a class as PDF.

    Args:
        session: the actor's scoped session; students and grades out of his sight are not on it.
        klass: the class.
        paper: which.

    Raises:
        PaperError: a name has a character the font lacks, or nobody is on the roll.
    """
    lines = list(_lines(session, klass))
    if not lines:
        raise PaperError("该班还没有在册学员，请先登记学员再打印")
    for line in lines:
        if missing := missing_characters(f"{line.name}{line.employer}"):
            raise PaperError(
                f"第 {line.number} 名学员“{line.name}”的姓名或单位中有打印字体没有的字符：{missing}，"
                "请联系系统管理员补充字体"
            )
    pages = list(_pages(lines, paper, _days(klass)))
    register_fonts()
    heading = {
        "paper": paper,
        "institution": session.get_one(Organization, klass.organization_id).name,
        "plan": klass.plan,
        "klass": klass,
        "hours": hours_text(klass.plan.hours),
        "count": len(lines),
        "page_count": len(pages),
    }
    writer = PdfWriter()
    for start in range(0, len(pages), PAGES_PER_PORTION):
        html = _template().render(pages=pages[start : start + PAGES_PER_PORTION], **heading)
        target = io.BytesIO()
        status = pisa.CreatePDF(html, dest=target, encoding="utf-8", resource_policy=_NO_RESOURCES)
        if status.err:
            raise PaperError("排版失败，没有生成文件，请联系系统管理员")
        writer.append(target)
    writer.add_metadata({"/Title": f"{klass.name} {paper.label}"})
    merged = io.BytesIO()
    writer.write(merged)
    return merged.getvalue()


def _lines(session: Session, klass: TrainingClass) -> Iterator[Line]:
    rows = session.execute(
        select(Enrollment, Grade)
        .outerjoin(Grade, Grade.enrollment_id == Enrollment.id)
        .where(Enrollment.class_id == klass.id, Enrollment.status == EnrollmentStatus.ENROLLED)
        .options(joinedload(Enrollment.person), joinedload(Enrollment.employer))
        .order_by(Enrollment.id)
    )
    for number, (student, grade) in enumerate(rows.all(), 1):
        yield Line(
            number=number,
            name=student.person.name,
            citizen_id=mask_citizen_id(student.person.citizen_id),
            employer=student.employer.name,
            phone=student.phone,
            attendance="" if student.attendance is None else f"{student.attendance}%",
            result=grade.result.label if grade and grade.result else "",
            score="" if grade is None or grade.score is None else f"{grade.score.normalize():f}",
        )


def _days(klass: TrainingClass) -> list[date]:
    length = (klass.end_date - klass.start_date).days + 1
    return [klass.start_date + timedelta(days=day) for day in range(length)]


def _pages(lines: Sequence[Line], paper: Paper, days: Sequence[date]) -> Iterator[Page]:
    step = ROWS[paper]
    groups = [days[start : start + SIGNED_DAYS] for start in range(0, len(days), SIGNED_DAYS)]
    number = 0
    for group in groups if paper is Paper.SIGN_IN else [()]:
        for start in range(0, len(lines), step):
            number += 1
            yield Page(number, lines[start : start + step], group)


@cache
def _template() -> Template:
    environment: Any = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    template: Template = environment.get_template("paper.html")
    return template
