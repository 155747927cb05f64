"""A certificate template as it is uploaded: a ZIP of its folder, taken apart and judged file by file."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from reportlab.pdfbase.ttfonts import TTFont

from services import attachments
from services.attachments import AttachmentError, AttachmentKind
from services.certificate_template import FONT_SUFFIX, MAIN, TEMPLATE_FOLDER, TEXT_SUFFIXES
from services.errors import InputError

FIELD = "file"
MAXIMUM_BYTES = attachments.MAXIMUM_BYTES
PICTURES = {".png": AttachmentKind.PNG, ".jpg": AttachmentKind.JPEG, ".jpeg": AttachmentKind.JPEG}
SILENT_SUFFIXES = (".json", ".md", ".txt")
"""Sample data, notes and licences: may lie in the folder, nothing reads them."""
JUNK = ("__MACOSX", ".DS_Store", "Thumbs.db")
"""What archivers of desktop systems add by themselves."""


def read_archive(data: bytes, filename: str) -> dict[str, bytes]:
    """Return the files of an uploaded template by path; nothing is written anywhere.

    A single folder around everything is taken off, as "compress this folder" makes one.

    Args:
        data: the archive, at most :data:`MAXIMUM_BYTES`.
        filename: as uploaded.

    Raises:
        InputError: ``file``: it is no ZIP, damaged, a bomb, points outside of itself, or holds what no template needs.
    """
    if attachments.clean_filename(filename).rpartition(".")[2].lower() != AttachmentKind.ZIP.extension:
        raise InputError({FIELD: "请把模板文件夹压缩成 zip 文件后上传"})
    try:
        attachments.sniff(data, filename)
        files = _unpacked(data)
        for path, content in files.items():
            _judge(path, content)
    except AttachmentError as error:
        raise InputError({FIELD: error.sentence}) from error
    if MAIN not in files:
        raise InputError({FIELD: f"压缩包里没有 {MAIN}，请把 {MAIN} 放在最外层后重新压缩"})
    return files


def packed(files: dict[str, bytes]) -> bytes:
    """Return a folder as a ZIP; the same files give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path), files[path], zipfile.ZIP_DEFLATED)
    return target.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the files of a stored archive, which :func:`packed` wrote."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {member.filename: archive.read(member) for member in archive.infolist()}


def starter() -> bytes:
    """Return the template the system comes with as a ZIP to begin from."""
    return packed({path.name: path.read_bytes() for path in TEMPLATE_FOLDER.iterdir() if path.is_file()})


def _unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {
            PurePosixPath(member.filename.replace("\\", "/")): archive.read(member)
            for member in archive.infolist()
            if not member.is_dir() and not any(part in JUNK for part in PurePosixPath(member.filename).parts)
        }
    tops = {path.parts[0] for path in files}
    if len(tops) == 1 and all(len(path.parts) > 1 for path in files):
        [top] = tops
        files = {path.relative_to(top): content for path, content in files.items()}
    return {path.as_posix(): content for path, content in files.items()}


def _judge(path: str, content: bytes) -> None:
    """Refuse a file that is not what its name says, or that no template needs.

    Raises:
        AttachmentError: the sentence names it.
    """
    suffix = PurePosixPath(path).suffix.lower()
    file = f"模板里的“{path}”"
    if suffix in PICTURES:
        attachments.sniff(content, PurePosixPath(path).name)
    elif suffix == FONT_SUFFIX:
        try:
            TTFont("template", io.BytesIO(content))
        except Exception:  # noqa: BLE001  (a damaged font raises whatever its reader stumbles over)
            raise AttachmentError(
                f"{file}不是可以嵌入的 TrueType 字体，请换用 ttf 字体（OpenType/CFF 字体不能嵌入）"
            ) from None
    elif suffix in (*TEXT_SUFFIXES, *SILENT_SUFFIXES):
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            raise AttachmentError(f"{file}不是 UTF-8 编码的文本，请另存为 UTF-8 后重新压缩") from None
        if "\0" in text:
            raise AttachmentError(f"{file}不是文本文件，请检查后重新压缩")
    else:
        raise AttachmentError(f"{file}用不到，模板只能有 html、css、png、jpg、ttf 文件，请去掉后重新压缩")
