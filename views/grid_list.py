"""The list page of a grid: what is searched, shown, sorted, selected and printed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from flask import redirect, request
from flask_admin.base import expose
from sqlalchemy import JSON, Integer, Text, inspect
from sqlalchemy.orm import defer, joinedload

from models.base import now
from models.enums import Labelled
from models.types import HoursType
from permissions import engine as permissions
from permissions.verbs import Verb
from services import grids, listing, narrow
from views import grid_state, moved, named_offices
from views.addresses import address
from views.extensions import actor, db
from views.grid_state import StateMixin
from views.row_patterns import write_rows
from views.selection import SelectionMixin
from views.values import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Mapper

    from models.enums import UserType

PRINTED_ROWS = 2_000
KNOWN_CHOICES = 200  # of columns, in each grid
HEAVY = (JSON, Text)
NAMING_CELLS = 2  # the first cells of a row say which row it is


class Cell(NamedTuple):
    """What stands in one cell: text, and the colour of its badge where it has one."""

    text: str
    colour: str = ""


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file one looks at while deciding about a row.

    Attributes:
        label: what the link says.
        title: what is shown, for the head of the dialog.
        url: where it is.
        kind: ``image`` or ``pdf``.
    """

    label: str
    title: str
    url: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list; ``name`` says aloud which row it is."""

    key: int
    name: str
    cells: tuple[Cell, ...]
    editable: bool = False
    deletable: bool = False
    file: RowFile | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the list.

    Attributes:
        path: attribute path.
        label: Chinese label.
        numeric: whether figures stand right-aligned.
        url: where a click on the head leads; empty where the column cannot be sorted by.
        url_added: the same with the other sort words kept.
        direction: ``ascending``, ``descending`` or empty.
        place: which sort word it is, from 1.
    """

    path: str
    label: str
    numeric: bool
    url: str = ""
    url_added: str = ""
    direction: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    """A button above the list that is about the chosen rows."""

    name: str
    label: str
    colour: str = ""


def cell_of(value: Any) -> Cell:
    """Return what a cell shows of a value: a badge for enums, 是/否 for truth values, — for nothing."""
    if type(value) is str and value:
        return Cell(value)  # most cells, hundreds a page
    if value is None or value == "":
        return Cell("—")
    if isinstance(value, bool):
        return Cell("是" if value else "否")
    if isinstance(value, Labelled):
        return Cell(value.label, value.colour)
    return Cell(str(value))


class ListMixin(SelectionMixin, StateMixin):
    """The list page.

    Attributes:
        columns: attribute paths shown unless the account chose others; the first names the row and always stands.
        more_columns: attribute paths that can be added.
        self_evident: columns that say nothing new to a role, such as its own name.
        options: loader options besides those the shown columns need.
        nothing_yet: the sentence of a list without any row.
        cockpit: whether rows can be worked through one after the other.
        opened_by: id of the form that opens a row by POST, where opening changes it; empty for a plain link.
        moved_by: id of the form by which a row is moved up or down; empty where the order is not the actor's to change.
        reads: columns that cells read besides those they show; where it is told, rows come as plain columns
            (``services.narrow``).
    """

    columns: tuple[str, ...] = ()
    more_columns: tuple[str, ...] = ()
    self_evident: Mapping[UserType | None, frozenset[str]] = {}
    options: tuple[Any, ...] = ()
    nothing_yet = ""
    cockpit = False
    opened_by = ""
    moved_by = ""
    reads: tuple[str, ...] | None = None

    # ------------------------------------------------------------ columns
    def offered_columns(self) -> list[str]:
        """Return the columns the actor may choose from, in the grid's own order."""
        plain = self.self_evident.get(actor().user_type, frozenset())
        return [path for path in (*self.columns, *self.more_columns) if path not in plain]

    def shown_columns(self, layout: grids.Layout) -> list[str]:
        """Return the columns of the list: the account's own choice as far as it is still offered."""
        offered = self.offered_columns()
        own = [path for path in offered if path in self.columns]
        if layout.columns is None:
            return own
        chosen = [path for path in layout.columns if path in offered and path != own[0]]
        return [own[0], *chosen]

    def is_numeric(self, path: str) -> bool:
        """Tell whether a column holds figures to be compared."""
        column = inspect(self.model).columns.get(path)
        if column is None or column.foreign_keys:
            return False
        return isinstance(column.type, HoursType | Integer) and not column.primary_key

    def loading(self, paths: Sequence[str]) -> list[Any]:
        """Return loader options: no cell asks the database by itself, and of related rows only what is shown comes.

        Documents and long texts of the row itself stay behind, too, unless they are shown. A cell that needs more than its
        path says fails (``raiseload``) instead of asking once a row.
        """
        own = inspect(self.model)
        options = [*self.options, *self._set_aside(own, paths)]
        for path in paths:
            mapper, option = own, None
            for name in path.split("."):
                relation = mapper.relationships.get(name)
                if relation is not None:
                    join = joinedload if option is None else option.joinedload
                    option, mapper = join(relation.class_attribute), relation.mapper
                elif option is not None:
                    option = option.load_only(mapper.attrs[name].class_attribute, raiseload=True)
            if option is not None:
                options.append(option)
        return options

    def _columns(self, paths: Sequence[str], state: grid_state.ListState) -> list[Column]:
        places = {path: place for place, (path, _down) in enumerate(state.sort, 1)}
        return [
            Column(
                path,
                self.label_of(path),
                self.is_numeric(path),
                self.address(state.with_sort(path)) if path in self.sortable else "",
                self.address(state.with_sort(path, added=True)) if path in self.sortable else "",
                {True: "descending", False: "ascending", None: ""}[state.sorted_by(path)],
                places.get(path, 0),
            )
            for path in paths
        ]

    def _set_aside(self, own: Mapper[Any], paths: Sequence[str]) -> list[Any]:
        """Return the loader options for columns of the table itself that stay behind."""
        return [
            defer(attribute.class_attribute, raiseload=True)
            for attribute in own.column_attrs
            if attribute.key not in paths and isinstance(attribute.columns[0].type, HEAVY)
        ]

    # ------------------------------------------------------------ rows
    def address(self, arguments: Mapping[str, Any], view: str = ".index_view") -> str:
        """Return the address of a page of this grid with these parameters."""
        base = address(f"{self.endpoint}{view}")
        return f"{base}?{urlencode(arguments)}" if arguments else base

    def _load(
        self, state: grid_state.ListState, paths: Sequence[str], *, offset: int, limit: int
    ) -> listing.Page:
        loaded = listing.page(
            db.session(),
            self.model,
            state.conditions,
            state.order,
            offset=offset,
            limit=limit,
            rows=self.by_key(tuple(paths)),
        )
        self.prepare(loaded.rows)
        return loaded

    @cached_property
    def by_key(self) -> Callable[[tuple[str, ...]], Select[Any]]:
        """The statement of rows with these columns (``listing.by_key``), put together once for each choice of columns."""
        return lru_cache(KNOWN_CHOICES)(self._by_key)

    def _by_key(self, paths: tuple[str, ...]) -> Select[Any]:
        if self.reads is None:
            return listing.by_key(self.model, self.loading(paths))
        return narrow.by_key(
            self.model, dict.fromkeys((*paths, *self.reads, *named_offices.read_for(self.model, paths)))
        )

    def prepare(self, rows: Sequence[Any]) -> None:
        """Look up, for many rows at once, what their cells say beside what was loaded."""
        moved.remember(rows)
        named_offices.remember(self.model, rows)

    def _rows(self, loaded: Sequence[Any], paths: Sequence[str]) -> list[Row]:
        keys = [row.id for row in loaded]
        editable = self.which(Verb.EDIT, keys) if self.can_edit else frozenset()
        deletable = self.which(Verb.DELETE, keys) if self.can_delete else frozenset()
        result = []
        for row in loaded:
            cells = tuple(cell_of(self.value_of(row, path)) for path in paths)
            name = "，".join(cell.text for cell in cells[:NAMING_CELLS])
            can = row.id in editable, row.id in deletable
            result.append(Row(row.id, name, cells, *can, self.file_of(row)))
        return result

    def file_of(self, row: Any) -> RowFile | None:  # noqa: ARG002
        """Return the file of a row that can be looked at without leaving the list."""
        return None

    def which(self, verb: Verb, keys: Sequence[int]) -> frozenset[int]:
        """Return those of the keys the actor may do ``verb`` to, for the buttons of their rows."""
        return listing.among(db.session(), self.model, keys, permissions.rows(actor(), verb, self.model))

    # ------------------------------------------------------------ pages
    @expose("/")
    def index_view(self) -> Any:
        """Show the list; without parameters the account's default view."""
        liking = grids.liking_of(db.session(), actor(), self.endpoint_name)
        layout, view = liking.layout, liking.default
        if not request.args and view:
            return redirect(self.address({**view.arguments, grid_state.VIEW: view.id}))
        arguments = self.without_citizen_ids(request.args)
        if arguments != request.args.to_dict():
            return redirect(self.address(self.address_of(request.args)))
        state, paths = self.state_of(arguments), self.shown_columns(layout)
        offset = min(state.page * layout.page_size, listing.CAP)
        loaded, number = self._load(state, paths, offset=offset, limit=layout.page_size)
        actions = self.list_actions()
        return self.render(
            self.list_template,
            state=state,
            columns=self._columns(paths, state),
            rows=self._rows(loaded, paths),
            actions=actions,
            all_matching=self.everything(state, number) if actions and number > len(loaded) else "",
            count=number,
            count_label=listing.count_label(number),
            num_pages=-(-min(number, listing.CAP + layout.page_size) // layout.page_size),
            page_url=lambda page: self.address(
                {**state.arguments, grid_state.PAGE: page} if page else state.arguments
            ),
            current_url=self.address(
                {**state.arguments, grid_state.PAGE: state.page} if state.page else state.arguments
            ),
            layout=layout,
            sort_choices=self._sort_choices(state),
            empty_text=self._empty_text(state),
            write_rows=write_rows,
            **self._choices(liking, paths),
        )

    def _choices(self, liking: grids.Liking, paths: Sequence[str]) -> dict[str, Any]:
        """Return what the layout and view dialogs offer."""
        hidden = [path for path in self.offered_columns() if path not in paths]
        return {
            "layout_columns": tuple((path, self.label_of(path), path in paths) for path in (*paths, *hidden)),
            "page_sizes": grids.PAGE_SIZES,
            "densities": type(liking.layout.density),
            "views": liking.views,
            "audiences": grids.audiences(actor()),
            "default_view": liking.default.id if liking.default else None,
        }

    def _sort_choices(self, state: grid_state.ListState) -> tuple[tuple[str, str], ...]:
        """Return the sort words of the address with what they mean, for screens that show no heads to click on."""
        labels = {path: self.label_of(path) for path in self.offered_columns() if path in self.sortable}
        choices = {
            grid_state.written((path, down)): grid_state.sorted_as(label, down=down)
            for path, label in labels.items()
            for down in (False, True)
        }
        current = state.arguments.get(grid_state.SORT, "")
        own = {current: state.sort_summary(labels)} if current and current not in choices else {}
        return (("", "默认顺序"), *choices.items(), *own.items()) if choices else ()

    def _empty_text(self, state: grid_state.ListState) -> str:
        if state.chips:
            return "没有符合条件的记录。去掉上面的一个条件再试，或查看全部。"
        if self.can_create:
            return f"还没有记录。点右上角“{self.create_label}”开始。"
        return self.nothing_yet or "这里还没有记录。"

    @expose("/find/", methods=("POST",))
    def find_view(self) -> Any:
        """Turn the search form into an address, which never holds a citizen id."""
        return redirect(self.address(self.address_of(request.form)), code=303)

    @expose("/print/")
    def print_view(self) -> Any:
        """Show the list as a page to print: A4 landscape, with what narrows it and who printed it."""
        setting = grids.setting_of(db.session(), actor(), self.endpoint_name)
        state, paths = self.list_state(), self.shown_columns(grids.layout_of(db.session(), setting))
        loaded, number = self._load(state, paths, offset=0, limit=PRINTED_ROWS)
        labels = {path: self.label_of(path) for path in self.sortable}
        return self.render(
            "admin/model/print.html",
            state=state,
            columns=self._columns(paths, state),
            rows=self._rows(loaded, paths),
            count_label=listing.count_label(number),
            cut_off=number > len(loaded),
            sort_summary=state.sort_summary(labels),
            printed_at=shown_text(now()),
            return_url=self.address(state.arguments),
        )

    def list_actions(self) -> list[Action]:
        """Return the actions on chosen rows."""
        return []
