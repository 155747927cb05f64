"""The workbook somebody fills in for an import: text columns, drop-downs, an example, instructions."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import xlsxwriter

from services import exporting
from services.spreadsheets import MAXIMUM_BYTES, MAXIMUM_ROWS, letter_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from services.importing import Column

PREPARED_ROWS = 5_000
"""Rows with drop-downs; Excel carries them on when rows are added below."""
LISTS = "选项"
CITIZEN_ID = "citizen_id"
"""Name of the column that is told about itself when one enters it."""
GENERAL = (
    "在“{sheet}”工作表中从第 {first} 行起填写，每人一行，带 * 的列必填。以“示例”开头的行不会导入，可以留着。",
    "身份证号请保持文本格式。从别处复制时请用“选择性粘贴 → 数值”，不要让 Excel 把号码变成 4.1E+17。",
    "一个文件最多 {rows:,} 行、{size} MB。上传后先校验，校验不会保存任何人员；核对无误再点“导入”。",
    "有错误的行可以下载一个带“错误说明”的文件，改好后直接再上传；已经导入的行不会重复导入。",
)


def write(
    target: IO[bytes],
    sheet_name: str,
    columns: Sequence[Column],
    choices: Mapping[str, Sequence[str]],
    remarks: Sequence[str],
    *,
    title: str = "",
) -> None:
    """Write a template.

    Args:
        target: where to.
        sheet_name: the sheet that is read.
        columns: what is asked for.
        choices: values of drop-downs by name of the column; a column's own ``choices`` need not be here.
        remarks: sentences below the general ones.
        title: a line above the header; empty for none.
    """
    book = xlsxwriter.Workbook(target, exporting.SAFE)
    looks = {
        "text": book.add_format({"num_format": "@"}),
        "head": book.add_format({"bold": True, "bg_color": "#E8EEF6", "border": 1}),
        "must": book.add_format({"bold": True, "bg_color": "#1B4F8F", "font_color": "#FFFFFF", "border": 1}),
        "example": book.add_format({"num_format": "@", "italic": True, "font_color": "#808080"}),
        "title": book.add_format({"bold": True, "font_size": 13}),
        "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    sheet = book.add_worksheet(sheet_name)
    head = 1 if title else 0
    general = [
        text.format(sheet=sheet_name, first=head + 2, rows=MAXIMUM_ROWS, size=MAXIMUM_BYTES // 2**20)
        for text in GENERAL
    ]
    _write_help(book.add_worksheet("填写说明"), columns, [*general, *remarks], looks)
    lists = book.add_worksheet(LISTS)
    lists.hide()
    sheet.freeze_panes(head + 1, 1)
    for place, column in enumerate(columns):
        label = f"{column.label}*" if column.required else column.label
        sheet.set_column(place, place, column.width, looks["text"])
        sheet.write_string(head, place, label, looks["must" if column.required else "head"])
        sheet.write_string(head + 1, place, column.example, looks["example"])
        last = head + PREPARED_ROWS
        if values := choices.get(column.name) or column.choices:
            lists.write_column(0, place, values)
            letter = letter_of(place)
            source = f"={LISTS}!${letter}$1:${letter}${len(values)}"
            sheet.data_validation(head + 1, place, last, place, _drop_down(column, source))
        elif column.name == CITIZEN_ID:
            sheet.data_validation(head + 1, place, last, place, {
                "validate": "any", "input_title": column.label,
                "input_message": "18 位，文本格式。最后一位是 X 的请填大写 X。",
            })  # fmt: skip
    if title:
        sheet.write_string(0, 0, exporting.clean(title), looks["title"])
    sheet.activate()
    book.close()


def _drop_down(column: Column, source: str) -> dict[str, Any]:
    return {
        "validate": "list",
        "source": source,
        "error_title": column.label,
        "error_message": f"请从下拉列表中选择“{column.label}”，或留空。",
    }


def _write_help(
    sheet: Any, columns: Sequence[Column], sentences: Sequence[str], looks: dict[str, Any]
) -> None:
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 8)
    sheet.set_column(2, 2, 90, looks["wrap"])
    sheet.write_row(0, 0, ["列", "必填", "说明"], looks["head"])
    for number, column in enumerate(columns, 1):
        told = column.help or ("可不填；从下拉列表中选择" if column.dictionary else "可不填")
        sheet.write_row(number, 0, [column.label, "是" if column.required else "", told])
    for place, sentence in enumerate(sentences, len(columns) + 2):
        sheet.merge_range(place, 0, place, 2, sentence, looks["wrap"])
        sheet.set_row(place, 32)
