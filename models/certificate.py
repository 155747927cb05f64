"""合格证书 and the counter its numbers come from."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, LongText, Moment, Name, choice, column, now
from models.enums import CertificateStatus
from models.organization import Organization
from models.person import Person
from models.types import UtcDateTime


class Certificate(Base):
    """What was certified about one person and year, as it was printed.

    ``snapshot`` is the printed text, ``seal`` its HMAC: a changed snapshot is told by the verification page. ``template_id`` is
    what it was issued with and is reprinted with; none is the template the system comes with.
    """

    __tablename__ = "certificate"
    __label__ = "合格证书"
    __named_by__ = "number"
    __table_args__ = (
        Index("uq_certificate_one_valid", "person_id", "credit_year", unique=True,
              sqlite_where=text("status = 'valid'"), postgresql_where=text("status = 'valid'")),
        Index(None, "person_id", "credit_year", "status"),
        Index(None, "employer_id", "credit_year", "id"),
        Index(None, "region_code", "credit_year", "id"),
        Index("ix_certificate_revoked", "id",  # what a status list is made of
              sqlite_where=text("status = 'revoked'"), postgresql_where=text("status = 'revoked'")),
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
    template_id: Mapped[int | None] = column("证书模板", ForeignKey("certificate_template.id"))
    snapshot: Mapped[dict[str, Any]] = column("证书内容", JSON)
    seal: Mapped[str] = column("内容校验", String(64), info={"internal": True})
    issued_by_id: Mapped[int] = column("制证人", ForeignKey("account.id"))
    issued_at: Mapped[Moment] = column("制证时间", default=now)
    print_count: Mapped[int] = column("打印次数", default=0)
    revoked_at: Mapped[datetime | None] = column("撤销时间", UtcDateTime)
    revoked_reason: Mapped[LongText | None] = column("撤销原因")

    person: Mapped[Person] = relationship()
    employer: Mapped[Organization] = relationship(foreign_keys=[employer_id])


IN_FORCE = "published_at IS NOT NULL AND retired_at IS NULL"


class CertificateTemplate(Base):
    """A version of the certificate's layout: a folder as it was uploaded, packed.

    Without publisher it is a draft; the published one that is not retired is what certificates are issued with.
    """

    __tablename__ = "certificate_template"
    __label__ = "证书模板"
    __table_args__ = (
        Index(None, "organization_id", "id"),
        Index("uq_certificate_template_in_force", "organization_id", unique=True,
              sqlite_where=text(IN_FORCE), postgresql_where=text(IN_FORCE)),
        CheckConstraint("(published_at IS NULL) = (published_by_id IS NULL) AND (published_at IS NULL) = (version IS NULL)",
                        name="published_has_publisher"),
        CheckConstraint("retired_at IS NULL OR published_at IS NOT NULL", name="retired_was_published"),
    )  # fmt: skip

    version: Mapped[int | None] = column("版本", unique=True)
    filename: Mapped[Name] = column("上传文件")
    note: Mapped[LongText | None] = column("修改说明")
    content: Mapped[bytes] = column("模板内容", LargeBinary, deferred=True, info={"internal": True})
    sha256: Mapped[str] = column("文件摘要（SHA-256）", String(64))
    organization_id: Mapped[int] = column("所属机构", ForeignKey("organization.id"))
    account_id: Mapped[int] = column("上传人", ForeignKey("account.id"))
    created_at: Mapped[Moment] = column("上传时间", default=now)
    published_at: Mapped[datetime | None] = column("发布时间", UtcDateTime)
    published_by_id: Mapped[int | None] = column("发布人", ForeignKey("account.id"))
    retired_at: Mapped[datetime | None] = column("停用时间", UtcDateTime)

    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    published_by: Mapped[Account | None] = relationship(foreign_keys=[published_by_id])

    def __str__(self) -> str:
        return f"第 {self.version} 版" if self.version else f"草稿 {self.filename}"


class CertificateSerial(Base):
    """The last serial given in a year and region; its row lock keeps numbers without gaps or doubles."""

    __tablename__ = "certificate_serial"
    __label__ = "证书流水号"
    __table_args__ = (UniqueConstraint("credit_year", "region_code"),)

    credit_year: Mapped[int] = column("年度")
    region_code: Mapped[str] = column("区域", String(6))
    last: Mapped[int] = column("最后流水号", default=0)
