"""Versions of the certificate's template: uploaded as drafts, looked at, published; certificates keep theirs.

As with rules there is no status to move: a draft has no publisher, the one in force is published and not retired, and the permission
table grants changing drafts only (``docs/decisions/0021``).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import CertificateTemplate
from models.base import now
from permissions import engine as permissions
from permissions.verbs import Verb
from permissions.wall import unscoped
from services import attachments, certificate_trial, journal
from services.certificate_archive import FIELD, packed, read_archive, unpacked
from services.certificate_fields import CertificateRenderError
from services.certificate_marks import lay_out
from services.certificate_pdf import render_document, standard_layout
from services.certificate_template import BROKEN, TemplateFolder
from services.certificate_trial import samples
from services.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from permissions.actor import Actor
    from services.certificate_layout import Layout

OBJECT = "certificate_template"
NOTE_LENGTH = 500
LAYOUTS_KEPT = 4
UNUSABLE = "这个模板排不出来：请检查 template.html 和 theme.css 的写法；图片和字体只能用压缩包里的文件；文字都要用 font-family 设置有汉字的字体。"

_layouts: OrderedDict[str, Layout] = OrderedDict()
_laying = Lock()


def upload(
    session: Session, actor: Actor, filename: str, data: bytes, note: str, *, request_id: str | None = None
) -> CertificateTemplate:
    """Keep an uploaded template as a draft, once it could be laid out and stamped in a process of its own.

    Args:
        session: the actor's; the caller commits.
        actor: who uploads.
        filename: of the ZIP.
        data: its content, at most ``certificate_archive.MAXIMUM_BYTES``.
        note: what is new, at most :data:`NOTE_LENGTH` characters; may be empty.
        request_id: for the journal.

    Raises:
        InputError: ``file`` or ``note``.
    """
    if len(note) > NOTE_LENGTH:
        raise InputError({"note": f"“修改说明”最多 {NOTE_LENGTH} 个字，请删减"})
    files = read_archive(data, filename)
    try:
        certificate_trial.try_out(files)
        layout = lay_out(TemplateFolder(files))
    except CertificateRenderError as error:
        raise InputError({FIELD: UNUSABLE if str(error) == BROKEN else str(error)}) from error
    content = packed(files)
    row = CertificateTemplate(
        filename=attachments.clean_filename(filename),
        note=note or None,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        organization_id=actor.organization_id,
        account_id=actor.account_id,
    )
    session.add(row)
    session.flush()
    if not permissions.allows(session, actor, Verb.CREATE, row):
        raise PermissionError("a template was uploaded by somebody who may not")
    _keep(row.sha256, layout)
    journal.record(
        session, actor, OBJECT, row.id, "create", details={"filename": row.filename, "sha256": row.sha256},
        request_id=request_id,
    )  # fmt: skip
    return row


def publish(
    session: Session, actor: Actor, row: CertificateTemplate, *, request_id: str | None = None
) -> int:
    """Let certificates be issued with a draft from now on and return its version; the one before is retired.

    Args:
        session: the actor's; the caller commits.
        actor: who publishes.
        row: already locked, and checked to be the actor's to edit.
        request_id: for the journal.
    """
    moment = now()
    with unscoped(session, "one template is in force for everybody; the permission on the draft was checked"):
        before = session.scalars(in_force().with_for_update()).first()
        if before is not None:
            before.retired_at = moment
            session.flush()  # before the next is in force: the index allows one
        row.version = (session.scalar(select(func.max(CertificateTemplate.version))) or 0) + 1
        row.published_at, row.published_by_id = moment, actor.account_id
        session.flush()
    journal.record(
        session, actor, OBJECT, row.id, "publish", details={"version": row.version, "sha256": row.sha256},
        request_id=request_id,
    )  # fmt: skip
    return row.version


def discard(
    session: Session, actor: Actor, row: CertificateTemplate, *, request_id: str | None = None
) -> None:
    """Give a draft up."""
    journal.record(
        session, actor, OBJECT, row.id, "delete", details={"filename": row.filename, "sha256": row.sha256},
        request_id=request_id,
    )  # fmt: skip
    session.delete(row)
    session.flush()


def in_force() -> Select[CertificateTemplate]:
    """Return the statement for the template that certificates are issued with; no row where it is the system's own."""
    return select(CertificateTemplate).where(
        CertificateTemplate.published_at.is_not(None), CertificateTemplate.retired_at.is_(None)
    )


def current_id(session: Session) -> int | None:
    """Return the key of the template new certificates get; ``None`` for the system's own. Runs inside ``unscoped``."""
    return session.scalar(in_force().with_only_columns(CertificateTemplate.id))


def layouts_of(session: Session, keys: Sequence[int | None]) -> list[Layout]:
    """Return the layout of each template, laid out once a process. Runs inside ``unscoped``.

    Args:
        session: any.
        keys: of templates, in the order of the certificates; ``None`` for the system's own.
    """
    wanted = {key for key in keys if key is not None}
    rows = select(CertificateTemplate.id, CertificateTemplate.sha256).where(
        CertificateTemplate.id.in_(wanted)
    )
    found = {row.id: row.sha256 for row in session.execute(rows)} if wanted else {}
    layouts = {key: _layout(session, key, digest) for key, digest in found.items()}
    return [standard_layout() if key is None else layouts[key] for key in keys]


def preview(session: Session, row: CertificateTemplate) -> bytes:
    """Return sample certificates, a plain one and one of long texts, as a PDF."""
    return b"".join(render_document(samples(), _layout(session, row.id, row.sha256)))


def _layout(session: Session, key: int, digest: str) -> Layout:
    with _laying:
        if digest in _layouts:
            _layouts.move_to_end(digest)
            return _layouts[digest]
    content = session.scalar(select(CertificateTemplate.content).where(CertificateTemplate.id == key))
    layout = lay_out(TemplateFolder(unpacked(content or b"")))
    _keep(digest, layout)
    return layout


def _keep(digest: str, layout: Layout) -> None:
    with _laying:
        _layouts[digest] = layout
        while len(_layouts) > LAYOUTS_KEPT:
            _layouts.popitem(last=False)
