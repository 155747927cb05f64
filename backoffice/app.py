"""The application factory."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, current_app, g, render_template, request, url_for
from flask_babel import Babel
from flask_login import current_user
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFError
from jinja2 import StrictUndefined
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

import backoffice.batching  # a commit that started a large batch wakes the worker
import backoffice.chain_checking  # and one that had the journal verified
import backoffice.importing  # so does one with a large import
import backoffice.outbox  # and one with a mail in it
import backoffice.printing  # and one with a large order of certificates
import backoffice.rehearsing  # noqa: F401  (and one that started a large rehearsal)
import workflow.status  # noqa: F401  (nobody assigns a status, from the first request on)
from backoffice.admin import init_admin
from backoffice.config import Settings, SettingsError, load
from backoffice.gates import gate, logged_out, note_use
from backoffice.security import init_security
from models import crypto
from models.base import prepare_engine, write_intent
from permissions import engine as permissions
from permissions.actor import VISITOR
from permissions.wall import ScopeError, set_scope
from services import audit, certificate_signing, reading
from services.media import store_of
from views import acting, frame, resend, words
from views.addresses import address_for
from views.drafts import draft_key
from views.extensions import actor, csrf, db, limiter, system_session
from views.files import files
from views.fragments import kept
from views.health import health
from views.incoming import CleanRequest
from views.login import security
from views.picking import pickers
from views.portal import portal
from views.unknown import UnknownError
from workflow.changes import NOTHING

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

ROOT = Path(__file__).resolve().parent.parent
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LARGEST_REQUEST = 128 * 1024 * 1024  # bytes: several attachments of 20 MB each
REQUEST_ID = re.compile(r"[0-9a-f]{32}")

SENTENCES = {
    400: ("请求有误", "提交的内容不完整或已过期，请返回后重试。"),
    403: ("没有权限", "您没有办理这项业务的权限。"),
    404: ("没有找到", "您要找的内容不存在，或不在您的管理范围内。"),
    405: ("请求有误", "请从页面上的按钮进入。"),
    413: ("内容太大", "上传的文件或选择的记录太多，请分批办理。"),
    429: ("操作太频繁", "请稍等一分钟再试。"),
    500: (
        "系统出错了",
        "您刚才的操作没有完成，已填写的内容请勿关闭页面。请稍后重试；仍不行时请把下面的编号告诉管理员。",
    ),
}


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application.

    Args:
        settings: from the environment where not given.

    Raises:
        backoffice.config.SettingsError: a setting is missing or wrong.
    """
    settings = settings or load()
    app = Flask(__name__, root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.request_class = CleanRequest
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.settings = settings  # type: ignore[attr-defined]
    app.media = store_of(settings.media_url)  # type: ignore[attr-defined]
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.production,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_PARTS=60_000,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the login: a form left open over lunch is not lost (views/resend.py)
        RATELIMIT_STORAGE_URI="memory://",
        RATELIMIT_ENABLED=settings.env != "testing",
        TESTING=settings.env == "testing",
    )
    crypto.configure(crypto.Keyring.from_setting(settings.data_keys))
    certificate_signing.configure(_signer(settings))
    app.jinja_env.undefined = StrictUndefined if settings.env == "testing" else app.jinja_env.undefined
    app.teardown_appcontext(_seal)  # before the extensions: both then run after the request's session is gone
    app.teardown_appcontext(note_use)
    _init_extensions(app, settings)
    app.before_request(_begin)
    app.before_request(gate)
    app.security = init_security(app)  # type: ignore[attr-defined]
    for blueprint in (portal, security, files, health, pickers, acting.switch):
        app.register_blueprint(blueprint)
    init_admin(app)
    app.context_processor(frame.context)
    app.add_template_global(draft_key)
    app.add_template_global(kept)
    app.add_template_global(address_for, "url_for")
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(Exception, _error)
    return app


def _signer(settings: Settings) -> certificate_signing.Signer | None:
    if settings.certificate_key is None:
        return None
    try:
        return certificate_signing.Signer(settings.certificate_key, settings.certificate_passphrase)
    except certificate_signing.SigningKeyError as error:
        raise SettingsError(f"BACKOFFICE_CERTIFICATE_KEY {error}") from error


def _init_extensions(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)
    csrf.init_app(app)
    Babel(app)
    app.jinja_env.globals.update({"_": words.translate, "NOTHING": NOTHING})
    limiter.init_app(app)
    Talisman(
        app,
        force_https=False,  # the proxy in front decides; cookies are Secure in production
        strict_transport_security=settings.production,
        session_cookie_secure=settings.production,
        frame_options="SAMEORIGIN",
        content_security_policy={
            "default-src": "'self'",
            "script-src": "'self'",
            "style-src": ["'self'", "'unsafe-inline'"],
            "img-src": ["'self'", "data:"],
            "media-src": ["'self'", "blob:"],
            "base-uri": "'none'",
            "form-action": "'self'",
            "frame-ancestors": "'self'",
        },
        content_security_policy_nonce_in=["script-src"],
    )


def _begin() -> None:
    """Give the request its identifier, its transaction mode, its actor and its scope."""
    writes = request.method not in SAFE_METHODS and not (request.endpoint or "").endswith(".find_view")
    write_intent.set(writes)
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    g.actor = VISITOR
    g.journaling = writes
    if request.endpoint == "static" or (request.blueprint == "health"):
        return
    if current_user.is_authenticated:
        g.actor = acting.actor_of_request(current_user.actor)
    set_scope(db.session(), permissions.view_scope(g.actor))


def _seal(_error: BaseException | None = None) -> None:
    """Seal what this request journaled, unless somebody else is writing: then the worker does it within a minute."""
    if not g.pop("journaling", False):
        return
    try:
        with system_session() as session:
            audit.seal(session, wait=False)
    except SQLAlchemyError:
        current_app.logger.warning("journal not sealed by request %s; the worker will", g.get("request_id"))


def _http_error(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if error.response is not None or code < 400:  # noqa: PLR2004  (redirects raised as exceptions)
        return error
    if isinstance(error, UnknownError):
        return _page(code, error.sentence, (error.url, error.url_label))
    return _page(code)


def _csrf_error(error: CSRFError) -> ResponseReturnValue:
    _begin()  # the token of a form is checked before anything else
    if turned_back := logged_out() or gate() or resend.offered():
        return turned_back
    return _page(400, resend.OTHER_ACCOUNT) if resend.is_of_another_account() else _http_error(error)


def _error(error: Exception) -> ResponseReturnValue:
    current_app.logger.error("request %s failed", g.get("request_id"), exc_info=error)
    if current_app.testing and isinstance(error, ScopeError):
        raise error
    return _page(500)


def _who_helps() -> str:
    """Return whom to ask for a right: whoever administers an organisation is told the office above it."""
    office = actor().organization_id
    if office is None:
        return "本单位管理员"
    above = reading.office_above(db.session(), office)
    return f"“{above}”" if above else "系统管理员"


def _page(code: int, told: str = "", way_out: tuple[str, str] | None = None) -> ResponseReturnValue:
    title, sentence = SENTENCES.get(code, SENTENCES[400])
    sentence = told or sentence
    db.session.rollback()
    if code >= 500:  # noqa: PLR2004
        sentence = f"{sentence}\n编号：{g.get('request_id', '—')}"
        frame.without_counters()
    if code == 403:  # noqa: PLR2004
        sentence = f"{sentence}需要时请联系{_who_helps()}。"
    url, label = way_out or (
        (url_for("admin.index"), "返回工作台")
        if actor().account_id is not None
        else (url_for("portal.index"), "返回首页")
    )
    page = render_template(
        "errors/error.html",
        code=code,
        title=title,
        sentence=sentence,
        url=url,
        url_label=label,
    )
    return page, code
