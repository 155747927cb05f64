"""Fonts of the certificate and text set in them: which characters can be drawn, and what fits a cell at which size.

xhtml2pdf wraps Chinese badly (a comma may begin a line, a number may be torn apart), so lines are broken here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
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
SIZE_STEP = 0.5
NEVER_STARTS_A_LINE = "，。、；：？！）〕】》”’·,.;:?!)]}/"
_UNBROKEN = re.compile(rf"(?:[A-Za-z0-9]+|.)[{re.escape(NEVER_STARTS_A_LINE)}]*")


class TextTooLongError(ValueError):
    """A text does not fit its cell even at the smallest readable size."""


@dataclass(frozen=True)
class FittedText:
    """Text that was broken into `lines` and fits its cell at `size` points."""

    size: float
    lines: tuple[str, ...]


def missing_characters(text: str) -> str:
    """Characters of `text` the certificate's text font cannot draw, each once, in order; empty when all is well.

    What a template's own fonts lack is told by `services.certificate_layout.lacking`.
    """
    known = _known_characters()
    return "".join(dict.fromkeys(character for character in text if ord(character) not in known))


@lru_cache(maxsize=4096)  # employers and offices come again and again
def fit(text: str, *, width: float, height: float, size: float, font: TTFont | None = None) -> FittedText:
    """Break `text` for a cell, shrinking from `size` in half points until all of it fits.

    Args:
        text: One paragraph.
        width: Room of the cell, in points.
        height: Room of the cell, in points.
        size: Font size to begin with, in points.
        font: What it is set in; the certificate's text font where not given.

    Raises:
        TextTooLongError: It does not fit even at the smallest readable size.
    """
    face = font or text_font()
    while size >= SMALLEST_POINT_SIZE:
        if _width(text, size, face) <= width:
            return FittedText(size, (text,))
        allowed = lines_at(height, size)
        lines = _break(text, width, size, face) if allowed > 1 else []
        if 0 < len(lines) <= allowed:
            return FittedText(size, _balance(text, lines, width, size, face))
        size -= SIZE_STEP
    raise TextTooLongError(text)


def lines_at(height: float, size: float) -> int:
    """Return how many lines of a size, in points, go into a height, in points; one always does."""
    return max(1, int(height / (size * LINE_HEIGHT)))


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


def registered_fonts() -> tuple[TTFont, ...]:
    """Return the fonts every template may use."""
    register_fonts()
    return tuple(pdfmetrics.getFont(name) for name in FONTS)


def text_font() -> TTFont:
    """Return the font of everything somebody typed."""
    register_fonts()
    return pdfmetrics.getFont(TEXT_FONT)


@cache
def _known_characters() -> frozenset[int]:
    """Code points the text font has a glyph for."""
    with FontFile(FONT_FOLDER / FONTS[TEXT_FONT], lazy=True) as font:
        return frozenset(font.getBestCmap())


def _break(text: str, width: float, size: float, font: TTFont) -> list[str]:
    """Greedy lines; numbers and Latin words stay whole, closing punctuation never begins a line."""
    lines, room = [""], width
    for piece in _pieces(text, width, size, font):
        wide = _width(piece, size, font)
        if lines[-1] and wide > room:
            lines.append("")
            room = width
        lines[-1] += piece
        room -= wide
    return lines


def _pieces(text: str, width: float, size: float, font: TTFont) -> Iterator[str]:
    """What may not be broken: a word or one character, with the closing punctuation that follows it."""
    for piece in _UNBROKEN.findall(text):
        # A word wider than the line, such as a very long address, may be broken anywhere.
        yield from piece if _width(piece, size, font) > width else [piece]


def _balance(text: str, lines: list[str], width: float, size: float, font: TTFont) -> tuple[str, ...]:
    """The same number of lines, but of like length: a single last character looks like a mistake."""
    narrow = _width(text, size, font) / len(lines)
    while narrow < width:
        balanced = _break(text, narrow, size, font)
        if len(balanced) <= len(lines):
            return tuple(balanced)
        narrow += size / 2
    return tuple(lines)


def _width(text: str, size: float, font: TTFont) -> float:
    """Printed width in points."""
    return float(font.stringWidth(text, size))
