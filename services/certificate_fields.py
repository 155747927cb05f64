"""What is printed on a certificate, and how its plain values are written."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOURS = ("public_hours", "specialty_hours", "total_hours")


class CertificateRenderError(Exception):
    """A certificate cannot be printed; the message is a Chinese sentence for the user, naming field and way out."""


@dataclass(frozen=True)
class CertificateFields:
    """Everything printed on one certificate; also what is kept of it as snapshot.

    Args:
        number: Certificate number, see `services.certificate_number`.
        name: Name of the person, up to 30 characters at good size.
        sex: 男 or 女 as printed.
        masked_citizen_id: Citizen id with the birth date masked; never the full id.
        employer_name: Full name of the employer, up to 60 characters at good size.
        credit_year: Calendar year the hours belong to.
        public_hours: 公需科目, in 学时.
        specialty_hours: 专业科目, in 学时.
        total_hours: Sum of the year, in 学时.
        issuing_office: 发证机关, full name.
        issued_on: 发证日期.
        verify_url: Address the QR code opens, percent-encoded.
    """

    number: str
    name: str
    sex: str
    masked_citizen_id: str
    employer_name: str
    credit_year: int
    public_hours: Decimal
    specialty_hours: Decimal
    total_hours: Decimal
    issuing_office: str
    issued_on: date
    verify_url: str

    def as_snapshot(self) -> dict[str, Any]:
        """What JSON can hold: hours as printed, the date as ISO 8601."""
        hours = {key: hours_text(getattr(self, key)) for key in _HOURS}
        return {**asdict(self), **hours, "issued_on": self.issued_on.isoformat()}

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> CertificateFields:
        """Undo `as_snapshot`.

        Raises:
            KeyError, TypeError: A field is missing or unknown.
        """
        hours = {key: Decimal(snapshot[key]) for key in _HOURS if key in snapshot}
        return cls(**{**snapshot, **hours, "issued_on": date.fromisoformat(snapshot["issued_on"])})


LABELS = {
    "number": "证书编号",
    "name": "姓名",
    "sex": "性别",
    "masked_citizen_id": "身份证件号码",
    "employer_name": "工作单位",
    "credit_year": "年度",
    "public_hours": "公需科目学时",
    "specialty_hours": "专业科目学时",
    "total_hours": "合计学时",
    "issuing_office": "发证机关",
    "issued_on": "发证日期",
    "verify_address": "查验网址",
}
"""What a template may print, by the name it is called there, with the label sentences use."""

FREE_LENGTH = frozenset({"name", "employer_name", "issuing_office", "verify_address"})
"""What somebody typed, of any length: a template may print these only with ``fit``."""


def hours_text(hours: Decimal) -> str:
    """Hours as printed: 36 for 36.0, 36.5 for 36.50."""
    text = f"{hours:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def printed(fields: CertificateFields) -> dict[str, str]:
    """Return the text of every field as it is printed, by the names of :data:`LABELS`."""
    day = fields.issued_on
    return {
        "number": _one_line(fields.number),
        "name": _one_line(fields.name),
        "sex": _one_line(fields.sex),
        "masked_citizen_id": _one_line(fields.masked_citizen_id),
        "employer_name": _one_line(fields.employer_name),
        "credit_year": str(fields.credit_year),
        "public_hours": hours_text(fields.public_hours),
        "specialty_hours": hours_text(fields.specialty_hours),
        "total_hours": hours_text(fields.total_hours),
        "issuing_office": _one_line(fields.issuing_office),
        "issued_on": f"{day.year}年{day.month}月{day.day}日",
        # Read by people, so 豫继教 instead of its percent-encoding; the QR code keeps the address as it is.
        "verify_address": _one_line(unquote(fields.verify_url)),
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
