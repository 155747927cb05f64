"""Front page, captcha, certificate verification, and the options that follow another field."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, abort, jsonify, render_template, request, send_file, session
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from models.base import CHINA, now
from models.enums import CertificateStatus
from services import captcha, captcha_store, certificates, reading
from views.captcha import KEY
from views.extensions import db, limiter, system_session
from views.home import announcements
from views.login_form import login_form
from views.values import as_key

portal = Blueprint("portal", __name__)


@portal.get("/")
def index() -> str:
    """Show announcements, the login box and the services for visitors."""
    return render_template("portal/index.html", announcements=announcements(), login_form=login_form())


@portal.get("/captcha.png")
@limiter.limit("120/minute")
def captcha_png() -> Any:
    """Draw a new captcha; the former one of this visitor is used up."""
    with system_session() as system:
        session[KEY], answer = captcha_store.create(system, session.get(KEY))
    return _fresh(captcha.picture(answer), "image/png")


@portal.get("/captcha.wav")
@limiter.limit("60/minute")
def captcha_wav() -> Any:
    """Speak the captcha shown."""
    answer = captcha_store.answer_of(db.session(), session.get(KEY))
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


class VerifyForm(FlaskForm):
    """证书查验."""

    class Meta:
        """Asked by GET: a QR code leads here, and nothing is changed."""

        csrf = False

    number = StringField(
        "证书编号",
        [InputRequired("请输入证书编号"), Length(max=60, message="证书编号没有这么长，请检查")],
        description="证书上“证书编号”一栏的全部内容，例如 豫继教2025410105000001X",
    )


VERDICTS = {
    CertificateStatus.VALID: {"label": CertificateStatus.VALID.label, "tone": "success"},
    CertificateStatus.REVOKED: {"label": CertificateStatus.REVOKED.label, "tone": "danger"},
    None: {"label": "无效", "tone": "warning"},
}


@portal.get("/verify/")
@portal.get("/verify/<path:number>")
@limiter.limit("60/minute")
def verify(number: str | None = None) -> str:
    """Tell anybody whether a certificate is genuine."""
    number = number or request.args.get("number")
    form = VerifyForm(
        request.args if number is None and "number" in request.args else None, data={"number": number}
    )
    result = None
    if number:
        found = certificates.verify(db.session(), number)
        reason = found.reason or (
            None if found.status else "没有这个编号的证书，或证书内容与存档不符。请核对编号后重试。"
        )
        if found.moment:
            reason = f"{reason}（{found.moment.astimezone(CHINA):%Y-%m-%d %H:%M}）"
        result = {
            "state": VERDICTS[found.status],
            "certificate": found.fields,
            "reason": reason,
            "time": f"{now().astimezone(CHINA):%Y-%m-%d %H:%M}",
        }
    elif "number" in request.args:
        form.validate()
    return render_template("portal/verify.html", form=form, form_method="get", result=result)
