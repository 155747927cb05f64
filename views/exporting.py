"""Taking a list along as an Excel workbook: everything that matches, identifiers masked unless a second permission holds."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, send_file
from flask_admin.base import expose
from flask_wtf import FlaskForm
from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Length

from models.base import CHINA, now, write_intent
from models.enums import Labelled
from permissions import engine as permissions
from permissions import fields
from permissions.verbs import Verb
from services import exporting, grids, listing, staff
from services.errors import InputError
from views.extensions import actor, db, request_id
from views.stock_form import show_errors
from views.values import shown_text, way_along

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from models import Base
    from views.grid_state import ListState

SHOWN, EVERY = "shown", "every"
MASKED, FULL = "masked", "full"


class ExportForm(FlaskForm):
    """Which columns, and how identifiers are written."""

    columns = RadioField(
        "导出的列",
        choices=[SelectChoice(SHOWN, "当前显示的列"), SelectChoice(EVERY, "全部可选的列")],
        default=SHOWN,
    )
    identifiers = RadioField(
        "身份证号",
        choices=[
            SelectChoice(MASKED, "隐去中间 10 位"),
            SelectChoice(FULL, "完整号码"),
        ],
        default=MASKED,
        description="导出完整号码会逐人记入操作日志，本人可以看到谁因为什么导出过",
    )
    reason = TextAreaField(
        "导出完整身份证号的原因",
        [Length(max=staff.REASON_LENGTH, message=f"原因最多 {staff.REASON_LENGTH} 个字，请删减")],
        description="选择“完整号码”时必填，如“社保局要求报送花名册”",
    )


class ExportMixin:
    """The export of a grid whose permission table grants it.

    Attributes:
        person_key: name of the column with the professional's key; without one nothing is exported unmasked.
    """

    person_key: str

    @property
    def can_take_along(self) -> bool:
        """Whether the actor may export rows of this grid."""
        return permissions.may(actor(), Verb.EXPORT, self.model)

    @expose("/export/", methods=("GET", "POST"))
    def export_view(self) -> Any:
        """Ask how, then send the workbook."""
        if not self.can_take_along:
            abort(403)
        state = self.list_state()
        form = ExportForm()
        if not (self.person_key and permissions.may(actor(), Verb.EXPORT_UNMASKED, self.model)):
            del form.identifiers, form.reason
        if form.validate_on_submit():
            answer = self._exported(state, form)
            if answer is not None:
                return answer
        number = listing.count(db.session(), self.model, (*state.conditions, self._allowed(Verb.EXPORT)))
        return self.render(
            "admin/export.html",
            form=form,
            state=state,
            count_label=listing.count_label(number),
            most=f"{exporting.MAXIMUM_ROWS:,}",
            return_url=self.address(state.arguments),
        )

    def _allowed(self, verb: Verb) -> Any:
        return permissions.rows(actor(), verb, self.model)

    def _exported(self, state: ListState, form: FlaskForm) -> Any:
        """Return the workbook; ``None`` to show the form again."""
        session = db.session()
        full = "identifiers" in form and form.identifiers.data == FULL
        try:
            reason = staff.check_reason(form.reason.data or "") if full else ""
        except InputError as error:
            show_errors(form, error)
            return None
        conditions = (*state.conditions, self._allowed(Verb.EXPORT_UNMASKED if full else Verb.EXPORT))
        keys = exporting.keys(session, self.model, conditions, state.order)
        if len(keys) > exporting.MAXIMUM_ROWS:
            flash(f"一次最多导出 {exporting.MAXIMUM_ROWS:,} 条记录，请先缩小筛选范围", "warning")
            return redirect(self.address(state.arguments))
        narrowed = state.narrowed or "无"
        exporting.record(
            session, actor(), self.endpoint_name, keys, conditions=narrowed, request_id=request_id()
        )
        if full:
            exporting.record_unmasked(
                session, actor(), self.endpoint_name, self.model, keys,
                person_key=self.person_key, reason=reason, request_id=request_id(),
            )  # fmt: skip
        session.commit()
        write_intent.set(False)  # what follows only reads, and nobody has to wait for it
        about = {
            "内容": str(self.name),
            "条件": narrowed,
            "身份证号": f"完整号码，原因：{reason}" if full else "隐去中间 10 位",
            "导出人": actor().label,
            "导出时间": str(shown_text(now())),
        }
        return self._sent(self._paths(form), keys, about, full=full)

    def _paths(self, form: FlaskForm) -> list[str]:
        if form.columns.data == EVERY:
            return self.offered_columns()
        setting = grids.setting_of(db.session(), actor(), self.endpoint_name)
        return self.shown_columns(grids.layout_of(db.session(), setting))

    def _sent(self, paths: Sequence[str], keys: Sequence[int], about: dict[str, str], *, full: bool) -> Any:
        session = db.session()
        figures = {path for path in paths if self.is_numeric(path)}

        def lines() -> Iterator[list[Any]]:
            for row in exporting.rows(session, self.by_key(tuple(paths)), keys, self.prepare):
                yield [cell_of(self, row, path, full=full, figure=path in figures) for path in paths]

        return sent_workbook(str(self.name), [self.label_of(path) for path in paths], lines(), about)


def sent_workbook(
    title: str,
    header: Sequence[str],
    lines: Iterable[Sequence[Any]],
    about: dict[str, str],
    further: Sequence[exporting.Sheet] = (),
) -> Any:
    """Return the answer that sends lines as a workbook.

    Args:
        title: its name, and the sheet's.
        header: labels of the columns.
        lines: the cells of each line.
        about: what the last sheet says.
        further: sheets between the two.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115  (closed with the answer)
    try:
        exporting.write(file, title, header, lines, about, further)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    moment = now().astimezone(CHINA).strftime("%Y%m%d-%H%M")
    name = f"{title}_{moment}.xlsx"
    answer = send_file(file, mimetype=exporting.MIME, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def cell_of(view: Any, row: Any, path: str, *, figure: bool = False, full: bool = False) -> Any:
    """Return what a cell says of an attribute path.

    Args:
        view: the grid the row belongs to.
        row: the row.
        path: the attribute path.
        figure: whether it is a number.
        full: whether identifiers are written in full.
    """
    if full and (whole := _unmasked(view.model, row, path)) is not None:
        return whole
    value = view.value_of(row, path)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Labelled):
        return value.label
    return Decimal(str(value)) if figure else str(value)


def _unmasked(model: type[Base], row: Any, path: str) -> str | None:
    """Return the full value of a column that is masked everywhere else; ``None`` for every other column."""
    relations, owner, name = way_along(model, path)
    if not fields.is_masked(owner, name):
        return None
    for relation in relations:
        row = getattr(row, relation)
    return str(getattr(row, name))
