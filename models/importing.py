"""Imports from a workbook: one run each, checked first, then stored row by row in batches."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from models.account import Account
from models.base import Base, Code, Identity, LongText, Moment, Name, choice, column, now
from models.enums import ImportState, RowOutcome
from models.types import EncryptedJson, UtcDateTime


class ImportRun(Base):
    """One file, checked by somebody and then, perhaps, imported.

    ``columns`` are [letter, label] of the file's columns, in their order. ``touched_at`` is when the last batch of rows
    was stored: a run nobody has touched for a while lost its worker. Rows are dropped some time after the run has ended; the
    run with its figures stays.
    """

    __tablename__ = "import_run"
    __label__ = "导入记录"
    __named_by__ = "filename"
    __table_args__ = (
        Index(None, "organization_id", "kind", "id"),
        Index(None, "state", "touched_at"),
        CheckConstraint("(state IN ('done', 'stopped')) = (finished_at IS NOT NULL)", name="ended_has_time"),
        CheckConstraint("state <> 'stopped' OR reason IS NOT NULL", name="stopped_has_reason"),
    )

    kind: Mapped[Code] = column("导入内容")
    account_id: Mapped[int] = column("导入人", ForeignKey("account.id"))
    organization_id: Mapped[int] = column("所属机构", ForeignKey("organization.id"))
    class_id: Mapped[int | None] = column("培训班", ForeignKey("training_class.id"))
    filename: Mapped[Name] = column("文件名")
    columns: Mapped[list[list[str]]] = column("列", JSON)
    state: Mapped[ImportState] = choice("状态", ImportState, default=ImportState.CHECKED)
    row_count: Mapped[int] = column("总行数", default=0)
    good_count: Mapped[int] = column("可导入行数", default=0)
    bad_count: Mapped[int] = column("错误行数", default=0)
    known_count: Mapped[int] = column("已有行数", default=0)
    done_count: Mapped[int] = column("已导入行数", default=0)
    reason: Mapped[LongText | None] = column("中止原因")
    created_at: Mapped[Moment] = column("校验时间", default=now)
    touched_at: Mapped[Moment] = column("最近处理时间", default=now)
    finished_at: Mapped[datetime | None] = column("结束时间", UtcDateTime)

    account: Mapped[Account] = relationship()


class ImportRow(Base):
    """One row of the file: what was typed and what is wrong with it; both may speak of citizen ids, hence encrypted.

    ``errors`` are objects with ``column`` (letter), ``label`` and ``sentence``.
    """

    __tablename__ = "import_row"
    __label__ = "导入明细"
    __table_args__ = (UniqueConstraint("run_id", "number"), Index(None, "run_id", "outcome", "number"))

    run_id: Mapped[int] = column("导入记录", ForeignKey("import_run.id", ondelete="CASCADE"))
    number: Mapped[int] = column("行号")
    outcome: Mapped[RowOutcome] = choice("结果", RowOutcome)
    cells: Mapped[list[str]] = column("单元格", EncryptedJson, info={"internal": True})
    errors: Mapped[list[dict[str, str]]] = column(
        "错误", EncryptedJson, default=list, info={"internal": True}
    )
    object_id: Mapped[int | None] = column("生成的记录", Identity)

    run: Mapped[ImportRun] = relationship()
