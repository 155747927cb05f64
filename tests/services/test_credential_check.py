"""A credential verified offline: what holds, and every way in which one must not be trusted."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

import pytest

from models.crypto import Keyring
from services import status_list
from services.credential_check import CredentialError, check
from services.data_integrity import multikey, sign

ISSUER = "did:web:ce.example.com"
ADDRESS = "https://ce.example.com/credentials/status/0"
NOW = dt.datetime.now(dt.UTC)
NEW, OLD, FOREIGN = (
    Keyring({"k1": bytes([number]) * 32}, "k1", bytes(32)).signing_keys("credential")[0]
    for number in (2, 1, 9)
)
SUBJECT = {
    "identifier": [{"type": "IdentityObject", "identityType": "name", "identityHash": "李䶮"}],
    "licenseNumber": "豫继教2025410105000001X",
    "creditsEarned": 90,
}
ENTRY = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "5",
    "statusListCredential": ADDRESS,
}


def method(key):
    return f"{ISSUER}#{multikey(key.public_key())}"


def keys(*chosen, issuer=ISSUER):
    methods = [
        {"id": method(key), "controller": issuer, "publicKeyMultibase": multikey(key.public_key())}
        for key in chosen
    ]
    return {"id": issuer, "verificationMethod": methods, "assertionMethod": [item["id"] for item in methods]}


def credential(key=NEW, **changes):
    plain = {
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": ISSUER},
        "validFrom": "2025-12-31T00:00:00+08:00",
        "credentialSubject": SUBJECT,
        "credentialStatus": ENTRY,
    }
    return sign({**plain, **changes}, key, method(key), NOW)


def statuses(*revoked, key=NEW, age=dt.timedelta(0), **changes):
    made = NOW - age
    subject = {"statusPurpose": "revocation", "encodedList": status_list.encode(revoked)}
    plain = {
        "id": ADDRESS,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": ISSUER,
        "validFrom": made.isoformat(),
        "validUntil": (made + dt.timedelta(hours=24)).isoformat(),
        "credentialSubject": subject,
    }
    return sign({**plain, **changes}, key, method(key), NOW)


def altered(document, **changes):
    return {**document, **changes}


ALL = keys(NEW, OLD)
HOLDS = {
    "by the key in use": (credential(), ALL, statuses(4, 6), "真实有效"),
    "by a key used before": (credential(OLD), ALL, statuses(), "真实有效"),
    "without a list": (credential(), ALL, None, "没有核对是否已撤销"),
}
FAILS = {
    "altered name": (altered(credential(), credentialSubject={**SUBJECT, "licenseNumber": "x"}), ALL, None, "改动"),
    "altered index": (altered(credential(), credentialStatus={**ENTRY, "statusListIndex": "6"}), ALL, statuses(5), "改动"),
    "no proof": ({"issuer": ISSUER}, ALL, None, "没有签名"),
    "foreign key": (credential(FOREIGN), ALL, None, "不在密钥文件中"),
    "foreign key of that name": (
        altered(credential(FOREIGN), proof={**credential(FOREIGN)["proof"], "verificationMethod": method(NEW)}),
        ALL, None, "改动",
    ),
    "foreign issuer": (credential(), keys(NEW, issuer="did:web:elsewhere.example.com"), None, "不是密钥文件的所有者"),
    "key no longer for this": (credential(), {**ALL, "assertionMethod": []}, None, "不在密钥文件中"),
    "not valid yet": (credential(validFrom="2999-01-01T00:00:00Z"), ALL, None, "起才有效"),
    "without a zone": (credential(validFrom="2025-01-01T00:00:00"), ALL, None, "有效期不能识别"),
    "another kind": (credential(type=["VerifiableCredential"]), ALL, None, "不是继续教育证书"),
    "revoked": (credential(), ALL, statuses(5), "已撤销"),
    "expired list": (credential(), ALL, statuses(age=dt.timedelta(hours=25)), "已过期"),
    "list by a foreign key": (credential(), ALL, statuses(key=FOREIGN), "不在密钥文件中"),
    "altered list": (
        credential(), ALL, altered(statuses(5), credentialSubject=statuses()["credentialSubject"]), "改动",
    ),
    "another list": (credential(), ALL, statuses(id=f"{ADDRESS}1"), "不是该凭证的状态列表"),
    "a credential as list": (credential(), ALL, credential(), "不是该凭证的状态列表"),
    "list for another purpose": (
        credential(), ALL, statuses(credentialSubject={"statusPurpose": "suspension"}), "不是该凭证的状态列表",
    ),
    "unreadable list": (
        credential(), ALL, statuses(credentialSubject={"statusPurpose": "revocation", "encodedList": "u"}), "不能识别",
    ),
    "index beyond the list": (
        credential(credentialStatus={**ENTRY, "statusListIndex": "131072"}), ALL, statuses(), "不能识别",
    ),
    "no object": ([], ALL, None, "签发者"),
}  # fmt: skip


def asked(case):
    signed, known, listed, words = case
    return [json.dumps(signed), json.dumps(known), None if listed is None else json.dumps(listed)], words


@pytest.mark.parametrize("case", HOLDS)
def test_a_genuine_credential_holds(case):
    texts, words = asked(HOLDS[case])
    told = check(*texts, NOW)
    assert words in told
    assert "豫继教2025410105000001X 李䶮" in told


@pytest.mark.parametrize("case", FAILS)
def test_one_that_must_not_be_trusted_is_refused_in_one_sentence(case):
    texts, words = asked(FAILS[case])
    with pytest.raises(CredentialError, match=words) as refused:
        check(*texts, NOW)
    assert "\n" not in str(refused.value)


def test_what_is_no_json_is_named():
    texts, _ = asked(HOLDS["without a list"])
    with pytest.raises(CredentialError, match="凭证不是可读的 JSON"):
        check("{", texts[1], None, NOW)
    with pytest.raises(CredentialError, match="密钥文件不是可读的 JSON"):
        check(texts[0], '{"id": 1, "id": 2}', None, NOW)


def test_the_command_says_it_in_one_sentence_and_its_exit_code(tmp_path):
    def run(case, *, keys="keys.json"):
        for name, text in zip(("c.json", "keys.json", "list.json"), asked(case)[0], strict=True):
            (tmp_path / name).write_text(text or "", encoding="utf-8")
        listed = ["--status-list", "list.json"] if case[2] else []
        command = ["-m", "backoffice", "certificates", "verify-credential", "c.json", "--keys", keys, *listed]
        root = str(Path(__file__).resolve().parent.parent.parent)
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env={"PYTHONPATH": root, "PYTHONUTF8": "1"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.strip().splitlines(), done.stderr.strip().splitlines()

    code, told, errors = run(HOLDS["by the key in use"])
    assert (code, len(told), errors) == (0, 1, [])
    assert "真实有效" in told[0]
    for case in ("revoked", "altered name", "expired list"):
        code, told, errors = run(FAILS[case])
        assert (code, told, len(errors)) == (1, [], 1), case
        assert FAILS[case][3] in errors[0]
    code, told, errors = run(HOLDS["without a list"], keys="missing.json")
    assert (code, told, len(errors)) == (1, [], 1)
    assert "missing.json" in errors[0]
    assert not (tmp_path / "var").exists()  # nothing of an installation is needed or made
