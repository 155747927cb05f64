"""What stands where on a PDF page: the lines of text with their fonts, the pictures, and what else is drawn.

Understands what ReportLab writes, which is what xhtml2pdf draws with: lines begin where the text is moved, fonts carry
a ToUnicode map. Not a general reader.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pypdf import PageObject
    from pypdf.generic import ContentStream

Matrix: TypeAlias = tuple[float, float, float, float, float, float]
IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_PAIR = re.compile(r"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>")
_PATHS = {b"m": (0,), b"l": (0,), b"c": (0, 2, 4), b"v": (0, 2), b"y": (0, 2), b"re": (0,)}
_COLOURS = (b"g", b"rg", b"k")
_STATES = (b"Tc", b"Ts", b"Tr")
_MOVES = (b"Tm", b"Td", b"TD", b"T*")


@dataclass(frozen=True)
class Run:
    """Text in one font.

    Attributes:
        font: PostScript name, without the tag of a subset.
        size: in points.
        state: operators that set colour, spacing and rise.
        text: what it says.
    """

    font: str
    size: float
    state: bytes
    text: str


@dataclass
class Line:
    """Text from one place on, until the text is moved elsewhere.

    Attributes:
        matrix: where it begins on the page.
        runs: its text.
        operations: places in the page's content that show it.
    """

    matrix: Matrix
    runs: list[Run] = field(default_factory=list)
    operations: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return everything it says."""
        return "".join(run.text for run in self.runs)


@dataclass
class PageContent:
    """What stands on a page.

    Attributes:
        stream: the content, parsed.
        lines: text, in the order it is drawn.
        pictures: resource name and matrix of the unit square, of each picture, with its place in the content.
        strokes: operator and first point of everything else that is drawn.
    """

    stream: ContentStream
    lines: list[Line]
    pictures: list[tuple[str, Matrix, int]]
    strokes: list[tuple[bytes, float, float]]


def read_page(page: PageObject) -> PageContent:
    """Read a page that ReportLab wrote."""
    contents = page.get_contents()
    if contents is None:
        raise ValueError("the page is empty")
    return _Reader(page, contents).read()


def times(one: Matrix, other: Matrix) -> Matrix:
    """Return the matrix that does one, then the other (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


class _Reader:
    def __init__(self, page: PageObject, contents: ContentStream) -> None:
        resources: Any = page["/Resources"]
        self.fonts = {
            name: _Font(font.get_object()) for name, font in resources.get("/Font", {}).get_object().items()
        }
        self.content = PageContent(contents, [], [], [])
        self.matrix = IDENTITY
        self.state: dict[bytes, bytes] = {}
        self.font, self.size, self.leading = "", 0.0, 0.0
        self.stack: list[Any] = []
        self.start = IDENTITY
        self.place = 0
        self.line: Line | None = None

    def read(self) -> PageContent:
        handlers = {
            b"q": self._save, b"Q": self._restore, b"cm": self._transform, b"Tf": self._set_font,
            b"TL": self._set_leading, b"BT": self._begin_text, b"Tj": self._show, b"TJ": self._show, b"Do": self._picture,
            **dict.fromkeys(_MOVES, self._move),
            **dict.fromkeys(_PATHS, self._stroke),
            **dict.fromkeys((*_COLOURS, *_STATES), self._set_state),
        }  # fmt: skip
        for place, (operands, operator) in enumerate(self.content.stream.operations):
            if operator in handlers:
                self.place = place
                handlers[operator](operands, operator)
        return self.content

    def _save(self, _operands: Any, _operator: bytes) -> None:
        self.stack.append((self.matrix, dict(self.state), self.font, self.size, self.leading))

    def _restore(self, _operands: Any, _operator: bytes) -> None:
        self.matrix, self.state, self.font, self.size, self.leading = self.stack.pop()

    def _transform(self, operands: Any, _operator: bytes) -> None:
        self.matrix = times(_matrix(operands), self.matrix)

    def _set_state(self, operands: Any, operator: bytes) -> None:
        kind = b"colour" if operator in _COLOURS else operator
        self.state[kind] = b" ".join([*_written(operands), operator])

    def _set_font(self, operands: Any, _operator: bytes) -> None:
        self.font, self.size = str(operands[0]), float(operands[1])

    def _set_leading(self, operands: Any, _operator: bytes) -> None:
        self.leading = float(operands[0])

    def _begin_text(self, _operands: Any, _operator: bytes) -> None:
        self.start, self.line = IDENTITY, None

    def _picture(self, operands: Any, _operator: bytes) -> None:
        self.content.pictures.append((str(operands[0]), self.matrix, self.place))

    def _move(self, operands: Any, operator: bytes) -> None:
        if operator == b"Tm":
            self.start = _matrix(operands)
        else:
            if operator == b"TD":
                self.leading = -float(operands[1])
            x, y = (0.0, -self.leading) if operator == b"T*" else (float(operands[0]), float(operands[1]))
            self.start = times((1, 0, 0, 1, x, y), self.start)
        self.line = None

    def _show(self, operands: Any, _operator: bytes) -> None:
        font = self.fonts[self.font]
        text = "".join(font.decode(part.original_bytes) for part in _strings(operands[0]))
        if self.line is None:
            self.line = Line(times(self.start, self.matrix))
            self.content.lines.append(self.line)
        self.line.operations.append(self.place)
        state = b" ".join(self.state.values())
        last = self.line.runs[-1] if self.line.runs else None
        if last and (last.font, last.size, last.state) == (font.name, self.size, state):
            self.line.runs[-1] = Run(font.name, self.size, state, last.text + text)
        else:
            self.line.runs.append(Run(font.name, self.size, state, text))

    def _stroke(self, operands: Any, operator: bytes) -> None:
        for place in _PATHS[operator]:
            point = times((1, 0, 0, 1, float(operands[place]), float(operands[place + 1])), self.matrix)
            self.content.strokes.append((operator, round(point[4], 1), round(point[5], 1)))


class _Font:
    """How a font of ReportLab writes: one byte a character."""

    def __init__(self, font: Any) -> None:
        self.name = str(font["/BaseFont"]).lstrip("/").partition("+")[2] or str(font["/BaseFont"]).lstrip("/")
        self._letters: dict[int, str] | None = None
        if "/ToUnicode" in font:
            pairs = _PAIR.findall(font["/ToUnicode"].get_object().get_data().decode("ascii"))
            self._letters = {
                int(code, 16): bytes.fromhex(text).decode("utf-16-be")
                for code, text in pairs
                if len(code) == 2 and len(text) % 4 == 0  # noqa: PLR2004  (the first pair is the range of codes)
            }

    def decode(self, data: bytes) -> str:
        if self._letters is None:
            return data.decode("latin-1")
        return "".join(self._letters.get(code, "\ufffd") for code in data)


def _strings(shown: Any) -> Iterator[Any]:
    for part in shown if isinstance(shown, list) else [shown]:
        if hasattr(part, "original_bytes"):
            yield part


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(value) for value in operands)
    return (a, b, c, d, e, f)


def _written(operands: Any) -> list[bytes]:
    return [f"{float(value):g}".encode() for value in operands]
