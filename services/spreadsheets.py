"""Reading an uploaded workbook without being hurt by it.

A workbook is a zip of XML. A small one can unpack to gigabytes, and one with two cells far apart makes a reader set up
every cell between them (5 KB were seen to take 800 MB). So the parts are unpacked here, with limits, the cells' places
are looked at, and only what passed is given to the reader, packed anew.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from python_calamine import CalamineWorkbook

from services.attachments import MEGABYTE, clean_filename
from services.errors import InputError
from services.typed_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAXIMUM_BYTES = 20 * MEGABYTE
MAXIMUM_UNPACKED = 96 * MEGABYTE
MAXIMUM_PARTS = 500
MAXIMUM_ROWS = 20_000
MAXIMUM_COLUMNS = 100
MAXIMUM_TEXT = 20_000_000  # characters of all cells together
SHEET_DATA = b"sheetData"  # the element whose cells a reader sets up, whatever its part is called
SHARED_TEXT = b"sst"  # the element that holds the texts several cells share
WANTED_PARTS = (".xml", ".rels")
OLD_FORMAT = b"\xd0\xcf\x11\xe0"  # Compound File Binary: .xls, and any workbook with a password
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
CONTENT = frozenset({"v", "is", "f"})
_PLAIN_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="[0-9]+")?(?: t="(s|[a-zA-Z]+)")?(?: (?:cm|vm|ph)="[0-9]+")*/?>'
)
_ANY_CELL, _PREFIXED_CELL = re.compile(rb"<c[\s/>]"), re.compile(rb":c[\s/>]")
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_FORMULA = re.compile(
    rb"<(?P<space>(?:[^\s<>/:]+:)?)c(?P<attributes>\s[^<>]*)?>\s*<(?P=space)f(?:\s[^<>]*)?(?:/>|>[^<]*</(?P=space)f>)\s*"
    rb"(?P<value><(?P=space)v\s*/>|<(?P=space)v>\s*</(?P=space)v>)?\s*</(?P=space)c>"
)
"""A cell with a formula and nothing it came to: programs that write workbooks without computing leave it so.

Its elements may have a namespace prefix, ``<x:c><x:f>``, as the Open XML SDK writes them."""
UNVALUED = "\ue000formula\ue000"
"""What such a cell is given to the reader as, who would else return nothing; the letters are nobody's."""
MOST_NAMED = 5
SAVE_AS = "请在 Excel 或 WPS 中另存为“Excel 工作簿（.xlsx）”后再上传"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook.

    Attributes:
        name: of it.
        rows: its cells from A1 on: text, numbers, dates, truth values; ``""`` where there is nothing.
        unvalued: (row, column) of the cells, counted from 0, that hold a formula without the value it came to.
        about: the cells of the sheet that says what the workbook is, where one was asked for and is there.
    """

    name: str
    rows: list[list[Any]]
    unvalued: frozenset[tuple[int, int]] = frozenset()
    about: list[list[Any]] = field(default_factory=list)


class _TooMuchError(Exception):
    """A cell too far out; the text is a sentence."""


def read(data: bytes, filename: str, *, sheet: str, about: str = "") -> Sheet:
    """Read one sheet of a workbook.

    Args:
        data: the whole file, at most :data:`MAXIMUM_BYTES` and one byte more.
        filename: as uploaded, for the sentences.
        sheet: name of the sheet wanted; the first one where there is none of that name.
        about: name of the sheet that says what the workbook is; empty where that does not matter.

    Raises:
        InputError: ``file``: too large, another format, damaged, encrypted, or too many rows or columns.
    """
    name = clean_filename(filename) or "未命名"
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(_checked(data, name)))
        names = book.sheet_names
        chosen = sheet if sheet in names else names[0]
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
        told = book.get_sheet_by_name(about).to_python(skip_empty_area=False) if about in names else []
    except InputError:
        raise
    except Exception:  # noqa: BLE001  (a damaged workbook raises whatever its reader stumbles over)
        raise InputError({"file": f"文件“{name}”已损坏或不是 Excel 工作簿，打不开。{SAVE_AS}"}) from None
    unvalued = frozenset(
        (number, place)
        for number, row in enumerate(rows)
        for place, cell in enumerate(row)
        if cell == UNVALUED
    )
    for number, place in unvalued:
        rows[number][place] = ""
    return Sheet(chosen, rows, unvalued, told)


def refuse_unvalued(sheet: Sheet, header: int, places: Mapping[str, int]) -> None:
    """Refuse a sheet in whose columns a formula stands without its value: it would be read as an empty cell.

    Args:
        sheet: as read.
        header: the row of the headers.
        places: of the columns that matter.

    Raises:
        InputError: ``file``: it is so.
    """
    wanted = set(places.values())
    found = sorted((row, place) for row, place in sheet.unvalued if row > header and place in wanted)
    if found:
        named = "、".join(f"第 {row + 1} 行 {letter_of(place)} 列" for row, place in found[:MOST_NAMED])
        more = f"等 {len(found)} 格" if len(found) > MOST_NAMED else ""
        raise InputError(
            {
                "file": f"{named}{more}是公式，文件里没有它算出的值。请复制这些格，用“选择性粘贴—数值”粘贴回去，保存后再上传"
            }
        )


def text_of(cell: Any) -> str:
    """Return a cell as text on one line, without blanks around it and without what nobody can see.

    Whole numbers have no point, days read ``2026-01-31``.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(cell).strip()
    # Most cells are plain: only the others are looked at letter by letter.
    return text if text.isprintable() and "  " not in text else visible(text)


def letter_of(column: int) -> str:
    """Return the letters Excel calls a column by; 0 is A."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def is_empty(row: Sequence[Any]) -> bool:
    """Tell whether a row has nothing in it."""
    return not any(text_of(cell) for cell in row)


def _checked(data: bytes, name: str) -> bytes:
    """Return the workbook packed anew from parts that were looked at."""
    if not data:
        raise InputError({"file": f"文件“{name}”是空的，请检查后重新选择"})
    if len(data) > MAXIMUM_BYTES:
        raise InputError(
            {
                "file": f"文件“{name}”超过 {MAXIMUM_BYTES // MEGABYTE} MB 的上限，请删去图片或分成几个文件后再上传"
            }
        )
    if data.startswith(OLD_FORMAT):
        locked = ENCRYPTED in data
        why = "设有打开密码，请去掉密码" if locked else "是旧版 Excel（.xls）格式"
        raise InputError({"file": f"文件“{name}”{why}。{SAVE_AS}"})
    if not data.startswith(b"PK"):
        raise InputError({"file": f"文件“{name}”不是 Excel 工作簿。{SAVE_AS}"})
    try:
        return _repacked(data, name)
    except _TooMuchError as error:
        raise InputError({"file": f"文件“{name}”{error}"}) from None


def _repacked(data: bytes, name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(target, "w") as copy:
        listed = archive.infolist()
        wanted = [part for part in listed if part.filename.lower().endswith(WANTED_PARTS)]
        if len(listed) > MAXIMUM_PARTS or sum(part.file_size for part in wanted) > MAXIMUM_UNPACKED:
            raise _TooMuchError("展开后太大。请把有内容的行复制到新下载的模板中再上传，不要整列设置格式")
        # No longer than the listing says, and the CRC fits.
        parts = {part.filename: archive.read(part) for part in wanted}
        if len(parts) < len(wanted) or any(b"\0" in content for content in parts.values()):
            raise zipfile.BadZipFile("a part twice, or no UTF-8")
        if "xl/workbook.xml" not in parts:
            raise InputError({"file": f"文件“{name}”不是 Excel 工作簿。{SAVE_AS}"})
        shared = [content for content in parts.values() if SHARED_TEXT in content]
        sheets = [content for content in parts.values() if SHEET_DATA in content]
        longest = max((len(piece) for content in shared for piece in content.split(b"<si")), default=0)
        odd = [content for content in sheets if not _is_plainly_fine(content, longest)]
        lengths = _lengths(shared) if odd else []
        for content in odd:
            _look_at_cells(content, lengths)
        for filename, content in parts.items():
            copy.writestr(filename, _FORMULA.sub(_marked, content) if SHEET_DATA in content else content)
    return target.getvalue()


def _marked(cell: re.Match[bytes]) -> bytes:
    """Return a formula's cell with :data:`UNVALUED` in it; one that came to an empty text has its value."""
    space, attributes = cell["space"], cell["attributes"] or b""
    if cell["value"] is not None and b't="str"' in attributes:
        return cell[0]
    kept = re.sub(rb'\s\bt="[^"]*"', b"", attributes)
    marked = b'<%(p)sc%(kept)s t="inlineStr"><%(p)sis><%(p)st>%(text)s</%(p)st></%(p)sis></%(p)sc>'
    return marked % {b"p": space, b"kept": kept, b"text": UNVALUED.encode()}


def _is_plainly_fine(content: bytes, longest: int) -> bool:
    """Tell at a glance that a sheet is written as every program writes it, and small enough; most are.

    Args:
        content: the part.
        longest: no text that cells share is longer, in bytes.
    """
    if b"<!" in content or _PREFIXED_CELL.search(content):
        return False
    cells = _PLAIN_CELL.findall(content)
    sharing = sum(kind == b"s" for _column, _row, kind in cells)
    if len(cells) != len(_ANY_CELL.findall(content)) or sharing * longest > MAXIMUM_TEXT:
        return False
    columns, rows = ({cell[part] for cell in cells} for part in (0, 1))
    furthest = max((_place(f"{column.decode()}1")[1] for column in columns), default=0)
    return furthest <= MAXIMUM_COLUMNS and max(map(int, rows), default=0) <= MAXIMUM_ROWS


def _parse(content: bytes, start: Any, end: Any, text: Any) -> None:
    def doctype(*_: object) -> None:
        raise _TooMuchError("含有不允许的内容，请把内容复制到新下载的模板中再上传")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(content, True)  # noqa: FBT003  (the last piece)


def _lengths(parts: Sequence[bytes]) -> list[int]:
    """Return how long each text is that cells share; where several parts claim to hold them, the longer one."""
    longest: list[int] = []
    for content in parts:
        found: list[int] = []

        def start(tag: str, _attributes: dict[str, str], found: list[int] = found) -> None:
            if tag.rpartition(":")[2] == "si":
                found.append(0)

        def text(characters: str, found: list[int] = found) -> None:
            if found:
                found[-1] += len(characters)

        _parse(content, start, None, text)
        longest = [max(pair) for pair in zip_longest(longest, found, fillvalue=0)]
    return longest


def _look_at_cells(content: bytes, lengths: Sequence[int]) -> None:
    """Refuse a sheet whose cells lie far apart, or share so much text that together they are too long.

    Raises:
        _TooMuchError: it is so.
        ExpatError: the XML is broken.
        LookupError: a cell shares a text that does not exist.
    """
    row = column = total = 0
    filled = False  # only a cell with content makes a reader set up anything
    shared = reading = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, filled, shared, reading
        tag = tag.rpartition(":")[2]
        if tag == "c":
            column += 1
            filled, shared = False, attributes.get("t") == "s"
            if place := attributes.get("r"):
                row, column = _place(place)
        elif tag in CONTENT:
            reading = shared and tag == "v"
            if not filled:
                filled = True
                _must_be_near(row, column)
        elif tag == "row":
            row, column = int(attributes.get("r") or row + 1), 0

    def text(characters: str) -> None:
        nonlocal total, reading
        if reading:
            reading = False
            total += lengths[int(characters)]
            if total > MAXIMUM_TEXT:
                raise _TooMuchError("里的文字太多，请把有内容的行复制到新下载的模板中再上传")

    _parse(content, start, None, text)


def _place(reference: str) -> tuple[int, int]:
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise _TooMuchError("的单元格编号看不懂，请把内容复制到新下载的模板中再上传")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _must_be_near(row: int, column: int) -> None:
    if row > MAXIMUM_ROWS:
        raise _TooMuchError(
            f"超过 {MAXIMUM_ROWS:,} 行（第 {row:,} 行还有内容），请分成几个文件，或删去表格下方多余的内容"
        )
    if column > MAXIMUM_COLUMNS:
        raise _TooMuchError(f"超过 {MAXIMUM_COLUMNS} 列，请删去右侧多余的列，或把内容复制到新下载的模板中")
