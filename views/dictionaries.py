"""字典 and 字典项: one dictionary as a tree, and what can be done to an entry."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import abort, flash, g, redirect, request
from flask_admin.base import expose
from flask_wtf import FlaskForm
from sqlalchemy.orm import joinedload
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired
from wtforms.widgets import DateInput, NumberInput

from models import Dictionary, DictionaryItem
from models.base import label_of, today
from permissions import engine as permissions
from permissions.verbs import Verb
from services import dictionary_book, dictionary_editing, dictionary_uses, picking, reading
from services.dictionary_editing import OBJECT, ItemInput
from services.errors import InputError
from services.typed_text import visible
from services.validity import begins_later, in_force, is_in_force
from views import filters
from views.base import GridView
from views.base_data import KeptView, history
from views.dictionary_files import DictionaryFilesMixin
from views.extensions import actor, db, request_id
from views.picking import offer

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

RENAMED = "renamed"
"""Name of the field that holds the name that was confirmed."""
TOP = SelectChoice("", "（最上一级）")


def _label(name: str) -> str:
    return str(label_of(DictionaryItem, name))


class DictionaryView(DictionaryFilesMixin, GridView):
    """Every dictionary, and the page of one."""

    columns = ("label", "code", "in_force", "retired", "source")
    labels = {"in_force": "在用", "retired": "已停用"}
    order = (Dictionary.code.asc(),)
    hint = "名称或代码"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by name, its pinyin initials, or code."""
        found = [
            code
            for code, label in reading.dictionaries(db.session())
            if dictionary_book.fits(term, code, label)
        ]
        return Dictionary.code.in_(found)

    def value_of(self, row: Any, path: str) -> Any:
        """Return stored values, and how many entries there are."""
        if path in {"in_force", "retired"}:
            number = self._counts().get(row.code, dictionary_book.Counts())
            return str(getattr(number, path))
        return super().value_of(row, path)

    @staticmethod
    def _counts() -> dict[str, dictionary_book.Counts]:
        if "dictionary_counts" not in g:
            g.dictionary_counts = dictionary_book.counts(db.session())
        return dict(g.dictionary_counts)

    @expose("/details/")
    def details_view(self) -> Any:
        """Show the entries of a dictionary as a tree."""
        row, term = self.get_one(request.args.get("id")), request.args.get("search", "").strip()[:100]
        every = request.args.get("all") == "1"
        return self.render(
            "admin/base_data/book.html",
            dictionary=row,
            lines=dictionary_book.lines(db.session(), row.code, term, retired=every),
            number=dictionary_book.counts(db.session()).get(row.code, dictionary_book.Counts()),
            term=term,
            every=every,
            tree=dictionary_book.is_tree(db.session(), row.code),
            fixed=dictionary_editing.fixed_reason(row.code),
            may_write=permissions.may(actor(), Verb.EDIT, DictionaryItem),
            here=self.get_url(".details_view", id=row.id, **({"all": 1} if every else {})),
            history=history(OBJECT, dictionary_book.items_of(row.code), named=True),
            return_url=self.get_url(".index_view"),
        )


class ItemForm(FlaskForm):
    """An entry."""

    code = StringField(
        _label("code"), description="字母、数字、点、下划线或短横；新增时留空则自动编号，被使用以后不能修改"
    )
    label = StringField(_label("label"), [DataRequired("请填写“名称”")])
    parent_code = SelectField(_label("parent_code"), choices=[], validate_choice=False)
    position = StringField(
        _label("position"),
        widget=NumberInput(step="1", min="1"),
        description="在整本字典中排第几位；留空则新项排在最后",
    )
    valid_from = StringField(
        _label("valid_from"),
        widget=DateInput(),
        description="最早可以选用的日期，如标准实施之日；可以是将来的某天，留空表示一直可选",
    )


class DictionaryItemView(KeptView):
    """Entries of all dictionaries, and the page of one."""

    object_type = OBJECT
    create_label = "新增字典项"
    columns = ("label", "code", "dictionary", "parent_code", "position", "valid_to", "merged_into")
    more_columns = ("valid_from",)
    details = (
        "dictionary",
        "code",
        "label",
        "parent_code",
        "position",
        "valid_from",
        "valid_to",
        "merged_into",
    )
    sortable = ("code", "label", "position", "valid_from", "valid_to")
    options = (joinedload(DictionaryItem.dictionary),)
    order = (DictionaryItem.dictionary_code.asc(), DictionaryItem.position.asc())
    hint = "代码、名称或拼音"
    filters = (
        filters.GridFilter(
            "dictionary",
            "字典",
            lambda: reading.dictionaries(db.session()),
            lambda value: DictionaryItem.dictionary_code == value,
        ),
        filters.GridFilter(
            "in_force",
            "是否在用",
            lambda: [("1", "在用"), ("0", "已停用或还没有启用")],
            lambda value: in_force(DictionaryItem) if value == "1" else ~in_force(DictionaryItem),
        ),
    )
    details_template = "admin/base_data/item.html"
    create_template = "admin/base_data/item_form.html"
    edit_template = "admin/base_data/item_form.html"

    def search(self, term: str) -> ColumnElement[bool]:
        """Find by code, name or pinyin initials."""
        return DictionaryItem.id.in_(dictionary_book.matching_items(db.session(), term))

    # ------------------------------------------------------------ forms
    def _dictionary(self, row: Any) -> Dictionary:
        code = row.dictionary_code if row else request.args.get("dictionary", "")
        return dictionary_book.by_code(db.session(), code) or abort(404)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Add an entry to the dictionary the address names; where it names none, let one be chosen."""
        if self.can_create and not request.args.get("dictionary"):
            flash("请先选择字典：点开要新增的字典，再点“新增字典项”", "info")
            return redirect(self.get_url("dictionary.index_view"))
        return super().create_view()

    def form_for(self, row: Any) -> FlaskForm:
        """Return the form with everything an entry can stand below."""
        form, session, code = ItemForm(obj=row), db.session(), self._dictionary(row).code
        if row is None and request.method == "GET":
            form.parent_code.data = request.args.get("parent", "")
        offer(
            form.parent_code, picking.dictionary(session, code, row.parent_code if row else None), own="本项"
        )
        form.parent_code.choices = [
            TOP,
            *(one for one in form.parent_code.choices[1:] if row is None or one.value != row.code),
        ]
        if dictionary_editing.fixed_reason(code):
            del form.valid_from
        if row is not None and dictionary_editing.code_lock(session, row):
            form.code.render_kw = {"readonly": True}
        return form

    def more_of_form(self, row: Any) -> dict[str, Any]:
        """Return the dictionary, and why the code stays."""
        dictionary = self._dictionary(row)
        return {
            "dictionary": dictionary,
            "locked": dictionary_editing.code_lock(db.session(), row) if row else "",
            "fixed": dictionary_editing.fixed_reason(dictionary.code),
            "renamed": RENAMED,
            "book_url": self.get_url("dictionary.details_view", id=dictionary.id),
        }

    def asks_first(self, form: Any, row: Any) -> bool:
        """Ask before an entry is renamed that records use: they all show the new name. Another name is asked about anew."""
        name = visible(form.label.data or "")
        if row is None or name in {row.label, request.form.get(RENAMED)}:
            return False
        meaning = dictionary_editing.renaming(dictionary_uses.uses(db.session(), row))
        form.renaming = {"name": name, "meaning": meaning, "changes": [(_label("label"), row.label, name)]}
        return bool(meaning)

    def write(self, form: Any, row: Any) -> Any:
        """Store an entry."""
        session, position = db.session(), (form.position.data or "").strip()
        number = int(position) if position.isascii() and position.isdecimal() and len(position) < 9 else None  # noqa: PLR2004
        typed = ItemInput(
            form.code.data or "", form.label.data or "", form.parent_code.data or None,
            number if number is not None or not position else 0,
            typed_day(form.valid_from) if "valid_from" in form else row and row.valid_from,
        )  # fmt: skip
        code = dictionary_editing.hold(session, self._dictionary(row).code).code
        if row is None:
            return dictionary_editing.create(session, actor(), code, typed, request_id=request_id())
        dictionary_editing.edit(session, actor(), row, typed, request_id=request_id())
        return row

    def after_writing(self, row: Any) -> str:
        """Go back to the entry in its dictionary."""
        return self._in_book(row)

    def _in_book(self, row: Any) -> str:
        dictionary = self._dictionary(row)
        return str(self.get_url("dictionary.details_view", id=dictionary.id, _anchor=f"item-{row.id}"))

    def lock(self, row: Any) -> None:
        """Hold the whole dictionary, and always before the entry: order and codes are checked as a whole."""
        dictionary_editing.hold(db.session(), row.dictionary_code)
        super().lock(row)

    # ------------------------------------------------------------ one entry
    def extra_details(self, row: Any) -> dict[str, Any]:
        """Return what uses an entry, and what can be done to it."""
        session = db.session()
        labels = reading.dictionary_labels(session, row.dictionary_code)
        valid = is_in_force(row)
        return {
            **super().extra_details(row),
            "item": row,
            "uses": dictionary_uses.uses(session, row),
            "locked": dictionary_editing.code_lock(session, row),
            "fixed": dictionary_editing.fixed_reason(row.dictionary_code),
            "valid": valid,
            "coming": begins_later(row),
            "merged": labels.get(row.merged_into or "", ""),
            "folded": row.dictionary_code in reading.FOLDED,
            "targets": dictionary_editing.targets(session, row) if valid else [],
            "today": today().isoformat(),
            "book_url": self._in_book(row),
            "record_title": f"{row.label}（{row.dictionary.label}）",
        }

    @expose("/move/", methods=("POST",))
    def move_view(self) -> Any:
        """Move an entry one step, and go back to it."""
        if not self.can_edit:
            abort(403)
        row, way = self.get_one(request.form.get("id")), request.form.get("way", "")
        if way not in dictionary_editing.WAYS:
            abort(400)
        self.lock(row)
        self.must(Verb.EDIT, row)
        dictionary_editing.move(db.session(), actor(), row, way, request_id=request_id())
        db.session.commit()
        return redirect(self._in_book(self.get_one(request.form.get("id"))), code=303)

    @expose("/retire/", methods=("POST",))
    def retire_view(self) -> Any:
        """Retire an entry from a day on."""
        day = as_day(request.form.get("day"))
        return self.changed_by_post(
            lambda row: dictionary_editing.retire(db.session(), actor(), row, day, request_id=request_id()),
            "已停用：新填报不能再选，以前的记录照常显示",
        )

    @expose("/restore/", methods=("POST",))
    def restore_view(self) -> Any:
        """Let an entry be chosen again."""
        return self.changed_by_post(
            lambda row: dictionary_editing.restore(db.session(), actor(), row, request_id=request_id()),
            "已恢复，可以再选",
        )

    @expose("/merge/", methods=("POST",))
    def merge_view(self) -> Any:
        """Merge an entry into another."""
        into = request.form.get("into", "")
        return self.changed_by_post(
            lambda row: dictionary_editing.merge(db.session(), actor(), row, into, request_id=request_id()),
            "已合并：新填报只能选合并后的一项，以前的记录不改写",
        )


def as_day(text: str | None) -> date | None:
    """Return a day as a date field sends it; ``None`` where it is none."""
    try:
        return date.fromisoformat((text or "").strip())
    except ValueError:
        return None


def typed_day(field: Any) -> date | None:
    """Return the day typed into a field; ``None`` where it was left empty.

    Raises:
        InputError: at the field: it is no day.
    """
    text = (field.data or "").strip()
    day = as_day(text)
    if text and day is None:
        raise InputError({field.name: f"“{field.label.text}”请按 2026-01-31 的形式填写"})
    return day
