"""Organisations of the six kinds and the departments inside an employer."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Code, Moment, Name, choice, column, now
from models.enums import OrganizationKind, OrganizationStatus
from models.reference import Region


class Organization(Base):
    """An employer, institution, bureau, authority, the province or the system's own office.

    ``bureau_id`` is 同级人社部门: a stored relation, never computed from the region, because a county directly
    under the province reports to the province. For a bureau it is the superior bureau. A region has one bureau.
    ``level_code`` is an entry of the dictionary of its kind (``services.registration_kinds``): 单位级别 or 培训机构级别.
    """

    __tablename__ = "organization"
    __label__ = "机构"
    __named_by__ = "name"
    __table_args__ = (
        Index("uq_organization_code", "code", unique=True, sqlite_where=text("status <> 'void'"),
              postgresql_where=text("status <> 'void'")),
        Index("uq_organization_single_office", "kind", unique=True,
              sqlite_where=text("kind IN ('province', 'system')"),
              postgresql_where=text("kind IN ('province', 'system')")),
        Index("uq_organization_bureau_region", "region_code", unique=True,
              sqlite_where=text("kind = 'bureau' AND status <> 'void'"),
              postgresql_where=text("kind = 'bureau' AND status <> 'void'")),
        Index(None, "region_code", "kind", "id"),
        Index(None, "bureau_id", "status", "id"),
        Index(None, "authority_id", "id"),
        CheckConstraint("kind NOT IN ('employer', 'institution', 'bureau') OR region_code IS NOT NULL",
                        name="has_region"),
        CheckConstraint("kind NOT IN ('employer', 'institution', 'bureau', 'authority') OR bureau_id IS NOT NULL",
                        name="has_bureau"),
        CheckConstraint("kind <> 'authority' OR industry_code IS NOT NULL", name="authority_has_industry"),
        CheckConstraint("bureau_id IS NULL OR bureau_id <> id", name="not_its_own_bureau"),
    )  # fmt: skip

    kind: Mapped[OrganizationKind] = choice("机构类型", OrganizationKind)
    code: Mapped[str] = column("组织机构代码", String(9))
    credit_code: Mapped[str | None] = column("统一社会信用代码", String(18))
    name: Mapped[Name] = column("名称")
    name_initials: Mapped[Name] = column("名称拼音首字母", default="", index=True)
    status: Mapped[OrganizationStatus] = choice(
        "状态", OrganizationStatus, default=OrganizationStatus.PENDING
    )
    region_code: Mapped[str | None] = column("所属区域", String(6), ForeignKey("region.code"))
    bureau_id: Mapped[int | None] = column("同级人社部门", ForeignKey("organization.id"))
    authority_id: Mapped[int | None] = column("行业主管部门", ForeignKey("organization.id"))
    industry_code: Mapped[Code | None] = column("所属行业")
    nature_code: Mapped[Code | None] = column("单位性质")
    affiliation_code: Mapped[Code | None] = column("隶属关系")
    level_code: Mapped[Code | None] = column("单位级别")
    address: Mapped[Name] = column("地址", default="")
    contact: Mapped[Name] = column("联系人", default="")
    phone: Mapped[Name] = column("联系电话", default="")
    certificate_key: Mapped[str | None] = column("代码证扫描件", String(64))
    certificate_mime: Mapped[str | None] = column("扫描件类型", String(64))
    created_at: Mapped[Moment] = column("登记时间", default=now)

    region: Mapped[Region | None] = relationship()
    bureau: Mapped[Organization | None] = relationship(
        foreign_keys=[bureau_id],
        remote_side="Organization.id",
    )
    authority: Mapped[Organization | None] = relationship(
        foreign_keys=[authority_id],
        remote_side="Organization.id",
    )
    departments: Mapped[list[Department]] = relationship(back_populates="organization")


class Department(Base):
    """A part of an employer (组织机构管理); departments form a tree."""

    __tablename__ = "department"
    __label__ = "部门"
    __named_by__ = "name"
    __table_args__ = (
        UniqueConstraint("organization_id", "parent_id", "name"),
        # The constraint above holds for nothing at the top of the tree: there the parent is NULL.
        Index("uq_department_top_name", "organization_id", "name", unique=True,
              sqlite_where=text("parent_id IS NULL"), postgresql_where=text("parent_id IS NULL")),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
    )  # fmt: skip

    organization_id: Mapped[int] = column("所属单位", ForeignKey("organization.id"), index=True)
    parent_id: Mapped[int | None] = column("上级部门", ForeignKey("department.id"))
    name: Mapped[Name] = column("部门名称")
    position: Mapped[int] = column("顺序", default=0)

    organization: Mapped[Organization] = relationship(back_populates="departments")
    parent: Mapped[Department | None] = relationship(remote_side="Department.id")
