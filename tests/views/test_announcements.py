"""Announcements with an audience: who finds them where, who read them, and what their author is told."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models import Account, Announcement, AnnouncementRead, JournalEntry, Region
from models.enums import UserType
from services import announcement_board

NEWS, BOARD, READERS = "/admin/announcement", "/admin/news", "/admin/announcement-read"
SOME = {"everyone": "0", "region_code": "410100", "audience": ["person", "employer"]}


@pytest.fixture
def author(client_of):
    return client_of("province_admin")


def written(site, author, **typed):
    """Write an announcement by the form and return its row."""
    page = author.get(f"{NEWS}/new/")
    sent = author.send(page, {"title": "延期通知", "body": "申报截止延长。", **typed})
    assert sent.status == 303, sent
    [row] = site.all(select(Announcement).where(Announcement.title == "延期通知"))
    return row


def key_of(site, name):
    return site.world.id(Announcement, name)


def read(client, key):
    return client.post(f"{BOARD}/read/", {"id": key})


def readers(site, key):
    statement = select(AnnouncementRead.account_id).where(AnnouncementRead.announcement_id == key)
    return sorted(site.all(statement))


def test_an_announcement_reaches_its_audience_and_nobody_else(site, author, client_of):
    row = written(site, author, **SOME)
    for name, reached in (
        ("doctor", True), ("hospital_admin", True), ("company_admin", True), ("teacher", False), ("school_admin", False),
        ("jinshui_admin", False), ("academy_admin", False), ("health_admin", False), ("system_admin", False),
    ):  # fmt: skip
        client = client_of(name)
        assert ("延期通知" in client.get("/admin/").words()) is reached, name
        assert ("延期通知" in client.get(f"{BOARD}/").words()) is reached, name
        assert client.get(f"{BOARD}/details/", id=row.id).status == (200 if reached else 404), name
        assert read(client, row.id).status == (303 if reached else 404), name
        assert "延期通知" not in client.get("/").words()  # the portal is for visitors too
    assert "延期通知" not in client_of("visitor").get("/").words()
    accounts = [site.world.id(Account, name) for name in ("doctor", "hospital_admin", "company_admin")]
    assert readers(site, row.id) == sorted(accounts)


def test_reading_is_written_down_once_and_told_to_the_reader(site, client_of):
    client, key = client_of("nurse"), key_of(site, "for-people")
    assert "致专业技术人员 未读" in client.get("/admin/").words()
    assert "我已阅读" in client.get(f"{BOARD}/details/", id=key).words()  # looking is not reading
    assert readers(site, key) == []
    page = client.follow(read(client, key))
    assert "您于 " in page.words()
    assert "我已阅读" not in page.words()
    assert read(client, key).status == 303
    assert readers(site, key) == [site.world.id(Account, "nurse")]
    assert "致专业技术人员 未读" not in client.get("/admin/").words()
    assert read(client, 0).status == 404


def test_the_author_sees_how_many_of_the_audience_read_it_and_who(site, author, client_of):
    row = written(site, author, **SOME)
    read(client_of("doctor"), row.id)
    with site.session() as session:
        figures = {figure.user_type: figure for figure in announcement_board.figures(session, row)}
    assert set(figures) == {"person", "employer"}
    assert (figures["person"].read, figures["employer"].read) == (1, 0)
    assert figures["person"].audience >= 4  # two of the county's hospital, two of the city's company
    told = author.get(f"{NEWS}/details/", id=row.id)
    assert "个人、单位（郑州市及以下）" in told.words()
    assert f"个人 {figures['person'].audience} 1 {figures['person'].audience - 1}" in told.words()
    assert f"announcement={row.id}" in told.link("查看阅读人")
    listed = author.get(f"{READERS}/", announcement=row.id).words()
    doctor = site.get(Account, "doctor").real_name
    assert doctor in listed
    assert "金水医院" in listed
    hidden = client_of("system_admin").get(f"{READERS}/", announcement=row.id).words()
    assert f"账户 {site.world.id(Account, 'doctor')} 号" in hidden
    assert doctor not in hidden


def test_the_audience_of_an_announcement_is_those_in_its_region_now(site, author):
    row = written(site, author, everyone="0", audience=["person"], region_code="410300")
    with site.session() as session:
        [people] = announcement_board.figures(session, row)
        everywhere = written_figures(session, site)
    assert 0 < people.audience < everywhere["person"]
    assert set(everywhere) == {
        "person",
        "employer",
        "institution",
        "bureau",
        "authority",
        "province",
        "system",
    }


def written_figures(session, site):
    row = session.get(Announcement, key_of(site, "welcome"))
    return {figure.user_type: figure.audience for figure in announcement_board.figures(session, row)}


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"everyone": "0", "audience": []}, "audience", "请选择“面向用户类型”，或改选“所有人”"),
        ({"everyone": "1", "audience": ["person"]}, "audience", "不用选用户类型"),
        ({"everyone": "1", "region_code": "410100"}, "region_code", "不能限于区域"),
        ({"everyone": "0", "audience": ["person"], "region_code": "990000"}, "region_code", "没有这个区域"),
    ],
)
def test_an_audience_that_makes_no_sense_is_refused_at_its_field(site, author, typed, field, sentence):
    page = author.send(author.get(f"{NEWS}/new/"), {"title": "延期通知", "body": "申报截止延长。", **typed})
    assert sentence in page.errors()[field]
    assert page.form()["body"] == ["申报截止延长。"]
    assert not site.all(select(Announcement).where(Announcement.title == "延期通知"))


def test_another_audience_is_journaled_and_taking_down_keeps_it(site, author, client_of):
    row = written(site, author, **SOME)
    page = author.get(f"{NEWS}/edit/?id={row.id}")
    form = page.form()
    assert (form["everyone"], form["audience"], form["region_code"]) == (
        ["0"],
        ["person", "employer"],
        ["410100"],
    )
    assert author.send(page, {"everyone": "1", "audience": [], "region_code": ""}).status == 303
    assert "延期通知" in client_of("visitor").get("/").words()
    told = author.get(f"{NEWS}/details/", id=row.id).words()
    assert "面向所有人：否 → 是" in told
    assert "面向用户类型：个人、单位 → （无）" in told
    assert "限于区域：郑州市 → （无）" in told
    author.send(author.get(f"{NEWS}/edit/?id={row.id}"), SOME)
    author.post(f"{NEWS}/retire/", {"id": row.id})
    assert site.get(Announcement, row.id).audience == {"person", "employer"}
    assert client_of("doctor").get(f"{BOARD}/details/", id=row.id).status == 404
    actions = select(JournalEntry.action).where(JournalEntry.object_type == "announcement")
    assert site.all(actions.order_by(JournalEntry.id)) == ["create", "edit", "edit", "edit"]


@pytest.mark.parametrize(
    "name", ["doctor", "hospital_admin", "academy_admin", "jinshui_admin", "health_admin"]
)
def test_nobody_else_sees_who_read(client_of, name):
    assert client_of(name).get(f"{READERS}/").status == 403


def test_an_abolished_region_stays_with_its_announcement(site, author):
    row = written(site, author, everyone="0", audience=["person"], region_code="410105")
    with site.session() as session:
        session.scalars(select(Region).where(Region.code == "410105")).one().valid_to = dt.date(2026, 11, 1)
    page = author.get(f"{NEWS}/edit/?id={row.id}")
    assert page.form()["region_code"] == ["410105"]
    assert "金水区（已撤销）" in page.words()
    assert author.send(page, {"title": "延期的通知"}).status == 303
    assert site.get(Announcement, row.id).region_code == "410105"


def test_an_abolished_region_is_offered_while_somebody_is_left_in_it(site, author):
    with site.session() as session:
        for region in session.scalars(select(Region).where(Region.code.in_(["410105", "410122"]))):
            region.valid_to = dt.date(2026, 11, 1)
    page = author.get(f"{NEWS}/new/")
    assert "金水区（已撤销）" in page.words()
    assert "410122" not in page.options("region_code")  # nobody is there
    typed = {"title": "又一条", "body": "内容", **SOME, "region_code": "410122"}
    assert "没有单位和人员了" in author.send(page, typed).errors()["region_code"]
    assert author.send(page, {**typed, "region_code": "410105"}).status == 303


@pytest.mark.parametrize(
    "columns",
    [
        {"everyone": False, "audience": frozenset()},
        {"everyone": True, "audience": frozenset({UserType.PERSON})},
        {"everyone": True, "audience": frozenset(), "region_code": "410100"},
    ],
    ids=["nobody", "everybody and some", "everybody somewhere"],
)
def test_the_database_refuses_an_audience_that_says_two_things(system, columns):
    system.add(Announcement(title="通知", body="内容", valid_from=dt.date(2026, 11, 1), **columns))
    with pytest.raises(IntegrityError):
        system.flush()
    system.rollback()
