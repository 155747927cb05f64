"""The signature on printed certificates, judged by pyHanko's validator under a certificate authority made for the test."""

import datetime as dt
import hashlib
import io
import json

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from backoffice.app import create_app
from backoffice.config import SettingsError, load
from services import certificate_signing
from services.certificate_fields import CertificateFields, CertificateRenderError
from services.certificate_files import single_files, write_document
from services.certificate_signing import Signer, SigningKeyError
from services.certificate_template import TEMPLATE_FOLDER

PASSPHRASE = "测试口令"
SAMPLE = CertificateFields.from_snapshot(json.loads((TEMPLATE_FOLDER / "sample.json").read_text("utf-8")))


def certified(name, key, issuer=None, issuer_key=None, *, authority):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=not authority, key_cert_sign=authority, crl_sign=authority,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(issuer_key or key, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Return the authority's certificate and the file with the office's key."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = certified("测试根证书", authority_key, authority=True)
    own = certified("河南省示例厅", key, authority, authority_key, authority=False)
    path = tmp_path_factory.mktemp("key") / "office.p12"
    path.write_bytes(
        serialize_key_and_certificates(
            b"office", key, own, [authority], BestAvailableEncryption(PASSPHRASE.encode())
        )
    )
    return authority, path


@pytest.fixture
def signing(office):
    before = certificate_signing.configure(Signer(office[1], PASSPHRASE))
    yield
    certificate_signing.configure(before)


def judged(document, authority):
    root = asn1.Certificate.load(authority.public_bytes(Encoding.DER))
    [signature] = PdfFileReader(io.BytesIO(document)).embedded_signatures
    return validate_pdf_signature(signature, ValidationContext(trust_roots=[root]))


def test_a_signed_document_is_trusted_and_known_by_its_digest(signing, office, tmp_path):
    path = tmp_path / "certificates.pdf"
    digest = write_document(path, [SAMPLE] * 3)
    document = path.read_bytes()
    status = judged(document, office[0])
    assert (status.intact, status.valid, status.trusted, status.bottom_line) == (True, True, True, True)
    assert status.signing_cert.subject.native["common_name"] == "河南省示例厅"
    assert b"/ETSI.CAdES.detached" in document
    assert digest == hashlib.sha256(document).hexdigest()


def test_every_single_file_has_its_own_signature(signing, office):
    files = list(single_files([SAMPLE] * 2))
    for file in files:
        assert judged(file.content, office[0]).bottom_line
        assert file.sha256 == hashlib.sha256(file.content).hexdigest()


def test_a_changed_document_and_a_stranger_s_signature_are_told(signing, office):
    [file] = single_files([SAMPLE])
    changed = file.content.replace(b"/MediaBox [0 0 841.89", b"/MediaBox [0 0 741.89", 1)
    assert changed != file.content
    status = judged(changed, office[0])
    assert (status.intact, status.bottom_line) == (False, False)
    stranger = certified("别人", ec.generate_private_key(ec.SECP256R1()), authority=True)
    assert not judged(file.content, stranger).trusted


def test_without_a_key_nothing_is_signed(tmp_path):
    path = tmp_path / "certificates.pdf"
    write_document(path, [SAMPLE])
    assert PdfFileReader(io.BytesIO(path.read_bytes())).embedded_signatures == []


def test_a_document_that_cannot_be_printed_leaves_no_file(tmp_path):
    path = tmp_path / "certificates.pdf"
    with pytest.raises(CertificateRenderError):
        write_document(path, [])
    assert not path.exists()


def test_a_key_that_cannot_be_used_is_refused_with_the_setting(office, tmp_path):
    broken = tmp_path / "broken.p12"
    broken.write_bytes(b"no key")
    for path, passphrase, why in (
        (office[1], "错误", "passphrase"),
        (broken, "", "PKCS#12"),
        (tmp_path / "nothing.p12", "", "cannot be read"),
    ):
        with pytest.raises(SigningKeyError, match=why):
            Signer(path, passphrase)
    settings = load({"BACKOFFICE_VAR": str(tmp_path), "BACKOFFICE_CERTIFICATE_KEY": str(broken)})
    with pytest.raises(SettingsError, match="BACKOFFICE_CERTIFICATE_KEY is no PKCS#12"):
        create_app(settings)
