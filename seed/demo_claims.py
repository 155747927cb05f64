"""What the people of the demo world did, and where each claim of it stands in the end.

Two years are over and complete for most; the third is in progress, with something waiting at every desk.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from stdnum.ean import calc_check_digit

from models.enums import ClaimStatus, Subject
from services.claims import ClaimInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seed.demo_people import Citizen, Employer

COMPLETE_YEARS, CURRENT_YEAR = (2024, 2025), 2026
BEHIND_EVERY = 5
"""One of so many people has not completed the years that are over."""
UNCERTIFIED_EVERY = 7
"""One of so many people still waits for the certificate of the last complete year, so that there is something to issue."""
REVOKED_POSITION = 5
"""Whose claim of the first year is revoked after the certificate was issued."""
PUBLIC_COURSES = (
    "人工智能与数字素养",
    "科学精神与职业道德",
    "知识产权保护与运用",
    "绿色低碳发展",
    "沟通与团队协作",
)
LAST_DAY = object()
"""Stands for the last day of the activity among the items."""
DRAFT, SUBMITTED, RETURNED, ACCEPTED, DECLARED, APPROVED, REJECTED, REVOKED = ClaimStatus


@dataclass(frozen=True, slots=True)
class Planned:
    """A claim and how its story ends.

    Attributes:
        kind: code of the claim kind.
        title: 名称.
        subject: 科目类型.
        items: text by item code.
        year: 计入年度.
        month: month of the activity.
        days: how long it took.
        end: the state the workflow leads it to.
        registered: whether the employer registers it for the person.
    """

    kind: str
    title: str
    items: dict[str, Any]
    subject: Subject = Subject.SPECIALTY
    year: int = CURRENT_YEAR
    month: int = 4
    days: int = 3
    end: ClaimStatus = APPROVED
    registered: bool = False

    def typed(self, today: date, **more: Any) -> ClaimInput:
        """Return the form as filled in on ``today``: nothing ends in the future; ``more`` are further fields."""
        last = min(date(self.year, self.month, 12) + timedelta(days=self.days - 1), today)
        first = min(date(self.year, self.month, 12), last)
        items = {
            name: last.isoformat() if answer is LAST_DAY else answer for name, answer in self.items.items()
        }
        return ClaimInput(
            kind_code=self.kind,
            title=self.title,
            credit_year=self.year,
            subject=self.subject,
            start_date=first,
            end_date=last,
            content=f"参加{self.title}，材料见附件。",
            items=items,
            **more,
        )


@dataclass(frozen=True, slots=True)
class Author:
    """Somebody about to fill in forms for one year."""

    citizen: Citizen
    employer: Employer
    year: int
    position: int

    @property
    def topic(self) -> str:
        """What the author is busy with this year."""
        return self.employer.topics[(self.position + self.year) % len(self.employer.topics)]

    @property
    def serial(self) -> str:
        """Digits nobody else has in this year."""
        return f"{self.year}{self.citizen.number:04d}"

    @property
    def isbn(self) -> str:
        """A book number with its check digit, of this author and year alone."""
        return f"978-7-{self.serial}-{calc_check_digit(f'9787{self.serial}')}"


# ---------------------------------------------------------------- activities, one function each
def course(author: Author, subject: Subject = Subject.SPECIALTY, courses: int = 2) -> Planned:
    """课程进修: 15 学时 a course."""
    public = subject is Subject.PUBLIC
    names = PUBLIC_COURSES if public else author.employer.topics
    topic = names[(author.position + author.year) % len(names)]
    return Planned(
        "course_study", f"{topic}{'（公需课）' if public else '高级研修班'}",
        {"host": "河南省专业技术人员继续教育基地", "courses": str(courses)}, subject, author.year, 3, 10,
    )  # fmt: skip


def exchange(author: Author, level: str = "national", length: int = 3200) -> Planned:
    """学术交流 with a paper read: 20 学时 at a national conference, 14 at a provincial one."""
    items = {"level": level, "organizer": "河南省相关学会", "place": "郑州"}
    items |= {"reads_paper": "是", "paper_title": f"{author.topic}初探", "paper_length": str(length)}
    return Planned("academic_exchange", f"{author.topic}学术年会", items, year=author.year, month=5)


def project(author: Author) -> Planned:
    """课题研究, provincial main project, first: 56 学时."""
    items = {
        "project_number": f"豫课题{author.serial}",
        "level": "provincial",
        "project_type": "main",
        "rank": "1",
    }
    return Planned("research_project", f"{author.topic}研究", items, year=author.year, month=2, days=200)


def paper(author: Author) -> Planned:
    """发表论文 in a provincial journal, first author: 30 学时."""
    items = {
        "journal": "河南专业技术", "issn_cn": "CN 41-0000/N", "level": "provincial", "published_on": LAST_DAY,
        "characters": "5200", "rank": "1", "author_count": "2", "doi": f"10.0000/demo.{author.serial}",
    }  # fmt: skip
    return Planned("paper", f"论{author.topic}", items, year=author.year, month=6, days=1)


def book(author: Author) -> Planned:
    """出版著作: 72 学时 at most."""
    items = {
        "work_type": "monograph", "publisher": "中原演示出版社", "isbn": author.isbn,
        "published_on": LAST_DAY, "characters": "180000", "author_role": "author", "rank": "1",
    }  # fmt: skip
    return Planned("book", f"《{author.topic}实务》", items, year=author.year, month=1, days=1)


def patent(author: Author) -> Planned:
    """专利, invention, first: 48 学时."""
    items = {
        "patent_type": "invention",
        "patent_number": f"ZL{author.serial}.X",
        "granted_on": LAST_DAY,
        "rank": "1",
    }
    return Planned("patent", f"一种用于{author.topic}的装置", items, year=author.year, month=4, days=1)


def award(author: Author) -> Planned:
    """奖项, provincial second class, first: 42 学时."""
    items = {
        "awarded_by": "河南省人民政府", "level": "provincial", "grade": "second", "category": "progress", "rank": "1",
        "awarded_on": LAST_DAY,
    }  # fmt: skip
    return Planned("award", f"{author.topic}成果奖", items, year=author.year, month=9, days=1)


def degree(author: Author) -> Planned:
    """学历学位教育: 15 学时 a course passed."""
    items = {
        "education": "14", "school": "中原演示大学", "major": author.employer.major, "study_mode": "part_time",
        "courses": "4",
    }  # fmt: skip
    return Planned("degree_study", "在职硕士研究生课程", items, year=author.year, month=3, days=120)


def report(author: Author) -> Planned:
    """专题调研 noted by a leader: 20 学时."""
    items = {"instruction_level": "municipal", "instructed_on": LAST_DAY, "characters": "6000", "rank": "1"}
    return Planned(
        "investigation_report", f"关于{author.topic}的调研报告", items, year=author.year, month=7, days=1
    )


def computer(author: Author) -> Planned:
    """计算机应用能力考试: 12 学时 a module."""
    items = {
        "modules": ["07", "10", "11"],
        "certificate_number": f"JSJ{author.serial}",
        "examined_on": LAST_DAY,
    }
    return Planned("computer_exam", "全国计算机应用能力考试", items, year=author.year, month=5, days=1)


def language(author: Author) -> Planned:
    """职称外语考试, grade B: 30 学时."""
    items = {
        "language": "english", "exam_level": "B", "score": "78.5", "certificate_number": f"WY{author.serial}",
        "examined_on": LAST_DAY,
    }  # fmt: skip
    return Planned("language_exam", "专业技术职务外语考试", items, year=author.year, month=4, days=1)


def qualification(author: Author) -> Planned:
    """取得中级资格: 30 学时."""
    items = {
        "series": author.employer.series, "level": "middle", "certificate_number": f"ZG{author.serial}",
        "obtained_on": LAST_DAY, "issuer": "河南省人力资源和社会保障厅",
    }  # fmt: skip
    return Planned("qualification", "中级专业技术资格", items, year=author.year, month=8, days=1)


def grassroots(author: Author) -> Planned:
    """服务基层 as 公需, five days: 30 学时, which is also the most a year."""
    items = {"organizer": author.employer.name, "place": "河南省嵩县", "days": "5"}
    return Planned("grassroots_service", f"{author.topic}下乡服务", items, Subject.PUBLIC, author.year, 8, 5)


def border(author: Author) -> Planned:
    """支援边疆, half a year: completes the specialty year."""
    items = {"support_type": "xinjiang", "place": "新疆哈密", "months": "6", "assessment": "excellent"}
    return Planned("border_support", "对口援疆专业技术服务", items, year=author.year, month=1, days=182)


def other(author: Author) -> Planned:
    """其他: what was claimed, here 10 学时."""
    items = {
        "organizer": author.employer.name,
        "description": f"{author.topic}专题讲座",
        "claimed_hours": "10",
    }
    return Planned("other", f"{author.topic}专题讲座", items, year=author.year, month=10, days=2)


SPECIALTY_YEARS: tuple[tuple[Callable[[Author], Planned], ...], ...] = (
    (course, paper),
    (project, exchange),
    (border,),
    (book,),
    (patent, exchange),
    (award, exchange),
    (degree,),
    (course, qualification),
    (computer, language),
    (course, report, exchange),
)
"""What makes a specialty year complete: at least 60 学时 each."""


def _public(author: Author) -> list[Planned]:
    """At least 30 学时 公需."""
    if author.position % 8 == 7:  # noqa: PLR2004  (now and then somebody serves the villages instead)
        return [grassroots(author)]
    if author.position % 3 == 0:
        one = course(author, Subject.PUBLIC, 1)
        return [one, replace(one, title=f"{one.title}（二）", month=6)]
    return [course(author, Subject.PUBLIC)]


def _past(author: Author) -> Iterator[Planned]:
    yield from _public(author)
    if author.position % BEHIND_EVERY == BEHIND_EVERY - 1:
        yield other(author)
        yield replace(paper(author), end=REJECTED)
        return
    chosen = SPECIALTY_YEARS[(author.position + 3 * author.year) % len(SPECIALTY_YEARS)]
    revoked = author.position == REVOKED_POSITION and author.year == COMPLETE_YEARS[0]
    for activity in chosen:
        yield replace(activity(author), end=REVOKED if revoked else APPROVED)


def _current(author: Author) -> Iterator[Planned]:
    """The year in progress: eight kinds of people, so that every queue holds something in both subjects."""
    public = course(author, Subject.PUBLIC)
    plans = (
        ((public, SUBMITTED), (paper(author), SUBMITTED)),
        ((public, ACCEPTED), (project(author), ACCEPTED)),
        ((public, DECLARED), (exchange(author), DECLARED)),
        ((public, APPROVED), (course(author), APPROVED), (patent(author), DECLARED)),
        ((public, DECLARED), (book(author), RETURNED)),
        ((grassroots(author), SUBMITTED), (paper(author), REJECTED), (exchange(author), APPROVED)),
        ((award(author), DRAFT), (replace(exchange(author), items={"level": "national"}), DRAFT), (public, APPROVED)),
        ((public, DECLARED),),
    )  # fmt: skip
    for planned, end in plans[author.position % len(plans)]:
        yield replace(planned, end=end)
    if author.position % len(plans) == len(plans) - 1:
        yield replace(course(author), end=ACCEPTED, registered=True)
        yield replace(border(author), end=DECLARED, registered=True)


def claims_of(citizen: Citizen, employer: Employer, position: int) -> list[Planned]:
    """Return everything one professional claims.

    Args:
        citizen: the professional.
        employer: where.
        position: his place among the employer's people, from 0; it decides what he did.
    """
    planned = [one for year in COMPLETE_YEARS for one in _past(Author(citizen, employer, year, position))]
    return [*planned, *_current(Author(citizen, employer, CURRENT_YEAR, position))]
