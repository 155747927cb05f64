"""Whose address limits count: the visitor's behind trusted proxies, the connection's without them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from flask import request

from backoffice.app import create_app
from backoffice.config import load
from models import crypto

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _same_keyring() -> Iterator[None]:
    before = crypto.configure(None)
    yield
    crypto.configure(before)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "10.1.1.1", "127.0.0.1"),
        (1, "10.1.1.1", "10.1.1.1"),
        (1, "6.6.6.6, 10.1.1.1", "10.1.1.1"),  # what the visitor claims himself is not believed
        (2, "10.1.1.1, 10.9.9.9", "10.1.1.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(proxies, forwarded, counted, tmp_path: Path) -> None:
    settings = replace(load({"BACKOFFICE_VAR": str(tmp_path)}), env="testing", trusted_proxies=proxies)
    app = create_app(settings)
    app.add_url_rule("/address", view_func=lambda: request.remote_addr or "")
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert app.test_client().get("/address", headers=headers).text == counted
