"""What stands around every page: who acts, the menu and its counters, where one is, the way to help and out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
from factories import MOMENT
from site_client import ROLES

from models import Account, Claim, Notice, Organization
from models.enums import UserType
from views import frame
from views.menu import MENUS

ROOT = Path(__file__).resolve().parent.parent.parent
INSIDE = [role for role in ROLES if role != "visitor"]
MENU = "//nav[@id='sidebar']"
BELL = "//header//a[contains(@href, '/admin/notice/')]"


def text_of(elements):
    return [" ".join(element.text_content().split()) for element in elements]


def crumbs(page):
    return text_of(page.tree.xpath("//nav[@aria-label='当前位置']//li"))


@pytest.mark.parametrize("role", INSIDE)
def test_the_menu_has_the_role_s_groups_and_words_in_their_order(client_of, role):
    page = client_of(ROLES[role]).get("/admin/")
    menu = MENUS[UserType(role)]
    [home, *lines] = text_of(page.tree.xpath(f"{MENU}//a[contains(@class, 'nav-link')]/span[2]"))
    assert home == "首页"
    assert lines == [entry.label for entry in menu]
    groups = page.tree.xpath(f"{MENU}//ul/@aria-labelledby")
    assert [page.tree.get_element_by_id(name).text for name in groups] == list(
        dict.fromkeys(entry.group for entry in menu)
    )


def test_organisation_person_and_role_stand_on_top(site, client_of):
    for name, words in (
        ("doctor", "金水医院 doctor 个人"),
        ("hospital_admin", "金水医院 {} 单位"),
        ("province_admin", "河南省人社厅 {} 省人社厅"),
    ):
        [who] = client_of(name).get("/admin/").tree.xpath("//header//*[@class='topbar-who']")
        person = site.get(Account, name).real_name
        assert text_of([who]) == [words.format(person)]


def test_counters_stand_at_the_queues_and_are_said_in_words(client_of):
    page = client_of("hospital_admin").get("/admin/claim/")
    counted = {
        link.xpath("string(./span[2])"): text_of(link.xpath(".//*[contains(@class, 'menu-count')]"))
        for link in page.tree.xpath(f"{MENU}//a")
        if link.xpath(".//*[contains(@class, 'menu-count')]")
    }
    assert counted == {
        "审核注册账号": ["1，1 条待办"],
        "单位调转（调入、调出）": ["1，1 条待办"],
        "信息更正审核": ["1，1 条待办"],
        "其它继续教育形式申报（公需）": ["3，3 条待办"],
    }


def test_a_large_counter_keeps_its_size():
    assert [frame.count_text(number) for number in (1, 999, 1000, 10_001)] == ["1", "999", "999+", "999+"]


def test_the_bell_has_a_name_with_the_number_of_unread_messages(site, client_of):
    [bell] = client_of("doctor").get("/admin/").tree.xpath(BELL)
    assert bell.get("aria-label") == "消息，1 条未读"
    site.put(Notice, "doctor", read_at=MOMENT)
    [bell] = client_of("doctor").get("/admin/").tree.xpath(BELL)
    assert (bell.get("aria-label"), text_of([bell])) == (None, ["消息"])


@pytest.mark.parametrize(
    ("name", "url", "places"),
    [
        ("doctor", "/admin/claim/", ["首页", "继续教育信息", "查看继续教育信息"]),
        ("hospital_admin", "/admin/claim-public/", ["首页", "管理功能", "其它继续教育形式申报（公需）"]),
        ("hospital_admin", "/admin/claim/new/", ["首页", "管理功能"]),
        ("system_admin", "/admin/hour-rule/", ["首页", "基础数据管理", "学时规则"]),
        ("system_admin", "/admin/help/", ["首页", "使用帮助"]),
    ],
)
def test_the_page_says_where_one_is(client_of, name, url, places):
    page = client_of(name).get(url)
    assert crumbs(page)[: len(places)] == places
    assert page.tree.xpath("//nav[@aria-label='当前位置']//li[1]/a/@href") == ["/admin/"]


def test_one_line_of_the_menu_is_marked_as_the_page_shown(site, client_of):
    key = site.world.id(Claim, "doctor-declared")
    for url, label in (
        ("/admin/", "首页"),
        ("/admin/claim/", "查看继续教育信息"),
        (f"/admin/claim/details/?id={key}", "查看继续教育信息"),
        ("/admin/claim/new/", "申报继续教育信息"),
        ("/admin/help/", None),
    ):
        page = client_of("doctor").get(url)
        marked = text_of(page.tree.xpath(f"{MENU}//a[@aria-current='page']"))
        assert marked == ([label] if label else []), url


@pytest.mark.parametrize(
    ("name", "url", "address"),
    [
        ("hospital_admin", "/admin/account-review/", "/admin/help/#审核注册账号"),
        ("hospital_admin", "/admin/claim-specialty/", "/admin/help/#审核和申报其它继续教育形式申报"),
        ("doctor", "/admin/", "/admin/help/#首页"),
        ("doctor", "/admin/claim/", "/admin/help/#列表"),
    ],
)
def test_help_leads_to_what_the_guide_says_of_the_page(client_of, name, url, address):
    page = client_of(name).get(url)
    [found] = page.tree.xpath("//header//a[contains(@href, '/admin/help/')]/@href")
    assert unquote(found) == address


def test_the_menu_opens_on_a_phone_with_and_without_script(client_of):
    page = client_of("doctor").get("/admin/")
    [button] = page.tree.xpath("//aside//button[@aria-controls='sidebar']")
    assert button.get("aria-expanded") == "false"
    assert "菜单" in button.text_content()
    assert len(page.tree.xpath("//aside//a[@href='#sidebar']")) == 1
    assert len(page.tree.xpath(f"{MENU}//a[@href='#main-content']")) == 1


def test_the_version_is_that_of_the_project(client_of):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    page = client_of("doctor").get("/admin/")
    assert f"版本 {project['version']}" in page.tree.xpath("string(//footer)")


def test_names_people_chose_are_text_in_the_frame(site, client_of):
    site.put(Organization, "hospital", name="<b>金水</b>&医院")
    site.put(Account, "hospital_admin", real_name='"><script>x</script>')
    page = client_of("hospital_admin").get("/admin/")
    [who] = page.tree.xpath("//header//*[@class='topbar-who']")
    assert "<b>金水</b>&医院" in who.text_content()
    assert "<script>x</script>" in who.text_content()


# ---------------------------------------------------------------- errors
@pytest.mark.parametrize(
    ("url", "title"), [("/nothing/here", "没有找到"), ("/admin/account-review/", "没有权限")]
)
def test_an_error_keeps_the_frame_for_those_inside(client_of, url, title):
    page = client_of("doctor").get(url)
    assert page.tree.xpath(MENU)
    assert text_of(page.tree.xpath("//h1")) == [title]
    assert page.tree.xpath("//main//a[contains(@href, '/admin/help/')]")


def test_an_error_shows_a_visitor_the_portal_and_no_menu(visitor):
    page = visitor.get("/nothing/here")
    assert not page.tree.xpath(MENU)
    assert text_of(page.tree.xpath("//h1")) == ["没有找到"]
    assert page.tree.xpath("//main//a/@href") == ["/"]


def test_a_failure_shows_the_menu_but_asks_the_database_nothing(client_of, monkeypatch):
    def broken(*_args):
        raise RuntimeError("the database is away")

    client = client_of("hospital_admin")
    monkeypatch.setattr("services.frame.standing", broken)
    page = client.get("/admin/claim/")
    assert page.status == 500
    assert page.tree.xpath(MENU)
    assert not page.tree.xpath("//*[contains(@class, 'menu-count')]")
    assert "管理员" in page.tree.xpath("string(//header)")
