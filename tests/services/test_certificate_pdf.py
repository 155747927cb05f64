"""The printed certificate, judged by independent readers: Poppler for text and picture, ZXing for the QR code."""

import io
import json
import logging
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from PIL import Image
from pypdf import PdfReader

from services import certificate_pdf
from services.certificate_pdf import (
    TEMPLATE_FOLDER,
    CertificateFields,
    CertificateRenderError,
    hours_text,
    missing_characters,
    render,
    render_many,
)
from services.certificate_text import FONT_FOLDER, FONTS, fit

A4_LANDSCAPE_POINTS = (841.89, 595.28)
LONG_NAME = "阿卜杜热西提·买买提明·库尔班江·艾合买提·吐尔逊阿依江古丽"
LONG_EMPLOYER = "河南省示例市经济技术开发区示例科学院重点实验室示范研究中心与专业技术人才联合培养基地第三附属人民医院（东院区）继续教育科"
LONG_OFFICE = "郑州航空港经济综合实验区（郑州新郑综合保税区）人力资源和社会保障局"


def sample() -> CertificateFields:
    return CertificateFields.from_snapshot(json.loads((TEMPLATE_FOLDER / "sample.json").read_text("utf-8")))


def run(*command: str, data: bytes) -> bytes:
    program = shutil.which(command[0])
    assert program, f"{command[0]} is missing: install poppler-utils"
    return subprocess.run([program, *command[1:]], input=data, capture_output=True, check=True).stdout


def text_of(pdf: bytes) -> str:
    return run("pdftotext", "-layout", "-", "-", data=pdf).decode("utf-8")


def compact(text: str) -> str:
    return "".join(text.split())


def picture_of(pdf: bytes, resolution: int = 150, page: int = 1) -> Image.Image:
    png = run("pdftoppm", "-png", "-singlefile", "-r", str(resolution), "-f", str(page), "-", data=pdf)
    return Image.open(io.BytesIO(png))


def test_the_sample_is_one_page_of_a4_landscape():
    [page] = PdfReader(io.BytesIO(render(sample()))).pages
    size = (float(page.mediabox.width), float(page.mediabox.height))
    assert size == pytest.approx(A4_LANDSCAPE_POINTS, abs=0.5)
    assert page.rotation == 0


def test_everything_printed_can_be_copied_out_again():
    text = text_of(render(sample()))
    for printed in [
        "河南省专业技术人员继续教育证书",
        "证书编号：豫继教20254101000001238",
        "李明轩",
        "男",
        "4101**********0013",
        "郑州市示例人民医院",
        "2025年度",
        "36 学时",
        "64.5 学时",
        "100.5 学时",
        "郑州市人力资源和社会保障局",
        "2026年11月24日",
        "盖章处",
        "扫码验证",
        "https://jxjy.example.cn/verify/",
    ]:
        assert printed in text


@pytest.mark.parametrize("name", ["䶮㛃喆堃", "㐂龑祎", "𬭎𫖯", "阿依古丽·买买提"])
def test_rare_characters_are_embedded_and_copied_out(name):
    assert missing_characters(name) == ""
    pdf = render(replace(sample(), name=name))
    assert name in text_of(pdf)
    # reportlab declares Helvetica on every canvas; nothing is drawn with it.
    fonts = [
        font for font in run("pdffonts", "-", data=pdf).decode().splitlines()[2:] if "Helvetica" not in font
    ]
    assert len(fonts) == len(FONTS)
    for font in fonts:
        embedded, subset, unicode_map = font.split()[-5:-2]
        assert (embedded, subset, unicode_map) == ("yes", "yes", "yes")


def test_a_rare_character_is_drawn_and_not_left_blank():
    blank = picture_of(render(replace(sample(), name="\u3000一")))
    drawn = picture_of(render(replace(sample(), name="䶮一")))
    assert blank.tobytes() != drawn.tobytes()


@pytest.mark.parametrize(
    "change",
    [
        {"name": LONG_NAME},
        {"employer_name": LONG_EMPLOYER},
        {"issuing_office": LONG_OFFICE},
        {
            "verify_url": "https://a-rather-long-name-of-a-host.jxjy.henan.example.cn/portal/verify/"
            + "%E8%B1%AB" * 20
        },
        {"name": LONG_NAME, "employer_name": LONG_EMPLOYER * 2, "issuing_office": LONG_OFFICE * 2},
        {"name": "一"},
    ],
)
def test_no_length_makes_a_second_page_or_loses_a_character(change):
    fields = replace(sample(), **change)
    pdf = render(fields)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    text = compact(run("pdftotext", "-raw", "-", "-", data=pdf).decode("utf-8"))
    assert fields.name in text
    assert fields.employer_name in text
    assert fields.issuing_office in text


def test_the_longest_texts_of_the_data_model_keep_their_length():
    assert (len(LONG_NAME), len(LONG_EMPLOYER)) == (30, 60)
    assert len(fit(LONG_NAME, width=332, height=20, size=16).lines) == 1
    assert fit(LONG_EMPLOYER, width=545, height=36, size=15).size >= 12


def test_a_long_name_changes_nothing_outside_its_own_cell():
    short, long = (picture_of(render(replace(sample(), name=name)), 72) for name in ("李明轩", LONG_NAME))
    left, top, right, bottom = _difference(short, long)
    assert (left > 195, right < 545) == (True, True)  # the cell lies between 197 and 543 points
    assert bottom - top < 42  # the height of the row


def _difference(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int]:
    from PIL import ImageChops

    box = ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("change", [{}, {"name": LONG_NAME, "employer_name": LONG_EMPLOYER}])
def test_the_qr_code_on_the_page_opens_the_verify_address(change):
    fields = replace(sample(), **change)
    [code] = zxingcpp.read_barcodes(picture_of(render(fields)))
    assert code.text == fields.verify_url
    box = code.position
    assert box.top_left.x > 1754 * 0.6  # bottom right of the page at 150 dots an inch
    assert box.top_left.y > 1240 * 0.6


def test_characters_without_a_glyph_are_reported_once_and_in_order():
    assert missing_characters("𠮷田𠮷😀 王") == "𠮷😀"
    assert missing_characters("王一·Ab-（9）") == ""


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"name": "𠮷田"}, "姓名"),
        ({"employer_name": "𠮷野家"}, "工作单位"),
        ({"issuing_office": "𠮷局"}, "发证机关"),
        ({"sex": "😀"}, "内容"),
    ],
)
def test_a_character_without_a_glyph_is_refused_by_field_and_never_printed(change, label):
    with pytest.raises(
        CertificateRenderError, match=rf"豫继教20254101000001238.*“{label}”.*U\+[0-9A-F]{{5}}.*请"
    ):
        render(replace(sample(), **change))


def test_a_text_beyond_any_reason_is_refused_by_field():
    with pytest.raises(CertificateRenderError, match=r"“姓名”.*过长.*请"):
        render(replace(sample(), name="长" * 400))


def test_markup_in_a_name_is_printed_and_not_obeyed():
    name = "<b>王</b>&lt;<img src=x>"
    pdf = render(replace(sample(), name=name))
    assert compact(name) in compact(text_of(pdf))


def test_a_picture_or_file_named_in_the_data_is_never_read(tmp_path, monkeypatch):
    (tmp_path / "secret.txt").write_text("秘密", "utf-8")
    monkeypatch.chdir(tmp_path)
    pdf = render(replace(sample(), employer_name='"><img src="secret.txt">'))
    assert "秘密" not in text_of(pdf)


def test_the_current_directory_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "李明轩" in text_of(render(sample()))


def test_many_certificates_keep_their_order_across_chunks(monkeypatch):
    monkeypatch.setattr(certificate_pdf, "PAGES_PER_DOCUMENT", 3)
    names = [f"第{place}人" for place in "一二三四五六七"]
    pdf = render_many([replace(sample(), name=name) for name in names])
    pages = text_of(pdf).split("\f")[:-1]
    assert len(pages) == len(names)
    assert [name in page for name, page in zip(names, pages, strict=True)] == [True] * len(names)
    # The frame is drawn on every page, not only on the first one.
    for page, name in ((2, names[1]), (7, names[6])):
        alone = picture_of(render(replace(sample(), name=name)))
        assert picture_of(pdf, page=page).tobytes() == alone.tobytes()


def test_printing_nothing_is_refused_and_one_is_enough():
    with pytest.raises(CertificateRenderError, match="至少一份"):
        render_many([])
    assert len(PdfReader(io.BytesIO(render_many([sample()]))).pages) == 1


def test_one_bad_certificate_of_many_is_named():
    bad = replace(sample(), number="豫继教20254101000000016", name="𠮷田")
    with pytest.raises(CertificateRenderError, match="豫继教20254101000000016"):
        render_many([sample(), bad])


def test_a_broken_theme_is_an_error_and_not_a_spoilt_page(monkeypatch, caplog):
    from jinja2 import Template

    monkeypatch.setattr(
        certificate_pdf, "_template", lambda: Template("<p style='font-family: nowhere'>证</p>")
    )
    with caplog.at_level(logging.ERROR), pytest.raises(CertificateRenderError, match="证书模板"):
        render(sample())
    assert "could not lay out" in caplog.text


def test_a_theme_that_needs_two_pages_is_an_error(monkeypatch):
    from jinja2 import Template

    html = "<p>one</p><div style='page-break-before: always'><p>two</p></div>"
    monkeypatch.setattr(certificate_pdf, "_template", lambda: Template(html))
    with pytest.raises(CertificateRenderError, match="超出一页"):
        render(sample())


def test_a_theme_whose_parts_are_larger_than_the_page_is_an_error(monkeypatch):
    from jinja2 import Template

    html = "<table><tr><td style='height: 3000pt'>one</td></tr></table>"
    monkeypatch.setattr(certificate_pdf, "_template", lambda: Template(html))
    with pytest.raises(CertificateRenderError, match="证书模板"):
        render(sample())


def test_rendering_says_nothing_in_the_log(caplog):
    with caplog.at_level(logging.DEBUG):
        render(sample())
    assert [record.name for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    ("hours", "printed"),
    [
        ("36", "36"),
        ("36.0", "36"),
        ("36.50", "36.5"),
        ("0", "0"),
        ("0.0", "0"),
        ("100", "100"),
        ("1E+2", "100"),
        ("90.25", "90.25"),
    ],
)
def test_hours_are_printed_without_needless_zeros(hours, printed):
    assert hours_text(Decimal(hours)) == printed


@pytest.mark.parametrize("issued_on", [date(2026, 1, 2), date(2026, 11, 24)])
def test_a_snapshot_gives_the_same_certificate_back(issued_on):
    fields = replace(sample(), issued_on=issued_on)
    assert CertificateFields.from_snapshot(json.loads(json.dumps(fields.as_snapshot()))) == fields
    assert f"{issued_on.year}年{issued_on.month}月{issued_on.day}日" in text_of(render(fields))


def test_a_line_never_begins_with_closing_punctuation_nor_breaks_a_number():
    for width in range(60, 300, 7):
        lines = fit(
            "郑州市第2025号（示例）文件、附件，以及12345号通知。", width=width, height=400, size=12
        ).lines
        assert [line for line in lines if line[0] in "，。、）"] == []
        assert "2025" in "|".join(lines)
        assert "12345" in "|".join(lines)


@pytest.mark.parametrize("file", FONTS.values())
def test_the_fonts_cover_every_character_of_the_basic_block_and_extension_a(file):
    with TTFont(FONT_FOLDER / file, lazy=True) as font:
        assert font.sfntVersion == "\x00\x01\x00\x00"  # TrueType outlines: reportlab cannot draw CFF
        known = set(font.getBestCmap())
    assert not {*range(0x4E00, 0x9FA6), *range(0x3400, 0x4DB6)} - known
