"""The workbook an institution fills in for the students of a class, and the list of those nobody knows."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from services import exporting, import_template
from services.roster_import import ATTENDANCE, RosterImport

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models import TrainingClass
    from services.roster import Stranger

REMARKS = (
    "学员须已在系统中登记：由其单位导入、登记，或本人注册后经单位审核。未登记的人员会单独列出，可以邀请其注册。",
    "已在册的学员不会重复登记；已退班的请在“学员管理”中勾选后点“恢复在册”。",
)
STRANGERS = ("姓名", "身份证号", "单位", "手机")


def write(klass: TrainingClass, target: IO[bytes]) -> None:
    """Write the template of a class; one that asks for no attendance has no column for it.

    Args:
        klass: the class.
        target: where to.
    """
    importer = RosterImport(klass.id)
    columns = [
        column
        for column in importer.columns
        if column is not ATTENDANCE or klass.attendance_minimum is not None
    ]
    import_template.write(
        target, importer.sheet, columns, {}, REMARKS, title=f"{klass.plan.name}：{klass.name}"
    )


def write_strangers(title: str, people: Sequence[Stranger], target: IO[bytes]) -> None:
    """Write who is not registered, in columns that the import reads again.

    Args:
        title: of the sheet.
        people: who.
        target: where to.
    """
    rows = ((one.name, one.citizen_id, one.employer, one.phone) for one in people)
    exporting.write(target, title, STRANGERS, rows, {"内容": "导入学员时未登记的人员"})
