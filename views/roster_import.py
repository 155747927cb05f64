"""Import of the students of a class, and the page about those who are not registered."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from flask import abort, current_app, request, url_for
from flask_admin.base import expose

from models import TrainingClass
from models.enums import ENROLLING, ClassStatus
from models.identifiers import mask_citizen_id
from services import enrolling, roster, roster_template
from services.roster_import import RosterImport
from views.class_pages import CLASS
from views.extensions import db
from views.importing import ImportMixin, ImportWords, sent_file
from views.values import shown_text

if TYPE_CHECKING:
    from models import ImportRun
    from services.importing import Importer

OPEN = (TrainingClass.status.in_((*ENROLLING, ClassStatus.FINISHED)),)
NO_CLASS = "没有已发布、开班中或已结业的培训班。请先在“培训班管理”中发布培训班。"


class RosterImportMixin(ImportMixin):
    """The import pages of the grid of students; the class stands in their address."""

    import_kind = RosterImport.kind
    import_words = ImportWords(
        title="导入学员",
        template="模板中写明培训班，成绩一列有下拉列表，身份证号一列已设为文本格式。",
        known="已在册，不重复登记",
        all_known="文件中的人员都已在册，不用再导入。",
        nothing_stored="现在还没有登记任何学员，点“导入”后才登记。",
        given_up="已放弃，没有登记任何学员",
    )

    def importer(self) -> Importer:
        """Return the importer of the class in the address."""
        klass = self.class_named()  # type: ignore[attr-defined]
        return RosterImport(klass.id) if klass else abort(404)

    def import_arguments(self, importer: Importer) -> dict[str, Any]:
        """Return the class."""
        return {CLASS: importer.class_id}

    def import_context(self, importer: Importer, run: ImportRun | None = None) -> dict[str, Any]:
        """Return what is said of the class, who is not registered, and where the students are."""
        klass = self.class_of(importer.class_id)  # type: ignore[attr-defined]
        unknown = run is not None and run.bad_count and roster.strangers(db.session(), run)
        return {
            "about": self.about_class(klass, enrolling.room(db.session(), klass)),  # type: ignore[attr-defined]
            "strangers_url": self.get_url(".import_strangers_view", id=run.id) if unknown else "",  # type: ignore[attr-defined]
            "afterwards": {
                "sentence": "导入的人员已是本班学员。",
                "label": "查看本班学员",
                "url": self.get_url(".index_view", **self.import_arguments(importer)),  # type: ignore[attr-defined]
            },
        }

    def write_template(self, importer: Importer, file: io.BytesIO) -> str:
        """Write the template of the class."""
        klass = self.class_of(importer.class_id)  # type: ignore[attr-defined]
        roster_template.write(klass, file)
        return f"学员导入模板_{klass.name}.xlsx"

    @expose("/import/", methods=("GET", "POST"))
    def import_view(self) -> Any:
        """Take a workbook and check it; the class is asked for first."""
        self.must_import()
        if not request.args.get(CLASS):
            return self.choose_class(self.import_words.title, OPEN, NO_CLASS)  # type: ignore[attr-defined]
        return super().import_view()

    @expose("/import/strangers/")
    def import_strangers_view(self) -> Any:
        """Show who of a file is not registered, and a text to invite them with."""
        run = self.run_of(request.args.get("id"))
        people = roster.strangers(db.session(), run)
        if not people:
            abort(404)
        klass = self.class_of(run.class_id)  # type: ignore[attr-defined]
        return self.render(  # type: ignore[attr-defined]
            "admin/enrollment/strangers.html",
            run=run,
            people=[(one, mask_citizen_id(one.citizen_id)) for one in people],
            listed="\n".join(f"{one.name}\t{one.employer}\t{one.phone}".rstrip() for one in people),
            invitation=invitation(klass),
            return_url=self.get_url(".import_run_view", id=run.id),  # type: ignore[attr-defined]
        )

    @expose("/import/strangers/file/")
    def import_strangers_file_view(self) -> Any:
        """Send who of a file is not registered as a workbook."""
        run = self.run_of(request.args.get("id"))
        people = roster.strangers(db.session(), run)
        if not people:
            abort(404)
        file = io.BytesIO()
        roster_template.write_strangers("未登记的人员", people, file)
        return sent_file(file, f"{run.filename.rpartition('.')[0]}_未登记的人员.xlsx")


def invitation(klass: TrainingClass) -> str:
    """Return the text with which people are asked to register; it is sent by whoever knows them."""
    link = f"{current_app.settings.public_url}{url_for('portal.register_person')}"
    return (
        f"您好！{klass.organization.name}邀请您参加“{klass.plan.name}”{klass.name}"
        f"（{shown_text(klass.start_date)} 至 {shown_text(klass.end_date)}，{klass.place}）。\n"
        f"您还没有在继续教育信息管理系统中登记，请先打开 {link} 注册，选择所在单位；"
        "单位审核通过后请告诉我们，以便登记为学员并计入学时。\n"
        f"联系人：{klass.contact}，{klass.phone}"
    )
