"""Issuing a certificate, and asking anybody's question: is it genuine, and what is an earlier answer still worth?"""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import quote

import pytest
from site_client import Client
from sqlalchemy import select

from models import Account, Certificate, JournalEntry, LoginThrottle, Notice, Person, YearSummary
from models.enums import Revocation, UserType
from services import verification
from services.certificate_number import make_number

GENUINE, REVOKED, INVALID = "真实有效", "已撤销", "无效"
CODE = re.compile(r"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}")


def issued(site, client_of):
    """Issue the doctor's certificate of 2026 and return it."""
    key = site.world.id(YearSummary, "doctor-2026")
    site.put(YearSummary, key, complete=True, public_hours=30, specialty_hours=60)
    client = client_of("hospital_admin")
    page = client.post("/admin/certificate-printing/action/", {"action": "issue", "rowid": key})
    client.send_to("/admin/certificate-printing/action/", page, {"confirmed": "1"})
    person = site.world.id(Person, "doctor")
    [found] = site.all(
        select(Certificate.id).where(Certificate.person_id == person, Certificate.credit_year == 2026)
    )
    return site.get(Certificate, found)


def opened(visitor, certificate):
    return visitor.get(f"/verify/{quote(certificate.number)}")


def asked(visitor, number, name):
    return visitor.post("/verify/", {"number": number, "name": name})


WRITTEN = Revocation.HOURS.reason("张三（410105199001011234）举报属实")


def revoke(site, certificate, reason=WRITTEN):
    moment = dt.datetime(2026, 11, 20, 1, 30, tzinfo=dt.UTC)
    site.put(Certificate, certificate.id, status="revoked", revoked_at=moment, revoked_reason=reason)


def verdict(page):
    """Return the one verdict a page gives."""
    given = [
        " ".join(box.text_content().split())
        for box in page.tree.xpath("//*[contains(@class, 'verdict')]//*[contains(@class, 'h2')]")
    ]
    assert len(given) <= 1, page
    return given[0] if given else None


# ---------------------------------------------------------------- what is shown to whom
def test_a_certificate_is_issued_once_printed_and_found_genuine_by_anybody(site, client_of, visitor):
    certificate = issued(site, client_of)
    client = client_of("hospital_admin")
    again = {"action": "issue", "rowid": site.world.id(YearSummary, "doctor-2026")}
    assert "已制发证书，请直接打印" in client.post("/admin/certificate-printing/action/", again).words()
    printed = client.post("/admin/certificate/action/", {"rowid": certificate.id, "action": "print"})
    assert printed.data.startswith(b"%PDF-")
    assert site.get(Certificate, certificate.id).print_count == 1
    assert verdict(opened(visitor, certificate)) == GENUINE
    assert verdict(asked(visitor, f" {certificate.number.lower()} ", " Doctor")) == GENUINE


def test_the_number_alone_covers_the_name_and_number_and_name_show_the_paper(site, client_of, visitor):
    certificate = issued(site, client_of)
    masked = certificate.snapshot["masked_citizen_id"]
    page = opened(visitor, certificate)
    for word in (certificate.number, "d**", "金水医院", "2026 年度", "90 学时"):
        assert word in page.words()
    for hidden in ("doctor", masked, site.citizens["doctor"]):
        assert hidden not in page.text
    page = asked(visitor, certificate.number, "doctor")
    for word in (certificate.number, "doctor", masked, "编号与姓名相符"):
        assert word in page.words()
    assert site.citizens["doctor"] not in page.text
    assert page.url == "/verify/"  # the name stands in no address
    assert "no-store" in page.headers["Cache-Control"]


def test_a_genuine_number_with_another_name_is_invalid(site, client_of, visitor):
    certificate = issued(site, client_of)
    for name in ("nurse", "doctor2", "d"):
        page = asked(visitor, certificate.number, name)
        assert verdict(page) == INVALID, name
        assert "编号与姓名不符" in page.words()
        assert "金水医院" not in page.words()
        assert page.form()["name"] == [name]  # nothing typed is lost


@pytest.mark.parametrize(
    ("typed", "printed", "same"),
    [
        ("李䶮", "李䶮", True),
        (" 李 䶮 ", "李䶮", True),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提", True),
        ("阿卜杜拉．买买提", "阿卜杜拉·买买提", True),
        ("Ａｎｎａ", "Anna", True),
        ("李龑", "李䶮", False),
        ("阿卜杜拉买买提", "阿卜杜拉·买买提", False),
        ("", "李䶮", False),
    ],
)
def test_names_are_compared_as_people_type_them(typed, printed, same):
    assert verification.same_name(typed, printed) is same


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (WRITTEN, "所依据的学时认定已被撤销"),
        (Revocation.IDENTITY.reason(), "姓名或证件号码已更正"),
        ("张三（410105199001011234）重复发证", verification.WITHDRAWN),
    ],
)
def test_a_revoked_certificate_says_of_what_kind_the_reason_is_and_when_but_not_what_was_written(
    site, client_of, visitor, reason, told
):
    certificate = issued(site, client_of)
    code = CODE.search(opened(visitor, certificate).words())[0]
    revoke(site, certificate, reason)
    pages = (opened(visitor, certificate), asked(visitor, certificate.number, "doctor"))
    for page in (*pages, visitor.get(f"/verify/check/{code}")):
        assert verdict(page) == REVOKED
        assert f"撤销原因：{told} 撤销时间：2026-11-20 09:30" in page.words()
        assert "张三" not in page.text
        assert "410105199001011234" not in page.text
    for page in pages:
        assert GENUINE not in page.words()


# ---------------------------------------------------------------- forged
def test_a_forged_number_is_invalid_and_an_empty_form_is_asked_for(site, client_of, visitor):
    number = issued(site, client_of).number
    forged = make_number(2026, "410105", 999_999)
    assert forged != number
    page = visitor.get(f"/verify/{quote(forged)}")
    assert verdict(page) == INVALID
    assert not CODE.search(page.words())  # nothing was found that an old answer could be about
    assert asked(visitor, "", "").errors() == {"number": "请输入证书编号", "name": "请输入证书上的姓名"}
    assert verdict(asked(visitor, forged, "doctor")) == INVALID


def test_what_is_no_number_is_invalid_with_a_hint_and_no_miss(site, client_of, visitor):
    number = issued(site, client_of).number
    counted = site.all(select(LoginThrottle.key))
    slip = number[:-2] + ("1" if number[-2] != "1" else "2") + number[-1]
    for typed in (slip, number[:-1], "测试证书1", "x", "'; --", "长" * 5000, "%00", "a/b/c"):
        page = visitor.get(f"/verify/{quote(typed)}")
        assert page.status == 200, typed
        assert verdict(page) == INVALID, typed
        assert "多半是没有抄对" in page.words(), typed
    page = asked(visitor, slip, "doctor")
    assert verdict(page) == INVALID
    assert page.form()["number"] == [slip]  # nothing typed is lost
    assert site.all(select(LoginThrottle.key)) == counted


def test_a_number_is_taken_with_its_label_and_without_its_prefix(site, client_of, visitor):
    certificate = issued(site, client_of)
    for typed in (certificate.number.removeprefix("豫继教"), f"证书编号：{certificate.number}"):
        assert verdict(asked(visitor, typed, "doctor")) == GENUINE, typed
        assert verdict(visitor.get(f"/verify/{quote(typed)}")) == GENUINE, typed


def test_a_printed_answer_speaks_of_no_form_and_has_no_empty_footer(site, client_of, visitor):
    page = opened(visitor, issued(site, client_of))
    [hint] = page.tree.xpath(
        "//section[contains(@class, 'verify-sheet')]//*[contains(text(), '请在下方输入')]"
    )
    assert "no-print" in hint.get("class")
    [footer] = page.tree.xpath("//*[contains(@class, 'card-footer')]")
    assert {"no-print", "needs-script"} <= set(footer.get("class").split())  # its only button prints


# ---------------------------------------------------------------- altered
@pytest.mark.parametrize(
    "value", [{"name": "张冒名"}, {"total_hours": "900"}, {"number": "豫继教0"}, {"credit_year": 2020}]
)
def test_an_altered_certificate_is_invalid_and_administrators_are_told_once(site, client_of, visitor, value):
    certificate = issued(site, client_of)
    site.put(Certificate, certificate.id, snapshot={**certificate.snapshot, **value})
    for name in (None, "doctor", "张冒名"):
        page = asked(visitor, certificate.number, name) if name else opened(visitor, certificate)
        assert verdict(page) == INVALID
        assert GENUINE not in page.words()
        assert "金水医院" not in page.words()
    told = site.all(
        select(Account)
        .join(Notice, Notice.account_id == Account.id)
        .where(Notice.title.contains(certificate.number))
    )
    assert {account.user_type for account in told} == {UserType.SYSTEM, UserType.PROVINCE, UserType.EMPLOYER}
    assert len(told) == len({account.id for account in told})
    hospital = certificate.employer_id
    assert {a.organization_id for a in told if a.user_type is UserType.EMPLOYER} == {hospital}
    journaled = select(JournalEntry).where(
        JournalEntry.action == "altered", JournalEntry.object_id == certificate.id
    )
    assert len(site.all(journaled)) == 1
    inbox = client_of("hospital_admin").get("/admin/notice/").words()
    assert "的存档被改动" in inbox
    assert certificate.number in inbox


# ---------------------------------------------------------------- replayed
def test_an_old_answer_is_told_by_its_code_and_what_holds_now(site, client_of, visitor):
    certificate = issued(site, client_of)
    code = CODE.search(asked(visitor, certificate.number, "doctor").words())[0]
    page = visitor.get(f"/verify/check/{code}")
    assert verdict(page) == GENUINE
    for word in ("当时的查验结果", "刚才", "真实有效，已核对姓名", "d**"):
        assert word in page.words()
    assert "doctor" not in page.text  # a code passed on shows no more than the number does
    revoke(site, certificate)
    page = visitor.get("/verify/check/", code=f" {code.lower().replace('-', '')} ")
    assert verdict(page) == REVOKED
    for word in ("真实有效，已核对姓名", "现在的结论已经不同", "所依据的学时认定已被撤销"):
        assert word in page.words()


def test_each_answer_has_its_own_code_and_no_code_can_be_made_up(site, client_of, visitor):
    certificate = issued(site, client_of)
    named = CODE.search(asked(visitor, certificate.number, "doctor").words())[0]
    plain = CODE.search(opened(visitor, certificate).words())[0]
    assert named != plain
    assert "没有核对姓名" in visitor.get(f"/verify/check/{plain}").words()
    other = ("A" if named[-1] != "A" else "B").join([named[:-1], ""])
    for typed in (other, "x", "长" * 40):
        page = visitor.get("/verify/check/", code=typed)
        assert "不是本系统给出的" in page.errors()["code"], typed
        assert verdict(page) is None
    assert visitor.get("/verify/check/", code="").errors() == {"code": "请输入查验码"}
    assert visitor.get("/verify/check/").errors() == {}


# ---------------------------------------------------------------- tried too often
def test_an_address_that_is_wrong_too_often_waits_and_one_that_is_right_does_not(site, client_of, visitor):
    certificate = issued(site, client_of)
    counted = site.all(select(LoginThrottle.key))
    assert verdict(opened(visitor, certificate)) == GENUINE
    assert site.all(select(LoginThrottle.key)) == counted  # being right is not counted
    visitor.token()
    for attempt in range(verification.MISSES.failures + 1):
        page = asked(visitor, certificate.number, f"name {attempt}")
        assert verdict(page) == INVALID
    for page in (
        asked(visitor, certificate.number, "doctor"),
        opened(visitor, certificate),
        visitor.get("/verify/check/", code="A" * 24),
    ):
        assert page.status == 429
        assert "之后再试" in page.messages()
        assert verdict(page) is None
    elsewhere = Client(site.app)
    elsewhere.http.environ_base["REMOTE_ADDR"] = "127.0.0.9"
    assert verdict(opened(elsewhere, certificate)) == GENUINE
    assert verdict(opened(client_of("doctor"), certificate)) is None  # the same address, logged in or not
