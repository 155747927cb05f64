"""Organisations of one's scope, and the departments of an employer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import joinedload
from wtforms import IntegerField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from models import Department, Organization
from models.enums import OrganizationKind, OrganizationStatus
from services import reading
from services.errors import InputError
from services.listing import organizations_matching
from views import filters
from views.base import GridView
from views.extensions import actor, db
from views.values import as_key

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class OrganizationView(GridView):
    """管理账户: organisations of one's scope."""

    columns = ("name", "kind", "code", "region", "bureau", "status", "created_at")
    details = ("name", "kind", "code", "credit_code", "region", "bureau", "authority", "address", "contact", "phone",
               "status", "created_at")  # fmt: skip
    sortable = ("created_at", "status", "kind")
    options = (
        joinedload(Organization.region),
        joinedload(Organization.bureau),
        joinedload(Organization.authority),
    )
    order = (Organization.region_code.asc(), Organization.id.asc())
    hint = "名称、首字母或机构代码"
    filters = (
        filters.of_enum("kind", "机构类型", Organization.kind, OrganizationKind),
        filters.of_enum("status", "状态", Organization.status, OrganizationStatus),
    )

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name or code."""
        return organizations_matching(db.session(), term)


class DepartmentView(GridView):
    """组织机构管理: the departments of the employer administered."""

    editable = True
    create_label = "新增部门"
    columns = ("name", "parent", "position")
    sortable = ("name", "position")
    options = (joinedload(Department.parent),)
    order = (Department.position.asc(),)
    form_columns = ("name", "parent_id", "position")
    form_extra_fields = {
        "name": StringField(
            "部门名称", [DataRequired("请填写“部门名称”"), Length(max=100, message="最多 100 个字")]
        ),
        "parent_id": SelectField("上级部门", coerce=as_key, choices=[], validate_choice=False),
        "position": IntegerField(
            "顺序", [Optional(), NumberRange(0, 9999, message="请填 0 至 9999 的整数")], default=0
        ),
    }

    def create_form(self, obj: Any = None) -> Any:
        """Return the form with the employer's own departments to choose from."""
        return self._with_parents(super().create_form(obj), None)

    def edit_form(self, obj: Any = None) -> Any:
        """Return the form with the employer's own departments to choose from, itself excepted."""
        return self._with_parents(super().edit_form(obj), obj.id if obj else None)

    @staticmethod
    def _with_parents(form: Any, own: int | None) -> Any:
        own_departments = [
            SelectChoice(key, name)
            for key, name in reading.department_choices(db.session())
            if key != str(own)
        ]
        form.parent_id.choices = [SelectChoice("", "（无）"), *own_departments]
        return form

    def before_save(self, row: Any, *, created: bool) -> None:
        """Put the department into the employer; refuse a parent that is not its own or stands below it."""
        if created:
            row.organization_id = actor().organization_id
        row.position = row.position or 0
        seen = {row.id} if row.id else set()
        key = row.parent_id
        while key:
            parent = db.session.get(Department, key)
            if parent is None:
                raise InputError({"parent_id": "请选择本单位的部门"})
            if parent.id in seen:
                raise InputError({"parent_id": "“上级部门”不能是本部门或其下级，请重新选择"})
            seen.add(parent.id)
            key = parent.parent_id
