"""Certificates as verifiable credentials: the holder's download, the issuer's keys, the lists of revoked ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Response, abort, current_app, flash, redirect, url_for

from services import credentials
from services.credentials import CredentialRefusedError
from views.extensions import actor, db, limiter, request_id, system_session
from views.portal.blueprint import portal

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

CREDENTIAL = "application/vc"
LIMIT = "60/minute"
PUBLIC = "public, max-age=300"


@portal.get("/verify/<path:number>/credential.json")
@limiter.limit(LIMIT)
def credential(number: str) -> ResponseReturnValue:
    """Send the credential to the person it is about or the employer that issued it; it carries the name."""
    try:
        with system_session() as system:  # the download is journaled, and a GET does not write otherwise
            document = credentials.credential(
                system, actor(), number, public_url=_public_url(), request_id=request_id()
            )
    except LookupError:
        abort(404)
    except CredentialRefusedError as error:
        flash(str(error), "warning")
        return redirect(url_for("portal.verify", number=number))
    response = _sent(document, CREDENTIAL, "private, no-store")
    name = quote(f"{document['credentialSubject']['licenseNumber']}.json")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


@portal.get("/.well-known/did.json")
@limiter.limit(LIMIT)
def issuer_keys() -> Response:
    """Send the keys credentials are verified with."""
    return _sent(credentials.key_document(_public_url()), "application/json", PUBLIC)


@portal.get("/credentials/status/<int:number>")
@limiter.limit(LIMIT)
def credential_status(number: int) -> Response:
    """Send a signed status list."""
    if number > credentials.LAST_LIST:
        abort(404)
    try:
        document = credentials.status_list_credential(db.session(), number, public_url=_public_url())
    except LookupError:
        abort(404)
    return _sent(document, CREDENTIAL, PUBLIC)


def _public_url() -> str:
    url: str = current_app.settings.public_url
    return url


def _sent(document: dict[str, Any], mime: str, caching: str) -> Response:
    response = Response(json.dumps(document, ensure_ascii=False, indent=2), mimetype=mime)
    response.headers["Cache-Control"] = caching
    return response
