"""Stored files, served only through the scope of what they belong to."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import quote

from flask import Blueprint, abort, current_app, send_file

from models import ClaimAttachment, Organization, OrganizationChange, PersonCorrection, TrainingAttachment
from permissions import engine as permissions
from permissions.verbs import Verb
from services import images
from services.attachments import AttachmentKind
from views.extensions import actor, db
from views.values import as_key

if TYPE_CHECKING:
    from collections.abc import Collection

files = Blueprint("files", __name__, url_prefix="/files")
PICTURES = frozenset(kind.mime for kind in AttachmentKind if kind.is_picture)
INLINE = PICTURES | {AttachmentKind.PDF.mime}


def _open(key: str) -> BinaryIO:
    try:
        return current_app.media.open(key)
    except FileNotFoundError:
        abort(404)


def _send(key: str, mime: str, name: str, inline: Collection[str] = INLINE) -> Any:
    """Send a stored file: shown in place where a browser does that safely, downloaded otherwise."""
    return _answer(_open(key), mime, name, inline)


def _answer(stream: BinaryIO, mime: str, name: str, inline: Collection[str]) -> Any:
    response = send_file(stream, mimetype=mime)
    disposition = "inline" if mime in inline else "attachment"
    response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@files.get("/attachments/<int:key>")
def attachment(key: int) -> Any:
    """Send a claim's attachment, as it was uploaded, to who may see the claim; a picture is looked at as its preview."""
    file = db.session.get(ClaimAttachment, as_key(key) or abort(404)) or abort(404)
    return _send(file.media_key, file.mime, file.filename, {AttachmentKind.PDF.mime})


@files.get("/attachments/<int:key>/preview")
def preview(key: int) -> Any:
    """Send the preview of a picture, made anew from its pixels, to who may see the claim."""
    return _send_preview(db.session.get(ClaimAttachment, as_key(key) or abort(404)) or abort(404))


@files.get("/training/<int:key>")
def training(key: int) -> Any:
    """Send a training plan's file, as it was uploaded, to who may see the file; a picture is looked at as its preview."""
    file = db.session.get(TrainingAttachment, as_key(key) or abort(404)) or abort(404)
    return _send(file.media_key, file.mime, file.filename, {AttachmentKind.PDF.mime})


@files.get("/training/<int:key>/preview")
def training_preview(key: int) -> Any:
    """Send the preview of a picture of a training plan."""
    return _send_preview(db.session.get(TrainingAttachment, as_key(key) or abort(404)) or abort(404))


def _send_preview(file: Any) -> Any:
    if file.mime not in PICTURES:
        abort(404)
    if file.preview_key:
        stream = _open(file.preview_key)
    else:  # uploaded before previews were kept
        with _open(file.media_key) as original:
            stream = io.BytesIO(images.preview(original.read()))
    return _answer(stream, AttachmentKind.JPEG.mime, f"{file.filename}.jpg", {AttachmentKind.JPEG.mime})


@files.get("/organization-certificates/<int:key>")
def organization_certificate(key: int) -> Any:
    """Send the scan of an organisation's certificate to the organisation itself and the offices that answer for it.

    Who only meets an organisation in a record, as an institution does its students' employers, sees its name.
    """
    office = db.session.get(Organization, as_key(key) or abort(404)) or abort(404)
    if not any(
        permissions.allows(db.session(), actor(), verb, office) for verb in (Verb.OVERSEE, Verb.MAINTAIN)
    ):
        abort(404)
    if not office.certificate_key or not office.certificate_mime:
        abort(404)
    return _send(office.certificate_key, office.certificate_mime, f"{office.name} 代码证")


@files.get("/organization-changes/<int:key>")
def organization_change(key: int) -> Any:
    """Send the new scan of a request to who may see the request."""
    change = db.session.get(OrganizationChange, as_key(key) or abort(404)) or abort(404)
    if not change.certificate_key or not change.certificate_mime:
        abort(404)
    return _send(change.certificate_key, change.certificate_mime, "新代码证")


@files.get("/corrections/<key>")
def correction_scan(key: str) -> Any:
    """Send the scan that proves a correction to who may see the correction."""
    row = db.session.get(PersonCorrection, as_key(key) or abort(404)) or abort(404)
    return _send(row.scan_key, row.scan_mime, row.scan_name)
