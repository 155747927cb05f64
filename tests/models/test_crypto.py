"""The keyring: round trips, rotation, tampering, and settings that cannot be read."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import crypto
from models.crypto import CryptoError, Keyring, generate_setting

ONE, TWO, INDEX = (bytes([number]) * 32 for number in (1, 2, 3))
OLD = Keyring({"k1": ONE}, "k1", INDEX)
ROTATED = Keyring({"k2": TWO, "k1": ONE}, "k2", INDEX)


def written(key: bytes) -> str:
    return base64.b64encode(key).decode()


@pytest.fixture
def process_keyring():
    previous = crypto.configure(OLD)
    yield OLD
    crypto.configure(previous)


@given(st.text(max_size=60))
def test_what_was_encrypted_is_decrypted(text):
    assert OLD.decrypt(OLD.encrypt(text)) == text


def test_the_same_text_is_encrypted_differently_each_time_and_names_its_key():
    first, second = OLD.encrypt("410105"), OLD.encrypt("410105")
    assert first != second
    assert first.startswith("k1:")
    assert "410105" not in first


def test_a_citizen_id_fits_its_column_by_far():
    assert len(ROTATED.encrypt("41010519850228241X")) <= 128


def test_a_rotated_keyring_reads_old_values_and_writes_with_the_new_key():
    assert ROTATED.decrypt(OLD.encrypt("旧值")) == "旧值"
    assert ROTATED.encrypt("新值").startswith("k2:")


def test_a_keyring_without_the_key_refuses_the_value():
    with pytest.raises(CryptoError, match="not in the keyring"):
        OLD.decrypt(ROTATED.encrypt("x"))


@given(st.integers(0, 45), st.integers(1, 255))
def test_a_value_with_any_byte_changed_is_refused(position, change):
    raw = bytearray(base64.urlsafe_b64decode(OLD.encrypt("41010519850228241X")[3:]))
    raw[position] ^= change
    with pytest.raises(CryptoError, match="altered"):
        OLD.decrypt("k1:" + base64.urlsafe_b64encode(raw).decode())


@pytest.mark.parametrize("token", ["k1:", "k1:AAAA", "k1:***", "k1:身份证", "", "410105", "k9:AAAA"])
def test_a_value_that_was_never_encrypted_is_refused(token):
    with pytest.raises(CryptoError):
        OLD.decrypt(token)


def test_a_value_moved_under_the_name_of_another_key_is_refused():
    twins = Keyring({"k1": ONE, "k2": ONE}, "k1", INDEX)
    with pytest.raises(CryptoError, match="altered"):
        twins.decrypt(twins.encrypt("x").replace("k1:", "k2:"))


def test_the_blind_index_survives_rotation_and_tells_values_and_keys_apart():
    index = OLD.blind_index("41010519850228241X")
    assert len(index) == 64
    assert index == ROTATED.blind_index("41010519850228241X")
    assert index != OLD.blind_index("410105198502282410")
    assert index != Keyring({"k1": ONE}, "k1", TWO).blind_index("41010519850228241X")


def test_a_seal_holds_for_its_purpose_payload_and_key_only():
    seal = OLD.sign("certificate", b"payload")
    assert OLD.verify("certificate", b"payload", seal)
    assert ROTATED.verify("certificate", b"payload", seal)
    assert not OLD.verify("audit", b"payload", seal)
    assert not OLD.verify("certificate", b"payload!", seal)
    assert not OLD.verify("certificate", b"payload", "印章")
    assert not Keyring({"k1": ONE}, "k1", TWO).verify("certificate", b"payload", seal)


def test_the_first_key_of_the_setting_encrypts():
    keyring = Keyring.from_setting(f" k2:{written(TWO)}, k1:{written(ONE)} ; index:{written(INDEX)} ")
    assert keyring.active == "k2"
    assert keyring.decrypt(OLD.encrypt("x")) == "x"
    assert keyring.blind_index("x") == OLD.blind_index("x")


def test_a_generated_setting_works_and_is_never_the_same():
    setting = generate_setting()
    keyring = Keyring.from_setting(setting)
    assert keyring.decrypt(keyring.encrypt("x")) == "x"
    assert setting != generate_setting()


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "k1:AAAA;index:AAAA",
        f"k1:{written(ONE)}",
        f"k1:{written(ONE)};{written(INDEX)}",
        f"k1:{written(ONE)};k2:{written(INDEX)}",
        f"k1:{written(ONE)},k1:{written(TWO)};index:{written(INDEX)}",
        f"index:{written(ONE)};index:{written(INDEX)}",
        f"K 1:{written(ONE)};index:{written(INDEX)}",
        f"k1:{written(ONE)}!;index:{written(INDEX)}",
        f";index:{written(INDEX)}",
    ],
)
def test_a_setting_of_another_form_is_refused_without_naming_a_key(setting):
    with pytest.raises(CryptoError) as refusal:
        Keyring.from_setting(setting)
    assert written(ONE) not in str(refusal.value)


def test_a_keyring_is_made_only_of_whole_keys_with_the_active_one_among_them():
    with pytest.raises(CryptoError, match="32 bytes"):
        Keyring({"k1": ONE[:16]}, "k1", INDEX)
    with pytest.raises(CryptoError, match="32 bytes"):
        Keyring({"k1": ONE}, "k1", INDEX[:31])
    with pytest.raises(CryptoError, match="active"):
        Keyring({"k1": ONE}, "k2", INDEX)


def test_no_key_stands_in_the_text_of_a_keyring():
    assert repr(ONE) not in repr(OLD)


def test_the_process_keyring_serves_the_short_functions(process_keyring):
    assert crypto.keyring() is process_keyring
    assert crypto.decrypt(crypto.encrypt("x")) == "x"
    assert crypto.blind_index("x") == process_keyring.blind_index("x")
    assert crypto.verify("audit", b"x", crypto.sign("audit", b"x"))


def test_without_a_keyring_the_way_out_is_said(process_keyring):
    crypto.configure(None)
    with pytest.raises(RuntimeError, match="BACKOFFICE_DATA_KEYS"):
        crypto.encrypt("x")


# ---------------------------------------------------------------- keys that sign
def public(keyring, purpose="credential"):
    return [key.public_key().public_bytes_raw() for key in keyring.signing_keys(purpose)]


def test_a_rotated_keyring_signs_with_the_new_key_and_still_has_the_old_one():
    assert public(OLD) == public(OLD)
    assert public(ROTATED)[1:] == public(OLD)
    assert public(Keyring({"k1": ONE, "k2": TWO}, "k2", INDEX)) == public(
        ROTATED
    )  # the active one comes first


def test_a_signing_key_is_that_of_its_data_key_and_purpose_alone():
    assert public(Keyring({"k1": ONE}, "k1", TWO)) == public(OLD)
    assert public(Keyring({"renamed": ONE}, "renamed", INDEX)) == public(OLD)
    assert public(OLD, "another") != public(OLD)
    assert public(Keyring({"k1": TWO}, "k1", INDEX)) != public(OLD)
