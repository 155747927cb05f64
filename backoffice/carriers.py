"""How a mail leaves the system: over SMTP, or as an ``.eml`` file into a folder."""

from __future__ import annotations

import os
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.utils import parseaddr
from typing import TYPE_CHECKING, Protocol, Self
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

TIMEOUT = 20  # seconds for each answer of the server
UNKNOWN_MAILBOX = frozenset({550, 551, 553})
"""Answers to RCPT after which another attempt is in vain (RFC 5321 §4.2.3); others may be a matter of settings."""
LONGEST_REPLY = 300  # characters kept of what a server said
PORTS = {("smtp", "0"): 25, ("smtp", "1"): 587, ("smtps", "0"): 465}
"""The usual port by scheme and ``starttls``."""
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
FOR_ONESELF = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
"""With mode 0600: mails hold names, and links that open accounts."""


class CarryError(Exception):
    """A mail did not leave; the text is a Chinese sentence for the operator, without personal data.

    Attributes:
        reply: what the server said; it may name the recipient.
        final: another attempt would be in vain.
        stop: it is not this mail's fault: the others will not leave now either.
    """

    def __init__(self, sentence: str, reply: object = "", *, final: bool = False, stop: bool = False) -> None:
        super().__init__(sentence)
        text = reply.decode(errors="replace") if isinstance(reply, bytes) else str(reply)
        self.reply = " ".join(text.split())[:LONGEST_REPLY]
        self.final, self.stop = final, stop

    @property
    def report(self) -> str:
        """The sentence and what the server said, for the operator's eyes."""
        return f"{self}：{self.reply}" if self.reply else str(self)


class Carrier(Protocol):
    """Takes mails away between ``with`` and its end."""

    sender: Address

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_error: object) -> None:
        """Let go of whatever was opened."""

    def carry(self, name: str, recipient: str, message: EmailMessage) -> None:
        """Take one mail away.

        Args:
            name: the mail's own name, the same on every attempt.
            recipient: whom to bring it to.
            message: head and body.

        Raises:
            CarryError: it did not leave.
        """


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as ``BACKOFFICE_MAIL_URL`` names it."""

    host: str
    port: int
    tls: bool
    starttls: bool
    user: str
    password: str = field(repr=False)

    @property
    def in_clear(self) -> bool:
        """Whether a password would cross the network readable."""
        return bool(self.user) and not (self.tls or self.starttls) and self.host not in LOCAL


def server_of(url: str) -> Server:
    """Read ``smtp://user:password@host:port?starttls=1`` or ``smtps://…``; user and password percent-encoded.

    Raises:
        ValueError: it is no such address; the text does not repeat it, there is a password in it.
    """
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    kind = parts.scheme, options.pop("starttls", "0")
    try:
        usual_port, port = PORTS[kind], parts.port
    except (KeyError, ValueError):
        usual_port = port = None
    if usual_port is None or not parts.hostname or options or parts.path.strip("/") or parts.fragment:
        raise ValueError(
            "must be smtp://user:password@host:port?starttls=1 or smtps://user:password@host:port, "
            "user and password percent-encoded"
        )
    return Server(
        host=parts.hostname,
        port=port or usual_port,
        tls=parts.scheme == "smtps",
        starttls=kind[1] == "1",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def sender_of(text: str) -> Address:
    """Read ``name <address>``, whom mails come from.

    Raises:
        ValueError: there is no address in it.
    """
    name, address = parseaddr(text)
    if not text.isprintable() or not address.isascii() or " " in address or "@" not in address:
        raise ValueError("must be an address, or a name and an address: 继教通 <noreply@example.com>")
    return Address(name, addr_spec=address)


@dataclass
class Folder:
    """Writes each mail into a file of its own, named by its own name; a second time writes the same file."""

    path: Path
    sender: Address

    def __enter__(self) -> Self:
        """Nothing to open."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing to close."""

    def carry(self, name: str, recipient: str, message: EmailMessage) -> None:  # noqa: ARG002  (it stands in the head)
        """Write ``<name>.eml``; whoever watches the folder never sees half a mail."""
        target = self.path / f"{name}.eml"
        unfinished = target.with_suffix(".part")
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(unfinished, FOR_ONESELF, 0o600), "wb") as file:
                file.write(message.as_bytes())
                file.flush()
                os.fsync(file.fileno())  # recorded as sent right after: it must be there
            unfinished.replace(target)
        except OSError as error:
            raise CarryError(f"不能写入邮件文件夹 {self.path}", error.strerror or error, stop=True) from error


@dataclass
class Smtp:
    """Hands mails to a server, over one connection as long as it lasts."""

    server: Server
    sender: Address
    _open: smtplib.SMTP | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        """Connect later, with the first mail."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Take leave of the server."""
        connection, self._open = self._open, None
        if connection is not None:
            with suppress(OSError):
                connection.quit()

    def carry(self, name: str, recipient: str, message: EmailMessage) -> None:  # noqa: ARG002  (it stands in the head)
        """Hand over one mail; a connection the server closed is opened again with the next."""
        connection = self._open = self._open or self._connect()
        try:
            connection.sendmail(self.sender.addr_spec, [recipient], message.as_bytes())
        except smtplib.SMTPRecipientsRefused as error:
            ((code, reply),) = error.recipients.values()
            final = code in UNKNOWN_MAILBOX
            raise CarryError(f"邮件服务器不接受收件地址（{code}）", reply, final=final) from error
        except smtplib.SMTPSenderRefused as error:
            sentence = f"邮件服务器不接受发件地址（{error.smtp_code}），请检查 BACKOFFICE_MAIL_FROM"
            raise CarryError(sentence, error.smtp_error, stop=True) from error
        except smtplib.SMTPResponseException as error:
            raise CarryError(f"邮件服务器没有收下邮件（{error.smtp_code}）", error.smtp_error) from error
        except OSError as error:
            connection.close()
            self._open = None
            raise CarryError("与邮件服务器的连接中断", error) from error

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        where = f"{server.host}:{server.port}"
        connection: smtplib.SMTP | None = None
        try:
            with_tls = ssl.create_default_context()
            named = (
                self.sender.domain
            )  # not this machine's name, which it may not know without asking the network
            if server.tls:
                connection = smtplib.SMTP_SSL(
                    server.host, server.port, named, timeout=TIMEOUT, context=with_tls
                )
            else:
                connection = smtplib.SMTP(server.host, server.port, named, timeout=TIMEOUT)
            if server.starttls:
                connection.starttls(context=with_tls)
            if server.user:
                connection.login(server.user, server.password)
        except OSError as error:
            if connection is not None:
                connection.close()
            raise CarryError(_why_not_connected(error, where), error, stop=True) from error
        return connection


def _why_not_connected(error: OSError, where: str) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"邮件服务器 {where} 不接受用户名或密码，请检查 BACKOFFICE_MAIL_URL"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"邮件服务器 {where} 不支持 STARTTLS 或登录，请检查 BACKOFFICE_MAIL_URL"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"邮件服务器 {where} 的证书不可信"
    return f"连接不上邮件服务器 {where}"
