"""A template laid out once: what never changes as a background, and where every field goes.

Nothing says twice where a field stands. xhtml2pdf lays out pages whose fields are single characters that occur nowhere else
in the template ("marks"); where those come to stand in its PDF is where the fields go. Marks of double width tell how a line is
aligned, and rooms of ``fit`` are laid out for every number of lines, in their largest and in their smallest letters, between which
positions go in a straight line. Pages on which anything but the marks moves are refused: such a template
cannot be stamped.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any, TypeAlias

from PIL import Image
from pypdf import PdfReader

from services.certificate_fields import FREE_LENGTH, LABELS, CertificateRenderError
from services.certificate_layout import Layout, Piece, Place, Slot, spacing
from services.certificate_template import Page, Room
from services.certificate_text import SIZE_STEP, SMALLEST_POINT_SIZE, FittedText, lines_at
from services.pdf_reading import Line, Matrix, PageContent, read_page

if TYPE_CHECKING:
    from services.certificate_template import TemplateFolder

Mark: TypeAlias = tuple[int | str, int]
"""What a letter of a trial page stands for: a line of a slot, or a field."""
Key: TypeAlias = tuple[int | str, int]
"""What a line with marks is known by: a line of a slot, or one of the others in their order."""
PLAIN = "plain"
MARKS = range(0x4E00, 0x9FA6)
PICTURE_SIDE = 23
PICTURE_COLOUR = (7, 77, 177)
ALIGNMENTS = (0.0, 0.5, 1.0)
"""Which part of its width a line extends to the left: left, centred, right."""
WIDE = 2
CLOSE = 0.05
MOVES = "字段的长短会移动版面上的其他内容：长短不一的内容请用 fit 放进固定大小的格子，其余字段不要与会换行的文字放在一行。"


def lay_out(template: TemplateFolder) -> Layout:
    """Lay a template out and read where its fields go.

    Raises:
        CertificateRenderError: it cannot be laid out, or not be stamped.
    """
    return _Reading(template).layout()


class _Reading:
    """Laying out one template."""

    def __init__(self, template: TemplateFolder) -> None:
        self.template = template
        self.rooms: list[Room] = []
        # The text of a first page tells which characters are free to be marks.
        source = template.html([Page(dict.fromkeys(LABELS, ""), "", self._note)])
        letters = iter(chr(code) for code in MARKS if chr(code) not in source)
        self.letters: dict[Mark, str] = {(field, 0): next(letters) for field in LABELS}
        self.most = [lines_at(room.height, SMALLEST_POINT_SIZE) for room in self.rooms]
        for slot, most in enumerate(self.most):
            self.letters.update({(slot, line): next(letters) for line in range(most)})
        self.marks = {letter: mark for mark, letter in self.letters.items()}

    def _note(self, _place: int, room: Room, _text: str) -> FittedText:
        self.rooms.append(room)
        return FittedText(room.size, ("",))

    def layout(self) -> Layout:
        depth = max(self.most, default=1)
        shapes = [(lines, smallest) for lines in range(1, depth + 1) for smallest in (False, True)]
        pages = [self._page(lines, smallest=smallest) for lines, smallest in shapes] + [
            self._page(1, smallest=False, width=WIDE)
        ]
        reader = PdfReader(io.BytesIO(self.template.lay_out(pages)))
        if len(reader.pages) != len(pages):
            raise CertificateRenderError("证书内容超出一页，未生成任何文件，请联系系统管理员检查证书模板。")
        read = [read_page(page) for page in reader.pages]
        found = [self._marked(content) for content in read]
        first, wide = found[0], found[-1]
        fixed = _fixed(read[0], first)
        for content, lines in zip(read[1:], found[1:], strict=True):
            if _fixed(content, lines) != fixed or not first.keys() <= lines.keys():
                raise CertificateRenderError(MOVES)
        self._complete(first)
        by_shape = dict(zip(shapes, found, strict=False))
        aligned = {key: self._alignment(line, wide[key]) for key, line in first.items()}
        slots = tuple(self._slot(slot, by_shape, aligned) for slot in range(len(self.rooms)))
        plain = tuple(self._place(line, line, aligned[key]) for key, line in first.items() if key[0] == PLAIN)
        page = reader.pages[0]
        codes = _codes(page, read[0])
        used = {piece.font for place in plain for piece in place.pieces} | {slot.font for slot in slots}
        return Layout(
            size=(float(page.mediabox.width), float(page.mediabox.height)),
            background=_erased(page, read[0], first),
            resources=page["/Resources"].get_object(),
            lines=plain,
            slots=slots,
            codes=codes,
            fonts={name: self.template.fonts[name] for name in sorted(used)},
        )

    def _page(self, lines: int, *, smallest: bool, width: int = 1) -> Page:
        def fitted(slot: int, room: Room, _text: str) -> FittedText:
            count = min(lines, self.most[slot])
            size = SMALLEST_POINT_SIZE if smallest else _largest(room, count)
            return FittedText(size, tuple(self.letters[slot, line] * width for line in range(count)))

        texts = {field: self.letters[field, 0] * width for field in LABELS}
        return Page(texts, _picture(), fitted)

    def _marked(self, content: PageContent) -> dict[Key, Line]:
        """Return the lines with marks: (slot, line) of fitted text, (PLAIN, order) of others."""
        found: dict[Key, Line] = {}
        for line in content.lines:
            marks = {self.marks[letter] for letter in line.text if letter in self.marks}
            fitted = [(slot, place) for slot, place in marks if isinstance(slot, int)]
            if len(marks) > 1 and fitted:
                raise CertificateRenderError(MOVES)
            if fitted:
                found[fitted[0]] = line
            elif marks:
                self._settled({str(field) for field, _ in marks})
                found[PLAIN, sum(key[0] == PLAIN for key in found)] = line
            if marks and any(run.font not in self.template.fonts for run in line.runs):
                raise CertificateRenderError(
                    f"“{line.text[:8]}”一行没有使用模板自带或系统提供的字体，请在 theme.css 中设置 font-family。"
                )
        return found

    def _settled(self, fields: set[str]) -> None:
        for field in sorted(FREE_LENGTH & fields):
            raise CertificateRenderError(
                f"“{LABELS[field]}”长短不一，模板中请写成 fit(page.{field}, width=…, height=…, size=…)。"
            )

    def _complete(self, found: dict[Key, Line]) -> None:
        """Refuse a template that does not print what a certificate is told by."""
        shown = {
            self.marks[letter][0] for line in found.values() for letter in line.text if letter in self.marks
        }
        fields = {self.rooms[mark].field if isinstance(mark, int) else mark for mark in shown}
        for field in ("number", "name"):
            if field not in fields:
                raise CertificateRenderError(f"模板没有印出“{LABELS[field]}”，请补上 page.{field}。")
        if any((slot, 0) not in found for slot in range(len(self.rooms))):
            raise CertificateRenderError("模板中有 fit 的内容没有印出来，请检查文字颜色、字体和位置。")

    def _slot(
        self, slot: int, shapes: dict[tuple[int, bool], dict[Key, Line]], aligned: dict[Key, float]
    ) -> Slot:
        room, places = self.rooms[slot], {}
        for count in range(1, self.most[slot] + 1):
            large, small = shapes[count, False], shapes[count, True]
            keys = [(slot, line) for line in range(count)]
            if any(key not in large or key not in small for key in keys):
                raise CertificateRenderError(MOVES)
            places[count] = (
                _largest(room, count),
                tuple(self._place(large[key], small[key], aligned[slot, 0]) for key in keys),
            )
        [font] = {piece.font for piece in places[1][1][0].pieces if piece.parts[1::2]}
        return Slot(room, font, places)

    def _place(self, line: Line, small: Line, align: float) -> Place:
        pieces = []
        for run, other in zip(line.runs, small.runs, strict=True):
            fitted = any(
                isinstance(self.marks[letter][0], int) for letter in run.text if letter in self.marks
            )
            if not fitted and other.size != run.size:
                raise CertificateRenderError(MOVES)
            size, state = None if fitted else run.size, run.state.decode()
            pieces.append(Piece(run.font, size, state, spacing(state), self._split(run.text)))
        return Place(self._anchor(line, align), self._anchor(small, align), align, tuple(pieces))

    def _split(self, text: str) -> tuple[str, ...]:
        """Return fixed text and names of fields in turns."""
        parts, last = [""], ""
        for letter in text:
            if letter not in self.marks:
                parts[-1] += letter
            elif letter != last:
                mark = self.marks[letter][0]
                parts += [mark if isinstance(mark, str) else self.rooms[mark].field, ""]
            last = letter
        return tuple(parts)

    def _alignment(self, line: Line, wide: Line) -> float:
        grown = self._width(wide) - self._width(line)
        moved = line.matrix[4] - wide.matrix[4]
        for share in ALIGNMENTS:
            if abs(moved - share * grown) < CLOSE:
                return share
        raise CertificateRenderError(MOVES)

    def _anchor(self, line: Line, align: float) -> Matrix:
        a, b, c, d, e, f = line.matrix
        along = align * self._width(line)
        return (a, b, c, d, e + a * along, f + b * along)

    def _width(self, line: Line) -> float:
        return sum(
            float(self.template.fonts[run.font].stringWidth(run.text, run.size))
            + spacing(run.state.decode()) * len(run.text)
            for run in line.runs
        )


def _largest(room: Room, lines: int) -> float:
    """Return the largest size, in steps from the room's own, at which so many lines go into a room."""
    size = room.size
    while size - SIZE_STEP >= SMALLEST_POINT_SIZE and lines_at(room.height, size) < lines:
        size -= SIZE_STEP
    return size


def _fixed(content: PageContent, marked: dict[Key, Line]) -> tuple[Any, ...]:
    """Return what may not differ from page to page."""
    gone = {id(line) for line in marked.values()}
    texts = [
        (line.text, *(round(value, 1) for value in line.matrix))
        for line in content.lines
        if id(line) not in gone and line.text
    ]
    pictures = [tuple(round(value, 1) for value in matrix) for _, matrix, _ in content.pictures]
    return (sorted(texts), pictures, content.strokes)


def _picture() -> str:
    """Return the picture that stands for the QR code, as a data URI."""
    target = io.BytesIO()
    Image.new("RGB", (PICTURE_SIDE, PICTURE_SIDE), PICTURE_COLOUR).save(target, "PNG")
    return "data:image/png;base64," + base64.b64encode(target.getvalue()).decode()


def _stands_for_code(page: Any, name: str) -> bool:
    picture = page["/Resources"]["/XObject"][name].get_object()
    if picture.get("/Width") != PICTURE_SIDE or picture.get("/Height") != PICTURE_SIDE:
        return False
    return bytes(picture.get_data()[:3]) == bytes(PICTURE_COLOUR)


def _codes(page: Any, content: PageContent) -> tuple[tuple[float, float, float], ...]:
    found = []
    for name, matrix, _ in content.pictures:
        if _stands_for_code(page, name):
            a, b, c, d, x, y = matrix
            if abs(a - d) > CLOSE or abs(b) + abs(c) > CLOSE:
                raise CertificateRenderError("模板中的二维码必须是端正的正方形，请让 page.qr 的宽和高相等。")
            found.append((x, y, a))
    if not found:
        raise CertificateRenderError("模板没有印出二维码，请用图片显示 page.qr。")
    return tuple(found)


def _erased(page: Any, content: PageContent, marked: dict[Key, Line]) -> bytes:
    """Return the operators of a page without what changes, and take its pictures out of the resources."""
    gone = {place for line in marked.values() for place in line.operations}
    gone |= {place for name, _, place in content.pictures if _stands_for_code(page, name)}
    content.stream.operations = [
        operation for place, operation in enumerate(content.stream.operations) if place not in gone
    ]
    pictures = page["/Resources"]["/XObject"]
    for name in [name for name in pictures if _stands_for_code(page, name)]:
        del pictures[name]
    return bytes(content.stream.get_data())
