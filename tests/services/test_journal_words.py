"""What the program journals has a word for whoever reads it: every key of a row's content, and every action."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from models import Base
from services.journal_details import FACTS, content_of
from views.history import OTHER, labels_of
from workflow.tables import WORKFLOWS

ROOT = Path(__file__).parents[2]
RECORDERS = {"record", "record_each", "record_many"}
SHAPES = {"before", "after", "changes"}
ACTION = 4
"""Place of the action among the arguments of ``journal.record``."""


def calls():
    """Yield every call that journals something, with where it stands."""
    for layer in ("services", "views", "workflow", "backoffice"):
        for path in sorted((ROOT / layer).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = node.func if isinstance(node, ast.Call) else None
                if (
                    isinstance(called, ast.Attribute)
                    and called.attr in RECORDERS
                    and getattr(called.value, "id", "") in {"journal", "login_journal"}
                ):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def labelled_columns():
    return {
        column.key for table in Base.metadata.tables.values() for column in table.c if "label" in column.info
    }


def test_every_key_that_is_journaled_has_its_word():
    written = {
        (place, key.value)
        for place, call in calls()
        for part in ast.walk(call)
        if isinstance(part, ast.Dict)
        for key in part.keys
        if isinstance(key, ast.Constant)
    } | {
        ("parameter of a transition", name)
        for workflow in WORKFLOWS.values()
        for step in workflow.transitions
        for name in step.parameters
    }
    assert len(written) > 30
    known = FACTS.keys() | SHAPES | labelled_columns()
    assert sorted((place, key) for place, key in written if key not in known) == []


def test_every_action_that_is_journaled_has_its_word():
    steps = {step.name for workflow in WORKFLOWS.values() for step in workflow.transitions}
    written = {
        (place, call.args[ACTION].value)
        for place, call in calls()
        if len(call.args) > ACTION and isinstance(call.args[ACTION], ast.Constant)
    }
    assert len(written) > 30
    assert sorted((place, name) for place, name in written if name not in OTHER.keys() | steps) == []


@pytest.mark.parametrize(
    ("object_type", "details", "facts"),
    [
        ("certificate", {"number": "1", "print": 1}, [("证书编号", "1"), ("累计打印次数", "1")]),
        ("claim", {"route": "authority"}, [("审批去向", "行业主管部门")]),
        ("import_run", {"kind": "staff", "rows": 2}, [("导入内容", "专业技术人员"), ("记录数", "2")]),
        ("department", {"way": "up"}, [("方向", "上移")]),
        ("credit_year", {"label": "2028 年度"}, [("名称", "2028 年度")]),
        ("dictionary_item", {"dictionary": "title_level"}, [("字典", "职称级别")]),
        ("login", {"why": "pending"}, [("说明", "账户还未被审核")]),
    ],
)
def test_facts_are_said_in_words(object_type, details, facts):
    assert content_of(object_type, details, {"dictionary": {"title_level": "职称级别"}}).facts == facts


def test_what_is_handed_in_is_filed_and_everything_else_is_added():
    assert labels_of("claim")["create"] == "填报"
    for name in ("credit_year", "dictionary_item", "region", "department"):
        assert labels_of(name)["create"] == "新增"
