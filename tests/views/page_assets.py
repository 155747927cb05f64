"""What a page loads, read from its own HTML: how much of it, whose it is, and which icons it names."""

from __future__ import annotations

import functools
import gzip
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MOST = 400_000  # bytes of compressed script and style on one page
LOADED = "//script/@src | //link[@rel='stylesheet']/@href"
STOCK = re.compile(
    r"/admin/static/|bootstrap4|select2|x-editable|bootstrap-editable|moment|daterangepicker|jquery"
)


def loaded(page):
    """Return the addresses of the page's scripts and style sheets."""
    return page.tree.xpath(LOADED)


def weight(page):
    """Return the bytes of the page's scripts and style sheets, compressed as a server sends them."""
    return sum(_compressed(address.partition("?")[0]) for address in loaded(page))


@functools.cache
def _compressed(address):
    return len(gzip.compress((ROOT / address.removeprefix("/")).read_bytes()))


def stock_files(page):
    """Return what the page loads of Flask-Admin's own front end."""
    return [address for address in loaded(page) if STOCK.search(address)]


def unknown_icons(page):
    """Return icons the page names and the icon font does not draw."""
    named = {
        word
        for names in page.tree.xpath("//*[contains(concat(' ', @class, ' '), ' ti ')]/@class")
        for word in names.split()
        if word.startswith("ti-")
    }
    return sorted(named - _drawn())


@functools.cache
def _drawn():
    css = (ROOT / "static/vendor/icons/icons.css").read_text(encoding="utf-8")
    return frozenset(re.findall(r"\.(ti-[a-z0-9-]+)::before", css))
