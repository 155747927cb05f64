"""Cells that several kinds of import read in the same way: citizen ids, and who stands in a file twice."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from models.identifiers import IdentifierError, clean_citizen_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.importing import Column, Line

AS_NUMBER = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
DIGITS_LOST = (
    "是按数字保存的，Excel 只保留前 15 位（显示为 4.1E+17 一类），后面的已丢失。"
    "请把该列设为“文本”格式，再重新填写号码"
)


def citizen_id_of(line: Line, column: Column) -> str | None:
    """Return the citizen id of a row; ``None`` where it cannot be one, which is then noted at its cell."""
    text = line.text(column.name).lstrip("'’‘`")
    if isinstance(line.cells.get(column.name), int | float) or AS_NUMBER.fullmatch(text):
        line.wrong(column, DIGITS_LOST)
        return None
    try:
        return clean_citizen_id(text)
    except IdentifierError as error:
        line.wrong(column, error.sentence)
    return None


def refuse_repeated(lines: Iterable[Line], column: Column) -> None:
    """Note every further row of one person, found by ``citizen_id_index`` of its values."""
    first: dict[str, int] = {}
    for line in lines:
        index = line.values.get("citizen_id_index")
        if index is not None and first.setdefault(index, line.number) != line.number:
            line.wrong(column, f"与第 {first[index]} 行相同，同一人只能有一行，请删去一行")
