"""Certificates as PDF, one page each: their fields stamped on a layout, text embedded and copyable.

`services.certificate_layout` knows where things go. What is stamped is exactly right or an error: a character without glyph
or a text without room never becomes a black square in somebody's hands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING

from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from services.certificate_fields import CertificateFields, CertificateRenderError, hours_text
from services.certificate_layout import Layout
from services.certificate_marks import lay_out
from services.certificate_stamping import BACKGROUND, FONT, content
from services.certificate_template import TemplateFolder
from services.certificate_text import missing_characters
from services.pdf_writing import HEADER, Letters, Pages, copy, stream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "CertificateFields",
    "CertificateRenderError",
    "file_name",
    "hours_text",
    "join_documents",
    "missing_characters",
    "problem",
    "render",
    "render_document",
    "render_each",
    "standard_layout",
]

TITLE = "河南省专业技术人员继续教育证书"
SINGLES_AT_ONCE = 100
"""Single files made together: they share one subset of the fonts, which takes longer to make than a page."""
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


@cache
def standard_layout() -> Layout:
    """Return the template the system comes with, laid out once a process."""
    return lay_out(TemplateFolder.of_folder())


def render(certificate: CertificateFields, layout: Layout | None = None) -> bytes:
    """One certificate as a PDF of one page.

    Raises:
        CertificateRenderError: A character has no glyph, or the text does not fit.
    """
    return b"".join(render_document([certificate], layout))


def render_document(
    certificates: Iterable[CertificateFields], layout: Layout | Sequence[Layout] | None = None
) -> Iterator[bytes]:
    """Certificates in the order given, one page each, as one PDF, piece by piece: memory does not grow with them.

    Args:
        certificates: what is printed; may be an iterator.
        layout: of all of them, or one for each; the standard one where not given.

    Raises:
        CertificateRenderError: As `render`, naming the certificate; or there is nothing to print. What was yielded
            before is then no document.
    """
    document = _Document()
    for place, certificate in enumerate(certificates):
        yield from document.page(certificate, _layout_of(layout, place))
    if not document.pages:
        raise CertificateRenderError("没有可打印的证书，请先选择至少一份证书。")
    yield from document.end()


def join_documents(documents: Iterable[bytes], title: str) -> Iterator[bytes]:
    """Documents one after the other as one PDF, piece by piece: memory holds one of them at a time.

    Args:
        documents: as `render_document` made them; may be an iterator.
        title: of the whole.
    """
    joined = _Document()
    yield HEADER
    for document in documents:
        yield from joined.take(document)
    yield from joined.end(title)


def render_each(
    certificates: Iterable[CertificateFields], layout: Layout | Sequence[Layout] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Certificates as single files: (name of the file, PDF), in the order given.

    Args:
        certificates: as for `render_document`.
        layout: as for `render_document`.

    Raises:
        CertificateRenderError: As `render`, naming the certificate.
    """
    numbered = enumerate(certificates)
    while portion := list(islice(numbered, SINGLES_AT_ONCE)):
        sheets = [(one, _layout_of(layout, place)) for place, one in portion]
        letters: dict[int, dict[str, Letters]] = {}
        pages = []
        for certificate, its in sheets:
            known = letters.setdefault(id(its), {name: Letters(font) for name, font in its.fonts.items()})
            pages.append(content(its, certificate, known))
        prepared: dict[int, _Single] = {}
        for (certificate, its), page in zip(sheets, pages, strict=True):
            single = prepared.get(id(its)) or prepared.setdefault(id(its), _Single(its, letters[id(its)]))
            yield file_name(certificate), single.file(certificate, page)


def file_name(certificate: CertificateFields) -> str:
    """Return what a single file is called: number and name, without what file systems refuse."""
    return f"{_UNSAFE.sub('', f'{certificate.number}-{certificate.name}')}.pdf"


def problem(certificate: CertificateFields, layout: Layout | None = None) -> str | None:
    """Return why a certificate cannot be printed, as a sentence; ``None`` where it can."""
    its = layout or standard_layout()
    try:
        content(its, certificate, {name: Letters(font) for name, font in its.fonts.items()})
    except CertificateRenderError as error:
        return str(error)
    return None


def _layout_of(layout: Layout | Sequence[Layout] | None, place: int) -> Layout:
    if layout is None:
        return standard_layout()
    return layout if isinstance(layout, Layout) else layout[place]


@dataclass
class _Sheet:
    """A layout inside one document: the number of its resources and the letters of its fonts."""

    resources: int
    fonts: dict[int, Letters]
    letters: dict[str, Letters]


class _Document(Pages):
    """One PDF under way."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: dict[int, _Sheet] = {}

    def page(self, certificate: CertificateFields, layout: Layout) -> Iterator[bytes]:
        sheet = self.sheets.get(id(layout))
        shown = None
        if sheet is None:
            letters = {name: Letters(font) for name, font in layout.fonts.items()}
            shown = content(layout, certificate, letters)  # before anything is written
            if not self.sheets:
                yield HEADER
            yield from self.begin(layout, letters)
            sheet = self.sheets[id(layout)]
        yield from self.write(shown or content(layout, certificate, sheet.letters), layout, sheet)

    def begin(self, layout: Layout, letters: dict[str, Letters]) -> Iterator[bytes]:
        """Write the background of a layout."""
        resources, background = copy(layout.resources, self.objects)
        form = self.objects.reserve()
        box = b"/Type /XObject /Subtype /Form /BBox [0 0 %g %g] /Resources %b " % (*layout.size, resources)
        yield self.objects.write(form, stream(layout.background, box))
        for number, body in background:
            yield self.objects.write(number, body)
        sheet = _Sheet(
            self.objects.reserve(), {self.objects.reserve(): one for one in letters.values()}, letters
        )
        names = " ".join(f"{FONT}{place} {number} 0 R" for place, number in enumerate(sheet.fonts))
        yield self.objects.write(
            sheet.resources,
            f"<< /XObject << {BACKGROUND} {form} 0 R >> /Font << {names} >> >>".encode(),
        )
        self.sheets[id(layout)] = sheet

    def write(self, drawn: bytes, layout: Layout, sheet: _Sheet) -> Iterator[bytes]:
        yield from self.add(drawn, layout.size, sheet.resources)

    def take(self, document: bytes) -> Iterator[bytes]:
        """Write the pages of another document and what belongs to them."""
        known: dict[int, int] = {}
        for page in PdfReader(BytesIO(document)).pages:
            own = DictionaryObject({key: value for key, value in page.items() if key != "/Parent"})
            body, behind = copy(own, self.objects, known)
            for key, value in behind:
                yield self.objects.write(key, value)
            number = self.objects.reserve()
            yield self.objects.write(number, b"<< /Parent %d 0 R %b" % (self.tree, body.removeprefix(b"<< ")))
            self.pages.append(number)

    def end(self, title: str = TITLE) -> Iterator[bytes]:
        for sheet in self.sheets.values():
            for number, letters in sheet.fonts.items():
                yield from letters.objects(self.objects, number)
        yield from self.close(title, "xhtml2pdf, ReportLab")


class _Single:
    """Single files of one layout: everything but the page is made once."""

    def __init__(self, layout: Layout, letters: dict[str, Letters]) -> None:
        self.layout = layout
        self.document = _Document()
        begun = [HEADER, *self.document.begin(layout, letters)]
        sheet = self.sheet = self.document.sheets[id(layout)]
        for number, one in sheet.fonts.items():
            begun += one.objects(self.document.objects, number)
        self.begun = b"".join(begun)
        self.count, self.position = len(self.document.objects.offsets), self.document.objects.position

    def file(self, certificate: CertificateFields, drawn: bytes) -> bytes:
        document, objects = self.document, self.document.objects
        del objects.offsets[self.count :]
        objects.position = self.position
        document.pages, fonts, self.sheet.fonts = [], self.sheet.fonts, {}
        written = [self.begun, *document.write(drawn, self.layout, self.sheet)]
        written += document.end(f"{TITLE} {certificate.number}")
        self.sheet.fonts = fonts
        return b"".join(written)
