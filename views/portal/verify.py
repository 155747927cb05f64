"""证书查验: anybody asks whether a certificate is genuine, and what an earlier answer is still worth.

The name stands in the body of a POST and nowhere else: not in an address, and so not in a log or a history.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import segno
from flask import current_app, make_response, render_template, request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, InputRequired, Length

from models.base import CHINA
from models.enums import CertificateStatus
from services import check_code, verification
from views.authentication import source
from views.extensions import actor, csrf, db, limiter, request_id, system_session
from views.portal.blueprint import portal
from views.stale import is_stale

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response

    from services.verification import Verification

VERDICTS = {
    CertificateStatus.VALID: {"label": CertificateStatus.VALID.label, "tone": "success"},
    CertificateStatus.REVOKED: {"label": CertificateStatus.REVOKED.label, "tone": "danger"},
    None: {"label": "无效", "tone": "warning"},
}
LIMIT = "60/minute;600/hour"
"""Genuine numbers can be counted up, and nobody holds so many certificates in his hand."""
LONGEST = 60
"""Characters of a number or a code as typed, blanks and dashes included."""
FORGED = "这个查验码不是本系统给出的，或者抄错了。请逐个字符核对；仍然无效的，请用证书编号和姓名重新查验。"


class VerifyForm(FlaskForm):
    """What stands on the paper."""

    number = StringField(
        "证书编号",
        [InputRequired("请输入证书编号"), Length(max=LONGEST, message="证书编号没有这么长，请检查")],
        description="证书上“证书编号”一栏的全部内容，例如 豫继教2025410105000001X；“豫继教”三个字可以不输",
    )
    name = StringField(
        "姓名",
        [InputRequired("请输入证书上的姓名"), Length(max=100, message="姓名没有这么长，请检查")],
        description="证书上的姓名。编号与姓名都相符，才显示证书的全部内容",
    )


class CheckForm(FlaskForm):
    """A check code."""

    class Meta:
        """Asked by GET: a QR code leads here, nothing is changed, and a code says nothing about a person."""

        csrf = False

    code = StringField(
        "查验码",
        [DataRequired("请输入查验码"), Length(max=LONGEST, message="查验码没有这么长，请检查")],
        description="查验结果上的 24 位查验码，不分大小写，短横线可以不输",
    )


@csrf.exempt  # checked by the page itself (views/stale.py)
@portal.route("/verify/", methods=["GET", "POST"])
@portal.get("/verify/<path:number>")
@limiter.limit(LIMIT)
def verify(number: str | None = None) -> Response:
    """Tell anybody whether a certificate is genuine: by its number (the QR code), or by number and name."""
    form = VerifyForm(data={"number": (number or "")[:LONGEST]})
    result, stale = None, is_stale(form)
    if number or (not stale and form.validate_on_submit()):
        held = _held()
        if held is not None:
            return _answer("portal/verify.html", form=form, result=None, held=held)
        typed = (number, None) if number else (form.number.data, form.name.data)
        result = _shown(_noted(verification.verify(db.session(), *typed)))
    return _answer("portal/verify.html", 400 if stale else 200, form=form, result=result, held=None)


@portal.get("/verify/check/")
@portal.get("/verify/check/<code>")
@limiter.limit(LIMIT)
def verify_check(code: str | None = None) -> Response:
    """Tell when an answer was given, what it was, and what holds now."""
    asked = code if code is not None else request.args.get("code")
    form = CheckForm(formdata=None, data={"code": asked})
    then = result = None
    if asked is not None and form.validate():
        held = _held()
        if held is not None:
            return _answer("portal/verify_check.html", form=form, then=None, result=None, held=held)
        check = check_code.read(asked)
        if check is None:
            _count_miss()
            form.code.errors = [FORGED]
        else:
            now = _noted(verification.what_holds_now(db.session(), check))
            then = {
                "state": VERDICTS[check.status],
                "time": _moment(check.moment),
                "named": check.named,
                "age": _age((now.checked_at - check.moment).total_seconds()),
                "changed": check.status is not now.status,
            }
            result = _shown(now)
    return _answer("portal/verify_check.html", form=form, then=then, result=result, held=None)


# ---------------------------------------------------------------- limits and reports
def _held() -> str | None:
    """Return the sentence for an address that was wrong too often, or ``None``."""
    until = verification.held_until(db.session(), source().address)
    if until is None:
        return None
    return f"本网络地址输错的编号、姓名或查验码过多，请于 {until.astimezone(CHINA):%H:%M} 之后再试。"


def _noted(result: Verification) -> Verification:
    """Count a miss and report an altered certificate, in a transaction of its own: a GET does not write."""
    if result.altered is not None:
        db.session.rollback()  # SQLite has one writer
        with system_session() as system:
            verification.report_altered(system, result.altered, request_id=request_id())
    elif result.status is None and result.reason != verification.MISCOPIED:
        _count_miss()
    return result


def _count_miss() -> None:
    db.session.rollback()
    with system_session() as system:
        verification.count_miss(system, source().address)


# ---------------------------------------------------------------- what a page shows
def _shown(result: Verification) -> dict[str, Any]:
    reason = result.reason
    if result.revoked_at:
        reason = f"撤销原因：{reason}\n撤销时间：{result.revoked_at.astimezone(CHINA):%Y-%m-%d %H:%M}"
    address = None
    if result.code:
        path = url_for("portal.verify_check", code=result.code)
        address = f"{current_app.settings.public_url}{path}"
    return {
        "state": VERDICTS[result.status],
        "certificate": result.fields,
        "reason": reason,
        "time": _moment(result.checked_at),
        "named": result.named,
        "code": result.code,
        "picture": segno.make(address, error="m", micro=False).svg_data_uri(border=2) if address else None,
        "credential_url": _credential_url(result),
    }


def _credential_url(result: Verification) -> str | None:
    """Return where the holder gets the credential; nobody else is offered it."""
    held = result.status is CertificateStatus.VALID and verification.holds(
        db.session(), actor(), result.number
    )
    return url_for("portal.credential", number=result.number) if held else None


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def _age(seconds: float) -> str:
    """Return how long ago something was, as one says it."""
    for size, unit in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}前"
    return "刚才"


def _answer(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page no browser keeps: going back to it asks anew."""
    response = make_response(render_template(template, **context), 429 if context["held"] else status)
    response.headers["Cache-Control"] = "no-store"
    return response
