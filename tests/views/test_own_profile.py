"""个人基本信息维护: what everybody changes of himself, and the password before the address of password recovery changes."""

from __future__ import annotations

import pytest
from site_client import PASSWORD
from sqlalchemy import select

from models import Account, JournalEntry, OutgoingMail, Person, RecoveryLink

URL = "/admin/profile/"
EVERYBODY = ("doctor", "hospital_admin", "academy_admin", "jinshui_admin", "health_admin", "province_admin",
             "system_admin")  # fmt: skip


@pytest.fixture
def reachable(site):
    """Give everybody a number and an address, as a registration does."""
    for number, name in enumerate(EVERYBODY):
        site.put(Account, name, mobile=f"1390000000{number}", email=f"{name}@example.com")


def mails(site):
    rows = site.all(select(OutgoingMail.id).where(OutgoingMail.template == "email_changed"))
    return [site.get(OutgoingMail, one) for one in rows]


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("name", EVERYBODY)
def test_everybody_changes_his_number_and_not_who_he_is(site, client_of, name):
    client = client_of(name)
    page = client.get(URL)
    words, citizen = page.words(), site.citizens[name]
    assert "个人基本信息维护" in words
    assert f"{citizen[:4]}**********{citizen[-4:]}" in words
    forged = {"mobile": "138 1234 5678", "real_name": "改", "name": "改", "citizen_id": "1", "status": "disabled",
              "organization_id": "1", "employer_id": "1", "department_id": ""}  # fmt: skip
    before = site.get(Account, name)
    done = client.send(page, forged)
    assert "已保存" in client.follow(done).messages()
    after = site.get(Account, name)
    assert after.mobile == "13812345678"
    assert (after.real_name, after.organization_id, after.status) == (
        before.real_name, before.organization_id, before.status)  # fmt: skip
    assert mails(site) == []


@pytest.mark.usefixtures("reachable")
def test_a_professional_keeps_what_his_employer_keeps_too_but_not_the_department(site, client_of):
    client = client_of("doctor")
    page = client.get(URL)
    code = page.options("education_code")[0]
    department = site.get(Person, "doctor").department_id
    client.send(
        page, {"education_code": code, "school": " 郑州  大学 ", "mobile": "13900000009", "department_id": ""}
    )
    person = site.get(Person, "doctor")
    assert (person.education_code, person.school, person.mobile, person.department_id) == (
        code, "郑州 大学", "13900000009", department)  # fmt: skip
    [entry] = site.all(
        select(JournalEntry.id).where(JournalEntry.object_type == "person", JournalEntry.action == "edit")
    )
    assert site.get(JournalEntry, entry).details["school"] == ["毕业院校", "", "郑州 大学"]
    assert "school" not in client_of("hospital_admin").get(URL).form()
    assert client.get("/admin/person/edit/", id=person.id).status == 403


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"mobile": "12"}, "mobile", "11 位数字"),
        ({"mobile": ""}, "mobile", "请填写“手机”"),
        ({"email": ""}, "email", "请填写“电子邮箱”"),
        ({"email": "nobody"}, "email", "格式不对"),
        ({"education_code": "不存在"}, "education_code", "请选择列表中的“学历”"),
        ({"school": "字" * 201}, "school", "最多 200 个字"),
    ],
)
def test_bad_input_is_said_at_its_field(site, client_of, typed, field, words):
    client = client_of("doctor")
    before = site.snapshot()
    page = client.send(client.get(URL), {**typed, "native_place": "河南郑州"})
    assert words in page.errors()[field]
    assert page.form()["native_place"] == ["河南郑州"]
    after = site.snapshot()
    assert after["Person"] == before["Person"]
    assert after["Account"] == before["Account"]


@pytest.mark.usefixtures("reachable")
@pytest.mark.parametrize("name", ["doctor", "jinshui_admin"])
def test_a_new_address_needs_the_password_and_is_told_to_the_old_one(site, client_of, name):
    with site.session() as session:
        link = RecoveryLink(account_id=site.world.id(Account, name), token_hash="1" * 64,
                            expires_at=site.get(Account, name).created_at)  # fmt: skip
        session.add(link)
        session.flush()
        sent = link.id
    client = client_of(name)
    for password, words in (("", "须填写登录密码"), ("falsch", "密码不正确")):
        page = client.send(
            client.get(URL), {"email": "new@example.com", "mobile": "13900000077", "password": password}
        )
        assert words in page.errors()["password"]
        assert page.form()["email"] == ["new@example.com"]
        assert site.get(Account, name).email == f"{name}@example.com"
        assert site.get(Account, name).mobile != "13900000077"
    done = client.send(client.get(URL), {"email": "new@example.com", "password": PASSWORD})
    assert "已保存" in client.follow(done).messages()
    assert site.get(Account, name).email == "new@example.com"
    if name == "doctor":
        assert site.get(Person, "doctor").email == "new@example.com"
    [mail] = mails(site)
    assert mail.recipient == f"{name}@example.com"
    assert "n***@example.com" in mail.body
    assert "new@example.com" not in mail.body + mail.html
    assert site.get(RecoveryLink, sent).used_at is not None
    assert "更改电子邮箱" in client.get("/admin/login-security/").words()


def test_a_visitor_is_sent_to_the_login(visitor):
    assert "/login" in visitor.get(URL).location
