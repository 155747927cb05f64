"""Sentences of the templates in the language of the interface; the Chinese text is the message id.

There is one language, so that a sentence is looked up once a process and not a hundred times a page.
"""

from __future__ import annotations

from functools import cache

from flask_babel import gettext
from markupsafe import Markup


@cache
def _known(text: str) -> Markup:
    return Markup(gettext(text))  # noqa: S704  (what stands in a template is ours; values are escaped when put in)


@cache
def _finished(text: str) -> Markup:
    return _known(text) % {}


def translate(text: str, /, **values: object) -> Markup:
    """Return a sentence of a template, its ``%(name)s`` filled in and escaped.

    Args:
        text: the message id, a literal of the template.
        **values: by name.
    """
    return _known(text) % values if values else _finished(text)
