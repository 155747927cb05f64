"""Uploaded files: the real ones pass, the disguised, damaged and dangerous ones are refused in words."""

from __future__ import annotations

import hashlib
import io
import os
import struct
import zipfile
import zlib

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import FreeText
from pypdf.generic import DictionaryObject, NameObject, PdfObject, TextStringObject
from reportlab.pdfgen.canvas import Canvas

from services import attachments
from services.attachments import (
    AttachmentError,
    AttachmentKind,
    clean_filename,
    sha256,
    sniff,
)


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), **options) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize(size).save(out, kind, **options)
    return out.getvalue()


def pdf(pages: int = 1) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(pages):
        canvas.drawString(100, 700, f"page {number + 1} about /JavaScript and /Launch")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def changed_pdf(change) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(pdf()))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def action(kind: str, **entries: str) -> DictionaryObject:
    values = {NameObject(f"/{key}"): TextStringObject(value) for key, value in entries.items()}
    return DictionaryObject({NameObject("/S"): NameObject(kind), **values})


def opening(writer: PdfWriter, value: PdfObject) -> None:
    writer.root_object[NameObject("/OpenAction")] = value


def launching_indirectly(writer: PdfWriter) -> None:
    launch = action("/Launch", F="calc.exe")
    launch[NameObject("/S")] = writer._add_object(NameObject("/Launch"))  # noqa: SLF001
    opening(writer, launch)


def on_a_page(writer: PdfWriter) -> None:
    closing = DictionaryObject({NameObject("/C"): action("/JavaScript", JS="app.alert(1)")})
    writer.pages[0][NameObject("/AA")] = closing


def compressed_pdf(catalog_entry: bytes) -> bytes:
    """Return a PDF whose catalog lies in a compressed object stream, where a search for words finds nothing."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog_entry,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    ]
    places, body = b"", b""
    for number, content in enumerate(objects, 1):
        places += b"%d %d " % (number, len(body))
        body += content + b" "
    stream = zlib.compress(places + body)
    data = b"%%PDF-1.7\n4 0 obj\n<</Type/ObjStm/N 3/First %d/Filter/FlateDecode/Length %d>>\nstream\n" % (
        len(places),
        len(stream),
    )
    data += stream + b"\nendstream\nendobj\n"
    rows = [(0, 0, 255), (2, 4, 0), (2, 4, 1), (2, 4, 2), (1, 9, 0), (1, len(data), 0)]
    table = b"".join(struct.pack(">BHB", *row) for row in rows)
    start = len(data)
    data += b"5 0 obj\n<</Type/XRef/Size 6/W[1 2 1]/Root 1 0 R/Length %d>>\nstream\n" % len(table)
    return data + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % start


def packed(
    members: dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]], method=zipfile.ZIP_DEFLATED
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in dict(members).items():
            archive.writestr(name, content)
    return out.getvalue()


def with_flag(archive: bytes, bit: int) -> bytes:
    """Set a general purpose bit in the first member's both headers."""
    data = bytearray(archive)
    data[6] |= bit
    data[data.index(b"PK\x01\x02") + 8] |= bit
    return bytes(data)


def link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member


def wide_png(width: int, height: int) -> bytes:
    """Return the head of a PNG that claims to be enormous."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rest = b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (b"IDAT\0", b"IEND")
    )
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body)) + rest


PNG, JPEG, PDF, ZIP = (
    picture(),
    picture("JPEG"),
    pdf(),
    packed({"证书.jpg": picture("JPEG"), "说明/说明.txt": b"text"}),
)


@pytest.mark.parametrize(
    ("data", "filename", "kind"),
    [
        (PNG, "x.png", AttachmentKind.PNG),
        (JPEG, "x.jpg", AttachmentKind.JPEG),
        (JPEG, "证书 第1页.JPEG", AttachmentKind.JPEG),
        (picture("JPEG", progressive=True), "x.jpg", AttachmentKind.JPEG),
        (
            picture("JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + JPEG),
            "thumbnail.jpg",
            AttachmentKind.JPEG,
        ),
        (JPEG + JPEG, "second picture behind.jpg", AttachmentKind.JPEG),
        (JPEG + b"\0" * 100, "padded.jpg", AttachmentKind.JPEG),
        (PNG + b"\r\n", "x.png", AttachmentKind.PNG),
        (PDF, "x.pdf", AttachmentKind.PDF),
        (pdf(30), r"C:\Users\me\论文.PDF", AttachmentKind.PDF),
        (changed_pdf(lambda writer: writer.add_metadata({"/Title": "论文"})), "x.pdf", AttachmentKind.PDF),
        (compressed_pdf(b"/OpenAction[3 0 R/Fit]"), "compressed.pdf", AttachmentKind.PDF),
        (PDF.replace(b"startxref\n", b"startxref\n9"), "with a wrong table.pdf", AttachmentKind.PDF),
        (ZIP, "x.zip", AttachmentKind.ZIP),
        (packed({f"{number}.txt": b"x" for number in range(200)}), "x.zip", AttachmentKind.ZIP),
        (packed({"log.txt": bytes(900_000)}), "small but dense.zip", AttachmentKind.ZIP),
        (packed({"x.txt": b"stored"}, zipfile.ZIP_STORED), "x.zip", AttachmentKind.ZIP),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_real_file_is_recognised(data, filename, kind):
    assert sniff(data, filename) is kind


@pytest.mark.parametrize(
    ("data", "filename", "words"),
    [
        (b"", "x.pdf", "“x.pdf”是空的"),
        (b"x", "x.exe", "“x.exe”的类型不能上传，请改为 jpg"),
        (PDF, "pdf", "的类型不能上传"),
        (PDF, ".pdf", "的类型不能上传"),
        (PDF, "x.pdf.html", "的类型不能上传"),
        (PNG, "x.pdf", "“x.pdf”的内容不是 PDF，而是 PNG 图片"),
        (PDF, "x.png", "不是 PNG 图片，而是 PDF"),
        (PNG, "x.jpg", "不是 JPG 图片，而是 PNG 图片"),
        (b"<html><script>alert(1)</script>", "x.jpg", "不是 JPG 图片，请按"),
        (b"MZ" + ZIP, "x.zip", "不是 ZIP 压缩包，请"),
        (b"junk" + PDF, "x.pdf", "不是 PDF，请"),
        (b"%PDF-" + bytes(attachments.MAXIMUM_BYTES), "x.pdf", "有 20.0 MB，超过 20 MB"),
    ],
)
def test_an_empty_oversize_or_disguised_file_is_refused(data, filename, words):
    with pytest.raises(AttachmentError, match=words) as refusal:
        sniff(data, filename)
    assert refusal.value.sentence == str(refusal.value)


@pytest.mark.parametrize(
    ("data", "filename", "words"),
    [
        (PNG[:-30], "cut.png", "已损坏"),
        (PNG[:60] + b"\0\0" + PNG[62:], "altered.png", "已损坏"),
        (JPEG[: len(JPEG) // 2], "cut.jpg", "已损坏"),
        (b"\xff\xd8\xff", "head.jpg", "已损坏"),
        (wide_png(10_000, 6_001), "large.png", "6000 万像素"),
        (wide_png(12_000, 12_000), "warned.png", "6000 万像素"),
        (wide_png(60_000, 60_000), "bomb.png", "6000 万像素"),
        (PNG + ZIP, "with zip.png", "之后还藏有其他内容"),
        (JPEG + ZIP, "with zip.jpg", "之后还藏有其他内容"),
        (PNG + PDF, "with pdf.png", "之后还藏有其他内容"),
        (JPEG + b"\0" * 20 + b"<SCRIPT>alert(1)</SCRIPT>", "with script.jpg", "之后还藏有其他内容"),
        (PNG + b"<?php system('x') ?>", "with php.png", "之后还藏有其他内容"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_damaged_enormous_or_double_picture_is_refused(data, filename, words):
    with pytest.raises(AttachmentError, match=words):
        sniff(data, filename)


@pytest.mark.parametrize(
    ("data", "filename", "words"),
    [
        (PDF[: len(PDF) // 2], "cut.pdf", "已损坏"),
        (b"%PDF-1.7\nnothing more", "head.pdf", "已损坏"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "noise.pdf", "已损坏"),
        (changed_pdf(lambda writer: writer.encrypt("secret")), "encrypted.pdf", "已加密"),
        (changed_pdf(lambda writer: writer.encrypt("", "owner")), "restricted.pdf", "已加密"),
        (changed_pdf(lambda writer: writer.remove_page(0)), "no page.pdf", "没有页面"),
        (
            changed_pdf(lambda writer: opening(writer, action("/JavaScript", JS="x"))),
            "script.pdf",
            "含有脚本",
        ),
        (changed_pdf(on_a_page), "script on a page.pdf", "含有脚本"),
        (compressed_pdf(b"/OpenAction<</S/Java#53cript/JS(x)>>"), "compressed script.pdf", "含有脚本"),
        (changed_pdf(lambda writer: opening(writer, action("/Launch", F="x"))), "launch.pdf", "启动其他程序"),
        (changed_pdf(launching_indirectly), "indirect launch.pdf", "启动其他程序"),
        (changed_pdf(lambda writer: writer.add_attachment("x.exe", b"MZ")), "attachment.pdf", "内嵌文件"),
        (PDF + ZIP, "with zip.pdf", "含有压缩包"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_damaged_locked_or_active_pdf_is_refused(data, filename, words):
    with pytest.raises(AttachmentError, match=words):
        sniff(data, filename)


def test_a_pdf_of_countless_objects_is_refused(monkeypatch):
    monkeypatch.setattr(attachments, "MAXIMUM_PDF_OBJECTS", 3)
    with pytest.raises(AttachmentError, match="过多的对象"):
        sniff(PDF, "x.pdf")


def test_a_pdf_with_notes_on_its_pages_passes():
    note = FreeText(text="批注", rect=(50, 550, 200, 650))
    assert sniff(changed_pdf(lambda writer: writer.add_annotation(0, note)), "x.pdf") is AttachmentKind.PDF


@pytest.mark.parametrize(
    ("data", "filename", "words"),
    [
        (packed({}), "empty.zip", "里没有文件"),
        (packed({"folder/": b""}), "folder.zip", "里没有文件"),
        (ZIP[:-30], "cut.zip", "已损坏"),
        (ZIP[:60] + b"\0\0\0" + ZIP[63:], "altered.zip", "已损坏"),
        (b"PK\x03\x04", "head.zip", "已损坏"),
        (packed({f"{number}.txt": b"x" for number in range(201)}), "many.zip", "超过 200 个"),
        (packed({"zeros.txt": bytes(2_000_000)}), "bomb.zip", "压缩比超过 100 倍"),
        (packed({"zeros.txt": bytes(201 * 1024 * 1024)}), "large bomb.zip", "解压后超过 200 MB"),
        (packed({"../x.txt": b"x"}), "above.zip", "压缩包以外"),
        (packed({"a/..\\..\\x.txt": b"x"}), "above windows.zip", "压缩包以外"),
        (packed({"/etc/x.txt": b"x"}), "absolute.zip", "压缩包以外"),
        (packed({"C:/x.txt": b"x"}), "drive.zip", "压缩包以外"),
        (packed([(link("x.txt"), b"/etc/passwd")]), "link.zip", "是链接"),
        (with_flag(packed({"x.txt": b"x"}), 1), "password.zip", "设有密码"),
        (packed({"x.txt": b"x"}, zipfile.ZIP_LZMA), "lzma.zip", "不支持的压缩方法"),
        (packed({"folder/Setup.EXE": b"x"}), "program.zip", "“folder/Setup.EXE”是程序"),
        (packed({"证书.jpg.js": b"x"}), "script.zip", "“证书.jpg.js”是程序"),
        (packed({"证书.jpg": b"MZ\x90\0"}), "hidden program.zip", "“证书.jpg”是程序"),
        (packed({"里面.zip": ZIP}), "nested.zip", "又是压缩包"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isascii() else "",
)
def test_a_damaged_or_dangerous_archive_is_refused(data, filename, words):
    with pytest.raises(AttachmentError, match=words) as refusal:
        sniff(data, filename)
    assert f"“{filename}”" in refusal.value.sentence


def test_the_name_of_a_member_written_by_chinese_windows_is_shown_right():
    archive = packed({"x" * 8: b"MZ"}).replace(b"x" * 8, "程序说明".encode("gb18030"))
    with pytest.raises(AttachmentError, match="里的“程序说明”是程序"):
        sniff(archive, "x.zip")


@pytest.mark.parametrize(
    ("filename", "cleaned"),
    [
        ("证书.pdf", "证书.pdf"),
        (r"C:\Users\me\证书.pdf", "证书.pdf"),
        ("../../etc/证书.pdf", "证书.pdf"),
        ("a\r\nb\0.pdf", "ab.pdf"),
        ("证书\u202efdp.exe", "证书fdp.exe"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
        ("长" * 300, "长" * 200),
        ("", ""),
    ],
)
def test_a_file_name_is_cleaned(filename, cleaned):
    assert clean_filename(filename) == cleaned


def test_the_digest_is_sha256():
    assert sha256(PNG) == hashlib.sha256(PNG).hexdigest()


def test_a_large_member_is_unpacked_to_its_end():
    noise = b"BM" + os.urandom(3_000_000)
    archive = packed({"scan.bmp": noise}, zipfile.ZIP_STORED)
    assert sniff(archive, "x.zip") is AttachmentKind.ZIP
    with pytest.raises(AttachmentError, match="已损坏"):
        sniff(archive.replace(noise[-9:], b"\0" * 9), "x.zip")


def test_a_member_name_in_no_known_encoding_is_shown_as_it_was_read():
    archive = packed({"x" * 3: b"MZ"}).replace(b"x" * 3, b"a\xff\xff")
    with pytest.raises(AttachmentError, match=r"里的“a.+”是程序"):
        sniff(archive, "x.zip")


def test_each_kind_says_how_it_is_served():
    assert [(kind.mime, kind.extension) for kind in AttachmentKind] == [
        ("image/jpeg", "jpg"),
        ("image/png", "png"),
        ("application/pdf", "pdf"),
        ("application/zip", "zip"),
    ]
