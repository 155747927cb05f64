"""Import pages of a grid: template, 校验, 导入, progress, and the bad rows back as a workbook."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, send_file
from flask_admin.base import expose

from models import ImportRun
from models.enums import ImportState
from permissions import engine as permissions
from permissions.verbs import Verb
from services import exporting, import_runs, importing
from services.errors import InputError
from services.importers import IMPORTERS
from services.spreadsheets import MAXIMUM_BYTES, MAXIMUM_ROWS
from views.extensions import actor, db
from views.stock_form import show_errors
from views.uploads import sent_workbook_of, workbook_form
from views.values import as_key, shown_text

if TYPE_CHECKING:
    from services.importing import Importer

SHOWN_PROBLEMS, SHOWN_RUNS = 200, 10
HOW = f"按模板填写，最多 {MAXIMUM_ROWS:,} 行、{MAXIMUM_BYTES // 2**20} MB。上传后先校验，不会保存任何人员。"


@dataclass(frozen=True, slots=True)
class ImportWords:
    """How one kind of import speaks.

    Attributes:
        title: what it is called.
        template: what is in the template.
        known: what rows are called that are there already.
        all_known: what is said where every row is there already.
        nothing_stored: what is said while nothing was stored yet.
        given_up: what is said once a checked file was given up.
    """

    title: str
    template: str
    known: str
    all_known: str
    nothing_stored: str
    given_up: str


class ImportMixin:
    """The import pages of a grid.

    Attributes:
        import_kind: key of :data:`services.importers.IMPORTERS`.
        import_words: how it speaks.
    """

    import_kind: str
    import_words: ImportWords

    # ------------------------------------------------------------ what one kind knows
    def importer(self) -> Importer:
        """Return the importer of what the address names; answers 404 where it names nothing of one's own."""
        return IMPORTERS[self.import_kind]

    def import_arguments(self, importer: Importer) -> dict[str, Any]:  # noqa: ARG002
        """Return what an address needs besides, to lead to this importer."""
        return {}

    def import_context(self, importer: Importer, run: ImportRun | None = None) -> dict[str, Any]:  # noqa: ARG002
        """Return what else the pages show."""
        return {}

    def write_template(self, importer: Importer, file: io.BytesIO) -> str:
        """Write the template and return its name."""
        raise NotImplementedError

    # ------------------------------------------------------------ pages
    @property
    def can_import(self) -> bool:
        """Whether the actor may bring in rows."""
        return permissions.may(actor(), Verb.CREATE, self.model)

    def must_import(self) -> None:
        """Answer 403 to who may not bring in rows."""
        if not self.can_import:
            abort(403)

    def run_of(self, key: object) -> ImportRun:
        """Return a run of one's own and of this kind; everything else is 404."""
        self.must_import()
        number = as_key(key)
        run = db.session.get(ImportRun, number) if number else None
        if run is None or run.kind != self.import_kind:
            abort(404)
        return run

    def _address(self, importer: Importer) -> str:
        return self.get_url(".import_view", **self.import_arguments(importer))

    @expose("/import/", methods=("GET", "POST"))
    def import_view(self) -> Any:
        """Take a workbook and check it."""
        self.must_import()
        importer, form = self.importer(), workbook_form("填好的 Excel 文件", HOW)
        if form.validate_on_submit():
            db.session.commit()  # reading a large file takes a second, and nobody has to wait for it
            name, data = sent_workbook_of(form)
            try:
                run = importing.check(db.session(), actor(), importer, name, data)
            except InputError as error:
                db.session.rollback()
                show_errors(form, error)
            else:
                key = run.id
                db.session.commit()
                return redirect(self.get_url(".import_run_view", id=key), code=303)
        runs = import_runs.recent(db.session(), self.import_kind, importer.class_id, SHOWN_RUNS)
        return self.render(
            "admin/model/import.html",
            form=form,
            words=self.import_words,
            runs=[{"run": run, "when": shown_text(run.created_at)} for run in runs],
            template_url=self.get_url(".import_template_view", **self.import_arguments(importer)),
            return_url=self.get_url(".index_view", **self.import_arguments(importer)),
            **self.import_context(importer),
        )

    @expose("/import/template/")
    def import_template_view(self) -> Any:
        """Send the template."""
        self.must_import()
        file = io.BytesIO()
        name = self.write_template(self.importer(), file)
        return sent_file(file, name)

    @expose("/import/run/")
    def import_run_view(self) -> Any:
        """Show what a check found, how far the import is, or how it ended."""
        run = self.run_of(request.args.get("id"))
        importer = IMPORTERS[self.import_kind].of(run)
        return self.render(
            "admin/model/import_run.html",
            run=run,
            words=self.import_words,
            when=shown_text(run.created_at),
            by=str(run.account),
            running=run.state is ImportState.RUNNING,
            checked=run.state is ImportState.CHECKED,
            progress=import_runs.progress(run),
            problems=import_runs.problems(db.session(), run, SHOWN_PROBLEMS),
            import_url=self._address(importer),
            return_url=self.get_url(".index_view", **self.import_arguments(importer)),
            **{"afterwards": None, "strangers_url": "", **self.import_context(importer, run)},
        )

    @expose("/import/start/", methods=("POST",))
    def import_start_view(self) -> Any:
        """Import the good rows: at once where they are few, else by the worker."""
        run = self.run_of(request.form.get("id"))
        session, key, few = db.session(), run.id, run.good_count <= import_runs.AT_ONCE
        back = self.get_url(".import_run_view", id=key)
        try:
            import_runs.start(session, actor(), run)
        except InputError as error:
            session.rollback()
            flash(str(error), "error")
            return redirect(back, code=303)
        session.commit()
        while few and import_runs.advance(session, IMPORTERS, key):
            session.commit()
        session.commit()
        return redirect(back, code=303)

    @expose("/import/discard/", methods=("POST",))
    def import_discard_view(self) -> Any:
        """Forget a checked file."""
        run = self.run_of(request.form.get("id"))
        back = self._address(IMPORTERS[self.import_kind].of(run))
        try:
            import_runs.discard(db.session(), actor(), run)
        except InputError as error:
            db.session.rollback()
            flash(str(error), "error")
        else:
            db.session.commit()
            flash(self.import_words.given_up, "success")
        return redirect(back, code=303)

    @expose("/import/problems/")
    def import_problems_view(self) -> Any:
        """Send the bad rows as a workbook with an error column."""
        run = self.run_of(request.args.get("id"))
        if not import_runs.problems(db.session(), run, 1):
            abort(404)
        file = io.BytesIO()
        import_runs.write_problems(db.session(), run, file)
        return sent_file(file, f"{run.filename.rpartition('.')[0]}_待修改.xlsx")


def sent_file(file: io.BytesIO, name: str) -> Any:
    """Return the answer that sends a workbook, which nobody on the way may keep."""
    file.seek(0)
    answer = send_file(file, mimetype=exporting.MIME, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
