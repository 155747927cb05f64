"""Registration of a professional, and what became of it."""

from __future__ import annotations

import datetime as dt

import pytest
from site_client import PASSWORD
from sqlalchemy import select

from models import (
    Account,
    Department,
    Organization,
)
from models.enums import AccountStatus
from models.identifiers import make_citizen_id

WRONG, PENDING, WRONG_CAPTCHA = "账户或密码错误", "此帐号还未被审核", "验证码错误"
NOT_CONFIRMED_ID = make_citizen_id("410105", dt.date(1991, 4, 12), 33)


# ---------------------------------------------------------------- registration of a person
def person_form(site, **changes):
    return {
        "citizen_id": NOT_CONFIRMED_ID,
        "password": PASSWORD,
        "password_confirm": PASSWORD,
        "real_name": "赵新来",
        "mobile": "13900001234",
        "email": "zhao@example.com",
        "region_city": "410100",
        "region_county": "410105",
        "employer": str(site.world.id(Organization, "hospital")),
        "department": str(site.world.id(Department, "hospital-office")),
        "sex": "1",
        "birth_date": "1991-04-12",
        "native_place": "河南开封",
        "school": "郑州大学",
        **changes,
    }


def register(site, client, **changes):
    return client.send(client.get("/register/person"), person_form(site, **changes))


def test_a_person_registers_and_waits_for_the_employer(site, visitor, client_of):
    page = register(site, visitor)
    assert page.location == "/register/done"
    assert "您已完成专技人员注册，请耐心等待所属单位审批" in visitor.follow(page).words()
    queue = client_of("hospital_admin").get("/admin/account-review/")
    assert "赵新来" in queue.words()
    assert NOT_CONFIRMED_ID not in queue.text
    page = visitor.send(visitor.get("/login"), {"user_type": "person", "citizen_id": NOT_CONFIRMED_ID,
                                                "password": PASSWORD})  # fmt: skip
    assert PENDING in page.words()


BAD_PEOPLE = [
    (
        {"citizen_id": NOT_CONFIRMED_ID[:-1] + ("0" if NOT_CONFIRMED_ID[-1] != "0" else "1")},
        "citizen_id",
        "校验码",
    ),
    ({"citizen_id": make_citizen_id("410105", dt.date(2027, 1, 1), 33)}, "citizen_id", "还没有到"),
    ({"citizen_id": "410105910412331"}, "citizen_id", "15 位的旧身份证号已停止使用"),
    ({"citizen_id": ""}, "citizen_id", "请填写“身份证号”"),
    ({"sex": "2"}, "sex", "“性别”与身份证号不一致"),
    ({"sex": ""}, "sex", "请选择“性别”"),
    ({"birth_date": "1991-04-13"}, "birth_date", "“出生年月”与身份证号不一致"),
    ({"birth_date": "1991-02-30"}, "birth_date", "“出生年月”与身份证号不一致"),
    ({"password": "kurz", "password_confirm": "kurz"}, "password", "强度不够"),
    ({"password": "nurkleinbuchstaben", "password_confirm": "nurkleinbuchstaben"}, "password", "强度不够"),
    (
        {"password": f"Aa-{NOT_CONFIRMED_ID}", "password_confirm": f"Aa-{NOT_CONFIRMED_ID}"},
        "password",
        "不能包含证件号",
    ),
    ({"password_confirm": "Anders-2026-xyz"}, "password_confirm", "两次填写的密码不一致"),
    ({"employer": ""}, "employer", "请选择“所属法人单位”"),
    ({"employer": "999999"}, "employer", "请选择已审核通过的所属单位"),
    ({"employer": "x"}, "employer", "请选择已审核通过的所属单位"),
    ({"mobile": "12345"}, "mobile", "11 位数字"),
    ({"email": "zhao"}, "email", "电子邮箱的格式不对"),
    ({"real_name": " "}, "real_name", "请填写“姓名”"),
]


@pytest.mark.parametrize(("changes", "field", "sentence"), BAD_PEOPLE, ids=[line[2] for line in BAD_PEOPLE])
def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(site, visitor, changes, field, sentence):
    before = site.snapshot()
    page = register(site, visitor, **changes)
    assert page.status == 200
    assert sentence in page.errors()[field]
    again = page.form()
    for name, typed in person_form(site, **changes).items():
        follows = (field, name) == ("employer", "department")  # no employer, no departments to choose from
        if not name.startswith("password") and name != field and not follows:
            assert again[name] == [typed], name
    assert PASSWORD not in page.text
    assert site.snapshot() == before


def test_several_mistakes_are_said_at_once(site, visitor):
    page = register(site, visitor, citizen_id="1", mobile="1", email="1", employer="999999", department="")
    assert set(page.errors()) == {"citizen_id", "mobile", "email", "employer"}


@pytest.mark.parametrize("office", ["clinic", "jinshui", "academy"])
def test_nobody_registers_at_what_is_no_active_employer(site, visitor, office):
    page = register(site, visitor, employer=str(site.world.id(Organization, office)), department="")
    assert page.errors() == {"employer": "请选择已审核通过的所属单位"}


def test_a_department_of_another_employer_is_refused(site, visitor):
    page = register(site, visitor, department=str(site.world.id(Department, "school-office")))
    assert page.errors() == {"department": "请选择所属单位之下的部门"}


@pytest.mark.parametrize(("name", "state"), [("doctor", "正常"), ("applicant", "待审核")])
def test_a_used_id_is_said_by_its_state_and_not_by_whom(site, visitor, name, state):
    number = site.citizens[name]
    sex = "1" if int(number[16]) % 2 else "2"
    page = register(site, visitor, citizen_id=number, sex=sex,
                    birth_date=f"{number[6:10]}-{number[10:12]}-{number[12:14]}")  # fmt: skip
    assert f"该身份证号已注册（{state}）" in page.errors()["citizen_id"]
    assert name not in page.text


def test_without_script_the_pickers_are_filled_on_request(site, visitor):
    page = visitor.send(visitor.get("/register/person"), {"region_city": "410100", "region_county": "410105",
                                                          "real_name": "赵新来", "reload": "1"})  # fmt: skip
    assert page.status == 200
    assert page.errors() == {}
    assert str(site.world.id(Organization, "hospital")) in page.options("employer")
    assert str(site.world.id(Organization, "clinic")) not in page.options("employer")
    assert page.form()["real_name"] == ["赵新来"]


def test_enter_sends_the_form_and_does_not_only_fill_the_pickers(site, visitor):
    page = visitor.get("/register/person")
    assert visitor.send(page, {**person_form(site), **page.enter()}).location == "/register/done"


def test_pickers_answer_what_belongs_together(site, visitor):
    county = visitor.get("/options/county", parent="410100").json["options"]
    assert {"value": "410105", "label": "金水区"} in county
    assert county[0]["label"] == "郑州市（市本级）"
    hospital = site.world.id(Organization, "hospital")
    assert visitor.get("/options/employer", parent="410105").json["options"] == [
        {"value": str(hospital), "label": "金水医院"}
    ]
    assert len(visitor.get("/options/department", parent=str(hospital)).json["options"]) == 2
    assert visitor.get("/options/secret", parent="1").status == 404


# ---------------------------------------------------------------- where a registration stands
def ask(client, **typed):
    return client.send(
        client.get("/registration-status"), {"user_type": "person", "organization_code": "", **typed}
    )


def test_a_pending_registration_names_its_holder_and_can_be_withdrawn(site, visitor):
    register(site, visitor)
    mine = {"citizen_id": NOT_CONFIRMED_ID, "password": PASSWORD}
    page = ask(visitor, **mine, query="1")
    for word in ("待审核", "金水医院", "赵新来", "撤回申请"):
        assert word in page.words()
    wrong = ask(visitor, **{**mine, "password": "Falsch-2026-x"}, withdraw="1")
    assert wrong.errors() == {"password": WRONG}
    assert "赵新来" not in wrong.words()
    page = ask(visitor, **mine, withdraw="1")
    assert "已撤回，可以重新注册" in page.messages()
    assert register(site, visitor).location == "/register/done"


def test_a_rejected_registration_names_its_reason_and_frees_the_id(site, visitor, client_of):
    register(site, visitor)
    [key] = site.all(select(Account.id).where(Account.real_name == "赵新来"))
    form = {"action": "reject", "rowid": key, "confirmed": "1", "reason": "不是本单位职工"}
    assert client_of("hospital_admin").post("/admin/account-review/action/", form).status == 302
    page = ask(visitor, citizen_id=NOT_CONFIRMED_ID, password=PASSWORD, query="1")
    assert "未通过" in page.words()
    assert "不是本单位职工" in page.words()
    assert "撤回申请" not in page.words()
    assert register(site, visitor).location == "/register/done"


def test_an_approved_person_is_in(site, visitor, client_of):
    register(site, visitor)
    [key] = site.all(select(Account.id).where(Account.real_name == "赵新来"))
    form = {"action": "approve", "rowid": key, "confirmed": "1"}
    assert client_of("hospital_admin").post("/admin/account-review/action/", form).status == 302
    assert site.get(Account, key).status is AccountStatus.ACTIVE
    login = {"user_type": "person", "citizen_id": NOT_CONFIRMED_ID, "password": PASSWORD}
    assert visitor.send(visitor.get("/login"), login).location == "/admin/"


def test_nobody_learns_of_an_account_without_its_password(site, visitor):
    pages = [
        ask(visitor, citizen_id=number, password="Falsch-2026-x", query="1")
        for number in (site.citizens["applicant"], NOT_CONFIRMED_ID, "abc")
    ]
    assert [page.errors() for page in pages] == [{"password": WRONG}] * 3


def test_an_approved_registration_cannot_be_withdrawn(site, visitor):
    page = ask(visitor, citizen_id=site.citizens["doctor"], password=PASSWORD, withdraw="1")
    assert "不能撤回" in page.messages()
    assert site.get(Account, "doctor").status is AccountStatus.ACTIVE


@pytest.mark.parametrize("kind", ["", "nobody", "hospital_admin"])
def test_an_unknown_user_type_is_said_and_breaks_nothing(visitor, kind):
    page = ask(visitor, user_type=kind, citizen_id=NOT_CONFIRMED_ID, password=PASSWORD, query="1")
    assert page.status == 200
    assert page.errors()
