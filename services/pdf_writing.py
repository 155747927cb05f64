"""Writing a PDF piece by piece: an object leaves as soon as it is whole, so that a document of any length needs no memory.

ReportLab and pypdf keep every page until the end. Fonts go in as TrueType subsets with two bytes a character; their letters are
numbered as they are used, and the subset itself is written when the last page is known (ISO 32000-1, 9.7 and 9.10.3).
"""

from __future__ import annotations

import threading
import zlib
from array import array
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from reportlab.pdfbase.ttfonts import TTFont

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
GROUP = 100
"""Letters a block of a ToUnicode map may hold."""
_subsetting = threading.Lock()  # the font file is one reader with one position


class Objects:
    """Numbers of objects, and where each begins."""

    def __init__(self) -> None:
        self.offsets = array("Q", [0])
        self.position = len(HEADER)

    def reserve(self) -> int:
        """Return a number that is to be written later."""
        self.offsets.append(0)
        return len(self.offsets) - 1

    def write(self, number: int, body: bytes) -> bytes:
        """Return an object as it stands in the file, which it must be written to next."""
        data = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        self.offsets[number] = self.position
        self.position += len(data)
        return data

    def end(self, root: int, info: int) -> bytes:
        """Return the table of all objects and what follows it."""
        lines = [b"%010d 00000 n \n" % offset for offset in self.offsets[1:]]
        count = len(self.offsets)
        return b"".join(
            [b"xref\n0 %d\n0000000000 65535 f \n" % count, *lines,
             b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
             % (count, root, info, self.position)]
        )  # fmt: skip


def stream(data: bytes, more: bytes = b"") -> bytes:
    """Return a compressed stream; ``more`` goes into its dictionary."""
    packed = zlib.compress(data)
    return b"<< /Filter /FlateDecode /Length %d %b>>\nstream\n%b\nendstream" % (len(packed), more, packed)


def text_string(text: str) -> bytes:
    """Return a text string of a dictionary."""
    return b"<FEFF%b>" % text.encode("utf-16-be").hex().upper().encode()


class Letters:
    """The characters of one font that a document uses, numbered from 1.

    Args:
        font: where they come from.
    """

    def __init__(self, font: TTFont) -> None:
        self.font = font
        self.codes: dict[str, str] = {}

    def encode(self, text: str) -> str:
        """Return the hexadecimal digits that show a text; raises ``KeyError`` with a character the font lacks."""
        codes = self.codes
        try:
            return "".join([codes[letter] for letter in text])
        except KeyError:
            for letter in text:
                if letter not in codes:
                    if ord(letter) not in self.font.face.charToGlyph:
                        raise KeyError(letter) from None
                    codes[letter] = f"{len(codes) + 1:04X}"
            return "".join([codes[letter] for letter in text])

    def objects(self, objects: Objects, number: int) -> Iterator[bytes]:
        """Yield the font with all that belongs to it.

        Args:
            objects: of the document.
            number: what pages call the font by.
        """
        face = self.font.face
        with _subsetting:
            program = face.makeSubset([ord(letter) for letter in self.codes])
        descendant, descriptor, file, glyphs, unicode = (objects.reserve() for _ in range(5))
        name = b"/AAAAAA+" + face.name
        yield objects.write(
            number,
            b"<< /Type /Font /Subtype /Type0 /BaseFont %b /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>"
            % (name, descendant, unicode),
        )
        widths = " ".join(f"{face.getCharWidth(ord(letter)):g}" for letter in self.codes)
        yield objects.write(
            descendant,
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont %b /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity)"
            b" /Supplement 0 >> /FontDescriptor %d 0 R /CIDToGIDMap %d 0 R /DW 1000 /W [1 [%b]] >>"
            % (name, descriptor, glyphs, widths.encode()),
        )
        box = " ".join(f"{value:g}" for value in face.bbox)
        yield objects.write(
            descriptor,
            b"<< /Type /FontDescriptor /FontName %b /Flags 4 /FontBBox [%b] /ItalicAngle %d /Ascent %d /Descent %d"
            b" /CapHeight %d /StemV %d /FontFile2 %d 0 R >>"
            % (
                name,
                box.encode(),
                face.italicAngle,
                face.ascent,
                face.descent,
                face.capHeight,
                face.stemV,
                file,
            ),
        )
        yield objects.write(file, stream(program, b"/Length1 %d " % len(program)))
        yield objects.write(glyphs, stream(self._glyphs()))
        yield objects.write(unicode, stream(self._unicode()))

    def _glyphs(self) -> bytes:
        """Which glyph of the subset each number is: characters may share one."""
        places: dict[int, int] = {}
        order = [0]
        for letter in self.codes:
            glyph = self.font.face.charToGlyph[ord(letter)]
            order.append(places.setdefault(glyph, len(places) + 1) if glyph else 0)
        return b"".join(place.to_bytes(2, "big") for place in order)

    def _unicode(self) -> bytes:
        pairs = [
            f"<{code}> <{letter.encode('utf-16-be').hex().upper()}>" for letter, code in self.codes.items()
        ]
        blocks = [pairs[start : start + GROUP] for start in range(0, len(pairs), GROUP)]
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            f"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{body}\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode()


class Pages:
    """The pages of a document under way; whoever draws them knows their fonts."""

    def __init__(self) -> None:
        self.objects = Objects()
        self.root, self.info, self.tree = (self.objects.reserve() for _ in range(3))
        self.pages: list[int] = []

    def add(self, drawn: bytes, size: tuple[float, float], resources: int) -> Iterator[bytes]:
        """Write a page.

        Args:
            drawn: its operators.
            size: width and height, in points.
            resources: number of the object that names its fonts and pictures.
        """
        shown, page = self.objects.reserve(), self.objects.reserve()
        yield self.objects.write(shown, stream(drawn))
        yield self.objects.write(
            page,
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %g %g] /Resources %d 0 R /Contents %d 0 R >>"
            % (self.tree, *size, resources, shown),
        )
        self.pages.append(page)

    def close(self, title: str, producer: str) -> Iterator[bytes]:
        """Write what says where the pages are, and end the document."""
        kids = b" ".join(b"%d 0 R" % page for page in self.pages)
        yield self.objects.write(
            self.tree, b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(self.pages), kids)
        )
        yield self.objects.write(self.root, b"<< /Type /Catalog /Pages %d 0 R /Lang (zh-Hans) >>" % self.tree)
        yield self.objects.write(
            self.info, b"<< /Title %b /Producer (%b) >>" % (text_string(title), producer.encode("ascii"))
        )
        yield self.objects.end(self.root, self.info)


def copy(
    source: Any, objects: Objects, known: dict[int, int] | None = None
) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Take something of pypdf over into a document of ours.

    Args:
        source: a value of pypdf.
        objects: numbers for all that it refers to.
        known: numbers of what was taken over from the same document before, by its number there; is added to.

    Returns:
        The value as it is written, and (number, body) of everything behind it, to be written with ``objects``.
    """
    bodies: list[tuple[int, bytes]] = []
    known = {} if known is None else known

    def written(value: Any) -> bytes:
        if isinstance(value, IndirectObject):
            if value.idnum not in known:
                known[value.idnum] = objects.reserve()
                bodies.append((known[value.idnum], written(value.get_object())))
            return b"%d 0 R" % known[value.idnum]
        if isinstance(value, StreamObject):
            return b"%b\nstream\n%b\nendstream" % (entries(value, len(value._data)), value._data)  # noqa: SLF001
        if isinstance(value, DictionaryObject):
            return entries(value, None)
        if isinstance(value, ArrayObject):
            return b"[%b]" % b" ".join(written(item) for item in value)
        target = BytesIO()
        value.write_to_stream(target)
        return target.getvalue()

    def entries(value: DictionaryObject, length: int | None) -> bytes:
        items: Iterable[tuple[str, Any]] = [(key, item) for key, item in value.items() if key != "/Length"]
        body = b" ".join(written(part) for key_item in items for part in (key_item[0], key_item[1]))
        return b"<< %b%b >>" % (body, b"" if length is None else b" /Length %d" % length)

    return written(source), bodies
