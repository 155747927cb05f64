"""The front door: login with its three messages, captcha, registration, its progress, and verification."""

from __future__ import annotations

import datetime as dt
import io
from urllib.parse import quote

import pytest
from conftest import PASSWORD, ROLES, picture
from site_client import Client
from sqlalchemy import select

from models import (
    Account,
    CaptchaChallenge,
    Certificate,
    Department,
    Organization,
    Person,
    YearSummary,
)
from models.enums import AccountStatus
from models.identifiers import make_citizen_id, make_credit_code, make_organization_code

WRONG, PENDING, WRONG_CAPTCHA = "账户或密码错误", "此帐号还未被审核", "验证码错误"
NOT_CONFIRMED_ID = make_citizen_id("410105", dt.date(1991, 4, 12), 33)


# ---------------------------------------------------------------- login
def credentials(site, name, **changes):
    account = site.get(Account, name)
    code = site.get(Organization, account.organization_id).code if account.organization_id else ""
    return {
        "user_type": account.user_type.value,
        "organization_code": code,
        "citizen_id": site.citizens[name],
        "password": PASSWORD,
        **changes,
    }


@pytest.mark.parametrize("role", [role for role in ROLES if role != "visitor"])
def test_each_user_type_logs_in_and_out(site, visitor, role):
    page = visitor.send(visitor.get("/login"), credentials(site, ROLES[role]))
    assert page.location == "/admin/"
    home = visitor.follow(page)
    assert home.status == 200
    label = site.world.actors[ROLES[role]].label
    assert label in home.words()
    assert visitor.get("/logout").status == 405
    assert visitor.get("/admin/").status == 200
    assert visitor.post("/logout").status == 302
    assert visitor.get("/admin/").status == 302


def test_the_login_box_of_the_front_page_works_too(site, visitor):
    page = visitor.send_to("/login", visitor.get("/"), credentials(site, "doctor"))
    assert page.location == "/admin/"


def test_after_login_one_comes_to_the_page_asked_for_and_never_to_a_foreign_site(site, visitor):
    asked = visitor.get("/admin/claim/")
    assert asked.status == 302
    page = visitor.send_to(asked.location, visitor.get(asked.location), credentials(site, "doctor"))
    assert page.location.startswith("/admin/claim/")
    visitor.post("/logout")
    page = visitor.send_to(
        "/login?next=https://example.org/", visitor.get("/login"), credentials(site, "doctor")
    )
    assert "example.org" not in page.location


@pytest.mark.parametrize("code_of", [str.lower, lambda code: f"{code[:8]}-{code[8:]}", make_credit_code])
def test_any_way_of_writing_the_organisation_code_is_understood(site, visitor, code_of):
    code = site.get(Organization, "hospital").code
    typed = credentials(site, "hospital_admin", organization_code=code_of(code))
    assert visitor.send(visitor.get("/login"), typed).location == "/admin/"


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "Falsch-2026-x"},
        {"citizen_id": NOT_CONFIRMED_ID},
        {"citizen_id": "abc"},
        {"user_type": "employer"},
        {"user_type": "nobody"},
        {"user_type": "bureau", "organization_code": "x"},
    ],
)
def test_whatever_is_wrong_the_sentence_and_its_field_are_the_same(site, visitor, changes):
    page = visitor.send(visitor.get("/login"), credentials(site, "doctor", **changes))
    assert page.status == 200
    assert page.words().count(WRONG) == 2  # on top and at the field
    assert list(page.errors().values()).count(WRONG) == 1
    kept = page.form()
    assert kept["citizen_id"] == [changes.get("citizen_id", site.citizens["doctor"])]
    assert "password" not in kept or kept["password"] == [""]
    assert visitor.get("/admin/").status == 302


def test_wrong_password_and_unknown_account_look_the_same(site, visitor):
    pages = [
        visitor.send(visitor.get("/login"), credentials(site, "doctor", **changes))
        for changes in ({"password": "Falsch-2026-x"}, {"citizen_id": NOT_CONFIRMED_ID})
    ]
    assert pages[0].errors() == pages[1].errors()


@pytest.mark.parametrize("name", ["applicant", "clinic_admin"])
def test_a_pending_account_is_told_so_only_with_its_password(site, visitor, name):
    page = visitor.send(visitor.get("/login"), credentials(site, name))
    assert PENDING in page.words()
    assert visitor.get("/admin/").status == 302
    page = visitor.send(visitor.get("/login"), credentials(site, name, password="Falsch-2026-x"))
    assert PENDING not in page.words()
    assert WRONG in page.words()


@pytest.mark.parametrize("status", ["disabled", "rejected"])
def test_a_closed_account_is_like_none(site, visitor, status):
    reason = {"reason": "离职"} if status == "rejected" else {}
    site.put(Account, "doctor", status=status, **reason)
    page = visitor.send(visitor.get("/login"), credentials(site, "doctor"))
    assert WRONG in page.words()
    assert visitor.get("/admin/").status == 302


def test_administrators_of_a_disabled_organisation_do_not_work_on(site, visitor):
    site.put(Organization, "hospital", status="disabled")
    visitor.send(visitor.get("/login"), credentials(site, "hospital_admin"))
    assert visitor.get("/admin/").status == 302
    assert visitor.get("/admin/claim/").status == 302


# ---------------------------------------------------------------- captcha
@pytest.fixture
def guarded(site):
    """A visitor's browser where the captcha is on."""
    return Client(site.captcha_app)


def answer_for(site, client):
    """Look at the picture; return the row of its challenge."""
    page = client.get("/captcha.png")
    assert page.data.startswith(b"\x89PNG")
    assert "no-store" in page.headers["Cache-Control"]
    with client.http.session_transaction() as cookie:
        token = cookie["captcha"]
    [key] = site.all(select(CaptchaChallenge.id).where(CaptchaChallenge.token == token))
    return site.get(CaptchaChallenge, key)


def test_a_right_captcha_lets_in_once(site, guarded):
    form = guarded.get("/login")
    answer = answer_for(site, guarded).answer
    page = guarded.send(form, credentials(site, "doctor", password="Falsch-2026-x", captcha=answer))
    assert WRONG in page.words()
    page = guarded.send(form, credentials(site, "doctor", captcha=answer))  # the same answer again
    assert page.errors()["captcha"] == WRONG_CAPTCHA
    assert guarded.get("/admin/").status == 302
    answer = answer_for(site, guarded).answer
    assert guarded.send(form, credentials(site, "doctor", captcha=f" {answer} ")).location == "/admin/"


@pytest.mark.parametrize("typed", ["", "0000", "０２３４"])
def test_a_wrong_captcha_is_said_and_used_up(site, guarded, typed):
    form = guarded.get("/login")
    answer = answer_for(site, guarded).answer
    page = guarded.send(form, credentials(site, "doctor", captcha=typed))
    assert page.errors() == {"captcha": WRONG_CAPTCHA}
    assert page.form()["citizen_id"] == [site.citizens["doctor"]]
    page = guarded.send(form, credentials(site, "doctor", captcha=answer))
    assert page.errors() == {"captcha": WRONG_CAPTCHA}


def test_a_captcha_expires(site, guarded):
    form = guarded.get("/login")
    challenge = answer_for(site, guarded)
    site.put(CaptchaChallenge, challenge.id, expires_at=challenge.expires_at - dt.timedelta(minutes=6))
    assert guarded.get("/captcha.wav").status == 404
    page = guarded.send(form, credentials(site, "doctor", captcha=challenge.answer))
    assert page.errors() == {"captcha": WRONG_CAPTCHA}


def test_another_picture_ends_the_former_one(site, guarded):
    form = guarded.get("/login")
    former, latter = answer_for(site, guarded), answer_for(site, guarded)
    assert site.all(select(CaptchaChallenge.id).where(CaptchaChallenge.token == former.token)) == []
    if former.answer != latter.answer:
        page = guarded.send(form, credentials(site, "doctor", captcha=former.answer))
        assert page.errors() == {"captcha": WRONG_CAPTCHA}


def test_a_captcha_of_somebody_else_does_not_count(site, guarded):
    other = answer_for(site, Client(site.captcha_app))
    page = guarded.send(guarded.get("/login"), credentials(site, "doctor", captcha=other.answer))
    assert page.errors() == {"captcha": WRONG_CAPTCHA}


def test_the_sound_speaks_the_picture_and_leaves_it_open(site, guarded):
    assert guarded.get("/captcha.wav").status == 404
    form = guarded.get("/login")
    answer = answer_for(site, guarded).answer
    sound = guarded.get("/captcha.wav")
    assert sound.data[:4] == b"RIFF"
    assert sound.headers["Content-Type"].startswith("audio/")
    assert guarded.send(form, credentials(site, "doctor", captcha=answer)).location == "/admin/"


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


# ---------------------------------------------------------------- registration of an employer
NEW_CODE = make_organization_code(87654)


def scan(name="代码证.png", data=None):
    return (io.BytesIO(picture() if data is None else data), name)


def basic(site):
    return {
        "name": "金水新药房有限公司",
        "region_code": "410105",
        "bureau_id": str(site.world.id(Organization, "jinshui")),
        "authority_id": str(site.world.id(Organization, "health")),
        "address": "花园路 1 号",
        "phone": "0371-12345678",
    }


ADMINISTRATOR = {
    "citizen_id": NOT_CONFIRMED_ID,
    "password": PASSWORD,
    "password_confirm": PASSWORD,
    "real_name": "钱经理",
    "mobile": "13900005678",
    "email": "qian@example.com",
}


def step(client, page, **typed):
    """Fill in the step shown and go on; return the answer and the page it leads to."""
    answer = client.send(page, typed)
    return client.follow(answer) if answer.status == 302 else answer


def test_an_employer_registers_in_three_steps_and_its_bureau_lets_it_in(site, visitor, client_of):
    page = step(visitor, visitor.get("/register/employer"), code=NEW_CODE, scan=scan(), next="1")
    assert "name" in page.form()
    page = step(visitor, page, **basic(site), next="1")
    assert "real_name" in page.form()
    page = step(visitor, page, **ADMINISTRATOR, finish="1")
    assert "您已完成单位注册，请耐心等待所属人社部门审批" in page.words()

    login = {"user_type": "employer", "organization_code": NEW_CODE, **ADMINISTRATOR}
    assert PENDING in visitor.send(visitor.get("/login"), login).words()
    bureau = client_of("jinshui_admin")
    [key] = site.all(select(Account.id).where(Account.real_name == "钱经理"))
    shown = bureau.get("/admin/account-review/details/", id=key)
    assert "金水新药房有限公司" in shown.words()
    [image] = shown.tree.xpath("//img[contains(@src, 'organization-certificates')]/@src")
    assert bureau.get(image).data.startswith(b"\x89PNG")
    done = bureau.post("/admin/account-review/action/", {"action": "approve", "rowid": key, "confirmed": "1"})
    assert "已通过" in bureau.follow(done).messages()
    assert visitor.send(visitor.get("/login"), login).location == "/admin/"


def test_going_back_keeps_what_was_typed(site, visitor):
    page = step(visitor, visitor.get("/register/employer"), code=NEW_CODE, scan=scan(), next="1")
    page = step(visitor, page, **basic(site), next="1")
    page = step(visitor, page, **{**ADMINISTRATOR, "mobile": "139"}, back="1")
    for name, value in basic(site).items():
        assert page.form()[name] == [value]
    page = step(visitor, page, name="改了名的药房", back="1")
    assert page.form()["code"] == [NEW_CODE]
    page = step(visitor, page, next="1")  # the scan need not be chosen again
    assert page.form()["name"] == ["改了名的药房"]
    page = step(visitor, page, next="1")
    assert page.form()["mobile"] == ["139"]
    assert "password" not in page.form() or page.form()["password"] == [""]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "请填写“组织机构代码或统一社会信用代码”"),
        ("1234", "组织机构代码"),
        (NEW_CODE[:-1] + ("1" if NEW_CODE[-1] != "1" else "2"), "校验码"),
    ],
)
def test_a_wrong_code_is_named_and_kept(visitor, code, sentence):
    page = step(visitor, visitor.get("/register/employer"), code=code, scan=scan(), next="1")
    assert sentence in page.errors()["code"]
    assert page.form()["code"] == [code]


@pytest.mark.parametrize("form", [lambda code: code, make_credit_code, lambda code: f"{code[:8]}-{code[8:]}"])
def test_both_forms_of_a_code_are_one_organisation(site, visitor, form):
    code = site.get(Organization, "hospital").code
    page = step(visitor, visitor.get("/register/employer"), code=form(code), scan=scan(), next="1")
    assert "该机构代码已登记（正常）" in page.errors()["code"]
    assert "金水医院" not in page.words()


def test_an_organisation_code_taken_between_the_steps_is_refused_at_the_end(site, visitor):
    page = step(visitor, visitor.get("/register/employer"), code=NEW_CODE, scan=scan(), next="1")
    page = step(visitor, page, **basic(site), next="1")
    site.put(Organization, "school", code=NEW_CODE)
    page = step(visitor, page, **ADMINISTRATOR, finish="1")
    assert page.status == 200
    assert "该机构代码已登记" in page.words()
    assert site.all(select(Account.id).where(Account.real_name == "钱经理")) == []


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (("代码证.pdf", picture()), "内容不是 PDF，而是 PNG 图片"),
        (("代码证.exe", b"MZ"), "类型不能上传"),
        (None, "请上传机构代码证扫描件"),
    ],
)
def test_a_disguised_scan_is_refused(visitor, file, sentence):
    typed = {"scan": scan(*file)} if file else {}
    page = step(visitor, visitor.get("/register/employer"), code=NEW_CODE, next="1", **typed)
    assert sentence in page.errors()["scan"]
    assert page.form()["code"] == [NEW_CODE]


def test_no_step_can_be_jumped_over(visitor):
    for wanted in ("1", "2", "9", "-1", "x", "9" * 5000):
        page = visitor.get("/register/employer", step=wanted)
        assert page.status == 200
        assert "code" in page.form()


@pytest.mark.parametrize("field", ["name", "region_code", "bureau_id"])
def test_what_is_missing_of_the_basic_data_is_named(site, visitor, field):
    page = step(visitor, visitor.get("/register/employer"), code=NEW_CODE, scan=scan(), next="1")
    page = step(visitor, page, **{**basic(site), field: ""}, next="1")
    assert set(page.errors()) == {field}


@pytest.mark.parametrize(
    ("field", "office"), [("bureau_id", "health"), ("bureau_id", "school"), ("authority_id", "zhengzhou")]
)
def test_an_office_of_another_kind_is_no_superior(site, visitor, field, office):
    page = step(visitor, visitor.get("/register/employer"), code=NEW_CODE, scan=scan(), next="1")
    page = step(visitor, page, **{**basic(site), field: str(site.world.id(Organization, office))}, next="1")
    assert set(page.errors()) == {field}


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


# ---------------------------------------------------------------- verification
def issued(site, client_of):
    """Issue the doctor's certificate of 2026 and return it."""
    key = site.world.id(YearSummary, "doctor-2026")
    site.put(YearSummary, key, complete=True, public_hours=30, specialty_hours=60)
    client = client_of("hospital_admin")
    page = client.post("/admin/certificate-printing/action/", {"action": "issue", "rowid": key})
    assert "已制发 1 份证书" in client.follow(page).messages()
    person = site.world.id(Person, "doctor")
    [found] = site.all(
        select(Certificate.id).where(Certificate.person_id == person, Certificate.credit_year == 2026)
    )
    return site.get(Certificate, found)


def test_a_certificate_is_issued_once_printed_and_found_genuine_by_anybody(site, client_of, visitor):
    certificate = issued(site, client_of)
    client = client_of("hospital_admin")
    again = {"action": "issue", "rowid": site.world.id(YearSummary, "doctor-2026")}
    page = client.follow(client.post("/admin/certificate-printing/action/", again))
    assert "已制发证书，请直接打印" in page.messages()
    printed = client.post("/admin/certificate-printing/action/", {**again, "action": "print"})
    assert printed.data.startswith(b"%PDF-")
    assert site.get(Certificate, certificate.id).print_count == 1
    page = visitor.get(f"/verify/{quote(certificate.number)}")
    for word in ("真实有效", certificate.number, "doctor", "金水医院", "2026 年度"):
        assert word in page.words()
    assert site.citizens["doctor"] not in page.text
    typed = visitor.get("/verify/", number=f" {certificate.number.lower()} ")
    assert "真实有效" in typed.words()


def test_a_revoked_certificate_says_why(site, client_of, visitor):
    certificate = issued(site, client_of)
    site.put(Certificate, certificate.id, status="revoked", revoked_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC),
             revoked_reason="学时被撤销")  # fmt: skip
    words = visitor.get(f"/verify/{quote(certificate.number)}").words()
    assert "已撤销" in words
    assert "学时被撤销" in words
    assert "真实有效" not in words


@pytest.mark.parametrize(
    "value", [{"name": "张冒名"}, {"total_hours": "900"}, {"number": "豫继教0"}, {"credit_year": 2020}]
)
def test_an_altered_certificate_is_invalid(site, client_of, visitor, value):
    certificate = issued(site, client_of)
    site.put(Certificate, certificate.id, snapshot={**certificate.snapshot, **value})
    words = visitor.get(f"/verify/{quote(certificate.number)}").words()
    assert "无效" in words
    assert "真实有效" not in words
    assert "张冒名" not in words


def test_a_forged_number_is_invalid_and_an_empty_one_is_asked_for(site, client_of, visitor):
    number = issued(site, client_of).number
    forged = number[:-2] + ("1" if number[-2] != "1" else "2") + number[-1]
    for typed in (forged, "测试证书1", "x", "'; --", "长" * 5000, "%00", "a/b/c"):
        page = visitor.get(f"/verify/{quote(typed)}")
        assert page.status == 200, typed
        assert "无效" in page.words(), typed
        assert "真实有效" not in page.words()
    page = visitor.get("/verify/", number="")
    assert "请输入证书编号" in page.words()
