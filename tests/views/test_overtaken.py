"""Forms of base data that somebody else was faster with: nothing is overwritten without a word, and nothing typed is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from test_region_periods import given

from models import Announcement, CalendarDay, CreditYear, DictionaryItem, Region, RegionPeriod, Setting

SAVED_ELSEWHERE = "没有保存：您打开本页以后，别处已经保存过修改"


@pytest.fixture
def admin(client_of):
    return client_of("system_admin")


def entry(site, _admin):
    statement = select(DictionaryItem.id).where(DictionaryItem.dictionary_code == "review_comment")
    return f"/admin/dictionary-item/edit/?id={min(site.all(statement))}"


def announcement(site, admin):
    page = admin.get("/admin/announcement/new/")
    admin.send(page, {"title": "停机维护", "body": "今晚停机。"})
    return f"/admin/announcement/edit/?id={max(site.all(select(Announcement.id)))}"


def day(site, admin):
    page = admin.get("/admin/calendar-day/new/")
    admin.send(page, {"first": "2027-05-04", "working": "0", "name": "劳动节", "legal_basis": "放假通知"})
    return f"/admin/calendar-day/edit/?id={site.all(select(CalendarDay.id).where(CalendarDay.name == '劳动节'))[0]}"


def setting(_site, _admin):
    return "/admin/setting/edit/?key=remind_after"


def region(site, _admin):
    return f"/admin/region/edit/?id={site.all(select(Region.id).where(Region.code == '410105'))[0]}"


def year(site, _admin):
    return f"/admin/credit-year/edit/?id={site.all(select(CreditYear.id).where(CreditYear.year == 2026))[0]}"


def period(site, admin):
    [row] = site.all(select(CreditYear).where(CreditYear.year == 2026))
    given(admin, row, "410100", claims_close="2027-02-01")
    statement = select(RegionPeriod.id).where(RegionPeriod.region_code == "410100")
    return f"/admin/credit-year/region/?id={row.id}&region={site.all(statement)[0]}"


FORMS = [
    (entry, "label", "材料缺页。", "材料不清。", "名称"),
    (announcement, "title", "停机一小时", "停机两小时", "标题"),
    (day, "name", "劳动节假期", "五一", "名称"),
    (setting, "value", "4", "5", "待办提醒"),
    (region, "name", "金水新区", "金水城区", "名称"),
    (year, "claims_close", "2027-02-10", "2027-02-11", "申报截止"),
    (period, "claims_close", "2027-02-10", "2027-02-11", "申报截止"),
]


def saved(client, page, changes):
    """Send a form, confirmed where it asks to be."""
    page = client.send(page, changes)
    return client.send(page) if page.status == 200 and "confirmed" in page.form() else page


@pytest.mark.parametrize(("of", "field", "first", "second", "label"), FORMS)
def test_who_saves_second_is_told_and_decides(site, admin, of, field, first, second, label):
    url = of(site, admin)
    mine, theirs = admin.get(url), admin.get(url)
    assert saved(admin, theirs, {field: first}).status == 303
    page = admin.send(mine, {field: second})
    assert page.status == 200
    told = page.messages()
    assert SAVED_ELSEWHERE in told
    assert "您在另一个窗口于 2026-11-2" in told
    assert f"→ {first}" in told
    assert label in told
    assert page.form()[field] == [second]
    assert first in admin.get(url).form()[field][0]  # nothing was written
    assert saved(admin, page, {}).status == 303
    assert admin.get(url).form()[field] == [second]


@pytest.mark.parametrize(("of", "field", "first", "second", "label"), FORMS)
def test_a_form_sent_without_what_it_was_made_from_overwrites_nothing(
    site, admin, of, field, first, second, label
):
    url = of(site, admin)
    page = admin.send(admin.get(url), {field: first, "made_from": None})
    assert SAVED_ELSEWHERE in page.messages()
    assert label in page.messages()
    assert admin.get(url).form()[field] != [first]


def test_somebody_else_is_named_and_the_confirmation_of_a_year_is_looked_at_too(site, admin, client_of):
    url = announcement(site, admin)
    mine = admin.get(url)
    other = client_of("province_admin")
    assert other.send(other.get(url), {"title": "停机一小时"}).status == 303
    assert "于 2026-11-2" in admin.send(mine, {"title": "停机"}).messages()
    assert "您在另一个窗口" not in admin.send(mine, {"title": "停机"}).messages()
    url = year(site, admin)
    shown = admin.send(admin.get(url), {"claims_close": "2027-02-10"})
    assert saved(admin, admin.get(url), {"claims_close": "2027-02-11"}).status == 303
    page = admin.send(shown)
    assert SAVED_ELSEWHERE in page.messages()
    assert page.form()["claims_close"] == ["2027-02-10"]


def test_what_changed_only_elsewhere_or_to_the_same_does_not_stop_a_form(site, admin):
    url = entry(site, admin)
    mine = admin.get(url)
    key = url.partition("=")[2]
    assert admin.post("/admin/dictionary-item/retire/", {"id": key, "day": "2027-01-01"}).status == 303
    assert admin.send(mine, {"label": "材料缺页。"}).status == 303
    assert admin.send(mine, {"label": "材料缺页。"}).status == 303  # typed is what is stored
    site.put(Setting, "digest_hour", value="9")
    assert admin.send(admin.get("/admin/setting/edit/?key=digest_hour"), {"value": "10"}).status == 303
