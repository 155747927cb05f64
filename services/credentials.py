"""A certificate as a verifiable credential (Open Badges 3.0, W3C Verifiable Credentials 2.0), its keys and its status list.

What is signed comes from the sealed snapshot only. Why this form, and what is left out: docs/decisions/0026.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from sqlalchemy import func, select

from models import Certificate, crypto
from models.base import now
from models.enums import CertificateStatus
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import certificate_seal, journal, status_list
from services.certificate_number import make_number, parse_number
from services.data_integrity import multikey, sign
from services.verification import public_reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

PURPOSE = "credential"
CREDENTIALS = "https://www.w3.org/ns/credentials/v2"
OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
IDENTIFIERS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")
LIST_LIFETIME = timedelta(hours=24)
"""How long a downloaded status list speaks for the present; who verifies offline is that far behind at most."""

LAST_LIST = 2**31 // status_list.SIZE
"""Beyond it no certificate can be; keys this large would not fit the address of a database."""


class CredentialRefusedError(Exception):
    """No credential is made of this certificate; the message is a Chinese sentence for its holder."""


def issuer_of(public_url: str) -> str:
    """Return the ``did:web`` of this installation.

    Args:
        public_url: address others reach the system under; it stands at the root of its host.
    """
    return "did:web:" + urlsplit(public_url).netloc.replace(":", "%3A")


def key_document(public_url: str) -> dict[str, Any]:
    """Return the DID document: every key credentials were or are signed with, the one in use first."""
    issuer = issuer_of(public_url)
    keys = [_method(issuer, key) for key in crypto.signing_keys(PURPOSE)]
    return {
        "@context": list(IDENTIFIERS),
        "id": issuer,
        "verificationMethod": [
            {"id": method, "type": "Multikey", "controller": issuer, "publicKeyMultibase": public}
            for method, public in keys
        ],
        "assertionMethod": [method for method, _ in keys],
    }


def _method(issuer: str, key: Ed25519PrivateKey) -> tuple[str, str]:
    # The key is its own name: data keys are renamed, and a name used again must not stand for another key.
    public = multikey(key.public_key())
    return f"{issuer}#{public}", public


def credential(
    session: Session, actor: Actor, text: str, *, public_url: str, request_id: str | None = None
) -> dict[str, Any]:
    """Return the signed credential of a certificate; journaled, since it carries the name. The caller commits.

    Args:
        session: any session that may write.
        actor: its holder or the employer that issued it.
        text: number of the certificate.
        public_url: address of the system, without a slash at the end.
        request_id: for the journal.

    Raises:
        LookupError: there is no such certificate for this actor.
        CredentialRefusedError: it is revoked, or was altered.
    """
    parts = parse_number(text)
    with unscoped(session, "the row carries the actor's own expression"):
        found = (
            parts
            and session.scalars(
                select(Certificate).where(
                    Certificate.number == make_number(*parts),
                    permissions.rows(actor, Verb.CARRY, Certificate),
                )
            ).first()
        )
        if not found:
            raise LookupError("no certificate of the actor's")
        if not certificate_seal.holds(found):
            raise CredentialRefusedError("证书的存档内容与校验值不符，不能下载电子凭证，请联系系统管理员核对")
        if found.status is not CertificateStatus.VALID:
            raise CredentialRefusedError(
                f"证书{found.status.label}（{public_reason(found)}），不能下载电子凭证"
            )
        journal.record(
            session, actor, "certificate", found.id, "carry", details={"number": found.number},
            on_behalf_of_id=found.person_id, request_id=request_id,
        )  # fmt: skip
        unsigned = _badge(found.snapshot, public_url)
        unsigned["credentialStatus"] = _status_of(found.id, public_url)
    return _signed(unsigned, public_url, now())


def _badge(snapshot: Mapping[str, Any], public_url: str) -> dict[str, Any]:
    year = snapshot["credit_year"]
    title = f"专业技术人员继续教育证书（{year} 年度）"
    achievement = f"{public_url}/verify/#year-{year}"
    parts = {"public_hours": "公需科目", "specialty_hours": "专业科目"}
    return {
        "@context": [CREDENTIALS, OPEN_BADGES],
        "id": f"{public_url}/verify/{quote(snapshot['number'])}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": title,
        "issuer": {
            "id": issuer_of(public_url),
            "type": ["Profile"],
            "name": snapshot["issuing_office"],
            "url": public_url,
        },
        "validFrom": f"{snapshot['issued_on']}T00:00:00+08:00",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [
                {
                    "type": "IdentityObject",
                    "identityType": "name",
                    "hashed": False,
                    "identityHash": snapshot["name"],
                }
            ],
            "licenseNumber": snapshot["number"],
            "creditsEarned": _number(snapshot["total_hours"]),
            "achievement": {
                "id": achievement,
                "type": ["Achievement"],
                "name": title,
                "description": f"{year} 年度继续教育学时达到规定要求。学时：1 学时为 45 分钟。",
                "criteria": {
                    "narrative": "公需科目、专业科目和合计学时均达到该年度的要求，经人社部门或行业主管部门认定。"
                },
                "resultDescription": [
                    {
                        "id": f"{achievement}-{name}",
                        "type": ["ResultDescription"],
                        "name": f"{label}学时",
                        "resultType": "Result",
                    }
                    for name, label in parts.items()
                ],
            },
            "result": [
                {"type": ["Result"], "resultDescription": f"{achievement}-{name}", "value": snapshot[name]}
                for name in parts
            ],
        },
    }


def _number(hours: str) -> int | float:
    exact = Decimal(hours)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def _status_of(key: int, public_url: str) -> dict[str, Any]:
    number, index = status_list.place(key)
    address = f"{public_url}/credentials/status/{number}"
    return {
        "id": f"{address}#{index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(index),
        "statusListCredential": address,
    }


def status_list_credential(session: Session, number: int, *, public_url: str) -> dict[str, Any]:
    """Return a signed status list as it is now; revoking a certificate flips its bit.

    Args:
        session: any session; a list says of nobody whose certificate it is.
        number: of the list, counted from 0.
        public_url: address of the system, without a slash at the end.

    Raises:
        LookupError: no certificate is on such a list yet.
    """
    moment = now()
    first = number * status_list.SIZE
    with unscoped(session, "a list is over everybody, one bit each"):
        newest = session.scalar(select(func.max(Certificate.id)))
        if number and (newest or 0) < first:
            raise LookupError("no such list yet")
        revoked = session.scalars(
            select(Certificate.id).where(
                Certificate.id.between(first, first + status_list.SIZE - 1),
                Certificate.status == CertificateStatus.REVOKED,
            )
        ).all()
    address = f"{public_url}/credentials/status/{number}"
    unsigned = {
        "@context": [CREDENTIALS],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_of(public_url),
        "validFrom": _written(moment),
        "validUntil": _written(moment + LIST_LIFETIME),
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": status_list.encode(key - first for key in revoked),
        },
    }
    return _signed(unsigned, public_url, moment)


def _signed(unsigned: dict[str, Any], public_url: str, moment: datetime) -> dict[str, Any]:
    key = crypto.signing_keys(PURPOSE)[0]
    method, _ = _method(issuer_of(public_url), key)
    return sign(unsigned, key, method, moment)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
