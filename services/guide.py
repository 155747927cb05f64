"""The user guide of ``docs/guide`` as HTML: one role's page, followed by what is the same for everybody.

Raw HTML in the files stays text. A link between two guides becomes one within the page or to the other guide;
whatever else is relative has no address in the workbench and becomes plain text.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from models.enums import UserType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "guide"
IMAGES = FOLDER / "images"
COMMON = "README"
LISTED_LEVELS = (2, 3, 4)
"""Levels of headings in the table of contents; the page's own title is level 1."""

PICTURE = re.compile(r"images/([\w-]+\.(?:png|jpg|webp))")
OTHER_GUIDE = re.compile(r"([\w-]+)\.md(?:#(.+))?")
OUTSIDE = re.compile(r"https?://|#")
SEPARATORS = re.compile(r"[、：；]")
IN_BRACKETS = re.compile(r"（[^）]*）")
NO_LETTER = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the guide: its level (2 and below), its text, and the id it is reached by."""

    level: int
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Guide:
    """A guide as a page shows it."""

    html: str
    headings: tuple[Heading, ...]

    @property
    def contents(self) -> tuple[Heading, ...]:
        """Return the headings for the table of contents."""
        return tuple(heading for heading in self.headings if heading.level in LISTED_LEVELS)

    def anchor_of(self, *names: str) -> str:
        """Return the id of the first heading that speaks of one of ``names``, tried in order; empty for none.

        A heading such as “单位信息、组织机构管理” speaks of both; what stands in brackets does not count.
        """
        for name in names:
            plain = IN_BRACKETS.sub("", name)
            for heading in self.headings:
                if plain in SEPARATORS.split(heading.text):
                    return heading.anchor
        return ""


@functools.cache
def of_role(user_type: UserType) -> Guide:
    """Return a role's guide, followed by the common one. The files belong to the release and are read once."""
    names = (user_type.value, COMMON)
    return render({name: (FOLDER / f"{name}.md").read_text(encoding="utf-8") for name in names})


def render(texts: Mapping[str, str]) -> Guide:
    """Return several Markdown files as one page.

    Args:
        texts: Markdown by file name without its ending, in the order of the page.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    files = {name: list(_captioned(parser.parse(text))) for name, text in texts.items()}
    anchors: dict[tuple[str, str], str] = {}
    headings = [heading for name, tokens in files.items() for heading in _number(name, tokens, anchors)]
    pieces = []
    for tokens in files.values():
        for token in tokens:
            _dress(token)
            if token.children is not None:
                token.children = list(_inline(token.children, anchors))
        pieces.append(parser.renderer.render(tokens, parser.options, {}))
    return Guide("".join(pieces), tuple(headings))


def _number(file: str, tokens: Sequence[Token], anchors: dict[tuple[str, str], str]) -> Iterator[Heading]:
    """Push the headings of a file one level down and give them ids that are unique on the page."""
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type != "heading_open":
            continue
        level = min(int(opening.tag[1:]) + 1, 6)
        opening.tag = closing.tag = f"h{level}"
        text = "".join(child.content for child in inline.children or ())
        slug = NO_LETTER.sub("", text).strip().lower().replace(" ", "-")
        taken, anchor, number = set(anchors.values()), slug, 1
        while anchor in taken:
            number += 1
            anchor = f"{slug}-{number}"
        opening.attrSet("id", anchor)
        anchors[file, slug] = anchor
        anchors.setdefault((file, ""), anchor)
        yield Heading(level, text, anchor)


def _captioned(tokens: Sequence[Token]) -> Iterator[Token]:
    """Name every table by the heading above it, for those who hear it; Markdown knows no captions."""
    title = ""
    for place, token in enumerate(tokens):
        yield token
        if token.type == "heading_open":
            title = tokens[place + 1].content
        elif token.type == "table_open":
            caption = f'<caption class="visually-hidden">{escapeHtml(title)}</caption>\n'
            yield Token("html_block", "", 0, content=caption)


def _dress(token: Token) -> None:
    if token.type == "table_open":
        token.attrSet("class", "table table-sm")
    elif token.type == "th_open":
        token.attrSet("scope", "col")


def _inline(tokens: Sequence[Token], anchors: Mapping[tuple[str, str], str]) -> Iterator[Token]:
    dropped = False
    for token in tokens:
        if token.type == "link_open":
            address = _address(str(token.attrGet("href")), anchors)
            dropped = address is None
            if dropped:
                continue
            token.attrSet("href", str(address))
        elif token.type == "link_close" and dropped:
            dropped = False
            continue
        elif token.type == "image":
            if not PICTURE.fullmatch(str(token.attrGet("src"))):
                yield from token.children or ()
                continue
            token.attrSet("loading", "lazy")
        yield token


def _address(href: str, anchors: Mapping[tuple[str, str], str]) -> str | None:
    """Return where a link of a guide leads in the workbench; ``None`` for nowhere."""
    if OUTSIDE.match(href):
        return href
    found = OTHER_GUIDE.fullmatch(unquote(href))
    if found is None:
        return None
    file, slug = found[1], found[2] or ""
    if (file, "") in anchors:
        return f"#{anchors.get((file, slug), anchors[file, ''])}"
    return f"?guide={file}" if file in {item.value for item in UserType} else None
