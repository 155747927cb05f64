"""Creating, editing and deleting by Flask-Admin's own form, checked before and after the write."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_admin.form import FormOpts
from flask_admin.helpers import get_redirect_target
from flask_wtf import FlaskForm
from sqlalchemy import inspect
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import RelationshipDirection

from permissions.verbs import Verb
from services import journal
from services.errors import InputError
from views.extensions import actor, db, request_id
from views.grid_list import cell_of


def show_errors(form: Any, error: InputError) -> None:
    """Put each sentence at its field; what belongs to no field stands on top of the page."""
    for name, sentence in error.errors.items():
        field = getattr(form, name, None) if name else None
        if field is None:
            flash(sentence, "error")
        else:
            field.errors = [*field.errors, sentence]


class StockFormMixin:
    """The form pages of a grid. What they may do to which row is the grid's own ``can_…`` and ``must``."""

    def get_form(self) -> Any:
        """Scaffold a form only where one is used."""
        return super().get_form() if self.editable and self.form_columns else FlaskForm

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Create a row by the stock form."""
        if not self.can_create:
            abort(403)
        form, back = self.create_form(), get_redirect_target() or self.get_url(".index_view")
        if request.method == "POST" and form.validate() and self.create_model(form):
            flash("已保存", "success")
            return redirect(back)
        # The stock view puts an English sentence on top; ours stand at the fields.
        return self.render(self.create_template, form=form, form_opts=FormOpts(), return_url=back)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        """Edit a row by the stock form."""
        if not self.can_edit:
            abort(403)
        row = self.get_one(request.args.get("id"))
        if request.method == "POST":
            self.lock(row)
        self.must(Verb.EDIT, row)
        return super().edit_view()

    @expose("/delete/", methods=("GET", "POST"))
    def delete_view(self) -> Any:
        """Ask, then delete a row."""
        if not self.can_delete:
            abort(403)
        row = self.get_one((request.form if request.method == "POST" else request.args).get("id"))
        if request.method != "POST":
            self.must(Verb.DELETE, row)
            return self._ask_delete(row)
        self.lock(row)
        self.must(Verb.DELETE, row)
        self.delete_model(row)
        return redirect(get_redirect_target() or self.get_url(".index_view"))

    def _ask_delete(self, row: Any) -> str:
        return self.render(
            "admin/model/delete.html",
            name=self.describe(row),
            facts=[(self.label_of(path), self.value_of(row, path)) for path in self.columns],
            key=row.id,
            return_url=get_redirect_target() or self.get_url(".index_view"),
        )

    def before_save(self, row: Any, *, created: bool) -> None:
        """Put what the form does not ask for on the row.

        Raises:
            InputError: by field.
        """

    def create_model(self, form: Any) -> Any:
        """Store a new row, checked after the write."""
        row = self.model()
        return row if self._store(form, row, created=True) else False

    def update_model(self, form: Any, model: Any) -> bool:
        """Store a changed row, checked after the write as before it."""
        return self._store(form, model, created=False)

    def _store(self, form: Any, row: Any, *, created: bool) -> bool:
        session = db.session()
        try:
            with session.no_autoflush:
                before = {} if created else self._said(form, row)
                form.populate_obj(row)
                self.before_save(row, created=created)
            session.add(row)
            session.flush()
            self.must(Verb.CREATE if created else Verb.EDIT, row)
            after = self._said(form, row)
            changes = {
                path: [self.label_of(path), before[path], text]
                for path, text in after.items()
                if not created and text != before[path]
            }
            if created or changes:
                journal.record(
                    session, actor(), self.endpoint_name, row.id, "create" if created else "edit",
                    details=after if created else changes, request_id=request_id(),
                )  # fmt: skip
            session.commit()
        except InputError as error:
            session.rollback()
            show_errors(form, error)
            return False
        except IntegrityError:
            session.rollback()
            flash("与已有记录重复，请修改后再保存", "error")
            return False
        return True

    def _said(self, form: Any, row: Any) -> dict[str, str]:
        """Return in words what a row has in the fields of a form, as far as it may be shown; of a key what it stands for."""
        relations = {
            next(iter(relation.local_columns)).key: relation.key
            for relation in inspect(self.model).relationships
            if relation.direction is RelationshipDirection.MANYTOONE
        }
        paths = [relations.get(name, name) for name in form.data if name in inspect(self.model).column_attrs]
        state = inspect(row)
        if state.persistent:  # what a changed key leads to was read before
            db.session.expire(row, [path for path in paths if path in relations.values()])
        said = {path: self.value_of(row, path) for path in paths}
        return {path: "" if value in (None, "") else cell_of(value).text for path, value in said.items()}

    def delete_model(self, model: Any) -> bool:
        """Delete a row unless something still uses it."""
        session = db.session()
        key = model.id
        try:
            session.delete(model)
            session.flush()
            journal.record(session, actor(), self.endpoint_name, key, "delete", request_id=request_id())
            session.commit()
        except IntegrityError:
            session.rollback()
            flash("该记录正在被使用，不能删除", "error")
            return False
        flash("已删除", "success")
        return True
