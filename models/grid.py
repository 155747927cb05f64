"""How an account likes its grids: columns, density, page size, and views (filters and sort order) kept by name."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.base import Base, Code, Moment, Name, choice, column, now
from models.enums import Density, ViewAudience


class SavedView(Base):
    """Filters, search and sort order of one grid under a name, for oneself, one's organisation or everybody.

    ``arguments`` are the query parameters of the list page; a citizen id is never among them.
    """

    __tablename__ = "saved_view"
    __label__ = "常用视图"
    __named_by__ = "name"
    __table_args__ = (
        Index(None, "endpoint", "account_id"),
        Index(None, "endpoint", "organization_id"),
        UniqueConstraint("account_id", "endpoint", "name"),
        CheckConstraint("audience <> 'organization' OR organization_id IS NOT NULL", name="shared_has_organization"),
        CheckConstraint("audience <> 'private' OR account_id IS NOT NULL", name="private_has_account"),
    )  # fmt: skip

    endpoint: Mapped[Code] = column("列表")
    name: Mapped[Name] = column("视图名称")
    audience: Mapped[ViewAudience] = choice("可见范围", ViewAudience, default=ViewAudience.PRIVATE)
    account_id: Mapped[int | None] = column("保存人", ForeignKey("account.id"))
    organization_id: Mapped[int | None] = column("所属机构", ForeignKey("organization.id"))
    arguments: Mapped[dict[str, Any]] = column("条件", JSON, default=dict)
    created_at: Mapped[Moment] = column("保存时间", default=now)


class GridSetting(Base):
    """Columns, density, page size and default view of one account in one grid.

    No row means the grid's own; without a page size it is the system's, as it is set at the time.
    """

    __tablename__ = "grid_setting"
    __label__ = "列表设置"
    __table_args__ = (
        UniqueConstraint("account_id", "endpoint"),
        CheckConstraint("page_size BETWEEN 10 AND 200", name="page_size"),
    )

    account_id: Mapped[int] = column("账户", ForeignKey("account.id"))
    endpoint: Mapped[Code] = column("列表")
    columns: Mapped[list[str] | None] = column("显示的列", JSON)
    density: Mapped[Density] = choice("行距", Density, default=Density.NORMAL)
    page_size: Mapped[int | None] = column("每页条数")
    default_view_id: Mapped[int | None] = column("默认视图", ForeignKey("saved_view.id", ondelete="SET NULL"))

    default_view: Mapped[SavedView | None] = relationship()
