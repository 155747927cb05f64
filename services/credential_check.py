"""Verifying a credential offline: the file, the issuer's key document, and a status list where there is one."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.base import CHINA
from services.data_integrity import ProofError, method_of, public_key, read_json, verify
from services.status_list import StatusListError, is_set

if TYPE_CHECKING:
    from collections.abc import Mapping

REVOCATION = "revocation"
_INDEX = re.compile(r"[0-9]{1,9}")


class CredentialError(ValueError):
    """A credential must not be trusted; the message is one Chinese sentence that says why."""


def check(credential: str, keys: str, statuses: str | None, moment: datetime) -> str:
    """Return one sentence about a credential that holds.

    Args:
        credential: text of the credential.
        keys: text of the issuer's ``did.json``, got from the issuer and not from whoever showed the credential.
        statuses: text of the status list the credential names; ``None`` leaves open whether it was revoked.
        moment: now.

    Raises:
        CredentialError: altered, signed with another key, not valid at this moment, revoked; or the list is expired,
            altered or another one.
    """
    document = _read("密钥文件", keys)
    signed = _proven("凭证", _read("凭证", credential), document, moment)
    if "OpenBadgeCredential" not in _list(signed.get("type")):
        raise CredentialError("这不是继续教育证书的电子凭证")
    subject = _object(signed.get("credentialSubject"))
    told = f"{subject.get('licenseNumber', '')} {_name_of(subject)}".strip()
    if statuses is None:
        return f"签名有效，内容未被改动：{told}；没有核对是否已撤销（未提供 --status-list）"
    entry = _object(signed.get("credentialStatus"))
    listed = _proven("状态列表", _read("状态列表", statuses), document, moment)
    if _revoked(entry, listed):
        raise CredentialError(f"已撤销：{told}（原因请到网上查验）")
    return f"真实有效：{told}；状态列表截至 {_shown(listed.get('validFrom'))}"


def _read(what: str, text: str) -> Mapping[str, Any]:
    try:
        return _object(read_json(text))
    except ProofError as error:
        raise CredentialError(f"{what}{error}") from None


def _proven(what: str, signed: Any, document: Mapping[str, Any], moment: datetime) -> Mapping[str, Any]:
    """Return a document that its issuer signed and that is valid now."""
    issuer = signed.get("issuer")
    issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not issuer or issuer != document.get("id"):
        raise CredentialError(f"{what}的签发者（{issuer}）不是密钥文件的所有者（{document.get('id')}）")
    try:
        method = method_of(signed)
        known = {
            key.get("id"): key.get("publicKeyMultibase")
            for key in map(_object, _list(document.get("verificationMethod")))
            if key.get("controller") == issuer
        }
        if method not in known or method not in _list(document.get("assertionMethod")):
            raise CredentialError(f"{what}所用的密钥不在密钥文件中")
        verify(signed, public_key(known[method]))
    except ProofError as error:
        raise CredentialError(f"{what}{error}") from None
    start, end = _moment(what, signed.get("validFrom")), _moment(what, signed.get("validUntil"))
    if start and start > moment:
        raise CredentialError(f"{what}自 {_shown(signed['validFrom'])} 起才有效，请检查本机时间")
    if end and end < moment:
        raise CredentialError(f"{what}已过期（有效至 {_shown(signed['validUntil'])}），请重新下载")
    return _object(signed)


def _revoked(entry: Mapping[str, Any], listed: Mapping[str, Any]) -> bool:
    subject = _object(listed.get("credentialSubject"))
    index = entry.get("statusListIndex")
    if (
        "BitstringStatusListCredential" not in _list(listed.get("type"))
        or entry.get("statusPurpose") != REVOCATION
        or subject.get("statusPurpose") != REVOCATION
        or entry.get("statusListCredential") != listed.get("id")
        or not isinstance(index, str)
        or not _INDEX.fullmatch(index)
    ):
        raise CredentialError(f"这不是该凭证的状态列表，请下载 {entry.get('statusListCredential')}")
    try:
        return is_set(str(subject.get("encodedList")), int(index))
    except StatusListError:
        raise CredentialError("状态列表的内容不能识别，请重新下载") from None


def _moment(what: str, text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        read = None
    if read is None or read.tzinfo is None:
        raise CredentialError(f"{what}的有效期不能识别")
    return read


def _shown(text: Any) -> str:
    return datetime.fromisoformat(str(text)).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def _name_of(subject: Mapping[str, Any]) -> str:
    identities = map(_object, _list(subject.get("identifier")))
    return "".join(
        str(one.get("identityHash", "")) for one in identities if one.get("identityType") == "name"
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
