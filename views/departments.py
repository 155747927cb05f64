"""组织机构管理: the departments of the employer administered, as a tree."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin.base import expose
from sqlalchemy.orm import joinedload
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from models import Department
from permissions.verbs import Verb
from services import departments
from services.errors import InputError
from views.base import GridView
from views.extensions import actor, db, request_id
from views.picking import offer
from views.values import as_key

TOP = SelectChoice("", "（最上一级）")


class DepartmentView(GridView):
    """The tree, and the forms of one department."""

    editable = True
    create_label = "新增部门"
    columns = ("name", "parent", "position")
    details = ("name", "parent")
    sortable = ("name", "position")
    options = (joinedload(Department.parent),)
    order = (Department.position.asc(),)
    form_columns = ("name", "parent_id")
    form_extra_fields = {
        "name": StringField(
            "部门名称",
            [DataRequired("请填写“部门名称”"), Length(max=departments.NAME_LENGTH, message="最多 100 个字")],
        ),
        "parent_id": SelectField("上级部门", coerce=as_key, choices=[], validate_choice=False),
    }

    @expose("/")
    def index_view(self) -> Any:
        """Show the tree with the people in it."""
        return self.render(
            "admin/department/tree.html",
            tree=departments.tree(db.session(), self._employer()),
            moves=departments.MOVES,
            people_url=url_for("person.index_view"),
        )

    @expose("/move/", methods=("POST",))
    def move_view(self) -> Any:
        """Move a department one step, and go back to it."""
        row, way = self.get_one(request.form.get("id")), request.form.get("way", "")
        if way not in departments.MOVES:
            abort(400)
        self.lock(row)
        self.must(Verb.EDIT, row)
        try:
            departments.move(db.session(), actor(), row, way, request_id=request_id())
            self.must(Verb.EDIT, row)
            db.session.commit()
        except InputError as error:
            db.session.rollback()
            flash(f"没有移动：{error}", "warning")
        return redirect(self.get_url(".index_view", _anchor=f"department-{request.form.get('id')}"))

    # ------------------------------------------------------------ forms
    def create_form(self, obj: Any = None) -> Any:
        """Return the form, below the department the address names."""
        form = super().create_form(obj)
        if request.method == "GET":
            form.parent_id.data = as_key(request.args.get("parent"))
        return self._with_parents(form, None)

    def edit_form(self, obj: Any = None) -> Any:
        """Return the form with every place the department can go to."""
        return self._with_parents(super().edit_form(obj), obj)

    def _with_parents(self, form: Any, row: Department | None) -> Any:
        offer(form.parent_id, departments.parents_for(db.session(), row, self._employer()), own="本部门")
        form.parent_id.choices[0] = TOP
        return form

    def lock(self, row: Any) -> None:
        """Hold the whole tree: what stands above a department is part of what is checked."""
        departments.hold(db.session(), row.organization_id)
        super().lock(row)

    def before_save(self, row: Any, *, created: bool) -> None:
        """Put the department into the employer, and into a place that is one."""
        session = db.session()
        if created:
            row.organization_id = self._employer()
            departments.hold(session, row.organization_id)
        departments.place(session, row)

    # ------------------------------------------------------------ removing
    def _ask_delete(self, row: Any) -> str:
        people, below = departments.in_the_way(db.session(), row)
        if not people and not below:
            return super()._ask_delete(row)
        return self.render(
            "admin/department/in_the_way.html",
            name=row.name,
            sentence=departments.obstacles(people, below),
            people_url=url_for("person.index_view", department=row.id) if people else "",
            tree_url=self.get_url(".index_view", _anchor=f"department-{row.id}"),
            below=below,
        )

    def delete_model(self, model: Any) -> bool:
        """Remove an empty department."""
        in_the_way = departments.obstacles(*departments.in_the_way(db.session(), model))
        if in_the_way:
            db.session.rollback()
            flash(f"部门中还有{in_the_way}，不能删除，请先移到其他部门", "error")
            return False
        departments.let_go(db.session(), model)
        return super().delete_model(model)

    @staticmethod
    def _employer() -> int:
        return actor().organization_id or abort(403)
