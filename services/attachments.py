"""Uploaded proof files: what they really are. ``services.media`` keeps their bytes.

A file is judged by its content: it has to open, to be what its name says, and to carry nothing that runs. Every
refusal is an :class:`AttachmentError` whose text names the file and the way out.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
import stat
import unicodedata
import zipfile
from enum import Enum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from PIL import Image
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTE = 1024 * 1024
MAXIMUM_BYTES = 20 * MEGABYTE
MAXIMUM_PIXELS = 60_000_000
MAXIMUM_PDF_OBJECTS = 100_000
FILENAME_LENGTH = 200
MAXIMUM_MEMBERS = 200
MAXIMUM_UNPACKED_BYTES = 200 * MEGABYTE
MAXIMUM_RATIO = 100  # deflate reaches 1 : 1032 on zeros, real documents hardly 1 : 20
RATIO_FREE_BYTES = MEGABYTE  # a small text may shrink as much as it likes
HARMLESS_TAIL = 16  # bytes: padding that some cameras and scanners leave behind the end of a picture

_MARKUP = re.compile(rb"<(?:!doctype|html|head|body|script|svg|iframe|\?php|\?xml)|%PDF-", re.IGNORECASE)
_JPEG_MARKER = re.compile(
    rb"\xff[^\x00\x01\xd0-\xd7\xff]"
)  # all others stand alone or inside the picture data
_PDF_KEYS = {"/JavaScript": "脚本", "/JS": "脚本", "/EmbeddedFiles": "内嵌文件", "/EF": "内嵌文件"}
_PDF_ACTIONS = {"/JavaScript": "脚本", "/Launch": "启动其他程序的动作"}
_ZIP_ENCRYPTED, _ZIP_UTF8_NAME = 0x1, 0x800  # general purpose bits (.ZIP File Format Specification 4.4.4)
_PROGRAMS = re.compile(
    r"apk|app|bat|chm|cmd|com|cpl|dll|dmg|exe|gadget|hta|inf|jar|jse?|lnk|ms[cip]|pif|pkg|ps1|py|reg|rpm|sc[fr]|sh|sys"
    r"|url|vb[es]?|ws[fh]"
)
_ARCHIVES = re.compile(r"7z|bz2|cab|deb|gz|iso|rar|tar|tgz|xz|zip|zst")
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")

# Each repaired flaw of a stranger's file would be a line of our log; the verdict below is what counts.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class AttachmentError(ValueError):
    """A file cannot be accepted; the text is a Chinese sentence for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class AttachmentKind(Enum):
    """What may be uploaded: MIME type, extensions (the usual one first), label and first bytes."""

    JPEG = "image/jpeg", ("jpg", "jpeg"), "JPG 图片", b"\xff\xd8\xff"
    PNG = "image/png", ("png",), "PNG 图片", b"\x89PNG\r\n\x1a\n"
    PDF = "application/pdf", ("pdf",), "PDF", b"%PDF-"
    ZIP = "application/zip", ("zip",), "ZIP 压缩包", b"PK"

    def __init__(self, mime: str, extensions: tuple[str, ...], label: str, magic: bytes) -> None:
        self.mime = mime
        self.extensions = extensions
        self.extension = extensions[0]
        self.label = label
        self.magic = magic

    @property
    def is_picture(self) -> bool:
        """Whether it is shown as a picture."""
        return self.mime.startswith("image/")


def clean_filename(filename: str) -> str:
    """Return the last component of a file name without invisible characters, at most 200 characters long.

    Invisible ones include the marks that turn the writing direction, which let ``gpj.exe`` read as ``exe.jpg``.
    """
    name = PurePosixPath(filename.replace("\\", "/")).name
    name = "".join(character for character in name if unicodedata.category(character)[0] != "C").strip()
    stem, dot, extension = name.rpartition(".")
    if not dot or len(name) <= FILENAME_LENGTH:
        return name[:FILENAME_LENGTH]
    return f"{stem[: max(0, FILENAME_LENGTH - 1 - len(extension))]}.{extension}"[:FILENAME_LENGTH]


def sniff(data: bytes, filename: str) -> AttachmentKind:
    """Tell what a file is and that it may be kept.

    Args:
        data: the whole content, at most :data:`MAXIMUM_BYTES`.
        filename: its name as uploaded; the extension has to agree with the content.

    Raises:
        AttachmentError: empty, too large, disguised, damaged, encrypted, or with something inside that could run.
    """
    name = clean_filename(filename)
    file = f"文件“{name}”"
    claimed = _kind_of_name(name)
    if claimed is None:
        raise AttachmentError(f"{file}的类型不能上传，请改为 jpg、png、pdf 或 zip 文件")
    if not data:
        raise AttachmentError(f"{file}是空的，请检查后重新选择")
    if len(data) > MAXIMUM_BYTES:
        raise AttachmentError(
            f"{file}有 {len(data) / MEGABYTE:.1f} MB，超过 {MAXIMUM_BYTES // MEGABYTE} MB 的上限，请压缩或拆分后再上传"
        )
    if not data.startswith(claimed.magic):
        actual = next((kind for kind in AttachmentKind if data.startswith(kind.magic)), None)
        instead = f"，而是 {actual.label}" if actual else ""
        raise AttachmentError(
            f"{file}的内容不是 {claimed.label}{instead}，请按真实格式重新导出或改正扩展名后再上传"
        )
    if claimed is AttachmentKind.ZIP:
        _check_zip(data, file)
    elif claimed is AttachmentKind.PDF:
        _check_pdf(data, file)
    else:
        _check_picture(data, claimed, file)
    return claimed


def sha256(data: bytes) -> str:
    """Return the digest by which the same proof is recognised again, 64 hexadecimal characters."""
    return hashlib.sha256(data).hexdigest()


def _kind_of_name(name: str) -> AttachmentKind | None:
    stem, _, extension = name.rpartition(".")
    return next((kind for kind in AttachmentKind if stem and extension.lower() in kind.extensions), None)


def _check_picture(data: bytes, kind: AttachmentKind, file: str) -> None:
    try:
        with Image.open(io.BytesIO(data), formats=[kind.name]) as picture:
            pixels = picture.width * picture.height
            if pixels <= MAXIMUM_PIXELS:
                picture.verify()
        if pixels <= MAXIMUM_PIXELS:
            with Image.open(io.BytesIO(data), formats=[kind.name]) as picture:
                picture.load()  # verify() reads the checksums, only this decodes
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pixels = MAXIMUM_PIXELS + 1
    except Exception:  # noqa: BLE001  (a damaged picture raises whatever its decoder stumbles over)
        raise AttachmentError(f"{file}已损坏，打不开，请重新导出或拍摄后再上传") from None
    if pixels > MAXIMUM_PIXELS:
        raise AttachmentError(f"{file}的尺寸超过 {MAXIMUM_PIXELS // 10_000} 万像素，请缩小后再上传")
    tail = data[_png_end(data) if kind is AttachmentKind.PNG else _jpeg_end(data) :]
    # Phones append a second picture or a film; what is refused is a second kind of document.
    if len(tail) > HARMLESS_TAIL and (_MARKUP.search(tail) or _hides_zip(data)):
        raise AttachmentError(f"{file}的图片之后还藏有其他内容，请用看图软件另存一份后再上传")


def _png_end(data: bytes) -> int:
    position = 8
    while (chunk := data[position + 4 : position + 8]) and chunk != b"IEND":
        position += 12 + int.from_bytes(data[position : position + 4])
    return position + 12


def _jpeg_end(data: bytes) -> int:
    position = 2
    while match := _JPEG_MARKER.search(data, position):
        position = match.end()
        if match.group() == b"\xff\xd9":
            return position
        position += int.from_bytes(data[position : position + 2])
    return len(data)


def _check_pdf(data: bytes, file: str) -> None:
    try:
        reader = PdfReader(io.BytesIO(data))
        encrypted = reader.is_encrypted
        pages = 0 if encrypted else len(reader.pages)
        active = _active_content(reader) if pages else None
    except Exception:  # noqa: BLE001  (pypdf says that broken files may raise any exception)
        raise AttachmentError(f"{file}已损坏，打不开，请重新导出 PDF 后再上传") from None
    if encrypted:
        raise AttachmentError(f"{file}已加密，请用“打印为 PDF”另存一份不加密的文件后再上传")
    if not pages:
        raise AttachmentError(f"{file}里没有页面，请重新导出 PDF 后再上传")
    if active or _hides_zip(data):
        raise AttachmentError(f"{file}里含有{active or '压缩包'}，请用“打印为 PDF”另存一份后再上传")


def _active_content(reader: PdfReader) -> str | None:
    """Look through every object of the file, because an action may hang on any page, field or bookmark."""
    numbers = {(number, generation) for generation, offsets in reader.xref.items() for number in offsets}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MAXIMUM_PDF_OBJECTS:
        return "过多的对象"
    for number, generation in numbers:
        for dictionary in _dictionaries(reader.get_object(IndirectObject(number, generation, reader))):
            found = next((label for key, label in _PDF_KEYS.items() if key in dictionary), None)
            if found := found or _PDF_ACTIONS.get(str(dictionary.get("/S"))):
                return found
    return None


def _dictionaries(value: Any) -> Iterator[DictionaryObject]:
    """Yield a direct object's dictionaries; indirect ones have their own number and their own turn."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, DictionaryObject):
            yield value
            waiting.extend(value.raw_get(key) for key in value)
        elif isinstance(value, ArrayObject):
            waiting.extend(list.__iter__(value))


def _hides_zip(data: bytes) -> bool:
    """Tell whether an unzipping program would find files in something that is not called a zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return bool(archive.infolist())
    except Exception:  # noqa: BLE001  (whatever stops the reader, it would stop an unzipping program as well)
        return False


def _check_zip(data: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_zip_size(archive, len(data), file)
            for member in archive.infolist():
                _check_zip_member(member, file)
            for member in archive.infolist():
                _unpack_zip_member(archive, member, file)
    except AttachmentError:
        raise
    except Exception:  # noqa: BLE001  (a damaged archive raises whatever its reader stumbles over)
        raise AttachmentError(f"{file}已损坏，解不开，请重新压缩后再上传") from None


def _check_zip_size(archive: zipfile.ZipFile, size: int, file: str) -> None:
    members = archive.infolist()
    if all(member.is_dir() for member in members):
        raise AttachmentError(f"{file}里没有文件，请把证明材料放进去后再上传")
    if len(members) > MAXIMUM_MEMBERS:
        raise AttachmentError(f"{file}里的文件超过 {MAXIMUM_MEMBERS} 个，请分成几个压缩包上传")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAXIMUM_UNPACKED_BYTES:
        raise AttachmentError(
            f"{file}解压后超过 {MAXIMUM_UNPACKED_BYTES // MEGABYTE} MB，请分成几个压缩包上传"
        )
    # Several entries of the listing may point at the same packed bytes, so the real size is a limit as well.
    packed = min(size, sum(member.compress_size for member in members))
    if unpacked > max(RATIO_FREE_BYTES, packed * MAXIMUM_RATIO):
        raise AttachmentError(f"{file}的压缩比超过 {MAXIMUM_RATIO} 倍，不像是证明材料，请直接上传里面的文件")


def _check_zip_member(member: zipfile.ZipInfo, file: str) -> None:
    name = _zip_member_name(member)
    path = PurePosixPath(name.replace("\\", "/"))
    extension = path.suffix.strip(". ").lower()
    if member.flag_bits & _ZIP_ENCRYPTED:
        raise AttachmentError(f"{file}设有密码，请去掉密码重新压缩后再上传")
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        raise AttachmentError(f"{file}里的“{name}”指向压缩包以外的位置，请重新压缩后再上传")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise AttachmentError(f"{file}里的“{name}”是链接，请放入文件本身后再上传")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise AttachmentError(f"{file}用了不支持的压缩方法，请用系统自带的压缩功能重新压缩后再上传")
    if _PROGRAMS.fullmatch(extension):
        raise AttachmentError(f"{file}里的“{name}”是程序，请去掉它重新压缩后再上传")
    if _ARCHIVES.fullmatch(extension):
        raise AttachmentError(f"{file}里的“{name}”又是压缩包，请先解开，再一起压缩后上传")


def _unpack_zip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> None:
    """Unpack to nowhere: the reader compares size and CRC with what the listing promised."""
    with archive.open(member) as content:
        if content.read(MEGABYTE).startswith(_PROGRAM_STARTS):
            raise AttachmentError(f"{file}里的“{_zip_member_name(member)}”是程序，请去掉它重新压缩后再上传")
        while content.read(MEGABYTE):
            pass


def _zip_member_name(member: zipfile.ZipInfo) -> str:
    """Return the member's name; Chinese Windows writes GBK, which the reader takes for code page 437."""
    if not member.flag_bits & _ZIP_UTF8_NAME:
        try:
            return member.filename.encode("cp437").decode("gb18030")
        except UnicodeError:
            pass
    return member.filename
