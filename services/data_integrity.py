"""Signatures of JSON documents: W3C Data Integrity with the cryptosuite ``eddsa-jcs-2022``.

Source: Data Integrity EdDSA Cryptosuites v1.0 (W3C Recommendation, 15 May 2025), section 3.3; keys are Multikeys of Controlled
Identifiers v1.0, section 2.2.2. Only what is needed here: one proof, Ed25519. Canonical JSON is that of RFC 8785.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUITE = "eddsa-jcs-2022"
PROOF_TYPE = "DataIntegrityProof"
PURPOSE = "assertionMethod"

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE = len(_ALPHABET)
_ED25519_PUBLIC = b"\xed\x01"
_KEY_BYTES = 32
_LONGEST = 128
"""Characters of a key or signature; a signature has 88. Reading base 58 takes the square of its length."""


class ProofError(ValueError):
    """A document is not signed, or not by the key given; the message says which in Chinese."""


def sign(
    document: dict[str, Any], key: Ed25519PrivateKey, method: str, created: datetime | None
) -> dict[str, Any]:
    """Return the document with a proof.

    Args:
        document: JSON without a proof.
        key: the signer's.
        method: address under which the public key is found.
        created: when it is signed; left out where ``None``.
    """
    proof = {
        "type": PROOF_TYPE,
        "cryptosuite": SUITE,
        "verificationMethod": method,
        "proofPurpose": PURPOSE,
    }
    if created is not None:
        proof["created"] = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    options: dict[str, Any] = proof
    if "@context" in document:
        options = {**proof, "@context": document["@context"]}
    signature = key.sign(_hashed(document, options))
    return {**document, "proof": {**options, "proofValue": "z" + to_base58(signature)}}


def method_of(signed: Any) -> str:
    """Return the address of the key a document says it is signed with.

    Raises:
        ProofError: it carries no proof of the kind this module reads.
    """
    proof = signed.get("proof") if isinstance(signed, dict) else None
    if not isinstance(proof, dict):
        raise ProofError("没有签名")
    if (proof.get("type"), proof.get("cryptosuite"), proof.get("proofPurpose")) != (
        PROOF_TYPE,
        SUITE,
        PURPOSE,
    ):
        raise ProofError(f"签名不是 {SUITE} 方式，本命令不能核对")
    method = proof.get("verificationMethod")
    if not isinstance(method, str):
        raise ProofError("签名没有写明所用的密钥")
    return method


def verify(signed: dict[str, Any], key: Ed25519PublicKey) -> None:
    """Prove that a document is what the owner of ``key`` signed.

    Raises:
        ProofError: it is not, or cannot be read.
    """
    method_of(signed)
    proof = dict(signed["proof"])
    document = {name: value for name, value in signed.items() if name != "proof"}
    value = proof.pop("proofValue", None)
    if not isinstance(value, str) or not value.startswith("z"):
        raise ProofError("签名值不能识别")
    if "@context" in proof and not _begins(document.get("@context"), proof["@context"]):
        raise ProofError("签名与内容的 @context 不一致")
    try:
        key.verify(from_base58(value[1:]), _hashed(document, proof))
    except (InvalidSignature, rfc8785.CanonicalizationError, RecursionError, ValueError):
        raise ProofError("签名与内容不符，内容被改动过") from None


def _begins(whole: Any, start: Any) -> bool:
    """Tell whether the contexts of a document begin with those that were signed."""
    contexts = whole if isinstance(whole, list) else [whole]
    signed = start if isinstance(start, list) else [start]
    return contexts[: len(signed)] == signed


def _hashed(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    if "@context" in options:
        document = {**document, "@context": options["@context"]}
    return b"".join(hashlib.sha256(rfc8785.dumps(part)).digest() for part in (options, document))


# ---------------------------------------------------------------- keys and base 58
def multikey(key: Ed25519PublicKey) -> str:
    """Return a public key as a Multikey, ``z6Mk…``."""
    return "z" + to_base58(_ED25519_PUBLIC + key.public_bytes_raw())


def public_key(text: Any) -> Ed25519PublicKey:
    """Read a Multikey.

    Raises:
        ProofError: it is no Ed25519 key.
    """
    try:
        raw = from_base58(text[1:]) if isinstance(text, str) and text.startswith("z") else b""
    except ValueError:
        raw = b""
    if not raw.startswith(_ED25519_PUBLIC) or len(raw) != len(_ED25519_PUBLIC) + _KEY_BYTES:
        raise ProofError("密钥文件中的密钥不是 Ed25519 公钥")
    return Ed25519PublicKey.from_public_bytes(raw[len(_ED25519_PUBLIC) :])


def to_base58(data: bytes) -> str:
    """Return bytes in base 58 (the alphabet of Bitcoin, draft-msporny-base58)."""
    number, digits = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, _BASE)
        digits = _ALPHABET[digit] + digits
    return _ALPHABET[0] * (len(data) - len(data.lstrip(b"\0"))) + digits


def from_base58(text: str) -> bytes:
    """Undo :func:`to_base58`; raises ``ValueError`` for anything else."""
    if len(text) > _LONGEST:
        raise ValueError("too long for a key or a signature")
    number = 0
    for character in text:
        number = number * _BASE + _ALPHABET.index(character)
    zeros = len(text) - len(text.lstrip(_ALPHABET[0]))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


# ---------------------------------------------------------------- reading
def read_json(text: str) -> Any:
    """Read JSON in which every name stands once: with two of a name, readers would see different documents.

    Raises:
        ProofError: it is no JSON, or not of that kind.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ProofError("不是可读的 JSON") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice")
    return read


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
