"""The workbook an employer fills in for the import of its people, with its departments and the dictionaries of the day."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from services import import_template, picking
from services.staff import department_paths
from services.staff_import import DEPARTMENT, SEX, StaffImport

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from permissions.actor import Actor

REMARKS = ("导入的人员即为本单位在职人员。需要登录的，在“专业技术人员管理”中为其“开通账户”。",)


def write(session: Session, actor: Actor, target: IO[bytes]) -> None:
    """Write the template.

    Args:
        session: the employer's session.
        actor: its administrator.
        target: where to.
    """
    importer = StaffImport()
    choices = {
        SEX.name: ["男", "女"],
        DEPARTMENT.name: [path for _key, path in department_paths(session, actor.organization_id)],
    } | {
        column.name: [entry.label for entry in picking.dictionary(session, column.dictionary)]
        for column in importer.columns
        if column.dictionary
    }
    import_template.write(target, importer.sheet, importer.columns, choices, REMARKS)
