"""The guides as HTML: headings and their ids, links between guides, and nothing that could run."""

from __future__ import annotations

import pytest
from lxml import html

from models.enums import UserType
from services import guide
from views.menu import MENUS

FIRST = """# 单位

见[使用手册](README.md)、[列表](README.md#列表)、[个人](person.md)、[安全](../../README.md#安全)、[网站](https://example.com)。

## 单位信息、组织机构管理

## 证书打印（批量）

![列表](images/employer-list.png) ![外面](../../static/x.png)
"""
SECOND = """# 使用手册

## 列表

| 提示 | 办法 |
| --- | --- |
| 甲 | 乙 |

## 证书打印（批量）
"""


def tree(text, name="employer"):
    return html.fromstring(f"<div>{guide.render({name: text}).html}</div>")


@pytest.fixture(scope="module")
def page():
    return guide.render({"employer": FIRST, "README": SECOND})


def test_headings_stand_below_the_page_title_and_have_an_id_each(page):
    found = [
        (item.tag, item.get("id")) for item in html.fromstring(f"<div>{page.html}</div>").xpath("//*[@id]")
    ]
    assert found == [
        ("h2", "单位"),
        ("h3", "单位信息组织机构管理"),
        ("h3", "证书打印批量"),
        ("h2", "使用手册"),
        ("h3", "列表"),
        ("h3", "证书打印批量-2"),
    ]
    assert [heading.anchor for heading in page.contents] == [anchor for _, anchor in found]


def test_links_lead_within_the_page_to_another_guide_or_nowhere(page):
    links = {
        item.text_content(): item.get("href")
        for item in html.fromstring(f"<div>{page.html}</div>").xpath("//a")
    }
    assert links == {
        "使用手册": "#使用手册",
        "列表": "#列表",
        "个人": "?guide=person",
        "网站": "https://example.com",
    }
    assert "安全" in page.html


def test_a_picture_is_one_of_the_guide_or_its_words(page):
    images = html.fromstring(f"<div>{page.html}</div>").xpath("//img")
    assert [(item.get("src"), item.get("alt")) for item in images] == [("images/employer-list.png", "列表")]
    assert "外面" in page.html


def test_a_heading_is_found_by_what_it_speaks_of(page):
    assert page.anchor_of("组织机构管理") == "单位信息组织机构管理"
    assert page.anchor_of("没有", "列表（公需）") == "列表"
    assert page.anchor_of("没有") == ""


def test_a_table_is_named_by_the_heading_above_it(page):
    assert html.fromstring(f"<div>{page.html}</div>").xpath("//table/caption/text()") == ["列表"]


def test_the_pictures_of_the_guides_are_there_and_small():
    texts = [path.read_text(encoding="utf-8") for path in guide.FOLDER.glob("*.md")]
    named = {name for text in texts for name in guide.PICTURE.findall(text)}
    sizes = {path.name: path.stat().st_size for path in guide.IMAGES.iterdir()}
    assert len(named) > 30
    assert named <= sizes.keys()
    assert sizes.keys() <= named
    assert max(sizes.values()) < 100_000
    assert sum(sizes.values()) < 6_000_000


def test_raw_html_stays_text():
    assert tree("<script>alert(1)</script>\n\n甲<img src=x onerror=alert(1)>").xpath("//script | //img") == []


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "//evil.example"]
)
def test_an_address_that_could_run_or_leaves_unseen_is_no_link(address):
    assert tree(f"[按这里]({address})").xpath("//a") == []


def test_the_head_of_a_table_names_its_columns():
    assert tree(SECOND).xpath("//th/@scope") == ["col", "col"]


@pytest.mark.parametrize("role", UserType)
def test_every_role_has_a_guide_that_ends_with_the_common_one(role):
    page = guide.of_role(role)
    anchors = [heading.anchor for heading in page.headings]
    assert len(anchors) == len(set(anchors))
    assert "使用手册" in anchors
    links = html.fromstring(f"<div>{page.html}</div>").xpath("//a/@href")
    assert {link[1:] for link in links if link.startswith("#")} <= set(anchors)


@pytest.mark.parametrize("role", UserType)
def test_the_guide_speaks_of_the_queues_and_forms_of_the_menu(role):
    """What a role is asked to decide or fill in has a section of its own."""
    page = guide.of_role(role)
    queues = {"account-review", "claim-public", "claim-specialty", "claim-decision", "certificate-printing"}
    for entry in MENUS[role]:
        if entry.endpoint in queues or entry.view == "create_view":
            assert page.anchor_of(entry.label), entry.label
