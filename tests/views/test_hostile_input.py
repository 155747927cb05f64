"""What nobody types by accident: unstorable characters, endless text, numbers that are none, forged and reused keys."""

from __future__ import annotations

import pytest
from claim_story import EXCHANGE, NEW, claims_of, file, fire, key_of, proof
from registering import NEW_CODE, basic, scan, step
from sqlalchemy import select
from test_login import credentials
from test_registering_people import NOT_CONFIRMED_ID, person_form, register

from models import Account, Claim, ClaimAttachment, LedgerEntry, Organization, Person
from models.enums import ClaimStatus

GRIDS = {
    "hospital_admin": ("claim", "claim-public", "account-review", "person", "account", "year-summary",
                       "certificate-printing", "certificate", "ledger"),
    "jinshui_admin": ("organization", "account-review"),
    "system_admin": ("region", "dictionary-item", "claim-kind", "claim-item", "hour-rule"),
}  # fmt: skip
SERVICE = {
    **dict.fromkeys(EXCHANGE),
    "title": "义诊",
    "credit_year": "2026",
    "subject": "specialty",
    "start_date": "2026-03-02",
    "end_date": "2026-03-06",
    "item_organizer": "县医院",
    "item_place": "兰考",
    "item_days": "5",
}
CAPPED = "该类型本年度学时将超过年度上限"


# ---------------------------------------------------------------- characters
@pytest.mark.parametrize(("name", "grid"), [(name, grid) for name, grids in GRIDS.items() for grid in grids])
def test_a_nul_in_the_search_box_finds_nothing_and_breaks_nothing(client_of, name, grid):
    assert client_of(name).get(f"/admin/{grid}/", search="不存在\x00的").status == 200


def test_a_nul_in_a_form_is_left_out(site, client_of):
    key = key_of(file(client_of("doctor"), title="学术\x00年会", content="\x00"))
    assert (site.get(Claim, key).title, site.get(Claim, key).content) == ("学术年会", "")
    assert client_of("doctor").get(NEW.format("%00")).status == 200


# ---------------------------------------------------------------- passwords
@pytest.mark.parametrize("length", [129, 5000, 200_000])
def test_an_endless_password_is_a_wrong_password(site, visitor, length):
    for url in ("/login", "/registration-status"):
        for changes in ({}, {"citizen_id": NOT_CONFIRMED_ID}):
            typed = credentials(site, "doctor", password="x" * length, **changes)
            page = visitor.send(visitor.get(url), typed)
            assert (page.status, page.errors()["password"]) == (200, "账户或密码错误")


def test_a_password_of_a_chinese_keyboard_lets_in(site, visitor, client_of):
    password = "Abcd1234xy！é"
    assert register(site, visitor, password=password, password_confirm=password).status == 302
    [key] = site.all(select(Account.id).where(Account.real_name == "赵新来"))
    asked = {"user_type": "person", "citizen_id": NOT_CONFIRMED_ID, "password": password}
    assert "赵新来" in visitor.send(visitor.get("/registration-status"), asked).words()
    fire(client_of("hospital_admin"), "account-review", "approve", key)
    assert visitor.send(visitor.get("/login"), asked).location == "/admin/"
    visitor.post("/logout")
    plain = {**asked, "password": "Abcd1234xy!é"}
    assert visitor.send(visitor.get("/login"), plain).location == "/admin/"


def test_nobody_runs_in_circles_when_an_organisation_is_disabled(site, client_of):
    client = client_of("hospital_admin")
    site.put(Organization, "hospital", status="disabled")
    asked = client.get("/admin/")
    assert asked.status == 302
    assert client.follow(asked).status == 200


# ---------------------------------------------------------------- registrations
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("real_name", "张" * 201, "“姓名”最多 200 个字，请删减"),
        ("real_name", "\u200b\u202e", "请填写“姓名”"),
        ("school", "校" * 201, "“毕业院校”最多 200 个字，请删减"),
        ("native_place", "x" * 5000, "“籍贯”最多 200 个字，请删减"),
        ("ethnicity", "zz", "请选择列表中的“民族”"),
        ("title_level", "x" * 40, "请选择列表中的“职称级别”"),
    ],
)
def test_what_cannot_be_stored_of_a_person_is_named(site, visitor, field, value, sentence):
    before = site.snapshot()
    page = register(site, visitor, **{field: value})
    assert (page.status, page.errors()) == (200, {field: sentence})
    assert page.form()["mobile"] == [person_form(site)["mobile"]]
    assert site.snapshot() == before


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "单" * 201, "“单位名称”最多 200 个字，请删减"),
        ("address", "地" * 5000, "“地址”最多 200 个字，请删减"),
        ("phone", "1" * 201, "“联系电话”最多 200 个字，请删减"),
        ("nature_code", "x" * 40, "请选择列表中的“单位性质”"),
        ("region_code", "110000", "请选择“所属区域”"),
    ],
)
def test_what_cannot_be_stored_of_an_employer_is_named_and_the_rest_survives(
    site, visitor, field, value, sentence
):
    page = step(visitor, visitor.get("/register/employer"), code=NEW_CODE, scan=scan(), next="1")
    page = visitor.send(page, {**basic(site), field: value, "next": "1"})
    assert (page.status, page.errors()) == (200, {field: sentence})
    again = visitor.get("/register/employer?step=1").form()
    assert again["bureau_id"] == [basic(site)["bureau_id"]]


def test_the_longest_name_of_any_script_can_be_searched(site, visitor):
    assert register(site, visitor, real_name="İ" * 200).status == 302
    [person] = site.all(select(Person).where(Person.name == "İ" * 200))
    assert len(person.name_initials) == 200


# ---------------------------------------------------------------- one form, several sendings
def test_going_back_to_a_saved_draft_changes_that_draft(site, client_of):
    client, before = client_of("doctor"), claims_of(site)
    blank = client.get(NEW.format("academic_exchange"))
    key = key_of(client.send(blank, {**EXCHANGE, "command": "draft", "attachments": proof()}))
    changed = {**EXCHANGE, "title": "改过的年会", "command": "submit", "attachments": proof()}
    assert key_of(client.send(blank, changed)) == key
    claim = site.get(Claim, key)
    assert (claim.title, claim.status) == ("改过的年会", ClaimStatus.SUBMITTED)
    assert len(claims_of(site)) == len(before) + 1


def test_going_back_to_a_submitted_claim_to_file_another_says_so_and_then_files_it(site, client_of):
    client = client_of("doctor")
    blank = client.get(NEW.format("academic_exchange"))
    first = key_of(client.send(blank, {**EXCHANGE, "command": "submit", "attachments": proof()}))
    other = {**EXCHANGE, "title": "另一次年会", "command": "submit", "attachments": proof("另.pdf")}
    page = client.send(blank, other)
    assert page.status == 200
    assert f"这张表已保存为“{EXCHANGE['title']}”（待单位审核）" in page.messages()
    assert page.form()["title"] == ["另一次年会"]
    second = key_of(client.send(page, {"command": "submit"}))
    assert second != first
    assert [site.get(Claim, key).title for key in (first, second)] == [EXCHANGE["title"], "另一次年会"]


def test_a_corrected_form_sent_twice_files_one_claim_with_one_file(site, client_of):
    client = client_of("doctor")
    refused = file(client, title="")
    typed = {"title": "改好了", "command": "submit"}
    first, second = client.send(refused, typed), client.send(refused, typed)
    assert key_of(first) == key_of(second)
    assert len(site.all(select(ClaimAttachment.id).where(ClaimAttachment.claim_id == key_of(first)))) == 1


@pytest.mark.parametrize("forged", ["x" * 5000, "\x00", "'; --"])
def test_a_forged_submission_key_is_none(site, client_of, forged):
    assert file(client_of("doctor"), submission_key=forged).status == 302


def test_somebody_else_s_submission_key_reveals_nothing_and_loses_nothing(site, client_of):
    doctor = client_of("doctor")
    blank = doctor.get(NEW.format("academic_exchange"))
    taken = blank.form()["submission_key"][0]
    key_of(doctor.send(blank, {**EXCHANGE, "command": "submit", "attachments": proof()}))
    nurse = client_of("nurse")
    page = file(nurse, title="护士的年会", submission_key=taken)
    assert page.status == 200
    assert page.form()["title"] == ["护士的年会"]
    assert EXCHANGE["title"] not in page.text
    assert nurse.send(page, {"command": "submit"}).status == 302


def test_more_files_than_allowed_are_not_kept(site, client_of):
    before = len(site.all(select(ClaimAttachment.id)))
    client = client_of("doctor")
    typed = {**EXCHANGE, "command": "submit", "attachments": [proof(f"{number}.pdf") for number in range(23)]}
    page = client.send(client.get(NEW.format("academic_exchange")), typed)
    assert page.status == 200
    assert "前 20 个已保留" in page.errors()["attachments"]
    assert page.form()["title"] == [EXCHANGE["title"]]
    assert len(site.all(select(ClaimAttachment.id))) == before + 20


def test_a_forged_field_of_waiting_files_names_any_number_and_gets_none(client_of):
    assert file(client_of("doctor"), waiting="999999," * 100_000).status == 404


# ---------------------------------------------------------------- decisions
@pytest.mark.parametrize(
    "typed", ["sNaN", "NaN", "Infinity", "-1", "0.04", "19.96", "1E-9999999", "1e400", "七"]
)
def test_hours_that_cannot_be_awarded_as_typed_are_refused(site, client_of, typed):
    key = key_of(file(client_of("doctor")))
    fire(client_of("hospital_admin"), "claim-public", "declare", key)
    _, page = fire(
        client_of("jinshui_admin"), "claim-decision", "approve", key, awarded_hours=typed, reason="酌减"
    )
    assert page.status == 200
    assert "awarded_hours" in page.errors()
    assert site.get(Claim, key).status is ClaimStatus.DECLARED


def test_a_batch_key_fires_one_transition_only(site, client_of):
    keys = [key_of(file(client_of("doctor"), title=f"年会{number}")) for number in range(2)]
    fire(client_of("hospital_admin"), "claim-public", "declare", *keys)
    office = client_of("jinshui_admin")
    preview, _ = fire(office, "claim-decision", "approve", keys[0])
    [used] = preview.form()["batch_key"]
    fire(office, "claim-decision", "reject", keys[1], batch_key=used, reason="材料不符")
    assert [site.get(Claim, key).status.value for key in keys] == ["approved", "rejected"]


def test_claims_declared_together_do_not_exceed_the_cap_of_the_year(site, client_of):
    doctor, office = client_of("doctor"), client_of("jinshui_admin")
    keys = []
    for number in range(3):
        blank = doctor.get(NEW.format("grassroots_service"))
        typed = {**SERVICE, "title": f"义诊{number}", "item_days": "4", "command": "submit"}
        keys.append(key_of(doctor.send(blank, {**typed, "attachments": proof(f"{number}.pdf")})))
    assert {site.get(Claim, key).computed_hours for key in keys} == {24}
    fire(client_of("hospital_admin"), "claim-specialty", "declare", *keys, route="bureau")
    preview, page = fire(office, "claim-decision", "approve", *keys)
    assert "可以通过 1 条" in preview.words()
    assert CAPPED in preview.words()
    assert CAPPED in office.follow(page).words()
    preview, page = fire(
        office, "claim-decision", "approve", keys[1], awarded_hours="6", reason="本年度上限 30 学时"
    )
    assert "已通过" in office.follow(page).messages()
    assert [site.get(Claim, key).status.value for key in keys] == ["approved", "approved", "declared"]
    posted = site.all(select(LedgerEntry.hours).where(LedgerEntry.source_id.in_(keys)))
    assert sum(posted) == 30
