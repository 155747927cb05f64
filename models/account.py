"""Accounts (one login each), captcha challenges and what a login leaves behind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, relationship, validates

from models.base import Base, LongText, Moment, Name, choice, column, now
from models.crypto import blind_index
from models.enums import AccountStatus, Duty, UserType
from models.organization import Organization
from models.person import Person
from models.types import EncryptedText, UtcDateTime

OPEN = "status NOT IN ('rejected', 'withdrawn', 'removed')"


class Account(Base):
    """One login: (user type, organisation, citizen id). The same citizen may hold several.

    ``approver_id`` is the office that decides the registration, so that everybody can see who holds it.
    ``initial_password_until`` is set while the password is one that somebody else gave out: it must be changed at the
    first login, and lets nobody in after that moment. ``fs_uniquifier`` changes with the password: what was begun under
    the former one ends with it. ``duty`` is one of three where they are separated, given by another administrator
    (``models.duty_rules`` has what the database holds about it across rows).
    """

    __tablename__ = "account"
    __label__ = "账户"
    __named_by__ = "real_name"
    __table_args__ = (
        Index("uq_account_person_citizen", "citizen_id_index", unique=True,
              sqlite_where=text(f"user_type = 'person' AND {OPEN}"),
              postgresql_where=text(f"user_type = 'person' AND {OPEN}")),
        Index("uq_account_administrator", "organization_id", "citizen_id_index", unique=True,
              sqlite_where=text(f"organization_id IS NOT NULL AND {OPEN}"),
              postgresql_where=text(f"organization_id IS NOT NULL AND {OPEN}")),
        Index(None, "citizen_id_index"),
        Index(None, "approver_id", "status", "id"),
        Index(None, "person_id"),
        Index("uq_account_duty_citizen", "citizen_id_index", unique=True,
              sqlite_where=text(f"duty IS NOT NULL AND {OPEN}"), postgresql_where=text(f"duty IS NOT NULL AND {OPEN}")),
        CheckConstraint("duty IS NULL OR user_type = 'system'", name="duty_of_system"),
        CheckConstraint("(duty IS NULL) = (duty_given_by_id IS NULL)", name="duty_has_giver"),
        CheckConstraint("duty_given_by_id <> id", name="duty_from_another"),
        CheckConstraint("(user_type = 'person') = (person_id IS NOT NULL)", name="person_has_person"),
        CheckConstraint("(user_type = 'person') = (organization_id IS NULL)", name="administrator_has_organization"),
        CheckConstraint("(status IN ('active', 'rejected', 'disabled', 'removed')) = (decided_at IS NOT NULL)",
                        name="decided_has_time"),
        CheckConstraint("status <> 'rejected' OR (reason IS NOT NULL AND decided_by_id IS NOT NULL)",
                        name="rejected_has_reason"),
    )  # fmt: skip

    user_type: Mapped[UserType] = choice("用户类型", UserType)
    organization_id: Mapped[int | None] = column("所属机构", ForeignKey("organization.id"))
    person_id: Mapped[int | None] = column("专业技术人员", ForeignKey("person.id"))
    citizen_id: Mapped[str] = column("身份证号", EncryptedText)
    citizen_id_index: Mapped[str] = column("身份证号索引", String(64), info={"internal": True})
    real_name: Mapped[Name] = column("真实姓名")
    mobile: Mapped[Name] = column("手机", default="")
    email: Mapped[Name] = column("电子邮箱", default="")
    password: Mapped[str] = column("密码", String(255), info={"internal": True})
    fs_uniquifier: Mapped[str] = column("会话标识", String(64), unique=True, info={"internal": True})
    initial_password_until: Mapped[datetime | None] = column("初始密码有效期至", UtcDateTime)
    status: Mapped[AccountStatus] = choice("账户状态", AccountStatus, default=AccountStatus.PENDING)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    approver_id: Mapped[int | None] = column("审核机构", ForeignKey("organization.id"))
    decided_by_id: Mapped[int | None] = column("审核人", ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = column("审核时间", UtcDateTime)
    reason: Mapped[LongText | None] = column("审核意见")
    created_at: Mapped[Moment] = column("注册时间", default=now)
    duty: Mapped[Duty | None] = choice("三员职责", Duty)
    duty_given_by_id: Mapped[int | None] = column("职责授予人", ForeignKey("account.id"))

    organization: Mapped[Organization | None] = relationship(foreign_keys=[organization_id])
    approver: Mapped[Organization | None] = relationship(foreign_keys=[approver_id])
    person: Mapped[Person | None] = relationship()

    @validates("citizen_id")
    def _keep_index(self, _key: str, value: str) -> str:
        self.citizen_id_index = blind_index(value)
        return value


class CaptchaChallenge(Base):
    """A captcha shown to a visitor; its row is deleted by the first answer."""

    __tablename__ = "captcha_challenge"
    __label__ = "验证码"

    token: Mapped[str] = column("标识", String(43), unique=True)
    answer: Mapped[str] = column("答案", String(8))
    expires_at: Mapped[Moment] = column("失效时间", index=True)
