"""合格证书 and the counter its numbers come from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, LongText, Moment, choice, column, now
from models.enums import CertificateStatus
from models.organization import Organization
from models.person import Person
from models.types import UtcDateTime


class Certificate(Base):
    """What was certified about one person and year, as it was printed.

    ``snapshot`` is the printed text, ``seal`` its HMAC: a changed snapshot is told by the verification page.
    """

    __tablename__ = "certificate"
    __label__ = "合格证书"
    __table_args__ = (
        Index("uq_certificate_one_valid", "person_id", "credit_year", unique=True,
              sqlite_where=text("status = 'valid'"), postgresql_where=text("status = 'valid'")),
        Index(None, "employer_id", "credit_year", "id"),
        Index(None, "region_code", "credit_year", "id"),
        CheckConstraint("(status = 'revoked') = (revoked_at IS NOT NULL AND revoked_reason IS NOT NULL)",
                        name="revoked_has_reason"),
    )  # fmt: skip

    number: Mapped[str] = column("证书编号", String(32), unique=True)
    person_id: Mapped[int] = column("专业技术人员", ForeignKey("person.id"))
    employer_id: Mapped[int] = column("发证时单位", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("发证时区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("发证时行业主管部门", ForeignKey("organization.id"))
    credit_year: Mapped[int] = column("年度", ForeignKey("credit_year.year"))
    status: Mapped[CertificateStatus] = choice("证书状态", CertificateStatus, default=CertificateStatus.VALID)
    snapshot: Mapped[dict[str, Any]] = column("证书内容", JSON)
    seal: Mapped[str] = column("内容校验", String(64), info={"internal": True})
    issued_by_id: Mapped[int] = column("制证人", ForeignKey("account.id"))
    issued_at: Mapped[Moment] = column("制证时间", default=now)
    print_count: Mapped[int] = column("打印次数", default=0)
    revoked_at: Mapped[datetime | None] = column("撤销时间", UtcDateTime)
    revoked_reason: Mapped[LongText | None] = column("撤销原因")

    person: Mapped[Person] = relationship()
    employer: Mapped[Organization] = relationship(foreign_keys=[employer_id])

    def __str__(self) -> str:
        return self.number


class CertificateSerial(Base):
    """The last serial given in a year and region; its row lock keeps numbers without gaps or doubles."""

    __tablename__ = "certificate_serial"
    __label__ = "证书流水号"
    __table_args__ = (UniqueConstraint("credit_year", "region_code"),)

    credit_year: Mapped[int] = column("年度")
    region_code: Mapped[str] = column("区域", String(6))
    last: Mapped[int] = column("最后流水号", default=0)
