"""Fonts of the certificate and text set in them: which characters can be drawn, and what fits a cell at which size.

xhtml2pdf wraps Chinese badly (a comma may begin a line, a number may be torn apart), so lines are broken here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from logging import ERROR, getLogger
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont as FontFile
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from xhtml2pdf import default as xhtml2pdf_default

FONT_FOLDER = Path(__file__).resolve().parent.parent / "static" / "fonts"
TEXT_FONT = "certificate-serif"
FONTS = {TEXT_FONT: "NotoSerifSC_400Regular.ttf", "certificate-sans": "NotoSansSC_700Bold.ttf"}
SMALLEST_POINT_SIZE = 5.0  # below this print is not readable: refuse instead
LINE_HEIGHT = 1.25  # of the font size, as in theme.css
NEVER_STARTS_A_LINE = "，。、；：？！）〕】》”’·,.;:?!)]}/"


class TextTooLongError(ValueError):
    """A text does not fit its cell even at the smallest readable size."""


@dataclass(frozen=True)
class FittedText:
    """Text that was broken into `lines` and fits its cell at `size` points."""

    size: float
    lines: tuple[str, ...]


def missing_characters(text: str) -> str:
    """Characters of `text` the certificate's text font cannot draw, each once, in order; empty when all is well.

    Ask it when a name is typed: a person whose name cannot be printed should hear so before a certificate is due.
    """
    known = _known_characters()
    return "".join(dict.fromkeys(character for character in text if ord(character) not in known))


def fit(text: str, *, width: float, height: float, size: float) -> FittedText:
    """Break `text` for a cell, shrinking from `size` in half points until all of it fits.

    Args:
        text: One paragraph.
        width: Room of the cell, in points.
        height: Room of the cell, in points.
        size: Font size to begin with, in points.

    Raises:
        TextTooLongError: It does not fit even at the smallest readable size.
    """
    register_fonts()
    while size >= SMALLEST_POINT_SIZE:
        allowed = max(1, int(height / (size * LINE_HEIGHT)))
        lines = _break(text, width, size)
        if len(lines) <= allowed:
            return FittedText(size, _balance(text, lines, width, size))
        size -= 0.5
    raise TextTooLongError(text)


class _CopyableFont(TTFont):  # type: ignore[misc]
    """A TrueType font whose characters beyond U+FFFF, such as 𬭎, can be copied out, too.

    reportlab writes them into the ToUnicode map as five hex digits; ISO 32000-1, 9.10.3 asks for UTF-16BE.
    """

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - reportlab's name
        """Write the font's objects, then repair the maps among them."""
        super().addObjects(doc)
        for name, stream in doc.idToObject.items():
            if name.startswith("toUnicodeCMap:"):
                stream.content = re.sub("<([0-9A-F]{5,6})>", _utf16_hex, stream.content)


def _utf16_hex(match: re.Match[str]) -> str:
    """A code point in hex digits as the hex digits of its surrogate pair."""
    return f"<{chr(int(match[1], 16)).encode('utf-16-be').hex().upper()}>"


@cache
def register_fonts() -> None:
    """Make the fonts known once a process.

    By path of this file: `@font-face` would read below the current directory only, and parse 25 MB each time.
    """
    # What it would say stands in status.err and status.warn, which are checked.
    getLogger("xhtml2pdf").setLevel(ERROR)
    for name, file in FONTS.items():
        pdfmetrics.registerFont(_CopyableFont(name, FONT_FOLDER / file))
        xhtml2pdf_default.DEFAULT_FONT[name] = name
        for bold in (0, 1):
            for italic in (0, 1):
                addMapping(name, bold, italic, name)


@cache
def _known_characters() -> frozenset[int]:
    """Code points the text font has a glyph for."""
    with FontFile(FONT_FOLDER / FONTS[TEXT_FONT], lazy=True) as font:
        return frozenset(font.getBestCmap())


def _break(text: str, width: float, size: float) -> list[str]:
    """Greedy lines; numbers and Latin words stay whole, closing punctuation never begins a line."""
    lines = [""]
    for piece in _pieces(text, width, size):
        if lines[-1] and _width(lines[-1] + piece, size) > width:
            lines.append("")
        lines[-1] += piece
    return lines


def _pieces(text: str, width: float, size: float) -> Iterator[str]:
    """What may not be broken: a word or one character, with the closing punctuation that follows it."""
    closing = re.escape(NEVER_STARTS_A_LINE)
    for piece in re.findall(rf"(?:[A-Za-z0-9]+|.)[{closing}]*", text):
        # A word wider than the line, such as a very long address, may be broken anywhere.
        yield from piece if _width(piece, size) > width else [piece]


def _balance(text: str, lines: list[str], width: float, size: float) -> tuple[str, ...]:
    """The same number of lines, but of like length: a single last character looks like a mistake."""
    narrow = _width(text, size) / len(lines)
    while narrow < width:
        balanced = _break(text, narrow, size)
        if len(balanced) <= len(lines):
            return tuple(balanced)
        narrow += size / 2
    return tuple(lines)


def _width(text: str, size: float) -> float:
    """Printed width in points."""
    return float(pdfmetrics.stringWidth(text, TEXT_FONT, size))
