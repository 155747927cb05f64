"""What a list shows: read from its address once, and written back into every link that leads from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import false

from models.identifiers import mask_citizen_id
from permissions import engine as permissions
from permissions.verbs import Verb
from services import listing
from views import filters
from views.extensions import actor, db
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement

    from models.base import Base

SEARCH, SORT, PERSON, PAGE, VIEW = "search", "sort", "person", "page", "view"
MOST_SORTS = 3
UNKNOWN_PERSON = "0"
NO_SUCH_PERSON = "没有这个人员，或不在您的管理范围内"
NO_CITIZEN_IDS = "本列表不能按身份证号查找，请改用其他条件"


@dataclass(frozen=True, slots=True)
class Chip:
    """One thing that narrows the list, and the parameters that remain once it is taken away."""

    label: str
    text: str
    without: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ListState:
    """One view of a list.

    Attributes:
        arguments: the query parameters that bring it back, without the page.
        conditions: SQL expressions: the actor's scope, the grid's own, filters, search.
        order: ORDER BY expressions.
        sort: (column path, descending) of each sort word.
        chips: what narrows it.
        groups: the filter fields as filled in.
        search: the words searched for.
        page: the page, counted from 0.
        view: key of the saved view it came from, 0 for none.
    """

    arguments: Mapping[str, str]
    conditions: tuple[ColumnElement[bool], ...]
    order: tuple[Any, ...]
    sort: tuple[tuple[str, bool], ...]
    chips: tuple[Chip, ...]
    groups: tuple[filters.FilterGroup, ...]
    search: str
    page: int
    view: int

    @property
    def narrowed(self) -> str:
        """Return what narrows the list, in words; empty where nothing does."""
        return "；".join(f"{chip.label}：{chip.text}" for chip in self.chips)

    @property
    def query(self) -> str:
        """Return the parameters as one text, for a form that comes back to this list."""
        return urlencode(self.arguments)

    def sorted_by(self, path: str) -> bool | None:
        """Tell whether the list is sorted by a column: ``True`` for descending, ``None`` for not at all."""
        return dict(self.sort).get(path)

    def with_sort(self, path: str, *, added: bool = False) -> dict[str, str]:
        """Return the parameters after a click on a column head: ascending, then descending, then not.

        Args:
            path: the column.
            added: whether the other sort words stay.
        """
        turned = {None: path, False: f"-{path}", True: ""}[self.sorted_by(path)]
        others = [written(word) for word in self.sort if word[0] != path] if added else []
        words = ",".join(word for word in (*others[: MOST_SORTS - 1], turned) if word)
        rest = {name: value for name, value in self.arguments.items() if name != SORT}
        return rest | ({SORT: words} if words else {})

    def sort_summary(self, labels: Mapping[str, str]) -> str:
        """Return the sort order in words, for a printed list."""
        return "，".join(sorted_as(labels[path], down=down) for path, down in self.sort if path in labels)


def written(word: tuple[str, bool]) -> str:
    """Return a sort word as the address holds it."""
    return f"-{word[0]}" if word[1] else word[0]


def sorted_as(label: str, *, down: bool) -> str:
    """Return what a sort word means."""
    return f"{label}{'降序' if down else '升序'}"


class StateMixin:
    """Reads a list's address.

    Attributes:
        model: the table.
        sortable: columns that may be sorted by; all on the row itself.
        filters: what the list can be narrowed by.
        order: sort order where the address names none.
        hint: placeholder of the search box; there is one where it is not empty.
        person_key: name of the column that holds a professional's key, for finding one by citizen id.
    """

    model: type[Base]
    sortable: tuple[str, ...] = ()
    filters: tuple[filters.Filter, ...] = ()
    order: tuple[Any, ...] = ()
    hint = ""
    person_key = ""

    @property
    def search_hint(self) -> str:
        """What can be searched for, citizen ids included where there is a professional behind each row."""
        return f"{self.hint}、身份证号" if self.person_key else self.hint

    def offered_filters(self) -> list[filters.Filter]:
        """Return the filters that say something to the actor."""
        return [item for item in self.filters if not item.audience or actor().user_type in item.audience]

    def narrow(self) -> Sequence[ColumnElement[bool]]:
        """Return conditions of this grid besides the scope, such as the queue it shows."""
        return ()

    def narrow_unless(self, arguments: Mapping[str, str]) -> Sequence[ColumnElement[bool]]:  # noqa: ARG002
        """Return conditions of the list that hold unless a link lifts them, such as that rows wait for one's own office."""
        return ()

    def search(self, term: str) -> ColumnElement[bool]:
        """Return the condition of rows that fit ``term``."""
        raise NotImplementedError

    def list_state(self, arguments: Mapping[str, str] | None = None) -> ListState:
        """Return the view the parameters describe; what they say wrongly is left out.

        Args:
            arguments: query parameters by name; those of the request where left out.
        """
        return self.state_of(self.without_citizen_ids(request.args if arguments is None else arguments))

    def state_of(self, arguments: Mapping[str, str]) -> ListState:
        """Return the view that parameters describe in which there is no citizen id; what they say wrongly is left out."""
        conditions = [
            permissions.rows(actor(), Verb.VIEW, self.model),
            *self.narrow(),
            *self.narrow_unless(arguments),
        ]
        groups, choices = filters.bind(self.offered_filters(), arguments)
        term = arguments.get(SEARCH, "").strip() if self.hint else ""
        if term:
            choices.insert(0, filters.Choice("关键字", term, {SEARCH: term}, self.search(term)))
        if PERSON in arguments:
            choices.insert(0, self._person(arguments[PERSON]))
        sort = self._sort(arguments.get(SORT, ""))
        kept: dict[str, str] = {SORT: ",".join(map(written, sort))} if sort else {}
        for choice in choices:
            kept |= choice.arguments
        view = as_key(arguments.get(VIEW)) or 0
        columns = [(getattr(self.model, path), down) for path, down in sort]
        return ListState(
            arguments=kept | ({VIEW: str(view)} if view else {}),
            conditions=(*conditions, *(choice.condition for choice in choices)),
            order=tuple(column.desc() if down else column.asc() for column, down in columns) or self.order,
            sort=sort,
            chips=tuple(
                Chip(
                    choice.label,
                    choice.text,
                    {name: value for name, value in kept.items() if name not in choice.arguments},
                )
                for choice in choices
            ),
            groups=tuple(groups),
            search=term,
            page=max(0, (as_key(arguments.get(PAGE)) or 0)),
            view=view,
        )

    def _sort(self, text: str) -> tuple[tuple[str, bool], ...]:
        words = [(word.removeprefix("-"), word.startswith("-")) for word in text.split(",", MOST_SORTS)]
        return tuple(
            {path: (path, down) for path, down in words[:MOST_SORTS] if path in self.sortable}.values()
        )

    def _person(self, key: str) -> filters.Choice:
        found = self.citizen_id_of(as_key(key)) if self.person_key else None
        condition = false() if found is None else self.of_person(as_key(key) or 0)
        missing = NO_SUCH_PERSON if self.person_key else NO_CITIZEN_IDS
        text = mask_citizen_id(found) if found else missing
        return filters.Choice("身份证号", text, {PERSON: key if found else UNKNOWN_PERSON}, condition)

    def key_of(self, citizen_id: str) -> int | None:
        """Return the key that stands in addresses for who has this citizen id."""
        return listing.person_with_citizen_id(db.session(), citizen_id) if self.person_key else None

    def citizen_id_of(self, key: int | None) -> str | None:
        """Return the citizen id such a key stands for."""
        return listing.citizen_id_of(db.session(), key)

    def of_person(self, key: int) -> ColumnElement[bool]:
        """Return the condition of rows that belong to whom such a key stands for."""
        condition: ColumnElement[bool] = getattr(self.model, self.person_key) == key
        return condition

    def without_citizen_ids(self, arguments: Mapping[str, str]) -> dict[str, str]:
        """Return list parameters without citizen ids: who has one stands there by his key, whatever it was typed into."""
        numbers = {name: listing.citizen_ids_in(value) for name, value in arguments.items()}
        kept = {name: arguments[name] for name, found in numbers.items() if not found}
        if len(kept) == len(numbers):
            return kept
        keys = {self.key_of(number) for found in numbers.values() for number in found}
        key = keys.pop() if len(keys) == 1 else None  # nobody is two people
        return kept | {PERSON: str(key or UNKNOWN_PERSON)}

    def address_of(self, arguments: Mapping[str, str]) -> dict[str, str]:
        """Return typed list parameters as an address may hold them: a citizen id becomes the person's key.

        Args:
            arguments: as typed into the search form.
        """
        names = {one.name for item in self.offered_filters() for one in item.fields()} | {SORT, VIEW}
        typed = {name: arguments[name] for name in names if arguments.get(name)}
        term = arguments.get(SEARCH, "").strip()
        return self.without_citizen_ids(typed | ({SEARCH: term} if term else {}))
