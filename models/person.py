"""专业技术人员: the professional whose hours are kept."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, relationship, validates

from models.base import Base, Code, Moment, Name, choice, column, now
from models.crypto import blind_index
from models.enums import PersonState, Sex
from models.organization import Department, Organization
from models.types import EncryptedText


class Person(Base):
    """A professional. Employer, region and authority stand on the row because scopes filter on them."""

    __tablename__ = "person"
    __label__ = "专业技术人员"
    __named_by__ = "name"
    __status__ = "state"
    __table_args__ = (
        Index("uq_person_citizen_id", "citizen_id_index", unique=True, sqlite_where=text("state <> 'void'"),
              postgresql_where=text("state <> 'void'")),
        Index(None, "employer_id", "id"),
        Index(None, "employer_id", "department_id", "id"),
        Index(None, "region_code", "id"),
        Index(None, "authority_id", "id"),
        Index(None, "name"),
        Index(None, "name_initials"),
        CheckConstraint("length(name) > 0", name="has_name"),
        CheckConstraint("(state IN ('left', 'retired')) = (left_on IS NOT NULL)", name="gone_has_date"),
    )  # fmt: skip

    citizen_id: Mapped[str] = column("身份证号", EncryptedText)
    citizen_id_index: Mapped[str] = column("身份证号索引", String(64), info={"internal": True})
    name: Mapped[Name] = column("姓名")
    name_initials: Mapped[Name] = column("姓名拼音首字母", default="", info={"internal": True})
    sex: Mapped[Sex] = choice("性别", Sex)
    birth_date: Mapped[date] = column("出生年月", Date)
    state: Mapped[PersonState] = choice("人员状态", PersonState, default=PersonState.PENDING)
    left_on: Mapped[date | None] = column("离职退休日期", Date)
    employer_id: Mapped[int] = column("所属单位", ForeignKey("organization.id"))
    department_id: Mapped[int | None] = column("所属部门", ForeignKey("department.id"))
    region_code: Mapped[str] = column("所属区域", String(6), ForeignKey("region.code"))
    authority_id: Mapped[int | None] = column("行业主管部门", ForeignKey("organization.id"))
    ethnicity_code: Mapped[Code | None] = column("民族")
    native_place: Mapped[Name] = column("籍贯", default="")
    school: Mapped[Name] = column("毕业院校", default="")
    major_code: Mapped[Code | None] = column("所学专业")
    education_code: Mapped[Code | None] = column("学历")
    degree_code: Mapped[Code | None] = column("学位")
    title_series_code: Mapped[Code | None] = column("职称系列")
    title_level_code: Mapped[Code | None] = column("职称级别")
    mobile: Mapped[Name] = column("手机", default="")
    email: Mapped[Name] = column("电子邮箱", default="")
    created_at: Mapped[Moment] = column("登记时间", default=now)

    employer: Mapped[Organization] = relationship(foreign_keys=[employer_id])
    department: Mapped[Department | None] = relationship()

    @validates("citizen_id")
    def _keep_index(self, _key: str, value: str) -> str:
        self.citizen_id_index = blind_index(value)
        return value
