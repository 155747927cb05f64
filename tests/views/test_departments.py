"""组织机构管理: the tree of departments, its people, and moving and removing without losing any."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from test_at_once import at_once

from models import Claim, Department, JournalEntry, Person

URL = "/admin/department/"
NAMES = ("内科", "外科", "护理部")


def key(site, name):
    return site.world.id(Department, name)


def of(site, name):
    """Return the key of the hospital's department of this name."""
    [found] = site.all(
        select(Department.id).where(Department.name == name, Department.organization_id == employer(site))
    )
    return found


def employer(site):
    return site.get(Department, "hospital-office").organization_id


def outline(site, parent=None):
    """Return the hospital's tree as nested lists of names."""
    rows = select(Department.id).where(
        Department.organization_id == employer(site), Department.parent_id == parent
    )
    keys = site.all(rows.order_by(Department.position, Department.id))
    return [[site.get(Department, one).name, *outline(site, one)] for one in keys]


def add(client, name, parent=""):
    return client.send(client.get(f"{URL}new/", parent=parent), {"name": name})


def move(client, department, way):
    return client.post(f"{URL}move/", {"id": department, "way": way})


@pytest.fixture
def client(client_of):
    return client_of("hospital_admin")


def test_the_tree_counts_people_with_and_without_what_stands_below(site, client):
    add(client, "内科")
    site.put(Person, "nurse", department_id=key(site, "hospital-desk"))
    site.put(Person, "veteran", department_id=key(site, "hospital-office"))
    page = client.get(URL)
    [office] = page.tree.xpath(f"//li[@id='department-{key(site, 'hospital-office')}']")
    assert office.xpath("./div//a[contains(@class, 'department-count')]")[0].text_content() == "3 人"
    assert "本部门 2 人" in office.xpath("./div")[0].text_content()
    [desk] = office.xpath(f".//li[@id='department-{key(site, 'hospital-desk')}']")
    assert "1 人" in desk.text_content()
    assert "另有 1 人未分部门" in page.words()  # the applicant
    people = client.get(office.xpath("./div//a[contains(@class, 'department-count')]/@href")[0]).words()
    assert "共 3 条" in people
    site.put(Person, "veteran", state="void", left_on=None)
    assert "2 人" in client.get(URL).tree.xpath("//a[contains(@class, 'department-count')]")[0].text_content()


def test_the_number_of_statements_does_not_grow_with_the_tree(site, client):
    from sqlalchemy import event

    def statements():
        seen = []
        count = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(site.engine, "before_cursor_execute", count)
        client.get(URL)
        event.remove(site.engine, "before_cursor_execute", count)
        return len(seen)

    statements()
    before = statements()
    for name in NAMES:
        add(client, name)
    client.get(URL)
    assert statements() == before


def test_departments_are_added_below_renamed_and_moved_by_buttons(site, client):
    for name in NAMES:
        add(client, name)
    office = key(site, "hospital-office")
    assert add(client, "门诊", office).status == 302
    assert outline(site) == [["办公室", ["前台"], ["门诊"]], ["内科"], ["外科"], ["护理部"]]
    for department, way in (
        ("外科", "up"),
        ("护理部", "in"),
        ("门诊", "up"),
        ("前台", "out"),
        ("办公室", "down"),
    ):
        answer = move(client, of(site, department), way)
        assert answer.location.endswith(f"#department-{of(site, department)}")
    assert outline(site) == [["前台"], ["办公室", ["门诊"]], ["外科"], ["内科", ["护理部"]]]
    for department, way in (
        ("前台", "up"),
        ("前台", "in"),
        ("前台", "out"),
        ("内科", "down"),
    ):  # no room that way
        move(client, of(site, department), way)
    assert outline(site) == [["前台"], ["办公室", ["门诊"]], ["外科"], ["内科", ["护理部"]]]
    page = client.get(f"{URL}edit/?id={of(site, '内科')}")
    assert {str(of(site, "内科")), str(of(site, "护理部"))} & set(page.options("parent_id")) == set()
    client.send(page, {"name": "大内科", "parent_id": office})
    assert outline(site) == [["前台"], ["办公室", ["门诊"], ["大内科", ["护理部"]]], ["外科"]]
    actions = site.all(select(JournalEntry.action).where(JournalEntry.object_type == "department"))
    assert actions.count("move") == 5
    assert move(client, office, "sideways").status == 400


def test_names_are_unique_among_siblings_at_the_top_too(site, client):
    add(client, "内科")
    page = add(client, " 内科 ")
    assert "同一级已有部门“内科”" in page.errors()["name"]
    assert page.form()["name"] == ["内科"] or page.form()["name"] == [" 内科 "]
    assert add(client, "内科", key(site, "hospital-office")).status == 302
    [top] = site.all(select(Department.id).where(Department.name == "内科", Department.parent_id.is_(None)))
    below = next(
        one for one in site.all(select(Department.id).where(Department.name == "内科")) if one != top
    )
    moved = client.follow(move(client, below, "out"))
    assert "没有移动" in moved.messages()
    assert site.get(Department, below).parent_id == key(site, "hospital-office")
    assert "请填写“部门名称”" in add(client, "\u200b").errors()["name"]


@pytest.mark.parametrize("parent", ["hospital-office", "hospital-desk", "school-office", "0", "999999"])
def test_no_department_stands_below_itself_or_in_another_employer(site, client, parent):
    target = parent if parent.isdigit() else key(site, parent)
    page = client.send(client.get(f"{URL}edit/?id={key(site, 'hospital-office')}"), {"parent_id": target})
    if parent == "0":  # no key: the top, where it stands already
        assert page.status == 302
    else:
        assert page.errors()["parent_id"]
    assert outline(site) == [["办公室", ["前台"]]]


def test_only_an_empty_department_is_removed_and_the_sentence_says_what_is_in_the_way(site, client):
    office, desk = key(site, "hospital-office"), key(site, "hospital-desk")
    site.put(Claim, "doctor-approved", department_id=desk)
    asked = client.get(f"{URL}delete/", id=office)
    assert "还有 2 人和 1 个下级部门，不能删除" in asked.words()
    assert f"department={office}" in asked.link("查看部门中的人员")
    refused = client.follow(client.post(f"{URL}delete/", {"id": office}))
    assert "还有 2 人和 1 个下级部门" in refused.messages()
    assert site.get(Department, office)
    assert "确定删除" in client.get(f"{URL}delete/", id=desk).words()
    assert "已删除" in client.follow(client.post(f"{URL}delete/", {"id": desk})).messages()
    assert site.get(Department, desk) is None
    assert site.get(Claim, "doctor-approved").department_id == office  # what it belonged to all the time


def test_two_administrators_moving_at_once_leave_no_ring(site, client_of):
    clients = [client_of("hospital_admin") for _ in range(2)]
    for name in ("内科", "外科"):
        add(clients[0], name)
    inner, outer = of(site, "内科"), of(site, "外科")
    pages = [clients[0].get(f"{URL}edit/?id={inner}"), clients[1].get(f"{URL}edit/?id={outer}")]
    for client in clients:
        client.token()
    answers = at_once(
        lambda: clients[0].send(pages[0], {"parent_id": outer}),
        lambda: clients[1].send(pages[1], {"parent_id": inner}),
    )
    assert sorted(answer.status for answer in answers) == [200, 302]
    assert (
        "不能是本部门或其下级" in next(page for page in answers if page.status == 200).errors()["parent_id"]
    )
    assert outline(site) in (
        [["办公室", ["前台"]], ["外科", ["内科"]]], [["办公室", ["前台"]], ["内科", ["外科"]]],
    )  # fmt: skip
