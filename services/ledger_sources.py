"""Whether the open postings of the ledger and what they stem from agree: claims and grades, by the same two checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, literal, or_, select, true

from models import Claim, Grade, LedgerEntry
from models.enums import ClaimStatus, EntryKind, GradeResult, GradeStatus, SourceType
from models.types import whole_tenths
from workflow.crediting import COMPLETES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import ColumnElement, Row, Select, Table

    from models.enums import Labelled

    Check = tuple["Select[Any]", "Callable[[Row[Any]], str]"]

claim, grade = Claim.__table__.c, Grade.__table__.c


@dataclass(frozen=True, slots=True)
class Source:
    """Something hours stem from.

    Attributes:
        type: what the ledger calls it.
        label: what a sentence calls it.
        table: its table.
        approved: the status in which it has a posting.
        earns: which of those rows have one.
        hours: the column that says how many hours.
        completes: whether it completes the specialty year.
        completed: whether it did by what was asked formerly; such postings stay right.
    """

    type: SourceType
    label: str
    table: Table
    approved: Labelled
    earns: ColumnElement[bool]
    hours: ColumnElement[Any]
    completes: ColumnElement[bool]
    completed: ColumnElement[bool]

    @property
    def column(self) -> Any:
        """The columns of its table."""
        return self.table.c


SOURCES = (
    Source(SourceType.CLAIM, "申报", Claim.__table__, ClaimStatus.APPROVED, true(), claim.awarded_hours, COMPLETES,
           claim.completes_specialty_year),
    Source(SourceType.GRADE, "成绩", Grade.__table__, GradeStatus.APPROVED, grade.result != GradeResult.FAILED, grade.hours,
           literal(value=False), literal(value=False)),
)  # fmt: skip


def checks() -> Iterator[Check]:
    """Yield the checks of every source: a statement, and the sentence of each row it finds."""
    for source in SOURCES:
        yield _approved(source)
        yield _open_postings(source)


def _unreversed(source: Source) -> Select[Any]:
    table: Any = LedgerEntry.__table__
    taken_back = table.alias("taken_back").c
    entry = table.c
    return (
        select(*entry)
        .select_from(table.outerjoin(taken_back.id.table, taken_back.reversal_of_id == entry.id))
        .where(
            entry.kind == EntryKind.POSTING,
            entry.source_type == source.type,
            taken_back.id.is_(None),
        )
    )


def _approved(source: Source) -> Check:
    unreversed, row = _unreversed(source).subquery(), source.column
    number = func.count(unreversed.c.id)
    statement = (
        select(row.id, row.person_id, number.label("number"))
        .select_from(source.table.outerjoin(unreversed, unreversed.c.source_id == row.id))
        .where(row.status == source.approved, source.earns)
        .group_by(row.id, row.person_id)
        .having(number != 1)
        .order_by(row.id)
    )

    def describe(found: Row[Any]) -> str:
        whose = (
            f"{source.label} {found.id}（人员 {found.person_id}）已{source.approved.label.removeprefix('已')}"
        )
        return (
            f"{whose}，台账中没有它的入账"
            if found.number == 0
            else f"{whose}，台账中有 {found.number} 笔未冲销的入账"
        )

    return statement, describe


def _open_postings(source: Source) -> Check:
    unreversed, row = _unreversed(source).subquery(), source.column
    entry = unreversed.c
    differences = {
        "学时": whole_tenths(entry.hours) != whole_tenths(source.hours),
        "人员": entry.person_id != row.person_id,
        "计入年度": entry.credit_year != row.credit_year,
        "科目类型": entry.subject != row.subject,
        "视为完成专业科目": case(
            (entry.completes_specialty_year.is_(True), ~source.completed), else_=source.completes
        ),
    }
    labels = list(differences)
    statement = (
        select(
            entry.id,
            entry.source_id,
            row.id.label("row_id"),
            row.status,
            *(
                and_(row.id.is_not(None), difference).label(f"wrong_{position}")
                for position, difference in enumerate(differences.values())
            ),
        )
        .select_from(unreversed.outerjoin(source.table, row.id == entry.source_id))
        .where(or_(row.id.is_(None), row.status != source.approved, *differences.values()))
        .order_by(entry.id)
    )

    def describe(found: Row[Any]) -> str:
        which = f"台账分录 {found.id}（{source.label} {found.source_id}）"
        if found.row_id is None:
            return f"{which}所依据的{source.label}不存在"
        if found.status != source.approved:
            return f"{which}未冲销，但{source.label}的认定结果是“{found.status.label}”"
        names = [label for position, label in enumerate(labels) if found._mapping[f"wrong_{position}"]]  # noqa: SLF001
        return f"{which}的{'、'.join(names)}与{source.label}不一致"

    return statement, describe
