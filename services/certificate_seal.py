"""The seal of a certificate: a keyed digest of what was printed, so that a changed snapshot is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from models import crypto

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models import Certificate

PURPOSE = "certificate"


def seal(snapshot: Mapping[str, Any]) -> str:
    """Return the seal of a snapshot, HMAC-SHA256 in hexadecimal."""
    return crypto.sign(PURPOSE, _canonical(snapshot))


def holds(certificate: Certificate) -> bool:
    """Tell whether a stored certificate still says what was sealed, and says it of its own number and year."""
    snapshot = certificate.snapshot
    return (
        crypto.verify(PURPOSE, _canonical(snapshot), certificate.seal)
        and snapshot["number"] == certificate.number
        and snapshot["credit_year"] == certificate.credit_year
    )


def _canonical(snapshot: Mapping[str, Any]) -> bytes:
    return json.dumps(snapshot, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
