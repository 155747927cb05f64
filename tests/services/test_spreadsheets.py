"""Workbooks that are none, that are damaged, or that would take the machine down: each gets a sentence."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib

import pytest
from workbooks import workbook

from services import spreadsheets
from services.errors import InputError
from services.spreadsheets import letter_of, text_of

GOOD = workbook([["张三", "410105198001010014"]])


def refusal(data, name="人员.xlsx"):
    with pytest.raises(InputError) as refused:
        spreadsheets.read(data, name, sheet="人员")
    return refused.value.errors["file"]


def repacked(changes, source=GOOD):
    """Return a workbook with some parts replaced, added or (``None``) left out."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(source)) as archive,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        parts = {part.filename: archive.read(part) for part in archive.infolist()} | changes
        for name, content in parts.items():
            if content is not None:
                copy.writestr(name, content)
    return stream.getvalue()


def sheet_xml(cells):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return (
        f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()
    )


def prefixed(cells):
    """Return a sheet as the Open XML SDK writes it: every element with a namespace prefix."""
    named = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", sheet_xml(cells))
    return named.replace(b"xmlns=", b"xmlns:x=")


def with_sheet(cells):
    return repacked({"xl/worksheets/sheet1.xml": sheet_xml(cells)})


def test_a_sheet_is_read_from_its_first_cell_on():
    day = dt.date(1980, 1, 1)
    data = workbook([["李四", 12, 1.5, day, True]], head=("", "", "身份证号"))
    rows = spreadsheets.read(data, "a.xlsx", sheet="人员").rows
    assert rows[0][:3] == ["", "", "身份证号"]
    assert [text_of(cell) for cell in rows[1]] == ["李四", "12", "1.5", "1980-01-01", "是"]


CELL = '<c r="{}" t="inlineStr"><is><t>{}</t></is></c>'
HEADED = f'<row r="1">{CELL.format("A1", "姓名")}{CELL.format("B1", "备注")}</row><row r="2">%s</row>'


@pytest.mark.parametrize("written", [sheet_xml, prefixed])
@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c r="A2"><f>B2</f><v></v></c>', None),
        ('<c r="A2" s="1"><f>"a&lt;b"</f><v/></c>', None),
        ('<c r="A2" t="str"><f>B2</f></c>', None),
        ('<c r="A2"><f t="shared" si="0"/></c>', None),
        ("<c><f>B2</f></c>", None),
        ('<c r="A2"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="A2" t="str"><f>B2</f><v>张三</v></c>', "张三"),
        ('<c r="A2" t="str"><f>IF(B2="","",B2)</f><v></v></c>', ""),  # it came to nothing
        (CELL.format("A2", "=B2"), "=B2"),
    ],
)
def test_a_formula_without_its_value_is_told_and_never_read_as_nothing(cell, value, written):
    data = repacked({"xl/worksheets/sheet1.xml": written(HEADED % cell)})
    sheet = spreadsheets.read(data, "a.xlsx", sheet="人员")
    if value is not None:
        assert text_of(sheet.rows[1][0]) == value
        assert not sheet.unvalued
        spreadsheets.refuse_unvalued(sheet, 0, {"name": 0})
        return
    assert sheet.rows[1][0] == ""
    with pytest.raises(InputError) as refused:
        spreadsheets.refuse_unvalued(sheet, 0, {"name": 0, "note": 1})
    assert "第 2 行 A 列是公式，文件里没有它算出的值" in refused.value.errors["file"]
    assert "选择性粘贴—数值" in refused.value.errors["file"]
    spreadsheets.refuse_unvalued(sheet, 0, {"note": 1})  # a column nobody reads


def test_many_formulas_are_named_by_the_first():
    cells = "".join(f'<row r="{row}"><c r="A{row}"><f>1</f></c></row>' for row in range(2, 11))
    sheet = spreadsheets.read(with_sheet(cells), "a.xlsx", sheet="人员")
    with pytest.raises(InputError) as refused:
        spreadsheets.refuse_unvalued(sheet, 0, {"name": 0})
    assert "第 6 行 A 列等 9 格是公式" in refused.value.errors["file"]
    assert "第 7 行" not in refused.value.errors["file"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("张\n三\t ", "张 三"),
        ("张\u200b三", "张三"),
        ("a  b", "a b"),
        (" 名称 ", "名称"),
        ("\u3000某 市", "某 市"),
    ],
)
def test_text_is_one_visible_line_as_forms_store_it(typed, read):
    assert text_of(typed) == read


def test_the_sheet_of_the_wanted_name_is_read_and_else_the_first_one():
    assert spreadsheets.read(GOOD, "a.xlsx", sheet="人员").name == "人员"
    assert spreadsheets.read(workbook([["x"]], sheet="Sheet1"), "a.xlsx", sheet="人员").name == "Sheet1"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "是空的"),
        (b"name,id\n1,2\n", "不是 Excel 工作簿"),
        (b"<html><table></table></html>", "不是 Excel 工作簿"),
        (spreadsheets.OLD_FORMAT + b"\0" * 600, "旧版 Excel（.xls）"),
        (spreadsheets.OLD_FORMAT + b"\0" * 600 + spreadsheets.ENCRYPTED, "请去掉密码"),
        (b"PK\x03\x04 and nothing more", "已损坏"),
        (GOOD[: len(GOOD) // 2], "已损坏"),
        (repacked({"xl/workbook.xml": None}), "不是 Excel 工作簿"),
        (repacked({"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}), "已损坏"),
        (repacked({"xl/worksheets/sheet1.xml": None}), "已损坏"),
        (repacked({"word/document.xml": b"<w/>", "xl/workbook.xml": None}), "不是 Excel 工作簿"),
    ],
    ids=["empty", "csv", "html", "xls", "password", "stub", "half", "zip", "broken", "no sheet", "word"],
)  # fmt: skip
def test_what_is_no_workbook_is_told_so_with_the_way_out(data, words):
    said = refusal(data)
    assert words in said
    assert "人员.xlsx" in said
    assert "请" in said


def test_a_file_too_large_is_not_even_looked_at():
    assert "超过 20 MB" in refusal(b"PK" + b"\0" * spreadsheets.MAXIMUM_BYTES)


def cell(place, value="1", kind=""):
    return f'<row r="{place[-1]}"><c r="{place}"{kind}><v>{value}</v></c></row>'


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (cell("A1") + '<row r="1000000"><c r="A1000000"><v>2</v></c></row>', "超过 20,000 行"),
        (cell("A1") + "<row r='1000000'><c r='A1000000'><v>2</v></c></row>", "超过 20,000 行"),
        (cell("A1") + '<row r="1000000"><c><v>2</v></c></row>', "超过 20,000 行"),
        (cell("A1") + '<row r="2"><c r="XFD2"><v>2</v></c></row>', "超过 100 列"),
        (cell("A1") + '<row r="2"><c r="&#88;FD2"><v>2</v></c></row>', "超过 100 列"),
        (cell("A1") + '<row r="2"><c\nr="XFD2"><v>2</v></c></row>', "超过 100 列"),
        (cell("A1") + '<row r="2"><c r="xfd2"><v>2</v></c></row>', "看不懂"),
        (cell("A1") + '<row r="2"><c r="A99999999999"><v>2</v></c></row>', "看不懂"),
        ('<row r="1">' + "<c><v>1</v></c>" * 101 + "</row>", "超过 100 列"),
    ],
)
def test_cells_far_apart_are_refused_however_they_are_written(cells, words):
    assert words in refusal(with_sheet(cells))


def test_a_prefix_hides_no_cell():
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cells = '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="XFD1"><x:v>1</x:v></x:c></x:row>'
    xml = f'<x:worksheet xmlns:x="{space}"><x:sheetData>{cells}</x:sheetData></x:worksheet>'.encode()
    assert "超过 100 列" in refusal(repacked({"xl/worksheets/sheet1.xml": xml}))


def test_blank_cells_far_below_do_no_harm():
    blank = '<row r="1048576"><c r="A1048576" s="1"/></row>'
    rows = spreadsheets.read(with_sheet(cell("A1") + blank), "a.xlsx", sheet="人员").rows
    assert rows == [[1.0]]


@pytest.mark.parametrize("kind", [' t="s"', " t='s'", ' s="0" t="&#115;"'])
def test_a_long_text_shared_by_many_cells_is_refused(kind):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    shared = f'<sst xmlns="{space}"><si><t>{"长" * 100_000}</t></si></sst>'.encode()
    row = "".join(f'<c r="A{number}"{kind}><v>0</v></c>' for number in range(1, 300))
    assert "文字太多" in refusal(
        repacked({"xl/worksheets/sheet1.xml": sheet_xml(f"<row>{row}</row>"), "xl/sharedStrings.xml": shared})
    )


def test_what_unpacks_to_much_is_refused_by_its_listing():
    blanks = b" " * (spreadsheets.MAXIMUM_UNPACKED + 1)
    assert "展开后太大" in refusal(repacked({"xl/comments.xml": blanks}))


def test_a_listing_that_lies_about_sizes_is_noticed():
    bomb = repacked({"xl/worksheets/sheet1.xml": b"<!-- -->" + b" " * 5_000_000})
    small = b"<!-- -->".ljust(64)
    start = bomb.rindex(b"PK\x01\x02", 0, bomb.rindex(b"xl/worksheets/sheet1.xml"))
    forged = bytearray(bomb)
    forged[start + 16 : start + 20] = zlib.crc32(small).to_bytes(4, "little")
    forged[start + 24 : start + 28] = len(small).to_bytes(4, "little")
    assert "已损坏" in refusal(bytes(forged))


def test_entities_are_refused():
    xml = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData/></worksheet>'
    assert "不允许的内容" in refusal(repacked({"xl/worksheets/sheet1.xml": xml}))


def test_a_part_twice_and_another_encoding_are_no_workbook():
    stream = io.BytesIO(GOOD)
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/worksheets/sheet1.xml", sheet_xml(cell("A1")))
    assert "已损坏" in refusal(stream.getvalue())
    xml = sheet_xml(cell("A1")).decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")
    assert "已损坏" in refusal(repacked({"xl/worksheets/sheet1.xml": xml}))


@pytest.mark.parametrize(
    ("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_called_as_excel_does(column, letters):
    assert letter_of(column) == letters
