"""The yearly certificate as PDF: A4 landscape, one page each, text embedded and copyable.

Layout lives in `templates/print/certificate/` (`template.html`, `theme.css`). This module measures and breaks what
users typed so that no length moves the page, draws the QR code, and refuses a result that is not exactly right:
a character without glyph or a second page is an error here, never a black square in somebody's hands.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from logging import getLogger
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from pypdf import PdfReader, PdfWriter
from reportlab.platypus.doctemplate import LayoutError
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import RenderLimitError, ResourceAccessPolicy

from services.certificate_text import TextTooLongError, fit, missing_characters, register_fonts

__all__ = [
    "CertificateFields",
    "CertificateRenderError",
    "hours_text",
    "missing_characters",
    "render",
    "render_many",
]

TEMPLATE_FOLDER = Path(__file__).resolve().parent.parent / "templates" / "print" / "certificate"

# xhtml2pdf recurses once a page: a thousand pages in one document end in RecursionError.
PAGES_PER_DOCUMENT = 100

# A document may read nothing but the data URI of its QR code: neither files nor the network.
_NO_RESOURCES = ResourceAccessPolicy.server(allow_remote=False)

_log = getLogger(__name__)


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
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> "CertificateFields":
        """Undo `as_snapshot`.

        Raises:
            KeyError, TypeError: A field is missing or unknown.
        """
        hours = {key: Decimal(snapshot[key]) for key in _HOURS if key in snapshot}
        return cls(**{**snapshot, **hours, "issued_on": date.fromisoformat(snapshot["issued_on"])})


_HOURS = ("public_hours", "specialty_hours", "total_hours")


@dataclass(frozen=True)
class _Cell:
    """Where a text of free length goes: the Chinese label and the room of theme.css, in points."""

    label: str
    width: float
    height: float
    size: float


_CELLS = {
    "name": _Cell("姓名", width=332, height=20, size=16),
    "employer_name": _Cell("工作单位", width=545, height=36, size=15),
    "issuing_office": _Cell("发证机关", width=226, height=38, size=14),
    "verify_address": _Cell("查验网址", width=196, height=28, size=8),
}


def render(certificate: CertificateFields) -> bytes:
    """One certificate as a PDF of one page.

    Raises:
        CertificateRenderError: A character has no glyph, or the text does not fit.
    """
    return _render_document([certificate])


def render_many(certificates: Sequence[CertificateFields]) -> bytes:
    """Certificates in the order given, one page each, as one PDF.

    Raises:
        CertificateRenderError: As `render`, naming the certificate; or there is nothing to print.
    """
    if not certificates:
        raise CertificateRenderError("没有可打印的证书，请先选择至少一份证书。")
    chunks = [
        _render_document(certificates[start : start + PAGES_PER_DOCUMENT])
        for start in range(0, len(certificates), PAGES_PER_DOCUMENT)
    ]
    if len(chunks) == 1:
        return chunks[0]
    writer = PdfWriter()
    for chunk in chunks:
        writer.append(io.BytesIO(chunk))
    writer.add_metadata({"/Title": "河南省专业技术人员继续教育证书"})
    merged = io.BytesIO()
    writer.write(merged)
    return merged.getvalue()


def hours_text(hours: Decimal) -> str:
    """Hours as printed: 36 for 36.0, 36.5 for 36.50."""
    text = f"{hours:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _render_document(certificates: Sequence[CertificateFields]) -> bytes:
    """As many pages as certificates, or CertificateRenderError."""
    register_fonts()
    html = _template().render(pages=[_page(certificate) for certificate in certificates])
    target = io.BytesIO()
    try:
        status = pisa.CreatePDF(html, dest=target, encoding="utf-8", resource_policy=_NO_RESOURCES)
    except (LayoutError, RenderLimitError) as error:
        raise CertificateRenderError(
            "证书排版失败，未生成任何文件，请联系系统管理员检查证书模板。"
        ) from error
    if status.err or status.warn:
        _log.error("xhtml2pdf could not lay out the certificate: %s", [entry[:3] for entry in status.log])
        raise CertificateRenderError("证书排版失败，未生成任何文件，请联系系统管理员检查证书模板。")
    if len(PdfReader(target).pages) != len(certificates):
        raise CertificateRenderError("证书内容超出一页，未生成任何文件，请联系系统管理员检查证书模板。")
    return target.getvalue()


def _page(certificate: CertificateFields) -> dict[str, Any]:
    """One certificate as the template wants it: printable text, fitted to its cells."""
    values: dict[str, Any] = {
        key: " ".join(value.split()) if isinstance(value, str) else value
        for key, value in asdict(certificate).items()
    }
    # Read by people, so 豫继教 instead of its percent-encoding; the QR code keeps the address as it is.
    values["verify_address"] = unquote(values["verify_url"])
    for key, value in values.items():
        if isinstance(value, str) and (missing := missing_characters(value)):
            label = _CELLS[key].label if key in _CELLS else "内容"
            raise CertificateRenderError(
                f"证书 {certificate.number} 的“{label}”中有证书字体没有的字符："
                f"{'、'.join(f'{character}（U+{ord(character):04X}）' for character in missing)}。"
                "请改用字体已有的规范字形后再打印，或联系系统管理员补充字体。"
            )
    for key, cell in _CELLS.items():
        try:
            values[key] = fit(values[key], width=cell.width, height=cell.height, size=cell.size)
        except TextTooLongError as error:
            raise CertificateRenderError(
                f"证书 {certificate.number} 的“{cell.label}”过长，证书上放不下，请改用规范简称后再打印。"
            ) from error
    for key in _HOURS:
        values[key] = hours_text(values[key])
    day = certificate.issued_on
    values["issued_on"] = f"{day.year}年{day.month}月{day.day}日"
    values["qr"] = segno.make(certificate.verify_url, error="m", micro=False).png_data_uri(scale=8, border=2)
    return values


@cache
def _template() -> Template:
    """The certificate's template; what users typed is escaped."""
    loader = FileSystemLoader(TEMPLATE_FOLDER)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    return environment.get_template("template.html")
