"""并入 of 行政区划: asked on its page or by workbook, told by every label, and counted by lists; nobody's responsibility moves."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from sqlalchemy import select
from workbooks import cells, workbook

from models import JournalEntry, Organization, Person, Region
from seed.base import seed_base
from services import picking, reading

REGION = "/admin/region"
TODAY, YESTERDAY = "2026-11-24", dt.date(2026, 11, 23)
JINSHUI, ZHONGYUAN, ERQI, LAOCHENG = "410105", "410102", "410103", "410302"
HEAD = ["区划代码", "名称", "级别", "上级区划", "启用日期", "有效期至", "并入"]


@pytest.fixture
def admin(client_of):
    return client_of("system_admin")


def region(site, code):
    return site.all(select(Region).where(Region.code == code))[0]


def form_of(admin, site, code):
    return admin.get(f"{REGION}/merge/?id={region(site, code).id}")


def merge(admin, site, code, into, day=TODAY, reason=""):
    return admin.send(form_of(admin, site, code), {"into": into, "day": day, "reason": reason})


def told(admin, site, code):
    return admin.get(f"{REGION}/details/", id=region(site, code).id).words()


def actions(site):
    rows = select(JournalEntry.action).where(JournalEntry.object_type == "region")
    return site.all(rows.order_by(JournalEntry.id))


def stored(site, code):
    row = region(site, code)
    return row.valid_to, row.merged_into


def ended(site, code, into=None, day=YESTERDAY):
    site.put(Region, region(site, code).id, valid_to=day, merged_into=into)


# ---------------------------------------------------------------- on its page
def test_a_county_is_merged_and_comes_back(site, admin):
    assert "并入另一区划" in told(admin, site, JINSHUI)
    page = merge(admin, site, JINSHUI, ZHONGYUAN, reason="民函〔2026〕2 号")
    assert "已登记并入" in admin.follow(page).messages()
    assert stored(site, JINSHUI) == (YESTERDAY, ZHONGYUAN)
    words = told(admin, site, JINSHUI)
    assert "合并" not in words
    journal = admin.get("/admin/journal/", object_type="region")
    assert "并入" in journal.tree.xpath("string(//main//tbody)")
    assert "合并 / 并入" in journal.words(), "what is asked for by its action"
    for sentence in (
        "自 2026-11-24 起并入中原区：",
        "并入：（无） → 410102 中原区",
        "有效期至：（无） → 2026-11-23",
        "依据：民函〔2026〕2 号",
        "撤销和并入都不会移动单位和人员，审批机构和管辖范围也不变",
    ):
        assert sentence in words, sentence
    assert "并入本区划的：金水区。" in told(admin, site, ZHONGYUAN)
    assert "金水区（已并入“中原区”）" in told(admin, site, "410100")
    assert "中原区" in admin.get(f"{REGION}/", search="金水").words()
    with site.session() as session:
        assert not [line for line in seed_base(session) if line.updated]
    admin.post(f"{REGION}/restore/", {"id": region(site, JINSHUI).id})
    assert stored(site, JINSHUI) == (None, None)
    assert "并入：410102 中原区 → （无）" in told(admin, site, JINSHUI)
    assert actions(site) == ["merge", "restore"]


def test_abolishing_a_merged_one_says_that_nothing_stands_for_it(site, admin):
    merge(admin, site, JINSHUI, ZHONGYUAN, day="2026-12-31")
    admin.post(f"{REGION}/retire/", {"id": region(site, JINSHUI).id, "day": TODAY})
    assert stored(site, JINSHUI) == (YESTERDAY, None)


def test_an_abolished_one_is_merged_afterwards_from_its_own_day_on_and_into_another(site, admin):
    ended(site, JINSHUI, day=dt.date(2020, 12, 31))
    ended(site, ERQI, day=dt.date(2024, 12, 31))
    page = form_of(admin, site, JINSHUI)
    assert page.form()["day"] == ["2021-01-01"]
    assert ERQI in page.options("into"), "in force then, abolished since"
    assert admin.send(page, {"into": ERQI}).status == 303
    assert stored(site, JINSHUI) == (dt.date(2020, 12, 31), ERQI)
    page = form_of(admin, site, JINSHUI)
    assert page.form()["into"] == [ERQI]
    assert "改为并入另一区划" in told(admin, site, JINSHUI)
    admin.send(page, {"into": ZHONGYUAN})
    assert stored(site, JINSHUI) == (dt.date(2020, 12, 31), ZHONGYUAN)
    assert "并入：410103 二七区 → 410102 中原区" in told(admin, site, JINSHUI)


@pytest.mark.parametrize(
    ("code", "typed", "field", "sentence"),
    [
        (JINSHUI, {"into": ""}, "into", "请选择“并入的区划”"),
        (JINSHUI, {"into": "999999"}, "into", "没有这个区划"),
        (JINSHUI, {"into": JINSHUI}, "into", "不能并入本区划或其下级"),
        (JINSHUI, {"into": "410000"}, "into", "只能并入本省的市或区县"),
        (JINSHUI, {"into": "420102"}, "into", "只能并入本省的市或区县"),
        (JINSHUI, {"into": "410104"}, "into", "在 2026-11-24 不是现行区划"),  # abolished
        (JINSHUI, {"into": "410106"}, "into", "在 2026-11-24 不是现行区划"),  # merged itself from a later day on
        (JINSHUI, {"into": "410108", "day": "2027-01-01"}, "into", "在 2027-01-01 不是现行区划"),  # begins later
        (JINSHUI, {"day": "明天"}, "day", "请填写“自哪天起撤销”"),
        (ERQI, {"day": "2020-01-01"}, "day", "撤销须晚于设立日期 2020-01-01"),
        ("411100", {"into": "411002"}, "into", "市级区划只能并入市级区划"),
        ("411100", {"into": "411102"}, "into", "不能并入本区划或其下级"),
    ],
)  # fmt: skip
def test_a_merger_that_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(
    site, admin, code, typed, field, sentence
):
    ended(site, "410104")
    ended(site, "410106", ZHONGYUAN, dt.date(2027, 12, 31))
    site.put(Region, region(site, "410108").id, valid_from=dt.date(2027, 1, 2))
    site.put(Region, region(site, ERQI).id, valid_from=dt.date(2020, 1, 1))
    for key in site.all(select(Region.id).where(Region.parent_code == "411100")):
        site.put(Region, key, valid_to=YESTERDAY)
    before = stored(site, code)
    typed = {"into": ZHONGYUAN, "day": TODAY, "reason": "某号", **typed}
    page = admin.send(form_of(admin, site, code), typed)
    assert page.status == 200
    assert sentence in page.errors()[field]
    assert page.form()["reason"] == ["某号"]
    assert page.form()["day"] == [typed["day"]]
    assert stored(site, code) == before
    assert actions(site) == []


def test_a_city_with_counties_in_force_is_refused_and_without_them_merged(site, admin):
    page = merge(admin, site, "411100", "411000")
    assert "“漯河市”下还有" in page.messages()
    assert "个区划没有撤销，请先办理下级" in page.messages()
    for key in site.all(select(Region.id).where(Region.parent_code == "411100")):
        site.put(Region, key, valid_to=YESTERDAY)
    offered = form_of(admin, site, "411100").options("into")
    assert "411000" in offered
    assert not [code for code in offered if code and not code.endswith("00")]
    assert merge(admin, site, "411100", "411000").status == 303
    assert stored(site, "411100") == (YESTERDAY, "411000")


def test_a_province_is_merged_into_nothing(site, admin):
    page = merge(admin, site, "410000", "410100")
    assert "省级区划不在这里撤销" in page.messages()
    assert "并入另一区划" not in told(admin, site, "410000")


def test_a_chain_is_followed_and_what_stands_for_it_may_end_too(site, admin):
    merge(admin, site, JINSHUI, ZHONGYUAN)
    merge(admin, site, ZHONGYUAN, ERQI)
    assert "不是现行区划" in merge(admin, site, "410104", ZHONGYUAN).errors()["into"]
    admin.post(f"{REGION}/retire/", {"id": region(site, ERQI).id, "day": TODAY})
    assert [stored(site, code)[1] for code in (JINSHUI, ZHONGYUAN, ERQI)] == [ZHONGYUAN, ERQI, None]
    with site.session() as session:
        labels = dict(reading.regions_within(session, ("410100", "410200")))
    assert [labels[code].strip() for code in (JINSHUI, ZHONGYUAN, ERQI)] == [
        "金水区（已并入“中原区”）", "中原区（已并入“二七区”）", "二七区（已撤销）",
    ]  # fmt: skip


# ---------------------------------------------------------------- labels, lists, and who answers
def test_a_merged_county_says_so_where_it_is_named_and_is_found_by_the_other(site, admin, client_of):
    city, province, hospital = (
        client_of(name) for name in ("zhengzhou_admin", "province_admin", "hospital_admin")
    )
    name = site.get(Person, site.world.id(Person, "doctor")).name
    lists = [f"/admin/{name}/" for name in ("person", "claim", "year-summary", "ledger", "certificate")]
    before = {url: rows(province, url, JINSHUI) for url in lists}
    assert all(before.values())
    assert [rows(province, url, ERQI) for url in lists] == [0] * len(lists)
    merge(admin, site, JINSHUI, ZHONGYUAN, day="2026-11-25")
    assert [rows(province, url, ZHONGYUAN) for url in lists] == [0] * len(lists), "not before its day"
    merge(admin, site, JINSHUI, ZHONGYUAN)
    for client in (city, province):
        page = client.get("/admin/person/", region=ZHONGYUAN)
        assert name in page.words()
        assert "金水区（已并入“中原区”）" in page.words()
    assert {url: rows(province, url, ZHONGYUAN) for url in lists} == before
    assert {url: rows(province, url, JINSHUI) for url in lists} == before, "the old one still finds its own"
    below = json.loads(client_of("visitor").get("/picking/workplace", parent="city:410100").text)["lines"]
    assert "金水区（已并入“中原区”）" in [line["label"] for line in below]
    merge(admin, site, ZHONGYUAN, LAOCHENG)  # on, into another city
    assert {
        url: rows(province, url, "410300") - rows(province, url, "410300", less=LAOCHENG) for url in lists
    } == before
    assert name not in province.get("/admin/person/", region="410100").words()
    assert name in city.get("/admin/person/", region="410100").words(), "who answers for it still does"
    assert name in hospital.get("/admin/person/").words()


def rows(client, url, code, less=None):
    """Return how many rows a list narrowed by a region has; ``less`` those narrowed by another."""
    page = client.get(url, region=code)
    (count,) = page.tree.xpath("//div[@class='text-secondary num']")
    number = int("".join(filter(str.isdecimal, count.text_content())))
    return number - rows(client, url, less) if less else number


def test_nobodys_responsibility_moves(site, admin, client_of):
    key = site.world.id(Organization, "hospital")
    office = site.get(Organization, key)
    before = office.region_code, office.bureau_id
    queue = rows(client_of("jinshui_admin"), "/admin/claim-decision/", "")
    merge(admin, site, JINSHUI, LAOCHENG)
    office = site.get(Organization, key)
    assert (office.region_code, office.bureau_id) == before
    assert rows(client_of("jinshui_admin"), "/admin/claim-decision/", "") == queue > 0
    name = site.get(Person, site.world.id(Person, "doctor")).name
    assert name in client_of("jinshui_admin").get("/admin/person/").words()
    assert name not in client_of("luoyang_admin").get("/admin/person/").words()
    with site.session() as session:
        assert JINSHUI not in {option.value for option in picking.regions(session)}


# ---------------------------------------------------------------- workbooks
def compared(admin, wanted, head=HEAD):
    book = workbook(wanted, head, sheet="任意")
    return admin.post(f"{REGION}/compare/", {"file": (io.BytesIO(book), "改好.xlsx")})


def written(admin, page):
    change = page.tree.xpath("//textarea[@name='change']")[0].text
    return admin.follow(admin.post(f"{REGION}/apply/", {"change": change})).messages()


def test_mergers_go_out_come_in_and_are_taken_back_by_workbook(site, admin):
    merge(admin, site, JINSHUI, ZHONGYUAN)
    head, *lines = cells(admin.get(f"{REGION}/book/").data)
    at = {row[0]: row for row in lines}
    assert head == HEAD
    assert at[JINSHUI][5:] == ["2026-11-23", ZHONGYUAN]
    assert "文件与行政区划一致" in compared(admin, lines).words()
    at[JINSHUI][6] = ERQI
    at["410104"][5:] = ["2026-12-31", LAOCHENG]
    lines.append(["410199", "旧区", "", "", "", "2020-12-31", ZHONGYUAN])
    page = compared(admin, lines)
    for words in ("新增 1", "并入 2", "并入：410102 → 410103", "有效期至：2026-12-31", "并入：410302"):
        assert words in page.words(), words
    assert "撤销 1" not in page.words()
    assert "已写入 3 项" in written(admin, page)
    assert stored(site, JINSHUI) == (YESTERDAY, ERQI)
    assert stored(site, "410104") == (dt.date(2026, 12, 31), LAOCHENG)
    assert stored(site, "410199") == (dt.date(2020, 12, 31), ZHONGYUAN)
    assert "文件与行政区划一致" in compared(admin, lines).words()
    assert "并入：410102 中原区 → 410103 二七区" in told(admin, site, JINSHUI)
    at[JINSHUI][6] = ""
    assert "撤销 1" in compared(admin, lines).words(), "abolished, and nothing stands for it"
    at[JINSHUI][5] = ""
    page = compared(admin, lines)
    assert "恢复 1" in page.words()
    assert "已写入 1 项" in written(admin, page)
    assert stored(site, JINSHUI) == (None, None)


def test_new_divisions_that_went_into_each_other_come_in_one_file(site, admin):
    page = compared(admin, [
        ["410197", "旧区", "", "", "", "2020-12-31", "410199"], ["410199", "新区", "", "", "", "", ""],
    ])  # fmt: skip
    assert "新增 2" in page.words()
    assert "已写入 2 项" in written(admin, page)
    assert stored(site, "410197") == (dt.date(2020, 12, 31), "410199")


def test_a_file_without_the_column_leaves_mergers_as_they_are(site, admin):
    merge(admin, site, JINSHUI, ZHONGYUAN)
    row = [JINSHUI, "金水区", "", "", "", "2026-11-23"]
    assert "文件与行政区划一致" in compared(admin, [row], HEAD[:6]).words()
    written(admin, compared(admin, [[*row[:5], "2026-10-31"]], HEAD[:6]))
    assert stored(site, JINSHUI) == (dt.date(2026, 10, 31), ZHONGYUAN)
    page = compared(admin, [[*row[:5], ""]], HEAD[:6])
    assert "恢复 1" in page.words()
    written(admin, page)
    assert stored(site, JINSHUI) == (None, None)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ([JINSHUI, "金水区", "", "", "", "", ZHONGYUAN], "请在“有效期至”填最后有效的日期"),
        ([JINSHUI, "金水区", "", "", "", "2026-11-23", "999999"], "没有这个区划"),
        ([JINSHUI, "金水区", "", "", "", "2026-11-23", JINSHUI], "不能并入本区划或其下级"),
        ([JINSHUI, "金水区", "", "", "", "2026-11-23", "410104"], "在 2026-11-24 不是现行区划"),
        (
            [JINSHUI, "金水区", "", "", "", "2026-11-23", ERQI],
            "在 2026-11-24 不是现行区划",
        ),  # ends in the same file
        ([JINSHUI, "金水区", "", "", "", "2026-11-23", "420102"], "只能并入本省"),
    ],
)
def test_a_bad_target_in_a_file_is_named_by_row_and_letter_and_nothing_is_written(site, admin, row, sentence):
    ended(site, "410104")
    page = compared(admin, [row, [ERQI, "二七区", "", "", "", "2026-11-23", JINSHUI]])
    assert "第 2 行 G 列" in page.words()
    assert sentence in page.words()
    assert not page.tree.xpath("//textarea[@name='change']")
    assert stored(site, JINSHUI) == (None, None)


def test_what_was_merged_since_a_file_was_shown_is_not_undone(site, admin):
    page = compared(admin, [[ZHONGYUAN, "新中原区", "", "", "", "", ""]])
    merge(admin, site, JINSHUI, ZHONGYUAN)
    assert "行政区划又被修改过，没有写入" in written(admin, page)
