"""Addresses that only depend on where the application is mounted, made up once: a page has dozens of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import request, url_for

MOST_KEPT = 4096


def address(endpoint: str) -> str:
    """Return the address of an endpoint that takes no parameters."""
    return _address(endpoint, request.root_path)


def address_for(endpoint: str, **values: Any) -> str:
    """Return what ``url_for`` does, for templates.

    Args:
        endpoint: of the application, or of the blueprint that answers where it starts with a full stop.
        **values: as ``url_for`` takes them.
    """
    if endpoint == "static" and values.keys() == {"filename"}:
        return _file(values["filename"], request.root_path)
    if values or endpoint.startswith("."):
        return url_for(endpoint, **values)
    return address(endpoint)


@lru_cache(MOST_KEPT)
def _address(endpoint: str, _root: str) -> str:
    return url_for(endpoint)


@lru_cache(MOST_KEPT)
def _file(name: str, _root: str) -> str:
    return url_for("static", filename=name)
