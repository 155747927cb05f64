"""信息更正 over HTTP: asking with a scan, deciding, and the full ids that are shown once to who decides."""

from __future__ import annotations

import io
import re

import pytest
from factories import citizen_id
from site_client import picture
from sqlalchemy import select
from staff_desk import journal
from test_sessions import credentials, log_in

from models import Account, Person, PersonCorrection

NEW = "/admin/correction/new/"
URL = "/admin/correction/"


def corrections(site, person):
    rows = select(PersonCorrection).where(PersonCorrection.person_id == site.world.id(Person, person))
    return site.all(rows.order_by(PersonCorrection.id))


def asked(client, address=NEW, *, scan=("身份证.png", None), page=None, **typed):
    values = {"explanation": "身份证号录错一位"} | typed
    if scan:
        name, data = scan
        values["scan"] = (io.BytesIO(data or picture()), name)
    return client.send_to(address, page or client.get(address), values)


def decided(client, key, action, **more):
    page = client.post(f"{URL}action/", {"action": action, "rowid": key})
    return client.send_to(f"{URL}action/", page, {"confirmed": "1", **more})


def test_a_person_asks_the_employer_decides_and_he_logs_in_with_the_new_id(site, client_of):
    doctor, boss, number = client_of("doctor"), client_of("hospital_admin"), citizen_id()
    old = site.citizens["doctor"]
    page = asked(doctor, name=" 多克托 ", citizen_id=number)
    assert page.status == 302, page
    [row] = corrections(site, "doctor")
    shown = doctor.get(page.location)
    assert old not in shown.text
    assert number not in shown.text
    assert "信息更正审核 2" in boss.get("/admin/").words()  # with the nurse's
    assert decided(boss, row.id, "approve").status == 302
    person, account = site.get(Person, "doctor"), site.get(Account, "doctor")
    assert (person.name, person.name_initials, person.citizen_id) == ("多克托", "dkt", number)
    assert (account.real_name, account.citizen_id) == ("多克托", number)
    assert doctor.get("/admin/").status == 200  # the session goes on
    assert log_in(site, "doctor", citizen_id=number).get("/admin/").status == 200
    visitor = client_of("visitor")
    refused = visitor.send(visitor.get("/login"), credentials(site, "doctor", citizen_id=old))
    assert "账户或密码错误" in refused.words()


def test_both_full_ids_are_shown_once_with_a_reason_and_the_person_sees_that(site, client_of):
    nurse, boss, number = client_of("nurse"), client_of("hospital_admin"), citizen_id()
    site.put(PersonCorrection, "nurse-name", status="withdrawn")
    asked(nurse, citizen_id=number)
    row, old = corrections(site, "nurse")[-1], site.citizens["nurse"]
    page = boss.get(f"{URL}details/", id=row.id)
    masked = {f"{full[:4]}**********{full[-4:]}" for full in (old, number)}
    assert masked <= set(re.findall(r"\d{4}\*{10}\d{3}[\dX]", page.text))
    assert not {old, number} & set(re.findall(r"\d{17}[\dX]", page.text))
    empty = boss.post(f"{URL}unmask/", {"id": row.id, "reason": " "})
    assert "请填写查看原因" in empty.words()
    full = boss.post(f"{URL}unmask/", {"id": row.id, "reason": "审核信息更正申请"})
    assert {old, number} <= set(re.findall(r"\d{17}[\dX]", full.text))
    assert "no-store" in full.headers["Cache-Control"]
    [entry] = journal(site, "nurse", "unmask")
    assert entry.reason == "审核信息更正申请"
    assert old not in str(entry.details)
    person = nurse.get("/admin/person/details/", id=row.person_id)
    assert "审核信息更正申请" in person.words()
    for who, status in (("nurse", 403), ("school_admin", 404), ("jinshui_admin", 403)):
        assert client_of(who).post(f"{URL}unmask/", {"id": row.id, "reason": "看看"}).status == status
    decided(boss, row.id, "reject", reason="扫描件不清晰")
    assert boss.post(f"{URL}unmask/", {"id": row.id, "reason": "再看"}).status == 403


def test_an_employer_asks_for_one_of_its_people(site, client_of):
    boss, key = client_of("hospital_admin"), site.world.id(Person, "veteran")
    page = asked(boss, f"{NEW}?person={key}", name="老将")
    assert page.status == 302, page
    [row] = corrections(site, "veteran")
    assert row.started_by_organization_id is not None
    decided(boss, row.id, "approve")
    assert site.get(Person, "veteran").name != "老将"  # who asked does not approve it himself
    site.put(PersonCorrection, row.id, started_by_id=site.world.id(Account, "doctor"))
    assert decided(boss, row.id, "approve").status == 302
    assert site.get(Person, "veteran").name == "老将"
    foreign = site.world.id(Person, "lecturer")
    refused = asked(boss, NEW, name="别人", person_id=foreign)
    assert "请选择本单位的专业技术人员" in refused.words()
    assert corrections(site, "lecturer") == []


def test_form_and_preview_say_how_many_certificates_fall(site, client_of):
    boss, nurse = client_of("hospital_admin"), client_of("nurse")
    key = site.world.id(PersonCorrection, "nurse-name")
    page = boss.post(f"{URL}action/", {"action": "approve", "rowid": key})
    assert "1 份有效证书随之撤销" in page.words()
    assert "份有效证书" not in boss.post(f"{URL}action/", {"action": "reject", "rowid": key}).words()
    site.put(PersonCorrection, key, status="withdrawn")
    assert "1 份，更正通过后随之撤销" in nurse.get(NEW).words()
    assert "随之撤销" not in client_of("doctor").get(NEW).words()


BAD = (
    ({}, "name", "与现在登记的相同"),
    ({"citizen_id": "41010119700101057"}, "citizen_id", "18 位"),
    ({"citizen_id": "nurse"}, "citizen_id", "该身份证号已登记（在职）"),
    ({"citizen_id": "applicant"}, "citizen_id", "该身份证号已登记（待审核）"),
    ({"name": "新名", "explanation": ""}, "explanation", "请填写"),
    ({"name": "长" * 201}, "name", "最多 200 个字"),
    ({"name": "新名", "scan": None}, "scan", "请上传"),
    ({"name": "新名", "scan": ("程序.exe", b"MZ")}, "scan", "类型不能上传"),
    ({"name": "新名", "scan": ("图.png", b"%PDF-1.4")}, "scan", "不是 PNG"),
)


@pytest.mark.parametrize(
    ("wrong", "field", "sentence"), BAD, ids=[f"{bad[1]}-{n}" for n, bad in enumerate(BAD)]
)
def test_what_is_wrong_is_said_at_its_field(site, client_of, wrong, field, sentence):
    typed = dict(wrong)
    if (number := typed.get("citizen_id")) in site.citizens:
        typed["citizen_id"] = site.citizens[number]
    page = asked(client_of("doctor"), **typed)
    assert page.status == 200
    assert sentence in page.errors()[field]
    for name in ("nurse", "金水医院"):
        assert name not in page.errors()[field]
    assert corrections(site, "doctor") == []


def test_a_good_scan_is_not_uploaded_twice_and_proves_nothing_about_somebody_else(site, client_of):
    boss = client_of("hospital_admin")
    doctor, veteran = (site.world.id(Person, name) for name in ("doctor", "veteran"))
    page = asked(boss, f"{NEW}?person={doctor}", citizen_id="12")
    assert "已上传：身份证.png" in page.words()
    other = asked(boss, f"{NEW}?person={veteran}", name="老将", scan=None)
    assert "请上传" in other.errors()["scan"]
    page = asked(boss, f"{NEW}?person={doctor}", citizen_id="12")
    again = asked(boss, f"{NEW}?person={doctor}", page=page, scan=None, citizen_id=citizen_id())
    assert again.status == 302, again
    assert len(corrections(site, "doctor")) == 1


def test_a_second_one_has_to_wait_for_the_first(site, client_of):
    nurse = client_of("nurse")
    page = nurse.get(NEW)
    assert f"/admin/correction/details/?id={site.world.id(PersonCorrection, 'nurse-name')}" in page.text
    assert not page.tree.xpath("//main//form")
    refused = nurse.post(NEW, {"name": "新名", "explanation": "x", "scan": (io.BytesIO(picture()), "a.png")})
    assert refused.status == 200
    assert len(corrections(site, "nurse")) == 1


def test_who_asked_withdraws(site, client_of):
    key = site.world.id(PersonCorrection, "nurse-name")
    boss = client_of("hospital_admin")
    page = boss.post(f"{URL}action/", {"action": "withdraw", "rowid": key})
    assert "没有处理该记录的权限" in page.words()
    assert decided(client_of("nurse"), key, "withdraw").status == 302
    assert site.get(PersonCorrection, "nurse-name").status == "withdrawn"
