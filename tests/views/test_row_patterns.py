"""How the cells of a list are written: which stay on one line, which may take two, which are cut off."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from views.grid_list import Cell, Row
from views.row_patterns import table_cells, write_rows

CLASSES = (
    ("张三", ""),
    ("郑州市人民医院", ""),
    ("郑州市金水区人民医院", "clip words"),
    ("课程 <进修> 与考试", "clip words"),
    ("2026-11-27 09:30", "clip"),
    ("4101**********6001", "clip"),
    ("2026-01-10", ""),
    ("12 / 30", ""),
)


@pytest.mark.parametrize(("text", "kind"), CLASSES, ids=[text for text, _ in CLASSES])
def test_words_may_take_two_lines_and_days_numbers_and_codes_never(text, kind):
    said = Markup("{}").format(text)
    cell = table_cells([Markup()], [Cell(text)])
    if kind:
        assert cell == f'<td><span class="{kind}" title="{said}">{said}</span></td>'
    else:
        assert cell == f"<td>{said}</td>"


def test_a_long_name_of_a_row_may_take_two_lines_and_a_short_one_not():
    def macro(_key, _name, text, broken, *_rest):
        return Markup("<th class='clip {}'>{}</th>").format(broken, text)

    rows = [Row(1, "张三", (Cell("张三"),)), Row(2, "x", (Cell("人工智能与数字素养（公需课）"),))]
    assert write_rows(rows, macro, ()) == (
        "<th class='clip '>张三</th><th class='clip words'>人工智能与数字素养（公需课）</th>"
    )
