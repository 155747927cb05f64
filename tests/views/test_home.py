"""Everybody's home page: what waits with its way there, the year as a chart with its table, what was decided."""

from __future__ import annotations

import datetime as dt

import pytest
from factories import make_claim
from site_client import ROLES
from test_speed import cost, told

from models import Announcement, Claim, CreditYear, HourRule, Organization, Person

NOON = dt.datetime(2026, 11, 24, 4, tzinfo=dt.UTC)  # of the day the site stands still at
INSIDE = [role for role in ROLES if role != "visitor"]
LATER = NOON.replace(year=2036)  # than whatever the world holds
STATEMENTS = {"doctor": 8, "hospital_admin": 6, "jinshui_admin": 6, "system_admin": 8, "academy_admin": 5}
HEADINGS = {
    "person": ["待办事项", "我的 2026 年度", "最近办理结果", "通知公告"],
    "employer": ["待办事项", "2026 年度完成情况", "最近办理", "通知公告"],
    "institution": ["待办事项", "您可以办理", "通知公告"],
    "bureau": ["待办事项", "2026 年度完成情况", "最近办理", "通知公告"],
    "authority": ["待办事项", "2026 年度完成情况", "通知公告"],
    "province": ["待办事项", "2026 年度完成情况", "通知公告"],
    "system": ["待办事项", "需要处理", "基础数据", "通知公告"],
}


def text_of(elements):
    return [" ".join(element.text_content().split()) for element in elements]


def cards(page):
    """Return label, count, waiting time and address of each thing that waits."""
    return [
        (
            *(
                text_of(card.xpath(f"./*[contains(@class, '{part}')]"))[0]
                for part in ("label", "count", "since")
            ),
            card.get("href"),
        )
        for card in page.tree.xpath("//a[contains(@class, 'todo')]")
    ]


def table(page):
    """Return the rows of the year's table as text."""
    return [text_of(row.xpath("./th | ./td")) for row in page.tree.xpath("//*[@data-chart]//table//tr")]


@pytest.mark.parametrize("role", INSIDE)
def test_a_role_finds_its_parts_in_their_order(client_of, role):
    page = client_of(ROLES[role]).get("/admin/")
    assert page.status == 200
    assert text_of(page.tree.xpath("//main//h2")) == HEADINGS[role]


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_home_page_costs_a_fixed_number_of_statements(site, client_of, name):
    _page, asked = cost(site, client_of(name), "/admin/")
    assert len(asked) == STATEMENTS[name], told(asked)


# ---------------------------------------------------------------- what waits
def test_what_waits_leads_to_a_list_of_as_many_rows(client_of):
    for name in ("doctor", "hospital_admin", "jinshui_admin"):
        client = client_of(name)
        found = cards(client.get("/admin/"))
        assert found
        for label, count, _since, url in found:
            page = client.get(url)
            assert page.status == 200, label
            if "notice" in url or "account-review" in url:
                continue  # these lists show what is done with as well
            number = int(count.removesuffix(" 条"))
            assert len(page.tree.xpath("//tbody/tr[.//a | .//input]")) == number, label


def test_the_oldest_is_said_in_days_and_an_empty_queue_is_praised(site, client_of):
    moment = dt.datetime.now(dt.UTC)  # moments go on where the day stands still
    for name in ("doctor-submitted", "doctor-accepted", "nurse-submitted"):
        site.put(Claim, name, status_since=moment)
    [_review, _transfers, _corrections, public, specialty, *_] = cards(
        client_of("hospital_admin").get("/admin/")
    )
    assert public[:3] == ("其它继续教育形式申报（公需）", "3 条", "最早已等 1 小时以内")
    assert specialty[:3] == ("其它继续教育形式申报（专业）", "0 条", "没有积压")
    site.put(Claim, "nurse-submitted", status_since=moment - dt.timedelta(days=12, hours=3))
    [_review, _transfers, _corrections, public, *_] = cards(client_of("hospital_admin").get("/admin/"))
    assert public[2] == "最早已等 12 天 已满 3 个工作日"


# ---------------------------------------------------------------- the year
def test_a_person_reads_the_year_in_a_table_and_starts_from_there(site, client_of):
    client = client_of("nurse")
    page = client.get("/admin/")
    assert table(page) == [
        ["学时", "已认定", "审核中", "应修", "还差"],
        ["公需", "0", "20", "30", "30"],
        ["专业", "0", "0", "60", "60"],
        ["合计", "0", "20", "90", "90"],
    ]
    links = text_of(page.tree.xpath("//*[contains(@class, 'year-links')]/a"))
    assert links == ["申报继续教育信息", "查看全部年度"]
    page = client.get("/admin/", year="2025")
    assert "我的 2025 年度" in page.words()
    assert "已完成" in text_of(
        page.tree.xpath("//section[@aria-labelledby='year-title']//*[contains(@class, 'badge')]")
    )


def test_an_office_reads_the_year_by_group(client_of):
    page = client_of("zhengzhou_admin").get("/admin/", year="2025")
    assert table(page) == [
        ["区县", "人数", "已完成", "未完成", "完成率"],
        ["郑州市", "2", "1", "1", "50%"],
        ["金水区", "2", "1", "1", "50%"],
        ["合计", "4", "2", "2", "50%"],
    ]
    assert "在职 4 人，已完成 2 人，完成率 50%，未完成 2 人。" in page.words()
    assert page.link("查看每个人的学时").endswith("credit_year=2025")


@pytest.mark.parametrize(
    ("asked", "shown"), [("2025", "2025"), ("2026", "2026"), ("1998", "2026"), ("x", "2026")]
)
def test_only_this_year_and_the_last_are_offered(client_of, asked, shown):
    page = client_of("jinshui_admin").get("/admin/", year=asked)
    assert text_of(page.tree.xpath("//nav[@aria-label='年度']//a")) == ["2026", "2025"]
    assert text_of(page.tree.xpath("//nav[@aria-label='年度']//a[@aria-current]")) == [shown]
    assert f"{shown} 年度完成情况" in page.words()


def test_a_chart_is_drawn_from_its_table_and_hidden_from_who_hears_it(client_of):
    page = client_of("doctor").get("/admin/")
    [pair] = page.tree.xpath("//*[@data-chart]")
    [canvas] = pair.xpath(".//*[@data-canvas]")
    assert canvas.get("aria-hidden") == "true"
    assert "hidden" in canvas.attrib
    assert pair.xpath(".//th/@data-series") == ["done", "review", "target"]
    for cell in pair.xpath(".//td[@data-value]"):
        assert float(cell.get("data-value")) == float(cell.text_content())
    assert pair.xpath("count(.//caption)") == 1


def test_only_a_page_with_a_chart_loads_the_charts(client_of):
    for name, url, charts in (
        ("doctor", "/admin/", True),
        ("jinshui_admin", "/admin/", True),
        ("system_admin", "/admin/", False),
        ("doctor", "/admin/claim/", False),
        ("doctor", "/admin/help/", False),
    ):
        page = client_of(name).get(url)
        loaded = [address for address in page.tree.xpath("//script/@src") if "chart" in address]
        assert bool(loaded) == charts, (name, url)


# ---------------------------------------------------------------- decisions, base data, announcements
def test_a_person_sees_what_became_of_his_claims_and_why(site, client_of):
    site.put(Claim, "doctor-rejected", status_since=LATER)
    site.put(Claim, "doctor-revoked", status_since=LATER - dt.timedelta(minutes=5))
    page = client_of("doctor").get("/admin/")
    rows = text_of(page.tree.xpath("//a[contains(@class, 'recent')]"))
    assert len(rows) == 6
    assert rows[0] == "doctor-rejected 不通过 2036-11-24 12:00 材料不全"
    assert rows[1] == "doctor-revoked 已撤销 2036-11-24 11:55 材料不实"


def test_an_office_sees_its_last_batches(client_of):
    page = client_of("jinshui_admin").get("/admin/")
    [row] = page.tree.xpath("//a[contains(@class, 'recent')]")
    assert text_of([row])[0].startswith("继续教育信息：通过 已办理 1 条")
    assert client_of("jinshui_admin").get(row.get("href")).status == 200


def test_the_system_administrator_sees_what_needs_care(site, client_of):
    client = client_of("system_admin")
    page = client.get("/admin/")
    care = text_of(page.tree.xpath("//section[@aria-labelledby='care-title']//a"))
    pending = len(site.all(HourRule.__table__.select().where(HourRule.confirmed.is_(False))))
    assert care[0] == f"{pending} 条学时规则待核定，暂按候选标准计算学时"
    counts = text_of(page.tree.xpath("//ul[@class='tiles']//a"))
    assert "字典项" in " ".join(counts)
    for url in page.tree.xpath("//section[@aria-labelledby='care-title']//a/@href"):
        assert client.get(url).status == 200
    site.put(CreditYear, "2026", claims_close=CreditYear.__table__.c.claims_open)
    care = client.get("/admin/").words()
    assert "2026 年度的申报现在没有开放（2026-01-01 至 2026-01-01）" in care


def test_what_others_typed_is_text(site, client_of):
    script = "<script>alert(1)</script>"
    site.put(Announcement, "welcome", title=script, body=script)
    site.put(Organization, "hospital", name=script)
    site.put(Claim, "doctor-returned", title=script, reason=script)
    for name in ("doctor", "jinshui_admin"):
        page = client_of(name).get("/admin/")
        assert script in page.tree.xpath("string(//main)")
        assert script not in page.text


def test_the_chart_s_names_are_text_too(site, client_of):
    site.put(Organization, "hospital", name="\"><b data-value='9'>")
    page = client_of("jinshui_admin").get("/admin/", year="2025")
    assert table(page)[1][0] == "\"><b data-value='9'>"
    assert page.tree.xpath("//table//b") == []


def test_more_people_do_not_cost_more_statements(site, client_of):
    _page, few = cost(site, client_of("hospital_admin"), "/admin/")
    with site.session() as session:
        person = session.get(Person, site.world.id(Person, "doctor"))
        for _ in range(30):
            make_claim(session, person, status="submitted")
    _page, many = cost(site, client_of("hospital_admin"), "/admin/")
    assert len(few) == len(many), told(many)
