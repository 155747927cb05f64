"""Pages of the papers of a class on A4, drawn line by line: a table laid out from HTML takes a hundred times as long.

Rows are all of one height, a fixed number a page; what is too long for its cell is set in two or more lines, then smaller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.certificate_text import FONTS, TEXT_FONT, TextTooLongError, fit, lines_at, registered_fonts
from services.pdf_writing import HEADER, Letters, Pages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reportlab.pdfbase.ttfonts import TTFont

# All in points.
SIZE = (595.28, 841.89)
LEFT, TOP, WIDTH = 36.0, 36.0, 523.0
TITLE_SIZE, TEXT_SIZE, FOOT_SIZE = 17.0, 9.5, 9.0
TITLE_ROOM, FACT_HEIGHT, HEAD_HEIGHT, FOOT_ROOM = 28.0, 15.0, 22.0, 22.0
PAD = 3.0
LEADING = 1.25  # of the font size, as ``fit`` breaks lines
ASCENT = 0.88  # of the font size: how far a Chinese character reaches above its baseline
INK, SOFT, RULE, SHADE = "0 g", "0.267 g", "0.6 w 0.333 G", "0.933 0.945 0.961 rg"
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Column:
    """A column.

    Attributes:
        label: its head.
        width: in points.
        name: attribute of a row that it shows; empty where something is written in by hand.
        centred: whether that stands in the middle.
    """

    label: str
    width: float
    name: str = ""
    centred: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        title: what the paper is called.
        facts: lines below it; one of two texts is set in two halves.
        columns: of the table.
        rows: of the table.
        height: of a row, in points.
        foot: the line below the table.
    """

    title: str
    facts: Sequence[tuple[str, ...]]
    columns: Sequence[Column]
    rows: Sequence[Any]
    height: float
    foot: str


def document(pages: Iterable[Page], title: str) -> Iterator[bytes]:
    """Yield pages as one PDF, piece by piece.

    Args:
        pages: in their order.
        title: of the document.

    Raises:
        KeyError: with a character the font lacks; what was yielded before is then no document.
    """
    pen, book = _Pen(), Pages()
    yield HEADER
    resources, *numbers = (book.objects.reserve() for _ in range(1 + len(FONTS)))
    named = " ".join(f"{name} {number} 0 R" for name, number in zip(pen.names, numbers, strict=True))
    yield book.objects.write(resources, f"<< /Font << {named} >> >>".encode())
    for page in pages:
        yield from book.add(pen.draw(page), SIZE, resources)
    for number, letters in zip(numbers, pen.letters, strict=True):
        yield from letters.objects(book.objects, number)
    yield from book.close(title, "ReportLab")


class _Pen:
    """Draws pages with letters that are numbered over the whole document."""

    def __init__(self) -> None:
        fonts = registered_fonts()
        self.letters = [Letters(font) for font in fonts]
        self.names = [f"/T{place}" for place in range(len(fonts))]
        self.body = list(FONTS).index(TEXT_FONT)
        self.bold = 1 - self.body
        self.drawn: list[str] = []

    def draw(self, page: Page) -> bytes:
        """Return the operators of a page."""
        self.drawn = []
        top = SIZE[1] - TOP
        head = top - TITLE_ROOM - FACT_HEIGHT * len(page.facts) - PAD
        rules = _rules(page, head)
        self._cell(page.title, (LEFT, top), (WIDTH, TITLE_ROOM), size=TITLE_SIZE, font=self.bold)
        for place, fact in enumerate(page.facts):
            across = WIDTH / len(fact)
            for part, text in enumerate(fact):
                corner = (LEFT + part * across - PAD, top - TITLE_ROOM - place * FACT_HEIGHT)
                self._cell(text, corner, (across + PAD, FACT_HEIGHT), centred=False)
        x = LEFT
        for column in page.columns:
            self._cell(column.label, (x, head), (column.width, HEAD_HEIGHT), font=self.bold)
            for place, row in enumerate(page.rows):
                text = str(getattr(row, column.name)) if column.name else ""
                corner = (x, head - HEAD_HEIGHT - place * page.height)
                self._cell(text, corner, (column.width, page.height), centred=column.centred)
            x += column.width
        end = head - HEAD_HEIGHT - len(page.rows) * page.height
        self.drawn.append(SOFT)
        self._cell(page.foot, (LEFT - PAD, end), (WIDTH, FOOT_ROOM), size=FOOT_SIZE, centred=False)
        return f"{rules} {INK} BT {' '.join(self.drawn)} ET".encode("ascii")

    def _cell(
        self,
        text: str,
        corner: tuple[float, float],
        room: tuple[float, float],
        *,
        size: float = TEXT_SIZE,
        font: int | None = None,
        centred: bool = True,
    ) -> None:
        """Set a text in a cell whose upper left corner is given."""
        if not text:
            return
        place = self.body if font is None else font
        letters = self.letters[place]
        wide, high = room[0] - 2 * PAD, room[1]
        size, lines = _fitted(text, wide, high, size, letters.font)
        y = corner[1] - (high - len(lines) * size * LEADING) / 2 - size * ((LEADING - 1) / 2 + ASCENT)
        for line in lines:
            x = corner[0] + PAD
            if centred:
                x += (wide - letters.font.stringWidth(line, size)) / 2
            shown = f"{self.names[place]} {size:g} Tf 1 0 0 1 {x:.2f} {y:.2f} Tm <{letters.encode(line)}> Tj"
            self.drawn.append(shown)
            y -= size * LEADING


def _fitted(text: str, width: float, height: float, size: float, font: TTFont) -> tuple[float, Sequence[str]]:
    """Return size and lines of a text; one that is longer than anything readable ends in an ellipsis."""
    while True:
        try:
            found = fit(text, width=width, height=height, size=size, font=font)
        except TextTooLongError:
            text = text.removesuffix(ELLIPSIS)[: len(text) * 4 // 5] + ELLIPSIS
        else:
            assert len(found.lines) <= lines_at(height, found.size), "or it would leave its cell"  # noqa: S101
            return found.size, found.lines


def _rules(page: Page, head: float) -> str:
    """Return the operators of the table's shade and rules; ``head`` is its upper edge."""
    wide = sum(column.width for column in page.columns)
    edges = [head, *(head - HEAD_HEIGHT - place * page.height for place in range(len(page.rows) + 1))]
    drawn = [f"q {SHADE} {LEFT:g} {edges[1]:.2f} {wide:.2f} {HEAD_HEIGHT:g} re f Q q {RULE}"]
    drawn += [f"{LEFT:g} {y:.2f} m {LEFT + wide:.2f} {y:.2f} l" for y in edges]
    x = LEFT
    for width in (*(column.width for column in page.columns), 0.0):
        drawn.append(f"{x:.2f} {head:.2f} m {x:.2f} {edges[-1]:.2f} l")
        x += width
    return " ".join([*drawn, "S Q"])
