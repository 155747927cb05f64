"""Papers of a class, read back by pdftotext: everybody is on them once, whatever his name, and in sight of who prints."""

from __future__ import annotations

import subprocess

import pytest
from factories import make_organization, make_person
from pypdf import PdfReader
from training_rows import make_class, make_grade, make_plan, make_student

from models import Organization
from services import class_papers
from services.class_papers import Paper, PaperError, Span

LONG = "河南省郑州市金水区人民医院附属第一康复与慢性病管理中心（郑州大学第十八附属医院）"
NAMES = ("张三", "欧阳娜娜", "阿卜杜热西提·买买提明江", "喆堃", "䶮㛃")


@pytest.fixture
def klass(world, system):
    academy = system.get(Organization, world.id(Organization, "academy"))
    return make_class(system, make_plan(system, academy, name="公需科目"), name="第一期")


def students(system, world, klass, number):
    bureau = system.get(Organization, world.id(Organization, "zhengzhou"))
    employer = make_organization(system, LONG, "employer", "410100", bureau=bureau)
    for place in range(number):
        person = make_person(system, NAMES[place % len(NAMES)], employer)
        grade = make_grade(system, klass, person, result=("passed", "excellent", "failed", None)[place % 4])
        grade.score = None if place % 2 else 88
        grade.enrollment.phone, grade.enrollment.attendance = "13900000000", 95
    system.flush()


def printed(session, klass, paper, tmp_path, span=None):
    """Return the number of pages, and the text without the blanks and breaks layout puts in."""
    path = tmp_path / f"{paper}.pdf"
    path.write_bytes(class_papers.render(session, klass, paper, span))
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True
    ).stdout
    return len(PdfReader(path).pages), "".join(text.split())


@pytest.mark.parametrize(
    ("paper", "pages", "words"),
    [
        (Paper.ROSTER, 2, ["学员名册", "13900000000", "第2页，共2页"]),
        (Paper.SIGN_IN, 2, ["签到表", "5月4日", "5月8日"]),
        (Paper.GRADES, 2, ["成绩册", "95%", "优秀", "不合格", "88", "30学时"]),
    ],
)
def test_everybody_is_on_the_paper(world, system, klass, tmp_path, paper, pages, words):
    students(system, world, klass, 25)
    school = system.get(Organization, world.id(Organization, "school"))
    make_student(system, klass, make_person(system, "退班的人", school), status="withdrawn")
    number, text = printed(system, klass, paper, tmp_path)
    assert number == pages
    assert [
        word for word in ["公需科目", "第一期", "郑州培训学院", "共25人", *words] if word not in text
    ] == []
    assert text.count("张三") == 5
    assert text.count("䶮㛃") == 5
    assert "退班的人" not in text
    assert "4101**********" in text or paper is Paper.SIGN_IN


def test_a_long_class_is_signed_for_on_more_pages(world, system, klass, tmp_path):
    klass.end_date = klass.start_date.replace(day=klass.start_date.day + 6)
    students(system, world, klass, 2)
    number, text = printed(system, klass, Paper.SIGN_IN, tmp_path)
    assert number == 2
    assert text.count("张三") == 2
    assert "5月10日" in text


def test_many_students_and_days_are_signed_for_a_span_at_a_time(monkeypatch, world, system, klass, tmp_path):
    klass.end_date = klass.start_date.replace(day=klass.start_date.day + 11)
    students(system, world, klass, 25)
    assert len(class_papers.spans_of(klass, 25)) == 1
    monkeypatch.setattr(class_papers, "MOST_PAGES", 4)
    spans = class_papers.spans_of(klass, 25)
    assert [str(span) for span in spans] == ["5月4日至5月13日", "5月14日至5月15日"]
    with pytest.raises(PaperError, match="签到表共 6 页，一次最多打印 4 页，请在本页按日期分段打印"):
        class_papers.render(system, klass, Paper.SIGN_IN)
    for span, pages in zip(spans, (4, 2), strict=True):
        number, text = printed(system, klass, Paper.SIGN_IN, tmp_path, span)
        assert number == pages
        assert [day for day in span.days if f"{day.month}月{day.day}日" not in text] == []
    assert "5月13日" not in text
    with pytest.raises(PaperError, match="起止日期"):
        class_papers.render(
            system, klass, Paper.SIGN_IN, Span(spans[0].first, klass.end_date.replace(month=6))
        )


def test_a_group_of_days_is_printed_whatever_the_number_of_students(
    monkeypatch, world, system, klass, tmp_path
):
    monkeypatch.setattr(class_papers, "MOST_PAGES", 1)
    students(system, world, klass, 25)
    assert len(class_papers.spans_of(klass, 25)) == 1
    assert printed(system, klass, Paper.SIGN_IN, tmp_path)[0] == 2


def test_a_name_longer_than_its_cell_is_set_smaller_and_at_last_cut(world, system, klass, tmp_path):
    school = system.get(Organization, world.id(Organization, "school"))
    make_grade(system, klass, make_person(system, "甲" * 60, school))
    klass.place = "很长的地点" * 40
    _pages, text = printed(system, klass, Paper.ROSTER, tmp_path)
    assert "甲甲甲" in text
    assert "…" in text


def test_what_cannot_be_printed_is_said(world, system, klass):
    with pytest.raises(PaperError, match="还没有在册学员"):
        class_papers.render(system, klass, Paper.ROSTER)
    school = system.get(Organization, world.id(Organization, "school"))
    make_grade(system, klass, make_person(system, "\U00030edd某", school))
    with pytest.raises(PaperError, match="没有的字符：\U00030edd"):
        class_papers.render(system, klass, Paper.ROSTER)


def test_a_heading_that_cannot_be_printed_is_said(world, system, klass):
    students(system, world, klass, 1)
    klass.name = "\U00030edd班"
    with pytest.raises(PaperError, match="班次、地点或机构名称中有打印字体没有的字符：\U00030edd"):
        class_papers.render(system, klass, Paper.ROSTER)
