"""One dictionary as a workbook: taken along, changed, and compared with what is stored before anything is written.

A row belongs to the entry of its code. Entries the file leaves out stay as they are: retiring is said by a date.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import Dictionary, DictionaryItem
from models.base import now
from services import comparing, dictionary_editing, dictionary_uses, picking
from services.base_history import text
from services.comparing import Change
from services.dictionary_editing import LABELS, ItemInput
from services.errors import InputError
from services.exporting import ABOUT, sheet_name
from services.importing import Column
from services.spreadsheets import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.comparing import Places
    from services.spreadsheets import Sheet

CODE = Column("code", LABELS["code"], required=True)
LABEL = Column("label", LABELS["label"], required=True)
PARENT = Column("parent_code", LABELS["parent_code"], required=True)
POSITION = Column("position", LABELS["position"], required=True)
VALID_FROM = Column("valid_from", LABELS["valid_from"])
VALID_TO = Column("valid_to", LABELS["valid_to"], required=True)
MERGED = Column("merged_into", LABELS["merged_into"])
COLUMNS = (CODE, LABEL, PARENT, POSITION, VALID_FROM, VALID_TO)
HEADER = tuple(column.label for column in (*COLUMNS, MERGED))
NOTES = (
    "每一行是一项，以“代码”识别；代码不能在这里修改。新增一项：在最后加一行，代码用没有用过的。",
    "停用：在“有效期至”填最后可选的日期（如 2026-12-31）；恢复：清空该格。不要删行：文件中没有的项保持不变。",
    "“启用日期”填最早可选的日期，可以是将来的某天；留空表示一直可选。",
    "“顺序”可填整数，留空表示新项排在最后、已有项不动。“并入”列只供查看，合并请在系统中办理。",
)
DICTIONARY = "字典"
"""Before the name of the dictionary on the sheet 说明."""
AGAIN = "请先导出本字典，在导出的文件上修改"
MOST_ROWS = 2_000
NEW, LABEL_CHANGED, MOVED, BEGINS, RETIRED, RESTORED = (
    "新增", "改名", "调整顺序或上级", "修改启用日期", "停用", "恢复",
)  # fmt: skip
KINDS = (NEW, LABEL_CHANGED, MOVED, BEGINS, RETIRED, RESTORED)


@dataclass(frozen=True, slots=True)
class Row(comparing.Row):
    """A row of the file as read; ``position`` is ``None`` where it was left empty.

    A file without the column 启用日期 leaves ``valid_from`` as it is.
    """

    parent_code: str | None
    position: int | None
    valid_from: date | None
    valid_to: date | None


Comparison = comparing.Comparison[Row]


def lines(session: Session, dictionary: Dictionary) -> Iterator[list[str | int | None]]:
    """Yield the cells of every entry, in tree order, under :data:`HEADER`."""
    rows = {row.code: row for row in dictionary_editing.entries(session, dictionary.code)}
    options = [picking.Option(code, row.label, row.parent_code) for code, row in rows.items()]
    for _depth, option in picking.in_tree_order(options):
        row = rows[option.value]
        days = [day.isoformat() if day else None for day in (row.valid_from, row.valid_to)]
        yield [row.code, row.label, row.parent_code, row.position, *days, row.merged_into]


def about(dictionary: Dictionary) -> dict[str, str]:
    """Return what the sheet 说明 says the workbook is."""
    return {DICTIONARY: _named(dictionary.label, dictionary.code), "依据": dictionary.source}


def _named(label: str, code: str) -> str:
    return f"{label}（{code}）"


def _refuse_another(session: Session, dictionary: Dictionary, sheet: Sheet) -> None:
    """Refuse the workbook of another dictionary: its codes are others, and every row of it would look new.

    Raises:
        InputError: ``file``: it says it is that of another.
    """
    told = {text_of(row[0]): text_of(row[1]) for row in sheet.about if len(row) > 1}.get(DICTIONARY)
    for code, label in session.execute(select(Dictionary.code, Dictionary.label)):
        said = told == _named(label, code) if told else sheet.name == sheet_name(label)
        if said and code != dictionary.code:
            raise InputError(
                {
                    "file": f"这是字典“{label}”的文件，不是“{dictionary.label}”的。请到字典“{label}”的页面导入；"
                    f"要改“{dictionary.label}”的，{AGAIN}"
                }
            )


def compare(session: Session, dictionary: Dictionary, filename: str, data: bytes) -> Comparison:
    """Read a workbook and say what it would change; nothing is written.

    Raises:
        InputError: ``file``: it cannot be read, is that of another dictionary, its headers are not those of the export, or it
            has no or too many rows.
    """
    places, filled = comparing.opened(
        data,
        filename,
        COLUMNS,
        sheet=sheet_name(dictionary.label),
        what=DictionaryItem.__label__,
        again=AGAIN,
        most=MOST_ROWS,
        about=ABOUT,
        refuse=lambda sheet: _refuse_another(session, dictionary, sheet),
    )
    found = Comparison(KINDS)
    known = dictionary_editing.entries(session, dictionary.code)
    begun = {one.code: one.valid_from for one in known}
    read = [_read(found, number, cells, places, begun) for number, cells in filled]
    rows = [row for row in read if row is not None]
    _compare(found, dictionary.code, known, rows, places)
    found.changes = _renamings_told(session, dictionary.code, found.changes)
    found.missing = len({one.code for one in known} - {row.code for row in rows})
    return found


def _renamings_told(
    session: Session, dictionary_code: str, changes: Sequence[Change[Row]]
) -> list[Change[Row]]:
    """Return the changes, those that rename a used entry with what that means."""
    renamed = [change.row.code for change in changes if LABEL_CHANGED in change.kinds]
    used = dictionary_uses.uses_of(session, dictionary_code, renamed)
    return [
        replace(change, warning=dictionary_editing.renaming(used[change.row.code]))
        if change.row.code in used
        else change
        for change in changes
    ]


def _read(
    found: Comparison, number: int, cells: Mapping[str, str], places: Places, begun: Mapping[str, date | None]
) -> Row | None:
    position, before = None, len(found.problems)
    days = {VALID_FROM.name: begun.get(cells[CODE.name])}
    if typed := cells.get(POSITION.name, ""):
        digits = typed if typed.isascii() and typed.isdecimal() and len(typed) < 9 else "0"  # noqa: PLR2004
        if 1 <= int(digits) <= dictionary_editing.MOST_POSITIONS:
            position = int(digits)
        else:
            found.wrong(
                number, POSITION, places, f"“{typed}”不是 1 至 {dictionary_editing.MOST_POSITIONS:,} 的整数"
            )
    for part in (VALID_FROM, VALID_TO):
        try:
            days |= {part.name: comparing.day_of(cells, part)} if part.name in places else {}
        except ValueError as error:
            found.wrong(number, part, places, str(error))
    if len(found.problems) > before:
        return None
    return Row(number, cells[CODE.name], cells[LABEL.name], cells.get(PARENT.name) or None, position, **days)


def _compare(
    found: Comparison, dictionary_code: str, known: Sequence[DictionaryItem], rows: Sequence[Row],
    places: Places,
) -> None:  # fmt: skip
    """Put changes and problems of rows on ``found``: every row is checked against the dictionary as the file leaves it."""
    found.state = comparing.state_of(known, dictionary_editing.FIELDS)
    stored = {one.code: one for one in known}
    fixed = dictionary_editing.fixed_reason(dictionary_code)
    first = comparing.first_numbers(rows)
    after = _as_left(dictionary_code, known, rows)
    below = Counter(one.parent_code for one in after.values() if one.valid_to is None)
    for row in rows:
        before = stored.get(row.code)
        if first[row.code] != row.number:
            errors = [(CODE, comparing.twice(first[row.code]))]
        else:
            errors = [*_place_errors(after, row), *_day_errors(row, before, below[row.code], fixed)]
        found.judge(row, _change(row, before), errors, places)


def _place_errors(after: Mapping[str, DictionaryItem], row: Row) -> Iterator[tuple[Column, str]]:
    """Yield what is wrong with code, name, position and parent of a row."""
    columns = {column.name: column for column in COLUMNS}
    typed = ItemInput(row.code, row.label, row.parent_code, row.position, row.valid_from)
    _clean, wrong = dictionary_editing.check([*after.values()], typed, after[row.code])
    yield from ((columns[name], sentence) for name, sentence in wrong.items())
    if row.parent_code and "parent_code" not in wrong:
        yield from ((PARENT, sentence) for sentence in _above(after, row))


def _day_errors(
    row: Row, before: DictionaryItem | None, below: int, fixed: str
) -> Iterator[tuple[Column, str]]:
    """Yield what is wrong with the first and last day of a row, or with adding it."""
    differing = [
        part
        for part in (VALID_TO, VALID_FROM)
        if before is None or getattr(before, part.name) != getattr(row, part.name)
    ]
    if fixed and differing:
        yield (CODE if before is None else differing[0]), fixed
    if row.valid_to is None or not differing:
        return
    if row.valid_from and row.valid_to < row.valid_from:
        yield VALID_TO, f"不能早于启用日期 {row.valid_from}"
    if below and VALID_TO in differing:
        yield VALID_TO, f"还有 {below} 个下级没有停用，请一并停用或改到其他上级"


def _above(after: Mapping[str, DictionaryItem], row: Row) -> list[str]:
    parent, seen = row.parent_code, {row.code}
    if parent not in after:
        return [f"没有代码为“{parent}”的项，请核对“上级代码”"]
    while parent is not None and parent in after:
        if parent in seen:
            return ["“上级代码”不能是本项或其下级"]
        seen.add(parent)
        parent = after[parent].parent_code
    return []


def _as_left(
    dictionary_code: str, known: Sequence[DictionaryItem], rows: Sequence[Row]
) -> dict[str, DictionaryItem]:
    """Return the entries by code as the file would leave them, on objects no session knows."""
    after = {
        one.code: DictionaryItem(**{name: getattr(one, name) for name in dictionary_editing.FIELDS})
        for one in known
    }
    for row in rows:
        mine = after.setdefault(row.code, DictionaryItem(dictionary_code=dictionary_code, code=row.code))
        _put(mine, row)
    return after


def _put(mine: DictionaryItem, row: Row) -> None:
    mine.label, mine.parent_code = row.label, row.parent_code
    mine.valid_from, mine.valid_to = row.valid_from, row.valid_to


def _change(row: Row, before: DictionaryItem | None) -> Change[Row]:
    new: dict[str, Any] = {
        name: getattr(row, name) for name in ("label", "parent_code", "valid_from", "valid_to")
    }
    if row.position is not None:
        new["position"] = row.position
    if before is None:
        told = [(LABELS[name], "", text(value)) for name, value in new.items() if value]
        return Change(row, (NEW,), tuple(told))
    differing = {name: value for name, value in new.items() if getattr(before, name) != value}
    kinds = []
    if "label" in differing:
        kinds.append(LABEL_CHANGED)
    if {"position", "parent_code"} & differing.keys():
        kinds.append(MOVED)
    if "valid_from" in differing:
        kinds.append(BEGINS)
    if "valid_to" in differing:
        kinds.append(RESTORED if row.valid_to is None else RETIRED)
    told = [(LABELS[name], text(getattr(before, name)), text(value)) for name, value in differing.items()]
    return Change(row, tuple(kinds), tuple(told))


# ---------------------------------------------------------------- writing
def apply(
    session: Session, actor: Actor, dictionary: Dictionary, code: str, *, request_id: str | None = None
) -> int:
    """Write the changes that were shown and confirmed; return how many entries changed.

    Args:
        session: the actor's; the caller holds the dictionary, checks the permission and commits.
        actor: who imports.
        dictionary: which one.
        code: :attr:`Comparison.code` of what was shown.
        request_id: for the journal.

    Raises:
        ValueError: ``code`` is nothing of the kind.
        InputError: the dictionary changed since, or a row is no longer possible.
    """
    state, rows = comparing.decoded(code, _row)
    known, found = dictionary_editing.entries(session, dictionary.code), Comparison(KINDS)
    _compare(found, dictionary.code, known, rows, {})
    comparing.refuse_changed(found, state, "本字典")
    stored = {one.code: one for one in known}
    before = {one.code: dictionary_editing.snapshot(one) for one in known}
    last = max((one.position for one in known), default=0)
    for change in found.changes:
        row = change.row
        mine = stored.get(row.code)
        if mine is None:
            last += 1
            mine = DictionaryItem(dictionary_code=dictionary.code, code=row.code, position=last)
            session.add(mine)
            stored[row.code] = mine
        _put(mine, row)
        mine.position = mine.position if row.position is None else row.position
        if row.valid_to is None:
            mine.merged_into = None
    session.flush()
    touched = {change.row.code: change for change in found.changes}
    named = {
        code
        for code, change in touched.items()
        if change.row.position and (code not in before or before[code]["position"] != change.row.position)
    }
    # A row that names another number comes before the entry that had it.
    ordered = sorted(stored.values(), key=lambda one: (one.position, one.code not in named, one.id))
    dictionary_editing.renumber(session, ordered)
    for own, change in touched.items():
        if own in before:
            dictionary_editing.changed(session, actor, stored[own], "import", before[own], request_id)
        else:
            told = {label: [old, new] for label, old, new in change.fields}
            stored[own].edited_at = now()
            dictionary_editing.note(session, actor, stored[own], "create", told, request_id=request_id)
    return len(touched)


def _row(
    number: int, code: str, label: str, parent: str | None, position: int | None,
    begins: str | None, ends: str | None,
) -> Row:  # fmt: skip
    return Row(
        int(number), str(code), str(label), parent and str(parent), position and int(position),
        comparing.read_day(begins), comparing.read_day(ends),
    )  # fmt: skip
