"""Where an account says how it likes a grid: columns, density, page size, views kept by name."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from sqlalchemy.exc import IntegrityError

from models import SavedView
from models.enums import Density, ViewAudience
from permissions import engine as permissions
from permissions.verbs import Verb
from services import grids
from services.errors import InputError
from views import grid_state
from views.extensions import actor, db
from views.values import as_key


class SettingsMixin:
    """Remembers layouts and views. What may be chosen is the list's own ``offered_columns`` and ``list_state``."""

    endpoint_name: str
    offered_columns: Any
    list_state: Any
    address: Any
    address_of: Any

    @expose("/layout/", methods=("POST",))
    def layout_view(self) -> Any:
        """Remember columns, density and page size, or go back to the grid's own."""
        session = db.session()
        if request.form.get("reset"):
            grids.reset_layout(session, actor(), self.endpoint_name)
        else:
            grids.keep_layout(session, actor(), self.endpoint_name, self._typed_layout())
        return self._kept(
            "显示设置已恢复默认" if request.form.get("reset") else "显示设置已保存", self._back()
        )

    def _typed_layout(self) -> grids.Layout:
        offered = self.offered_columns()
        ticked = [path for path in request.form.getlist("column") if path in offered]
        places = {path: as_key(request.form.get(f"place-{path}")) or len(offered) for path in ticked}
        size = as_key(request.form.get("page_size"))
        density = request.form.get("density", "")
        return grids.Layout(
            tuple(sorted(ticked, key=lambda path: (places[path], ticked.index(path)))),
            Density.of(density) if density in set(Density) else Density.NORMAL,
            size if size in grids.PAGE_SIZES else grids.usual(db.session()).page_size,
        )

    @expose("/views/", methods=("POST",))
    def views_view(self) -> Any:
        """Save, delete or prefer a view."""
        command = request.form.get("command", "")
        if command == "save":
            return self._save_view()
        session = db.session()
        view = session.get(SavedView, as_key(request.form.get("id")) or 0)
        if view is not None and view.endpoint != self.endpoint_name:
            view = None
        if command == "prefer":
            grids.set_default(session, actor(), self.endpoint_name, view)
            told = f"以后打开本列表时显示“{view.name}”" if view else "以后打开本列表时显示全部"
            return self._kept(told, self._back())
        if command != "delete" or view is None:
            abort(404)
        if not permissions.allows(session, actor(), Verb.DELETE, view):
            abort(403)
        name = view.name
        grids.delete_view(session, view)
        return self._kept(f"已删除视图“{name}”", self.address({}))

    def _save_view(self) -> Any:
        session = db.session()
        state = self.list_state(
            self.address_of(self._arguments())
        )  # a citizen id becomes a key, and is left out
        kept = {
            name: value
            for name, value in state.arguments.items()
            if name not in {grid_state.PERSON, grid_state.VIEW}
        }
        audience = request.form.get("audience", "")
        try:
            view = grids.save_view(
                session,
                actor(),
                self.endpoint_name,
                name=request.form.get("name", ""),
                audience=ViewAudience.of(audience) if audience in set(ViewAudience) else ViewAudience.PRIVATE,
                arguments=kept,
            )
            if request.form.get("prefer"):
                grids.set_default(session, actor(), self.endpoint_name, view)
            told = f"视图“{view.name}”已保存"
            if grid_state.PERSON in state.arguments:
                told += "；身份证号不存入视图，其他条件已保存"
            target = self.address({**kept, grid_state.VIEW: view.id})
            return self._kept(told, target)
        except InputError as error:
            session.rollback()
            flash("；".join(error.errors.values()), "error")
            return redirect(self._back())

    def _arguments(self) -> dict[str, str]:
        """Return the list's parameters the dialog was opened with."""
        return dict(parse_qsl(request.form.get("arguments", ""), max_num_fields=50))

    def _back(self) -> str:
        # Without a parameter the list would open with the default view again.
        return str(self.address(self.list_state(self._arguments()).arguments or {grid_state.VIEW: 0}))

    def _kept(self, told: str, target: str) -> Any:
        try:
            db.session.commit()
        except IntegrityError:  # the same thing was kept twice at once
            db.session.rollback()
            flash("保存没有成功，请再试一次", "error")
        else:
            flash(told, "success")
        return redirect(target)
