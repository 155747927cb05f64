"""Import of an employer's people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services import staff_template
from services.staff_import import StaffImport
from views.extensions import actor, db
from views.importing import ImportMixin, ImportWords

if TYPE_CHECKING:
    import io

    from models import ImportRun
    from services.importing import Importer


class StaffImportMixin(ImportMixin):
    """The import pages of the grid of people."""

    import_kind = StaffImport.kind
    import_words = ImportWords(
        title="导入人员",
        template="模板里有本单位的部门和各项字典的下拉列表，身份证号一列已设为文本格式。",
        known="本单位已有，不重复导入",
        all_known="文件中的人员本单位都已有，不用再导入。",
        nothing_stored="现在还没有保存任何人员，点“导入”后才保存。",
        given_up="已放弃，没有导入任何人员",
    )

    def write_template(self, _importer: Importer, file: io.BytesIO) -> str:
        """Write the template with the employer's own departments."""
        staff_template.write(db.session(), actor(), file)
        return "人员导入模板.xlsx"

    def import_context(self, _importer: Importer, _run: ImportRun | None = None) -> dict[str, Any]:
        """Return how people get their logins once they were imported."""
        return {
            "afterwards": {
                "sentence": "导入的人员已是本单位在职人员。需要登录的，请在列表中勾选后点“开通账户”。",
                "label": "查看未开通账户的人员",
                "url": self.address({"login": "0", "state": "in_service"}),  # type: ignore[attr-defined]
            }
        }
