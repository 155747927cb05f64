"""统计分析 over HTTP: every number that is a link leads to a list of just so many rows, and every table comes as Excel."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from factories import make_account, make_change
from site_client import XLSX
from sqlalchemy import select
from workbooks import cells, sheets

from models import Account, Organization, OrganizationChange, Region

READERS = ("province_admin", "zhengzhou_admin", "health_admin", "hospital_admin")
REGIONS = {
    "province_admin": ("410100", "410300", "410105"), "zhengzhou_admin": ("410100", "410105"),
    "health_admin": ("410100", "410300", "410105"),
}  # fmt: skip
"""Who may look at a region alone, and at which."""
TABS = ("", "hours/", "waiting/")
YESTERDAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize("who", READERS)
def test_a_number_that_is_a_link_leads_to_just_so_many_rows(client_of, who):
    every_link_leads_to_its_rows(client_of(who), REGIONS.get(who, ()))


@pytest.mark.parametrize("who", READERS)
def test_so_it_does_where_regions_were_merged(site, client_of, who):
    """The hospital's county went into another of its city, Jiyuan into a county of Luoyang."""
    client = client_of(who)
    if who == "province_admin":
        assert lines(client) == {"郑州市": 4, "洛阳市": 2, "省直辖县级行政区划": 2}
    for code, into in (("410105", "410102"), ("419001", "410302")):
        [key] = site.all(select(Region.id).where(Region.code == code))
        site.put(Region, key, valid_to=YESTERDAY, merged_into=into)
    if who == "province_admin":
        assert lines(client) == {"郑州市": 4, "洛阳市": 4}
        assert lines(client, region="410100") == {"郑州市（本级）": 2, "中原区": 2}
        assert lines(client, region="410300") == {"洛阳市（本级）": 2, "老城区": 2}
    every_link_leads_to_its_rows(client, REGIONS.get(who, ()))


def lines(client, **query):
    """Return how many people each line of the table of regions counts."""
    table = "//table[thead//th[normalize-space()='区域']]"
    rows = client.get("/admin/statistics/", **query).tree.xpath(f"{table}/tbody/tr")
    return {row[0].text_content().strip(): int(row[1].text_content()) for row in rows}


def every_link_leads_to_its_rows(client, regions):
    followed = 0
    for tab in (*TABS, *(f"?region={code}" for code in regions), "?year=2025"):
        page = client.get(f"/admin/statistics/{tab}")
        assert page.status == 200
        for link in page.tree.xpath("//td/a"):
            wanted = link.text_content().strip()
            shown = client.get(link.get("href"))
            (count,) = shown.tree.xpath("//div[@class='text-secondary num']")
            assert re.sub(r"\D", "", count.text_content()) == re.sub(r"\D", "", wanted), (
                tab,
                link.get("href"),
            )
            followed += 1
    assert followed > 5


def links_of(page, stage):
    """Return what the numbers of a stage say and where they lead, those of all offices first."""
    cells = page.tree.xpath(f"//tr[th='{stage}' or td[1]='{stage}']/td[position() <= 2 and @class][1]")
    return [(cell.text_content().strip(), cell.xpath("string(a/@href)")) for cell in cells]


@pytest.mark.parametrize("who", ["province_admin", "zhengzhou_admin"])
@pytest.mark.parametrize(
    ("stage", "grid", "model", "name"),
    [
        ("账户待审核", "account-review", Account, "clinic_admin"),
        ("机构信息变更待审核", "organization-change", OrganizationChange, "academy"),
    ],
)
def test_what_waits_at_other_offices_is_listed_and_looked_at_but_not_decided(
    site, client_of, who, stage, grid, model, name
):
    with site.session() as session:  # so that more than one office is concerned, neither of them the reader's
        for office, change in (("hospital", "jinshui"), ("company", "luoyang")):
            rows = (session.get(Organization, site.world.id(Organization, key)) for key in (office, change))
            organization, approver = rows
            make_change(session, organization).approver_id = approver.id
            make_account(session, organization=organization, status="pending", approver_id=approver.id)
    client = client_of(who)
    page = client.get("/admin/statistics/waiting/")
    together, *offices = links_of(page, stage)
    assert all(url for _count, url in (together, *offices)), (together, offices)
    assert int(together[0]) >= sum(int(count) for count, _url in offices) > 1, (
        "at most twenty lines are shown"
    )
    for count, url in (together, *offices):
        shown = client.get(url)
        assert len(shown.tree.xpath("//tbody/tr")) == int(count), url
    key = site.world.id(model, name)
    site.put(model, name, approver_id=site.world.id(Organization, "jinshui"))
    details = client.get(f"/admin/{grid}/details/", id=key)
    assert details.status == 200
    assert "审核机构 金水区人社局" in details.words()
    assert not details.tree.xpath("//main//button[@value='approve']")
    listed = client.get(f"/admin/{grid}/", status="pending").tree.xpath("//tbody/tr//a/@href")
    assert not any(f"id={key}" in url for url in listed), "one's own list is of one's own office"


def test_what_is_decided_at_another_office_is_no_business_of_the_queue(site, client_of):
    key = site.world.id(Account, "nurse_rejected")
    assert client_of("jinshui_admin").get("/admin/account-review/details/", id=key).status == 200
    assert client_of("zhengzhou_admin").get("/admin/account-review/details/", id=key).status == 404


@pytest.mark.parametrize(("who", "told"), [("zhengzhou_admin", True), ("hospital_admin", False)])
def test_numbers_without_rows_to_look_at_are_said_to_be_such(client_of, who, told):
    page = client_of(who).get("/admin/statistics/waiting/")
    bare = [count for count, url in links_of(page, "申报待单位审核") if not url]
    assert bool(bare) is told
    assert ("您只能看到件数" in page.words()) is told


@pytest.mark.parametrize("who", READERS)
def test_every_table_comes_as_a_workbook_with_the_lines_of_the_page(client_of, who):
    client = client_of(who)
    for tab in TABS:
        page = client.get(f"/admin/statistics/{tab}")
        for link in page.tree.xpath("//a[contains(@href, '/statistics/export/')]/@href"):
            answer = client.get(link)
            assert answer.headers["Content-Type"] == XLSX, link
            assert len(sheets(answer.data)) == 2
    assert client.get("/admin/statistics/export/?table=nothing").status == 404


def test_a_city_is_looked_into_and_left_again(client_of):
    client = client_of("province_admin")
    page = client.get("/admin/statistics/")
    (city,) = page.tree.xpath("//th/a[text()='郑州市']/@href")
    inside = client.get(city)
    assert "只看：郑州市" in inside.words()
    assert "返回全部区域" in inside.words()


@pytest.mark.parametrize("who", READERS)
@pytest.mark.parametrize("page", ["", "hours/"])
def test_every_year_of_the_table_of_years_is_offered_and_looked_into(client_of, who, page):
    client = client_of(who)
    offered = client.get(f"/admin/statistics/{page}").tree.xpath("//nav[@class='year-nav']//a")
    urls = {link.text_content(): link.get("href") for link in offered}
    listed = client.get("/admin/statistics/").tree.xpath("//*[@aria-labelledby='year-title']//tbody/tr/th")
    assert len(listed) > 1
    assert {head.text_content() for head in listed} <= set(urls)
    for year in ("2026", "1998"):
        shown = client.get(urls[year])
        assert f"{year} 年度" in shown.words()
        assert shown.tree.xpath("//nav[@class='year-nav']//a[@aria-current]")[0].text_content() == year
    (link,) = client.get("/admin/statistics/").tree.xpath(
        "//*[@aria-labelledby='year-title']//tbody/tr[3]/th/a"
    )
    assert "2024 年度：在职" in client.get(link.get("href")).words()


NOWHERE = "没有您所要的区域的统计"
NEVER = "没有您所要的年度的统计。可以选择 1998 至 2026 年度。"


@pytest.mark.parametrize(
    ("who", "query", "said"),
    [
        ("province_admin", "year=2023", ""),
        ("province_admin", "year=", ""),
        ("province_admin", "year=2030", NEVER),
        ("province_admin", "year=1900", NEVER),
        ("province_admin", "year=二〇二三", NEVER),
        ("province_admin", "year=02023", NEVER),
        ("province_admin", "region=410100", ""),
        ("province_admin", "region=", ""),
        ("province_admin", "region=999999", NOWHERE),
        ("province_admin", "region=' OR 1=1", NOWHERE),
        ("zhengzhou_admin", "region=410105", ""),
        ("zhengzhou_admin", "region=410300", NOWHERE),  # another city's
        ("hospital_admin", "region=410100", NOWHERE),
    ],
)
@pytest.mark.parametrize("page", ["?", "hours/?", "export/?table=kind&"])
def test_an_unknown_year_or_region_is_never_answered_with_other_numbers(client_of, who, page, query, said):
    client = client_of(who)
    answer = client.get(f"/admin/statistics/{page}{query}")
    assert answer.status == (404 if said else 200)
    if said:
        assert said in answer.words()
        assert client.get(answer.tree.xpath("//*[@class='empty']//a[1]/@href")[0]).status == 200


def test_what_waits_is_said_to_be_of_every_year_and_region(client_of):
    client, said = client_of("province_admin"), "不分年度和区域"
    assert said in client.get("/admin/statistics/waiting/", region="410100").words()
    assert said not in client.get("/admin/statistics/waiting/").words()


def test_what_is_not_counted_yet_is_said(client_of):
    assert "此后的变动正在汇总" in client_of("hospital_admin").get("/admin/statistics/").words(), (
        "an employer is marked"
    )


TRAINING = "/admin/training-statistics/"
TRAINERS = ("academy_admin", "zhengzhou_admin", "luoyang_admin", "province_admin", "health_admin")


@pytest.mark.parametrize("who", TRAINERS)
def test_a_number_of_training_leads_to_just_so_many_rows(client_of, who):
    client = client_of(who)
    followed = set()
    page = client.get(TRAINING)
    for link in page.tree.xpath("//td/a"):
        shown = client.get(link.get("href"))
        (count,) = shown.tree.xpath("//div[@class='text-secondary num']")
        wanted = link.text_content().strip()
        assert re.sub(r"\D", "", count.text_content()) == wanted, link.get("href")
        followed.add(link.get("href").split("/")[2])
    assert {"training-class", "enrollment"} <= followed


@pytest.mark.parametrize("who", TRAINERS)
def test_the_tables_of_training_come_as_workbooks(client_of, who):
    client = client_of(who)
    page = client.get(TRAINING)
    links = page.tree.xpath("//a[contains(@href, '/export/')]/@href")
    assert len(links) == 2
    for link in links:
        answer = client.get(link)
        assert answer.headers["Content-Type"] == XLSX
        head, *lines = cells(answer.data)
        assert head[1:4] == ["培训班", "在册人次", "合格以上"]
        assert lines[-1][0] == "合计"
        assert sum(int(line[1]) for line in lines[:-1]) == int(lines[-1][1])
    assert client.get(f"{TRAINING}export/?table=nothing").status == 404


@pytest.mark.parametrize("page", ["", "export/?table=months&"])
def test_training_of_a_year_there_is_not_is_no_other_years(client_of, page):
    client, start = client_of("academy_admin"), "" if page else "?"
    assert client.get(f"{TRAINING}{page}{start}year=2019").status == 200
    unknown = client.get(f"{TRAINING}{page}{start}year=2031")
    assert unknown.status == 404
    assert NEVER in unknown.words()


@pytest.mark.parametrize("month", ["202613", "999999999999", "0", "x"])
def test_a_month_that_is_none_finds_nothing_and_says_so(client_of, month):
    page = client_of("academy_admin").get("/admin/training-class/", ended=month)
    assert page.status == 200
    assert "没有符合条件的记录" in page.words()


def test_hours_and_pass_rate_are_drawn_from_the_table_beside_them(client_of):
    page = client_of("academy_admin").get(TRAINING)
    pairs = page.tree.xpath("//*[@data-chart]")
    assert len(pairs) == 2
    for pair in pairs:
        assert pair.xpath(".//*[@data-canvas]/@data-canvas") == ["", "rate", "hours"]
        heads = pair.xpath(".//thead//th")
        assert [head.get("data-series") for head in heads][3:] == ["done", "missing", "rate", "hours"]
        for row in pair.xpath(".//tbody/tr"):
            figures = [cell.get("data-value") for cell in row.xpath("./*")[3:]]
            assert all(float(figure) >= 0 for figure in figures)
        (line, *_rest) = pair.xpath(".//tfoot/tr")
        rate, hours = line.xpath("./td")[-2:]
        assert f"{float(rate.get('data-value')):.1f}%" == rate.text_content()
        assert float(hours.get("data-value")) == float(hours.text_content().replace(",", ""))


def test_classes_can_be_listed_without_the_cancelled_ones(client_of):
    client = client_of("academy_admin")
    words = client.get("/admin/training-class/", status="held").words()
    assert "class-cancelled" not in words
    assert "class-planned" in words
    assert "class-cancelled" in client.get("/admin/training-class/", status="cancelled").words()
