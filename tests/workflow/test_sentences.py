"""A typed reason inside a sentence of ours ends once."""

from __future__ import annotations

import pytest

from workflow.sentences import sentence


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("撤销认定", "撤销认定。"),
        ("撤销认定。", "撤销认定。"),
        ("撤销认定。。 ", "撤销认定。"),
        ("撤销认定.", "撤销认定。"),
        ("撤销认定；", "撤销认定。"),
        ("怎么回事？", "怎么回事？"),
        ("不符合规定！\n", "不符合规定！"),
        ("材料不全……", "材料不全……"),
        ("第 3.5 条", "第 3.5 条。"),
    ],
)
def test_what_somebody_typed_ends_once(typed, said):
    assert sentence(typed) == said
