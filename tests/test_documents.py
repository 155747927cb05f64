"""Generated documents are current."""

from __future__ import annotations

import pytest

from backoffice.documents import DOCS, documents


@pytest.mark.parametrize("name", sorted(documents()))
def test_a_generated_document_is_current(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == documents()[name], "run `make docs`"
