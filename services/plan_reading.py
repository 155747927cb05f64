"""What is typed into the form of a training plan, read and checked; :mod:`services.plans` stores it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, literal, select

from models import CreditYear, TrainingPlan
from models.base import label_of, today
from services import typed_numbers
from services.certificate_pdf import hours_text
from services.typed_text import too_long, unknown_codes, visible
from workflow import periods

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from models.enums import Subject
    from services.plan_files import KeptFile

CONTENT_LENGTH, MOST_PEOPLE, MOST_COURSES = 2000, 100_000, 100
LINES = "name", "audience", "leader", "phone"
CODES = {"category_code": "training_category", "mode_code": "training_mode"}
"""Dictionary of each code of a plan."""
COURSE_PARTS = "name", "teacher", "hours"
HOURS_HINT = "请填大于 0、不超过 999 的数，最多一位小数，如 4 或 7.5"


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A line of the course table as typed."""

    name: str = ""
    teacher: str = ""
    hours: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it."""
        return not (self.name.strip() or self.teacher.strip() or self.hours.strip())


@dataclass(frozen=True, slots=True)
class PlanInput:
    """What the form of a plan holds, as typed.

    Attributes:
        lines: text by column: those of :data:`LINES` and of :data:`CODES`, ``content``, and the numbers ``hours``,
            ``excellent_hours`` and ``planned_people``.
        credit_year: 年度.
        subject: 科目类型.
        start_date: first day.
        end_date: last day.
        courses: lines of the course table; empty ones are passed over.
        files: files uploaded with this form.
        removed: keys of attachments to take away.
    """

    lines: dict[str, str]
    credit_year: int | None
    subject: Subject | None
    start_date: date | None
    end_date: date | None
    courses: Sequence[CourseLine] = ()
    files: Sequence[KeptFile] = ()
    removed: Sequence[int] = ()


@dataclass(slots=True)
class ReadPlan:
    """What could be read of a form, and what is wrong with the rest.

    Attributes:
        values: by column.
        courses: name, teacher and hours of each.
        errors: sentence by field, and by ``courses.<line>.<part>`` for a cell of the course table.
    """

    values: dict[str, Any] = field(default_factory=dict)
    courses: list[tuple[str, str, Decimal]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


def years(session: Session, day: date, region_code: str | None) -> list[int]:
    """Return the years a plan of a region can still be filed for on ``day``, newest first: those whose approvals are not over."""
    not_over = periods.approvals_not_over(day, CreditYear.__table__.c.year, literal(region_code, String))
    open_ones = select(CreditYear.year).where(not_over, CreditYear.year <= day.year + 1)
    return list(session.scalars(open_ones.order_by(CreditYear.year.desc())))


def total_of(courses: Sequence[CourseLine]) -> Decimal:
    """Return the hours of the lines that can be read."""
    return sum((typed_numbers.hours(line.hours) or Decimal(0) for line in courses), Decimal(0))


def read_plan(session: Session, typed: PlanInput, region_code: str | None, *, finished: bool) -> ReadPlan:
    """Return what a form says and what is wrong with it.

    Args:
        session: any session; what is looked up is base data.
        typed: the form.
        region_code: of the institution.
        finished: whether its courses have to add up, as they must when it is submitted.
    """
    read = ReadPlan()
    _read_lines(session, typed, read)
    _read_numbers(typed, read)
    _read_days(session, typed, region_code, read)
    _read_courses(typed.courses, read)
    hours = read.values.get("hours")
    if finished and hours is not None and not any(name.startswith("courses") for name in read.errors):
        total = sum((number for _name, _teacher, number in read.courses), Decimal(0))
        if total != hours:
            read.errors["courses"] = (
                f"课程学时合计 {hours_text(total)}，合格学时 {hours_text(hours)}，两者须相等，"
                "请核对课程表或修改合格学时"
            )
    return read


def _label(name: str) -> str:
    return label_of(TrainingPlan, name)


def _read_lines(session: Session, typed: PlanInput, read: ReadPlan) -> None:
    for name in LINES:
        read.values[name] = visible(typed.lines.get(name, ""))
        if not read.values[name]:
            read.errors[name] = f"请填写“{_label(name)}”"
    read.errors |= too_long({name: (_label(name), read.values[name]) for name in LINES})
    content = typed.lines.get("content", "").replace("\r\n", "\n").strip()
    read.values["content"] = content
    if not content:
        read.errors["content"] = f"请填写“{_label('content')}”"
    elif len(content) > CONTENT_LENGTH:
        read.errors["content"] = (
            f"“{_label('content')}”有 {len(content)} 个字，最多 {CONTENT_LENGTH} 个字，请删减"
        )
    chosen = {name: typed.lines.get(name, "") for name in CODES}
    read.values |= chosen
    read.errors |= {name: f"请选择“{_label(name)}”" for name, code in chosen.items() if not code}
    read.errors |= unknown_codes(
        session, {name: (_label(name), CODES[name], code) for name, code in chosen.items()}
    )
    if typed.subject is None:
        read.errors["subject"] = f"请选择“{_label('subject')}”"
    else:
        read.values["subject"] = typed.subject


def _read_numbers(typed: PlanInput, read: ReadPlan) -> None:
    people = typed_numbers.whole(typed.lines.get("planned_people", ""), 1, MOST_PEOPLE)
    if people is None:
        read.errors["planned_people"] = f"“{_label('planned_people')}”请填 1 至 {MOST_PEOPLE} 的整数"
    hours = typed_numbers.hours(typed.lines.get("hours", ""))
    if hours is None:
        read.errors["hours"] = f"“{_label('hours')}”{HOURS_HINT}"
    text, label = typed.lines.get("excellent_hours", ""), _label("excellent_hours")
    excellent = typed_numbers.hours(text) if text.strip() else None
    if text.strip() and excellent is None:
        read.errors["excellent_hours"] = f"“{label}”{HOURS_HINT}；与合格学时相同的留空"
    elif excellent is not None and hours is not None and excellent < hours:
        read.errors["excellent_hours"] = f"“{label}”不能少于“{_label('hours')}”，相同的留空"
    read.values |= {"planned_people": people, "hours": hours, "excellent_hours": excellent}


def _read_days(session: Session, typed: PlanInput, region_code: str | None, read: ReadPlan) -> None:
    year, start, end = typed.credit_year, typed.start_date, typed.end_date
    read.values |= {"credit_year": year, "start_date": start, "end_date": end}
    if year is None or year not in years(session, today(), region_code):
        read.errors["credit_year"] = "请选择审批期尚未结束的年度"
    for name, day in (("start_date", start), ("end_date", end)):
        if day is None:
            read.errors[name] = f"请填写有效的“{_label(name)}”，例如 2026-03-01"
        elif year is not None and day.year != year:
            read.errors[name] = f"“{_label(name)}”须在 {year} 年度之内；跨年度的培训请按年度分别填报"
    if start and end and end < start:
        read.errors["end_date"] = f"“{_label('end_date')}”不能早于“{_label('start_date')}”"


def _read_courses(lines: Sequence[CourseLine], read: ReadPlan) -> None:
    for place, line in enumerate(lines):
        if line.empty:
            continue
        name, teacher = visible(line.name), visible(line.teacher)
        hours = typed_numbers.hours(line.hours)
        wrong = {
            "name": "" if name else "请填写课程名称",
            "teacher": "" if teacher else "请填写授课教师",
            "hours": "" if hours is not None else f"学时{HOURS_HINT}",
        }
        wrong |= {
            part: sentence.replace("“", "").replace("”", "")
            for part, sentence in too_long(
                {"name": ("课程名称", name), "teacher": ("授课教师", teacher)}
            ).items()
        }
        read.errors |= {
            f"courses.{place}.{part}": f"第 {place + 1} 行：{sentence}"
            for part, sentence in wrong.items()
            if sentence
        }
        if hours is not None:
            read.courses.append((name, teacher, hours))
    if len(read.courses) > MOST_COURSES:
        read.errors["courses"] = f"课程最多 {MOST_COURSES} 行，请合并后填写"
