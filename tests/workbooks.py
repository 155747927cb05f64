"""Workbooks as people upload them, and those they get back."""

from __future__ import annotations

import io

import xlsxwriter
from python_calamine import CalamineWorkbook

HEAD = ("姓名*", "身份证号*", "性别", "出生日期", "部门", "手机", "电子邮箱", "民族", "学历", "备注")


def workbook(rows, head=HEAD, *, sheet="人员", above=()):
    """Return an .xlsx: text cells as text, numbers as numbers, dates as dates."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet)
    for number, row in enumerate([*above, head, *rows]):
        for column, cell in enumerate(row):
            if hasattr(cell, "year"):
                page.write_datetime(number, column, cell, day)
            elif cell != "":
                page.write(number, column, cell)
    book.close()
    return stream.getvalue()


def cells(data, sheet=0):
    """Return the rows of a workbook."""
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        return book.get_sheet_by_index(sheet).to_python()


def sheets(data):
    """Return the names of a workbook's sheets."""
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        return book.sheet_names
