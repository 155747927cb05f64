"""Registration of institutions, bureaus and authorities: through the same steps as an employer, each in its own words."""

from __future__ import annotations

import pytest
from registering import (
    ADMINISTRATOR,
    DECIDED_BY,
    NEW_CODE,
    NOT_CONFIRMED_ID,
    basic,
    login,
    register,
    scan,
    step,
    to_administrator,
    to_basic,
)
from site_client import PASSWORD, Client
from sqlalchemy import select, text
from test_login import answer_for

from models import Account, Organization, RegistrationDraft
from models.enums import AccountStatus, OrganizationKind, OrganizationStatus, UserType
from models.identifiers import make_credit_code, make_organization_code
from services import registration_drafts

NEW_KINDS = ("institution", "bureau", "authority")
DONE = {
    "institution": "您已完成施教机构注册，请耐心等待所属人社部门审批",
    "bureau": "您已完成人社局注册，请耐心等待上级人社部门审批",
    "authority": "您已完成行业主管部门注册，请耐心等待所属人社部门审批",
}
REVIEWED = {
    "institution": ("培训机构级别 市级", "所属行业 卫生", "行业主管部门 省卫健委", "所属区域 金水区"),
    "bureau": ("上级人社部门 郑州市人社局", "所属区域 二七区"),
    "authority": ("主管行业 教育", "同级人社部门 郑州市人社局"),
}


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_each_kind_registers_and_the_office_it_names_lets_it_in(site, visitor, client_of, kind):
    assert DONE[kind] in register(site, visitor, kind).words()
    assert "此帐号还未被审核" in visitor.send(visitor.get("/login"), login(kind)).words()
    [account] = site.all(select(Account).where(Account.real_name == "钱经理"))
    office = site.get(Organization, account.organization_id)
    assert (account.user_type, office.kind) == (UserType(kind), OrganizationKind(kind))
    assert (account.status, office.status) == (AccountStatus.PENDING, OrganizationStatus.PENDING)
    # An authority lies where the office it stands beside lies.
    assert office.region_code == {"institution": "410105", "bureau": "410103", "authority": "410100"}[kind]

    reviewer = client_of(f"{DECIDED_BY[kind]}_admin")
    shown = reviewer.get("/admin/account-review/details/", id=account.id)
    for line in (basic(site, kind)["name"], *REVIEWED[kind]):
        assert line in shown.words()
    assert "性别" not in shown.words()
    assert shown.tree.xpath("//img[contains(@src, 'organization-certificates')]")
    done = reviewer.post(
        "/admin/account-review/action/", {"action": "approve", "rowid": account.id, "confirmed": "1"}
    )
    assert "已通过" in reviewer.follow(done).messages()
    assert visitor.send(visitor.get("/login"), login(kind)).location == "/admin/"
    assert visitor.get("/admin/").status == 200


def test_every_registration_is_found_on_the_front_page_and_beside_the_login(visitor):
    for url in ("/", "/login"):
        page = visitor.get(url)
        for label in ("个人用户注册", "单位注册", "施教机构注册", "人社局注册", "行业主管部门注册"):
            assert page.link(label).startswith("/register/")


# ---------------------------------------------------------------- what is wrong is named
LIST = "请选择列表中的“{}”"
ABOVE, ELSEWHERE = "须是“所属区域”的上一级", "不管理所选的“所属区域”"
BAD = {
    "institution": (
        ({"name": " "}, {"name": "请填写“施教机构名称”"}),
        ({"level_code": ""}, {"level_code": "请选择“培训机构级别”"}),
        ({"level_code": "07"}, {"level_code": LIST.format("培训机构级别")}),  # a level of employers
        ({"industry_code": "zz"}, {"industry_code": LIST.format("所属行业")}),
        ({"bureau_id": "health"}, {"bureau_id": LIST.format("同级人社部门")}),
        ({"bureau_id": "999999"}, {"bureau_id": LIST.format("同级人社部门")}),
        ({"bureau_id": "x"}, {"bureau_id": "请选择“同级人社部门”"}),
        ({"authority_id": "hospital"}, {"authority_id": "没有的可不选"}),
        ({"region_code": "110000"}, {"region_code": "请选择“所属区域”"}),
        ({"region_code": "419000"}, {"region_code": "具体到县市"}),
        ({"region_code": "410300"}, {"bureau_id": ELSEWHERE}),
    ),
    "bureau": (
        ({"region_code": ""}, {"region_code": "请选择“所属区域”"}),
        ({"region_code": "410000"}, {"region_code": "请选择“所属区域”"}),
        ({"bureau_id": "education"}, {"bureau_id": LIST.format("上级人社部门")}),
        ({"bureau_id": "luoyang"}, {"bureau_id": ABOVE}),
        ({"bureau_id": "jinshui"}, {"bureau_id": ABOVE}),
        ({"region_code": "410200", "bureau_id": "zhengzhou"}, {"bureau_id": ABOVE}),
        ({"region_code": "410105"}, {"region_code": "该区域的人社局已登记（正常）"}),
        ({"region_code": "410100", "bureau_id": "jinshui"}, {"region_code": "已登记", "bureau_id": ABOVE}),
    ),
    "authority": (
        ({"name": ""}, {"name": "请填写“行业主管部门名称”"}),
        ({"industry_code": ""}, {"industry_code": "请选择“主管行业”"}),
        ({"industry_code": "zz"}, {"industry_code": LIST.format("主管行业")}),
        ({"bureau_id": "company"}, {"bureau_id": LIST.format("同级人社部门")}),
        ({"bureau_id": ""}, {"bureau_id": "请选择“同级人社部门”"}),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_forged_offices_regions_and_codes_are_refused_at_their_field(site, visitor, kind):
    page = to_basic(visitor, kind)
    for changes, sentences in BAD[kind]:
        typed = {name: str(site.world.ids[Organization].get(value, value)) for name, value in changes.items()}
        answer = visitor.send(page, {**basic(site, kind), **typed, "next": "1"})
        assert answer.status == 200, (changes, answer)
        assert set(answer.errors()) == set(sentences), changes
        for name, sentence in sentences.items():
            assert sentence in answer.errors()[name]
    assert site.all(select(Account.id).where(Account.real_name == "钱经理")) == []


@pytest.mark.parametrize("status", ["disabled", "pending"])
def test_an_office_that_does_not_work_cannot_be_named(site, visitor, status):
    page = to_basic(visitor, "authority")
    site.put(Organization, "zhengzhou", status=status)
    page = visitor.send(page, {**basic(site, "authority"), "next": "1"})
    assert page.errors() == {"bureau_id": LIST.format("同级人社部门")}


def test_a_county_may_stand_directly_below_the_province(site, visitor):
    above = str(site.world.id(Organization, "province"))
    page = to_administrator(site, visitor, "bureau", region_code="410225", bureau_id=above)
    assert "real_name" in page.form()


def test_what_a_form_says_about_kind_state_or_office_changes_nothing(site, visitor):
    forged = {"kind": "province", "user_type": "system", "status": "active", "step": "2", "after": "1",
              "organization_id": "1", "approver_id": str(site.world.id(Organization, "province"))}  # fmt: skip
    page = to_basic(visitor, "institution")
    page = step(visitor, page, **{**basic(site, "institution"), **forged, "step": "1"}, next="1")
    step(visitor, page, **ADMINISTRATOR, **forged, finish="1")
    [account] = site.all(select(Account).where(Account.real_name == "钱经理"))
    assert (account.user_type, account.status) == (UserType.INSTITUTION, AccountStatus.PENDING)
    assert account.approver_id == site.world.id(Organization, "jinshui")
    assert visitor.get("/register/province").status == 404
    assert visitor.get("/register/system").status == 404


@pytest.mark.parametrize(("name", "state"), [("academy", "正常"), ("clinic", "待审核")])
def test_a_used_code_of_any_kind_is_said_by_its_state_in_both_forms(site, visitor, name, state):
    office = site.get(Organization, name)
    for code in (office.code, make_credit_code(office.code)):
        page = to_basic(visitor, "bureau", code)
        assert f"该机构代码已登记（{state}）" in page.errors()["code"]
        assert office.name not in page.words()


# ---------------------------------------------------------------- nothing typed is lost
def test_a_lost_session_loses_nothing_that_was_typed(site, visitor):
    page = to_basic(visitor, "institution")
    visitor.http.delete_cookie("session")
    page = visitor.send(page, {**basic(site, "institution"), "next": "1"})
    assert page.status == 400
    assert "页面停留时间过长" in page.messages()
    assert page.form()["name"] == ["金水医师培训中心"]
    page = step(visitor, page, next="1")
    assert "real_name" in page.form()
    again = visitor.get("/register/institution", step="0").form()
    assert again["code"] == [NEW_CODE]


def test_a_lost_draft_is_said_and_what_was_just_typed_is_kept(site, visitor):
    page = to_basic(visitor, "authority")
    for name, path in (("session", "/"), ("registration", "/register/authority")):
        visitor.http.delete_cookie(name, path=path)
    page = visitor.send(page, {**basic(site, "authority"), "next": "1"})  # no token any more
    page = step(visitor, page, next="1")
    assert "请从这一步继续" in page.messages()
    page = step(visitor, page, code=NEW_CODE, scan=scan(), next="1")
    assert page.form()["name"] == ["郑州市教育局"]
    assert page.form()["industry_code"] == ["83"]


def test_the_last_step_sent_once_more_leads_to_the_page_that_says_it_is_done(site, visitor):
    last = to_administrator(site, visitor, "authority")
    sent = {**ADMINISTRATOR, "finish": "1"}
    assert DONE["authority"] in step(visitor, last, **sent).words()
    again = visitor.send(last, sent)
    assert again.location == "/register/done"
    assert DONE["authority"] in visitor.follow(again).words()
    assert visitor.get("/register/authority").form()["code"] == [""]
    assert len(site.all(select(Account.id).where(Account.real_name == "钱经理"))) == 1


def test_a_draft_lost_after_another_registration_is_not_taken_for_a_registered_one(site, visitor):
    register(site, visitor, "authority")
    page = to_basic(visitor, "authority", make_organization_code(87655))
    visitor.http.delete_cookie("registration", path="/register/authority")
    page = step(visitor, page, **basic(site, "authority"), next="1")
    assert "请从这一步继续" in page.messages()


def test_a_person_with_a_lost_session_gets_his_form_back(site, visitor):
    page = visitor.get("/register/person")
    visitor.http.delete_cookie("session")
    page = visitor.send(page, {**ADMINISTRATOR, "school": "郑州大学"})
    assert page.status == 400
    assert page.form()["school"] == ["郑州大学"]
    assert PASSWORD not in page.text


def test_a_draft_is_encrypted_has_no_password_and_is_found_by_its_own_cookie_only(site, visitor, client_of):
    page = to_administrator(site, visitor, "bureau")
    step(visitor, page, **{**ADMINISTRATOR, "mobile": "139"}, finish="1")
    assert visitor.get("/register/bureau").form()["mobile"] == ["139"]
    [draft] = site.all(select(RegistrationDraft).where(RegistrationDraft.kind == "bureau"))
    assert "password" not in draft.data
    assert PASSWORD not in str(draft.data)
    with site.engine.connect() as connection:
        [stored] = connection.scalars(text("SELECT data FROM registration_draft WHERE kind = 'bureau'"))
    assert NOT_CONFIRMED_ID not in stored
    stranger = client_of("visitor")
    for token in ("", "x", draft.token_hash):
        stranger.http.set_cookie("registration", token, path="/register/bureau")
        assert stranger.get("/register/bureau").form()["code"] == [""]
    page = step(visitor, visitor.get("/register/bureau"), restart="1")
    assert page.form()["code"] == [""]


def test_a_finished_draft_is_gone_and_abandoned_scans_go_with_the_clean_up(site, visitor, client_of):
    register(site, visitor, "institution")
    assert visitor.get("/register/institution").form()["code"] == [""]
    to_basic(client_of("visitor"), "authority", make_organization_code(87655))
    [office] = site.all(select(Organization).where(Organization.code == NEW_CODE))
    with site.session() as session:
        kept = session.scalars(select(RegistrationDraft).where(RegistrationDraft.kind == "authority")).one()
        [abandoned] = kept.files
        early = registration_drafts.clean_up(session, kept.expires_at - registration_drafts.LIFETIME)
        assert early == []  # the finished one went, its scan is the institution's
        assert registration_drafts.clean_up(session, kept.expires_at) == [abandoned]
        assert session.scalars(select(RegistrationDraft.id)).all() == []
    assert abandoned != office.certificate_key


# ---------------------------------------------------------------- captcha
def test_the_last_step_takes_a_captcha_once(site):
    guarded = Client(site.captcha_app)
    page = to_administrator(site, guarded, "institution")
    answer = answer_for(site, guarded, page).answer
    page = step(guarded, page, **{**ADMINISTRATOR, "mobile": "1"}, captcha=answer, finish="1")
    assert set(page.errors()) == {"mobile"}
    page = step(guarded, page, **ADMINISTRATOR, captcha=answer, finish="1")
    assert page.errors() == {"captcha": "验证码错误"}
    assert site.all(select(Account.id).where(Account.real_name == "钱经理")) == []
    answer = answer_for(site, guarded, page).answer
    page = step(guarded, page, **ADMINISTRATOR, captcha=answer, finish="1")
    assert DONE["institution"] in page.words()
