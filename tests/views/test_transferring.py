"""单位调转 over HTTP: starting one as the person or the old employer, deciding it, and what each sees afterwards."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import Account, Claim, Department, Organization, Person, Transfer

NEW = "/admin/transfer/new/"
URL = "/admin/transfer/"


def typed(site, to="school", **more):
    office = site.get(Organization, to)
    city = office.region_code[:4] + "00"
    return {
        "region_city": city,
        "region_county": office.region_code,
        "employer": office.id,
        "start_date": "2026-12-01",
        "explanation": "工作需要",
    } | more


def started(site, client, address=NEW, to="school", **more):
    return client.send_to(address, client.get(address), typed(site, to, **more))


def transfers(site, person):
    rows = select(Transfer).where(Transfer.person_id == site.world.id(Person, person)).order_by(Transfer.id)
    return site.all(rows)


def free(site, name):
    """Take everything open of somebody out of the way."""
    person = site.world.id(Person, name)
    with site.engine.begin() as connection:
        claims = Claim.__table__
        connection.execute(
            claims.update()
            .where(claims.c.person_id == person, claims.c.status.in_(("submitted", "accepted")))
            .values(status="draft")
        )
        connection.execute(
            claims.update()
            .where(claims.c.person_id == person, claims.c.status == "declared")
            .values(status="draft", declared_at=None, declared_by_id=None, approver_id=None)
        )


def test_a_person_asks_and_the_receiving_employer_takes_him_over(site, client_of):
    free(site, "doctor")
    doctor, school = client_of("doctor"), client_of("school_admin")
    desk = site.world.id(Department, "school-desk")
    page = started(site, doctor, department=desk)
    assert page.status == 302, page
    [row] = transfers(site, "doctor")
    assert (row.status, row.department_id, row.started_by_organization_id) == ("pending", desk, None)
    assert "洛阳学校" in doctor.get(page.location).words()
    assert "单位调转（调入、调出） 1" in school.get("/admin/").words()
    shown = school.get(f"{URL}details/", id=row.id)
    number = site.citizens["doctor"]
    assert number not in shown.text
    assert f"{number[:4]}**********{number[-4:]}" in shown.text
    asked = school.post(f"{URL}action/", {"action": "approve", "rowid": row.id})
    assert "前台" in asked.words()
    office = site.world.id(Department, "school-office")
    assert school.send_to(f"{URL}action/", asked, {"confirmed": "1", "department_id": office}).status == 302
    person = site.get(Person, "doctor")
    assert (person.employer_id, person.department_id) == (site.world.id(Organization, "school"), office)
    assert "doctor" in school.get("/admin/person/").text
    assert doctor.get("/admin/claim/").status == 200
    assert "doctor-approved" in doctor.get("/admin/claim/").text


def test_enter_sends_the_form_and_does_not_only_fill_the_pickers(site, client_of):
    free(site, "doctor")
    doctor = client_of("doctor")
    page = doctor.get(NEW)
    assert doctor.send(page, {**typed(site), **page.enter()}).status == 302
    assert len(transfers(site, "doctor")) == 1


def test_the_old_employer_keeps_its_records_under_the_name_of_their_time(site, client_of):
    free(site, "doctor")
    person, hospital = site.world.id(Person, "doctor"), client_of("hospital_admin")
    started(site, hospital, f"{NEW}?person={person}", person_id=person)
    [row] = transfers(site, "doctor")
    assert row.started_by_organization_id == site.world.id(Organization, "hospital")
    school = client_of("school_admin")
    asked = school.post(f"{URL}action/", {"action": "approve", "rowid": row.id})
    assert school.send_to(f"{URL}action/", asked, {"confirmed": "1"}).status == 302
    assert hospital.get("/admin/person/details/", id=person).status == 404
    for who in ("hospital_admin", "jinshui_admin", "health_admin"):
        page = client_of(who).get("/admin/claim/", search="doctor", status="approved")
        assert "doctor-approved" in page.text, who
        assert "doctor" in [cell.text_content().strip() for cell in page.tree.xpath("//tbody//td")], who
    claim = hospital.get("/admin/claim/details/", id=site.world.id(Claim, "doctor-approved"))
    number = site.citizens["doctor"]
    assert f"{number[:4]}**********{number[-4:]}" in claim.text
    assert "doctor-2026" not in hospital.get("/admin/year-summary/").text
    assert client_of("school_admin").get("/admin/claim/").text.count("doctor-approved") == 0


def test_what_is_open_is_listed_with_links_and_nothing_is_started(site, client_of):
    client, key = client_of("nurse"), site.world.id(Claim, "nurse-submitted")
    page = client.get(NEW)
    assert f"/admin/claim/details/?id={key}" in page.link("nurse-submitted")
    assert "/admin/correction/details/" in page.link("信息更正（待审核）")
    assert not page.tree.xpath("//main//form")
    refused = client.post(NEW, typed(site))
    assert "nurse-submitted" in refused.text
    assert transfers(site, "nurse") == []


def test_a_second_one_has_to_wait_for_the_first(site, client_of):
    free(site, "doctor")
    client = client_of("doctor")
    first = client.get(NEW)
    assert client.send_to(NEW, first, typed(site)).status == 302
    assert client.send_to(NEW, first, typed(site, "mill")).status == 200
    assert len(transfers(site, "doctor")) == 1
    assert "单位调转（待审核）" in client.get(NEW).words()


BAD = (
    ({"employer": ""}, "employer", "请选择“接收单位”"),
    ({"employer": "999999"}, "employer", "已审核通过的接收单位"),
    ({"employer": "clinic"}, "employer", "已审核通过的接收单位"),
    ({"employer": "jinshui"}, "employer", "已审核通过的接收单位"),
    ({"employer": "hospital"}, "employer", "就是现在的单位"),
    ({"department": "hospital-office"}, "department", "接收单位之下的部门"),
    ({"start_date": "明天"}, "start_date", ""),
    ({"start_date": "2030-01-01"}, "start_date", "一年以后"),
    ({"explanation": " "}, "explanation", "请填写"),
    ({"explanation": "长" * 501}, "explanation", "最多 500 个字"),
)


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"), BAD, ids=[f"{bad[1]}-{number}" for number, bad in enumerate(BAD)]
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    site, client_of, wrong, field, sentence
):
    free(site, "doctor")
    known = {**site.world.ids[Organization], **site.world.ids[Department]}
    values = typed(site) | {name: known.get(value, value) for name, value in wrong.items()}
    client = client_of("doctor")
    page = client.send_to(NEW, client.get(NEW), values)
    assert page.status == 200
    assert sentence in page.errors()[field]
    kept = page.form()
    for name in {"start_date", "explanation"} - set(wrong):
        assert kept[name] == [str(values[name])]
    assert transfers(site, "doctor") == []


def test_an_employer_is_asked_whom_it_sends_away(client_of):
    boss = client_of("hospital_admin")
    page = boss.get(NEW)
    assert page.required("person_id")
    assert "请选择本单位的专业技术人员" in boss.send(page).errors()["person_id"]
    assert "person_id" not in client_of("teacher").get(NEW).text


@pytest.mark.parametrize("whose", ["teacher", "veteran"])
def test_an_employer_sends_nobody_else_s_people_and_no_retired_ones(site, client_of, whose):
    key = site.world.id(Person, whose)
    page = started(site, client_of("hospital_admin"), person_id=key)
    assert page.status == 200
    expected = "请选择本单位的专业技术人员" if whose == "teacher" else "不能调转"
    assert expected in page.words()
    assert len(transfers(site, whose)) == 0


def test_a_forged_employer_or_status_changes_nothing(site, client_of):
    free(site, "doctor")
    page = started(
        site, client_of("doctor"), person_id=site.world.id(Person, "nurse"), status="approved",
        from_employer_id=site.world.id(Organization, "mill"), decided_by_id="1",
    )  # fmt: skip
    assert page.status == 302
    [row] = transfers(site, "doctor")
    assert (row.status, row.from_name, row.decided_by_id) == ("pending", "金水医院", None)
    assert transfers(site, "nurse") == []


def test_every_role_finds_the_transfers_of_its_own_and_only_those_who_may_get_buttons(site, client_of):
    key = site.world.id(Transfer, "lecturer-to-hospital")
    for who, buttons in (
        ("lecturer", {"撤回"}),
        ("hospital_admin", {"通过", "不通过"}),
        ("school_admin", set()),
        ("luoyang_admin", set()),
        ("jinshui_admin", set()),
        ("education_admin", set()),
        ("province_admin", set()),
    ):
        page = client_of(who).get(f"{URL}details/", id=key)
        assert page.status == 200, who
        found = {item.text_content().strip() for item in page.tree.xpath("//main//button[@name='action']")}
        assert found == buttons, who


def test_in_and_out_can_be_told_apart(client_of):
    client = client_of("hospital_admin")
    names = lambda **query: [  # noqa: E731
        link.text_content() for link in client.get(URL, **query).tree.xpath("//tbody//th/a")
    ]
    assert names(direction="in") == ["lecturer"]
    assert names(direction="out") == ["manager"]
    assert names(employer="洛阳") == ["lecturer"]
    assert names(search="mana") == ["manager"]


def test_the_password_is_reset_by_the_new_employer(site, client_of):
    key = site.world.id(Account, "lecturer")
    client = client_of("hospital_admin")
    free(site, "lecturer")
    assert site.get(Account, key).approver_id == site.world.id(Organization, "school")
    row = site.world.id(Transfer, "lecturer-to-hospital")
    asked = client.post(f"{URL}action/", {"action": "approve", "rowid": row})
    assert client.send_to(f"{URL}action/", asked, {"confirmed": "1"}).status == 302
    assert site.get(Account, key).approver_id == site.world.id(Organization, "hospital")
    assert client.get("/admin/account-review/details/", id=key).status == 200
    assert client_of("school_admin").get("/admin/account-review/details/", id=key).status == 404
