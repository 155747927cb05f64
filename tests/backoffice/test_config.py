"""Settings: what production refuses, and what development makes for itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from backoffice.config import SettingsError, load
from models.crypto import generate_setting
from models.enums import UserType

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {
    "BACKOFFICE_ENV": "production",
    "BACKOFFICE_DATABASE_URL": "postgresql://app@127.0.0.1/app",
    "BACKOFFICE_SECRET_KEY": "s" * 40,
    "BACKOFFICE_DATA_KEYS": generate_setting(),
    "BACKOFFICE_PUBLIC_URL": "https://ce.example.com/",
}


def test_production_starts_with_everything_set(tmp_path: Path) -> None:
    settings = load(GOOD | {"BACKOFFICE_VAR": str(tmp_path)})
    assert settings.production
    assert settings.database_url == "postgresql+psycopg://app@127.0.0.1/app"
    assert settings.public_url == "https://ce.example.com"
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"BACKOFFICE_SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"BACKOFFICE_SECRET_KEY": ""}, "SECRET_KEY"),
        ({"BACKOFFICE_DATA_KEYS": ""}, "DATA_KEYS"),
        ({"BACKOFFICE_DATA_KEYS": "k1:tooshort;index:x"}, "DATA_KEYS"),
        ({"BACKOFFICE_CAPTCHA": "off"}, "CAPTCHA"),
        ({"BACKOFFICE_DATABASE_URL": ""}, "DATABASE_URL"),
        ({"BACKOFFICE_PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"BACKOFFICE_DEBUG": "on"}, "DEBUG"),
        ({"BACKOFFICE_MEDIA_URL": "ftp://host/files"}, "MEDIA_URL"),
    ],
)
def test_production_names_the_setting_it_refuses(change: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=named):
        load(GOOD | {"BACKOFFICE_VAR": str(tmp_path)} | change)


@pytest.mark.parametrize(
    "change",
    [
        {"BACKOFFICE_ENV": "prod"},
        {"BACKOFFICE_CAPTCHA": "maybe"},
        {"BACKOFFICE_TRUSTED_PROXIES": "yes"},
        {"BACKOFFICE_INITIAL_PASSWORD": "000000"},
        {"BACKOFFICE_INITIAL_PASSWORD": "fixed:"},
        {"BACKOFFICE_SESSION_IDLE_MINUTES": "0"},
        {"BACKOFFICE_SESSION_HOURS": "ten"},
        {"BACKOFFICE_REQUIRE_TOTP": "province,everybody"},
    ],
)
def test_unknown_words_are_refused(change: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="must be"):
        load(GOOD | {"BACKOFFICE_VAR": str(tmp_path)} | change)


def test_logins_are_as_strict_as_the_installation_says(tmp_path: Path) -> None:
    usual = load({"BACKOFFICE_VAR": str(tmp_path)})
    assert (usual.initial_password, usual.require_totp) == ("", frozenset())
    assert (usual.session_idle, usual.session_longest) == (timedelta(minutes=30), timedelta(hours=12))
    strict = load(
        {
            "BACKOFFICE_VAR": str(tmp_path),
            "BACKOFFICE_INITIAL_PASSWORD": "fixed:000000",
            "BACKOFFICE_SESSION_IDLE_MINUTES": "10",
            "BACKOFFICE_SESSION_HOURS": "8",
            "BACKOFFICE_REQUIRE_TOTP": "province, system",
        }
    )
    assert strict.initial_password == "000000"
    assert strict.require_totp == {UserType.PROVINCE, UserType.SYSTEM}
    assert (strict.session_idle, strict.session_longest) == (timedelta(minutes=10), timedelta(hours=8))


def test_development_keeps_the_secrets_it_made(tmp_path: Path) -> None:
    first = load({"BACKOFFICE_VAR": str(tmp_path)})
    second = load({"BACKOFFICE_VAR": str(tmp_path)})
    assert first.data_keys == second.data_keys
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0
