"""Certificates as finished files: rendered, packed, signed where the office has a key, and known by their SHA-256."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from models.enums import CertificateForm
from services.certificate_fields import CertificateFields  # noqa: TC001  (a NamedTuple reads it)
from services.certificate_layout import Layout  # noqa: TC001  (a NamedTuple reads it)
from services.certificate_pdf import join_documents, problem, render_document, render_each
from services.certificate_signing import sign_file, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

MIME = {CertificateForm.PDF: "application/pdf", CertificateForm.ZIP: "application/zip"}
SHOWN_IN_PLACE = frozenset({CertificateForm.PDF})
TITLE = "继续教育证书"


class Printable(NamedTuple):
    """What stands on a certificate, and the layout of the template it was issued with."""

    fields: CertificateFields
    layout: Layout


@dataclass(frozen=True, slots=True)
class FinishedFile:
    """One certificate by itself.

    Attributes:
        name: of the file.
        content: the PDF.
        sha256: of the content, to be recorded with the print.
    """

    name: str
    content: bytes
    sha256: str


def write_document(
    path: Path, certificates: Iterable[CertificateFields], layout: Layout | Sequence[Layout] | None = None
) -> str:
    """Write certificates as one PDF, in memory that does not grow with them, and return its SHA-256.

    Args:
        path: the file to write; what stood there is lost, and where printing fails it is removed.
        certificates: see ``certificate_pdf.render_document``.
        layout: see there.

    Raises:
        CertificateRenderError: see there.
    """
    try:
        with path.open("wb") as file:
            file.writelines(render_document(certificates, layout))
        with path.open("rb+") as file:
            sign_file(file)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def document(certificates: Sequence[Printable]) -> bytes:
    """Return one signed PDF of a few certificates, a page each.

    Raises:
        CertificateRenderError: one of them cannot be printed; the sentence names it.
    """
    return signed(_pages(certificates))


def _pages(certificates: Sequence[Printable]) -> bytes:
    layouts = [one.layout for one in certificates]
    return b"".join(render_document([one.fields for one in certificates], layouts))


def single_files(
    certificates: Iterable[CertificateFields], layout: Layout | Sequence[Layout] | None = None
) -> Iterator[FinishedFile]:
    """Yield certificates one by one; arguments and errors as ``certificate_pdf.render_each``."""
    for name, plain in render_each(certificates, layout):
        content = signed(plain)
        yield FinishedFile(name, content, hashlib.sha256(content).hexdigest())


def title(form: CertificateForm, number: int) -> str:
    """Return what a file of ``number`` certificates is called."""
    return f"{TITLE} {number} 份.{form.value}"


def portion(certificates: Sequence[Printable], form: CertificateForm) -> bytes:
    """Return some certificates as a part of a file; :func:`join` signs the PDF. Raises as :func:`document` does."""
    if form is CertificateForm.PDF:
        return _pages(certificates)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:  # a PDF is compressed already
        layouts = [one.layout for one in certificates]
        for file in single_files([one.fields for one in certificates], layouts):
            archive.writestr(zipfile.ZipInfo(file.name), file.content)
    return target.getvalue()


def complaint(certificate: Printable) -> str:
    """Return why a certificate cannot be printed, in words for the user; nothing where it can."""
    return problem(certificate.fields, certificate.layout) or ""


def join(opened: Sequence[Callable[[], IO[bytes]]], form: CertificateForm, target: Any) -> str:
    """Write the files of several portions as one, in the memory of one of them, signed where it is a PDF; return its SHA-256.

    Args:
        opened: opens each portion for reading, in their order.
        form: of the portions, and of the file.
        target: a file opened for reading and writing.
    """
    if form is CertificateForm.PDF:
        _join_pages(opened, target)
        sign_file(target)
    else:
        _join_archives(opened, target)
    target.seek(0)
    return hashlib.file_digest(target, "sha256").hexdigest()


def _join_pages(opened: Sequence[Callable[[], IO[bytes]]], target: Any) -> None:
    if len(opened) == 1:
        with opened[0]() as source:
            shutil.copyfileobj(source, target)
        return

    def documents() -> Iterator[bytes]:
        for open_one in opened:
            with open_one() as source:
                yield source.read()

    target.writelines(join_documents(documents(), TITLE))


def _join_archives(opened: Sequence[Callable[[], IO[bytes]]], target: Any) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for open_one in opened:
            with open_one() as source, zipfile.ZipFile(source) as some:
                for entry in some.infolist():
                    # An entry is copied in little memory; its CRC is checked on the way.
                    with some.open(entry) as data, archive.open(zipfile.ZipInfo(entry.filename), "w") as copy:
                        shutil.copyfileobj(data, copy)
