"""What a template is once it was laid out: a background, and places for every field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFont

    from services.certificate_template import Room
    from services.pdf_reading import Matrix


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of one font on a line.

    Attributes:
        font: PostScript name.
        size: in points; ``None`` where it is that of the fitted text.
        state: operators of colour, spacing and rise.
        spacing: between letters, in points, as the state sets it.
        parts: fixed text and names of fields in turns.
    """

    font: str
    size: float | None
    state: str
    spacing: float
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line goes.

    Attributes:
        matrix: of its anchor, in the largest letters.
        smallest: the same in the smallest letters.
        align: of :data:`ALIGNMENTS`.
        pieces: what it says.
    """

    matrix: Matrix
    smallest: Matrix
    align: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One use of ``fit``: its room, its font, and by number of lines the largest size with the place of each line."""

    room: Room
    font: str
    places: dict[int, tuple[float, tuple[Place, ...]]]


@dataclass(frozen=True)
class Layout:
    """A template ready for stamping.

    Attributes:
        size: of the page, in points.
        background: operators of everything that never changes.
        resources: what those operators name, of pypdf.
        lines: lines with fields of settled length.
        slots: rooms of text of any length.
        codes: x, y and side of every QR code, in points.
        fonts: by PostScript name, those of fields.
    """

    size: tuple[float, float]
    background: bytes
    resources: Any
    lines: tuple[Place, ...]
    slots: tuple[Slot, ...]
    codes: tuple[tuple[float, float, float], ...]
    fonts: dict[str, TTFont]


def lacking(layout: Layout, field: str, text: str) -> str:
    """Return the characters of a field's text that a font it is set in does not have, each once, in order.

    Args:
        layout: of the template.
        field: by its name in :data:`services.certificate_fields.LABELS`.
        text: what the field says; blanks need no glyph.
    """
    lines = [*layout.lines, *(place for slot in layout.slots for place in slot.places[1][1])]
    pieces = [piece for line in lines for piece in line.pieces if field in piece.parts[1::2]]
    glyphs = [layout.fonts[piece.font].face.charToGlyph for piece in pieces]
    return "".join(
        dict.fromkeys(
            letter
            for letter in text
            if not letter.isspace() and any(ord(letter) not in known for known in glyphs)
        )
    )


def spacing(state: str) -> float:
    """Return the space between letters that a state sets, in points."""
    before, found, _ = state.partition(" Tc")
    return float(before.rpartition(" ")[2]) if found else 0.0
