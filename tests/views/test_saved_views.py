"""Views kept by name: for oneself, for the office, for everybody, and the one a list opens with."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from sqlalchemy import select

from models import Person, SavedView
from seed.loading import read_table

URL = "/admin/claim/"


def pills(page):
    return [
        link.text_content().strip().removeprefix("默认：")
        for link in page.tree.xpath("//a[@class='view-pill']")
    ]


def save(client, name, arguments="status=declared&sort=-title", **more):
    return client.post(f"{URL}views/", {"command": "save", "name": name, "arguments": arguments, **more})


def view_named(site, name):
    [view] = site.all(select(SavedView).where(SavedView.name == name))
    return view


def test_a_view_is_one_click_away_and_brings_everything_back(client_of):
    client = client_of("jinshui_admin")
    page = client.follow(save(client, "待审批 按名称"))
    assert "视图“待审批 按名称”已保存" in page.messages()
    assert "待审批 按名称" in pills(page)
    opened = client.get(page.link("待审批 按名称"))
    assert opened.tree.xpath("string(//li[@class='chip'])").strip() == "认定结果：待审批"
    assert opened.tree.xpath("//th[@aria-sort='descending']")
    assert opened.tree.xpath("string(//a[@aria-current='true'])").strip() == "待审批 按名称"


@pytest.mark.parametrize(
    ("audience", "finders"),
    [
        ("private", {"jinshui_admin"}),
        ("organization", {"jinshui_admin"}),
        ("system", {"jinshui_admin", "luoyang_admin", "hospital_admin", "doctor"}),
    ],
)
def test_a_view_is_found_by_whom_it_is_for(client_of, audience, finders):
    author = "province_admin" if audience == "system" else "jinshui_admin"
    save(client_of(author), "共同的", audience=audience)
    for name in ("jinshui_admin", "luoyang_admin", "hospital_admin", "doctor"):
        found = "共同的" in pills(client_of(name).get(URL, view="0"))
        assert found is (name in finders), (audience, name)


@pytest.mark.parametrize(
    ("actor", "audience"), [("doctor", "organization"), ("doctor", "system"), ("jinshui_admin", "system")]
)
def test_a_view_for_more_than_one_may_give_is_refused(site, client_of, actor, audience):
    client = client_of(actor)
    page = client.follow(save(client, "不行", audience=audience))
    assert "您不能保存" in page.messages()
    assert site.all(select(SavedView).where(SavedView.name == "不行")) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "请填写视图名称"), ("   ", "请填写视图名称"), ("长" * 21, "视图名称最多 20 个字")],
)
def test_a_name_that_will_not_do_is_said(client_of, name, sentence):
    client = client_of("jinshui_admin")
    page = client.follow(save(client, name))
    assert sentence in page.messages()
    assert page.tree.xpath("string(//li[@class='chip'])").strip() == "认定结果：待审批"


def test_the_same_name_again_takes_the_new_conditions(site, client_of):
    client = client_of("jinshui_admin")
    save(client, "我的")
    save(client, "我的", arguments="subject=public")
    assert view_named(site, "我的").arguments == {"subject": "public"}


def test_a_view_keeps_no_person_and_nothing_that_is_no_parameter(site, client_of):
    key, number = site.world.id(Person, "doctor"), site.citizens["doctor"]
    for position, who in enumerate((f"person={key}", f"search={number}")):
        name = f"医院 {position}"
        save(client_of("hospital_admin"), name, arguments=f"{who}&subject=public&evil=1&status=gone")
        assert view_named(site, name).arguments == {"subject": "public"}


def test_a_view_keeps_no_citizen_id_of_any_field_and_says_so(site, client_of):
    number = site.citizens["doctor"]
    client = client_of("jinshui_admin")
    page = client.follow(save(client, "单位", arguments=f"employer={number}&search=x{number}&subject=public"))
    assert view_named(site, "单位").arguments == {"subject": "public"}
    assert "身份证号不存入视图，其他条件已保存" in page.messages()
    assert number not in page.text
    page = client.follow(save(client, "科目", arguments="subject=public"))
    assert "身份证号" not in page.messages()


def test_a_list_opens_with_the_view_the_account_prefers(site, client_of):
    client = client_of("jinshui_admin")
    save(client, "首选", prefer="1")
    answer = client.get(URL)
    assert answer.status == 302
    assert "status=declared" in answer.location
    assert client_of("luoyang_admin").get(URL).status == 200
    assert client.get(URL, view="0").status == 200
    client.post(f"{URL}views/", {"command": "prefer", "id": "0"})
    assert client.get(URL).status == 200


def test_a_deleted_view_is_nobody_s_default_any_more(site, client_of):
    client = client_of("jinshui_admin")
    save(client, "首选", prefer="1", audience="organization")
    key = view_named(site, "首选").id
    page = client.follow(client.post(f"{URL}views/", {"command": "delete", "id": key}))
    assert "已删除视图“首选”" in page.messages()
    assert client.get(URL).status == 200


@pytest.mark.parametrize(
    ("actor", "view", "status"),
    [
        ("jinshui_admin", "luoyang_admin-private", 404),
        ("jinshui_admin", "luoyang_admin-organization", 404),
        ("hospital_admin", "jinshui_admin-organization", 404),
        ("jinshui_admin", "province_admin-system", 403),
        ("doctor", "nurse-private", 404),
    ],
)
def test_a_view_of_others_is_not_deleted(site, client_of, actor, view, status):
    key = view_named(site, view).id
    client = client_of(actor)
    assert client.post(f"{URL}views/", {"command": "delete", "id": key}).status == status
    assert view_named(site, view).id == key
    client.post(f"{URL}views/", {"command": "prefer", "id": key})
    if status == 404:
        assert client.get(URL).status == 200


@pytest.mark.parametrize(
    "odd", [{"command": "nothing"}, {"command": "delete"}, {"command": "delete", "id": "x"}, {}]
)
def test_an_odd_command_is_none(client_of, odd):
    assert client_of("jinshui_admin").post(f"{URL}views/", odd).status == 404


def test_a_view_of_another_list_is_none_of_this(site, client_of):
    client = client_of("jinshui_admin")
    save(client, "列表甲")
    key = view_named(site, "列表甲").id
    assert client.post("/admin/person/views/", {"command": "delete", "id": key}).status == 404
    assert "列表甲" not in pills(client.get("/admin/person/"))


@pytest.mark.parametrize(
    "line", read_table("saved_views.csv"), ids=lambda line: f"{line['endpoint']} {line['name']}"
)
def test_a_view_that_comes_with_the_system_says_something_to_its_list(site, line):
    grids = site.app.extensions["admin"][0]._views  # noqa: SLF001
    view = next(view for view in grids if view.endpoint == line["endpoint"])
    arguments = dict(parse_qsl(line["arguments"]))
    assert set(arguments) <= {item.name for item in view.filters} | {"sort"}
    for word in arguments.get("sort", "").split(","):
        assert not word or word.removeprefix("-") in view.sortable


def test_everybody_finds_the_views_that_come_with_the_system(client_of):
    for actor in ("hospital_admin", "doctor", "province_admin"):
        assert "已通过" in pills(client_of(actor).get(URL, view="0"))
