"""A certificate template: its folder, laid out by xhtml2pdf without network and without files of anybody else.

A template is HTML (``template.html``) with its theme (``theme.css``), pictures and TrueType fonts beside it. It gets ``pages``,
a list of certificates with the fields of ``services.certificate_fields.LABELS`` and ``qr``, and ``fit``, which sets text
of any length into a room: ``{{ fit(page.name, width=332, height=20, size=16) }}``, in points.
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass
from functools import cached_property
from logging import getLogger
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import segno
from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup
from reportlab.pdfbase.ttfonts import TTFont
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy

from services.certificate_fields import LABELS, CertificateFields, CertificateRenderError, printed
from services.certificate_text import (
    LINE_HEIGHT,
    FittedText,
    TextTooLongError,
    fit,
    register_fonts,
    registered_fonts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TEMPLATE_FOLDER = Path(__file__).resolve().parent.parent / "templates" / "print" / "certificate"
MAIN = "template.html"
TEXT_SUFFIXES = (".html", ".css")
FONT_SUFFIX = ".ttf"
MASK = 3
QUIET = 2  # modules of white around the code inside its picture
BROKEN = "证书排版失败，未生成任何文件，请联系系统管理员检查证书模板。"

_log = getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Room:
    """One use of ``fit`` in a template: which field, and the room it has, in points."""

    field: str
    width: float
    height: float
    size: float


class Value(str):
    """A field as a template sees it: text that still knows what it is and which page it stands on."""

    __slots__ = ("field", "page")
    field: str
    page: Page


class Page:
    """One certificate as a template sees it.

    Args:
        texts: by the names of :data:`services.certificate_fields.LABELS`.
        qr: the picture of the code, as a data URI.
        fitted: what sets a text into a room; gets the number of the ``fit`` on this page.
    """

    def __init__(
        self, texts: dict[str, str], qr: str, fitted: Callable[[int, Room, str], FittedText]
    ) -> None:
        self.fits = 0
        self.qr = qr
        self._fitted = fitted
        for field, text in texts.items():
            value = Value(text)
            value.field, value.page = field, self
            setattr(self, field, value)

    def fit(self, room: Room, text: str) -> FittedText:
        """Set a text into a room."""
        self.fits += 1
        return self._fitted(self.fits - 1, room, text)


class _Sandbox(SandboxedEnvironment):
    """No attribute that leads out, and no arithmetic that fills the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        """Refuse to multiply: a layout has no need of it."""
        raise TemplateError("templates do not multiply")


class TemplateFolder:
    """A folder in memory.

    Args:
        files: content by path relative to the folder, with forward slashes.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    @classmethod
    def of_folder(cls, folder: Path = TEMPLATE_FOLDER) -> TemplateFolder:
        """Read a folder; the one the system comes with where none is named."""
        return cls(
            {
                path.relative_to(folder).as_posix(): path.read_bytes()
                for path in folder.rglob("*")
                if path.is_file()
            }
        )

    @cached_property
    def fonts(self) -> dict[str, TTFont]:
        """Every font it can be set in, by PostScript name: the system's and its own."""
        own = (
            TTFont(path, io.BytesIO(data))
            for path, data in self.files.items()
            if path.lower().endswith(FONT_SUFFIX)
        )
        return {str(font.face.name.decode()): font for font in (*registered_fonts(), *own)}

    def html(self, pages: Sequence[Page]) -> str:
        """Return the HTML of some pages.

        Raises:
            CertificateRenderError: the template itself is wrong.
        """
        texts = {
            path: data.decode("utf-8")
            for path, data in self.files.items()
            if path.lower().endswith(TEXT_SUFFIXES)
        }
        environment = _Sandbox(loader=DictLoader(texts), autoescape=True, undefined=StrictUndefined)
        # What was tried once (services.certificate_trial) draws the same ever after: nothing is left to chance.
        del environment.filters["random"], environment.globals["lipsum"]
        try:
            return environment.get_template(MAIN).render(pages=pages, fit=_fit)
        except CertificateRenderError:
            raise
        except Exception as error:  # noqa: BLE001  (a template raises whatever it stumbles over)
            _failed("Jinja", error)

    def lay_out(self, pages: Sequence[Page]) -> bytes:
        """Return the PDF that xhtml2pdf makes of some pages, one each.

        Raises:
            CertificateRenderError: it cannot, or what it made is not one page each.
        """
        register_fonts()
        target, html = io.BytesIO(), self.html(pages)
        with tempfile.TemporaryDirectory() as folder:
            for path, data in self.files.items():
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
            policy = ResourceAccessPolicy.server(folder, allow_remote=False)
            try:
                status = pisa.CreatePDF(
                    html, dest=target, encoding="utf-8", path=str(Path(folder, MAIN)), resource_policy=policy
                )
            except Exception as error:  # noqa: BLE001  (so do pictures and fonts inside it)
                _failed("xhtml2pdf", error)
        if status.err or status.warn:
            _failed("xhtml2pdf", [entry[:3] for entry in status.log])
        return target.getvalue()

    def naive(self, certificates: Iterable[CertificateFields]) -> bytes:
        """Lay certificates out one by one, as slow as it is: what stamping is measured against.

        Args:
            certificates: at most some hundred; xhtml2pdf recurses once a page.
        """
        return self.lay_out(
            [Page(printed(one), qr_picture(one.verify_url), in_text_font) for one in certificates]
        )


def in_text_font(_place: int, room: Room, text: str) -> FittedText:
    """Set a text into a room in the text font."""
    return fit(text, width=room.width, height=room.height, size=room.size)


def qr_picture(address: str) -> str:
    """Return the code of an address as a picture, a data URI."""
    return str(qr_code(address).png_data_uri(scale=8, border=QUIET))


def qr_code(address: str) -> segno.QRCode:
    """Return the code of an address: level M, read even where a seventh of it is spoilt.

    Choosing the best of the eight masks takes ten times as long as all the rest of a certificate, and only matters
    for data that draw patterns by themselves, which addresses do not (ISO/IEC 18004, 7.8).
    """
    return segno.make(address, error="m", micro=False, mask=MASK)


def _failed(what: str, why: object) -> NoReturn:
    _log.error("%s could not lay out the certificate: %s", what, why)
    raise CertificateRenderError(BROKEN) from (why if isinstance(why, BaseException) else None)


def _fit(value: object, *, width: float, height: float, size: float) -> Markup:
    if not isinstance(value, Value):
        raise CertificateRenderError("模板中的 fit 只能用于证书字段，例如 fit(page.name, …)，请改正模板。")
    try:
        text = value.page.fit(Room(value.field, float(width), float(height), float(size)), str(value))
    except TextTooLongError as error:
        raise too_long(value.field) from error
    lines = Markup("<br />").join(text.lines)  # escapes each
    # A block, because a line is as high as its block's letters; those of a span would keep the height of the large ones.
    return Markup('<div style="font-size: {}pt; line-height: {}">{}</div>').format(
        text.size, LINE_HEIGHT, lines
    )


def too_long(field: str) -> CertificateRenderError:
    """Return the error of a text that has no room even in the smallest letters."""
    return CertificateRenderError(f"“{LABELS[field]}”过长，证书上放不下，请改用规范简称后再打印。")
