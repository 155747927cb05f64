"""Rows of a list written from a pattern: the template says once how a row looks, and each row is put into its gaps.

A template that writes fifty rows escapes and looks up the same things fifty times; most rows of a page differ in four texts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from views.grid_list import Cell, Row

KEY, NAME, FIRST, BROKEN, CELLS = GAPS = "\ue000\ue001\ue002\ue003\ue004"
"""What stands for a row's texts in the pattern: characters of Unicode's private use."""
BLANK = (KEY, NAME, FIRST, BROKEN, Markup(CELLS))  # noqa: S704  (one character)

NEVER_CLIPPED = 14  # full-width characters that fit into the widest cell, whatever they are
ONE_LINE = 8  # Chinese characters that always stand on one line; more may take two where columns are many
KNOWN_CELLS = 10_000
BADGE = Markup('<td{}><span class="badge bg-{}-lt">{}</span></td>')
LONG = Markup('<td{}><span class="clip" title="{}">{}</span></td>')
WORDS = Markup('<td{}><span class="clip words" title="{}">{}</span></td>')
PLAIN = Markup("<td{}>{}</td>")


def write_rows(rows: Iterable[Row], macro: Callable[..., Markup], attributes: Sequence[Markup]) -> Markup:
    """Return the rows of a list as HTML.

    Args:
        rows: of the list.
        macro: the template's ``(key, name, first cell, its class, other cells, editable, deletable, file)``, which writes
            one row.
        attributes: what each of the other cells says of itself (``class``, ``data-label``), written out.
    """
    patterns: dict[tuple[bool, bool], Sequence[str]] = {}
    written = []
    for row in rows:
        texts: dict[str, Any] = {
            KEY: str(row.key),
            NAME: escape(row.name),
            FIRST: escape(row.cells[0].text),
            BROKEN: "words" if _may_break(row.cells[0].text) else "",
            CELLS: table_cells(attributes, row.cells[1:]),
        }
        buttons = row.editable, row.deletable
        if row.file:  # its button names the file and differs in every row
            pieces: Sequence[str] = _pieces(macro(*BLANK, *buttons, row.file))
        else:
            pieces = patterns.get(buttons) or patterns.setdefault(
                buttons, _pieces(macro(*BLANK, *buttons, None))
            )
        written.append("".join([texts.get(piece, piece) for piece in pieces]))
    return Markup("".join(written))  # noqa: S704  (a macro's own, with escaped texts in its gaps)


def table_cells(attributes: Sequence[Markup], cells: Sequence[Cell]) -> Markup:
    """Return the cells of a row as the list page shows them.

    Written here and not in the template: there are hundreds a page, and nearly all say what was said before.

    Args:
        attributes: what each says of itself (``class``, ``data-label``), written out.
        cells: as many.
    """
    return Markup("".join(map(_table_cell, attributes, cells)))  # noqa: S704  (cells that were escaped one by one)


@lru_cache(KNOWN_CELLS)
def _table_cell(attributes: Markup, cell: Cell) -> Markup:
    if cell.colour:
        return BADGE.format(attributes, cell.colour, cell.text)
    if _may_break(cell.text):
        return WORDS.format(attributes, cell.text, cell.text)
    if len(cell.text) > NEVER_CLIPPED:
        return LONG.format(attributes, cell.text, cell.text)
    return PLAIN.format(attributes, cell.text)


def _may_break(text: str) -> bool:
    """Tell whether a text may take two lines where columns are many: words may, days, numbers and codes never."""
    return len(text) > ONE_LINE and not text.isascii()


def _pieces(pattern: str) -> Sequence[str]:
    """Cut a pattern at its gaps, so that no text put into one is looked at again."""
    return re.split(f"([{GAPS}])", pattern)
