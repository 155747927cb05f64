"""Addresses without parameters, made up once: a page has dozens, and they only depend on where the application is mounted."""

from __future__ import annotations

from functools import lru_cache

from flask import request, url_for

MOST_KEPT = 4096


def address(endpoint: str) -> str:
    """Return the address of an endpoint that takes no parameters."""
    return _address(endpoint, request.root_path)


@lru_cache(MOST_KEPT)
def _address(endpoint: str, _root: str) -> str:
    return url_for(endpoint)
