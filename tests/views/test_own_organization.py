"""单位信息管理, 施教机构信息维护, 本机构信息: what is changed at once, and what the office above is asked for."""

from __future__ import annotations

import io

import pytest
from site_client import picture
from sqlalchemy import select
from test_at_once import at_once

from models import Account, JournalEntry, Notice, Organization, OrganizationChange, Person
from models.identifiers import make_credit_code, make_organization_code

OWN, ASK = "/admin/own-organization/", "/admin/own-organization/change/"
TITLES = {"hospital": "单位信息管理", "academy": "施教机构信息维护", "jinshui": "本机构信息", "health": "本机构信息",
          "province": "本机构信息"}  # fmt: skip
CODES = {"hospital": {"nature_code": "23", "affiliation_code": "50", "level_code": "07", "industry_code": "84"},
         "academy": {"level_code": "1", "industry_code": "83"}}  # fmt: skip
NEW_CODE = make_organization_code(76543)


def scan(name="代码证.png", data=None):
    return (io.BytesIO(picture() if data is None else data), name)


def key(site, name):
    return site.world.id(Organization, name)


def requests(site, name):
    """Return the requests of an organisation, the oldest first."""
    rows = select(OrganizationChange.id).where(OrganizationChange.organization_id == key(site, name))
    return [site.get(OrganizationChange, one) for one in site.all(rows.order_by(OrganizationChange.id))]


def journal(site, object_type):
    rows = select(JournalEntry.id).where(JournalEntry.object_type == object_type).order_by(JournalEntry.id)
    return [site.get(JournalEntry, one) for one in site.all(rows)]


# ---------------------------------------------------------------- at once
@pytest.mark.parametrize("name", TITLES)
def test_an_organisation_changes_at_once_what_is_its_own_and_the_difference_is_written_down(
    site, client_of, name
):
    client = client_of(f"{name}_admin")
    page = client.get(OWN)
    assert TITLES[name] in page.words()
    codes = {field: page.options(field)[0] for field in CODES.get(name, ())}
    typed = {"address": " 花园路  2 号 ", "contact": "王主任", "phone": "0371-1", **codes}
    done = client.send(page, typed)
    assert "已保存" in client.follow(done).messages()
    row = site.get(Organization, name)
    assert (row.address, row.contact, row.phone) == ("花园路 2 号", "王主任", "0371-1")
    assert {field: getattr(row, field) for field in codes} == codes
    [entry] = journal(site, "organization")
    assert entry.details["address"] == ["地址", "", "花园路 2 号"]
    assert entry.details.keys() == {"address", "contact", "phone", *codes}
    again = client.send(client.get(OWN))
    assert "没有改动" in client.follow(again).messages()
    assert len(journal(site, "organization")) == 1


def test_a_new_scan_replaces_the_old_one_and_bad_files_do_not(site, client_of):
    client, before = client_of("hospital_admin"), site.get(Organization, "hospital").certificate_key
    page = client.send(client.get(OWN), {"scan": scan("病毒.exe", b"MZ"), "address": "新地址"})
    assert "不能上传" in page.errors()["scan"]
    assert page.form()["address"] == ["新地址"]
    page = client.send(client.get(OWN), {"scan": scan(), "phone": "1" * 201})
    assert "最多 200 个字" in page.errors()["phone"]
    assert site.get(Organization, "hospital").certificate_key == before
    done = client.send(page, {"phone": "0371-2"})  # the file is not asked for again
    assert "已保存" in client.follow(done).messages()
    row = site.get(Organization, "hospital")
    assert row.certificate_key != before
    assert client.get(f"/files/organization-certificates/{row.id}").status == 200


def test_forged_fields_change_nothing_that_is_not_offered(site, client_of):
    client = client_of("hospital_admin")
    forged = {
        "name": "改",
        "code": NEW_CODE,
        "bureau_id": key(site, "luoyang"),
        "status": "void",
        "kind": "bureau",
    }
    client.send(client.get(OWN), {**forged, "nature_code": "不存在"})
    row = site.get(Organization, "hospital")
    assert (row.name, row.bureau_id, row.status, row.nature_code) == (
        "金水医院",
        key(site, "jinshui"),
        "active",
        None,
    )
    health = client_of("health_admin")
    health.send(health.get(OWN), {"industry_code": "A", "address": "金水路"})
    assert (site.get(Organization, "health").industry_code, site.get(Organization, "health").address) == (
        "Q",
        "金水路",
    )


@pytest.mark.parametrize(("who", "status"), [("doctor", 403), ("system_admin", 403), ("visitor", 302)])
@pytest.mark.parametrize("url", [OWN, ASK])
def test_others_have_no_such_page(client_of, who, status, url):
    assert client_of(who).get(url).status == status


# ---------------------------------------------------------------- asking
def test_a_change_of_name_and_code_goes_to_the_bureau_and_holds_from_its_approval_on(site, client_of):
    client = client_of("hospital_admin")
    typed = {
        "name": "金水区第一医院",
        "code": make_credit_code(NEW_CODE),
        "note": "金编〔2026〕3 号",
        "scan": scan(),
    }
    done = client.send(client.get(ASK), typed)
    shown = client.follow(done)
    assert "已提交变更申请" in shown.messages()
    assert "由金水区人社局审核" in shown.words()
    assert site.get(Organization, "hospital").name == "金水医院"
    [asked] = requests(site, "hospital")
    assert (asked.approver_id, asked.name, asked.code) == (key(site, "jinshui"), "金水区第一医院", NEW_CODE)

    bureau = client_of("jinshui_admin")
    listed = bureau.get("/admin/organization-change/")
    assert "名称：金水医院 → 金水区第一医院" in listed.words()
    details = bureau.get("/admin/organization-change/details/", id=asked.id)
    assert "金编〔2026〕3 号" in details.words()
    [new, old] = details.tree.xpath("//main//img/@src")
    assert bureau.get(new).data.startswith(b"\x89PNG")
    assert bureau.get(old).data.startswith(b"\x89PNG")
    preview = bureau.post("/admin/organization-change/action/", {"action": "approve", "rowid": asked.id})
    assert "金水医院" in preview.words()
    done = bureau.send_to("/admin/organization-change/action/", preview, {"confirmed": "1"})
    assert "已通过" in bureau.follow(done).messages()
    row = site.get(Organization, "hospital")
    assert (row.name, row.name_initials, row.code) == ("金水区第一医院", "jsqdyyy", NEW_CODE)
    assert row.certificate_key == asked.certificate_key
    assert "已通过" in client.get(OWN).words()
    assert site.all(select(Notice.title).where(Notice.title == "机构信息变更已通过"))
    login = {"user_type": "employer", "organization_code": NEW_CODE, "citizen_id": site.citizens["hospital_admin"],
             "password": "Herbst-Wald-2026"}  # fmt: skip
    visitor = client_of("visitor")
    assert visitor.send(visitor.get("/login"), login).location == "/admin/"


def test_a_change_of_superior_goes_to_the_new_office_and_the_old_one_is_told(site, client_of):
    client = client_of("hospital_admin")
    done = client.send(client.get(ASK), {"bureau_id": key(site, "luoyang"), "region_code": "410300"})
    assert "由洛阳市人社局审核" in client.follow(done).words()
    [asked] = requests(site, "hospital")
    former = select(Notice.title).where(Notice.account_id == site.world.id(Account, "jinshui_admin"))
    assert "金水医院申请改由洛阳市人社局管理" in site.all(former)
    form = {"action": "approve", "rowid": asked.id, "confirmed": "1"}
    client_of("jinshui_admin").post("/admin/organization-change/action/", form)
    assert site.get(OrganizationChange, asked.id).status == "pending"
    new = client_of("luoyang_admin")
    assert "金水医院" in new.get("/admin/organization-change/details/", id=asked.id).words()
    new.post("/admin/organization-change/action/", form)
    assert site.get(OrganizationChange, asked.id).status == "approved"
    assert site.get(Person, "doctor").region_code == "410300"
    assert "doctor" in new.get("/admin/person/").words()
    old = client_of("jinshui_admin")
    assert "doctor" not in old.get("/admin/person/").words()
    assert old.get("/admin/claim/").status == 200  # what was decided there stays, without the names
    decided = site.get(OrganizationChange, asked.id)
    assert old.get("/admin/organization-change/details/", id=decided.id).status == 404


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({}, "", "没有改动"),
        ({"name": "  "}, "name", "请填写“名称”"),
        ({"name": "新名称"}, "scan", "须上传新的机构代码证扫描件"),
        ({"code": "12345678"}, "code", "9 位"),
        ({"code": "school", "scan": scan}, "code", "已被其他机构登记"),
        ({"region_code": "110000"}, "region_code", "请选择“所属区域”"),
        ({"bureau_id": "health"}, "bureau_id", "请选择列表中的“同级人社部门”"),
        ({"bureau_id": ""}, "bureau_id", "请选择列表中的“同级人社部门”"),
        ({"authority_id": "jinshui"}, "authority_id", "请选择列表中的“行业主管部门”"),
        ({"authority_id": "", "note": "字" * 501}, "note", "最多 500 个字"),
        ({"authority_id": "education", "scan": lambda: scan("a.zip", b"PK")}, "scan", "损坏"),
    ],
)
def test_what_cannot_be_asked_for_is_said_at_its_field_and_nothing_typed_is_lost(
    site, client_of, typed, field, words
):
    client = client_of("hospital_admin")
    offices = {"bureau_id", "authority_id", "code"}
    sent = {name: value() if callable(value) else value for name, value in typed.items()}
    for name in offices & sent.keys():
        if sent[name] in site.world.ids[Organization]:
            sent[name] = (
                site.get(Organization, sent[name]).code if name == "code" else str(key(site, sent[name]))
            )
    page = client.send(client.get(ASK), sent)
    assert page.status == 200
    assert words in (page.errors()[field] if field else page.messages()), page
    kept = page.form()
    assert {name: kept[name] for name in sent if name not in {"scan", *offices}} == {
        name: [value] for name, value in sent.items() if name not in {"scan", *offices}
    } or field == "region_code"
    assert requests(site, "hospital") == []


def test_a_bureau_cannot_go_below_itself(site, client_of):
    client = client_of("zhengzhou_admin")
    page = client.send(client.get(ASK), {"bureau_id": key(site, "jinshui")})
    assert "不能是本机构或其下级" in page.errors()["bureau_id"]
    assert "authority_id" not in page.form()
    taken = client.send(client.get(ASK), {"region_code": "410300"})
    assert "该区域" in taken.errors()["region_code"]
    done = client.send(client.get(ASK), {"region_code": "410200"})
    assert "由河南省人社厅审核" in client.follow(done).words()


def test_a_county_cannot_rise_by_naming_a_friendly_neighbour(site, client_of):
    client = client_of("jinshui_admin")
    page = client.send(client.get(ASK), {"region_code": "410200", "bureau_id": key(site, "luoyang")})
    assert "上一级" in page.errors()["bureau_id"]
    assert not site.all(
        select(OrganizationChange.id).where(OrganizationChange.organization_id == key(site, "jinshui"))
    )


def test_an_authority_lies_where_its_office_does(site, client_of):
    client = client_of("health_admin")
    assert client.send(client.get(ASK), {"bureau_id": key(site, "zhengzhou")}).status == 302
    asked = select(OrganizationChange.region_code).where(
        OrganizationChange.organization_id == key(site, "health")
    )
    assert site.all(asked) == ["410100"]


def test_the_province_has_nobody_to_ask(client_of):
    page = client_of("province_admin").get(OWN)
    assert "由系统运维人员维护" in page.words()
    assert client_of("province_admin").get(ASK).status == 403


def test_one_request_at_a_time_and_a_withdrawn_one_makes_room(site, client_of):
    client = client_of("school_admin")  # of the world, one of its requests waits
    [waiting] = requests(site, "school")
    page = client.send(client.get(ASK), {"authority_id": ""})
    assert "已有一份变更申请" in page.messages()
    foreign = client_of("hospital_admin").post(f"{OWN}withdraw/", {"id": waiting.id})
    assert foreign.status == 302
    assert site.get(OrganizationChange, waiting.id).status == "pending"
    assert "已撤回" in client.follow(client.post(f"{OWN}withdraw/", {"id": waiting.id})).messages()
    assert "不能撤回" in client.follow(client.post(f"{OWN}withdraw/", {"id": waiting.id})).messages()
    client.send(client.get(ASK), {"authority_id": ""})
    assert [row.status for row in requests(site, "school")] == ["withdrawn", "pending"]
    assert client.post(f"{OWN}withdraw/", {"id": "1 OR 1=1"}).status == 400


def test_of_two_administrators_asking_at_once_one_is_told_that_a_request_waits(site, client_of):
    clients = [client_of("hospital_admin") for _ in range(2)]
    pages = [client.get(ASK) for client in clients]
    for client in clients:
        client.token()
    answers = at_once(*(
        lambda client=client, page=page: client.send(page, {"authority_id": ""})
        for client, page in zip(clients, pages, strict=True)
    ))  # fmt: skip
    assert sorted(answer.status for answer in answers) == [200, 302]
    assert "已有一份变更申请" in next(page for page in answers if page.status == 200).messages()
    assert len(requests(site, "hospital")) == 1


def test_a_code_registered_meanwhile_is_refused_row_by_row_with_a_sentence(site, client_of):
    client, bureau = client_of("hospital_admin"), client_of("jinshui_admin")
    client.send(client.get(ASK), {"code": NEW_CODE, "scan": scan()})
    [asked] = requests(site, "hospital")
    site.put(Organization, "clinic", code=NEW_CODE)
    form = {"action": "approve", "rowid": asked.id, "confirmed": "1"}
    result = bureau.follow(bureau.post("/admin/organization-change/action/", form))
    assert "已被其他机构登记" in result.words()
    done = bureau.post(
        "/admin/organization-change/action/", {**form, "action": "reject", "reason": "代码有误"}
    )
    assert "已不通过" in bureau.follow(done).messages()
    assert "代码有误" in client.get(OWN).words()
