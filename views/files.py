"""Stored files, served only through the scope of what they belong to."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, current_app, send_file

from models import ClaimAttachment, Organization
from views.extensions import db
from views.values import as_key

files = Blueprint("files", __name__, url_prefix="/files")
INLINE = frozenset({"image/jpeg", "image/png", "application/pdf"})


def _send(key: str, mime: str, name: str) -> Any:
    """Send a stored file: shown in place where a browser does that safely, downloaded otherwise."""
    try:
        stream = current_app.media.open(key)
    except FileNotFoundError:
        abort(404)
    response = send_file(stream, mimetype=mime)
    disposition = "inline" if mime in INLINE else "attachment"
    response.headers["Content-Disposition"] = f"{disposition}; filename*=UTF-8''{quote(name)}"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@files.get("/attachments/<int:key>")
def attachment(key: int) -> Any:
    """Send a claim's attachment to who may see the claim."""
    file = db.session.get(ClaimAttachment, as_key(key) or abort(404)) or abort(404)
    return _send(file.media_key, file.mime, file.filename)


@files.get("/organization-certificates/<int:key>")
def organization_certificate(key: int) -> Any:
    """Send the scan of an organisation's certificate to who may see the organisation."""
    office = db.session.get(Organization, as_key(key) or abort(404)) or abort(404)
    if not office.certificate_key or not office.certificate_mime:
        abort(404)
    return _send(office.certificate_key, office.certificate_mime, f"{office.name} 代码证")
