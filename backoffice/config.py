"""Settings from the environment (``BACKOFFICE_…``); production refuses to start with anything missing or weak."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from models.crypto import CryptoError, Keyring, generate_setting

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENTS = ("development", "testing", "production")
MINIMUM_SECRET = 32


class SettingsError(Exception):
    """A setting is missing or wrong; the text says which and how to mend it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations.

    Attributes:
        env: development, testing or production.
        database_url: SQLAlchemy URL.
        queue_url: ``sqlite:///path`` or ``redis://…`` for jobs.
        media_url: folder of stored files, as ``file:///path``.
        secret_key: signs sessions.
        data_keys: keyring of the encrypted columns, see :meth:`models.crypto.Keyring.from_setting`.
        var: folder of everything the system writes.
        captcha: whether forms ask for one.
        trusted_proxies: how many proxies in front may be believed about a visitor's address; limits count by it.
        public_url: address under which others reach the system, for QR codes; no slash at the end.
    """

    env: str
    database_url: str
    queue_url: str
    media_url: str
    secret_key: str
    data_keys: str
    var: Path
    captcha: bool
    public_url: str
    trusted_proxies: int = 0

    @property
    def production(self) -> bool:
        """Whether real people use it."""
        return self.env == "production"

    @property
    def media_root(self) -> Path:
        """Return the folder of stored files."""
        return Path(self.media_url.removeprefix("file://"))


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environment: the process's own where not given.

    Raises:
        SettingsError: one sentence that names the variable.
    """
    source = os.environ if environment is None else environment
    given = {
        name.removeprefix("BACKOFFICE_"): value
        for name, value in source.items()
        if name.startswith("BACKOFFICE_")
    }
    env = given.get("ENV", "development")
    if env not in ENVIRONMENTS:
        raise SettingsError(f"BACKOFFICE_ENV must be one of {', '.join(ENVIRONMENTS)}, not {env!r}")
    var = Path(given.get("VAR", "var")).absolute()
    kept = {} if env == "production" else _kept_secrets(var)
    secret_key = given.get("SECRET_KEY") or kept.get("secret_key", "")
    data_keys = given.get("DATA_KEYS") or kept.get("data_keys", "")
    captcha = given.get("CAPTCHA", "on")
    if captcha not in {"on", "off"}:
        raise SettingsError("BACKOFFICE_CAPTCHA must be on or off")
    proxies = given.get("TRUSTED_PROXIES", "0")
    if not proxies.isdecimal():
        raise SettingsError("BACKOFFICE_TRUSTED_PROXIES must be a number, 0 without a proxy")
    settings = Settings(
        env=env,
        database_url=_with_driver(given.get("DATABASE_URL") or f"sqlite:///{var / 'backoffice.db'}"),
        queue_url=given.get("QUEUE_URL") or f"sqlite:///{var / 'queue.db'}",
        media_url=given.get("MEDIA_URL") or f"file://{var / 'media'}",
        secret_key=secret_key,
        data_keys=data_keys,
        var=var,
        captcha=captcha == "on",
        public_url=(given.get("PUBLIC_URL") or f"http://127.0.0.1:{source.get('PORT', '8000')}").rstrip("/"),
        trusted_proxies=int(proxies),
    )
    _check(settings, given)
    return settings


def _with_driver(url: str) -> str:
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _kept_secrets(var: Path) -> dict[str, str]:
    """Return the secrets a development installation made for itself; they must survive a restart."""
    path = var / "secrets.json"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        made = {"secret_key": secrets.token_urlsafe(MINIMUM_SECRET), "data_keys": generate_setting()}
        path.write_text(json.dumps(made), encoding="utf-8")
        path.chmod(0o600)
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _check(settings: Settings, given: Mapping[str, str]) -> None:
    try:
        Keyring.from_setting(settings.data_keys)
    except (CryptoError, ValueError) as error:
        raise SettingsError(
            "BACKOFFICE_DATA_KEYS is missing or wrong: make one with 'python -m backoffice accounts new-keys'"
        ) from error
    if not settings.media_url.startswith("file://"):
        raise SettingsError("BACKOFFICE_MEDIA_URL must be file:///folder; other stores are not supported yet")
    if not settings.production:
        return
    if len(settings.secret_key) < MINIMUM_SECRET:
        raise SettingsError(
            f"BACKOFFICE_SECRET_KEY must have at least {MINIMUM_SECRET} characters in production"
        )
    if not settings.captcha:
        raise SettingsError("BACKOFFICE_CAPTCHA=off is refused in production")
    for name in ("DATABASE_URL", "PUBLIC_URL"):
        if not given.get(name):
            raise SettingsError(f"BACKOFFICE_{name} must be set in production")
    if given.get("DEBUG", "off") not in {"", "0", "off"}:
        raise SettingsError("BACKOFFICE_DEBUG is refused in production")
