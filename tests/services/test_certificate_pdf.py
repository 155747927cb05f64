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
from PIL import Image, ImageChops, ImageFilter
from pypdf import PdfReader

from services.certificate_marks import lay_out
from services.certificate_pdf import (
    CertificateFields,
    CertificateRenderError,
    file_name,
    hours_text,
    join_documents,
    missing_characters,
    problem,
    render,
    render_document,
    render_each,
    standard_layout,
)
from services.certificate_template import TEMPLATE_FOLDER, TemplateFolder
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
    assert len(fonts) == len(FONTS) + 1  # the background's, and that of the fields
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
        ({"sex": "😀"}, "性别"),
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


LONG = {"name": LONG_NAME, "employer_name": LONG_EMPLOYER, "issuing_office": LONG_OFFICE}
BEYOND = {"name": LONG_NAME * 2, "employer_name": LONG_EMPLOYER * 3, "issuing_office": LONG_OFFICE * 3}
SHORT = {"name": "一", "employer_name": "甲", "issuing_office": "乙", "verify_url": "https://a.cn/verify/1"}


@pytest.mark.parametrize(
    "change",
    [
        {},
        LONG,
        BEYOND,
        SHORT,
        {"name": "阿依古丽·买买提", "employer_name": LONG_EMPLOYER[:40]},
        {"name": "䶮㛃喆堃"},
    ],
)
def test_a_stamped_page_is_the_page_that_xhtml2pdf_lays_out(change):
    fields = replace(sample(), **change)
    stamped = picture_of(render(fields)).convert("L")
    naive = picture_of(TemplateFolder.of_folder().naive([fields])).convert("L")
    [(x, y, side)] = standard_layout().codes
    scale = 150 / 72
    code = tuple(
        round(value * scale)
        for value in (x, A4_LANDSCAPE_POINTS[1] - y - side, x + side, A4_LANDSCAPE_POINTS[1] - y)
    )
    # Drawn as rectangles here and as a picture there: edges of modules differ, seen from afar they are the same.
    soft = [picture.crop(code).filter(ImageFilter.GaussianBlur(6)) for picture in (stamped, naive)]
    assert max(ImageChops.difference(*soft).getextrema()) < 32
    for picture in (stamped, naive):
        picture.paste(255, code)
    difference = ImageChops.difference(stamped, naive)
    # Numbers of four decimals here and six there move a stroke by a hair: no letter does, and no dot by more than a shade.
    assert difference.getextrema()[1] <= 16
    assert sum(difference.histogram()[1:]) < 100


def test_many_certificates_keep_their_order_and_every_page_is_that_of_one():
    names = [f"第{place}人" for place in "一二三四五六七"]
    pdf = b"".join(render_document(replace(sample(), name=name) for name in names))
    pages = text_of(pdf).split("\f")[:-1]
    assert [name in page for name, page in zip(names, pages, strict=True)] == [True] * len(names)
    alone = picture_of(render(replace(sample(), name=names[6])))
    assert picture_of(pdf, page=7).tobytes() == alone.tobytes()


def test_single_files_are_named_and_whole():
    fields = [
        replace(sample(), number=f"豫继教2025410100000{place}", name=name)
        for place, name in enumerate(["李明轩", "阿卜杜·买买提", "䶮/㛃"])
    ]
    files = list(render_each(fields))
    assert [name for name, _ in files] == [
        "豫继教20254101000000-李明轩.pdf",
        "豫继教20254101000001-阿卜杜·买买提.pdf",
        "豫继教20254101000002-䶮㛃.pdf",
    ]
    for certificate, (name, pdf) in zip(fields, files, strict=True):
        assert name == file_name(certificate)
        text = text_of(pdf)
        assert (certificate.number in text, certificate.name in text, text.count("\f")) == (True, True, 1)
        assert picture_of(pdf).tobytes() == picture_of(render(certificate)).tobytes()
    assert list(render_each([])) == []


def test_documents_of_two_layouts_keep_each_its_own():
    other = lay_out(changed("特发此证", "特发此书"))
    pdf = b"".join(render_document([sample(), sample()], [standard_layout(), other]))
    first, second = text_of(pdf).split("\f")[:-1]
    assert ("特发此证" in first, "特发此书" in first) == (True, False)
    assert ("特发此证" in second, "特发此书" in second) == (False, True)


def test_printing_nothing_is_refused():
    with pytest.raises(CertificateRenderError, match="至少一份"):
        list(render_document([]))


def test_one_bad_certificate_of_many_is_named_and_told_beforehand():
    bad = replace(sample(), number="豫继教20254101000000016", name="𠮷田")
    with pytest.raises(CertificateRenderError, match="豫继教20254101000000016"):
        list(render_document([sample(), bad]))
    assert (problem(sample()), "𠮷（U+20BB7）" in (problem(bad) or "")) == (None, True)


def changed(old: str, new: str, path: str = "template.html") -> TemplateFolder:
    files = TemplateFolder.of_folder().files
    text = files[path].decode("utf-8")
    assert old in text
    return TemplateFolder({**files, path: text.replace(old, new).encode("utf-8")})


@pytest.mark.parametrize(
    ("path", "old", "new", "sentence"),
    [
        (
            "theme.css",
            "font-family: certificate-serif; font-size",
            "font-family: nowhere; font-size",
            "证书模板",
        ),
        ("template.html", "<h1>", "<p style='page-break-after: always'>一</p><h1>", "一页|移动"),
        (
            "template.html",
            "<h1>",
            "<table><tr><td style='height: 3000pt'>一</td></tr></table><h1>",
            "证书模板",
        ),
        ("template.html", "{{ page.number }}", "{{ page.nothing }}", "证书模板"),
        ("template.html", "{{ page.number }}", "{{ page.__class__.__mro__ }}", "证书模板"),
        ("template.html", "{{ page.number }}", "{{ 'x' * 1000000 }}", "证书模板"),
        ("template.html", "{{ page.number }}", "", "没有印出“证书编号”"),
        ("template.html", '<img src="{{ page.qr }}" class="qr" alt="">', "", "没有印出二维码"),
        ("theme.css", ".qr { width: 92pt;", ".qr { width: 60pt;", "正方形"),
        ("template.html", "证书编号：", "证书编号：{{ page.name }}", "“姓名”长短不一.*fit"),
        ("template.html", "{{ fit(page.name, ", "{{ fit('固定', ", "只能用于证书字段"),
        ("theme.css", "height: 30pt; }", "}", "移动版面"),
    ],
)
def test_a_template_that_cannot_be_stamped_is_refused_with_what_to_do(path, old, new, sentence, caplog):
    with caplog.at_level(logging.CRITICAL), pytest.raises(CertificateRenderError, match=sentence):
        lay_out(changed(old, new, path))


def test_a_template_decides_alone_where_its_fields_stand():
    moved = lay_out(
        changed("margin: 12pt 0 20pt 0;", "margin: 12pt 0 20pt 0; text-align: right;", "theme.css")
    )
    fields = replace(sample(), **LONG)
    for layout in (standard_layout(), moved):
        assert "豫继教20254101000001238" in text_of(render(fields, layout))
    before, after = (
        next(line for line in layout.lines if "number" in str(line)) for layout in (standard_layout(), moved)
    )
    assert (before.align, after.align) == (0.5, 1.0)


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


def test_portions_joined_are_the_one_document_and_are_read_one_at_a_time():
    people = [replace(sample(), name=name) for name in ("李䶮", LONG_NAME, "王一", "阿依古丽", "赵五")]
    portions = [b"".join(render_document(some)) for some in (people[:2], people[2:4], people[4:])]
    taken = []

    def one_by_one():
        for place, document in enumerate(portions):
            taken.append(place)
            yield document

    pieces = join_documents(one_by_one(), "合并")
    begun = [next(pieces) for _ in range(3)]
    assert taken == [0]  # the others wait until this one is written
    joined, whole = b"".join([*begun, *pieces]), b"".join(render_document(people))
    reader = PdfReader(io.BytesIO(joined), strict=True)
    assert (len(reader.pages), reader.metadata.title) == (5, "合并")
    assert text_of(joined) == text_of(whole)
    for page in range(1, 6):
        pictures = (picture_of(document, 50, page) for document in (joined, whole))
        assert ImageChops.difference(*pictures).getbbox() is None, page
