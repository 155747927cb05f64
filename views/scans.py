"""Scans of certificates as they arrive with a form: judged by content, and kept while the rest of the form is put right."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, session

from services import attachments
from services.errors import InputError

FIELD, KEPT = "scan", "scans"
KINDS = frozenset(
    {attachments.AttachmentKind.JPEG, attachments.AttachmentKind.PNG, attachments.AttachmentKind.PDF}
)
HELP = "jpg、png 或 pdf，不超过 20 MB"


def uploaded(page: str) -> tuple[str, str] | None:
    """Return storage key and type of the scan chosen in this form, or in an earlier try of it; ``None`` without one.

    Args:
        page: which form, so that a scan kept for one is not taken for another.

    Raises:
        InputError: the file is none that may be kept.
    """
    upload = request.files.get(FIELD)
    if not upload or not upload.filename:
        kept: Any = session.get(KEPT, {}).get(page)
        return (kept[0], kept[1]) if kept else None
    data = upload.stream.read(attachments.MAXIMUM_BYTES + 1)
    try:
        kind = attachments.sniff(data, upload.filename)
    except attachments.AttachmentError as error:
        raise InputError({FIELD: error.sentence}) from error
    if kind not in KINDS:
        raise InputError({FIELD: "扫描件请用 jpg、png 或 pdf 文件"})
    scan = (current_app.media.put(data), kind.mime)
    session[KEPT] = {**session.get(KEPT, {}), page: [*scan, attachments.clean_filename(upload.filename)]}
    return scan


def kept_name(page: str) -> str:
    """Return the name of the file that is kept for a form; empty where none is."""
    kept = session.get(KEPT, {}).get(page)
    return str(kept[2]) if kept else ""


def forget(page: str) -> None:
    """Keep nothing for a form any more: it was stored."""
    session[KEPT] = {name: scan for name, scan in session.get(KEPT, {}).items() if name != page}


def shown(key: str | None, mime: str | None, url: str) -> dict[str, str] | None:
    """Return what a page needs to show a scan; ``None`` where there is none."""
    return {"url": url, "kind": "pdf" if mime == "application/pdf" else "image"} if key else None
