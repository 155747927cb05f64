"""Registration of an employer in three steps."""

from __future__ import annotations

import pytest
from registering import ADMINISTRATOR, NEW_CODE, basic, scan, step
from site_client import picture
from sqlalchemy import select

from models import (
    Account,
    Organization,
)
from models.identifiers import make_credit_code

PENDING = "此帐号还未被审核"


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


KEPT = "您填写的内容都已保留"


def test_a_good_scan_is_kept_though_the_code_has_to_be_typed_again(visitor):
    page = visitor.get("/register/employer")
    assert page.required("scan")
    page = step(visitor, page, code="1234", scan=scan(), next="1")
    assert set(page.errors()) == {"code"}
    assert f"{KEPT}：" in page.messages()
    assert "已上传" in page.words()
    assert not page.required("scan")
    assert "region_code" in step(visitor, page, code=NEW_CODE, next="1").form()


def test_a_file_that_has_to_be_chosen_again_is_not_said_to_be_kept(visitor):
    page = step(visitor, visitor.get("/register/employer"), code="1234", next="1")
    assert set(page.errors()) == {"code", "scan"}
    assert f"{KEPT}（文件需要重新选择）：" in page.messages()


def test_passwords_are_not_said_to_be_kept(site, visitor):
    page = step(visitor, visitor.get("/register/employer"), code=NEW_CODE, scan=scan(), next="1")
    page = step(visitor, page, next="1")
    assert f"{KEPT}：" in page.messages()
    page = step(visitor, page, **basic(site), next="1")
    page = step(visitor, page, **{**ADMINISTRATOR, "mobile": "139"}, finish="1")
    assert f"{KEPT}（密码需要重新填写）：" in page.messages()


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
