"""查验码: the check value on an answer about a certificate, so that an old page or a screenshot can be told.

It says which certificate was asked about, when, and what was answered, and is signed; nothing is stored for it. Fifteen
bytes in base 32 make six groups of four characters that can be typed from paper.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from models import crypto
from models.enums import CertificateStatus

PURPOSE = "certificate check"
GROUP = 4
LENGTH = 24
"""Characters without the dashes."""
ALIKE = str.maketrans({"0": "O", "1": "I", "8": "B"})
"""Digits that are none of the alphabet (RFC 4648), and the letter a reader meant."""

_BODY = struct.Struct(">IIB")  # certificate, seconds since 1970, answer
_MAC_BYTES = 6  # forged only by asking us 2^47 times, and each wrong code counts against its source
_ANSWERS = (None, CertificateStatus.VALID, CertificateStatus.REVOKED)
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Check:
    """An answer that was given.

    Attributes:
        certificate_id: key of the certificate asked about.
        moment: when, to the second.
        status: what was answered; ``None`` for 无效.
        named: whether the name had been compared as well.
    """

    certificate_id: int
    moment: datetime
    status: CertificateStatus | None
    named: bool


def write(check: Check) -> str:
    """Return the code of an answer, such as ``AAAA-AAMK-…``, six groups of four."""
    answer = _ANSWERS.index(check.status) | (_NAMED if check.named else 0)
    body = _BODY.pack(check.certificate_id, int(check.moment.timestamp()), answer)
    text = base64.b32encode(body + _mac(body)).decode()
    return "-".join(text[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def read(text: str) -> Check | None:
    """Return the answer a code stands for, or ``None`` where this system never gave it.

    Args:
        text: as typed: small letters, blanks and dashes do not matter.
    """
    plain = "".join(character for character in text if character.isalnum()).upper().translate(ALIKE)
    if len(plain) != LENGTH:
        return None
    try:
        raw = base64.b32decode(plain)
    except (binascii.Error, ValueError):  # a character outside the alphabet
        return None
    body, mac = raw[: _BODY.size], raw[_BODY.size :]
    if not hmac.compare_digest(_mac(body), mac):
        return None
    key, seconds, answer = _BODY.unpack(body)
    return Check(key, datetime.fromtimestamp(seconds, UTC), _ANSWERS[answer & 3], bool(answer & _NAMED))


def _mac(body: bytes) -> bytes:
    return bytes.fromhex(crypto.sign(PURPOSE, body))[:_MAC_BYTES]
