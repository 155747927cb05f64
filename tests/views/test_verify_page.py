"""Issuing a certificate, printing it, and asking anybody's question: is it genuine?"""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import pytest
from sqlalchemy import select

from models import (
    Certificate,
    Person,
    YearSummary,
)


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
