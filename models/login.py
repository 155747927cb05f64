"""What a login leaves behind: sessions, counts of failures, links to recover a password, the second factor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, Moment, choice, column, now
from models.enums import SessionEnd
from models.types import EncryptedText, UtcDateTime

OPEN = "ended_at IS NULL"
HASH = String(64)
"""SHA-256 or HMAC-SHA256 in hexadecimal: nobody who reads the table gets in with what he read."""


class LoginSession(Base):
    """One login that goes on or is over. The browser keeps a random key in its signed cookie, the table its hash.

    A session that ran out has no end here until the hourly job writes it: what counts are the moments and the
    limits of the day (``services.sessions.Limits``).
    """

    __tablename__ = "login_session"
    __label__ = "登录会话"
    __table_args__ = (
        Index(None, "account_id", "id"),
        Index("ix_login_session_open", "account_id", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended_has_reason"),
    )

    account_id: Mapped[int] = column("账户", ForeignKey("account.id"))
    key_hash: Mapped[str] = column("会话密钥摘要", HASH, unique=True, info={"internal": True})
    address: Mapped[str] = column("网络地址", String(45), default="")
    device: Mapped[str] = column("设备", String(60), default="")
    created_at: Mapped[Moment] = column("登录时间", default=now)
    last_seen_at: Mapped[Moment] = column("最近使用", default=now)
    ended_at: Mapped[datetime | None] = column("结束时间", UtcDateTime)
    ended_why: Mapped[SessionEnd | None] = choice("结束原因", SessionEnd)

    account: Mapped[Account] = relationship()


class LoginThrottle(Base):
    """How often a login failed of late: for what was typed as an account, and for the address it came from.

    The key is a digest, so that logins that do not exist are counted like those that do and are not written down.
    """

    __tablename__ = "login_throttle"
    __label__ = "登录限制"

    key: Mapped[str] = column("对象摘要", HASH, unique=True)
    failures: Mapped[int] = column("失败次数", default=0)
    counted_since: Mapped[Moment] = column("计数开始", default=now, index=True)
    locked_until: Mapped[datetime | None] = column("锁定至", UtcDateTime)


class RecoveryLink(Base):
    """A link mailed to somebody who forgot the password: works once, until it expires."""

    __tablename__ = "recovery_link"
    __label__ = "找回密码链接"
    __table_args__ = (Index(None, "account_id"),)

    account_id: Mapped[int] = column("账户", ForeignKey("account.id"))
    token_hash: Mapped[str] = column("链接摘要", HASH, unique=True)
    created_at: Mapped[Moment] = column("申请时间", default=now)
    expires_at: Mapped[Moment] = column("失效时间", index=True)
    used_at: Mapped[datetime | None] = column("使用时间", UtcDateTime)


class SecondFactor(Base):
    """The secret an account shares with an authenticator app (RFC 6238); in force once it was confirmed by a code.

    ``last_step`` is the time step of the last code accepted: no code counts twice (RFC 6238 §5.2).
    """

    __tablename__ = "second_factor"
    __label__ = "两步验证"

    account_id: Mapped[int] = column("账户", ForeignKey("account.id"), unique=True)
    secret: Mapped[str] = column("密钥", EncryptedText, info={"internal": True})
    created_at: Mapped[Moment] = column("设置时间", default=now)
    confirmed_at: Mapped[datetime | None] = column("启用时间", UtcDateTime)
    last_step: Mapped[int | None] = column("最近时间步")


class RecoveryCode(Base):
    """A code on paper that replaces the authenticator app once."""

    __tablename__ = "recovery_code"
    __label__ = "备用验证码"
    __table_args__ = (UniqueConstraint("account_id", "code_hash"),)

    account_id: Mapped[int] = column("账户", ForeignKey("account.id"))
    code_hash: Mapped[str] = column("备用码摘要", HASH, info={"internal": True})
    used_at: Mapped[datetime | None] = column("使用时间", UtcDateTime)
