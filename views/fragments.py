"""Parts of pages that say the same for many: written once by their macro, and then known."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import current_app
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Hashable

MOST_KEPT = 2_000
"""Fragments a process remembers; each is a few kilobytes."""


@lru_cache(MOST_KEPT)
def kept(template: str, macro: str, *arguments: Hashable) -> Markup:
    """Return what a macro writes for some arguments, from memory where it wrote it before.

    Args:
        template: where the macro stands; imported without context, so that nothing of a request gets in.
        macro: its name.
        *arguments: of the macro: labels and choices, nothing anybody typed.
    """
    module = current_app.jinja_env.get_template(template).module
    return Markup(getattr(module, macro)(*arguments))  # noqa: S704  (a macro's own, which escapes)
