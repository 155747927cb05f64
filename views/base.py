"""The only subclass of Flask-Admin's ModelView: every door of it is closed here, once.

Rows outside one's scope are 404, verbs one may not use are 403, and everything shown passes through
``permissions.fields`` so that nothing sensitive slips out by way of a column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, jsonify, redirect, request
from flask_admin.base import expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.helpers import get_redirect_target
from flask_wtf import FlaskForm
from sqlalchemy import inspect, select

from models.enums import UserType
from permissions import engine as permissions
from permissions.verbs import Verb
from views import menu, permission_view
from views.addresses import address_for
from views.extensions import actor, db
from views.grid_list import ListMixin
from views.grid_settings import SettingsMixin
from views.stock_form import StockFormMixin
from views.transitions import TransitionMixin
from views.values import ValuesMixin, as_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.base import Base
    from workflow.core import Transition

LOOKUP_LIMIT = 20


class GridView(TransitionMixin, SettingsMixin, ListMixin, StockFormMixin, ValuesMixin, ModelView):
    """A grid over one model, declared by class attributes: these, and those of ``views.grid_list`` and ``grid_state``.

    Attributes:
        details: attribute paths of the details page.
        labels: Chinese labels of paths that are no column of the model.
        editable: whether the stock form may create, edit and delete (what the permission table allows).
    """

    details: tuple[str, ...] = ()
    labels: Mapping[str, str] = {}
    self_evident: Mapping[UserType | None, frozenset[str]] = {
        UserType.PERSON: frozenset({"person.name", "employer.name", "employer"}),
        UserType.EMPLOYER: frozenset({"employer.name", "employer"}),
    }
    editable = False
    create_label = "新增"

    can_export = False
    can_set_page_size = False
    column_editable_list = None
    form_base_class = FlaskForm
    list_template = "admin/model/list.html"
    details_template = "admin/model/details.html"
    create_template = "admin/model/create.html"
    edit_template = "admin/model/edit.html"

    def __init__(self, model: type[Base], endpoint: str, **kwargs: Any) -> None:
        self.endpoint_name = endpoint
        super().__init__(
            model, db, name=model.__label__, endpoint=endpoint, url=f"/admin/{endpoint}", **kwargs
        )

    # ------------------------------------------------------------ titles
    @property
    def name(self) -> str:
        """The grid's title: what the actor's role calls it."""
        return menu.title_of(self.endpoint_name) or self._own_name

    @name.setter
    def name(self, value: str) -> None:
        self._own_name = value

    # ------------------------------------------------------------ doors
    def get_url(self, endpoint: str, **kwargs: Any) -> str:
        """Return an address; of one's own pages where it starts with a full stop."""
        return address_for(f"{self.endpoint}{endpoint}" if endpoint.startswith(".") else endpoint, **kwargs)

    def is_accessible(self) -> bool:
        """Tell whether the actor's menu leads here and the table lets him view anything."""
        return menu.offered(self.endpoint_name) and permissions.may(actor(), Verb.VIEW, self.model)

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:  # noqa: ARG002
        """Send a visitor to the login page; tell others that this is not theirs."""
        if actor().account_id is None:
            return redirect(self.get_url("security.login", next=request.full_path))
        return abort(403)

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        # The stock method calls the view a second time after a TypeError and so hides where it came from.
        return fn(self, *args, **kwargs)

    @property
    def can_create(self) -> bool:
        """Whether the actor may create rows here."""
        return self.editable and permissions.may(actor(), Verb.CREATE, self.model)

    @property
    def can_edit(self) -> bool:
        """Whether the actor may edit any row here."""
        return self.editable and permissions.may(actor(), Verb.EDIT, self.model)

    @property
    def can_delete(self) -> bool:
        """Whether the actor may delete any row here."""
        return self.editable and permissions.may(actor(), Verb.DELETE, self.model)

    can_view_details = True

    def get_one(self, id: Any) -> Any:
        """Return a row of the actor's scope; everything else is 404."""
        key = as_key(id)
        if key is None:
            abort(404)
        statement = select(self.model).where(
            self.model.id == key, permissions.rows(actor(), Verb.VIEW, self.model), *self.narrow()
        )
        row = db.session.scalars(statement.options(*self.options)).first()
        return row or abort(404)

    def must(self, verb: Verb, row: Base) -> None:
        """Answer 403 unless the actor may do ``verb`` to this very row."""
        if not permissions.allows(db.session(), actor(), verb, row):
            abort(403)

    def lock(self, row: Base) -> None:
        """Let nobody else change this row until the commit; what was read of it before is read again."""
        key = inspect(row).identity[0]  # the row may be gone, and its attributes with it
        # SQLite knows no row locks: there a POST has the only write lock.
        found = db.session.scalar(select(self.model.id).where(self.model.id == key).with_for_update())
        if found is None:
            abort(404)
        db.session.expire(row)

    def get_query(self) -> Any:
        """Return nothing: the stock list query is not used, and what would use it must not see rows."""
        raise NotImplementedError("lists come from services.listing")

    get_count_query = get_query

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> Any:
        """Inline editing is not offered: it ignores what a form may change."""
        abort(404)

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:  # noqa: ARG002
        """The stock export is not offered: it loads every row and writes formulas."""
        abort(404)

    def lookup(self, name: str, term: str) -> list[tuple[int, str]] | None:  # noqa: ARG002
        """Return (key, text) of related rows that fit ``term``; ``None`` where nothing of that name is looked up."""
        return None

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Any:
        """Answer a picker: at most 20 rows, for those who may fill in a form."""
        if not (self.can_create or self.can_edit):
            abort(403)
        found = self.lookup(request.args.get("name", ""), request.args.get("query", "").strip())
        if found is None:
            abort(404)
        return jsonify([[key, text] for key, text in found[:LOOKUP_LIMIT]])

    # ------------------------------------------------------------ what Flask-Admin scaffolds and we do not use
    def scaffold_list_columns(self) -> list[str]:
        """Return the declared columns."""
        return list(self.columns)

    def get_details_columns(self) -> list[tuple[str, str]]:
        """Return the declared columns of the details page with their labels."""
        return [(path, self.label_of(path)) for path in self.details or self.columns]

    def details_for(self, row: Any) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return the columns of this row's details page with their labels."""
        return self.get_details_columns()

    def scaffold_sortable_columns(self) -> dict[str, str]:
        """Return nothing: sort words are read by ``views.grid_state``."""
        return {}

    def scaffold_filters(self, name: Any) -> None:
        """Return no stock filters: ours are plain fields."""

    def init_search(self) -> bool:
        """Tell that the stock search is not used."""
        return False

    def describe(self, row: Any) -> str:
        """Return how a preview or result calls a row."""
        return str(row)

    def in_the_way(self, transition: Transition, outcome: str, row: Any) -> dict[str, str]:  # noqa: ARG002
        """Return ``text`` and ``url`` of what of a row stops a transition, where the sentence does not say it all."""
        return {}

    def render(self, template: str, **kwargs: Any) -> str:
        """Render with what every grid's page needs."""
        kwargs.setdefault("create_label", self.create_label)
        return super().render(template, **kwargs)

    # ------------------------------------------------------------ details
    @expose("/details/")
    def details_view(self) -> Any:
        """Show one row."""
        return self.details_page(self.get_one(request.args.get("id")))

    def details_page(self, row: Any, **more: Any) -> str:
        """Return the page of a row; ``more`` stands in for what its extra details say."""
        return self.render(
            self.details_template,
            model=row,
            details_columns=self.details_for(row),
            get_value=self.value_of,
            return_url=get_redirect_target() or self.get_url(".index_view"),
            transitions=self.row_transitions(row),
            row_editable=self.can_edit and permissions.allows(db.session(), actor(), Verb.EDIT, row),
            why_url=permission_view.why_url(self.model, row.id),
            **{**self.extra_details(row), **more},
        )

    def extra_details(self, row: Any) -> dict[str, Any]:  # noqa: ARG002
        """Return what else the details page shows."""
        return {}
