"""What is drawn on one certificate's page, over the background of its layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.certificate_fields import LABELS, CertificateFields, CertificateRenderError, printed
from services.certificate_layout import lacking
from services.certificate_template import QUIET, qr_code
from services.certificate_text import SMALLEST_POINT_SIZE, TextTooLongError, fit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from services.certificate_layout import Layout, Place
    from services.pdf_writing import Letters

BACKGROUND, FONT = "/B", "/T"
NEW_FONT = "请系统管理员在“证书模板”中发布自带含有该字的字体的新版本"
"""The way out where a font lacks a character."""


def content(layout: Layout, certificate: CertificateFields, letters: Mapping[str, Letters]) -> bytes:
    """Return the operators of a page, which calls the background ``BACKGROUND`` and the fonts ``FONT`` with their number.

    Args:
        layout: where things go.
        certificate: what is printed.
        letters: of every font of the layout, in its order.

    Raises:
        CertificateRenderError: a character has no glyph, or a text has no room; the sentence names certificate and field.
    """
    texts = printed(certificate)
    names = {name: f"{FONT}{place}" for place, name in enumerate(letters)}
    drawn = [f"q {BACKGROUND} Do Q BT"]
    try:
        for line in layout.lines:
            _draw(drawn, line, line.matrix, 0.0, texts, letters, names)
        for slot in layout.slots:
            room = slot.room
            fitted = fit(
                texts[room.field], width=room.width, height=room.height, size=room.size,
                font=layout.fonts[slot.font],
            )  # fmt: skip
            largest, lines = slot.places[len(fitted.lines)]
            for line, text in zip(lines, fitted.lines, strict=True):
                matrix = _between(line, fitted.size, largest)
                _draw(drawn, line, matrix, fitted.size, {room.field: text}, letters, names)
    except KeyError as error:
        raise _missing(certificate, texts, layout) from error
    except TextTooLongError as error:
        raise CertificateRenderError(
            f"证书 {certificate.number} 的“{LABELS[room.field]}”过长，证书上放不下，请改用规范简称后再打印。"
        ) from error
    drawn.append("ET")
    drawn += [_code(certificate.verify_url, *place) for place in layout.codes]
    return "\n".join(drawn).encode("ascii")


def _draw(
    drawn: list[str],
    line: Place,
    matrix: tuple[float, ...],
    size: float,
    texts: Mapping[str, str],
    letters: Mapping[str, Letters],
    names: Mapping[str, str],
) -> None:
    """Add the operators of a line.

    Raises:
        KeyError: a font lacks a character.
    """
    shown, reach = [], 0.0
    for piece in line.pieces:
        text = "".join(texts[part] if place % 2 else part for place, part in enumerate(piece.parts))
        points = size if piece.size is None else piece.size
        font = letters[piece.font]
        shown.append(f"{piece.state} {names[piece.font]} {points:g} Tf <{font.encode(text)}> Tj")
        if line.align:
            reach += font.font.stringWidth(text, points) + piece.spacing * len(text)
    a, b, c, d, e, f = matrix
    along = line.align * reach
    drawn.append(f"{a:g} {b:g} {c:g} {d:g} {e - a * along:.4f} {f - b * along:.4f} Tm")
    drawn += shown


def _between(line: Place, size: float, largest: float) -> tuple[float, ...]:
    """Return where a line goes at a size between the smallest and the largest of its number of lines."""
    if size >= largest:
        return line.matrix
    share = (size - SMALLEST_POINT_SIZE) / (largest - SMALLEST_POINT_SIZE)
    return tuple(low + (high - low) * share for low, high in zip(line.smallest, line.matrix, strict=True))


def _missing(
    certificate: CertificateFields, texts: Mapping[str, str], layout: Layout
) -> CertificateRenderError:
    """Return the sentence about the first field with a character that its font lacks."""
    for field, text in texts.items():
        if gone := lacking(layout, field, text):
            label = LABELS[field]
            break
    else:
        gone, label = "", "内容"
    return CertificateRenderError(
        f"证书 {certificate.number} 的“{label}”中有证书字体没有的字符："
        f"{'、'.join(f'{letter}（U+{ord(letter):04X}）' for letter in gone)}。"
        f"请改用字体已有的规范字形后再打印，或{NEW_FONT}。"
    )


def _code(address: str, x: float, y: float, side: float) -> str:
    """Return the QR code of an address as one path: a rectangle for each run of dark modules."""
    rows = qr_code(address).matrix
    module = side / (len(rows) + 2 * QUIET)
    drawn = [f"q {module:.6f} 0 0 {module:.6f} {x + QUIET * module:.4f} {y + QUIET * module:.4f} cm 0 g"]
    for row, modules in zip(range(len(rows) - 1, -1, -1), rows, strict=True):
        start = modules.find(1)
        while start >= 0:
            end = modules.find(0, start)
            end = len(modules) if end < 0 else end
            drawn.append(f"{start} {row} {end - start} 1 re")
            start = modules.find(1, end)
    drawn.append("f Q")
    return "\n".join(drawn)
