"""工作日历 in the browser: a holiday entered as one span, days changed one by one, what is odd refused at its field."""

from __future__ import annotations

import datetime as dt

import pytest
from site_client import ROLES
from sqlalchemy import func, select

from models import CalendarDay, JournalEntry
from seed.base import seed_base

URL = "/admin/calendar-day"
SPRING = {
    "first": "2027-02-05", "last": "2027-02-11", "working": "0", "name": "春节", "legal_basis": "测试通知",
}  # fmt: skip


@pytest.fixture
def admin(client_of):
    return client_of("system_admin")


def days(site, year):
    span = CalendarDay.day.between(dt.date(year, 1, 1), dt.date(year, 12, 31))
    return {row.day: row for row in site.all(select(CalendarDay).where(span).order_by(CalendarDay.day))}


def test_a_holiday_is_entered_as_one_span_and_its_weekend_left_out(site, admin):
    assert "2027 年还没有登记放假和调休" in admin.get(f"{URL}/").words()
    added = admin.send(admin.get(f"{URL}/new/"), SPRING)
    assert added.status == 303
    assert [day.isoformat() for day in days(site, 2027)] == [
        "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10", "2027-02-11",
    ]  # fmt: skip
    worked = {"first": "2027-02-13", "last": "", "working": "1", "name": "春节调休"}
    assert admin.send(admin.get(f"{URL}/new/"), {**SPRING, **worked}).status == 303
    page = admin.get(f"{URL}/", year="2027").words()
    assert "2027-02-13 周六上班春节调休测试通知" in page
    assert "2027-02-11 周四放假春节" in page
    assert "2027 年还没有登记" not in page
    entries = site.all(
        select(JournalEntry).where(JournalEntry.object_type == "calendar_day").order_by(JournalEntry.id)
    )
    assert len(entries) == 6
    assert "是否上班" in admin.get("/admin/journal/details/", id=entries[0].id).words()
    assert entries[0].details == {"label": "2027-02-05 春节", "changes": {"是否上班": ["", "放假"]}}


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"first": ""}, "first", "请填写“第一天”"),
        ({"first": "春节"}, "first", "请按 2026-01-31 的形式填写日期"),
        ({"last": "2027-02-04"}, "last", "“最后一天”不能早于第一天 2027-02-05"),
        ({"last": "2027-12-11"}, "last", "一次最多登记 31 天"),
        ({"first": "2029-01-01", "last": ""}, "last", "最多登记到 2028-12-31"),
        ({"name": " "}, "name", "请填写“名称”"),
        ({"legal_basis": "长" * 201}, "legal_basis", "“依据”最多 200 个字"),
        ({"working": None}, "working", "请选择放假或上班"),
        ({"first": "2027-02-06", "last": "2027-02-07"}, "first", "周六、周日，本来就放假"),
        ({"last": "2027-02-05", "working": "1"}, "first", "周一至周五，本来就上班"),
        ({"first": "2026-10-01", "last": "2026-10-03"}, "first", "2026-10-01（国庆节，放假）"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_kept(site, admin, typed, field, sentence):
    before = site.all(select(func.count(CalendarDay.id)))
    page = admin.send(admin.get(f"{URL}/new/"), {**SPRING, **typed})
    assert page.status == 200
    assert sentence in page.errors()[field]
    assert page.form()["name"] == [typed.get("name", "春节")]
    assert site.all(select(func.count(CalendarDay.id))) == before


def test_a_day_is_changed_and_files_leave_it_alone(site, admin):
    row = days(site, 2026)[dt.date(2026, 10, 10)]
    page = admin.get(f"{URL}/edit/?id={row.id}")
    assert page.form()["working"] == ["1"]
    assert admin.send(page, {"name": ""}).errors()["name"] == "请填写“名称”"
    assert admin.send(page, {"working": "0", "legal_basis": "省厅通知"}).status == 303
    told = admin.get(f"{URL}/details/", id=row.id).words()
    assert "是否上班：上班 → 放假" in told
    assert "省厅通知" in told
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.updated]
    assert days(site, 2026)[dt.date(2026, 10, 10)].working is False
    assert admin.send(admin.get(f"{URL}/edit/?id={row.id}")).status == 303
    edits = site.all(select(JournalEntry.action).where(JournalEntry.object_type == "calendar_day"))
    assert edits == ["edit"], "nothing changed, nothing noted"


@pytest.mark.parametrize("role", [role for role in ROLES if role != "system"])
def test_nobody_else_keeps_the_calendar(site, client_of, role):
    client, row = client_of(ROLES[role]), days(site, 2026)[dt.date(2026, 10, 10)]
    for url, typed in ((f"{URL}/new/", SPRING), (f"{URL}/edit/?id={row.id}", {**SPRING, "working": "0"})):
        assert client.post(url, typed).status == (302 if role == "visitor" else 403)
    assert not days(site, 2027)
    assert days(site, 2026)[dt.date(2026, 10, 10)].working is True
