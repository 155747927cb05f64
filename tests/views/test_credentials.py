"""Credentials as they are downloaded, verified with what the site publishes, and revoked."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from sqlalchemy import select
from test_verify_page import issued, opened, revoke

from models import Certificate, JournalEntry
from models.base import now
from services.credential_check import CredentialError, check

KEYS, STATUS = "/.well-known/did.json", "/credentials/status/0"


def address(certificate):
    return f"/verify/{quote(certificate.number)}/credential.json"


def held(client, certificate):
    page = client.get(address(certificate))
    assert page.status == 200, page
    return page


def verified(visitor, text):
    """Verify as the documented command does, with what anybody can download."""
    return check(text, visitor.get(KEYS).text, visitor.get(STATUS).text, now())


def test_the_holder_and_the_issuer_carry_the_credential_and_nobody_else(site, client_of, visitor):
    certificate = issued(site, client_of)
    for name in ("doctor", "hospital_admin"):
        told = verified(visitor, held(client_of(name), certificate).text)
        assert f"真实有效：{certificate.number} doctor" in told
        assert address(certificate) in opened(client_of(name), certificate).text
        details = client_of(name).get(f"/admin/certificate/details/?id={certificate.id}")
        assert details.link("下载电子凭证").endswith("credential.json")
    for name in ("visitor", "nurse", "school_admin", "jinshui_admin", "province_admin"):
        assert client_of(name).get(address(certificate)).status == 404, name
        assert "credential.json" not in opened(client_of(name), certificate).text, name
    journaled = site.all(select(JournalEntry.actor_id).where(JournalEntry.action == "carry"))
    assert len(journaled) == 2


def test_a_credential_says_what_the_paper_says_without_the_citizen_id(site, client_of):
    certificate = issued(site, client_of)
    page = held(client_of("doctor"), certificate)
    assert page.headers["Content-Type"].startswith("application/vc")
    assert page.headers["Cache-Control"] == "private, no-store"
    subject = page.json["credentialSubject"]
    assert subject["identifier"][0]["identityHash"] == "doctor"
    assert (subject["licenseNumber"], subject["creditsEarned"]) == (certificate.number, 90)
    assert [result["value"] for result in subject["result"]] == ["30", "60"]
    assert page.json["issuer"]["id"] == "did:web:localhost"
    assert page.json["credentialStatus"]["statusListIndex"] == str(certificate.id)
    for hidden in (site.citizens["doctor"], certificate.snapshot["masked_citizen_id"]):
        assert hidden not in page.text


def test_revoking_flips_the_bit_and_stops_the_download(site, client_of, visitor):
    certificate = issued(site, client_of)
    text = held(client_of("doctor"), certificate).text
    assert "真实有效" in verified(visitor, text)
    revoke(site, certificate)
    with pytest.raises(CredentialError, match="已撤销"):
        verified(visitor, text)
    client = client_of("doctor")
    page = client.get(address(certificate))
    assert "已撤销（所依据的学时认定已被撤销），不能下载电子凭证" in client.follow(page).messages()


def test_an_altered_certificate_is_never_signed(site, client_of):
    certificate = issued(site, client_of)
    site.put(Certificate, certificate.id, snapshot={**certificate.snapshot, "name": "张冒名"})
    client = client_of("doctor")
    page = client.get(address(certificate))
    assert page.status == 302
    assert "校验值不符" in client.follow(page).messages()


def test_there_are_no_lists_no_certificate_can_be_on(visitor):
    assert visitor.get(STATUS).json["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    for number in ("1", "99999999999999999999999", "-1", "x"):
        assert visitor.get(f"/credentials/status/{number}").status == 404, number
