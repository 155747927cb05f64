"""信息更正: a professional's name or citizen id was wrong."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, validates

from models.base import Base, LongText, Moment, Name, choice, column, now
from models.crypto import blind_index
from models.enums import RequestStatus, Sex
from models.types import EncryptedText, UtcDateTime

PENDING = text("status = 'pending'")


class PersonCorrection(Base):
    """A request to correct name or citizen id, with a scan that proves it, decided by the employer.

    Both are kept as they were and as they shall be; what is right stands there twice. What follows from the new ones
    (initials, sex, birth date) stands beside them, so that an approval is one statement.
    """

    __tablename__ = "correction"
    __label__ = "信息更正"
    __table_args__ = (
        Index("uq_correction_one_pending", "person_id", unique=True, sqlite_where=PENDING, postgresql_where=PENDING),
        Index("uq_correction_one_per_id", "new_citizen_id_index", unique=True, sqlite_where=PENDING,
              postgresql_where=PENDING),
        Index(None, "person_id", "id"),
        Index(None, "employer_id", "status", "id"),
        CheckConstraint("old_name <> new_name OR old_citizen_id_index <> new_citizen_id_index", name="changes_something"),
        CheckConstraint("(status IN ('approved', 'rejected')) = (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
                        name="decided_has_decider"),
        CheckConstraint("status <> 'rejected' OR reason IS NOT NULL", name="rejected_has_reason"),
    )  # fmt: skip

    person_id: Mapped[int] = column("专业技术人员", ForeignKey("person.id"))
    employer_id: Mapped[int] = column("审核单位", ForeignKey("organization.id"))
    old_name: Mapped[Name] = column("原姓名")
    new_name: Mapped[Name] = column("更正后姓名")
    new_name_initials: Mapped[Name] = column("更正后姓名拼音首字母", default="", info={"internal": True})
    old_citizen_id: Mapped[str] = column("原身份证号", EncryptedText)
    old_citizen_id_index: Mapped[str] = column("原身份证号索引", String(64), info={"internal": True})
    new_citizen_id: Mapped[str] = column("更正后身份证号", EncryptedText)
    new_citizen_id_index: Mapped[str] = column("更正后身份证号索引", String(64), info={"internal": True})
    new_sex: Mapped[Sex] = choice("更正后性别", Sex)
    new_birth_date: Mapped[date] = column("更正后出生年月", Date)
    explanation: Mapped[LongText] = column("更正原因")
    scan_key: Mapped[str] = column("证件扫描件", String(64), info={"internal": True})
    scan_mime: Mapped[str] = column("扫描件类型", String(64))
    scan_name: Mapped[Name] = column("扫描件文件名")
    status: Mapped[RequestStatus] = choice("办理状态", RequestStatus, default=RequestStatus.PENDING)
    status_since: Mapped[Moment] = column("状态时间", default=now)
    started_by_id: Mapped[int] = column("发起人", ForeignKey("account.id"))
    started_by_organization_id: Mapped[int | None] = column("发起单位", ForeignKey("organization.id"))
    decided_by_id: Mapped[int | None] = column("审核人", ForeignKey("account.id"))
    decided_at: Mapped[datetime | None] = column("审核时间", UtcDateTime)
    reason: Mapped[LongText | None] = column("审核意见")
    created_at: Mapped[Moment] = column("发起时间", default=now)

    @validates("old_citizen_id", "new_citizen_id")
    def _keep_index(self, key: str, value: str) -> str:
        setattr(self, f"{key}_index", blind_index(value))
        return value

    def __str__(self) -> str:
        return f"{self.old_name}的信息更正"
