"""Settings from the environment (``BACKOFFICE_…``); production refuses to start with anything missing or weak."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from backoffice.carriers import sender_of, server_of
from models.crypto import CryptoError, Keyring, generate_setting
from models.enums import UserType
from services.media import FILE, store_of

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVIRONMENTS = ("development", "testing", "production")
MINIMUM_SECRET = 32
SENDER = "继教通 <noreply@localhost>"
FIXED = "fixed:"


class SettingsError(Exception):
    """A setting is missing or wrong; the text says which and how to mend it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between installations.

    Attributes:
        env: development, testing or production.
        database_url: SQLAlchemy URL.
        queue_url: ``sqlite:///path`` or ``redis://…`` for jobs.
        media_url: where stored files lie: ``file:///folder`` or ``s3://bucket/prefix``.
        secret_key: signs sessions.
        data_keys: keyring of the encrypted columns, see :meth:`models.crypto.Keyring.from_setting`.
        var: folder of everything the system writes.
        captcha: whether forms ask for one.
        trusted_proxies: how many proxies in front may be believed about a visitor's address; limits count by it.
        public_url: address under which others reach the system, for QR codes; no slash at the end.
        mail_url: ``smtp://…`` or ``smtps://…``; empty for ``.eml`` files in ``outbox/`` below ``var``.
        mail_from: whom mails come from, an address or ``name <address>``.
        initial_password: what a reset gives to everybody; empty for a random one each time.
        session_idle: a login unused for so long is over.
        session_longest: so is one that old.
        require_totp: user types that must use the second factor.
        certificate_key: PKCS#12 file that printed certificates are signed with; ``None`` for no signature.
        certificate_passphrase: of that file.
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
    mail_url: str = ""
    mail_from: str = SENDER
    initial_password: str = ""
    session_idle: timedelta = timedelta(minutes=30)
    session_longest: timedelta = timedelta(hours=12)
    require_totp: frozenset[UserType] = frozenset()
    certificate_key: Path | None = None
    certificate_passphrase: str = field(default="", repr=False)

    @property
    def production(self) -> bool:
        """Whether real people use it."""
        return self.env == "production"

    @property
    def media_root(self) -> Path | None:
        """Return the folder of stored files; ``None`` where they lie in a bucket."""
        return Path(self.media_url.removeprefix(FILE)) if self.media_url.startswith(FILE) else None


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
        mail_url=given.get("MAIL_URL") or "",
        mail_from=given.get("MAIL_FROM") or SENDER,
        initial_password=_initial_password(given.get("INITIAL_PASSWORD") or "random"),
        session_idle=timedelta(minutes=_number(given, "SESSION_IDLE_MINUTES", 30)),
        session_longest=timedelta(hours=_number(given, "SESSION_HOURS", 12)),
        require_totp=_user_types(given.get("REQUIRE_TOTP", "")),
        certificate_key=Path(given["CERTIFICATE_KEY"]) if given.get("CERTIFICATE_KEY") else None,
        certificate_passphrase=given.get("CERTIFICATE_PASSPHRASE", ""),
    )
    _check(settings, given)
    return settings


def _initial_password(text: str) -> str:
    fixed = text.removeprefix(FIXED)
    if text != "random" and (fixed == text or not fixed):
        raise SettingsError("BACKOFFICE_INITIAL_PASSWORD must be random, or fixed: and the password")
    return "" if text == "random" else fixed


def _number(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name) or str(default)
    if not text.isdecimal() or not int(text):
        raise SettingsError(f"BACKOFFICE_{name} must be a whole number above 0")
    return int(text)


def _user_types(text: str) -> frozenset[UserType]:
    names = {name.strip() for name in text.split(",") if name.strip()}
    unknown = names - set(UserType)
    if unknown:
        raise SettingsError(
            f"BACKOFFICE_REQUIRE_TOTP must be user types ({', '.join(UserType)}), not {', '.join(sorted(unknown))}"
        )
    return frozenset(UserType(name) for name in names)


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
    try:
        store_of(settings.media_url)
    except ValueError as error:
        raise SettingsError(f"BACKOFFICE_MEDIA_URL {error}") from None
    _check_mail(settings, given)
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


def _check_mail(settings: Settings, given: Mapping[str, str]) -> None:
    try:
        sender_of(settings.mail_from)
    except ValueError as error:
        raise SettingsError(f"BACKOFFICE_MAIL_FROM {error}") from None
    if not settings.mail_url:
        return
    try:
        server = server_of(settings.mail_url)
    except ValueError as error:
        raise SettingsError(f"BACKOFFICE_MAIL_URL {error}") from None
    if not given.get("MAIL_FROM"):
        raise SettingsError(
            "BACKOFFICE_MAIL_FROM must be set with BACKOFFICE_MAIL_URL: servers refuse other senders"
        )
    if settings.production and server.in_clear:
        raise SettingsError(
            "BACKOFFICE_MAIL_URL would send its password in clear: add ?starttls=1 or use smtps://"
        )
