"""What the grids of base data share: forms whose service says what is wrong, and who changed what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_admin.helpers import get_redirect_target
from sqlalchemy.exc import IntegrityError

from models.base import CHINA
from permissions.verbs import Verb
from services import base_history
from services.errors import InputError
from views import made_from
from views.base import GridView
from views.extensions import db
from views.history import OF_REGIONS
from views.stock_form import show_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask_wtf import FlaskForm
    from sqlalchemy import Select

ACTIONS = {
    "create": ("新增", "green"), "edit": ("修改", "blue"), "move": ("移动", "secondary"), "retire": ("停用", "orange"),
    "restore": ("恢复", "green"), "merge": ("合并", "orange"), "import": ("导入修改", "blue"), "publish": ("发布", "green"),
    "give": ("委托", "green"), "end": ("提前结束", "orange"), "lapse": ("到期", "secondary"),
}  # fmt: skip
SHORT = 120
"""Characters of a value that a history tells."""


class KeptView(GridView):
    """Base data that is written by forms of our own and never deleted.

    Attributes:
        object_type: as its changes are journaled.
        saved: what is said once a row was stored.
        reason_label: what the reason of a change is called.
    """

    editable = True
    can_delete = False
    object_type = ""
    saved = "已保存，各处填报页即时生效"
    reason_label = "依据"

    # ------------------------------------------------------------ to be said by each grid
    def form_for(self, row: Any) -> FlaskForm:
        """Return the form of a row, of a new one where it is ``None``."""
        raise NotImplementedError

    def write(self, form: FlaskForm, row: Any) -> Any:
        """Store what was typed and return the row; raises :class:`InputError`."""
        raise NotImplementedError

    def more_of_form(self, row: Any) -> dict[str, Any]:  # noqa: ARG002
        """Return what else the template of a form needs."""
        return {}

    def asks_first(self, form: FlaskForm, row: Any) -> bool:  # noqa: ARG002
        """Tell whether the page asks once more before what was typed is stored, with what that would mean."""
        return False

    def after_writing(self, row: Any) -> str:
        """Return where one goes after saving."""
        return str(get_redirect_target() or self.get_url(".details_view", id=row.id))

    # ------------------------------------------------------------ pages
    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Add a row."""
        if not self.can_create:
            abort(403)
        return self._form_page(self.create_template, None)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Change a row."""
        if not self.can_edit:
            abort(403)
        row = self.get_one(request.args.get("id"))
        if request.method == "POST":
            self.lock(row)
        self.must(Verb.EDIT, row)
        return self._form_page(self.edit_template, row)

    def _form_page(self, template: str, row: Any) -> Any:
        form = self.form_for(row)
        overtaken = row is not None and made_from.overtaken(form, self.object_type, [row.id])
        if request.method == "POST" and form.validate() and not overtaken and not self.asks_first(form, row):
            stored = self.written(form, lambda: self.write(form, row), Verb.EDIT if row else Verb.CREATE)
            if stored is not None:
                flash(self.saved, "success")
                return redirect(self.after_writing(stored), code=303)
        back = get_redirect_target() or self.get_url(".index_view")
        return self.render(template, form=form, return_url=back, **self.more_of_form(row))

    def written(self, form: FlaskForm | None, write: Callable[[], Any], verb: Verb) -> Any:
        """Return what a service stored, committed; ``None`` where it refused, with its sentences at their fields."""
        session = db.session()
        try:
            row = write()
            session.flush()
            self.must(verb, row)
            key = row.id
            session.commit()
        except InputError as error:
            session.rollback()
            if form is None:
                flash(str(error), "error")
            else:
                show_errors(form, error)
            return None
        except IntegrityError:  # somebody else stored the same in this very moment
            session.rollback()
            flash("另一位管理员刚刚保存了相同的内容，请核对后再试", "error")
            return None
        return self.get_one(key)

    def changed_by_post(self, change: Callable[[Any], Any], done: str) -> Any:
        """Change the row a button names and go back to its page."""
        if not self.can_edit:
            abort(403)
        row = self.get_one(request.form.get("id"))
        key = row.id
        self.lock(row)
        self.must(Verb.EDIT, row)

        def write() -> Any:
            change(row)
            return row

        if self.written(None, write, Verb.EDIT) is not None:
            flash(done, "success")
        return redirect(self.get_url(".details_view", id=key), code=303)

    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return who changed the row."""
        return {"history": history(self.object_type, [row.id], reason_label=self.reason_label)}


def history(
    object_type: str,
    keys: Sequence[int] | Select[int] | None = None,
    *,
    named: bool = False,
    actions: Sequence[str] = (),
    reason_label: str = KeptView.reason_label,
) -> list[dict[str, Any]]:
    """Return who changed what, newest first, as ``macros/ui.html`` shows it.

    Args:
        object_type: as it is journaled.
        keys: of the rows; ``None`` for all of the type.
        named: whether each line says which row it is about.
        actions: what alone is told; everything where left out.
        reason_label: what the reason of a change is called.
    """
    lines = []
    for entry, name in base_history.changes_of(db.session(), object_type, keys, actions):
        label, colour = ACTIONS.get(entry.action, (entry.action, "secondary"))
        label = OF_REGIONS.get(entry.action, label) if object_type == "region" else label
        said = [_short(text) for text in base_history.told(entry)]
        if named:
            said.insert(0, f"{entry.details.get('code', '')} {entry.details.get('label', '')}".strip())
        if entry.reason:
            said.append(f"{reason_label}：{entry.reason}")
        lines.append({
            "when": entry.moment.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
            "actor": name or "系统",
            "label": label,
            "colour": colour,
            "note": "\n".join(said),
        })  # fmt: skip
    return lines


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"
