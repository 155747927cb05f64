"""A thousand certificates as one PDF, and how much memory ten thousand take. No database is asked."""

from __future__ import annotations

import gc
import io
import json
import logging
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas

from benchmarks.figures import Figure
from models.enums import CertificateForm
from services.certificate_fields import CertificateFields, printed
from services.certificate_files import Printable, join, portion
from services.certificate_number import make_number
from services.certificate_pdf import render_document, standard_layout
from services.certificate_run_steps import PAGES
from services.certificate_template import (
    QUIET,
    TEMPLATE_FOLDER,
    Page,
    TemplateFolder,
    in_text_font,
    qr_code,
    qr_picture,
)
from services.certificate_text import FONT_FOLDER, FONTS, fit
from services.pdf_reading import read_page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NAME, MEMORY = "certificates_1000", "certificates_memory"
ROWS_PER_CERTIFICATE = 10
"""The name of the contract says 1 000, the command line counts in tens of thousands."""
NAIVE = 50
"""How many the slowest way lays out: each by itself, so that the time of one says all."""
SURNAMES, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平喆堃䶮㛃",
)
EMPLOYERS = (
    "郑州市示例人民医院",
    "洛阳市示例职业技术学院",
    "河南省示例市经济技术开发区示例科学院重点实验室示范研究中心与专业技术人才联合培养基地第三附属人民医院（东院区）继续教育科",
    "新乡县示例镇中心卫生院",
)


Line: TypeAlias = tuple[str, float, float, float, str]
"""Font, size in points, x, y, text."""
Drawn: TypeAlias = tuple[list[Line], str]


def certificate(place: int) -> CertificateFields:
    """Return an invented certificate; every fourth employer has the longest name, every tenth person a long one."""
    number = make_number(2025, "410100", place + 1)
    name = SURNAMES[place % 20] + GIVEN[place % 24] + GIVEN[place // 24 % 24]
    return replace(
        CertificateFields.from_snapshot(json.loads((TEMPLATE_FOLDER / "sample.json").read_text("utf-8"))),
        number=number,
        verify_url=f"https://jxjy.example.cn/verify/{quote(number)}",
        name=name if place % 10 else f"{name}·阿卜杜热西提·买买提明",
        employer_name=EMPLOYERS[place % len(EMPLOYERS)],
    )


def certificates(count: int) -> list[CertificateFields]:
    """Return the first certificates."""
    return [certificate(place) for place in range(count)]


def ours(fields: Sequence[CertificateFields]) -> bytes:
    """Print as the system does."""
    return b"".join(render_document(fields))


def bare(sheets: Sequence[Drawn]) -> bytes:
    """Draw the same texts and codes on a ReportLab canvas; where each goes is known beforehand, and nothing else is drawn."""
    layout = standard_layout()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=layout.size, pageCompression=1)
    canvas.beginForm("fixed")
    for font, size, x, y, text in fixed_lines():
        canvas.setFont(font, size)
        canvas.drawString(x, y, text)
    canvas.endForm()
    for lines, address in sheets:
        canvas.doForm("fixed")
        for font, size, x, y, text in lines:
            canvas.setFont(font, size)
            canvas.drawString(x, y, text)
        for x, y, side in layout.codes:
            rows = qr_code(address).matrix
            module = side / (len(rows) + 2 * QUIET)
            path = canvas.beginPath()
            for row, modules in enumerate(rows):
                start = modules.find(1)
                while start >= 0:
                    end = modules.find(0, start)
                    end = len(modules) if end < 0 else end
                    path.rect(
                        x + (QUIET + start) * module, y + side - (QUIET + row + 1) * module,
                        (end - start) * module, module,
                    )  # fmt: skip
                    start = modules.find(1, end)
            canvas.drawPath(path, stroke=0, fill=1)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def drawn(one: CertificateFields) -> Drawn:
    """Return where every text of a certificate goes, which the bare canvas is told and the system has to find out."""
    layout, texts, lines = standard_layout(), printed(one), []
    faces = {pdfmetrics.getFont(name).face.name.decode(): name for name in FONTS}

    def put(place: Any, matrix: tuple[float, ...], size: float, values: dict[str, str]) -> None:
        x = matrix[4]
        for piece in place.pieces:
            text = "".join(values[part] if at % 2 else part for at, part in enumerate(piece.parts))
            font, points = faces[piece.font], piece.size or size
            lines.append(
                (font, points, x - place.align * pdfmetrics.stringWidth(text, font, points), matrix[5], text)
            )

    for place in layout.lines:
        put(place, place.matrix, 0, texts)
    for slot in layout.slots:
        room = slot.room
        fitted = fit(texts[room.field], width=room.width, height=room.height, size=room.size)
        for place, text in zip(slot.places[len(fitted.lines)][1], fitted.lines, strict=True):
            put(place, place.matrix, fitted.size, {room.field: text})
    return lines, one.verify_url


def fixed_lines() -> list[Line]:
    """Return the texts that stand on every certificate."""
    [one] = certificates(1)
    page = PdfReader(io.BytesIO(TemplateFolder.of_folder().naive([one]))).pages[0]
    faces = {pdfmetrics.getFont(name).face.name.decode(): name for name in FONTS}
    own = {text for _, _, _, _, text in drawn(one)[0]}
    return [
        (faces[line.runs[0].font], line.runs[0].size, line.matrix[4], line.matrix[5], line.text)
        for line in read_page(page).lines
        if line.text and line.text not in own
    ]


def naive(fields: Sequence[CertificateFields]) -> None:
    """Lay every certificate out by itself."""
    template = TemplateFolder.of_folder()
    for one in fields:
        template.naive([one])


def weasyprint(fields: Sequence[CertificateFields]) -> bytes:
    """Lay all of them out as one document with WeasyPrint."""
    import weasyprint as other  # noqa: PLC0415  (a development package, slow to import)
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    pages = [Page(printed(one), qr_picture(one.verify_url), in_text_font) for one in fields]
    faces = "".join(
        f"@font-face {{ font-family: {name}; src: url({(FONT_FOLDER / file).as_uri()}); }}"
        for name, file in FONTS.items()
    )
    html = TemplateFolder.of_folder().html(pages).replace("<style>", f"<style>{faces}")
    document: bytes = other.HTML(string=html).write_pdf(font_config=FontConfiguration())
    return document


def words(document: bytes, page: int) -> list[str]:
    """Return everything a page says, in an order that does not depend on who drew it."""
    return sorted("".join(PdfReader(io.BytesIO(document)).pages[page].extract_text().split()))


def timed(way: Callable[[], object]) -> float:
    """Return how many seconds a way takes."""
    gc.collect()
    start = time.perf_counter()
    way()
    return time.perf_counter() - start


def measure(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure milliseconds a certificate.

    Args:
        kind: what the figure is filed under.
        rows: ten for each certificate.
        runs: timed runs of ours and of the lower bound, in turns; the rivals run once.

    Raises:
        RuntimeError: the ways print different texts.
    """
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    fields = certificates(rows // ROWS_PER_CERTIFICATE)
    sheets = [drawn(one) for one in fields]
    documents = {"ours": ours(fields), "bare": bare(sheets), "weasyprint": weasyprint(fields[:1])}
    for name, document in documents.items():
        if words(document, 0) != words(documents["ours"], 0):
            raise RuntimeError(f"{NAME}: {name} prints another text")
    if words(documents["bare"], len(fields) - 1) != words(documents["ours"], len(fields) - 1):
        raise RuntimeError(f"{NAME}: the last page differs")
    del documents
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(runs):
        times["ours"].append(timed(lambda: ours(fields)))
        times["bare"].append(timed(lambda: bare(sheets)))
    few = fields[:NAIVE]
    rivals = {
        "xhtml2pdf_each": timed(lambda: naive(few)) / len(few),
        "weasyprint_one_document": timed(lambda: weasyprint(fields)) / len(fields),
    }
    each = {name: statistics.median(values) / len(fields) for name, values in times.items()}
    return Figure(NAME, kind, "ms", _milliseconds(each["ours"]), _milliseconds(each["bare"]),
                  {name: _milliseconds(value) for name, value in rivals.items()})  # fmt: skip


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)


def measure_memory(kind: str, *, rows: int, runs: int) -> Figure:
    """Measure the peak memory, in MB, of a process that prints an order of so many certificates; the bound is one of a hundredth.

    Args:
        kind: what the figure is filed under.
        rows: certificates.
        runs: processes of each.
    """
    peaks = {
        count: statistics.median(_peak(count) for _ in range(runs)) for count in (rows, max(1, rows // 100))
    }
    most, least = peaks.values()
    return Figure(MEMORY, kind, "MB", most, least)


def _peak(count: int) -> float:
    program = [
        sys.executable,
        "-c",
        f"from benchmarks import certificates_1000 as one; one.print_order({count})",
    ]
    return float(subprocess.run(program, capture_output=True, check=True, text=True).stdout)  # noqa: S603  (ourselves)


def print_order(count: int) -> None:
    """Print portions into files and join them, as the worker does, and print the peak memory of this process, in MB."""
    with TemporaryDirectory() as folder, TemporaryFile() as target:
        parts = []
        for start in range(0, count, PAGES):
            some = [certificate(place) for place in range(start, min(start + PAGES, count))]
            parts.append(Path(folder, str(start)))
            parts[-1].write_bytes(
                portion([Printable(one, standard_layout()) for one in some], CertificateForm.PDF)
            )
        join([partial(part.open, "rb") for part in parts], CertificateForm.PDF, target)
    print(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1))
