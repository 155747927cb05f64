"""学时台账: the append-only ledger of hours and the year summaries kept beside it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, HoursNumber, Moment, choice, column, now
from models.enums import EntryKind, SourceType, Subject
from models.organization import Organization
from models.person import Person


class LedgerEntry(Base):
    """Hours put on a person's account, or taken back. Never changed, never deleted.

    ``round`` counts how often the source was posted before. A source may be posted again only after its last
    posting was reversed; the two unique indexes make a second un-reversed posting impossible.
    """

    __tablename__ = "ledger_entry"
    __label__ = "学时台账"
    __table_args__ = (
        Index("uq_ledger_entry_source_round", "source_type", "source_id", "kind", "round", unique=True),
        Index("uq_ledger_entry_reversal_of", "reversal_of_id", unique=True),
        Index(None, "person_id", "credit_year", "subject"),
        Index(None, "employer_id", "id"),
        Index(None, "region_code", "id"),
        CheckConstraint("(kind = 'reversal') = (reversal_of_id IS NOT NULL)", name="reversal_names_entry"),
        CheckConstraint(
            "(kind = 'posting' AND hours >= 0) OR (kind = 'reversal' AND hours <= 0)", name="sign"
        ),
    )

    person_id: Mapped[int] = column("专业技术人员", ForeignKey("person.id"))
    employer_id: Mapped[int] = column("当时单位", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("当时区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("当时行业主管部门", ForeignKey("organization.id"))
    credit_year: Mapped[int] = column("计入年度", ForeignKey("credit_year.year"))
    subject: Mapped[Subject] = choice("科目类型", Subject)
    kind: Mapped[EntryKind] = choice("记账类型", EntryKind)
    hours: Mapped[HoursNumber] = column("学时")
    completes_specialty_year: Mapped[bool] = column("视为完成专业科目", default=False)
    source_type: Mapped[SourceType] = choice("来源类型", SourceType)
    source_id: Mapped[int] = column("来源序号")
    round: Mapped[int] = column("入账次数", default=0)
    reversal_of_id: Mapped[int | None] = column("冲销的分录", ForeignKey("ledger_entry.id"))
    rule_code: Mapped[str | None] = column("学时规则", String(64))
    rule_version: Mapped[int | None] = column("规则版本")
    posted_by_id: Mapped[int] = column("记账人", ForeignKey("account.id"))
    posted_at: Mapped[Moment] = column("记账时间", default=now)

    person: Mapped[Person] = relationship()
    employer: Mapped[Organization] = relationship(foreign_keys=[employer_id])


class YearSummary(Base):
    """年度完成情况 of one person and year: the sum of the ledger, kept in the same transaction."""

    __tablename__ = "year_summary"
    __label__ = "年度完成情况"
    __table_args__ = (
        Index("uq_year_summary_person_year", "person_id", "credit_year", unique=True),
        Index(None, "employer_id", "credit_year", "complete", "id"),
        Index(None, "region_code", "credit_year", "id"),
        CheckConstraint("public_hours >= 0 AND specialty_hours >= 0", name="hours_not_negative"),
    )

    person_id: Mapped[int] = column("专业技术人员", ForeignKey("person.id"))
    employer_id: Mapped[int] = column("所属单位", ForeignKey("organization.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("行业主管部门", ForeignKey("organization.id"))
    credit_year: Mapped[int] = column("年度", ForeignKey("credit_year.year"))
    public_hours: Mapped[HoursNumber] = column("公需学时", default=0)
    specialty_hours: Mapped[HoursNumber] = column("专业学时", default=0)
    specialty_completions: Mapped[int] = column("视为完成专业科目的次数", default=0)
    required_public: Mapped[HoursNumber] = column("应修公需", default=0)
    required_specialty: Mapped[HoursNumber] = column("应修专业", default=0)
    required_total: Mapped[HoursNumber] = column("应修总学时", default=0)
    complete: Mapped[bool] = column("是否完成", default=False)
    updated_at: Mapped[Moment] = column("更新时间", default=now)

    person: Mapped[Person] = relationship()
    employer: Mapped[Organization] = relationship(foreign_keys=[employer_id])

    def __str__(self) -> str:
        return f"{self.person} {self.credit_year}"
