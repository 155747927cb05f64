"""Signatures against the test vectors of the standards, and what is not accepted as one."""

from __future__ import annotations

import copy
import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services import data_integrity as di
from services import status_list
from services.data_integrity import ProofError

# Data Integrity EdDSA Cryptosuites v1.0, appendix B.2 (eddsa-jcs-2022).
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
SECRET = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"
METHOD = f"did:key:{PUBLIC}#{PUBLIC}"
CREATED = dt.datetime(2023, 2, 24, 23, 36, 38, tzinfo=dt.UTC)
PROOF_VALUE = "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
ALUMNI = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
# Bitstring Status List v1.0, example 3: 131 072 entries, none set.
NONE_SET = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"


def signed():
    key = Ed25519PrivateKey.from_private_bytes(di.from_base58(SECRET[1:])[2:])
    return di.sign(ALUMNI, key, METHOD, CREATED)


def test_the_standard_s_example_comes_out_to_the_byte_and_is_verified():
    assert signed()["proof"]["proofValue"] == PROOF_VALUE
    assert di.method_of(signed()) == METHOD
    di.verify(signed(), di.public_key(PUBLIC))
    assert di.multikey(di.public_key(PUBLIC)) == PUBLIC


def _set(*path_and_value):
    *path, last, value = path_and_value

    def change(document):
        inner = document
        for step in path:
            inner = inner[step]
        inner[last] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("name", "Alumni credential"),
        _set("credentialSubject", "alumniOf", "Another School"),
        _set("more", 1),
        _set("@context", ["https://www.w3.org/ns/credentials/v2"]),
        _set("proof", "created", "2023-02-24T23:36:39Z"),
        _set("proof", "verificationMethod", "did:key:z#z"),
        _set("proof", "cryptosuite", "eddsa-rdfc-2022"),
        _set("proof", "proofPurpose", "authentication"),
        _set("proof", "proofValue", "z" + PROOF_VALUE[2:]),
        _set("proof", "proofValue", "z0OIl"),
        _set("proof", "proofValue", "z" + "1" * 100_000),
        _set("proof", "proofValue", None),
        _set("name", 2**60),  # no number of RFC 8785
        _set("proof", None),
        _set("proof", [signed()["proof"]]),
    ],
)
def test_whatever_is_changed_is_told(change):
    document = copy.deepcopy(signed())
    change(document)
    with pytest.raises(ProofError):
        di.verify(document, di.public_key(PUBLIC))


def test_another_key_did_not_sign_it():
    with pytest.raises(ProofError, match="改动"):
        di.verify(signed(), Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize("text", ["", "z", PUBLIC[1:], PUBLIC[:-2], SECRET, "u6Mk", None, 5])
def test_what_is_no_public_key_is_not_read_as_one(text):
    with pytest.raises(ProofError, match="Ed25519"):
        di.public_key(text)


@given(st.binary(max_size=64))
def test_base_58_gives_back_what_was_written(data):
    assert di.from_base58(di.to_base58(data)) == data


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": 1, "a": 2}', '{"a": {"b": 1, "b": 1}}', '{"a": NaN}', "[" * 100_000]
)
def test_json_two_readers_would_read_differently_is_refused(text):
    with pytest.raises(ProofError):
        di.read_json(text)


# ---------------------------------------------------------------- status lists
def test_a_status_list_reads_the_standard_s_example_and_sets_the_first_bit_leftmost():
    assert not status_list.is_set(NONE_SET, 0)
    assert not status_list.is_set(NONE_SET, status_list.SIZE - 1)
    chosen = {0, 7, 8, 131_071}
    encoded = status_list.encode(chosen)
    assert {index for index in (*range(20), 131_070, 131_071) if status_list.is_set(encoded, index)} == chosen


@pytest.mark.parametrize(
    ("encoded", "index"),
    [(NONE_SET, 131_072), (NONE_SET[1:], 0), ("u", 0), ("u!!", 0), ("uAAAA", 0), ("zAAAA", 0)],
)
def test_a_list_that_cannot_answer_does_not(encoded, index):
    with pytest.raises(status_list.StatusListError):
        status_list.is_set(encoded, index)


def test_lists_are_filled_one_after_the_other():
    assert [status_list.place(key) for key in (1, 131_071, 131_072, 300_000)] == [
        (0, 1), (0, 131_071), (1, 0), (2, 37_856),
    ]  # fmt: skip
