"""Rules of the code that no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("backoffice", "models", "permissions", "workflow", "services", "views", "seed")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def _bases(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return {ast.unparse(base).rsplit(".", maxsplit=1)[-1] for node in classes for base in node.bases}


def test_only_the_base_view_subclasses_modelview() -> None:
    assert [path.name for path in SOURCES if "ModelView" in _bases(path)] == ["base.py"]


@pytest.mark.parametrize("name", ["FileAdmin", "InlineFormAdmin"])
def test_doors_that_cannot_be_closed_are_never_opened(name: str) -> None:
    assert [str(path) for path in SOURCES if name in path.read_text(encoding="utf-8")] == []


def test_views_hold_no_selects_but_for_the_base() -> None:
    allowed = {"base.py", "firing.py"}
    offenders = [
        path.name
        for path in SOURCES
        if "views" in path.parts
        and path.name not in allowed
        and re.search(r"(?<![\w.])select\(", path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_templates_load_nothing_from_other_hosts() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")}
    assert [str(path) for path, text in texts.items() if "//" in text.replace("http://www.w3.org", "")] == []


def test_templates_never_ask_who_the_user_is() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")}
    rule = re.compile(r"user_type ==|actor\.|user\.kind")
    assert [str(path) for path, text in texts.items() if rule.search(text)] == []
