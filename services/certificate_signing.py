"""The electronic signature of printed certificates: PAdES (ETSI EN 319 142), where the office has a key. Without one nothing changes.

The key is a PKCS#12 file with its certificate and the chain above it. Signing takes tens of milliseconds a file, rendering a few.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

FIELD = "Seal"
REASON = "继续教育证书"


class SigningKeyError(ValueError):
    """A key cannot be used; the text says why."""


class Signer:
    """Signs PDFs with one key.

    Args:
        path: PKCS#12 file.
        passphrase: of that file; empty where it has none.

    Raises:
        SigningKeyError: the file is missing, the passphrase is wrong, or there is no key in it.
    """

    def __init__(self, path: Path, passphrase: str) -> None:
        # Here and below: pyHanko takes a second to import, and most installations have no key.
        from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415

        try:
            data = path.read_bytes()
        except OSError as error:
            raise SigningKeyError("cannot be read") from error
        try:
            signer = SimpleSigner.load_pkcs12_data(
                data, other_certs=[], passphrase=passphrase.encode() or None
            )
        except Exception as error:  # a damaged file raises whatever its reader stumbles over
            raise SigningKeyError("is no PKCS#12 file, or its passphrase is wrong") from error
        if signer is None or signer.signing_cert is None:
            raise SigningKeyError(
                "is no PKCS#12 file with a key and its certificate, or its passphrase is wrong"
            )
        self._signer = signer

    def sign(self, file: BinaryIO) -> None:
        """Add a signature to an open PDF, in place; what is already written stays as it is.

        Args:
            file: opened for reading and writing.
        """
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
        from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter  # noqa: PLC0415
        from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner  # noqa: PLC0415

        about = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=REASON,
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        PdfSigner(about, signer=self._signer).sign_pdf(IncrementalPdfFileWriter(file), in_place=True)


_configured: list[Signer | None] = [None]


def configure(signer: Signer | None) -> Signer | None:
    """Sign with this key from now on, or not at all, and return what was used before."""
    before, _configured[0] = _configured[0], signer
    return before


def sign_file(file: BinaryIO) -> None:
    """Sign a PDF in place where a key is configured."""
    signer = _configured[0]
    if signer is not None:
        signer.sign(file)


def signed(document: bytes) -> bytes:
    """Return a PDF with its signature; the PDF itself where no key is configured."""
    if _configured[0] is None:
        return document
    file: Any = io.BytesIO(document)
    sign_file(file)
    return bytes(file.getvalue())
