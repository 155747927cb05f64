"""Front page, captcha, and the options that follow another field."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, send_file

from models.enums import OrganizationKind, UserType
from permissions.actor import VISITOR
from services import captcha, captcha_store, reading
from services.registration_kinds import KINDS
from views.extensions import db, limiter, system_session
from views.home import announcements
from views.login_form import login_form
from views.values import as_key

portal = Blueprint("portal", __name__)
ICONS = {
    OrganizationKind.EMPLOYER: "building-community",
    OrganizationKind.INSTITUTION: "school",
    OrganizationKind.BUREAU: "building-bank",
    OrganizationKind.AUTHORITY: "briefcase",
}


@portal.app_template_global()
def registrations() -> list[dict[str, str]]:
    """Return the registrations a page can lead to: endpoint, icon, label, hint."""
    person = {
        "endpoint": f"portal.register_{UserType.PERSON.value}",
        "icon": "user-plus",
        "label": "个人用户注册",
        "hint": "专业技术人员首次使用请先注册，由所属单位审批",
    }
    return [
        person,
        *(
            {
                "endpoint": f"portal.register_{asked.kind.value}",
                "icon": ICONS[asked.kind],
                "label": asked.title,
                "hint": asked.hint,
            }
            for asked in KINDS.values()
        ),
    ]


@portal.get("/")
def index() -> str:
    """Show announcements for everybody, the login box and the services for visitors."""
    return render_template("portal/index.html", announcements=announcements(VISITOR), login_form=login_form())


@portal.get("/captcha/<token>.png")
@limiter.limit("120/minute")
def captcha_png(token: str) -> Any:
    """Draw a new captcha for a form; the former one of this form is used up."""
    if not captcha_store.is_token(token):
        abort(404)
    with system_session() as system:
        answer = captcha_store.create(system, token)
    return _fresh(captcha.picture(answer), "image/png")


@portal.get("/captcha/<token>.wav")
@limiter.limit("60/minute")
def captcha_wav(token: str) -> Any:
    """Speak the captcha a form shows."""
    answer = captcha_store.answer_of(db.session(), token)
    if answer is None:
        abort(404)
    return _fresh(captcha.audio(answer), "audio/wav")


def _fresh(data: bytes, mime: str) -> Any:
    response = send_file(io.BytesIO(data), mimetype=mime)
    response.headers["Cache-Control"] = "no-store"
    return response


@portal.get("/options/<kind>")
@limiter.limit("240/minute")
def options(kind: str) -> Any:
    """Answer a picker that follows another: counties of a city, employers of a region, departments of an employer."""
    parent = request.args.get("parent", "")
    if as_key(parent) is None:
        return jsonify(options=[])
    choices = options_of(kind, parent)
    if choices is None:
        abort(404)
    return jsonify(options=[{"value": value, "label": label} for value, label in choices])


def options_of(kind: str, parent: str) -> reading.Choices | None:
    """Return the choices of a picker below ``parent``; ``None`` for an unknown picker."""
    if kind == "county":
        return reading.counties(db.session(), parent)
    if kind == "employer":
        return reading.employers_in(db.session(), parent)
    if kind == "department":
        return reading.departments_of(db.session(), int(parent))
    return None
