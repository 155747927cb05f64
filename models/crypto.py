"""The keys of the system: they encrypt citizen ids, find them by a blind index, seal records and sign credentials."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12  # 96 bits, what NIST SP 800-38D recommends for GCM
INDEX_NAME = "index"
SETTING_FORM = "k1:BASE64;index:BASE64 (32 bytes each)"
_KEY_NAME = re.compile(r"[a-z0-9]{1,8}")


class CryptoError(ValueError):
    """A setting cannot be read, or a stored value was not encrypted by one of these keys; never names a key."""


class Keyring:
    """Data keys by their name, the one new values are encrypted with, and the key of index and seals.

    Args:
        keys: AES-256 keys of 32 bytes by name (1 to 8 small letters and digits).
        active: name of the key that encrypts; the others only decrypt.
        index_key: 32 bytes; changing it makes every blind index and every seal invalid.

    Raises:
        CryptoError: a name or a length is wrong, or ``active`` names no key.
    """

    def __init__(self, keys: dict[str, bytes], active: str, index_key: bytes) -> None:
        for name in keys:
            if not _KEY_NAME.fullmatch(name) or name == INDEX_NAME:
                raise CryptoError("a key name has 1 to 8 small letters and digits, and is not 'index'")
        if any(len(key) != KEY_BYTES for key in (*keys.values(), index_key)):
            raise CryptoError(f"every key has {KEY_BYTES} bytes")
        if active not in keys:
            raise CryptoError("the active key is not among the keys")
        self.active = active
        self._keys = dict(keys)
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._index_key = index_key
        self._derived: dict[str, bytes] = {}

    @classmethod
    def from_setting(cls, text: str) -> Self:
        """Read ``k2:BASE64,k1:BASE64;index:BASE64``, the form of ``BACKOFFICE_DATA_KEYS``.

        The first key encrypts, the order of the others means nothing. To rotate, put a new key first and keep the
        old ones as long as values name them. Both base64 alphabets are read.

        Raises:
            CryptoError: the text has another form.
        """
        data, separator, index = text.strip().partition(";")
        if not separator:
            raise CryptoError(f"data keys are written {SETTING_FORM}")
        entries = [_read_entry(entry) for entry in data.split(",")]
        index_name, index_key = _read_entry(index)
        if index_name != INDEX_NAME:
            raise CryptoError("the key after the semicolon is called 'index'")
        keys = dict(entries)
        if len(keys) != len(entries):
            raise CryptoError("two data keys have the same name")
        return cls(keys, entries[0][0], index_key)

    def encrypt(self, plaintext: str) -> str:
        """Return ``name:BASE64`` of nonce and AES-256-GCM ciphertext; the same text comes out different each time."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self.active].encrypt(nonce, plaintext.encode(), self.active.encode())
        return f"{self.active}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, token: str) -> str:
        """Return the text :meth:`encrypt` was given.

        Raises:
            CryptoError: the key is unknown, or the value was altered or is none of ours.
        """
        name, _, body = token.partition(":")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise CryptoError("the value was encrypted with a key that is not in the keyring")
        try:
            raw = base64.b64decode(body, altchars=b"-_", validate=True)
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], name.encode()).decode()
        except (binascii.Error, InvalidTag, ValueError):
            raise CryptoError("the encrypted value was altered") from None

    def blind_index(self, value: str) -> str:
        """Return 64 hexadecimal characters by which an encrypted value is found; give it the cleaned value."""
        return self.sign("blind-index", value.encode())

    def sign(self, purpose: str, payload: bytes) -> str:
        """Return the HMAC-SHA256 of ``payload`` in hexadecimal, with a key of this purpose alone.

        Args:
            purpose: what the seal is for, such as ``certificate``; a seal of one purpose is none of another.
            payload: the bytes to be sealed.
        """
        return hmac.new(self._key_for(purpose), payload, hashlib.sha256).hexdigest()

    def verify(self, purpose: str, payload: bytes, signature: str) -> bool:
        """Tell in constant time whether ``signature`` is the seal of ``payload``."""
        return hmac.compare_digest(self.sign(purpose, payload).encode(), signature.encode())

    def signing_keys(self, purpose: str) -> list[Ed25519PrivateKey]:
        """Return an Ed25519 key for each data key, derived for this purpose alone; the active one comes first.

        They sign what others verify without us. To rotate the data keys is to rotate these: an old one signs nothing new
        and can still be published as long as its data key is in the keyring.

        Args:
            purpose: what is signed, such as ``credential``.
        """
        names = [self.active, *(name for name in self._keys if name != self.active)]
        return [Ed25519PrivateKey.from_private_bytes(_derive(self._keys[name], purpose)) for name in names]

    def _key_for(self, purpose: str) -> bytes:
        if purpose not in self._derived:
            self._derived[purpose] = _derive(self._index_key, purpose)
        return self._derived[purpose]


def _derive(key: bytes, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode())
    return kdf.derive(key)


def generate_setting() -> str:
    """Return a new ``BACKOFFICE_DATA_KEYS`` with one data key and an index key."""
    data, index = (base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode() for _ in range(2))
    return f"k1:{data};{INDEX_NAME}:{index}"


_configured: list[Keyring] = []  # at most one: column types have no other way to reach the keys


def configure(keyring: Keyring | None) -> Keyring | None:
    """Set the keyring of this process and return the one before, so that it can be put back."""
    previous = _configured[0] if _configured else None
    _configured[:] = [] if keyring is None else [keyring]
    return previous


def keyring() -> Keyring:
    """Return the keyring of this process; raises ``RuntimeError`` before :func:`configure`."""
    if not _configured:
        raise RuntimeError(
            "no keyring: call models.crypto.configure(Keyring.from_setting(...)) with BACKOFFICE_DATA_KEYS first"
        )
    return _configured[0]


def encrypt(plaintext: str) -> str:
    """Encrypt with the keyring of this process, see :meth:`Keyring.encrypt`."""
    return keyring().encrypt(plaintext)


def decrypt(token: str) -> str:
    """Decrypt with the keyring of this process, see :meth:`Keyring.decrypt`."""
    return keyring().decrypt(token)


def blind_index(value: str) -> str:
    """Index with the keyring of this process, see :meth:`Keyring.blind_index`."""
    return keyring().blind_index(value)


def sign(purpose: str, payload: bytes) -> str:
    """Seal with the keyring of this process, see :meth:`Keyring.sign`."""
    return keyring().sign(purpose, payload)


def verify(purpose: str, payload: bytes, signature: str) -> bool:
    """Check a seal with the keyring of this process, see :meth:`Keyring.verify`."""
    return keyring().verify(purpose, payload, signature)


def signing_keys(purpose: str) -> list[Ed25519PrivateKey]:
    """Return the signing keys of this process, see :meth:`Keyring.signing_keys`."""
    return keyring().signing_keys(purpose)


def _read_entry(entry: str) -> tuple[str, bytes]:
    name, separator, encoded = entry.strip().partition(":")
    try:
        key = base64.b64decode(encoded.translate(str.maketrans("-_", "+/")), validate=True)
    except ValueError:
        key = b""
    if not separator or len(key) != KEY_BYTES:
        raise CryptoError(f"data keys are written {SETTING_FORM}")
    return name, key
